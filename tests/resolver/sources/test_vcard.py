import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.contact import Contact, frame_of
from resolver.errors import InputError
from resolver.sources.adapter import Setting
from resolver.sources.vcard import VCARD, read_vcards


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD", ""])


def contact(*lines: str) -> Contact:
    (found,) = read_vcards(card(*lines)).contacts
    return found


def test_a_card_of_version_3_takes_its_canonical_places() -> None:
    found = contact(
        "VERSION:3.0",
        "UID:urn:uuid:4fbe8971",
        "N:Lee;Ann;Mary;Dr.;Jr.",
        "FN:Dr. Ann Mary Lee\\, Jr.",
        "NICKNAME:Annie",
        "EMAIL;TYPE=INTERNET,HOME:ann@home.example",
        "EMAIL;TYPE=WORK,PREF:ann@x.example",
        "TEL;TYPE=CELL,VOICE:+49 171 2345678",
        "TEL;TYPE=WORK,FAX:+49 30 1234567",
        "ORG:Acme\\, Inc.;Research;Lab 2",
        "TITLE:CTO",
        "ROLE:Decides",
        "ADR;TYPE=WORK:;Floor 2;Mill Lane 1;Ulm;BW;89073;Germany",
        "BDAY:1985-05-03",
        "URL:https://ann.example",
        "URL:https://www.linkedin.com/in/ann",
        "NOTE:first line\\nsecond\\; line",
        "CATEGORIES:vip,board",
        "REV:2024-05-03T10:11:12+02:00",
        "TZ:Europe/Berlin",
    )
    assert (found.record_key, found.full_name) == ("vcard:4fbe8971", "Dr. Ann Mary Lee, Jr.")
    assert (found.name_prefix, found.given_name, found.middle_name) == ("Dr.", "Ann", "Mary")
    assert (found.family_name, found.name_suffix) == ("Lee", "Jr.")
    assert [(email.raw, email.type, email.primary) for email in found.emails] == [
        ("ann@home.example", "home", None),
        ("ann@x.example", "work", True),
    ]
    assert [(phone.raw, phone.kind) for phone in found.phones] == [
        ("+49 171 2345678", "mobile"),
        ("+49 30 1234567", "fax"),
    ]
    assert [(job.name, job.title) for job in found.organisations] == [("Acme, Inc.", "CTO")]
    (address,) = found.addresses
    assert (address.unit, address.street, address.type) == ("Floor 2", "Mill Lane 1", "work")
    assert (address.city, address.region, address.postal_code, address.country) == ("Ulm", "BW", "89073", "Germany")
    assert (found.birth_date, found.timezone) == ("1985-05-03", "Europe/Berlin")
    assert [(social.network, social.raw) for social in found.socials] == [
        ("linkedin", "https://www.linkedin.com/in/ann")
    ]
    assert [note.text for note in found.notes] == ["first line\nsecond; line"]
    assert [tag.name for tag in found.tags] == ["vip", "board"]
    assert found.updated_at == datetime(2024, 5, 3, 8, 11, 12, tzinfo=UTC)
    assert {(custom.name, custom.value) for custom in found.custom} == {
        *{("nickname", "Annie"), ("department", "Research; Lab 2"), ("role", "Decides")},
        ("website", "https://ann.example"),
    }


def test_a_card_of_version_4_takes_its_canonical_places() -> None:
    found = contact(
        "VERSION:4.0",
        "FN;PREF=2:A. Lee",
        "FN;PREF=1:Ann Lee",
        "EMAIL;PREF=2:b@x.example",
        "EMAIL;PREF=1;TYPE=work:a@x.example",
        'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-512-555-0100;ext=12',
        'ADR;LABEL="1 Mill Lane\\nAustin; TX":;;1 Mill Lane;Austin;TX;73301;US',
        "GENDER:F;Fellow",
        "LANG;PREF=2:de",
        "LANG;PREF=1:en",
        "IMPP:xmpp:ann@chat.example",
        "KIND:individual",
    )
    assert (found.full_name, found.gender, found.language) == ("Ann Lee", "F", "en")
    assert [email.raw for email in found.emails if email.primary] == ["a@x.example"]
    (phone,) = found.phones
    assert (phone.raw, phone.extension, phone.kind, phone.primary) == ("+1-512-555-0100", "12", "home", True)
    assert found.addresses[0].raw == "1 Mill Lane\nAustin; TX"
    assert [(social.network, social.raw) for social in found.socials] == [("xmpp", "ann@chat.example")]


