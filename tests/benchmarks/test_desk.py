from benchmarks.desk import ask_much, decided
from benchmarks.generate import generate
from resolver import review
from resolver.paths.online import Resolver
from resolver.sources.inputs import read
from resolver.store.cases import State, Wanted
from resolver.store.migrate import must_fit


def test_a_steward_decides_real_cases_over_http(tmp_path):
    url = str(tmp_path / "desk.db")
    store = Resolver(url)
    must_fit(store.database)
    store.take(read([generate(600, 7).drop("truth_id")]).records)
    assert ask_much(url) > 6
    found = {times.name: times.seconds for times in decided(url, 6)}
    assert {name: len(seconds) for name, seconds in found.items() if name.startswith("decide")} == {
        "decide: different": 2,
        "decide: unsure": 2,
        "decide: same": 2,
        "decide, all": 6,
    }
    done = review.queue(store, Wanted(state=State.DONE))
    store.database.close()
    assert len(done.items) == 6
    assert {item.decided.who for item in done.items} == {"bench"}
