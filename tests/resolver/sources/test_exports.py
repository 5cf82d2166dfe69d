"""The exports that people have most are understood completely, with nothing said about them."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from resolver.sources.headers import phone_kind
from resolver.sources.tabular import Reading, read

Row = dict[str, Any]


def exported(headers: str, cells: dict[str, str]) -> Row:
    """A row under headers parted by commas, and the cells that are filled."""
    names = headers.split(",")
    assert set(cells) <= set(names)
    return {name: cells.get(name) for name in names}


def load(*rows: Row) -> tuple[dict[str, str | None], list[Row]]:
    """(column -> field, the records)."""
    found = read([pl.DataFrame(list(rows), schema=dict.fromkeys(rows[0], pl.String))])
    return {use.column: use.field for use in found.columns}, found.records.to_dicts()


def custom(fields: dict[str, str | None]) -> set[str]:
    return {column for column, field in fields.items() if field is None}


def points(record: Row, name: str, *parts: str) -> list[tuple[Any, ...]]:
    return [tuple(point.get(part) for part in parts) for point in record[name]]


SALESFORCE = (
    "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,MiddleName,Suffix,Name,OtherStreet,OtherCity,"
    "OtherState,OtherPostalCode,OtherCountry,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,"
    "Phone,Fax,MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,Title,Department,AssistantName,"
    "LeadSource,Birthdate,Description,OwnerId,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,CreatedDate,CreatedById,"
    "LastModifiedDate,LastModifiedById,SystemModstamp,EmailBouncedReason,EmailBouncedDate,IsEmailBounced,PhotoUrl,"
    "Account.Name"
)


def salesforce(cells: dict[str, str]) -> Row:
    falses = dict.fromkeys(("IsDeleted", "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"), "false")
    return exported(SALESFORCE, {"Account.Name": "Acme Inc", **falses, **cells})


def test_salesforce_data_loader_exports_are_understood() -> None:
    fields, (ann, bob) = load(
        salesforce(
            {
                "Id": "0035g00000AbCdEAAV",
                "FirstName": "Ann",
                "LastName": "Lee",
                "Salutation": "Ms.",
                "Suffix": "Jr.",
                "Name": "Ann Lee",
                "AccountId": "0015g00000XyZ12AAB",
                "Title": "CTO",
                "ReportsToId": "0035g00000ZZZZZAAV",
                "MailingStreet": "1 Mill Lane",
                "MailingCity": "Austin",
                "MailingState": "TX",
                "MailingPostalCode": "73301",
                "MailingCountry": "United States",
                "OtherStreet": "Low Rd 9",
                "OtherCity": "Bern",
                "OtherPostalCode": "3000",
                "OtherCountry": "Switzerland",
                "Phone": "(512) 555-0100",
                "Fax": "(512) 555-0101",
                "MobilePhone": "(512) 555-0102",
                "HomePhone": "(512) 555-0103",
                "OtherPhone": "(512) 555-0104",
                "AssistantPhone": "(512) 555-0105",
                "Email": "ann@x.com",
                "Birthdate": "1985-05-03",
                "HasOptedOutOfEmail": "true",
                "DoNotCall": "true",
                "CreatedDate": "2024-05-03T10:11:12.000+0000",
                "LastModifiedDate": "2024-06-03T10:11:12.000+0000",
            },
        ),
        salesforce(
            {
                "Id": "0035g00000AbCdFAAV",
                "FirstName": "Bob",
                "LastName": "Fox",
                "IsDeleted": "true",
                "Email": "bob@y.com",
                "MailingStreet": "2 Mill Lane",
                "MailingCity": "Austin",
                "MailingPostalCode": "73301",
                "IsEmailBounced": "true",
                "EmailBouncedReason": "mailbox full",
            },
        ),
    )
    assert custom(fields) == {
        *("MasterRecordId", "AssistantPhone", "AssistantName", "LeadSource", "Description", "OwnerId", "PhotoUrl"),
        *("CreatedById", "LastModifiedById", "SystemModstamp", "Department"),
    }
    assert (ann["record_id"], ann["name_prefix"], ann["given_name"]) == ("0035g00000AbCdEAAV", "Ms.", "Ann")
    assert (ann["family_name"], ann["name_suffix"], ann["birth_date"]) == ("Lee", "Jr.", "1985-05-03")
    assert points(ann, "organisations", "name", "account_id", "title") == [("Acme Inc", "0015g00000XyZ12AAB", "CTO")]
    assert points(ann, "phones", "raw", "kind") == [
        *(("(512) 555-0100", None), ("(512) 555-0102", "mobile"), ("(512) 555-0103", "home")),
        *(("(512) 555-0101", "fax"), ("(512) 555-0104", "other")),
    ]
    assert points(ann, "addresses", "type", "street", "postal_code", "country") == [
        ("mailing", "1 Mill Lane", "73301", "United States"),
        ("other", "Low Rd 9", "3000", "Switzerland"),
    ]
    assert {phone["region"] for phone in ann["phones"]} == {"US"}
    assert points(ann, "consent", "channel", "state", "evidence") == [
        ("email", "denied", "HasOptedOutOfEmail: true"),
        ("phone", "denied", "DoNotCall: true"),
    ]
    assert ann["links"] == {"reports_to": "0035g00000ZZZZZAAV"}
    assert (ann["deleted"], bob["deleted"], bob["consent"], bob["links"]) == (False, True, [], None)
    assert points(bob, "emails", "raw", "status", "status_reason") == [("bob@y.com", "bounced", "mailbox full, true")]
    assert (ann["created_at"].day, ann["updated_at"].month) == (3, 6)


def test_salesforce_reports_are_understood() -> None:
    report = (
        "Salutation,First Name,Last Name,Title,Account Name,Mailing Street,Mailing City,Mailing State/Province,"
        "Mailing Zip/Postal Code,Mailing Country,Phone,Fax,Mobile,Asst. Phone,Assistant,Email,Account Owner,"
        "Contact Owner,Reports To,Birthdate,Lead Source,Do Not Call,Email Opt Out,Fax Opt Out,Contact ID,Account ID"
    )
    ann = {"First Name": "Ann", "Last Name": "Lee", "Account Name": "Acme", "Asst. Phone": "(512) 555-0105"}
    fields, (found,) = load(
        exported(
            report,
            {
                **ann,
                "Contact ID": "0035g00000AbCdE",
                "Account ID": "0015g00000XyZ12",
                "Do Not Call": "1",
                "Mailing Zip/Postal Code": "73301",
                "Mailing State/Province": "TX",
                "Email Opt Out": "0",
            },
        )
    )
    assert custom(fields) == {
        *("Asst. Phone", "Assistant", "Account Owner", "Contact Owner", "Reports To", "Lead Source")
    }
    assert (found["record_id"], found["organisations"][0]["account_id"]) == ("0035g00000AbCdE", "0015g00000XyZ12")
    assert points(found, "addresses", "region", "postal_code") == [("TX", "73301")]
    assert (points(found, "consent", "channel"), found["phones"]) == ([("phone",)], [])


def test_hubspot_exports_are_understood() -> None:
    header = (
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Fax Number,WhatsApp Phone Number,"
        "Contact owner,Lead Status,Create Date,Last Modified Date,Company name,Associated Company,"
        "Primary Associated Company ID,Job Title,City,State/Region,Country/Region,Postal Code,Street Address,"
        "Lifecycle Stage,Unsubscribed from all email,Email hard bounce reason,Additional email addresses,LinkedIn URL,"
        "Twitter Username,Website URL,Email Domain,IP City"
    )
    fields, (ann, bob) = load(
        exported(
            header,
            {
                "Record ID": "51001",
                "First Name": "Ann",
                "Last Name": "Lee",
                "Email": "ann@x.com",
                "City": "Austin",
                "Phone Number": "+1 512-555-0100",
                "WhatsApp Phone Number": "+1 512-555-0102",
                "Job Title": "CTO",
                "Company name": "Acme",
                "Primary Associated Company ID": "900",
                "Street Address": "1 Mill Lane",
                "Unsubscribed from all email": "true",
                "Additional email addresses": "ann@y.com;lee@z.com",
                "LinkedIn URL": "https://www.linkedin.com/in/ann",
                "Twitter Username": "annlee",
                "Create Date": "2024-05-03 10:11",
                "Last Modified Date": "2024-06-03 10:11",
                "Email Domain": "x.com",
            },
        ),
        exported(header, {"Record ID": "51002", "Email": "bob@y.com", "Email hard bounce reason": "UNKNOWN_USER"}),
    )
    assert custom(fields) == {
        *("Contact owner", "Lead Status", "Associated Company", "Lifecycle Stage", "Website URL", "Email Domain"),
        "IP City",
    }
    assert points(ann, "emails", "raw", "status") == [("ann@x.com", None), ("ann@y.com", None), ("lee@z.com", None)]
    assert points(bob, "emails", "raw", "status") == [("bob@y.com", "bounced")]
    assert points(ann, "phones", "raw", "kind") == [("+1 512-555-0100", None), ("+1 512-555-0102", "mobile")]
    assert points(ann, "organisations", "name", "account_id", "title") == [("Acme", "900", "CTO")]
    assert points(ann, "socials", "network") == [("linkedin",), ("twitter",)]
    assert (points(ann, "consent", "channel", "state"), bob["consent"]) == ([("email", "denied")], [])
    assert (ann["created_at"].hour, ann["updated_at"].month) == (10, 6)


GOOGLE_PARTS = ("Formatted", "Street", "City", "PO Box", "Region", "Postal Code", "Country", "Extended Address")


def google(start: str, end: str, mark: str) -> str:
    """A header of Google Contacts; `mark` is what stands beside a value, Type or Label."""
    address = ",".join(f"Address {number} - {part}" for number in (1, 2) for part in (mark, *GOOGLE_PARTS))
    pairs = [f"{name} {number}" for name in ("E-mail", "Phone") for number in (1, 2)] + ["Website 1", "Relation 1"]
    return ",".join([start, *(f"{pair} - {mark},{pair} - Value" for pair in pairs), address, end])


OLD = google(
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Name Prefix,Nickname,Birthday,Group Membership",
    "Organization 1 - Type,Organization 1 - Name,Organization 1 - Title,Event 1 - Type,Event 1 - Value",
    "Type",
)
NEW = google(
    "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Nickname,File As,Organization Name,"
    "Organization Title,Birthday,Notes,Photo,Labels",
    "Event 1 - Label,Event 1 - Value",
    "Label",
)


@pytest.mark.parametrize(
    ("header", "mark", "named"),
    [
        (
            *(OLD, "Type"),
            {
                "Given Name": "Ann",
                "Family Name": "Lee",
                "Organization 1 - Name": "Acme",
                "Organization 1 - Title": "CTO",
            }
            | {"Group Membership": "* myContacts ::: Friends", "Organization 1 - Type": "Work"},
        ),
        (
            *(NEW, "Label"),
            {"First Name": "Ann", "Last Name": "Lee", "Organization Name": "Acme", "Organization Title": "CTO"}
            | {"Labels": "Friends ::: * myContacts"},
        ),
    ],
)
def test_both_google_exports_are_understood(header: str, mark: str, named: dict[str, str]) -> None:
    fields, (found,) = load(
        exported(
            header,
            named
            | {
                f"E-mail 1 - {mark}": "* Work",
                "E-mail 1 - Value": "ann@x.com ::: lee@x.com",
                f"E-mail 2 - {mark}": "Home",
                "E-mail 2 - Value": "ann@home.com",
                f"Relation 1 - {mark}": "Spouse",
                f"Phone 1 - {mark}": "Mobile",
                "Phone 1 - Value": "+1 512-555-0102 ::: +1 512-555-0109",
                f"Phone 2 - {mark}": "Work Fax",
                "Phone 2 - Value": "+1 512-555-0101",
                f"Address 1 - {mark}": "* Work",
                "Address 1 - Street": "1 Mill Lane",
                "Address 1 - City": "Austin",
                "Address 1 - Formatted": "1 Mill Lane\nAustin",
                "Address 1 - Country": "US",
                f"Address 2 - {mark}": "Home",
                "Address 2 - Street": "Low Rd 9",
                "Address 2 - City": "Bern",
            },
        )
    )
    assert not any(field and field.startswith("category.") for field in fields.values())
    assert (found["given_name"], found["family_name"]) == ("Ann", "Lee")
    assert points(found, "organisations", "name", "title") == [("Acme", "CTO")]
    assert {tag["name"] for tag in found["tags"]} == {"myContacts", "Friends"}
    assert points(found, "emails", "raw", "type") == [
        *(("ann@x.com", "work"), ("lee@x.com", "work"), ("ann@home.com", "home"))
    ]
    assert points(found, "phones", "raw", "kind", "label") == [
        *(("+1 512-555-0102", "mobile", "Mobile"), ("+1 512-555-0109", "mobile", "Mobile")),
        ("+1 512-555-0101", "fax", "Work Fax"),
    ]
    assert points(found, "addresses", "type", "raw", "street", "city") == [
        ("work", "1 Mill Lane\nAustin", "1 Mill Lane", "Austin"),
        ("home", None, "Low Rd 9", "Bern"),
    ]


def test_outlook_exports_are_understood() -> None:
    places = ",".join(
        f"{place} {part}"
        for place in ("Business", "Home", "Other")
        for part in ("Street", "Street 2", "Street 3", "City", "State", "Postal Code", "Country/Region")
    )
    header = (
        f"Title,First Name,Middle Name,Last Name,Suffix,Company,Job Title,{places},Assistant's Phone,Business Fax,"
        "Business Phone,Business Phone 2,Company Main Phone,Home Fax,Home Phone,Mobile Phone,Other Phone,Pager,"
        "Primary Phone,Telex,Account,Anniversary,Birthday,Business Address PO Box,Categories,E-mail Address,"
        "E-mail Type,E-mail Display Name,E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Gender,Initials,"
        "Manager's Name,Notes,Private,Spouse,Web Page"
    )
    fields, (found,) = load(
        exported(
            header,
            {
                "Title": "Dr.",
                "First Name": "Ann",
                "Last Name": "Lee",
                "Company": "Acme",
                "Job Title": "CTO",
                "Business Street": "1 Mill Lane",
                "Business Street 2": "Floor 2",
                "Business City": "Austin",
                "Business Postal Code": "73301",
                "Business Country/Region": "United States",
                "Home City": "Bern",
                "Home Street": "Low Rd 9",
                "Assistant's Phone": "(512) 555-0105",
                "Business Fax": "(512) 555-0101",
                "Business Phone 2": "(512) 555-0110",
                "Company Main Phone": "(512) 555-0000",
                "Pager": "(512) 555-0108",
                "Home Phone": "(512) 555-0103",
                "Mobile Phone": "(512) 555-0102",
                "Birthday": "0/0/00",
                "Categories": "Red Category;VIP",
                "E-mail Address": "ann@x.com",
                "E-mail Type": "SMTP",
                "E-mail Display Name": "Ann Lee (ann@x.com)",
                "E-mail 2 Address": "ann@y.com",
                "Gender": "Unspecified",
            },
        )
    )
    assert custom(fields) == {
        *("Business Street 3", "Home Street 3", "Other Street 3", "Assistant's Phone", "Telex", "Account"),
        *("Anniversary", "Business Address PO Box", "E-mail Display Name", "E-mail 2 Display Name", "Initials"),
        *("Manager's Name", "Private", "Spouse", "Web Page"),
    }
    assert (found["name_prefix"], found["birth_date"], found["gender"]) == ("Dr.", None, None)
    assert points(found, "emails", "raw", "type") == [("ann@x.com", None), ("ann@y.com", None)]
    assert points(found, "phones", "raw", "kind") == [
        *(("(512) 555-0102", "mobile"), ("(512) 555-0103", "home"), ("(512) 555-0110", "work")),
        *(("(512) 555-0101", "fax"), ("(512) 555-0000", "main"), ("(512) 555-0108", "other")),
    ]
    assert points(found, "addresses", "type", "street", "unit", "city") == [
        ("business", "1 Mill Lane", "Floor 2", "Austin"),
        ("home", "Low Rd 9", None, "Bern"),
    ]
    assert points(found, "tags", "name") == [("Red Category",), ("VIP",)]


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        *((yes, "denied") for yes in ("true", "1", "Yes", "x", "opted out", "Unsubscribed", "2024-05-03")),
        *((no, None) for no in ("false", "0", "No", "Subscribed", None)),
        ("ask again in May", "unknown"),
    ],
)
def test_an_opt_out_is_a_denial_and_its_absence_no_consent(cell: str | None, state: str | None) -> None:
    _, (found,) = load({"id": "1", "name": "Ann Lee", "Email Opt Out": cell})
    assert [entry["state"] for entry in found["consent"]] == ([] if state is None else [state])


def test_an_opt_out_may_say_since_when() -> None:
    _, (ann, bob) = load(
        {"id": "1", "name": "Ann Lee", "Do Not Call": "2024-05-03"},
        {"id": "2", "name": "Bob Fox", "Do Not Call": "yes"},
    )
    assert points(ann, "consent", "at") == [(datetime(2024, 5, 3, tzinfo=UTC),)]
    assert points(bob, "consent", "at") == [(None,)]


def test_a_further_address_counts_when_it_is_whole() -> None:
    whole = {"Home Street": "Mill Lane 1", "Home City": "Ulm", "Home Zip": "89073", "Shipping City": "Bern"}
    fields, (found,) = load({"id": "1", "Street": "High Street 2", "City": "Graz", "Zip": "8010", **whole})
    assert [address["city"] for address in found["addresses"]] == ["Graz", "Ulm"]
    assert fields["Shipping City"] is None


def test_what_stands_beside_can_be_told() -> None:
    frame = pl.DataFrame({"id": ["1"], "tel": ["030 1234567"], "what": ["Fax"], "stop": ["yes"]})
    (found,) = read([frame], Reading(columns={"phone_type": "what", "phone_opt_out": "stop"})).records.to_dicts()
    assert (points(found, "phones", "kind"), points(found, "consent", "channel")) == ([("fax",)], [("phone",)])


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        *(("Work Fax", "fax"), ("* Mobile", "mobile"), ("iPhone", "mobile"), ("WORK", "work"), ("Privat", "home")),
        *(("Main", "main"), ("Pager", "other"), ("Büro", None), ("", None)),
    ],
)
def test_a_label_says_what_kind_a_phone_is(label: str, kind: str | None) -> None:
    assert phone_kind(label) == kind
