"""vCard files: 2.1 (quoted-printable), 3.0 and 4.0, as phones, mail programs and address books export them.

RFC 2426, RFC 6350. What is not taken is kept as custom or in `raw`; pictures, sounds and keys are never decoded.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import zip_longest
from pathlib import Path
from quopri import decodestring
from typing import Any

from resolver.contact import Address, Contact, Custom, Email, Note, Organisation, Phone, Social, Tag
from resolver.errors import InputError
from resolver.sources.adapter import Adapter, Export, Refused, Setting
from resolver.sources.encoding import to_utf8
from resolver.sources.headers import phone_kind
from resolver.sources.load import RAW_LIMIT
from resolver.sources.unpacking import unpacked

# item1.EMAIL;TYPE=home;X="a:b":value
_PROPERTY = re.compile(r"(?s)(?:([\w-]+)\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^\":])*)?):(.*)")
_PARAM = re.compile(r';((?:"[^"]*"|[^";])*)')
_BARE = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING", "URL": "VALUE"}
_BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_ABOUT_THE_CARD = frozenset({"VERSION", "PRODID", "REV", "UID", "SOURCE", "PROFILE", "CLASS", "MAILER", *_BINARY})
_TAKEN = _ABOUT_THE_CARD | {"N", "FN", "EMAIL", "TEL", "ORG", "TITLE", "ROLE", "ADR", "BDAY", "NOTE", "CATEGORIES"}
_TAKEN |= {"GENDER", "LANG", "TZ", "URL", "IMPP", "KIND", "AGENT", "X-SOCIALPROFILE", "X-ABLABEL", "X-ABADR"}
_TAKEN |= {"X-ABSHOWAS", "X-ADDRESSBOOKSERVER-KIND"}
_MESSENGER = re.compile(r"X-(SKYPE|TWITTER|JABBER|ICQ|AIM|MSN|YAHOO|QQ|LINKEDIN|FACEBOOK|TELEGRAM|INSTAGRAM)\b.*")
_PAGE = re.compile(r"(?i)(?:https?://)?(?:www\.|m\.|[a-z]{2}\.)?([^/:?#]+\.[a-z]+)(?:[/?#]|$)")
_SCHEME = re.compile(r"(?i)(?!https?:)([a-z][\w+-]*):(?://)?")
_NETWORKS = {"x.com": "twitter", "fb.com": "facebook", "t.me": "telegram"}  # host of a profile -> network
_NETWORKS |= {f"{name}.com": name for name in ("linkedin", "twitter", "facebook", "instagram", "github", "xing")}
_NO_NETWORK = frozenset({"", "home", "work", "other", "x-apple"})
_MEDIA = ("voice", "video", "text", "textphone", "msg", "internet", "x400", "pref", "dom", "intl", "postal", "parcel")


@dataclass(frozen=True)
class Property:
    """One property of a card, its value still escaped. params: upper-case name -> values."""

    name: str
    group: str
    params: dict[str, list[str]]
    value: str

    @property
    def text(self) -> str:
        return _split(self.value, "")[0].strip()

    def parts(self, mark: str = ";") -> list[str]:
        """The value, cut at the mark."""
        return [part.strip() for part in _split(self.value, mark)]

    def param(self, name: str) -> str:
        return next(iter(self.params.get(name, [])), "")

    def types(self) -> list[str]:
        """What the card calls it ("home", "work", ...), without how it is used."""
        return [name for name in map(str.lower, self.params.get("TYPE", [])) if name not in _MEDIA]

    def preference(self) -> int:
        """1 is the most preferred, 101 when nothing is said."""
        unsaid = 1 if "pref" in map(str.lower, self.params.get("TYPE", [])) else 101
        return int(self.param("PREF")) if re.fullmatch(r"[0-9]{1,3}", self.param("PREF")) else unsaid


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
        """The preferred value of a property."""
        best = min(self.all(name), key=Property.preference, default=None)
        return None if best is None else best.text

    def is_primary(self, one: Property) -> bool | None:
        """True for the preferred one of its name, None where nothing is said."""
        best = min(self.all(one.name), key=Property.preference)
        return True if best is one and one.preference() <= 100 else None

    def refused(self, reason: str) -> Refused:
        return Refused(self.line, reason, "\n".join(self.raw)[:RAW_LIMIT])

    def label(self, of: Property) -> str | None:
        """The label that Apple puts beside a property of the same group."""
        found = (one.text for one in self.all("X-ABLABEL") if of.group and one.group == of.group)
        return next((re.sub(r"_\$!<(.*)>!\$_", r"\1", label) for label in found), None)

    def called(self, one: Property) -> str | None:
        """ "home", "work" or a label of somebody's own."""
        return next(iter(one.types()), None) or self.label(one)


