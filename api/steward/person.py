"""Person: an entity as its pages show it: the merged contact, the records side by side, and what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.steward.history import happening
from api.steward.shapes import Cell, Happening, Head, Row, Sheet
from resolver.paths.choosing import Choice, others
from resolver.paths.fields import GOLDEN_FIELDS
from resolver.paths.previewing import Foreseen
from resolver.paths.showing import shown
from resolver.paths.viewing import View, values_of
from resolver.store.cases import NAMES
from resolver.store.deeds import Deed
from resolver.store.journal import Kind
from resolver.store.past import Change, Entity
from resolver.words.plain import count, field_word

VALUE_WORDS = {
    "full_name": "name",
    "given_name": "first name",
    "family_name": "last name",
    "middle_name": "middle name",
    "name_prefix": "title",
    "name_suffix": "suffix",
    "phone": "phone",
    "email": "e-mail",
    "other_emails": "other e-mails",
    "external_ids": "ids in other systems",
    "socials": "profiles",
    "region": "state or region",
    "consent": "may be contacted",
}
"""What people call the values of a merged contact; others by their names."""
FIRST = (
    "full_name",
    "given_name",
    "middle_name",
    "family_name",
    "email",
    "phone",
    "company",
    "job_title",
    "birth_date",
)
"""The order in which a merged contact is read; the others follow."""
NAMED = 3
"""Of so many records or values a line tells."""
BY = {
    "take": "records came in",
    "put": "a record was written",
    "delete": "a record was deleted",
    "train": "the rules were trained anew",
    "forget": "somebody was forgotten",
}
"""What changed a person, where nobody did it by hand."""


@dataclass(frozen=True)
class Value:
    """A value of the merged contact. source: the record it comes from; pinned: the act that holds it."""

    field: str
    word: str
    text: str
    source: str | None
    pinned: int | None
    others: tuple[Choice, ...]
    may_pin: bool


def value_word(field: str) -> str:
    """What people call a value of a merged contact."""
    return VALUE_WORDS.get(field) or field.removeprefix("category.").removeprefix("custom.").replace("_", " ")


def plain(value: Any) -> str:
    """A golden value as a line of text."""
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part not in (None, ""))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(plain(each) for each in value)
    return str(value)


def values(view: View) -> list[Value]:
    """The merged contact of a person, value by value."""

    def value(field: str) -> Value:
        text = plain(view.golden[field])
        may_pin = field in GOLDEN_FIELDS
        source, pinned = view.provenance.get(field), view.pinned.get(field)
        return Value(field, value_word(field), text, source, pinned, others(view, field) if may_pin else (), may_pin)

    return [value(field) for field in ordered(view.golden)]


def ordered(fields: Iterable[str]) -> list[str]:
    """Fields in the order they are read."""
    found = list(fields)
    return [*(field for field in FIRST if field in found), *sorted(set(found) - {*FIRST})]


def name_of(golden: Mapping[str, Any], otherwise: str) -> str:
    """What a person is called, as cases call them."""
    return next((str(golden[field]) for field in NAMES if golden.get(field)), otherwise)


def sheet(view: View, fields: Sequence[str], caption: str = "Records side by side") -> Sheet:
    """The records of a person side by side, in the fields that are compared; those that nobody has are left out."""
    heads = tuple(Head(member.source, member.key) for member in view.members)
    rows = []
    for field in fields:
        texts = [shown(member.content or {}, field) for member in view.members]
        if any(texts):
            rows.append(Row(field_word(field), tuple(Cell(text) for text in texts)))
    return Sheet(caption, heads, tuple(rows))


def outcome(entities: Sequence[tuple[str, Entity]], caption: str) -> Sheet:
    """Merged contacts side by side, each under a title."""
    golden = [values_of(entity) for _, entity in entities]
    fields = ordered({field: None for each in golden for field in each})
    heads = tuple(
        Head(title, entity.entity_id, note=_size(len(entity.records)), result=True) for title, entity in entities
    )
    rows = tuple(
        Row(value_word(field), tuple(Cell(plain(each[field]) if field in each else None) for each in golden))
        for field in fields
    )
    return Sheet(caption, heads, rows)


def beside(now: Sequence[tuple[str, View]], then: Entity | None) -> Sheet:
    """People as they are side by side, and the one that they would be; with where each of its values comes from."""
    golden = [view.golden for _, view in now]
    after = {} if then is None else values_of(then)
    origin = {} if then is None else then.golden.get("provenance", {})
    heads = [
        Head(title, href=f"/steward/people/{view.entity_id}", note=_size(len(view.members))) for title, view in now
    ]
    if then is not None:
        heads.append(Head("Merged contact", note=_size(len(then.records)), result=True))

    def cells(field: str) -> tuple[Cell, ...]:
        told = [Cell(plain(each[field]) if field in each else None) for each in golden]
        if then is not None:
            told.append(Cell(plain(after[field]) if field in after else None, note=origin.get(field)))
        return tuple(told)

    fields = ordered({field: None for each in (*golden, after) for field in each})
    return Sheet("Side by side, and merged", tuple(heads), tuple(Row(value_word(one), cells(one)) for one in fields))


def _size(records: int) -> str:
    return count(records, "record")


def history(changes: Sequence[Change], deeds: Sequence[Deed], entity_id: str) -> list[Happening]:
    """What happened to a person, the last first: what people did, with what came of it, and what else changed it."""
    acts = {deed.act.at: deed for deed in deeds}
    came: dict[Any, list[Change]] = {}
    for change in changes:
        came.setdefault(change.at, []).append(change)
    found = [_done(deed, [_told(change, entity_id) for change in came.get(at, [])]) for at, deed in acts.items()]
    found += [
        Happening(each[-1].at, _came(each), who=each[-1].who, lines=tuple(_told(change, entity_id) for change in each))
        for at, each in came.items()
        if at not in acts
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _done(deed: Deed, lines: Sequence[str]) -> Happening:
    told = happening(deed)
    return replace(told, lines=(*told.lines, *lines))


def _came(changes: Sequence[Change]) -> str:
    what = changes[-1].what
    if changes[0].kind == Kind.CREATED:
        return "First seen" if what in BY else f"Came to be: {what}"
    return BY.get(what, what).capitalize()


def _told(change: Change, entity_id: str) -> str:
    into = [one for one in change.into if one != entity_id]
    words = {
        Kind.CREATED: "became a person of its own",
        Kind.UPDATED: "records or values changed",
        Kind.MERGED: f"became one with {', '.join(into)}",
        Kind.SPLIT: f"was taken apart: {', '.join(change.into)}",
        Kind.DELETED: "nothing is left",
        Kind.FORGOTTEN: "a record was forgotten",
    }
    return words[change.kind]


def foreseen(found: Sequence[Foreseen]) -> list[tuple[str, str, str, str]]:
    """What would happen to people: id, name, what, and the details."""
    each = ((one, one.before or one.after) for one in found)
    return [
        (one.entity_id, name_of(entity.golden if entity else {}, one.entity_id), *_change(one)) for one, entity in each
    ]


def _change(one: Foreseen) -> tuple[str, str]:
    if one.kind == Kind.MERGED:
        return "becomes one with another", ", ".join(one.into)
    if one.kind == Kind.SPLIT:
        return "is taken apart", count(len(one.into), "person", "people")
    if one.kind == Kind.CREATED:
        return "is new", count(len(one.after.records) if one.after else 0, "record")
    if one.kind in (Kind.DELETED, Kind.FORGOTTEN):
        return "is gone", ""
    before, after = (len(each.records) if each else 0 for each in (one.before, one.after))
    told = [f"{before} to {count(after, 'record')}"] if before != after else []
    told += [f"{value_word(name)}: {_or_none(was)} to {_or_none(will)}" for name, (was, will) in one.values.items()]
    return "changes", "; ".join(told[:NAMED])


def _or_none(value: Any) -> str:
    return "(none)" if value is None else plain(value)
