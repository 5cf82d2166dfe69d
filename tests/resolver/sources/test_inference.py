import polars as pl
import pytest

from resolver.sources.tabular import Reading, read
from resolver.sources.values import distinct_at_least, sample, sample_of


def uses(frame: pl.DataFrame | dict[str, list[str]], reading: Reading | None = None) -> dict[str, str | None]:
    return {use.column: use.field for use in read([pl.DataFrame(frame)], reading).columns}


FEBRL = {
    "rec_id": ["rec-1-org", "rec-2-org"],
    "given_name": ["mia", "leo"],
    "surname": ["lee", "fox"],
    "street_number": ["3", "14"],
    "address_1": ["mill lane", "high street"],
    "address_2": ["unit 4", None],
    "suburb": ["ryde", "kew"],
    "postcode": ["2112", "3101"],
    "state": ["nsw", "vic"],
    "date_of_birth": ["19850503", "19900101"],
    "soc_sec_id": ["1234567", "7654321"],
}


def test_census_columns_are_understood() -> None:
    assert list(uses(FEBRL).values()) == [
        *("record_id", "given_name", "family_name", "house_number", "street", "unit"),
        *("city", "postal_code", "region", "birth_date", "national_id"),
    ]


@pytest.mark.parametrize(
    ("columns", "column", "field"),
    [
        ({"name": ["Ann Lee"]}, "name", "full_name"),
        ({"first name": ["Ann"], "last name": ["Lee"], "name": ["Ann Lee"]}, "name", "full_name"),
        ({"first name": ["Ann"], "last name": ["Lee"], "name": ["Acme Ltd"]}, "name", "company"),
        ({"Vorname": ["Ann"], "Name": ["Lee"]}, "Name", "family_name"),
        ({"Prénom": ["Ann"], "Nom": ["Lee"]}, "Nom", "family_name"),
        ({"Nome": ["Ann"], "Cognome": ["Lee"]}, "Nome", "given_name"),
        ({"Nome": ["Ann Lee"], "Telefone": ["11 2345-6789"]}, "Nome", "full_name"),
        ({"account_name": ["Ann Lee"], "company_name": ["Acme"]}, "account_name", "full_name"),
        ({"first name": ["Ann"], "Account Name": ["Acme"]}, "Account Name", "company"),
        ({"title": ["Mr", "Dr."]}, "title", "name_prefix"),
        ({"title": ["Engineer", "CTO"]}, "title", "job_title"),
        ({"state": ["NSW", "VIC"]}, "state", "region"),
        ({"state": ["active", "deleted"]}, "state", "deleted"),
        ({"state": ["active", "inactive"]}, "state", None),
        ({"kontakt": ["ann@x.com"]}, "kontakt", "email"),
        ({"username": ["ann@x.com", "bob@x.com"]}, "username", "email"),
        ({"reach": ["+49 30 1234567", "+49 89 7654321"]}, "reach", "phone"),
        ({"profile": ["https://www.linkedin.com/in/ann-lee"]}, "profile", "linkedin"),
        ({"phone": ["yes", "no"]}, "phone", None),
        ({"date": ["2024-01-01"]}, "date", None),
        ({"revenue": ["1000000", "2500000"]}, "revenue", None),
        ({"partner_email": ["ann@x.com"]}, "partner_email", None),
        ({"source": ["crm", "erp"]}, "source", "source"),
        ({"source": ["referral", "google"]}, "source", None),
        ({"type": ["italian", "thai"]}, "type", "category.type"),
        ({"Marital Status": ["single", "married"], "status": ["x", "y"]}, "Marital Status", "category.marital_status"),
        ({"device_type": ["ios", "android"]}, "device_type", None),
        ({"sex": ["m", "f"]}, "sex", "gender"),
        ({"id": ["1", "2"], "salesforce_id": ["003A", "003B"]}, "salesforce_id", "external_id"),
        ({"app_user_id": ["a1", "a2"]}, "app_user_id", "record_id"),
        ({"partner_lead_id": ["a1", "a2"], "partner_name": ["X", "X"]}, "partner_lead_id", "record_id"),
        ({"name": ["Acme Ltd", "Bolt GmbH", "Corvid"]}, "name", "company"),
        ({"account_name": ["Acme Ltd", "Bolt GmbH", "Corvid"], "city": ["Ulm"]}, "account_name", "company"),
        ({"Customer": ["Acme Ltd", "Bolt GmbH"]}, "Customer", "company"),
        ({"Customer": ["Ann Lee", "Robert Fox"]}, "Customer", "full_name"),
        ({"Item": ["Copper Wire", "Brass Hinge"]}, "Item", None),
        ({"name": ["Ann Lee", "Robert Fox", "María de la Cruz"]}, "name", "full_name"),
        ({"pat_first_name": ["Ann"], "pat_last_name": ["Lee"], "pat_city": ["Ulm"]}, "pat_last_name", "family_name"),
        ({"pat_first_name": ["Ann"], "pat_last_name": ["Lee"], "pat_city": ["Ulm"]}, "pat_city", "city"),
        ({"name": ["Ann Lee"], "doc_first_name": ["Bob"], "doc_last_name": ["Fox"]}, "doc_last_name", None),
        ({"spouse_first_name": ["Bob"], "spouse_last_name": ["Lee"]}, "spouse_first_name", None),
        ({"name": ["Ann Lee"], "by": ["1980"], "bm": ["7"], "bd": ["22"]}, "by", "birth_year"),
        ({"name": ["Ann Lee"], "by": ["1980"]}, "by", None),
        ({"name": ["Ann Lee"], "by": ["ann", "bob"], "bm": ["7"], "bd": ["22"]}, "bm", None),
        ({"name": ["Ann Lee"], "birth_year": ["1980"], "birth day": ["22"]}, "birth day", "birth_day"),
        ({"name": ["Ann Lee"], "birth day": ["1980-07-22"]}, "birth day", "birth_date"),
        ({"dob": ["1980-07-22"], "birth year": ["1980"]}, "birth year", None),
        ({"name": ["Ann Lee"], "birth month": ["7"]}, "birth month", None),
        ({"name": ["Ann Lee"], "alias": ["Annie Lee"]}, "alias", "other_name"),
        ({"name": ["Ann Lee"], "alias": ["alee"]}, "alias", None),
        ({"company": ["Acme Ltd"], "aka": ["Acme Group"]}, "aka", "other_company"),
        ({"company": ["Acme Ltd"], "lei": ["5493001KJTIIGC8Y1R12"]}, "lei", "organisation_id"),
        ({"name": ["Ann Lee"], "company": ["Acme"], "vat number": ["DE123456789"]}, "vat number", None),
        ({"name": ["Ann Lee"], "locker number": ["7107-113-361"]}, "locker number", None),
        ({"name": ["Ann Lee"], "Rufnr": ["+49 30 1234567"]}, "Rufnr", "phone"),
        ({"email": ["a@x.com", "b@x.com", "c@x.com"], "owner_id": ["1", "2", "3"]}, "owner_id", None),
    ],
)
def test_headers_and_values_decide_together(columns: dict[str, list[str]], column: str, field: str | None) -> None:
    rows = max(map(len, columns.values()))
    found = uses({name: (values * rows)[:rows] for name, values in columns.items()})
    assert found[column] == field


