import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.contact import Address, Bounce, Consent, Contact, Email, Organisation, Phone, frame_of
from resolver.frames import RECORDS
from resolver.store.documents import frame, lines

AWKWARD = (
    '"',
    '\\"',
    '","a":null',
    '{"a":null,',
    '"custom.x":1',
    "\\",
    "\n",
    "\r",
    "\t",
    "\0",
    "\x1f",
    "\x85",
    "\u2028",
)
TEXT = st.text(max_size=8) | st.sampled_from(AWKWARD) | st.lists(st.sampled_from(AWKWARD), max_size=3).map("".join)
MAYBE = st.none() | TEXT
MOMENT = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def several(part, **values):
    return st.lists(st.builds(part, **values), max_size=2)


CONTACTS = st.builds(
    Contact,
    source=TEXT,
    record_id=TEXT,
    given_name=MAYBE,
    family_name=MAYBE,
    emails=several(Email, raw=TEXT, status_at=MOMENT),
    phones=several(Phone, raw=TEXT, extension=MAYBE, primary=st.none() | st.booleans()),
    organisations=several(Organisation, name=MAYBE, buyer_attributes=st.lists(TEXT, max_size=2)),
    addresses=several(Address, raw=MAYBE, city=MAYBE),
    consent=several(Consent, channel=st.just("email"), state=st.just("denied"), at=MOMENT),
    bounce_unattributed=st.none() | st.builds(Bounce, reason=MAYBE, at=MOMENT),
    updated_at=MOMENT,
    deleted=st.none() | st.booleans(),
    raw=MAYBE,
)


def bare(value):
    """Without nulls and empty lists, as nobody can tell them from what was never there."""
    if isinstance(value, dict):
        kept = {name: bare(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, [])}
    return [bare(part) for part in value] if isinstance(value, list) else value


def back(found):
    return frame(lines(found), {**RECORDS, **found.schema})


@settings(max_examples=25)
@given(st.lists(CONTACTS, min_size=1, max_size=4))
def test_any_contact_comes_back_as_it_was(contacts):
    found = frame_of(contacts)
    assert bare(back(found).to_dicts()) == bare(found.to_dicts())


@settings(max_examples=25)
@given(st.lists(CONTACTS, min_size=1, max_size=4))
def test_what_came_back_is_written_in_the_very_same_way(contacts):
    found = frame_of(contacts)
    assert lines(back(found)).to_list() == lines(found).to_list()


@settings(max_examples=25)
@given(st.lists(CONTACTS, min_size=1, max_size=4))
def test_each_record_is_written_as_it_is_alone(contacts):
    alone = [lines(frame_of([contact])).item() for contact in contacts]
    assert lines(frame_of(contacts)).to_list() == alone


@settings(max_examples=50)
@given(st.sampled_from(["custom.", "category."]), st.text(min_size=1, max_size=8) | st.sampled_from(AWKWARD), MAYBE)
def test_a_column_of_any_name_comes_back(prefix, name, value):
    found = pl.DataFrame({"given_name": ["Ann"], prefix + name: [value]}, schema_overrides={prefix + name: pl.String})
    assert bare(back(found).to_dicts()) == bare(found.to_dicts())


@pytest.mark.parametrize("value", AWKWARD)
def test_a_line_is_json_that_says_what_the_record_says(value):
    found = pl.DataFrame({"given_name": [value, None], "raw": [None, value], "emails": [[], [{"raw": value}]]})
    assert [json.loads(line) for line in lines(found)] == [
        {"given_name": value},
        {"raw": value, "emails": [{"raw": value}]},
    ]


def test_a_bounce_of_which_nothing_more_is_known_is_one():
    found = frame_of([Contact(source="crm", record_id="1", bounce_unattributed=Bounce())])
    told = back(found)
    assert "bounce_unattributed" in told.columns
    assert told["bounce_unattributed"].is_not_null().to_list() == [True]


def test_columns_that_no_record_fills_make_no_difference():
    one = pl.DataFrame({"given_name": ["Ann"]})
    wide = one.with_columns(pl.lit(None, pl.String).alias("raw"), pl.lit(None, RECORDS["emails"]).alias("emails"))
    assert (
        lines(one).to_list()
        == lines(wide.select(sorted(wide.columns, reverse=True))).to_list()
        == ['{"given_name":"Ann"}']
    )


def test_a_record_that_says_nothing_is_an_empty_document():
    assert lines(pl.DataFrame({"raw": [None, None]}, schema={"raw": pl.String})).to_list() == ["{}", "{}"]
    assert lines(pl.DataFrame(height=2)).to_list() == ["{}", "{}"]
    assert frame(pl.Series(["{}", "{}"]), RECORDS).shape == (2, 0)


@pytest.mark.parametrize("name", ["custom.tier", "category.a,b", 'custom."x', "custom.null", "custom.[]"])
def test_a_column_that_only_others_fill_makes_no_difference(name):
    both = pl.DataFrame({"given_name": ["Ann", '",":null'], name: [None, '"x":null,[],'], "raw": [None, ',"raw":null']})
    assert lines(both)[0] == lines(both[:1].select("given_name"))[0]
    assert json.loads(lines(both)[1]) == {"given_name": '",":null', name: '"x":null,[],', "raw": ',"raw":null'}
