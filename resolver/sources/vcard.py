"""vCard files: 2.1 (quoted-printable), 3.0 and 4.0, as phones, mail programs and address books export them.

RFC 2426, RFC 6350. What is not taken is kept as custom or in `raw`; pictures, sounds and keys are never decoded.
"""

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import zip_longest
from pathlib import Path
from quopri import decodestring
from typing import Any

from resolver.contact import Address, Contact, Custom, Email, Note, Organisation, Phone, Social, Tag
from resolver.sources.adapter import Adapter, Export, Refused, Setting
from resolver.sources.encoding import to_utf8
from resolver.sources.headers import phone_kind
from resolver.sources.load import RAW_LIMIT

_PROPERTY = re.compile(
    r"""(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)       # item1.EMAIL
    (?P<params>(?:;(?:"[^"]*"|[^":])*)?)               # ;TYPE=home;X="a:b"
    :(?P<value>.*)""",
    re.VERBOSE | re.DOTALL,
)
_PARAM = re.compile(r';((?:"[^"]*"|[^";])*)')
_BARE = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING", "URL": "VALUE"}
_BEGINS = re.compile(r"\s*BEGIN\s*:\s*VCARD\b", re.IGNORECASE)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_ABOUT_THE_CARD = frozenset({"VERSION", "PRODID", "REV", "UID", "SOURCE", "PROFILE", "CLASS", "MAILER", *_BINARY})
_TAKEN = _ABOUT_THE_CARD | frozenset(
    "N FN EMAIL TEL ORG TITLE ADR BDAY NOTE CATEGORIES GENDER LANG TZ X-ABLABEL X-ABADR X-ABSHOWAS LABEL "
    "SORT-STRING URL IMPP X-SOCIALPROFILE X-SKYPE X-SKYPE-USERNAME X-TWITTER X-JABBER X-ICQ X-AIM X-MSN X-YAHOO X-QQ "
    "X-LINKEDIN X-FACEBOOK X-TELEGRAM X-WHATSAPP X-INSTAGRAM KIND X-ADDRESSBOOKSERVER-KIND "
    "X-PHONETIC-FIRST-NAME X-PHONETIC-LAST-NAME".split()
)
_MESSENGERS = re.compile(r"X-(SKYPE|TWITTER|JABBER|ICQ|AIM|MSN|YAHOO|QQ|LINKEDIN|FACEBOOK|TELEGRAM|INSTAGRAM)\b.*")
_NETWORKS = {  # host of a profile -> network
    **{f"{name}.com": name for name in ("linkedin", "twitter", "facebook", "instagram", "github", "xing", "tiktok")},
    **{"x.com": "twitter", "fb.com": "facebook", "youtube.com": "youtube", "t.me": "telegram"},
}
_MEDIA = ("voice", "video", "text", "textphone", "msg", "internet", "x400", "pref", "dom", "intl", "postal", "parcel")


@dataclass(frozen=True)
class Property:
    """One property of a card, its value still escaped. params: upper-case name -> values."""

    name: str
    group: str
    params: dict[str, list[str]]
    value: str
    line: int

    @property
    def text(self) -> str:
        """The whole value as text."""
        return _split(self.value, "")[0].strip()

    def parts(self, mark: str = ";") -> list[str]:
        """The value, cut at the mark."""
        return [part.strip() for part in _split(self.value, mark)]

    def types(self) -> list[str]:
        """What the card calls it ("home", "work", ...), without how it is used."""
        return [name for name in map(str.lower, self.params.get("TYPE", [])) if name not in _MEDIA]

    def preference(self) -> int:
        """1 is the most preferred, 101 when nothing is said."""
        said = next(iter(self.params.get("PREF", [])), "")
        return int(said) if said.isdecimal() else 1 if "pref" in map(str.lower, self.params.get("TYPE", [])) else 101


