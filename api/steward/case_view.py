"""A case as it is shown: records side by side, why it is asked, and what each answer would make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from api.steward.graph import Graph, graph, letter
from api.steward.marking import cells
from api.steward.person import VALUE_WORDS
from api.steward.shapes import Bar, Cell, Head, Row, Sheet, bars
from api.steward.wording import alike, chance, names, question, so_far
from resolver.evidence import Line
from resolver.paths.casing import Full, Outcome, Side
from resolver.paths.fields import is_golden
from resolver.review import Case, Item
from resolver.store.cases import Kind
from resolver.words.plain import ALIKE, EQUAL, UNEQUAL, count, field_word, mark

RESULTS = {
    "given": ("given_name",),
    "middle": ("middle_name",),
    "family": ("family_name",),
    "suffix": ("name_suffix",),
    "email": ("email",),
    "phone": ("phone",),
    "company": ("company",),
    "street": ("house_number", "street", "unit"),
    "place": ("postal_code", "city", "region", "country"),
    "birth_date": ("birth_date",),
}
"""The values of the merged contact beside each field that is compared."""
FEW = 4
"""Of more records than these the merged contact has no column beside them: it stands below them as well."""
NAMED = 6
"""Of so many records of one system a sentence tells."""
SEVERAL = {"email": "other_emails", "phone": "other_phones"}
"""Fields of which a contact may have several, with where the others are."""
WORST = (EQUAL, ALIKE, UNEQUAL)


@dataclass(frozen=True)
class Option:
    """A value that the merged contact could have, and the letters of the records that say so."""

    value: str
    letters: str


@dataclass(frozen=True)
class Choice:
    """A field of the merged contact: what it would be, from which record, and what else there is to choose from.

    chosen: what somebody chose in place of it, None where they left it.
    """

    name: str
    word: str
    value: str
    letters: str
    options: tuple[Option, ...]
    chosen: str | None


@dataclass(frozen=True)
class Effects:
    """What an answer does, in sentences."""

    same: tuple[str, ...]
    different: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """What somebody typed or chose on the page of a case, to be kept."""

    why: str = ""
    leave_out: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """A case that is open. total: what the bars come to, in bits. asked: the two records that it is asked about."""

    sheet: Sheet
    bars: list[Bar]
    total: float
    asked: tuple[str, str]
    choices: list[Choice]
    first_choice: Choice | None
    others: list[tuple[str, str]]
    shared: list[str]
    entities: tuple[str, ...]
    effects: Effects
    graph: Graph


@dataclass(frozen=True)
class Opened:
    """A case with what stands on every page of one. shown: None once it is settled; needs_second: two must say it."""

    item: Item
    question: str
    reason: str
    names: list[str]
    chance: str
    so_far: str | None
    notes: Sequence[Any]
    shown: Shown | None
    needs_second: bool


def opened(case: Case, typed: Typed) -> Opened:
    """A case, with what somebody typed already."""
    item = case.item
    shown = _shown(_asked_first(case.full), item, typed) if case.full is not None else None
    return Opened(
        item,
        question(item),
        alike(item.pattern).reason,
        names(item),
        chance(item),
        so_far(case.verdicts),
        case.notes,
        shown,
        case.needs_second,
    )


def _asked_first(full: Full) -> Full:
    """With the two records that are asked about side by side, where there are too many to see all of them at once."""
    if len(full.sides) <= FEW:
        return full
    first, *rest = full.sides
    return replace(full, sides=[first, *sorted(rest, key=lambda side: side.record not in full.pair)])


def _shown(full: Full, item: Item, typed: Typed) -> Shown:
    letters = {side.record: letter(place) for place, side in enumerate(full.sides)}
    merged = next(iter(full.if_same.golden.items()))
    values = {side.record: side.values for side in full.sides}
    one, other = (side.record for side in full.sides if side.record in full.pair)
    told = {line.field: _compared(line, values[one], values[other], turned=one != full.pair[0]) for line in full.lines}
    choices = _choices(full, letters, merged, typed)
    return Shown(
        _sheet(full, letters, merged),
        bars(full.lines, told),
        sum(line.weight for line in full.lines),
        (letters[one], letters[other]),
        choices,
        next((choice for choice in choices if choice.options), None),
        [
            (VALUE_WORDS.get(name, field_word(name)), "; ".join(map(str, merged[1][name])))
            for name in SEVERAL.values()
            if name in merged[1]
        ],
        [_common(one, letters) for one in full.shared],
        full.entity_ids,
        _effects(full, item),
        graph(full, item.probability),
    )


def _compared(
    line: Line, one: Mapping[str, str], other: Mapping[str, str], *, turned: bool
) -> tuple[str | None, str | None]:
    """What two records say as it was entered; where that does not show why it agrees, as it was compared."""
    entered = one.get(line.field), other.get(line.field)
    cleaned = (line.right, line.left) if turned else (line.left, line.right)
    both = [_bare(text or "") for text in entered]
    hidden = mark(line.level) == EQUAL and not (both[0] in both[1] or both[1] in both[0])
    return cleaned if hidden and not _shares(both, cleaned) else entered


def _shares(bare: Sequence[str], cleaned: tuple[str, str]) -> bool:
    """Whether what both have in common once cleaned can be read in both as they were entered."""
    common = set(cleaned[0].split("; ")) & set(cleaned[1].split("; "))
    return any(all(_bare(text) in entered for entered in bare) for text in common)


# --- side by side ----------------------------------------------------------------------------------------------------


def _sheet(full: Full, letters: Mapping[str, str], merged: tuple[str, dict[str, Any]]) -> Sheet:
    fields = list(dict.fromkeys(name for side in full.sides for name in side.values))
    order = {name: place for place, name in enumerate(RESULTS)}
    fields.sort(key=lambda name: order.get(name, len(order)))
    heads = [Head(f"{letters[side.record]} {side.source}", side.record, note=_whose(full, side)) for side in full.sides]
    rows = [_row(full.sides, name, letters, full.if_same, merged) for name in fields]
    caption = f"{count(len(full.sides), 'record')} side by side, each compared with A"
    if len(full.sides) <= FEW:
        return Sheet(caption, (*heads, Head("If same", result=True)), tuple(rows), compared=True, quiet=True)
    short = tuple(Row(row.word, row.cells[:-1]) for row in rows)
    return Sheet(caption, tuple(heads), short, quiet=True)


def _whose(full: Full, side: Side) -> str:
    place = 1 if side.record in full.parts[0] else 2
    return f"person {place}" if len(full.entity_ids) > 1 else f"part {place}"


def _row(
    sides: Sequence[Side], name: str, letters: Mapping[str, str], same: Outcome, merged: tuple[str, dict[str, Any]]
) -> Row:
    levels = [side.levels.get(name) for side in sides]
    each = cells([side.values.get(name) for side in sides], levels)
    if len(sides) > 2:
        each = tuple(
            Cell(cell.text, cell.parts, f"{mark(level)} {level}" if level and mark(level) != EQUAL else None)
            for cell, level in zip(each, levels, strict=True)
        )
    told = [level for level in levels[1:] if level is not None]
    worst = max(told, key=lambda level: WORST.index(mark(level)), default=None)
    golden, origin = merged[1], same.origin.get(merged[0], {})
    names = [one for one in RESULTS.get(name, ()) if golden.get(one)]
    text = " ".join(str(golden[one]) for one in names) or None
    source = letters.get(origin.get(names[0], "")) if names else None
    # values that say nothing of a person, such as a mailbox of many, are not compared though both sides have one
    compared = worst is not None or not all(side.values.get(name) for side in sides)
    return Row(field_word(name), (*each, Cell(text, note=f"({source})" if source else None)), worst, compared)


# --- what the merged contact would be --------------------------------------------------------------------------------


def _choices(full: Full, letters: Mapping[str, str], merged: tuple[str, dict[str, Any]], typed: Typed) -> list[Choice]:
    entity, golden = merged
    origin = full.if_same.origin.get(entity, {})
    told = []
    for name in sorted({*golden, *typed.values}, key=_order):
        if not is_golden(name):
            continue
        value = str(golden.get(name, ""))
        offered = _offered(full, letters, name, golden)
        letter_of = letters.get(origin.get(name, ""), "")
        options = tuple(Option(text, who) for text, who in offered.items() if text != value)
        told.append(
            Choice(name, VALUE_WORDS.get(name, field_word(name)), value, letter_of, options, typed.values.get(name))
        )
    return told


def _order(name: str) -> tuple[int, str]:
    first = [one for names in RESULTS.values() for one in names]
    if name == "full_name":
        return -1, name
    return (first.index(name) if name in first else len(first)), name


def _offered(full: Full, letters: Mapping[str, str], name: str, golden: Mapping[str, Any]) -> dict[str, str]:
    """The values that there are for a field, each with the letters of the records that say so."""
    if name in SEVERAL:
        return {str(value): _sayers(full, letters, name, str(value)) for value in golden.get(SEVERAL[name], [])}
    found: dict[str, list[str]] = {}
    for side in full.sides:
        for value in side.offers.get(name, ()):
            found.setdefault(value, []).append(letters[side.record])
    return {value: ", ".join(said) for value, said in found.items()}


def _sayers(full: Full, letters: Mapping[str, str], name: str, value: str) -> str:
    """The records that say an e-mail or a phone, however they write it."""
    wanted = _bare(value)
    said = {
        side.record: [_bare(text) for text in side.values.get(name, "").split("; ") if _bare(text)]
        for side in full.sides
    }
    return ", ".join(letters[key] for key, texts in said.items() if any(wanted.endswith(text) for text in texts))


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


# --- in sentences ----------------------------------------------------------------------------------------------------


def _common(shared: Any, letters: Mapping[str, str]) -> str:
    who = ", ".join(letters[key] for key in shared.records)
    return f"Shared {field_word(shared.field)}: {shared.value} is on {shared.people:,} people (here: {who})"


def _effects(full: Full, item: Item) -> Effects:
    people = "; ".join(
        f"{one.source} holds this person {len(one.records)} times ({_some(one.records)})" for one in full.systems
    )
    same = [*_joined(full, item), *_consent(full)]
    if people:
        same.append(f"To be merged there too: {people}.")
    return Effects(tuple(same), tuple(_apart(full, item)))


def _some(records: Sequence[str]) -> str:
    told = ", ".join(records[:NAMED])
    return told if len(records) <= NAMED else f"{told} and {len(records) - NAMED} more"


def _joined(full: Full, item: Item) -> list[str]:
    (kept,) = full.if_same.golden
    records = count(len(full.sides), "record")
    if Kind(item.kind) != Kind.BETWEEN:
        return [f"Stays one person ({kept}) with {records}; nothing changes, and this is not asked again."]
    gone = ", ".join(full.if_same.merged)
    return [f"One person with {records}: {kept} stays, {gone} leads to it from then on. No source system is changed."]


def _apart(full: Full, item: Item) -> list[str]:
    if Kind(item.kind) == Kind.BETWEEN:
        return ["They stay two people, and this is not asked again."]
    made = ", ".join(full.if_different.created) or "none"
    sizes = " and ".join(count(len(part), "record") for part in full.parts)
    return [f"Two people, of {sizes}. New id: {made}; the old one stays with the rest."]


def _consent(full: Full) -> list[str]:
    told = []
    for one in full.consents:
        if len({*one.now.values(), one.then}) > 1:
            now = " and ".join(sorted(set(one.now.values())))
            told.append(f"Consent by {one.channel}: {now} becomes {one.then}, the strictest.")
    return told
