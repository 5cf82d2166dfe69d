"""The samples of the five systems, resolved together, against what is known of them."""

import json
from pathlib import Path

import polars as pl
import pytest

from resolver import dedupe
from resolver.errors import UsageError
from resolver.plan.plans import plans
from resolver.settings import load_project
from resolver.sources.adapter import Setting
from resolver.sources.inputs import read
from resolver.sources.tabular import Reading

SYSTEMS = Path(__file__).parents[2] / "data" / "systems"
TRUTH = pl.read_csv(SYSTEMS / "truth.csv", infer_schema=False).with_columns(key=pl.col("system") + ":" + pl.col("id"))
PROJECT = load_project(SYSTEMS / "resolver.toml")
READING = Reading(systems=PROJECT.systems, tenants=PROJECT.tenants)


@pytest.fixture(scope="module")
def result():
    return dedupe(*PROJECT.inputs, reading=READING)


@pytest.fixture(scope="module")
def known(result):
    """The truth beside what was found."""
    return TRUTH.join(result.clusters, left_on="key", right_on="record_key", how="left")


def golden_of(result, key):
    return result.golden.filter(pl.col("records").list.contains(key)).row(0, named=True)


def key_of(person, system, place=0):
    return TRUTH.filter(person=person, system=system)["key"][place]


def test_every_record_is_found_again(known):
    assert known["entity_id"].null_count() == 0


def test_all_records_that_can_be_joined_without_asking_are(known):
    entities = known.filter(expected="auto").group_by("person").agg(pl.col("entity_id").n_unique())
    assert entities.filter(pl.col("entity_id") > 1).rows() == []


def test_no_two_persons_are_in_one_entity(known):
    persons = known.filter(pl.col("expected") != "excluded").group_by("entity_id").agg(pl.col("person").n_unique())
    assert persons["person"].to_list() == [1] * len(persons)


def test_what_only_looks_alike_is_asked_and_not_joined(known, result):
    asked = set(result.review["left_key"]) | set(result.review["right_key"])
    doubtful = known.filter(expected="review")
    assert set(doubtful["key"]) <= asked
    sure = known.filter(expected="auto")
    assert doubtful.join(sure, on=["person", "entity_id"], how="semi").height == 0


def test_the_deleted_join_nobody_and_are_listed(known):
    assert set(known.filter(expected="excluded")["excluded"]) == {"deleted"}
    assert (
        known.filter(pl.col("expected") != "excluded")["excluded"].null_count()
        == known.filter(pl.col("expected") != "excluded").height
    )


def test_tenants_stay_apart_whatever_they_share(known, result):
    tenants = known.group_by("entity_id").agg(pl.col("tenant").n_unique())
    assert tenants["tenant"].max() == 1
    pairs = (
        result.pairs.select("left_key", "right_key")
        .join(TRUTH.select("key", a="tenant"), left_on="left_key", right_on="key")
        .join(TRUTH.select("key", b="tenant"), left_on="right_key", right_on="key")
    )
    assert pairs.filter(pl.col("a") != pl.col("b")).height == 0


def test_a_denial_in_one_system_holds_for_the_person(result):
    amelia = golden_of(result, key_of("P1-amelia", "customeros"))
    channels = {item["channel"]: item["state"] for item in amelia["consent"]}
    assert channels["email"] == "denied"


def test_an_undeliverable_address_is_never_golden(result):
    amelia = golden_of(result, key_of("P1-amelia", "customeros"))
    told = {email["raw"].lower(): email["status"] for email in _emails(result, amelia["records"]) if email["status"]}
    assert "undeliverable" in told.values()
    assert told.get(amelia["email"]) not in {"undeliverable", "bounced"}


def _emails(result, keys):
    lists = result.records.filter(pl.col("record_key").is_in(keys))["emails"].to_list()
    return [email for emails in lists for email in emails]


def test_a_fax_number_is_nobodys_golden_phone(result):
    assert "+12125550123" not in set(result.golden["phone"])


def test_the_order_of_the_files_changes_nothing(result):
    again = dedupe(*reversed(PROJECT.inputs), reading=READING)
    assert again.clusters.equals(result.clusters)
    assert again.golden.equals(result.golden)
    assert again.review.equals(result.review)


def test_desk_by_csv_and_by_api_are_the_same_people():
    others = [name for name in PROJECT.inputs if "teamwork_desk" not in name]
    api = dedupe(*others, SYSTEMS / "teamwork_desk_api.json", reading=READING)
    csv = dedupe(*PROJECT.inputs, reading=READING)
    assert api.clusters.select("record_key", "entity_id").equals(csv.clusters.select("record_key", "entity_id"))


