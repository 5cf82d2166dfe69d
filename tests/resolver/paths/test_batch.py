import random
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.generate import generate
from resolver import Reading, Ruleset, dedupe, link, parted
from resolver.contact import Consent, Contact, Custom, Email, ExternalId, Phone, Tag, frame_of
from resolver.errors import NothingUsableError
from resolver.frames import RECORD_KEY
from resolver.on_disk import OnDisk
from resolver.parted import Parted
from resolver.paths.batch import resolve
from resolver.report.facts import facts

RULES = Ruleset.default()
FRAMES = ("clusters", "golden", "pairs", "review")


def resolved(*contacts):
    frame = frame_of(list(contacts)).with_columns(record_key=pl.col("source") + ":" + pl.col("record_id"))
    return resolve(frame, RULES)


def groups(result):
    """The record ids of each entity with more than one record."""
    together = result.clusters.filter(pl.col("excluded").is_null()).group_by("entity_id").agg("record_id")
    return sorted(sorted(ids) for ids in together["record_id"].to_list() if len(ids) > 1)


def contact(record_id, given, family, email=None, phone=None, **more):
    return Contact(
        source=more.pop("source", "crm"),
        record_id=record_id,
        given_name=given,
        family_name=family,
        emails=[Email(raw=email)] if email else [],
        phones=[Phone(raw=phone)] if phone else [],
        **more,
    )


@pytest.fixture(scope="module")
def export():
    return generate(600, 7).drop("truth_id")


@pytest.fixture(scope="module")
def result(export):
    return dedupe(export)


def same(left, right, drop=()):
    return all(
        getattr(left, name).drop(drop, strict=False).equals(getattr(right, name).drop(drop, strict=False))
        for name in FRAMES
    )


def test_every_record_is_in_the_clusters_exactly_once(export, result):
    assert sorted(result.clusters["record_id"]) == sorted(export["record_id"])
    assert sorted(key for keys in result.golden["records"] for key in keys) == sorted(result.clusters["record_key"])


def test_the_order_of_records_changes_nothing(export, result):
    assert same(dedupe(export.sample(fraction=1.0, shuffle=True, seed=3)), result)


def test_a_split_over_files_changes_nothing(export, result, tmp_path):
    parts = [export[rows] for rows in (range(250), range(250, 600))]
    for number, part in enumerate(parts):
        part.write_csv(tmp_path / f"part{number}.csv")
    split = dedupe(tmp_path / "part1.csv", tmp_path / "part0.csv")
    assert same(split, result)


def test_loading_the_same_records_twice_changes_nothing(export, result, tmp_path):
    export.write_csv(tmp_path / "contacts.csv")
    twice = dedupe(tmp_path / "contacts.csv", tmp_path / "contacts.csv")
    assert same(twice, result)


def test_entity_ids_do_not_depend_on_the_sources_name(export, result):
    renamed = dedupe(export.with_columns(source=pl.lit("one")))
    assert renamed.clusters.sort("record_id")["entity_id"].equals(result.clusters.sort("record_id")["entity_id"])


def test_every_golden_value_comes_from_the_record_it_names(result):
    members = dict(zip(result.golden["entity_id"], result.golden["records"].to_list(), strict=True))
    for entity, origins in result.golden.select("entity_id", "provenance").iter_rows():
        assert all(key is None or key in members[entity] for key in origins.values())


def test_the_deleted_neither_join_nor_bridge():
    made = resolved(
        contact("a", "Elena", "Rossi", "elena@x.com"),
        contact("b", "Elena", "Rossi", "elena@x.com", "+442079460018", deleted=True),
        contact("c", "E.", "Rossi", None, "+442079460018"),
    )
    assert groups(made) == []
    assert made.clusters.filter(pl.col("record_id") == "b")["excluded"].to_list() == ["deleted"]
    assert made.golden["records"].to_list() == [["crm:a"], ["crm:c"]]


