import polars as pl
import pytest

from resolver.contact import Contact, Email, frame_of
from resolver.frames import CLUSTERS, RECORDS, FrameError, check, in_order


def test_a_frame_of_contacts_fits_the_records_schema():
    contact = Contact(source="crm", record_id="1", emails=[Email(raw="ann@x.com", primary=True)])
    frame = frame_of([contact]).with_columns(record_key=pl.lit(contact.record_key))
    assert check(frame, RECORDS, required=("record_key",)) is frame


def test_a_contact_refuses_a_name_it_does_not_know():
    with pytest.raises(ValueError, match="given_nmae"):
        Contact(source="crm", record_id="1", given_nmae="Ann")


def test_columns_and_parts_of_structs_may_be_absent():
    emails = pl.Series("emails", [[{"raw": "a@x.com"}]], dtype=pl.List(pl.Struct({"raw": pl.String})))
    assert len(check(pl.DataFrame([emails]), RECORDS)) == 1


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (pl.DataFrame({"record_key": [1]}), "record_key"),
        (pl.DataFrame({"record_key": ["a"], "emails": ["a@x.com"]}), "emails"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(frame, complaint):
    with pytest.raises(FrameError, match=complaint):
        check(frame, RECORDS)


def test_a_column_that_is_needed_must_be_there():
    with pytest.raises(FrameError, match="entity_id"):
        check(pl.DataFrame({"source": ["a"]}), CLUSTERS, required=("entity_id",))


@pytest.mark.parametrize(
    ("keys", "already"),
    [
        ([("1", "a"), ("1", "b"), ("2", "a")], True),
        ([("1", "b"), ("1", "a")], False),
        ([("2", "a"), ("1", "b")], False),
        ([("1", "a"), ("1", "a")], True),
        ([("1", "a")], True),
    ],
)
def test_records_that_are_in_order_are_not_copied(keys, already):
    frame = pl.DataFrame(keys, schema=["record_id", "source"], orient="row")
    ordered = in_order(frame)
    assert (ordered is frame) == already
    assert ordered.rows() == sorted(keys)
