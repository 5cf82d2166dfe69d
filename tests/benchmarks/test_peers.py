import sys
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest

from benchmarks.generate import generate
from benchmarks.peers import race
from benchmarks.peers.entrants import BY_NAME, ENTRANTS
from benchmarks.peers.figures import Figure, load, save
from benchmarks.peers.handover import Handover, hand_over
from benchmarks.peers.practice import clean
from resolver.evaluate import evaluate

PEOPLE = ("Ann Lee", "Bo Cruz", "Cy Dahl", "Di Egan", "Ed Falk", "Flo Gant", "Gil Hart", "Hal Ince")
HERE = sys.executable


def labelled() -> pl.DataFrame:
    """Eight people with two records each; the second has no phone."""
    names = [name for name in PEOPLE for _ in range(2)]
    rows = range(len(names))
    return pl.DataFrame(
        {
            "record_id": [f"rec-{row // 2}-{'org' if row % 2 == 0 else 'dup-0'}" for row in rows],
            "vorname": [name.split()[0] for name in names],
            "nachname": [name.split()[1] for name in names],
            "email": [f"{name.split()[1].lower()}@mail.example" for name in names],
            "phone": [f"+1 202 555 01{row:02d}" if row % 2 == 0 else None for row in rows],
            "updated_at": ["2024-01-01"] * len(names),
            "truth_kind": ["x"] * len(names),
            "truth_id": [row // 2 for row in rows],
        }
    )


def answer(handed: Handover, entities: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"record_id": handed.frame["record_id"], "entity": entities})


def test_a_peer_gets_headers_it_knows_and_neither_ids_nor_order_nor_truth():
    handed = hand_over(labelled())
    assert handed.hidden.columns == ["record_id", "first_name", "last_name", "email", "phone"]
    assert handed.frame["record_id"].to_list() == [str(row) for row in range(16)]
    assert handed.frame["truth_id"].to_list() != labelled().sort("record_id")["truth_id"].cast(pl.String).to_list()


def test_the_name_of_a_place_is_a_name_where_nobody_else_has_one():
    places = pl.DataFrame({"record_id": ["1", "2"], "company": ["Cafe Uno", "Due"], "truth_id": ["a", "b"]})
    assert hand_over(places).hidden.columns == ["record_id", "name"]


def test_the_order_of_a_set_changes_nothing_that_a_peer_gets():
    assert hand_over(labelled().reverse()).frame.equals(hand_over(labelled()).frame)


def test_an_answer_is_read_under_the_ids_of_the_set_and_judged_by_the_one_evaluator():
    handed = hand_over(labelled())
    right = handed.read(answer(handed, handed.frame["truth_id"].to_list()))
    assert evaluate(right, handed.truth).f1 == 1.0
    assert sorted(right["record_key"]) == sorted(labelled()["record_id"])
    alone = handed.read(answer(handed, handed.frame["record_id"].to_list()))
    assert evaluate(alone, handed.truth).recall == 0.0


def test_an_answer_that_lost_a_record_is_refused():
    handed = hand_over(labelled())
    with pytest.raises(ValueError, match="every record exactly once"):
        handed.read(answer(handed, handed.frame["truth_id"].to_list()).head(15))


def test_cleaning_makes_one_form_of_many():
    raw = pl.DataFrame(
        {
            "record_id": ["1", "2"],
            "first_name": ["  ANN  Marie ", "."],
            "phone": ["+1 (202) 555-0101 ext. 9", ""],
            "date_of_birth": ["19391110", "1939-11-10"],
            "job_title": ["CEO", "CFO"],
        }
    )
    assert clean(raw).rows() == [("1", "ann marie", "2025550101", "1939-11-10"), ("2", None, None, "1939-11-10")]


@pytest.mark.parametrize("entrant", ENTRANTS, ids=lambda entrant: entrant.name)
def test_every_entrant_has_an_adapter_of_fewer_than_120_lines(entrant):
    path = Path(race.__file__).with_name(f"{entrant.module}.py")
    source = path.read_text(encoding="utf-8")
    assert f"def {entrant.function}(frame: pl.DataFrame) -> pl.DataFrame:" in source
    assert len(source.splitlines()) < 120


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("pass", "measured"),
        ("raise ValueError('no pairs')", "crashed: ValueError: no pairs"),
        ("import os; os.kill(os.getpid(), 9)", "crashed: SIGKILL"),
        ("raise SystemExit(3)", "crashed: it says nothing"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "over 15 min"),
        ("import time; time.sleep(60)", "crashed: still there after 0.05 min by the clock"),
    ],
)
def test_what_becomes_of_a_process_is_told(program, outcome):
    assert race.run([HERE, "-c", program], patience=0.05 if "sleep" in program else 1) == outcome


def test_a_peer_runs_in_its_own_process_and_its_figure_is_told(monkeypatch):
    monkeypatch.setattr(race, "PYTHON", Path(HERE))
    race.version.cache_clear()
    handed = hand_over(generate(400, seed=1))
    figure = race.measure("tiny", handed, BY_NAME["recordlinkage ECM"])
    race.version.cache_clear()
    assert (figure.set, figure.digest, figure.outcome) == ("tiny", handed.digest, "measured")
    assert figure.version == version("recordlinkage")
    assert figure.f1 is not None
    assert 0 < figure.f1 <= 1
    assert figure.seconds > 0


def test_without_an_environment_for_peers_the_way_to_make_it_is_told(monkeypatch):
    monkeypatch.setattr(race, "PYTHON", race.ROOT / ".venv-none" / "bin" / "python")
    race.version.cache_clear()
    with pytest.raises(FileNotFoundError, match="make peers"):
        race.version("splink")


def test_figures_come_back_as_they_were_kept(tmp_path):
    crashed = Figure("b", "22", "dedupe", "3", "crashed: MemoryError", 9.0)
    kept = Figure("a", "11", "Splink", "5", "measured", 1.0, 1.0, 0.5, 0.6667, 0.8)
    save([crashed, kept], tmp_path / "figures.json")
    assert load(tmp_path / "figures.json") == {("11", "Splink"): kept, ("22", "dedupe"): crashed}
    assert load(tmp_path / "none.json") == {}


def test_figures_are_of_what_a_peer_was_handed():
    one = hand_over(labelled()).digest
    assert one == hand_over(labelled().reverse()).digest
    assert one != hand_over(labelled().with_columns(pl.col("email").str.to_uppercase())).digest
    assert one != hand_over(labelled().rename({"vorname": "company"})).digest
