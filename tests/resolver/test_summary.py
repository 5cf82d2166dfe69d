import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resolver.evaluate import evaluate
from resolver.evidence import Line, Why
from resolver.expect import CAUTIOUS, Expected, Range
from resolver.judgement import SUPERSEDED, UNKNOWN, Judgement, Verdict
from resolver.report.facts import facts
from resolver.result import Result
from resolver.sources.load import ColumnUse, FileInfo, Load, rejects_frame
from resolver.steps.block import Meeting
from resolver.summary import (
    columns_in_words,
    evaluation_as_json,
    evaluation_in_words,
    run_as_json,
    run_in_words,
    why_in_words,
)
from resolver.words import plain
from rules.ruleset import Ruleset
from tests.resolver.test_report import AVOID, HOSTILE, PEOPLE, SMALL, Link, Made, Row, result

OUT, REPORT = Path("out"), Path("out/report.html")


def said(ran: Result, out: Path = OUT, report: Path = REPORT) -> str:
    return run_in_words(ran, facts(ran).verdict, out, report)


def told(ran: Result) -> dict[str, Any]:
    return json.loads(run_as_json(ran, facts(ran).verdict, OUT))


def summary(made: Made = PEOPLE) -> str:
    return said(result(made))


@pytest.mark.parametrize(
    "line",
    [
        "Read      6 records, 2 files, 1 of them deleted and set aside; 1 row not usable",
        "Columns   email",
        "not compared: Shoe size (updated_at breaks ties)",
        "wrong? resolver map in/crm.csv in/web.csv",
        "1 shared contact counted less",
        "info@x.com (7 people)",
        "Compared  7 likely comparisons; 3 skipped as nothing telling in common",
        "5 records  ->  3 people     largest group 3",
        "Joined for you   2",
        "Waiting for you   2 cases (under a minute)",
        "Right when it joins: not measured yet (no labels; too few duplicates to learn from)",
        "Joined from 50 in 100 on, asked from 5 in 100 on; about 30 in 100 of those asked are one person.",
        "resolver evaluate out --truth FILE",
        "Look here first",
        "! crm.csv repeats itself: 1 duplicate inside one source",
        "Wrote     out/clusters.parquet  out/golden.parquet  out/pairs.parquet  out/review.parquet",
        "out/report.html   (open this)",
        "Next      resolver why out crm:1 web:1",
        "Done in 0.8 s, 140 MB. Inputs untouched.",
    ],
)
def test_the_summary_has_the_promised_lines(line: str) -> None:
    made = replace(PEOPLE, rows=[*PEOPLE.rows])
    ran = result(made)
    ran.run["pairs_possible"] = 10
    assert line in said(ran)


def test_the_summary_stays_within_a_hundred_columns() -> None:
    assert max(len(line) for line in summary().splitlines()) <= 100


def test_a_csv_run_names_csv_files(tmp_path: Path) -> None:
    (tmp_path / "clusters.csv").touch()
    text = said(result(), tmp_path, tmp_path / "report.html")
    assert "golden.csv" in text
    assert "golden.parquet" not in text


@pytest.mark.parametrize("made", SMALL.values(), ids=SMALL.keys())
def test_small_and_odd_runs_have_a_summary(made: Made) -> None:
    assert "Done in" in summary(made)
    assert told(result(made))["people"] >= 0


def test_a_run_that_joined_nothing_proposes_no_why() -> None:
    assert "resolver why" not in summary(SMALL["nothing alike"])


@pytest.mark.parametrize("value", HOSTILE)
def test_a_terminal_is_told_nothing_by_the_data(value: str) -> None:
    rows = [Row(f"{value}:1", "e1", given=value), Row(f"{value}:2", "e1", given=value)]
    links = [Link(rows[0].key, rows[1].key, 0.7, "match", reason="unsure")]
    made = Made(rows, links, shared=[{"field": "email", "value": value, "persons": 7, "records": 9}])
    text = summary(made)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\u202e" not in text


def test_a_long_path_or_command_is_never_broken() -> None:
    out = Path("a folder with spaces " * 6)
    lines = said(result(), out, out / "report.html").splitlines()
    assert f"          {out}/pairs.parquet" in lines
    assert f"Next      resolver why '{out}' crm:1 web:1" in lines


def test_keys_in_the_proposed_command_survive_a_shell() -> None:
    rows = [Row("a b:1", "e1"), Row("a'b:$(rm)", "e1")]
    made = Made(rows, [Link("a b:1", "a'b:$(rm)", 0.7, "match", reason="unsure")])
    assert """resolver why out 'a b:1' 'a'"'"'b:$(rm)'""" in summary(made)


TOLD = replace(
    PEOPLE,
    expected=Expected(1_000, Range(2.0, 10.0, 80.0), Range(20.0, 40.0, 90.0), apart=30.0, unmet=10.0),
)


