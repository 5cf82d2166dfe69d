import json
import sqlite3
import sys
from pathlib import Path

import polars as pl
import pytest

from resolver.paths.ruling import in_force
from resolver.store import database as databases
from resolver.store.migrate import newest
from tests.resolver.commands.shell import MORE, PEOPLE, refused, resolver, said
from tests.resolver.store.living import fresh, trained
from tests.resolver.test_learning import couples_decided
from tests.servers import postgres, programs

SYSTEMS = Path(__file__).parents[3] / "data" / "systems"
STRICT = "[thresholds]\nmatch = 0.9999999"


def clusters(folder):
    return dict(pl.read_parquet(f"{folder}/clusters.parquet").select("record_key", "entity_id").iter_rows())


def counts(*words):
    """The counts of a load of contacts without a tenant, those that are not nothing."""
    told = json.loads(said("load", *words, "--json"))["tenants"][""]
    return {name: number for name, number in told.items() if name != "entities" and number}


def test_a_load_says_what_it_did_and_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    told = said("load", "people.csv", "--db", "new.db")
    assert told.splitlines() == [
        "Read 3 records",
        "Records: 3 new. Entities: 2 new.",
        "Next: resolver export --db new.db --out out",
    ]


def test_loading_again_changes_nothing_and_more_changes_what_it_must(db):
    assert counts("people.csv", "--db", db) == {"unchanged": 3}
    Path("people.csv").write_text(PEOPLE.replace("Bob", "Rob") + "4,Dee,Orr,dee@x.com,\n")
    assert counts("people.csv", "--db", db) == {"new": 1, "changed": 1, "unchanged": 2}


def test_only_a_complete_load_takes_what_is_missing_for_gone(db):
    Path("people.csv").write_text("\n".join(PEOPLE.splitlines()[:2]) + "\n")
    assert counts("people.csv", "--db", db) == {"unchanged": 1}
    assert counts("people.csv", "--complete", "--db", db) == {"unchanged": 1, "gone": 2}


def test_what_may_not_be_complete_deletes_nothing(db):
    Path("people.csv").write_text(PEOPLE + "9,too,many,cells,in,this,row\n")
    assert "leave --complete out" in refused("load", "people.csv", "--complete", "--db", db)
    whole = SYSTEMS / "voipbin.json"
    line = refused("load", whole, "--complete", "--tenant", "t", "--db", "other.db")
    assert "not known to be all of its source" in line


def test_verdicts_of_a_file_are_written_down_once_with_who_said_them(db):
    Path("said.csv").write_text("left,right,verdict,who,when,why\n1,8,same,ann,2026-05-01,called\n2,3,different,,,\n")
    load = ("load", "people.csv", "--judgements", "said.csv", "--db", db)
    assert "Verdicts: 2 followed, 0 known. Entities: 1 merged into another, 1 changed." in said(*load)
    assert "Verdicts: 0 followed, 2 known. No entity changed." in said(*load)
    acts = json.loads(said("acts", "--json", "--db", db))
    assert [(act["who"], act["why"]) for act in acts] == [("ann", "called, said on 2026-05-01"), ("said.csv", None)]
    assert said("db", "check", "--deep", "--db", db).strip() == "contacts.db: all is well"


def test_of_the_verdicts_of_a_file_only_those_that_contradict_are_not_followed(db):
    said("judge", "1", "8", "different", "--who", "kim", "--db", db)
    Path("said.csv").write_text("left,right,verdict\n1,8,same\n1,3,same\n2,99,same\n")
    told = said("load", "people.csv", "--judgements", "said.csv", "--who", "bob", "--db", db)
    assert "Verdicts: 1 followed" in told
    assert "not followed: people:1 and more:8 would be the same and different persons at once; so far: act 1" in told
    assert "a record is not here: 2 | 99 (said.csv:4)" in told


def test_a_mistake_in_the_verdicts_shows_before_anything_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    Path("said.csv").write_text("left,right,verdict\n1,8,perhaps\n")
    refused("load", "people.csv", "--judgements", "said.csv", "--db", "other.db")
    assert not Path("other.db").exists()