def read_vcards(source: Path | str, setting: Setting | None = None) -> Export:
    """Reads a file (also gzip), or text that begins with BEGIN:VCARD. Raises InputError when there is no such file.

    >>> read_vcards("BEGIN:VCARD\\nFN:Ann Lee\\nEMAIL:ann@x.com\\nEND:VCARD").contacts[0].full_name
    'Ann Lee'
    """
    if isinstance(source, str) and recognises(source):
        return read(source, setting or Setting())
    try:
        return read(unpacked(Path(source), Path(source).read_bytes()), setting or Setting())
    except OSError as error:
        raise InputError(source, error.strerror or str(error)) from error


def recognises(document: Any) -> bool:
    """Text or bytes that begin with BEGIN:VCARD."""
    if isinstance(document, bytes):
        document = to_utf8(document[:64]).data.decode("utf-8", "replace")
    return isinstance(document, str) and re.match(r"(?i)\ufeff?\s*BEGIN\s*:\s*VCARD\b", document) is not None


def read(document: Any, setting: Setting) -> Export:
    """The cards of a text, or of the bytes of a file. A card that cannot be used is refused with its line."""
    warnings: list[str] = []
    if isinstance(document, bytes):
        text = to_utf8(document)
        document = text.data.decode("utf-8", "replace")
        warnings += [f"lines with bytes that are not {text.encoding}, mended: {text.repaired}"] if text.repaired else []
    refused: list[Refused] = []
    found: dict[str, list[tuple[Contact, Card]]] = {}
    for card in _cards(document.lstrip("\ufeff"), refused, warnings):
        contact = _contact(card, setting)
        why = _unusable(card, contact)
        if why:
            refused.append(card.refused(why))
        else:
            found.setdefault(contact.record_id, []).append((contact, card))
    contacts = [contact for same in found.values() for contact in _one_each(same, refused, warnings)]
    counted = [f"{what} ({times} times)" if times > 1 else what for what, times in Counter(warnings).items()]
    return Export(contacts, refused=sorted(refused, key=lambda one: one.place), warnings=counted)


def _one_each(same: list[tuple[Contact, Card]], refused: list[Refused], warnings: list[str]) -> list[Contact]:
    """Cards with one id: the newest. Equal ones without an id of their own are different cards: -2, -3, ..."""
    if not same[0][1].text("UID"):
        first, *again = (contact for contact, _ in same)
        ids = (f"{first.record_id}-{number}" for number in range(2, len(same) + 1))
        return [
            first,
            *(contact.model_copy(update={"record_id": id_}) for contact, id_ in zip(again, ids, strict=True)),
        ]
    earliest = datetime.min.replace(tzinfo=UTC)
    newest, *others = sorted(same, key=lambda pair: (pair[0].updated_at or earliest, pair[0].raw or ""), reverse=True)
    for contact, card in others:
        if contact.raw == newest[0].raw:
            warnings.append("cards that repeat another one exactly, read once")
        else:
            refused.append(card.refused(f"UID {contact.record_id!r} is used twice; kept the newer card"))
    return [newest[0]]


def _unusable(card: Card, contact: Contact) -> str | None:
    if _kind(card) == "group":
        return "this card is a list of other cards, not a contact"
    held = (contact.full_name, contact.given_name, contact.family_name, contact.emails, contact.phones)
    return None if any((*held, contact.organisations, contact.addresses)) else "the card says nothing about anybody"


def _kind(card: Card) -> str:
    """individual, org or group."""
    shown = "org" if "COMPANY" in (card.text("X-ABSHOWAS") or "").upper() else "individual"
    return (card.text("KIND") or card.text("X-ADDRESSBOOKSERVER-KIND") or shown).lower()


def _cards(text: str, refused: list[Refused], warnings: list[str]) -> Iterator[Card]:
    """Every card that is closed. One that is not is refused, and the next one is read."""
    card: Card | None = None
    agent = 0  # depth in a card inside a card (2.1: AGENT)
    for line, content in _unfolded(text):
        word = content.strip().upper().replace(" ", "")
        if agent or (word == "BEGIN:VCARD" and card and card.properties and card.properties[-1].name == "AGENT"):
            agent += (word == "BEGIN:VCARD") - (word == "END:VCARD")
        elif word == "BEGIN:VCARD":
            refused += [card.refused("the card is not closed before the next one begins")] if card else []
            card = Card(line)
        elif card is None:
            warnings += ["lines outside a card, left out"] if word else []
        elif word == "END:VCARD":
            yield card
            card = None
        elif word:
            _take(card, content, warnings)
    refused += [card.refused("the card is not closed before the end of the file")] if card else []


