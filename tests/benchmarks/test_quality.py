from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from benchmarks.peers.entrants import ENTRANTS
from benchmarks.peers.figures import Figure
from benchmarks.quality.engine import Outcome, keyed_truth, outcome
from benchmarks.quality.kinds import KEPT_APART, NEVER_MET, THROUGH_OTHERS, TOO_LOW, in_words, kinds_of
from benchmarks.quality.mistakes import Mistakes, Pairs, find_mistakes
from benchmarks.quality.page import MarkerError, engine_table, losses, parts, peers_table, replaced, table
from benchmarks.quality.plot import plot
from benchmarks.quality.sets import LabelledSet, labelled_sets
from resolver import dedupe
from resolver.model.layout import Layout
from rules.ruleset import Ruleset

RULES = Ruleset.default()
LAYOUT = Layout.of(["given", "family", "email", "phone", "company", "street", "birth_date"], RULES)


def pattern(**levels: str) -> np.ndarray:
    """One pair that shows these levels; the other fields are missing."""
    codes = {
        name: np.asarray([names.index(levels[name]) + 1 if name in levels else 0], dtype=np.uint8)
        for name, names in LAYOUT.levels.items()
    }
    return LAYOUT.pack(codes, 1)


def pairs(*patterns: np.ndarray, logit: float = 3.0, met: bool = True) -> Pairs:
    number = len(patterns)
    keys = pl.Series([f"a:{row}" for row in range(number)], dtype=pl.String)
    shown = np.concatenate([np.zeros(0, dtype=np.uint64), *patterns])
    return Pairs(keys, keys, shown, np.full(number, logit), np.full(number, met), LAYOUT)


NONE = pairs()


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ({"given": "same", "family": "same", "company": "same"}, "same given and family name; same company"),
        ({"given": "same", "family": "same", "phone": "different"}, "same given and family name; nothing else agrees"),
        (
            {"given": "different", "family": "same", "street": "same"},
            "household: same family name, other given name; same address",
        ),
        ({"given": "different", "family": "different", "email": "same"}, None),
    ],
)
def test_a_wrong_join_is_named_after_what_agrees(levels, kind):
    (found,) = kinds_of(Mistakes(NONE, pairs(pattern(**levels))), RULES)
    assert (found.mistake, found.pairs) == ("wrong join", 1)
    assert found.name == (kind or "no name; other given name; other family name; same contact")


def test_a_wrong_join_that_was_not_scored_as_one_came_about_through_others():
    shown = pattern(given="same", family="same")
    (found,) = kinds_of(Mistakes(NONE, pairs(shown, shown, logit=-1.0)), RULES)
    assert (found.name, found.pairs) == (THROUGH_OTHERS, 2)


@pytest.mark.parametrize(
    ("met", "logit", "stage"), [(False, 9.0, NEVER_MET), (True, -1.0, TOO_LOW), (True, 1.0, KEPT_APART)]
)
def test_a_missed_pair_is_named_after_how_far_it_came_and_what_disagrees(met, logit, stage):
    shown = pattern(given="same", family="different", email="different", birth_date="same")
    (found,) = kinds_of(Mistakes(pairs(shown, met=met, logit=logit), NONE), RULES)
    assert found.name == f"{stage}; other family name and contact"


def test_the_most_frequent_kind_comes_first_with_the_pattern_most_of_it_shows():
    plain, typo = pattern(given="same", family="same"), pattern(given="typo", family="same")
    household = pattern(given="different", family="same", phone="same")
    first, second = kinds_of(Mistakes(NONE, pairs(typo, plain, household, plain)), RULES)
    assert (first.pairs, first.levels, first.left) == (3, "given: same, family: same", "a:1")
    assert (second.pairs, second.left) == (1, "a:2")


def test_missing_fields_are_not_told():
    assert in_words(LAYOUT, int(pattern(email="same mailbox")[0])) == "email: same mailbox"


def contacts() -> pl.DataFrame:
    """Ann's two records share an e-mail, Bo's two nothing at all, and Cy and Di have one mailbox and one name."""
    rows = [
        ("1", "Ann", "Ashworth", "ann.ashworth@mail.example", "ann"),
        ("2", "Ann", "Ashworth", "ann.ashworth@mail.example", "ann"),
        ("3", "Bo", "Bexley", "bo.bexley@mail.example", "bo"),
        ("4", None, "Quimby", "q@other.example", "bo"),
        ("5", "Cy", "Corwin", "corwin@mail.example", "cy"),
        ("6", "Cy", "Corwin", "corwin@mail.example", "other cy"),
    ]
    return pl.DataFrame(rows, schema=["record_id", "first_name", "last_name", "email", "truth_id"], orient="row")


