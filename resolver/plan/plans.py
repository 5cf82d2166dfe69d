"""From a run's folder to plans: for every person with several live records in one system, how they become one."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from anyascii import anyascii

from resolver.contact import Contact
from resolver.plan import atlassian, cpod, customeros, other, teamwork_desk, voipbin
from resolver.plan.book import Book, Space, read_book
from resolver.plan.consent import strictest
from resolver.plan.draft import Group
from resolver.plan.model import Plan
from resolver.plan.references import Change, References, after_merge, preference, references

PLANNERS: Mapping[str, Callable[[Group], Plan]] = {
    "atlassian": atlassian.plan,
    "voipbin": voipbin.plan,
    "teamwork_desk": teamwork_desk.plan,
    "customeros": customeros.plan,
    "cpod": cpod.plan,
}


@dataclass(frozen=True)
class _Merge:
    """Records of one cluster in one space, the survivor first."""

    cluster: str
    records: tuple[str, ...]


def plans(folder: Path) -> list[Plan]:
    """Every plan of a finished run, in an order that only depends on what it found.

    Raises UsageError for a folder that holds no run.
    """
    return plans_in(read_book(folder))


def plans_in(book: Book) -> list[Plan]:
    """Every plan for the entities of a book, in the same order."""
    found = [plan for space in book.spaces.values() for plan in _of_space(book, space)]
    return sorted(found, key=lambda plan: (plan.system, plan.instance or "", plan.tenant or "", plan.cluster))


def kind_of(source: str) -> str:
    """The system that a source is an install of: "cpod" for "cpod" and "cpod-eu"; any other source is its own."""
    return next((kind for kind in PLANNERS if source == kind or source.startswith(f"{kind}-")), source)


def _of_space(book: Book, space: Space) -> Iterator[Plan]:
    place, kind = (space.source, space.tenant), kind_of(space.source)
    shared = {name: ids[place] for name, ids in book.entities.items() if len(ids.get(place, ())) > 1}
    if not shared:
        return
    found = references(space, kind)
    counts = found.count()
    merges = [_merge(space, counts, name, ids) for name, ids in sorted(shared.items())]
    changes = _changes(found, merges)
    for merge in merges:
        survivor, *losers = (space.contact(one) for one in merge.records)
        group = Group(
            cluster=merge.cluster,
            kind=kind,
            space=space,
            survivor=survivor,
            losers=tuple(losers),
            said=strictest(book.entity(merge.cluster)),
            changes=tuple(changes.get(merge.cluster, ())),
            email=book.emails.get(merge.cluster),
        )
        yield _doubted(PLANNERS.get(kind, other.plan)(group), group)


def _doubted(plan: Plan, group: Group) -> Plan:
    """A plan that joins quite different names, or a shared mailbox, waits for a person: most merges are for good."""
    own, warnings = _name(group.survivor), []
    strange = [loser.record_id for loser in group.losers if own and _name(loser) and own.isdisjoint(_name(loser))]
    if strange:
        warnings.append(f"{', '.join(strange)} and {plan.survivor} have no name in common; is it one person?")
    shared = [one.record_id for one in group.members if any(email.role for email in one.emails)]
    if shared:
        warnings.append(
            f"{', '.join(shared)} has the mailbox of a role, which several people may read; is it one person?"
        )
    if not warnings:
        return plan
    return plan.model_copy(update={"requires_human": True, "warnings": [*warnings, *plan.warnings]})


def _name(contact: Contact) -> set[str]:
    """The words of a name in small plain letters."""
    parts = (contact.given_name, contact.family_name, contact.full_name)
    return set(re.findall(r"\w{2,}", anyascii(" ".join(part for part in parts if part)).casefold()))


def _merge(space: Space, counts: Mapping[str, int], cluster: str, ids: list[str]) -> _Merge:
    contacts = sorted((space.contact(one) for one in ids), key=lambda contact: preference(contact, counts))
    return _Merge(cluster, tuple(contact.record_id for contact in contacts))


def _changes(found: References, merges: list[_Merge]) -> dict[str, list[Change]]:
    """By cluster, the references that its plan changes."""
    retired = {loser: merge.records[0] for merge in merges for loser in merge.records[1:]}
    clusters = {record: merge.cluster for merge in merges for record in merge.records}
    owned: dict[str, list[Change]] = {}
    for change in after_merge(found, retired, clusters):
        owned.setdefault(change.owner, []).append(change)
    return owned
