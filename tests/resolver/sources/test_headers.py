import pytest

from resolver.sources.headers import FIELDS, describes, id_system, is_file_id, meaning, table, tokens


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("FirstName", "given_name"),
        ("first_name", "given_name"),
        ("Contact First Name", "given_name"),
        ("Vorname", "given_name"),
        ("Prénom", "given_name"),
        ("Nachname", "family_name"),
        ("Apellidos", "family_name"),
        ("Фамилия", "family_name"),
        ("姓名", "full_name"),
        ("姓", "family_name"),
        ("Display Name", "full_name"),
        ("E-mail 1 - Value", "email"),
        ("email_2", "email"),
        ("Email2", "email"),
        ("Primary Email Address", "email"),
        ("E-Mail-Adresse", "email"),
        ("メールアドレス", "email"),
        ("Mobile Phone Number", "mobile"),
        ("Handynummer", "mobile"),
        ("HomePhone", "home_phone"),
        ("Business Phone", "work_phone"),
        ("Telefono", "phone"),
        ("Faxnummer", "fax"),
        ("Account Name", "account_name"),
        ("Organization Name", "company"),
        ("Raison sociale", "company"),
        ("Job Title", "job_title"),
        ("addr", "address"),
        ("address_1", "address"),
        ("address_2", "unit"),
        ("MailingPostalCode", "postal_code"),
        ("Address 1 - City", "city"),
        ("Straße", "street"),
        ("street_number", "house_number"),
        ("suburb", "city"),
        ("PLZ", "postal_code"),
        ("DOB", "birth_date"),
        ("date_of_birth", "birth_date"),
        ("soc_sec_id", "national_id"),
        ("LinkedIn URL", "linkedin"),
        ("twitterHandle", "social"),
        ("Created (UTC)", "created_at"),
        ("LastModifiedDate", "updated_at"),
        ("IsDeleted", "deleted"),
        ("lead_source", "custom"),
        ("maiden name", "other_family_name"),
        ("Geburtsname", "other_family_name"),
        ("previous_last_name", "other_family_name"),
        ("Alias First Name", "other_given_name"),
        ("aka", "other_name"),
        ("Former Employer", None),
        ("previous customer id", None),
        ("prev_zip", "postal_code"),
        ("old email", "email"),
        ("Segundo apellido", "second_family_name"),
        ("Year of Birth", "birth_year"),
        ("sex_code", "gender"),
        ("res_city_desc", "city"),
        ("VAT number", "organisation_id"),
        ("D-U-N-S", "organisation_id"),
        ("trading name", "other_company"),
        ("nickname", "custom"),
        ("partner_name", None),
        ("Contact owner", None),
        ("Assistant's Phone", None),
        ("foo", None),
    ],
)
def test_a_header_means_a_field(header: str, field: str | None) -> None:
    found = meaning(header)
    assert (found and found.field) == field


def test_every_field_can_be_told_and_every_alias_list_is_a_field() -> None:
    ambiguous = {"name", "first_or_name", "account_name", "website"}
    assert set(table()["fields"]) - ambiguous <= set(FIELDS)


def test_no_alias_means_two_fields() -> None:
    seen: dict[str, str] = {}
    for field, names in {**table()["fields"], **table()["national_ids"], **table()["organisation_ids"]}.items():
        for name in names:
            assert seen.setdefault("".join(tokens(name)), field) == field


@pytest.mark.parametrize(
    ("header", "yes"),
    [("type", True), ("occupation", True), ("industry", True), ("Place of Birth", True), ("marital_status", True)]
    + [
        (header, False)
        for header in ("device_type", "payment_type", "plan", "status", "os", "lead_source", "phone_type")
    ],
)
def test_some_headers_describe_the_person_and_others_a_process(header: str, yes: bool) -> None:
    assert describes(header) is yes


@pytest.mark.parametrize(
    ("header", "system"),
    [
        ("salesforce_id", "salesforce"),
        ("HubSpotId", "hub_spot"),
        ("owner_id", None),
        ("company_id", None),
        ("id", None),
    ],
)
def test_ids_name_their_system(header: str, system: str | None) -> None:
    assert id_system(header) == system


def test_an_id_may_be_called_like_its_file() -> None:
    assert is_file_id("donor_id", ["donors"])
    assert not is_file_id("donor_id", ["people"])