def test_the_mistakes_of_a_run_are_found_with_what_they_show():
    result = dedupe(contacts().drop("truth_id"))
    found = find_mistakes(result, keyed_truth(result, contacts()), RULES)
    assert [(len(found.missed), found.missed.met.tolist())] == [(1, [False])]
    assert [found.missed.left[0].split(":")[1], found.missed.right[0].split(":")[1]] == ["3", "4"]
    assert len(found.wrong) == 1
    assert found.wrong.logits[0] > 0
    assert in_words(found.wrong.layout, int(found.wrong.patterns[0])).startswith(
        "given: same, family: same, email: same"
    )


@pytest.mark.parametrize("invented", [True, False])
def test_values_are_shown_of_generated_sets_only(invented):
    labelled = contacts().with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("phone", "company", "street", "city", "postal_code")
    )
    done = outcome(LabelledSet("tiny", "tiny", lambda: labelled, invented), labelled, {})
    text = parts([done], "x")["mistakes"]
    assert ("Cy, Corwin, corwin@mail.example" in text) is invented
    assert "1 of 2 true pairs missed, 1 of 2 joins wrong." in text


def done(name: str = "one", f1: float = 0.9, **peers: Figure) -> Outcome:
    result = dedupe(contacts().drop("truth_id"))
    made = outcome(LabelledSet(name, name.partition(" seed")[0], contacts), contacts(), peers)
    assert len(result.clusters) == made.records
    return replace(made, evaluation=replace(made.evaluation, f1=f1, bcubed_f1=f1))


def figure(peer: str, f1: float | None, outcome: str = "measured") -> Figure:
    return Figure("one", "11", peer, "1.0", outcome, 1.0, f1, f1, f1, f1)


def test_a_better_peer_is_bold_and_told_and_a_crash_is_shown():
    better, crashed = ENTRANTS[0].name, ENTRANTS[1].name
    outcomes = [done(**{better: figure(better, 0.95), crashed: figure(crashed, None, "over 15 min")})]
    (row,) = peers_table(outcomes, "f1").splitlines()[2:]
    assert row.startswith("| one | 0.9000 | **0.9500** | over 15 min | not run |")
    assert f"- **one**: {better} 0.9500; this engine 0.9000." in losses(outcomes)


def test_a_peer_that_only_ties_is_not_better():
    name = ENTRANTS[0].name
    assert "No peer" in losses([done(**{name: figure(name, 0.90001)})])


def test_the_seeds_of_a_set_are_one_row_with_mean_and_range():
    row = engine_table([done("g seed 1", f1=0.9), done("g seed 2", f1=0.8)]).splitlines()[2]
    assert row.startswith("| g, 2 seeds |")
    assert "0.8500 (0.8000 to 0.9000)" in row


PAGE = "# Mine\n<!-- measured: a -->\nold\n<!-- end: a -->\nkept\n<!-- measured: b -->\n<!-- end: b -->\nlast\n"


def test_parts_are_replaced_without_touching_the_rest():
    once = replaced(PAGE, {"a": "new", "b": "| x |"})
    assert once == (
        "# Mine\n<!-- measured: a -->\n\nnew\n\n<!-- end: a -->\nkept\n"
        "<!-- measured: b -->\n\n| x |\n\n<!-- end: b -->\nlast\n"
    )
    assert replaced(once, {"a": "new", "b": "| x |"}) == once


@pytest.mark.parametrize("page", ["", PAGE + PAGE, "<!-- end: a --><!-- measured: a -->"])
def test_a_page_without_its_markers_is_refused(page):
    with pytest.raises(MarkerError, match="measured: a"):
        replaced(page, {"a": "new"})


def test_the_page_of_the_project_has_a_place_for_every_part():
    from benchmarks.quality.__main__ import PAGE as PATH

    assert replaced(PATH.read_text(encoding="utf-8"), parts([done()], "x"))


def test_a_table_flushes_numbers_right_and_breaks_at_no_bar():
    assert table(["set", "F1"], [["a|b", "0.5"]]) == "| set | F1 |\n|---|---:|\n| a\\|b | 0.5 |"


def test_the_picture_is_sound_and_shows_every_tool_that_ended():
    name = ENTRANTS[0].name
    picture = plot([done(**{name: figure(name, 0.3)}), done("<two>", **{name: figure(name, None, "crashed: x")})])
    drawn = ElementTree.fromstring(picture)  # noqa: S314 - our own picture
    titles = [node.text for node in drawn.iter() if node.tag.endswith("title")]
    assert titles == ["this engine on one: 0.9000", f"{name} on one: 0.3000", "this engine on <two>: 0.9000"]


def test_a_folder_gives_its_labelled_files_only(tmp_path):
    contacts().write_parquet(tmp_path / "b.parquet")
    contacts().drop("truth_id").write_parquet(tmp_path / "a.parquet")
    names = [labelled_set.name for labelled_set in labelled_sets(tmp_path, [50], [1, 2])]
    assert names[-3:] == ["b", "generated 50 seed 1", "generated 50 seed 2"]
    assert "a" not in names