def test_a_load_says_when_the_model_has_had_its_day(db):
    rows = "".join(f"{number},N{number},Fam{number},n{number}@x.com,,{number} High St\n" for number in range(20))
    Path("many.csv").write_text("id,first name,last name,email,phone,street\n" + rows)
    told = said("load", "many.csv", "--db", db)
    assert "not compared, as the model was trained without: street address" in told
    assert "the model was trained on 5 records, and now there are 25" in told
    assert "Next: resolver db train --db contacts.db" in told
    said("db", "train", "--db", db)
    assert "Next: resolver export" in said("load", "many.csv", "--db", db)


def test_an_export_is_what_a_run_over_the_same_files_writes(db):
    said("export", "--db", db, "--out", "exported")
    said("dedupe", "people.csv", "more.csv", "--out", "run")
    names = {path.name for path in Path("run").iterdir()}
    assert {path.name for path in Path("exported").iterdir()} == names | {"references.json"}
    for name in ("clusters", "golden", "pairs", "review"):
        one, other = (pl.read_parquet(f"{folder}/{name}.parquet") for folder in ("exported", "run"))
        assert one.equals(other.select(one.columns)), name
    assert set(json.loads(Path("run/run.json").read_text())) <= set(json.loads(Path("exported/run.json").read_text()))
    assert Path("exported/rejects.csv").read_text() == Path("run/rejects.csv").read_text()


def test_other_commands_work_on_an_exported_folder(db):
    said("merge", "1", "8", "--who", "kim", "--why", "called", "--db", db)
    assert "Verdicts  followed: 3 same" in said("export", "--db", db, "--out", "out")
    assert "Same person: a person said so" in said("why", "out", "1", "8")
    Path("truth.csv").write_text("record_id,truth_id\n1,a\n2,a\n3,b\n7,b\n8,a\n")
    assert json.loads(said("evaluate", "out", "--truth", "truth.csv", "--json"))["f1"] == 1.0
    assert "merges" in said("plan", "--out", "out")


def test_why_weighs_as_the_store_did_however_much_came_since_it_was_trained(db):
    rows = "".join(f"{number},Ann,Lee,a{number}@x.com,\n" for number in range(20, 32))
    Path("anns.csv").write_text("id,first name,last name,email,phone\n" + rows)
    said("load", "anns.csv", "--db", db)
    said("export", "--db", db, "--out", "out")
    from resolver.explain import why

    for left, right, probability in (
        pl.read_parquet("out/pairs.parquet").select("left_key", "right_key", "probability").head(8).iter_rows()
    ):
        assert why(Path("out"), left, right).probability == pytest.approx(probability, abs=1e-9)


def test_ids_of_an_export_stay_when_records_come_and_go(db):
    said("export", "--db", db, "--out", "before")
    Path("more.csv").write_text(MORE + "9,Di,Ash,di@x.com,\n")
    said("load", "more.csv", "--db", db)
    said("export", "--db", db, "--out", "after")
    assert clusters("before").items() <= clusters("after").items()


def test_history_tells_what_happened_to_an_id_and_who_did_it(db):
    said("export", "--db", db, "--out", "out")
    young = clusters("out")["more:8"]
    said("merge", "1", "8", "--who", "kim", "--why", "called", "--db", db)
    lines = said("history", young, "--db", db).splitlines()
    assert lines[0].endswith("created  (a load by lee)")
    assert lines[1].endswith(f'merged into {clusters("out")["people:1"]}  (act 1: merge by kim, "called")')
    assert lines[2] == f"{young} now stands for: {clusters('out')['people:1']} (3 records)"
    assert json.loads(said("history", young, "--json", "--db", db))["now"][0]["records"][0] == "more:8"
    assert said("history", "more:7", "--db", db) == said("history", "3", "--db", db)


def test_who_is_forgotten_is_asked_for_and_does_not_come_back(db):
    asked = resolver("forget", "more:7", "--db", db, told="n\n")
    assert (asked.exit_code, "Erase 1 record with all history?" in asked.stdout) == (1, True)
    assert said("forget", "more:7", "--yes", "--db", db).startswith("Forgotten: 1 record.")
    both = ("people.csv", "more.csv", "--db", db)
    assert counts(*both) == {"unchanged": 4, "refused": 1}
    assert "--returning takes them back" in said("load", *both)
    assert counts(*both, "--returning") == {"new": 1, "unchanged": 4}