def _take(card: Card, content: str, warnings: list[str]) -> None:
    """Adds a line to a card; binary data only where it is an address."""
    found = _property(content)
    if found is None:
        if not card.properties or card.properties[-1].name not in _BINARY:  # BASE64 of 2.1 is not always indented
            warnings.append("lines that are no property, left out")
            card.raw.append(content[:RAW_LIMIT])
    elif found.name in _BINARY and not re.match(r"(?i)https?://", found.value):
        card.properties.append(replace(found, value=""))
    else:
        card.raw.append(content)
        card.properties.append(found)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first physical line, the logical line)."""
    pieces: list[str] = []
    start, soft = 0, False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        soft = soft and line.strip().upper() != "END:VCARD"
        if soft or (pieces and line[:1] in {" ", "\t"}):
            pieces.append(line if soft else line[1:])
        else:
            if pieces:
                yield start, "".join(pieces)
            pieces, start = [line], number
        soft = line.endswith("=") and "QUOTED-PRINTABLE" in pieces[0].partition(":")[0].upper()  # base64 ends so too
        if soft:
            pieces[-1] = pieces[-1][:-1]
    yield start, "".join(pieces)


def _property(content: str) -> Property | None:
    found = _PROPERTY.fullmatch(content.strip())
    if found is None:
        return None
    params: dict[str, list[str]] = {}
    for given in _PARAM.findall(found[3]):
        name, equals, value = given.partition("=")
        if not equals:  # 2.1: ;HOME;QUOTED-PRINTABLE
            name, value = _BARE.get(given.strip().upper(), "TYPE"), given
        name, value = name.strip().upper(), value.replace('"', "")
        params.setdefault(name, []).extend([value] if name == "LABEL" else map(str.strip, value.split(",")))
    value = found[4]
    if "QUOTED-PRINTABLE" in map(str.upper, params.get("ENCODING", [])):
        value = _decoded(value, params.get("CHARSET", ["utf-8"])[0])
    return Property(found[2].upper(), (found[1] or "").lower(), params, value)


def _decoded(value: str, charset: str) -> str:
    """Quoted-printable as text; a character set that nobody knows is read as UTF-8."""
    data = decodestring(value.encode())
    try:
        return data.decode(charset, "replace").replace("\r\n", "\n")
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


def _contact(card: Card, setting: Setting) -> Contact:
    uid = (card.text("UID") or "").removeprefix("urn:uuid:")
    full, organisations = card.text("FN"), _organisations(card)
    if _kind(card) == "org" and full in {None, *(one.name for one in organisations)}:
        full = None  # the name of the organisation is nobody's
    return Contact(
        source=VCARD.source(setting),
        record_id=uid or _hash(card),
        tenant=setting.tenant,
        **_names(card),
        full_name=full,
        emails=[_email(card, one) for one in card.all("EMAIL")],
        phones=[_phone(card, one, setting.region) for one in card.all("TEL")],
        organisations=organisations,
        addresses=[_address(card, one) for one in card.all("ADR")],
        socials=list(_socials(card)),
        birth_date=_birth_date(card),
        gender=next((part for one in card.all("GENDER") for part in one.parts() if part), None),
        language=card.text("LANG"),
        timezone=card.text("TZ"),
        avatar=card.text("PHOTO"),
        updated_at=_moment(card.text("REV")),
        tags=[Tag(name=name) for one in card.all("CATEGORIES") for name in one.parts(",") if name],
        custom=_custom(card),
        notes=[Note(text=one.text) for one in card.all("NOTE")],
        schema_version=card.text("VERSION"),
        raw="\n".join(card.raw),
    )


def _names(card: Card) -> dict[str, str]:
    """The parts of the name; one that holds several ("Ann,Mary") is written with blanks."""
    names = ("family_name", "given_name", "middle_name", "name_prefix", "name_suffix")
    parts = next((one.parts() for one in card.all("N")), [])
    return {name: part.replace(",", " ") for name, part in zip(names, parts, strict=False) if part}


def _hash(card: Card) -> str:
    """A name from the content, for cards without one: no order of properties and no time of export changes it."""
    said = [one for one in card.properties if one.name not in {*_ABOUT_THE_CARD, "X-ABLABEL"}]
    lines = sorted("\x1e".join([one.name, *sorted(one.types()), one.value]) for one in said)
    return "h" + blake2b("\x1f".join(lines).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _email(card: Card, one: Property) -> Email:
    return Email(raw=re.sub(r"(?i)^mailto:", "", one.text), type=card.called(one), primary=card.is_primary(one))


def _phone(card: Card, one: Property, region: str | None) -> Phone:
    """A number as text or as a "tel:" address, which may name an extension."""
    number, *said = one.text[4:].split(";") if one.text[:4].lower() == "tel:" else [one.text]
    label = card.label(one)
    kind = phone_kind(" ".join([*one.types(), label or ""]))
    extension = next((part[4:] for part in said if part.lower().startswith("ext=")), None)
    what = {"raw": number, "region": region, "kind": kind, "extension": extension, "label": label}
    return Phone.model_validate({**what, "primary": card.is_primary(one)})


def _organisations(card: Card) -> list[Organisation]:
    """Organisations with their titles, in the order of both; a role stands in for a title that is missing."""
    titles = [one.text for one in card.all("TITLE") or card.all("ROLE")]
    companies = [one.parts()[0] or None for one in card.all("ORG")]
    if not companies and _kind(card) == "org":
        companies = [card.text("FN")]
    return [Organisation(name=name, title=title) for name, title in zip_longest(companies, titles)]


def _address(card: Card, one: Property) -> Address:
    box, *parts = one.parts()
    names = ("unit", "street", "city", "region", "postal_code", "country")
    found = {name: part for name, part in zip(names, parts, strict=False) if part}
    if box and "street" not in found:
        found["street"] = f"PO Box {box}" if box.isdecimal() else box
    raw = re.sub(r"\\n|\^n", "\n", one.param("LABEL")) or None
    return Address(raw=raw, type=card.called(one), **found)


def _socials(card: Card) -> Iterator[Social]:
    """Profiles and messengers, and web pages that are profiles."""
    named = ((_MESSENGER.fullmatch(one.name), one.text) for one in card.properties)
    yield from (Social(raw=text, network=found[1].lower()) for found, text in named if found and text)
    for one in card.all("URL", "IMPP", "X-SOCIALPROFILE"):
        page, scheme = _PAGE.match(one.text), _SCHEME.match(one.text)
        network = _NETWORKS.get(page[1].lower()) if page else None
        if one.name == "URL" and network is None:
            continue
        said = [one.param("X-SERVICE-TYPE"), one.param("SERVICE-TYPE"), *one.types(), scheme[1] if scheme else ""]
        network = network or next((name.lower() for name in said if name.lower() not in _NO_NETWORK), None)
        handle = one.param("X-USER") or one.param("USERNAME") or None
        yield Social(raw=one.text[scheme.end() :] if scheme else one.text, network=network, handle=handle)


def _birth_date(card: Card) -> str | None:
    """YYYY-MM-DD where the year is known, else --MM-DD. Apple writes a year that nobody gave and says so."""
    one = next(iter(card.all("BDAY")), None)
    if one is None:
        return None
    found = re.match(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?!\d)", one.text)
    if found is None:
        return one.text
    year, month, day = found.groups()
    unknown = year in {"--", one.param("X-APPLE-OMIT-YEAR")}
    return f"--{month}-{day}" if unknown else f"{year}-{month}-{day}"


def _moment(text: str | None) -> datetime | None:
    """20240503T101112Z, 2024-05-03T10:11:12+02:00, 2024-05-03; without a zone it is UTC. None for anything else."""
    try:
        found = datetime.fromisoformat((text or "").strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _custom(card: Card) -> list[Custom]:
    """Departments, pages that are no profile, the role beside a title, and properties that have no place."""
    profiles = {social.raw for social in _socials(card)}
    found = [("department", "; ".join(filter(None, one.parts()[1:]))) for one in card.all("ORG")]
    found += [("website", one.text) for one in card.all("URL") if one.text not in profiles]
    found += [("role", one.text) for one in card.all("ROLE") if card.all("TITLE")]
    others = (one for one in card.properties if one.name not in _TAKEN and not _MESSENGER.fullmatch(one.name))
    found += [((card.label(one) or one.name).lower(), one.text) for one in others]
    return [Custom(name=name, value=value) for name, value in found if value]


VCARD = Adapter("vcard", recognises, read)