def test_a_card_of_version_2_may_be_quoted_printable() -> None:
    found = contact(
        "VERSION:2.1",
        "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg;;;",
        "FN;CHARSET=UTF-8;QUOTED-PRINTABLE:J=C3=B6rg =",
        "M=C3=BCller",
        "TEL;HOME;VOICE:030 1234567",
        "TEL;CELL;PREF:0171 2345678",
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo",
        "PHOTO;ENCODING=BASE64;JPEG:",
        " /9j/4AAQSkZJRgABAQAA",
        "AQABAAD/2wBDAAEBAQEBAQ==",
        "",
        "EMAIL;INTERNET:joerg@x.example",
    )
    assert (found.family_name, found.given_name, found.full_name) == ("Müller", "Jörg", "Jörg Müller")
    assert [(phone.kind, phone.primary) for phone in found.phones] == [("home", None), ("mobile", True)]
    assert found.notes[0].text == "one\ntwo"
    assert (found.emails[0].raw, found.emails[0].type) == ("joerg@x.example", None)


def test_folded_lines_are_one() -> None:
    found = contact("FN:Ann", "  Lee", "EMAIL:ann@", "\tx.example")
    assert (found.full_name, found.emails[0].raw) == ("Ann Lee", "ann@x.example")


def test_apple_labels_and_profiles_are_understood() -> None:
    found = contact(
        "N:Lee;Ann;;;",
        "item1.EMAIL;type=INTERNET;type=pref:ann@x.example",
        "item1.X-ABLabel:Club",
        "item2.TEL:+1 512 555 0100",
        "item2.X-ABLabel:_$!<HomeFAX>!$_",
        "item3.X-ABDATE:2010-05-01",
        "item3.X-ABLabel:_$!<Anniversary>!$_",
        "X-SOCIALPROFILE;type=twitter;x-user=ann:http://twitter.com/ann",
        "IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:ann.lee",
        "X-SKYPE-USERNAME:ann.lee2",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-03",
    )
    assert (found.emails[0].type, found.emails[0].primary) == ("Club", True)
    assert (found.phones[0].kind, found.phones[0].label) == ("fax", "HomeFAX")
    assert [(social.network, social.raw, social.handle) for social in found.socials] == [
        ("skype", "ann.lee2", None),
        ("twitter", "http://twitter.com/ann", "ann"),
        ("skype", "ann.lee", None),
    ]
    assert found.birth_date == "--05-03"
    assert [(custom.name, custom.value) for custom in found.custom] == [("anniversary", "2010-05-01")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1985-05-03", "1985-05-03"),
        ("19850503", "1985-05-03"),
        ("1985-05-03T00:00:00Z", "1985-05-03"),
        ("--0503", "--05-03"),
        ("--05-03", "--05-03"),
        ("1985-05", "1985-05"),
        ("circa 1800", "circa 1800"),
    ],
)
def test_birth_dates_are_written_in_one_way_or_left_as_they_are(written: str, read: str) -> None:
    assert contact("FN:Ann Lee", f"BDAY:{written}").birth_date == read


def test_pictures_are_left_out_and_their_addresses_kept() -> None:
    picture = "A" * 100_000
    without = contact("FN:Ann Lee", f"PHOTO;ENCODING=b;TYPE=JPEG:{picture}", "LOGO:data:image/png;base64,AAAA")
    assert without.avatar is None
    assert without.raw == "FN:Ann Lee"
    linked = contact("FN:Ann Lee", "PHOTO;VALUE=uri:https://x.example/ann.jpg")
    assert linked.avatar == "https://x.example/ann.jpg"
    assert "PHOTO;VALUE=uri:https://x.example/ann.jpg" in (linked.raw or "")


def test_the_name_of_an_organisation_is_nobodys_name() -> None:
    shown = contact("FN:Acme", "ORG:Acme", "X-ABShowAs:COMPANY", "TEL:+1 512 555 0100")
    alone = contact("KIND:org", "FN:Acme")
    assert [(one.full_name, one.organisations[0].name) for one in (shown, alone)] == [(None, "Acme")] * 2