def test_an_entity_is_forgotten_with_all_its_records(db):
    said("export", "--db", db, "--out", "out")
    assert said("forget", clusters("out")["people:1"], "--yes", "--db", db).startswith("Forgotten: 2 records.")


def test_a_preview_tells_exactly_what_training_then_does(db):
    rules = said("rules", "show").replace("[thresholds]", STRICT)
    Path("strict.toml").write_text(rules)
    told = said("rules", "preview", "--rules", "strict.toml", "--db", db)
    assert "Under strict.toml: Entities: 2 new, 2 split, 2 changed. Nothing was changed." in told
    assert "Next: resolver db train --db contacts.db --rules strict.toml" in told
    found = json.loads(said("rules", "preview", "--rules", "strict.toml", "--json", "--db", db))[""]
    split = next(one for one in found["entities"] if one["kind"] == "split" and "people:1" in one["before"])
    assert split["before"] == ["people:1", "people:2"]
    assert f"{split['entity_id']} (2 records) into {', '.join(split['into'])}" in told
    changed = next(one for one in found["entities"] if one["kind"] == "updated" and "more:7" in one["before"])
    assert changed["values"]["email"] == ["bob@fox.example", None]
    said("export", "--db", db, "--out", "before")
    assert len(set(clusters("before").values())) == 3
    assert "2 new, 2 split, 2 changed" in said("db", "train", "--rules", "strict.toml", "--db", db)
    said("export", "--db", db, "--out", "after")
    assert {clusters("after")[key] for key in ("people:1", "people:2")} == set(split["into"])


