from collections import Counter

import numpy as np
import polars as pl
import pytest

from benchmarks.generate import generate
from resolver import dedupe, link
from resolver.errors import UsageError
from resolver.judgement import Judgement, Verdict, settle, told_frame
from resolver.model.layout import Layout
from resolver.paths.options import Options
from resolver.paths.verdicts import CERTAIN, Verdicts
from resolver.result import Scored
from rules.ruleset import Ruleset

SAME, DIFFERENT, UNSURE = Verdict
RULES = Ruleset.default()
KEYS = pl.Series("record_key", [f"crm:{row}" for row in range(4)])
PEOPLE = pl.DataFrame(
    {
        "id": ["1", "2", "3", "4", "5"],
        "name": ["Ann Lee", "Ann Lee", "Bob Fox", "Cy Orr", "Ann Lee"],
        "email": ["ann@x.com", "ann@x.com", "bob@y.com", None, "ann@x.com"],
        "deleted": [None, None, None, None, "true"],
    }
)


def told(*judgements):
    return Options(judgements=told_frame(Judgement(*judgement) for judgement in judgements))


def groups(result):
    """The record ids of each entity with more than one record."""
    together = result.clusters.filter(pl.col("excluded").is_null()).group_by("entity_id").agg("record_id")
    return sorted(sorted(ids) for ids in together["record_id"].to_list() if len(ids) > 1)


@pytest.mark.parametrize(
    ("judgements", "together"),
    [
        ([], [["1", "2"]]),
        ([("1", "2", DIFFERENT)], []),
        ([("3", "4", SAME)], [["1", "2"], ["3", "4"]]),
        ([("1", "3", SAME), ("2", "3", DIFFERENT)], [["1", "3"]]),
        ([("1", "5", SAME), ("5", "4", SAME)], [["1", "2"]]),
        ([("1", "2", UNSURE)], [["1", "2"]]),
    ],
    ids=["nothing", "apart", "never met", "through another", "not through the deleted", "unsure"],
)
def test_what_people_said_outranks_scores(judgements, together):
    assert groups(dedupe(PEOPLE, options=told(*judgements))) == together


def test_a_run_keeps_every_verdict_and_says_what_became_of_it():
    made = dedupe(PEOPLE, options=told(("1", "2", DIFFERENT), ("1", "2", SAME), ("3", "9", SAME)))
    assert made.run["judgements"] == {"a later verdict on the two counts": 1, "a record is not here": 1, "same": 1}
    assert made.run["warnings"] == ["1 verdict does not count, a record is not here: 3 | 9"]
    assert len(made.judgements) == 3


def test_nobody_is_asked_again_about_what_was_decided():
    # alike by name alone: a case for a steward
    people = PEOPLE.with_columns(email=pl.lit(None, pl.String))
    before = dedupe(people)
    assert len(before.review) == 1
    for verdict in Verdict:
        after = dedupe(people, options=told(("1", "2", verdict)))
        assert len(after.review) == 0
        assert "review" not in after.pairs["decision"]


def test_tenants_keep_their_verdicts_to_themselves():
    people = pl.concat([PEOPLE.with_columns(tenant=pl.lit(name)) for name in ("a", "b")])
    judged = told_frame([Judgement("1", "2", DIFFERENT, tenant="a")])
    made = dedupe(people, options=Options(judgements=judged))
    assert groups(made) == [["1", "2"]]
    assert (
        made.clusters.filter(tenant="b")["entity_id"].n_unique()
        < made.clusters.filter(tenant="a")["entity_id"].n_unique()
    )


def test_a_clean_source_that_is_not_there_is_an_error():
    with pytest.raises(UsageError, match="no source 'crm' to be clean; there are frame"):
        dedupe(PEOPLE, options=Options(clean=("crm",)))


@pytest.fixture(scope="module")
def export():
    return generate(600, 7).drop("truth_id")


def most_of_one_source(result, sources):
    """The most records that any entity holds of any of some sources."""
    counts = Counter(result.clusters.select("entity_id", "source").iter_rows())
    return max(number for (_, source), number in counts.items() if source in sources)


def test_an_entity_holds_one_record_of_each_clean_source(export):
    sources = export["source"].unique().sort().to_list()
    assert most_of_one_source(dedupe(export), sources) > 1
    assert most_of_one_source(dedupe(export, options=Options(clean=tuple(sources[:1]))), sources[:1]) == 1
    assert most_of_one_source(link(export), sources) == 1


def test_the_order_of_records_and_verdicts_changes_nothing(export):
    keys = dedupe(export).clusters["record_key"].sort()
    judged = told_frame(Judgement(keys[at], keys[at * 7 % len(keys)], (SAME, DIFFERENT)[at % 2]) for at in range(1, 40))
    clean = (export["source"][0],)
    once = dedupe(export, options=Options(clean, judged))
    shuffled = Options(clean, judged.sample(fraction=1.0, shuffle=True, seed=5))
    again = dedupe(export.sample(fraction=1.0, shuffle=True, seed=3), options=shuffled)
    assert again.clusters.equals(once.clusters)
    entity = dict(once.clusters.select("record_key", "entity_id").iter_rows())
    assert all(
        (entity[said.left_key] == entity[said.right_key]) == (said.verdict == SAME)
        for said in settle(judged, once.clusters)
    )


def test_a_verdict_settles_every_pair_between_the_two_entities():
    left, right = np.asarray([0, 0, 1, 2]), np.asarray([1, 2, 2, 3])
    scored = Scored(left, right, np.zeros(4, dtype=np.uint64), np.asarray([3.0, 1.0, 2.0, -1.0]), Layout.of([], RULES))
    used = settle(told_frame([Judgement("0", "2", DIFFERENT)]), KEYS.to_frame()).used
    settled = Verdicts.of(used, KEYS).settled(scored, np.asarray([0, 0, 2, 3]))
    assert settled.logits.tolist() == [3.0, -CERTAIN, -CERTAIN, -1.0]