@dataclass
class Card:
    """The properties of one card, and what it said, without its binary data."""

    line: int
    properties: list[Property] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def all(self, *names: str) -> list[Property]:
        """Properties of these names that have a value."""
        return [one for one in self.properties if one.name in names and one.value.strip(" ;,")]

    def text(self, name: str) -> str | None:
        """The first value of a property."""
        return next((one.text for one in self.all(name)), None)

    def label(self, of: Property) -> str | None:
        """The label that Apple puts beside a property of the same group."""
        found = (one.text for one in self.all("X-ABLABEL") if of.group and one.group == of.group)
        return next((_APPLE_LABEL.sub(r"\1", label) for label in found), None)


def read_vcards(source: Path | str, setting: Setting | None = None) -> Export:
    """Reads a file (also gzip), or text that begins with BEGIN:VCARD. Raises OSError when there is no such file.

    >>> read_vcards("BEGIN:VCARD\\nFN:Ann Lee\\nEMAIL:ann@x.com\\nEND:VCARD").contacts[0].full_name
    'Ann Lee'
    """
    if isinstance(source, str) and recognises(source):
        return read(source, setting or Setting())
    data = Path(source).read_bytes()
    return read(data, setting or Setting())


def recognises(document: Any) -> bool:
    """Text or bytes that begin with BEGIN:VCARD."""
    if isinstance(document, bytes):
        document = to_utf8(document[:64]).data.decode("utf-8", "replace")
    return isinstance(document, str) and _BEGINS.match(document.lstrip("\ufeff")) is not None


def read(document: Any, setting: Setting) -> Export:
    """The cards of a text, or of the bytes of a file. A card that cannot be used is refused with its line."""
    warnings: list[str] = []
    if isinstance(document, bytes):
        text = to_utf8(gzip.decompress(document) if document.startswith(b"\x1f\x8b") else document)
        document = text.data.decode("utf-8", "replace")
        warnings += [f"lines with bytes that are not {text.encoding}, mended: {text.repaired}"] if text.repaired else []
    refused: list[Refused] = []
    found: dict[str, list[tuple[Contact, Card]]] = {}
    source = VCARD.source(setting)
    for card in _cards(document.lstrip("\ufeff"), refused, warnings):
        contact = _contact(card, source, setting)
        why = _unusable(card, contact)
        if why:
            refused.append(Refused(card.line, why, _clipped(card)))
        else:
            found.setdefault(contact.record_id, []).append((contact, card))
    contacts = [contact for same in found.values() for contact in _one_each(same, refused, warnings)]
    counted = [f"{what} ({times} times)" if times > 1 else what for what, times in Counter(warnings).items()]
    return Export(contacts, refused=sorted(refused, key=lambda one: one.place), warnings=counted)


def _one_each(same: list[tuple[Contact, Card]], refused: list[Refused], warnings: list[str]) -> list[Contact]:
    """Cards with one id: the newest. Equal ones without an id of their own are different cards: -2, -3, ..."""
    if not same[0][1].text("UID"):
        ids = [contact.record_id for contact, _ in same]
        return [
            contact.model_copy(update={"record_id": f"{ids[place]}-{place + 1}"}) if place else contact
            for place, (contact, _) in enumerate(same)
        ]
    earliest = datetime.min.replace(tzinfo=UTC)
    newest, *others = sorted(same, key=lambda pair: (pair[0].updated_at or earliest, pair[0].raw or ""), reverse=True)
    for contact, card in others:
        if contact.raw == newest[0].raw:
            warnings.append("cards that repeat another one exactly, read once")
        else:
            why = f"UID {contact.record_id!r} is used twice; kept the newer card"
            refused.append(Refused(card.line, why, _clipped(card)))
    return [newest[0]]


