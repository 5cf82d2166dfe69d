"""One contact by itself is what it would be in a frame."""

import json
from pathlib import Path

import numpy as np
import pytest

from resolver.columns import column_of_lists
from resolver.contact import Address, Contact, Email, ExternalId, Organisation, OtherName, Phone, Social, frame_of
from resolver.frames import RECORD_KEY
from resolver.model.layout import kind
from resolver.sources.inputs import read
from resolver.sources.tabular import Reading
from resolver.steps.footprint import keys_of
from resolver.steps.prepare import prepare
from resolver.steps.single import single, single_keys
from resolver.store.documents import lines
from tests.resolver.store.living import trained

DATA = Path(__file__).parents[3] / "data"
EXPORTS = [
    *("demo/billing.csv", "demo/crm.csv", "demo/events.csv", "demo/support.tsv", "demo/webform.csv"),
    *("systems/atlassian_teamwork_graph.json", "systems/cpod_crm.json", "systems/customeros.json"),
    *("systems/teamwork_desk_api.json", "systems/voipbin.json"),
]
ODD = [
    {},
    {"full_name": "Lee, Ann Jr."},
    {"full_name": "n/a"},
    {"full_name": "Dr. Ann van der Berg", "middle_name": "left out"},
    {"full_name": "Left Out", "given_name": "Ann"},
    {"family_name": "Smith Jr", "given_name": "John II"},
    {"given_name": "A", "family_name": "Lee", "emails": [Email(raw="ann.lee@acme.com")]},
    {
        "family_name": "Lee",
        "emails": [Email(raw="ann.lee@acme.com", status="bounced"), Email(raw="bo@x.com", role=True)],
    },
    {"emails": [Email(raw="no address"), Email(raw="Ann@X.com"), Email(raw="ann@x.com")]},
    {
        "emails": [Email(raw="ann@acme.com")],
        "organisations": [Organisation(name="Old Inc", end="2020-01-01T00:00:00Z")],
    },
    {"emails": [Email(raw="ann@acme.com")], "organisations": [Organisation(title="no name")]},
    {"other_names": [OtherName(full_name="Ann Marie Hall"), OtherName(family_name="Hall"), OtherName(label="none")]},
    {"phones": [Phone(raw="020 7946 0018", region="GB"), Phone(raw="+12125550147", kind="fax"), Phone(raw="x")]},
    {"addresses": [Address(raw="12 Main St, San Diego, CA 92101"), Address(postal_code="92101"), Address(unit="4")]},
    {"addresses": [Address(raw="12 Main St, San Diego", city="La Jolla")]},
    {"external_ids": [ExternalId(system="erp", raw="51001"), ExternalId(system="erp", raw="n/a")]},
    {"socials": [Social(raw="https://linkedin.com/in/Ann-Lee"), Social(raw="@ann", network="twitter")]},
    {"birth_date": "2.1.1980", "gender": "Frau"},
    {"deleted": True, "given_name": "Ann", "family_name": "Lee"},
]


def told(frame, known):
    """What is compared of a record, as the frame has it."""
    fields = prepare(frame, known).normalised.fields
    return {
        name: [column.listed[code] for code in column.codes] for name, column in fields.items() if not column.is_empty
    }


def assert_alike(said, frame):
    frozen = trained()
    for known in (frozen.model.layout.levels, ()):
        assert single(said, known) == told(frame, known)
    values = {name: held for name, held in single(said).items() if kind(name) in frozen.ruleset.compare}
    columns = {name: column_of_lists([held]) for name, held in values.items()}
    assert single_keys(values, frozen).tolist() == keys_of(columns, np.ones(1, dtype=bool), frozen)[1].tolist()


@pytest.mark.parametrize("said", ODD)
def test_a_contact_by_itself_is_what_it_is_in_a_frame(said):
    contact = Contact(source="crm", record_id="1", **said)
    assert_alike(contact.model_dump(), frame_of([contact]).with_columns(RECORD_KEY))


@pytest.mark.parametrize("name", EXPORTS)
def test_records_of_all_exports_by_themselves_are_what_they_are_in_a_frame(name):
    records = read([str(DATA / name)], Reading()).records.head(60)
    for place, line in enumerate(lines(records.drop("record_key", "file", "line", strict=False))):
        assert_alike(json.loads(line), records.slice(place, 1))


def test_a_bounce_that_another_record_tells_of_names_an_address_only_where_there_is_one():
    one, two = [{"raw": "ann@x.com"}], [{"raw": "ann@x.com"}, {"raw": "lee@x.com"}]
    assert single({"emails": one}, bounces=True)["email"] == ["!ann@x.com"]
    assert single({"emails": two}, bounces=True)["email"] == ["ann@x.com", "lee@x.com"]