def test_estimates_are_told_with_what_they_rest_on() -> None:
    text = summary(TOLD)
    assert "Right when it joins: 92 to 100 in 100, likely 99" in text
    assert "Duplicates found:    91 to 99 in 100, likely 96" in text
    assert "Estimated without labels" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    known = told(result(TOLD))
    assert known["right_when_it_joins"] == {"low": 0.92, "value": 0.99, "high": 0.998}
    assert known["expected_missed_never_compared"] == 10.0


def test_verdicts_and_what_was_found_in_one_way_only_are_told() -> None:
    ran = result()
    ran.run["judgements"] = {"same": 3, "unsure": 1, UNKNOWN: 2, SUPERSEDED: 9}
    family = {
        "name": "phone",
        "keys": 1,
        "dropped": 0,
        "cap": 9,
        "pairs": 1,
        "alone": 1,
        "found": 1,
        "found_alone": 0.9,
    }
    for of_tenant in ran.run["tenants"].values():
        of_tenant["families"] = [*of_tenant["families"], family]
    text = said(ran)
    assert "likely the same, and met in one way only: 1 by same phone\n" in text
    assert "Verdicts  followed: 3 same, 1 unsure\n          not followed: 2, a record is not here\n" in text
    known = told(ran)
    assert known["met_one_way_only"] == {"email": 0.3, "phone": 0.9}
    assert known["verdicts"][UNKNOWN] == 2


def test_json_has_the_same_facts_and_no_estimate() -> None:
    known = told(result())
    assert (known["records"], known["people"], known["joined"], known["cases"]) == (6, 3, 2, 2)
    assert known["right_when_it_joins"] is None
    assert known["why_not"] == CAUTIOUS
    assert known["thresholds"]["match"]["probability"] == 0.5
    assert known["next"] == "resolver why out crm:1 web:1"
    assert [warning["section"] for warning in known["look_here_first"]] == ["reproduce", "sources"]
    assert "out/report.html" in known["wrote"]


LINES = [
    Line("start", "against household", "", "", -9.0, ""),
    Line("given", "nickname", "Bob", "Robert", 4.25, "Whether the given names agree."),
    Line("email", "same", "b@x.com", "b@x.com", 16.6, "Whether both reach one mailbox."),
    Line("phone", "different", "+1 281 838 2880", "+1 281 838 9999", -1.5, "Whether both ring one line."),
]
WHY = Why("crm:1", "web:1", "e1", "e1", [Meeting("email", 2, False)], LINES, 0.9992, ["crm:1", "web:1"])
SAID = Judgement("crm:1", "web:1", Verdict.SAME, "ann", datetime(2026, 5, 1, tzinfo=UTC), "saw both")


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            {"said": SAID},
            ["Same person: a person said so; by the evidence alone", 'Asked: SAME by ann on 2026-05-01: "saw both"'],
        ),
        ({"said": SAID, "left_entity": "e2"}, ["Not joined: over 99 in 100", "Asked: SAME by ann"]),
        ({"said": replace(SAID, verdict=Verdict.UNSURE, who=None, when=None, why=None)}, ["Asked: UNSURE\n"]),
        (
            {"different": [replace(SAID, left_key="crm:7", verdict=Verdict.DIFFERENT)], "left_entity": "e2"},
            ["Kept apart: crm:7 and web:1 of the two groups, asked: DIFFERENT by ann on 2026-05-01"],
        ),
        (
            {"clean": ["crm"], "left_entity": "e2"},
            ["Kept apart: both have a record of crm, which holds nobody twice", "like these are one person\n"],
        ),
    ],
)
def test_why_tells_what_people_said_and_which_sources_are_clean(change: dict[str, Any], lines: list[str]) -> None:
    text = why_in_words(replace(WHY, **change))
    assert all(line in text for line in lines)


def test_a_join_is_explained_as_a_waterfall_that_adds_up() -> None:
    text = why_in_words(WHY)
    assert text.startswith("Same person: over 99 in 100 like these are one person\n  crm:1  =  web:1")
    assert "They met through: same email." in text
    lines = {line.split()[1]: line.split() for line in text.splitlines() if line[2:3] in {"=", "~", "≠"}}
    assert lines["first"][-3:] == ["+4.2", "++", "-4.8"]
    assert lines["email"][-3:] == ["+17", "++++++++", "+12"]
    assert lines["phone"][-3:] == ["-1.5", "-", "+10"]
    assert "      nickname" in text
    assert "In all +10 (log2: each +1 doubles the odds): over 99 in 100" in text
    assert text.count("Whether both ring one line.") == 1
    assert "Joined through" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"right_entity": "e2", "probability": 0.12}, "Not joined: 12 in 100 like these are one person"),
        ({"right_entity": "e2"}, "but the other records of the group speak against it"),
        ({"meetings": [Meeting("email", 312, True)]}, "all they share is too common. Same email: 312 records hold it."),
        ({"meetings": []}, "They were never compared: they share nothing that brings records together"),
        ({"path": ["crm:1", "ev:7", "web:1"], "probability": 0.2}, "Joined through: crm:1  ->  ev:7  ->  web:1"),
        ({"probability": 0.2}, "Joined because the records of their group together speak for it"),
    ],
)
def test_each_way_to_be_joined_or_not_is_told(change: dict[str, Any], said: str) -> None:
    assert said in " ".join(why_in_words(replace(WHY, **change)).split("\n")).replace("  ->", " ->").replace(
        " ->", "  ->"
    )


