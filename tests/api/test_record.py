"""How callers write a contact, and what is understood."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.schemas.record import MOST_ITEMS, MOST_LETTERS, Record
from resolver.contact import frame_of


def told(**record):
    """What a record says in canonical form, without what it does not say."""
    found = Record.model_validate(record).contact("crm", "1").model_dump(exclude_defaults=True, exclude_none=True)
    return {name: value for name, value in found.items() if name not in ("source", "record_id")}


@pytest.mark.parametrize(
    ("record", "understood"),
    [
        ({}, {}),
        ({"name": "Ann Lee"}, {"full_name": "Ann Lee"}),
        ({"given_name": "Ann", "family_name": " "}, {"given_name": "Ann"}),
        ({"email": "a@x.com"}, {"emails": [{"raw": "a@x.com"}]}),
        (
            {"email": "b@x.com", "emails": ["a@x.com", "B@x.com", {"raw": "c@x.com", "status": "bounced"}, ""]},
            {"emails": [{"raw": "b@x.com"}, {"raw": "a@x.com"}, {"raw": "c@x.com", "status": "bounced"}]},
        ),
        ({"phone": 3125550188}, {"phones": [{"raw": "3125550188"}]}),
        (
            {"mobile": "1", "phones": [{"raw": "2", "label": "Work fax"}], "phone_region": "us"},
            {
                "phones": [
                    {"raw": "1", "kind": "mobile", "region": "US"},
                    {"raw": "2", "label": "Work fax", "kind": "fax", "region": "US"},
                ]
            },
        ),
        (
            {"phone": "020 7946 0018", "address": {"country": "England"}},
            {"phones": [{"raw": "020 7946 0018", "region": "GB"}], "addresses": [{"country": "England"}]},
        ),
        ({"address": "1 Elm Rd, Rye"}, {"addresses": [{"raw": "1 Elm Rd, Rye"}]}),
        (
            {"company": "Acme", "job_title": "Buyer", "organisations": ["Old Ltd", {"name": "Z", "end": "2020-01-01"}]},
            {
                "organisations": [
                    {"name": "Acme", "title": "Buyer"},
                    {"name": "Old Ltd"},
                    {"name": "Z", "end": datetime(2020, 1, 1, tzinfo=UTC)},
                ]
            },
        ),
        (
            {"linkedin": "in/ann", "socials": {"github": "ann"}},
            {"socials": [{"raw": "in/ann", "network": "linkedin"}, {"raw": "ann", "network": "github"}]},
        ),
        ({"socials": ["https://x.com/ann"]}, {"socials": [{"raw": "https://x.com/ann"}]}),
        ({"external_ids": {"erp": 7, "none": ""}}, {"external_ids": [{"system": "erp", "raw": "7"}]}),
        ({"external_ids": [{"system": "erp", "raw": "7"}]}, {"external_ids": [{"system": "erp", "raw": "7"}]}),
        ({"other_names": ["Ann Fox"]}, {"other_names": [{"full_name": "Ann Fox"}]}),
        ({"tags": ["vip"], "notes": ["hm"]}, {"tags": [{"name": "vip"}], "notes": [{"text": "hm"}]}),
        ({"consent": [{"channel": "sms", "state": "denied"}]}, {"consent": [{"channel": "sms", "state": "denied"}]}),
        ({"version": 7, "updated_at": "2026-01-02T03:04:05+02:00"},
         {"version": "7", "updated_at": datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)}),
        (
            {"custom": {"a": True, "b": 1.5, "c": "x", "d": None}},
            {"custom": [{"name": "a", "value": "true"}, {"name": "b", "value": "1.5"}, {"name": "c", "value": "x"}]},
        ),
    ],
)  # fmt: skip
def test_a_contact_is_understood_in_whichever_form_it_comes(record, understood):
    assert told(**record) == understood


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"first_name": "Ann"}, "unknown field 'first_name'; did you mean given_name?"),
        ({"firstname": "Ann"}, "did you mean given_name?"),
        ({"E-Mail": "a@x.com"}, "did you mean email?"),
        ({"full name": "Ann"}, "did you mean name?"),
        ({"shoe_size": 7}, "unknown field 'shoe_size'; put it under custom"),
        ({"emails": [{"raw": "a@x.com", "colour": "red"}]}, "colour"),
        ({"given_name": 7}, "valid string"),
        ({"updated_at": 7}, "valid datetime"),
        ({"updated_at": "soon"}, "isoformat"),
        ({"updated_at": "0001-01-01T00:00:00+14:00"}, "outside of the years"),
        ({"phone_region": "USA"}, "pattern"),
        ({"emails": ["a@x.com"] * (MOST_ITEMS + 1)}, "items"),
        ({"notes": [{"text": "x" * (MOST_LETTERS + 1)}]}, "letters"),
        ({"emails": "a@x.com"}, "valid list"),
        ({"given_name": "\ud800"}, "unicode"),
        ([], "valid dictionary"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(record, said):
    with pytest.raises(ValidationError, match=said.replace("?", "[?]")):
        Record.model_validate(record)


texts = st.text(max_size=12)
records = st.fixed_dictionaries(
    {},
    optional={
        "name": texts,
        "email": texts,
        "emails": st.lists(texts | st.fixed_dictionaries({"raw": texts}), max_size=3),
        "phones": st.lists(texts | st.integers(-(10**18), 10**18), max_size=3),
        "address": texts | st.fixed_dictionaries({"country": texts, "city": texts}),
        "socials": st.dictionaries(texts, texts, max_size=3),
        "external_ids": st.dictionaries(texts, texts | st.integers(0, 99), max_size=3),
        "updated_at": st.datetimes().map(datetime.isoformat),
        "custom": st.dictionaries(texts, texts | st.floats() | st.booleans() | st.none(), max_size=3),
    },
)


@given(records)
def test_whatever_is_taken_is_a_contact_that_the_store_can_hold(record):
    contact = Record.model_validate(record).contact("crm", "1")
    assert all(email.raw.strip() for email in contact.emails)
    assert frame_of([contact]).height == 1