def _unusable(card: Card, contact: Contact) -> str | None:
    kind = (card.text("KIND") or card.text("X-ADDRESSBOOKSERVER-KIND") or "").lower()
    if kind == "group":
        return "this card is a list of other cards, not a contact"
    held = (contact.full_name, contact.given_name, contact.family_name, contact.emails, contact.phones)
    return None if any((*held, contact.organisations, contact.addresses)) else "the card says nothing about anybody"


def _clipped(card: Card) -> str:
    return "\n".join(card.raw)[:RAW_LIMIT]


def _cards(text: str, refused: list[Refused], warnings: list[str]) -> Iterator[Card]:
    """Every card that is closed. One that is not is refused, and the next one is read."""
    card: Card | None = None
    agent = 0  # depth in a card inside a card (2.1: AGENT)
    for line, content in _unfolded(text):
        word = content.strip().upper().replace(" ", "")
        if agent or (word == "BEGIN:VCARD" and card and card.properties and card.properties[-1].name == "AGENT"):
            agent += (word == "BEGIN:VCARD") - (word == "END:VCARD")
        elif word == "BEGIN:VCARD":
            if card is not None:
                refused.append(Refused(card.line, "the card is not closed before the next one begins", _clipped(card)))
            card = Card(line)
        elif card is None:
            warnings += ["lines outside a card, left out"] if word else []
        elif word == "END:VCARD":
            yield card
            card = None
        elif word:
            _take(card, line, content, warnings)
    if card is not None:
        refused.append(Refused(card.line, "the card is not closed before the end of the file", _clipped(card)))