def test_tenants_never_meet():
    made = resolved(
        *(
            contact(f"{tenant}{n}", "Ann", "Lee", "ann@x.com", tenant=tenant)
            for tenant in ("one", "two")
            for n in (1, 2)
        )
    )
    assert groups(made) == [["one1", "one2"], ["two1", "two2"]]
    assert all(left[4:7] == right[4:7] for left, right in made.pairs.select("left_key", "right_key").iter_rows())


def test_an_id_means_nothing_without_its_system():
    made = resolved(
        contact("a", "Ann", "Lee", external_ids=[ExternalId(system="hubspot", raw="51001")]),
        contact("b", "Bob", "Fox", external_ids=[ExternalId(system="erp", raw="51001")]),
        contact("c", "Ann", "Leee", external_ids=[ExternalId(system="hubspot", raw="51001")]),
    )
    assert groups(made) == [["a", "c"]]


def test_a_family_with_one_landline_and_mailbox_is_two_persons():
    made = resolved(
        contact("a", "Dana", "Ortiz", "info@ortizfamily.example", "+12125550198"),
        contact("b", "Robert", "Ortiz", "info@ortizfamily.example", "+12125550198"),
    )
    assert groups(made) == []


def test_a_fax_is_no_identity_and_never_golden():
    made = resolved(
        contact("a", "Wei", "Chen").model_copy(update={"phones": [Phone(raw="+12125550123", kind="fax")]}),
        contact("b", "Hiro", "Tanaka").model_copy(update={"phones": [Phone(raw="+12125550123", kind="fax")]}),
    )
    assert groups(made) == []
    assert "phone" not in made.golden.columns


def test_records_without_any_value_never_match_each_other():
    assert groups(resolved(*(contact(str(n), None, None) for n in range(3)))) == []


def test_linking_never_joins_two_records_of_one_clean_source_directly():
    left = pl.DataFrame({"id": ["1", "2"], "name": ["Ann Lee", "Ann Lee"], "email": ["ann@x.com", "ann@x.com"]})
    made = link(left, left.head(1), reading=Reading(region="US"))
    assert all(
        a.partition(":")[0] != b.partition(":")[0] for a, b in made.pairs.select("left_key", "right_key").iter_rows()
    )


def test_a_handful_of_records_is_enough():
    people = pl.DataFrame(
        {
            "id": ["1", "2", "3"],
            "name": ["Ann Lee", "Lee, Ann", "Bob Fox"],
            "email": ["ann@x.com", "ANN@x.com ", "bob@y.com"],
        }
    )
    assert groups(dedupe(people)) == [["1", "2"]]


def test_nothing_to_resolve_is_an_error():
    with pytest.raises(NothingUsableError):
        dedupe(pl.DataFrame({"id": [], "email": []}, schema={"id": pl.String, "email": pl.String}))


@pytest.mark.parametrize("seed", range(3))
def test_a_shuffled_pair_of_frames_gives_the_same_entities(export, seed):
    rows = list(range(len(export)))
    random.Random(seed).shuffle(rows)
    first, second = export[rows[:300]], export[rows[300:]]
    again = dedupe(second, first)
    once = dedupe(first, second)
    ids = [made.clusters.sort("record_key")["entity_id"] for made in (once, again)]
    assert ids[0].equals(ids[1])


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_what_is_written_in_parts_is_what_the_frames_hold(result, tmp_path, monkeypatch, file_format):
    with monkeypatch.context() as patched:
        patched.setattr(parted, "PART", 7)
        result.write(tmp_path, file_format)
        told = facts(result)
    assert pl.read_parquet(tmp_path / "normalised.parquet").equals(result.normalised)
    if file_format == "parquet":
        assert pl.read_parquet(tmp_path / "pairs.parquet").equals(result.pairs)
    else:
        assert len(pl.read_csv(tmp_path / "pairs.csv")) == len(result.pairs)
    assert told == facts(result)