def test_what_decisions_teach_is_previewed_put_in_force_and_told_of_when_it_is_lost(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = fresh("contacts.db", trained())
    couples_decided(store, 30)
    learned = ("--from-judgements", "--db", "contacts.db")
    assert said("rules", "preview", *learned).startswith("Under what decisions taught: No entity changed.")
    assert in_force(store).frozen.model.taught is None
    assert "No entity changed." in said("db", "train", *learned)
    assert in_force(store).frozen.model.taught.labels == 45
    again = said("db", "train", "--db", "contacts.db")
    assert "What 45 decisions taught is not in force any more." in again
    assert "Next: resolver rules preview --from-judgements --db contacts.db" in again
    assert "not in force" not in said("db", "train", "--db", "contacts.db")
    assert "leave --rules and --clean out" in refused("db", "train", *learned, "--clean", "crm")
    store.database.close()


def test_rules_and_clean_sources_are_those_of_the_store(db):
    Path("strict.toml").write_text(said("rules", "show").replace("[thresholds]", STRICT))
    assert "resolver db train" in refused("load", "people.csv", "--rules", "strict.toml", "--db", db)
    assert "resolver db train --clean" in refused("load", "people.csv", "--clean", "people", "--db", db)
    said("db", "train", "--clean", "people", "--db", db)
    assert counts("people.csv", "--clean", "people", "--db", db) == {"unchanged": 3}
    said("export", "--db", db, "--out", "out")
    assert clusters("out")["people:1"] != clusters("out")["people:2"]


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    """A store of two tenants."""
    db = tmp_path_factory.mktemp("tenants") / "systems.db"
    said("load", "--project", SYSTEMS / "resolver.toml", "--db", db)
    return db


def test_tenants_are_exported_together_as_in_a_run_and_apart(tenants, tmp_path):
    said("export", "--db", tenants, "--out", tmp_path / "all")
    said("dedupe", "--project", SYSTEMS / "resolver.toml", "--out", tmp_path / "run")
    for name in ("clusters", "pairs", "review"):
        one, other = (pl.read_parquet(tmp_path / folder / f"{name}.parquet") for folder in ("all", "run"))
        assert one.equals(other.select(one.columns)), name
    said("export", "--tenant", "contoso", "--db", tenants, "--out", tmp_path / "one")
    assert set(pl.read_parquet(tmp_path / "one" / "clusters.parquet")["tenant"]) == {"contoso"}


def test_what_needs_no_tenant_takes_all_and_the_rest_says_which_there_are(tenants, tmp_path):
    assert said("db", "check", "--deep", "--db", tenants).strip().endswith("all is well")
    said("export", "--db", tenants, "--out", tmp_path)
    entity = pl.read_parquet(tmp_path / "clusters.parquet").filter(tenant="contoso")["entity_id"][0]
    assert entity in said("history", entity, "--db", tenants)
    assert "--tenant: contoso, northwind" in refused("merge", "a", "b", "--who", "kim", "--db", tenants)
    assert "it holds contoso, northwind" in refused("export", "--tenant", "acme", "--db", tenants)
    assert set(json.loads(said("rules", "preview", "--json", "--db", tenants))) == {"contoso", "northwind"}


def test_contacts_without_a_tenant_are_not_loaded_beside_others(tenants, db):
    assert "say whose they are: --tenant" in refused("load", "people.csv", "--db", tenants)
    assert "a store of their own" in refused("load", "people.csv", "--tenant", "acme", "--db", db)


def test_a_variable_names_the_store(db):
    assert "Read 3 records" in said("load", "people.csv", RESOLVER_DB=db)
    assert "RESOLVER_DB" in refused("export")


def test_a_store_is_made_and_checked_and_of_a_version(tmp_path):
    db = tmp_path / "new.db"
    assert said("db", "upgrade", "--db", db).strip().endswith(f"is now of version {newest()}")
    assert said("db", "upgrade", "--db", db).strip().endswith(f"is of version {newest()}")
    assert said("db", "check", "--db", db).strip() == f"{db}: all is well"
    assert "holds no contacts yet" in refused("export", "--db", db)


def test_a_check_that_finds_something_says_so(db):
    with sqlite3.connect(db) as connection:
        connection.execute("DELETE FROM keys")
    ran = resolver("db", "check", "--db", db)
    assert (ran.exit_code, ran.stdout.strip()) == (1, "the table keys is not what the records hold")


@pytest.mark.parametrize(
    ("db", "told"),
    [
        ("nowhere.db", "there is no store nowhere.db; make one with: resolver load FILE... --db nowhere.db"),
        (".", "is a folder"),
        ("nodir/x.db", "there is no folder nodir"),
        ("people.csv", "people.csv is a file, but no database"),
        ("other.db", "holds tables of something else"),
        ("empty.db", "holds no store"),
        ("newer.db", "of version 9999"),
        ("mysql://host/x", "it lives in SQLite or PostgreSQL"),
        ("://", "named by a path or a URL"),
        ("postgresql://kim:secret@localhost:1/x", "postgresql://kim:***@localhost:1/x does not answer"),
    ],
)
def test_what_is_no_store_is_told_in_one_line(db, told, loaded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    Path("empty.db").touch()
    Path("newer.db").write_bytes(loaded.read_bytes())
    for name, statement in (
        ("other.db", "CREATE TABLE contacts (id)"),
        ("newer.db", "UPDATE schema_version SET version_num = '9999'"),
    ):
        with sqlite3.connect(name) as connection:
            connection.execute(statement)
    line = refused("export", "--db", db)
    assert told in line
    assert "secret" not in line


def test_a_store_that_another_program_holds_is_told_in_one_line(db, monkeypatch):
    monkeypatch.setattr(databases, "WAIT_SECONDS", 0.1)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "in use by another program" in refused("merge", "1", "3", "--who", "kim", "--db", db)
    other.close()


def test_a_missing_driver_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'contact-resolver[postgres]'" in refused("export", "--db", "postgresql://host/x")


@pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL server on this machine")
def test_the_commands_work_on_a_server(db):
    with postgres() as url:
        assert "holds no store" in refused("export", "--db", url)
        said("load", "people.csv", "--db", url)
        assert "3 new" not in said("load", "people.csv", "more.csv", "--db", url)
        said("merge", "1", "3", "--who", "kim", "--db", url)
        said("undo", "1", "--who", "kim", "--db", url)
        said("export", "--db", url, "--out", "server")
        assert "all is well" in said("db", "check", "--deep", "--db", url)
    said("export", "--db", db, "--out", "file")
    assert sorted(clusters("server")) == sorted(clusters("file"))