def _take(card: Card, line: int, content: str, warnings: list[str]) -> None:
    """Adds a line to a card; binary data only where it is an address."""
    found = _property(line, content)
    last = card.properties[-1] if card.properties else None
    if found is None:
        if last is None or last.name not in _BINARY:  # BASE64 of 2.1 is not always indented
            warnings.append("lines that are no property, left out")
            card.raw.append(content[:RAW_LIMIT])
        return
    if found.name in _BINARY and not re.match(r"(?i)https?://", found.value):
        found = Property(found.name, found.group, {}, "", line)
    else:
        card.raw.append(content)
    card.properties.append(found)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first physical line, the logical line)."""
    pieces: list[str] = []
    start, soft = 0, False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if soft or (pieces and line[:1] in {" ", "\t"}):
            pieces.append(line if soft else line[1:])
        else:
            if pieces:
                yield start, "".join(pieces)
            pieces, start = [line], number
        # a soft line break of quoted-printable; base64 ends in "=" too
        soft = line.endswith("=") and (soft or "QUOTED-PRINTABLE" in pieces[0].partition(":")[0].upper())
        if soft:
            pieces[-1] = pieces[-1][:-1]
    if pieces:
        yield start, "".join(pieces)


def _property(line: int, content: str) -> Property | None:
    found = _PROPERTY.fullmatch(content.strip())
    if found is None:
        return None
    params: dict[str, list[str]] = {}
    for given in _PARAM.findall(found["params"]):
        name, equals, value = given.partition("=")
        if not equals:  # 2.1: ;HOME;QUOTED-PRINTABLE
            name, value = _BARE.get(given.strip().upper(), "TYPE"), given
        values = [value] if name.strip().upper() == "LABEL" else value.replace('"', "").split(",")
        params.setdefault(name.strip().upper(), []).extend(each.strip().strip('"') for each in values)
    value = found["value"]
    if "QUOTED-PRINTABLE" in map(str.upper, params.get("ENCODING", [])):
        value = _decoded(value, params.get("CHARSET", ["utf-8"])[0])
    return Property(found["name"].upper(), (found["group"] or "").lower(), params, value, line)


def _decoded(value: str, charset: str) -> str:
    """Quoted-printable as text; a character set that nobody knows is read as UTF-8."""
    data = decodestring(value.encode())
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _split(value: str, mark: str) -> list[str]:
    r"""A value cut at each mark that is not escaped, with `\n`, `\,`, `\;` and `\\` as what they stand for."""
    parts: list[list[str]] = [[]]
    for piece in re.findall(r"\\.|[^\\;,]+|.", value, re.DOTALL):
        if piece == mark:
            parts.append([])
        elif len(piece) == 2 and piece[0] == "\\":
            parts[-1].append({"n": "\n", "N": "\n"}.get(piece[1], piece[1] if piece[1] in r"\,;:" else piece))
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts]


def _contact(card: Card, source: str, setting: Setting) -> Contact:
    uid = (card.text("UID") or "").removeprefix("urn:uuid:")
    named = {name: part for name, part in zip(_NAME, _components(card.all("N")), strict=False) if part}
    company = next((one.parts()[0] for one in card.all("ORG")), None)
    full = card.text("FN")
    is_company = "COMPANY" in (card.text("X-ABSHOWAS") or "").upper() or (card.text("KIND") or "").lower() == "org"
    photo = next((one.value.strip() for one in card.all("PHOTO")), None)
    return Contact(
        source=source,
        record_id=uid or _hash(card),
        tenant=setting.tenant,
        **named,
        full_name=None if is_company and (company is None or full == company) and company else full,
        emails=_emails(card),
        phones=_phones(card, setting.region),
        organisations=_organisations(card),
        addresses=[_address(card, one) for one in card.all("ADR")],
        socials=list(_socials(card)),
        birth_date=_birth_date(card),
        gender=next((part for one in card.all("GENDER") for part in one.parts() if part), None),
        language=card.text("LANG"),
        timezone=card.text("TZ"),
        avatar=photo,
        updated_at=_moment(card.text("REV")),
        tags=[Tag(name=name) for one in card.all("CATEGORIES") for name in one.parts(",") if name],
        custom=list(_custom(card)),
        notes=[Note(text=one.text) for one in card.all("NOTE")],
        schema_version=card.text("VERSION"),
        raw="\n".join(card.raw),
    )


_NAME = ("family_name", "given_name", "middle_name", "name_prefix", "name_suffix")


def _components(properties: list[Property]) -> list[str]:
    """The parts of the first name; a part of several ("Ann,Mary") is written with blanks."""
    if not properties:
        return []
    return [" ".join(filter(None, part.split(","))).strip() for part in properties[0].parts()]


def _hash(card: Card) -> str:
    """A name from the content, for cards without one: no order of properties and no time of export changes it."""
    about = _ABOUT_THE_CARD | {"X-ABLABEL"}
    lines = sorted(
        f"{one.name}\x1e{sorted(one.types())}\x1e{one.value}" for one in card.properties if one.name not in about
    )
    return "h" + blake2b("\x1f".join(lines).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _primary(properties: list[Property]) -> Property | None:
    """The preferred one of several, where one is."""
    best = min(properties, key=Property.preference, default=None)
    return best if best is not None and best.preference() <= 100 else None


def _emails(card: Card) -> list[Email]:
    found = card.all("EMAIL")
    primary = _primary(found)
    return [
        Email(
            raw=re.sub(r"(?i)^mailto:", "", one.text),
            type=next(iter(one.types()), None) or card.label(one),
            primary=True if one is primary else None,
        )
        for one in found
    ]


def _phones(card: Card, region: str | None) -> list[Phone]:
    found = card.all("TEL")
    primary = _primary(found)
    phones = []
    for one in found:
        number, *said = re.sub(r"(?i)^tel:", "", one.text).split(";") if one.text[:4].lower() == "tel:" else [one.text]
        extension = next((part[4:] for part in said if part.lower().startswith("ext=")), None)
        label = card.label(one)
        what = {
            "raw": number,
            "region": region,
            "kind": phone_kind(" ".join([*one.types(), label or ""])),
            "extension": extension,
            "label": label,
            "primary": True if one is primary else None,
        }
        phones.append(Phone.model_validate(what))
    return phones


def _organisations(card: Card) -> list[Organisation]:
    """Organisations with their titles, in the order of both; a role stands in for a title that is missing."""
    titles = [one.text for one in card.all("TITLE") or card.all("ROLE")]
    companies = [one.parts()[0] or None for one in card.all("ORG")]
    return [Organisation(name=name, title=title) for name, title in zip_longest(companies, titles)]


def _address(card: Card, one: Property) -> Address:
    box, unit, street, city, region, postal_code, country = (one.parts() + [""] * 7)[:7]
    label = next(iter(one.params.get("LABEL", [])), "").strip('"')
    parts = {
        "raw": label.replace("\\n", "\n").replace("^n", "\n"),
        "street": street or (f"PO Box {box}" if box.isdecimal() else box),
        "unit": unit,
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": country,
        "type": next(iter(one.types()), None) or card.label(one),
    }
    return Address(**{name: part for name, part in parts.items() if part})


def _socials(card: Card) -> Iterator[Social]:
    """Profiles and messengers, and web pages that are profiles."""
    for one in card.all("URL", "IMPP", "X-SOCIALPROFILE"):
        host = re.match(r"(?i)(?:https?://)?(?:www\.|m\.|[a-z]{2}\.)?([^/:?#]+\.[a-z]+)(?:[/?#]|$)", one.text)
        network = _NETWORKS.get(host[1].lower()) if host else None
        if one.name != "URL":
            scheme = re.match(r"([a-z][\w+-]*):(?!//)", one.text, re.IGNORECASE)
            said = [*one.params.get("X-SERVICE-TYPE", []), *one.params.get("SERVICE-TYPE", []), *one.types()]
            named = [*said, *([scheme[1]] if scheme and scheme[1].lower() != "x-apple" else [])]
            network = network or next((name.lower() for name in named if name.lower() not in {"home", "work"}), None)
        if network is not None:
            handle = next(iter(one.params.get("X-USER", []) + one.params.get("USERNAME", [])), None)
            yield Social(
                raw=re.sub(r"(?i)^(?!https?:)[a-z][\w+-]*:(?://)?", "", one.text), network=network, handle=handle
            )
        elif one.name != "URL":
            yield Social(raw=one.text)
    for one in card.properties:
        network_of = _MESSENGERS.fullmatch(one.name)
        if network_of and one.text:
            yield Social(raw=one.text, network=network_of[1].lower())


def _birth_date(card: Card) -> str | None:
    """YYYY-MM-DD where the year is known, else --MM-DD. Apple writes a year that nobody gave and says so."""
    one = next(iter(card.all("BDAY")), None)
    if one is None:
        return None
    found = re.match(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?!\d)", one.text)
    if found is None:
        return one.text
    year, month, day = found.groups()
    unknown = year == "--" or year in one.params.get("X-APPLE-OMIT-YEAR", [])
    return f"--{month}-{day}" if unknown else f"{year}-{month}-{day}"


def _moment(text: str | None) -> datetime | None:
    """20240503T101112Z, 2024-05-03T10:11:12+02:00, 2024-05-03; without a zone it is UTC. None for anything else."""
    try:
        found = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _custom(card: Card) -> Iterator[Custom]:
    """Departments, pages that are no profile, the role beside a title, and properties that have no place."""
    for one in card.all("ORG"):
        units = "; ".join(filter(None, one.parts()[1:]))
        if units:
            yield Custom(name="department", value=units)
    profiles = {social.raw for social in _socials(card)}
    yield from (Custom(name="website", value=one.text) for one in card.all("URL") if one.text not in profiles)
    beside = card.all("ROLE") if card.all("TITLE") else []
    yield from (Custom(name="role", value=one.text) for one in beside)
    for one in card.properties:
        if one.name not in _TAKEN and one.name not in {"ROLE", "AGENT"} and one.text:
            yield Custom(name=(card.label(one) or one.name).lower(), value=one.text)


VCARD = Adapter("vcard", recognises, read)
