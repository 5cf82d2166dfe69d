import json

import polars as pl
import pytest

from tests.resolver.commands.shell import refused, said

KIM = ("--who", "kim")


def exported(db):
    """The entity of each record, and each golden record by its entity."""
    said("export", "--db", db, "--out", "out")
    entities = dict(pl.read_parquet("out/clusters.parquet").select("record_key", "entity_id").iter_rows())
    golden = {row["entity_id"]: row for row in pl.read_parquet("out/golden.parquet").iter_rows(named=True)}
    return entities, golden


def test_a_merge_joins_entities_named_by_id_or_record_until_it_is_undone(db):
    before, _ = exported(db)
    told = said("merge", before["people:1"], "more:8", *KIM, "--why", "called", "--db", db)
    assert told.strip() == "Act 1. Entities: 1 merged into another, 1 changed. Take it back: resolver undo 1"
    joined, _ = exported(db)
    assert joined["more:8"] == joined["people:2"] == before["people:1"]
    said("undo", "1", *KIM, "--db", db)
    assert exported(db)[0] == before
    said("undo", "2", *KIM, "--db", db)
    assert exported(db)[0] == joined


def test_a_split_takes_records_out_of_an_entity(db):
    before, _ = exported(db)
    said("split", "people:1", "people:2", *KIM, "--db", db)
    after, _ = exported(db)
    assert after["people:1"] == before["people:1"] != after["people:2"]


@pytest.mark.parametrize(("verdict", "joined"), [("same", True), ("S", True), ("different", False), ("unsure", False)])
def test_a_verdict_on_two_records_is_followed(verdict, joined, db):
    said("judge", "people:1", "8", verdict, *KIM, "--db", db)
    entities, _ = exported(db)
    assert (entities["people:1"] == entities["more:8"]) == joined


def test_a_pinned_value_is_golden_from_no_record_until_it_is_released(db):
    entities, before = exported(db)
    owner = entities["people:3"]
    said("pin", "people:3", "phone=+12125550000", "gender=f", *KIM, "--db", db)
    _, golden = exported(db)
    assert (golden[owner]["phone"], golden[owner]["gender"]) == ("+12125550000", "f")
    assert golden[owner]["provenance"]["phone"] is None
    assert golden[owner]["provenance"]["email"] == before[owner]["provenance"]["email"]
    others = [row for entity, row in golden.items() if entity != owner]
    assert [row["phone"] for row in others] == [row["phone"] for entity, row in before.items() if entity != owner]
    said("pin", "people:3", "--release", "phone", "--release", "gender", *KIM, "--db", db)
    assert exported(db)[1] == before


def test_acts_are_listed_with_the_number_by_which_they_are_undone(db):
    assert said("acts", "--db", db).strip() == "Nobody said anything so far"
    said("judge", "people:1", "8", "different", *KIM, "--why", "two ages", "--db", db)
    said("pin", "3", "phone=+12125550000", "--who", "lee", "--db", db)
    said("undo", "1", "--who", "lee", "--db", db)
    lines = said("acts", "--db", db).splitlines()
    assert lines[0].endswith('kim  judge  people:1 ≠ more:8  "two ages"  (taken back)')
    assert lines[1].endswith("lee  pin  people:3 phone is +12125550000")
    assert lines[2].endswith("lee  undo  act 1")
    assert said("acts", "--last", "1", "--db", db).splitlines() == lines[2:]
    assert [act["in_force"] for act in json.loads(said("acts", "--json", "--db", db))] == [False, True, True]


def test_a_contradiction_is_refused_in_one_line_that_names_both_parties(db):
    said("judge", "people:1", "8", "different", "--who", "ann", "--db", db)
    line = refused("merge", "people:1", "8", *KIM, "--db", db)
    assert "people:1 and more:8 would be the same and different persons at once" in line
    assert "act 1 (judge) by ann" in line
    assert len(said("acts", "--db", db).splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("merge", "1", "2", *KIM), "name two entities at least; 1, 2 is e"),
        (("merge", "1", "99", *KIM), "there is no record or entity 99"),
        (("merge", "1", "3"), "say who you are: --who NAME, or the environment variable RESOLVER_WHO"),
        (("split", "1", "1", "2", *KIM), "and not all of them"),
        (("split", "1", "3", *KIM), "and not all of them"),
        (("judge", "1", "3", "perhaps", *KIM), "'perhaps' is no verdict; write same, different or unsure"),
        (("judge", "1", "people:1", "same", *KIM), "1 and people:1 are one record"),
        (("pin", "1", *KIM), "--release FIELD"),
        (("pin", "1", "phone", *KIM), "FIELD=VALUE"),
        (("pin", "1", "emial=x", *KIM), "there is no golden value 'emial'; did you mean email?"),
        (("undo", "7", *KIM), "there is no act 7"),
        (("history", "nobody"), "there is no record or entity nobody"),
        (("forget", "nobody", "--yes"), "there is no record or entity nobody"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(words, told, db):
    assert told in refused(*words, "--db", db)


def test_an_act_can_be_undone_only_while_it_is_in_force(db):
    said("judge", "people:1", "8", "same", RESOLVER_WHO="kim", RESOLVER_DB=db)
    said("undo", "1", RESOLVER_WHO="kim", RESOLVER_DB=db)
    assert "it was undone before" in refused("undo", "1", RESOLVER_WHO="kim", RESOLVER_DB=db)