def test_a_lying_header_is_told() -> None:
    load = read([pl.DataFrame({"id": ["1", "2"], "phone": ["yes", "no"]})])
    assert "frame: column 'phone' holds hardly a phone number; it is not read as one" in load.warnings
    assert load.records["custom.phone"].to_list() == ["yes", "no"]


def test_one_address_is_kept_whole_when_there_are_two() -> None:
    found = uses(
        {
            "Home Street": ["Mill Lane 1", None],
            "Home City": ["Ulm", None],
            "Business Street": ["High Street 2", "Low Street 3"],
            "Business City": ["Bern", "Graz"],
        }
    )
    assert found == {"Home Street": None, "Home City": None, "Business Street": "street", "Business City": "city"}


def test_a_previous_address_is_a_further_one_and_never_the_first() -> None:
    frame = {"previous_address": ["Mill Lane 1, Ulm"], "address": ["High Street 2"], "city": ["Bern"]}
    addresses = read([pl.DataFrame(frame)]).records["addresses"].to_list()[0]
    assert [(address["raw"], address["city"], address["type"]) for address in addresses] == [
        ("High Street 2", "Bern", None),
        ("Mill Lane 1, Ulm", None, "former"),
    ]


def test_an_address_line_with_a_name_of_its_own_is_completed_by_a_plain_city() -> None:
    frame = {"home address": ["Mill Lane 1"], "city": ["Ulm"], "zip": ["89073"]}
    assert list(uses(frame).values()) == ["address", "city", "postal_code"]
    assert len(read([pl.DataFrame(frame)]).records["addresses"].to_list()[0]) == 1


def test_what_is_told_outranks_what_is_inferred() -> None:
    frame = {"a": ["ann@x.com"], "email": ["bob@x.com"], "first": ["Ann"], "nick": ["Annie"]}
    reading = Reading(columns={"given_name": "nick", "custom": "email"})
    assert uses(frame, reading) == {"a": "email", "email": None, "first": None, "nick": "given_name"}


def test_an_id_column_must_tell_records_apart() -> None:
    assert uses({"customer_id": ["1", "1", "1", "2"], "name": ["A B", "C D", "E F", "G H"]})["customer_id"] is None
    repeated = {
        "id": ["1", "2", "2"],
        "name": ["Ann Lee", "Bob Fox", "Bob Fox"],
        "phone": ["1234567", "2345678", "3456789"],
    }
    assert uses(repeated)["id"] == "record_id"


def test_a_sample_does_not_depend_on_the_order_of_the_rows() -> None:
    values = pl.Series([f"v{number}" for number in range(100_000)])
    assert sample(values, 100).equals(sample(values.reverse(), 100))


@pytest.mark.parametrize("size", [3, 40, 400])
@pytest.mark.parametrize("every", [2, 50, 5_000])
def test_a_sample_of_wanted_values_is_that_of_them_alone(size: int, every: int) -> None:
    values = pl.Series([f"{'+' if number % every == 0 else ''}{number}" for number in range(10_000)] + [None, "+0"])

    def wanted(some: pl.Series) -> pl.Series:
        return some.str.starts_with("+")

    assert sample_of(values, wanted, size).equals(sample(values.filter(wanted(values)), size))


def test_a_sample_has_all_values_where_they_are_few_and_rows_are_many() -> None:
    values = pl.Series([f"{number % 30}" for number in range(5_000)])
    assert sorted(sample(values, 40), key=int) == [str(number) for number in range(30)]


@pytest.mark.parametrize(("values", "number"), [([], 0), ([None], 1), (["a", "a", None, "b"], 3)])
def test_values_are_counted_by_their_hashes(values: list[str | None], number: int) -> None:
    assert distinct_at_least(pl.Series(values, dtype=pl.String)) == number