def test_columns_are_told_with_what_becomes_of_them_and_no_value() -> None:
    records = pl.DataFrame({"given_name": ["Ann"], "emails": [[{"raw": "ann@secret.com"}]]})
    columns = [
        ColumnUse("crm.csv", "Vorname", "given_name", "header"),
        ColumnUse("crm.csv", "Kontakt", "email", "values"),
        ColumnUse("crm.csv", "Geändert", "updated_at", "told"),
        ColumnUse("crm.csv", "Schuhgröße", None, "values"),
    ]
    info = FileInfo("crm.csv", "crm", "csv", 1, ";", "utf-8", "ab12")
    text = columns_in_words(
        Load(records, rejects_frame([]), columns, [info], ["crm.csv: odd"], {"default_region": "DE"})
    )
    assert "crm.csv  (source crm, 1 record, csv, utf-8)" in text
    told = [line.split() for line in text.splitlines() if "->" in line]
    assert [line[:3] for line in told] == [
        ["Vorname", "->", "given_name"],
        ["Kontakt", "->", "email"],
        ["Geändert", "->", "updated_at"],
    ]
    assert "its values look like it" in text
    assert "you said so" in text
    assert "kept, not compared: Schuhgröße" in text
    assert "--map FIELD=COLUMN" in text
    assert "! crm.csv: odd" in text
    assert "ann@secret.com" not in text


def clusters_of(**entities: str) -> pl.DataFrame:
    rows = [(f"crm:{record}", name) for name, records in entities.items() for record in records]
    return pl.DataFrame(rows, schema=["record_key", "entity_id"], orient="row")


def test_an_evaluation_shows_four_decimals_counts_and_examples() -> None:
    found = clusters_of(x="abc", y="d", z="e")
    truth = clusters_of(p="ab", q="cd", r="f").rename({"entity_id": "truth_id"})
    evaluation = evaluate(found, truth)
    text = evaluation_in_words(evaluation)
    assert "0.3333" in text
    assert "0.5000" in text
    assert f"{evaluation.bcubed_f1:.4f}" in text
    assert "4 records with a known answer: 2 people found, 2 true; largest group 3" in text
    assert "Not counted: 1 only in the truth, 1 only in the result" in text
    assert "crm:c  |  crm:d" in text
    facts = json.loads(evaluation_as_json(evaluation))
    assert facts["recall"] == 0.5
    assert facts["missed"][0]["left_key"] == "crm:c"


def test_a_flawless_run_says_that_there_are_no_mistakes() -> None:
    found = clusters_of(x="ab")
    text = evaluation_in_words(evaluate(found, found.rename({"entity_id": "truth_id"})))
    assert "Wrongly joined: none" in text
    assert "Missed: none" in text


def test_the_words_to_avoid_are_avoided() -> None:
    said = "\n".join((summary(), why_in_words(WHY))).lower()
    said = said.replace("golden.parquet", "").replace("pairs.parquet", "")
    words = set(said.replace("\n", " ").split(" "))
    assert not words & set(AVOID)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (plain.likely(0.9999), "over 99 in 100"),
        (plain.likely(0.996), "over 99 in 100"),
        (plain.likely(0.001), "under 1 in 100"),
        (plain.likely(0.97), "97 in 100"),
        (plain.signed(-0.04), "0"),
        (plain.signed(9.96), "+10"),
        (plain.signed(-3.14), "-3.1"),
        (plain.large(49_960_000), "49.96 M"),
        (plain.large(1_234_567), "1,234,567"),
        (plain.large(499_960_000_000), "499.96 billion"),
        (plain.share(1, 1_000), "<1%"),
        (plain.share(999, 1_000), ">99%"),
        (plain.share(0, 0), "-"),
        (plain.review_time(212), "about 35 min"),
        (plain.review_time(3), "under a minute"),
        (plain.review_time(3_600), "about 10 h"),
        (plain.mark("same, shared by 10 or more"), "="),
        (plain.mark("same, unit on one side"), "="),
        (plain.mark("same street, other number"), "~"),
        (plain.mark("different, one unusual"), "≠"),
        (plain.mark("conflict"), "≠"),
        (plain.mark(None), "∅"),
        (plain.field_word("category.cuisine_type"), "cuisine type"),
        (plain.key_words(["family.phonetic", "place.city"]), "sound of the last name + same town"),
        (plain.printable("a\tb\x1b[1m\u202ec"), "a b\ufffd[1m\ufffdc"),
        (plain.clipped("abcdef", 4), "abc…"),
    ],
)
def test_words_for_numbers_and_levels(made: str, said: str) -> None:
    assert made == said


def test_every_key_family_of_the_shipped_rules_has_words():
    from resolver.words.plain import FAMILY_WORDS

    assert set(Ruleset.default().blocking.families) <= set(FAMILY_WORDS)