def test_records_without_a_tenant_do_not_slip_in_among_those_with_one():
    with pytest.raises(UsageError, match="name no tenant"):
        read([SYSTEMS / "atlassian_teamwork_graph.json", SYSTEMS / "voipbin.json"])


def test_an_incomplete_pull_is_told(tmp_path):
    answer = json.loads((SYSTEMS / "atlassian_teamwork_graph.json").read_text())
    (tmp_path / "broken.json").write_text(json.dumps({**answer, "errors": [{"message": "timeout"}]}))
    load = read([tmp_path / "broken.json"], Reading(systems={"atlassian": Setting(tenant="t")}))
    assert len(load.records) == 9
    assert any("incomplete" in name for name in load.settings)


def test_a_pulled_file_is_read_by_its_own_account(tmp_path):
    pages = [json.loads((SYSTEMS / "cpod_crm.json").read_text())]
    facts = {"kind": "cpod", "instance": "eu", "complete": True, "full": True}
    (tmp_path / "pulled.json").write_text(json.dumps({"pull": facts, "pages": pages}))
    load = read([tmp_path / "pulled.json"])
    assert set(load.records["source"]) == {"cpod-eu"}
    assert not any("incomplete" in name for name in load.settings)


def test_a_bad_cell_is_rejected_with_its_line(tmp_path):
    rows = pl.read_csv(SYSTEMS / "teamwork_desk.csv", infer_schema=False)
    rows[:3].with_columns(Contacts=pl.Series([rows["Contacts"][0], "[{broken", None])).write_csv(tmp_path / "desk.csv")
    load = read([tmp_path / "desk.csv"], Reading(systems={"teamwork_desk": Setting(tenant="t")}))
    text = (tmp_path / "desk.csv").read_text()
    assert load.rejects["line"].to_list() == [text[: text.index("[{broken")].count("\n") + 1]
    assert len(load.records) == 2


def leaves(value):
    """Every text, number and moment inside nested values."""
    if isinstance(value, dict):
        return {leaf for part in value.values() for leaf in leaves(part)}
    if isinstance(value, list):
        return {leaf for part in value for leaf in leaves(part)}
    return set() if value is None else {str(value)}


def test_no_value_of_any_sample_is_lost_on_its_way(result, tmp_path):
    load = read(PROJECT.inputs, READING)
    result.write(tmp_path)
    kept = pl.read_parquet(tmp_path / "records.parquet")
    members = {key for keys in result.golden["records"] for key in keys} | set(
        result.clusters.filter(pl.col("excluded").is_not_null())["record_key"]
    )
    for before in load.records.iter_rows(named=True):
        (after,) = kept.filter(
            (pl.col("record_key") == before["record_key"]) & pl.col("tenant").eq_missing(pl.lit(before["tenant"]))
        ).iter_rows(named=True)
        assert leaves(before) <= leaves(after)
        assert before["record_key"] in members


def test_every_value_of_a_record_that_goes_is_golden_or_kept_or_named_as_lost(result, tmp_path):
    result.write(tmp_path)
    golden = {key: row for row in result.golden.iter_rows(named=True) for key in row["records"]}
    records = {row["record_key"]: row for row in pl.read_parquet(tmp_path / "records.parquet").iter_rows(named=True)}
    # What a record says of itself ends with it, and of an address only the address is a value, not its kind or state.
    its_own = {"record_key", "record_id", "source", "tenant", "file", "raw", "created_at", "updated_at", "version"}
    its_own |= {"default_region", "date_order"}
    kinds = {"personal", "work", "unknown", "unverified", "ok", "other"}
    found = plans(tmp_path)
    assert found
    for plan in found:
        told = json.dumps(plan.model_dump(mode="json"), ensure_ascii=False)
        kept = leaves(golden[f"{plan.system}:{plan.survivor}"]) | leaves(records[f"{plan.system}:{plan.survivor}"])
        for loser in plan.losers:
            row = records[f"{plan.system}:{loser}"]
            values = leaves({name: value for name, value in row.items() if name not in its_own})
            # "ops" and "Ops" are one tag.
            here = {value.lower() for value in kept}
            assert [value for value in values - kinds if value.lower() not in here and value not in told] == []


def test_a_kind_told_on_the_command_line_forces_the_adapter():
    forced = read([SYSTEMS / "voipbin.json"], Reading(source="voipbin:eu", tenants=PROJECT.tenants))
    assert set(forced.records["source"]) == {"voipbin-eu"}
