import polars as pl
import pytest

from resolver import Reading
from resolver.errors import ResolverError, UsageError
from resolver.judgement import Verdict
from resolver.paths.exporting import exported
from resolver.paths.loading import Arrival, load_into
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.settings import Project
from resolver.sources.inputs import read
from resolver.store.opening import opened

PEOPLE = pl.DataFrame(
    {
        "id": ["1", "2", "3", "7", "8"],
        "first name": ["Ann", "Anne", "Bob", "Robert", "Cy"],
        "last name": ["Lee", "Lee", "Fox", "Fox", "Young"],
        "email": ["ann@x.com", "ann@x.com", None, "bob@fox.example", "cy@x.com"],
        "phone": ["+12125550147", None, "+12125550199", "+12125550199", None],
    }
)


def store(path, *tenants):
    """A store of five people, of each tenant."""
    database = opened(str(path / "contacts.db"), make=True)
    for tenant in tenants or (None,):
        found = read([PEOPLE], Reading(source="crm", tenant=tenant))
        load_into(database, found, Project(), Arrival())
    return database


def key(number):
    return "crm", number


def test_what_is_set_aside_keeps_the_id_it_once_gave_an_entity(tmp_path):
    resolver = Resolver(store(tmp_path))
    known = {entity.records: entity.entity_id for entity in resolver.entities()}
    resolver.delete(key("8"))
    row = exported([resolver], "it").clusters.row(by_predicate=pl.col("record_id") == "8", named=True)
    assert (row["entity_id"], row["excluded"]) == (known[("crm:8",)], "deleted")


def test_a_pinned_value_and_a_field_that_nobody_has_are_golden_too(tmp_path):
    resolver = Resolver(store(tmp_path))
    entity = next(one.entity_id for one in resolver.entities() if "crm:1" in one.records)
    resolver.pin(entity, {"phone": "+12125550100", "language": "en"}, who="kim")
    golden = exported([resolver], "it").golden
    row = golden.row(by_predicate=pl.col("entity_id") == entity, named=True)
    assert (row["phone"], row["language"]) == ("+12125550100", "en")
    assert golden["language"].null_count() == len(golden) - 1


def test_tenants_share_record_keys_but_no_ids_pins_or_verdicts(tmp_path):
    database = store(tmp_path, "acme", "zeta")
    acme, zeta = (Resolver(database, name) for name in ("acme", "zeta"))
    one, other = (next(e.entity_id for e in each.entities() if "crm:1" in e.records) for each in (acme, zeta))
    acme.pin(one, {"phone": "+12125550100"}, who="kim")
    acme.judge(key("1"), key("8"), Verdict.SAME, who="kim")
    result = exported([acme, zeta], "it")
    phones = dict(result.golden.filter(pl.col("records").list.contains("crm:1")).select("tenant", "phone").iter_rows())
    assert phones == {"acme": "+12125550100", "zeta": "+12125550147"}
    ids = result.clusters.filter(record_id="8").sort("tenant")["entity_id"].to_list()
    assert (ids[0], ids[1] == other) == (one, False)


def test_tenants_of_different_rules_are_not_exported_together(tmp_path):
    database = store(tmp_path, "acme", "zeta")
    acme, zeta = (Resolver(database, name) for name in ("acme", "zeta"))
    acme.train(options=Options(clean=("crm",)))
    with pytest.raises(UsageError, match="name one with --tenant: acme, zeta"):
        exported([acme, zeta], "it")
    assert len(exported([acme], "it").golden) == 5


def test_entities_that_no_run_would_give_are_not_exported(tmp_path):
    resolver = Resolver(store(tmp_path))
    with resolver.database.writing("") as connection:
        connection.exec_driver_sql("UPDATE records SET entity = 1 WHERE record_id = '8'")
    with pytest.raises(ResolverError, match="is not what a run over its records and verdicts gives"):
        exported([resolver], "it")


@pytest.mark.parametrize(("pair", "first"), [(("1", "8"), Verdict.SAME), (("1", "2"), Verdict.DIFFERENT)])
def test_of_two_verdicts_on_a_pair_the_later_one_counts(pair, first, tmp_path):
    resolver = Resolver(store(tmp_path))
    resolver.judge(*map(key, pair), first, who="kim")
    resolver.judge(*map(key, pair), Verdict.UNSURE, who="kim")
    exported([resolver], "it")


def test_verdicts_on_a_deleted_record_join_nobody_else(tmp_path):
    resolver = Resolver(store(tmp_path))
    for number in ("1", "3"):
        resolver.judge(key(number), key("8"), Verdict.SAME, who="kim")
    resolver.delete(key("8"))
    exported([resolver], "it")


def test_verdicts_on_a_forgotten_record_join_nobody_else(tmp_path):
    resolver = Resolver(store(tmp_path))
    for number in ("1", "3"):
        resolver.judge(key(number), key("8"), Verdict.SAME, who="kim")
    resolver.forget(key("8"))
    assert resolver.problems(deep=True) == []


def test_a_record_that_was_taken_back_is_known_to_later_loads(tmp_path):
    resolver = Resolver(store(tmp_path))
    records = resolver.records()
    resolver.forget(key("8"))
    assert resolver.take(records, returning=True).new == 1
    assert resolver.take(records).refused == 0


def test_an_id_that_was_never_given_has_no_history(tmp_path):
    with pytest.raises(UsageError, match="there never was"):
        Resolver(store(tmp_path)).history("nobody")