@pytest.mark.filterwarnings("error")
def test_contacts_that_are_all_deleted_are_told_and_meet_nobody():
    gone = [Contact(source="crm", record_id=str(number), family_name="Lee", deleted=True) for number in range(3)]
    result = resolved(*gone)
    assert result.clusters["excluded"].to_list() == ["deleted"] * len(result.clusters)
    assert (len(result.golden), len(result.pairs)) == (0, 0)


@pytest.fixture
def nothing_in_memory(monkeypatch):
    """Whatever is large lies on disk, and everything is large."""
    monkeypatch.setattr("resolver.on_disk.LARGE", 1)
    monkeypatch.setattr("resolver.result.LARGE", 1)
    monkeypatch.setattr("resolver.threads.MANY", 1)


def odd_people():
    """Contacts of two tenants that hold what few exports do."""
    yes, no = ([Consent(channel="email", state=state)] for state in ("granted", "denied"))
    lee = {"emails": [Email(raw="ann.lee@x.com", status="bounced"), Email(raw="ann@lee.org")]}
    erp = [ExternalId(system="erp", raw="7")]
    people = [
        Contact(source="crm", record_id="1", full_name="Ann Lee", consent=yes, **lee),
        Contact(source="web", record_id="1", full_name="Lee, Ann", consent=no, tags=[Tag(name="ops")], **lee),
        Contact(source="web", record_id="2", given_name="Ann", family_name="Lee", consent=no, deleted=True, **lee),
        Contact(
            source="web", record_id="3", given_name="Bo", external_ids=erp, custom=[Custom(name="shoe", value="7")]
        ),
        Contact(source="crm", record_id="4", given_name="Bo", external_ids=erp, birth_date="1980-01-01"),
    ]
    frame = frame_of([*people, *(one.model_copy(update={"tenant": "two"}) for one in people[:3])])
    return frame.with_columns(RECORD_KEY, tenant=pl.col("tenant").fill_null("one"))


@pytest.mark.usefixtures("nothing_in_memory")
@pytest.mark.parametrize("people", [lambda: odd_people().filter(tenant="one").drop("tenant"), odd_people])
def test_what_is_on_disk_comes_to_the_same_as_what_is_in_memory(people, monkeypatch, tmp_path):
    found = resolve(people(), RULES)
    assert isinstance(found.of_records, OnDisk)
    monkeypatch.undo()
    wanted = resolve(people(), RULES)
    assert isinstance(wanted.of_records, pl.DataFrame)
    assert len(wanted.review)
    for name in (*FRAMES, "records", "normalised"):
        assert_frame_equal(getattr(found, name), getattr(wanted, name))
    for result, folder in ((found, "found"), (wanted, "wanted")):
        result.write(tmp_path / folder)
        result.write(tmp_path / folder / "csv", "csv")
    for name in ("clusters", "golden", "pairs", "review", "records", "normalised"):
        assert_frame_equal(*(pl.read_parquet(tmp_path / each / f"{name}.parquet") for each in ("found", "wanted")))
    for name in ("clusters", "golden", "pairs", "review"):
        mine, theirs = (tmp_path / each / "csv" / f"{name}.csv" for each in ("found", "wanted"))
        assert mine.read_text() == theirs.read_text()


@pytest.mark.usefixtures("nothing_in_memory")
def test_the_report_of_what_is_on_disk_is_the_same(export, result):
    found = dedupe(export)
    assert isinstance(found.of_records, OnDisk)
    assert same(found, result)
    assert replace(facts(found), origin=None) == replace(facts(result), origin=None)


def test_pairs_know_the_rows_of_their_records_and_the_report_is_the_same_without(result):
    left, right = result.of_pairs.ends(slice(None))
    keys = result.clusters["record_key"]
    assert keys.gather(left).to_list() == result.pairs["left_key"].to_list()
    assert keys.gather(right).to_list() == result.pairs["right_key"].to_list()
    by_keys = replace(result, of_pairs=Parted.of(result.pairs))
    assert facts(by_keys) == facts(result)