def test_cards_without_an_id_are_named_by_their_content() -> None:
    one = contact("FN:Ann Lee", "TEL:1234567", "REV:20240101T000000Z")
    other = contact("REV:20250101T000000Z", "TEL:1234567", "FN:Ann Lee")
    assert one.record_id == other.record_id
    assert one.record_id != contact("FN:Ann Lee", "TEL:1234568").record_id
    twice = read_vcards(card("FN:Ann Lee") * 2).contacts
    assert [found.record_id for found in twice] == [twice[0].record_id, f"{twice[0].record_id}-2"]


def test_an_id_used_twice_goes_to_the_newer_card() -> None:
    old, new = ("UID:1", "FN:Ann Leo", "REV:20240101T000000Z"), ("UID:1", "FN:Ann Lee", "REV:20250101T000000Z")
    export = read_vcards(card(*new) + card(*old) + card(*new))
    assert [found.full_name for found in export.contacts] == ["Ann Lee"]
    assert [(one.place, one.reason) for one in export.refused] == [(6, "UID '1' is used twice; kept the newer card")]
    assert export.warnings == ["cards that repeat another one exactly, read once"]


def test_broken_cards_are_refused_with_their_line_and_the_rest_loads() -> None:
    text = "BEGIN:VCARD\nFN:Torn\n" + card("FN:Ann Lee") + card("VERSION:3.0") + "BEGIN:VCARD\nFN:Cut off"
    export = read_vcards(text)
    assert [found.full_name for found in export.contacts] == ["Ann Lee"]
    assert [(one.place, one.reason) for one in export.refused] == [
        (1, "the card is not closed before the next one begins"),
        (6, "the card says nothing about anybody"),
        (9, "the card is not closed before the end of the file"),
    ]
    assert export.refused[0].raw == "FN:Torn"


def test_lines_that_are_no_property_cost_no_card() -> None:
    export = read_vcards(card("FN:Ann Lee", "what is this", "and this") + "behind the card\n")
    assert [found.full_name for found in export.contacts] == ["Ann Lee"]
    assert export.warnings == ["lines that are no property, left out (2 times)", "lines outside a card, left out"]


def test_a_list_of_cards_is_no_contact() -> None:
    export = read_vcards(card("FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group"))
    assert (export.contacts, export.refused[0].reason) == ([], "this card is a list of other cards, not a contact")


def test_the_card_of_an_agent_is_not_the_card_of_its_owner() -> None:
    found = contact("FN:Ann Lee", "AGENT:", "BEGIN:VCARD", "FN:Bob Fox", "END:VCARD", "TEL:1234567")
    assert (found.full_name, found.phones[0].raw) == ("Ann Lee", "1234567")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_read_in_their_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "people.vcf"
    path.write_bytes(card("VERSION:3.0", "FN:Jörg Müller", "EMAIL:joerg@x.example").encode(encoding))
    assert VCARD.recognises(path.read_bytes())
    assert [found.full_name for found in read_vcards(path).contacts] == ["Jörg Müller"]


def test_packed_files_are_read_and_missing_ones_told(tmp_path: Path) -> None:
    path = tmp_path / "people.vcf.gz"
    path.write_bytes(gzip.compress(card("FN:Ann Lee").encode()))
    assert len(read_vcards(str(path)).contacts) == 1
    with pytest.raises(InputError, match=r"nowhere\.vcf: No such file"):
        read_vcards(tmp_path / "nowhere.vcf")


def test_the_setting_names_install_tenant_and_region() -> None:
    (found,) = read_vcards(card("UID:1", "TEL:030 1234567"), Setting("phone", tenant="t1", region="DE")).contacts
    assert (found.record_key, found.tenant, found.phones[0].region) == ("vcard-phone:1", "t1", "DE")


@pytest.mark.parametrize("document", [{"contacts": []}, ["id", "name"], "id,name\n", b"id,name\n", None])
def test_other_documents_are_not_taken_for_cards(document: object) -> None:
    assert not VCARD.recognises(document)


def test_cards_become_a_frame_of_contacts() -> None:
    frame = frame_of(read_vcards(card("FN:Ann Lee", "TEL:1234567") + card("FN:Bob Fox")).contacts)
    assert frame["phones"].list.len().to_list() == [1, 0]


@given(st.lists(st.text('TEL;PRF=1:,\\"\n EMAIQUOD-BY.90\t', max_size=30), max_size=8))
def test_no_damage_stops_the_next_card(lines: list[str]) -> None:
    export = read_vcards(card("FN:Bob Fox", *lines) + card("UID:1", "FN:Ann Lee"))
    assert "Ann Lee" in [found.full_name for found in export.contacts]
