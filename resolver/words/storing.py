"""What a store says in words: what a load did, what happened to an entity, what people said, what rules would do."""

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from resolver.judgement import Verdict
from resolver.paths.loading import Told
from resolver.paths.previewing import Foreseen
from resolver.paths.taking import Taken
from resolver.sources.load import Load
from resolver.store.acts import ActKind
from resolver.store.deeds import Deed
from resolver.store.journal import Event, Kind
from resolver.store.past import Change, Entity
from resolver.words.plain import clipped, count, printable

TOLD = {
    Kind.CREATED: "new",
    Kind.MERGED: "merged into another",
    Kind.SPLIT: "split",
    Kind.UPDATED: "changed",
    Kind.DELETED: "gone",
    Kind.FORGOTTEN: "forgotten",
}
BY = {
    "take": "a load",
    "train": "another model",
    "delete": "a deletion",
    "forget": "a wish to be forgotten",
}
"""What changed a store, in words; what people did is called by its own name."""
COUNTED = ("new", "changed", "unchanged", "gone", "refused")
REFUSED = "forgotten before and left out (--returning takes them back)"
SHOWN = 10
"""A preview names so many entities of each kind; as JSON it names all."""
NAMED = 3
"""Of so many records or values one line tells."""
LONGEST = 60
"""Characters of one value."""


def events_in_words(events: Iterable[Event]) -> str:
    """How many entities what happened to."""
    return _counted(Counter(event.kind for event in events))


def _counted(counts: Mapping[Kind, int]) -> str:
    told = [f"{counts[kind]:,} {words}" for kind, words in TOLD.items() if counts.get(kind)]
    return f"Entities: {', '.join(told)}." if told else "No entity changed."


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    taken: by tenant. told: what became of verdicts, where there were any. outgrown: why the model should be trained
    anew. db: the store, as the next command takes it.
    """

    found: Load
    taken: Mapping[str, Taken]
    told: Told | None
    outgrown: Sequence[str]
    db: str

    @property
    def warnings(self) -> list[str]:
        """What is to be known of files and verdicts."""
        return [*self.found.warnings, *(self.told.warnings if self.told else [])]


def loaded_in_words(done: Loaded) -> str:
    """What a load did, and what to do next."""
    found, told = done.found, done.told
    lost = f", {count(len(found.rejects), 'row')} not usable" if len(found.rejects) else ""
    lines = [f"Read {count(len(found.records), 'record')}{lost}"]
    for tenant, each in done.taken.items():
        whose = f"{printable(tenant)}: " if tenant else ""
        words = {"refused": REFUSED}
        counts = [f"{getattr(each, name):,} {words.get(name, name)}" for name in COUNTED if getattr(each, name)]
        lines.append(f"{whose}Records: {', '.join(counts) or 'none'}. {events_in_words(each.events)}")
    if told:
        lines.append(f"Verdicts: {told.followed:,} followed, {told.known:,} known. {events_in_words(told.events)}")
    lines += [printable(note) for note in (*done.warnings, *done.outgrown)]
    db = shlex.quote(done.db)
    if done.outgrown:
        return "\n".join([*lines, f"Next: resolver db train --db {db}   (before: resolver rules preview --db {db})"])
    return "\n".join([*lines, f"Next: resolver export --db {db} --out out"])


def loaded_as_json(done: Loaded) -> str:
    """The same facts for programs."""
    found, told = done.found, done.told
    each = {
        tenant: {**{name: getattr(one, name) for name in COUNTED}, "entities": _kinds(one.events)}
        for tenant, one in done.taken.items()
    }
    facts: dict[str, Any] = {"db": done.db, "read": len(found.records), "rejected": len(found.rejects), "tenants": each}
    if told:
        facts["verdicts"] = {"followed": told.followed, "known": told.known, "entities": _kinds(told.events)}
    facts |= {"warnings": done.warnings, "outgrown": list(done.outgrown)}
    return json.dumps(facts, indent=2, ensure_ascii=False)


def _kinds(events: Iterable[Event]) -> dict[str, int]:
    return dict(Counter(str(event.kind) for event in events))


def history_in_words(entity_id: str, changes: Sequence[Change], now: Sequence[Entity], did: Sequence[Deed]) -> str:
    """What happened to an entity, a line each, and what its id stands for now. did: what people did, to name it."""
    acts = {deed.act.at: deed.act for deed in did}
    lines = []
    for change in changes:
        into = f" into {', '.join(change.into)}" if change.into else ""
        act = acts.get(change.at)
        by = f"act {act.number}: {act.kind} by {act.who}" if act else BY.get(change.what, change.what)
        if not act and change.who:
            by += f" by {change.who}"
        why = f', "{act.why}"' if act and act.why else ""
        lines.append(f"{change.at:%Y-%m-%d %H:%M:%S}  {change.kind}{into}  ({printable(by + why)})")
    members = [f"  {entity.entity_id}: {printable(', '.join(entity.records))}" for entity in now]
    stands = f"{entity_id} now stands for: {_names(now) or 'nobody; its records are gone'}"
    return "\n".join([*lines, stands, *members])


def _names(entities: Sequence[Entity]) -> str:
    return ", ".join(f"{entity.entity_id} ({count(len(entity.records), 'record')})" for entity in entities)


def history_as_json(changes: Sequence[Change], now: Sequence[Entity]) -> str:
    """The same facts for programs."""
    told = [{**asdict(change), "at": change.at.isoformat()} for change in changes]
    return json.dumps({"changes": told, "now": [asdict(entity) for entity in now]}, indent=2, ensure_ascii=False)


SIGNS = {Verdict.SAME: "=", Verdict.DIFFERENT: "≠", Verdict.UNSURE: "?"}


def deed_in_words(deed: Deed) -> str:
    """One line on what somebody did: its number, when, who, what, and why."""
    act = deed.act
    told = [f"{left} {SIGNS[verdict]} {right}" for left, right, verdict in deed.verdicts]
    told += [
        f"{record} {field}" + (" let go" if value is None else f" is {_value(value)}")
        for record, field, value in deed.pins
    ]
    if act.kind == ActKind.UNDO:
        told = [f"act {act.undoes}"]
    more = f" and {len(told) - NAMED:,} more" if len(told) > NAMED else ""
    why = f'  "{act.why}"' if act.why else ""
    gone = "" if act.in_force else "  (taken back)"
    what = f"{', '.join(told[:NAMED])}{more}"
    return printable(f"{act.number:>5}  {act.at:%Y-%m-%d %H:%M}  {act.who}  {act.kind}  {what}{why}{gone}")


def deeds_as_json(did: Sequence[Deed]) -> str:
    """The same facts of all of them for programs."""
    return json.dumps(
        [
            {
                **asdict(deed.act),
                "at": deed.act.at.isoformat(),
                "verdicts": [list(verdict) for verdict in deed.verdicts],
                "pins": [list(pin) for pin in deed.pins],
            }
            for deed in did
        ],
        indent=2,
        ensure_ascii=False,
    )


def preview_in_words(found: Sequence[Foreseen], name: str, next_: str) -> str:
    """What would happen to the entities under other rules, the first of each kind by name.

    name: of the rules. next_: the command that puts them in force.
    """
    counts = Counter(one.kind for one in found)
    lines = [f"Under {printable(name)}: {_counted(counts)} Nothing was changed."]
    for kind in (Kind.MERGED, Kind.SPLIT, Kind.UPDATED, Kind.CREATED, Kind.DELETED):
        mine = [one for one in found if one.kind == kind]
        lines += [f"{TOLD[kind].capitalize()}:"] if mine else []
        lines += [f"  {printable(_foreseen(one))}" for one in mine[:SHOWN]]
        lines += [f"  and {len(mine) - SHOWN:,} more; all of them: --json"] if len(mine) > SHOWN else []
    return "\n".join([*lines, f"Next: {next_}"] if found else lines)


def _foreseen(one: Foreseen) -> str:
    if one.kind in (Kind.MERGED, Kind.SPLIT):
        return f"{one.entity_id} ({_records(one.before)}) into {', '.join(one.into)}"
    if one.kind != Kind.UPDATED or one.before is None or one.after is None:
        return f"{one.entity_id} ({_records(one.after or one.before)})"
    told = [f"{field} {_value(was)} -> {_value(will)}" for field, (was, will) in one.values.items()]
    if len(one.before.records) != len(one.after.records):
        told.insert(0, f"{len(one.before.records)} -> {count(len(one.after.records), 'record')}")
    more = [f"and {len(told) - NAMED} more"] if len(told) > NAMED else []
    return f"{one.entity_id}  {'; '.join([*told[:NAMED], *more]) or 'the same values from other records'}"


def _records(entity: Entity | None) -> str:
    return count(len(entity.records), "record") if entity else "no record"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    return clipped(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), LONGEST)


def preview_as_json(found: Mapping[str, Sequence[Foreseen]]) -> str:
    """All of it for programs, by tenant."""
    return json.dumps(
        {
            tenant: {
                "counts": dict(Counter(str(one.kind) for one in each)),
                "entities": [
                    {
                        "kind": str(one.kind),
                        "entity_id": one.entity_id,
                        "into": list(one.into),
                        "before": list(one.before.records) if one.before else [],
                        "after": list(one.after.records) if one.after else [],
                        "values": {field: list(values) for field, values in one.values.items()},
                    }
                    for one in each
                ],
            }
            for tenant, each in found.items()
        },
        indent=2,
        ensure_ascii=False,
    )
