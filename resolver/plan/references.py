"""Who names a record that goes away, and whom they name afterwards.

An id means something in its own space only: references are followed inside one source of one tenant, and an id of
another system (the parent of an Atlassian contact is its provider's id) only by system and id together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from resolver.contact import Contact
from resolver.plan.book import Space
from resolver.sources import atlassian

SHORT = 15
"""Characters of a Salesforce id that tell; the other three repeat their letter case."""


@dataclass(frozen=True)
class Change:
    """A reference that a merge changes. owner: the cluster whose plan carries it out. cycle: what was broken by it.

    before and after may both be None: a reference that a loser had, and that would have closed a circle.
    """

    record: str
    before: str | None
    after: str | None
    owner: str
    cycle: tuple[str, ...] = ()


@dataclass(frozen=True)
class References:
    """Who refers to whom in one space. edges: record -> the record that it names."""

    edges: Mapping[str, str] = field(default_factory=dict)

    def count(self) -> Mapping[str, int]:
        """How many records name each record."""
        found: dict[str, int] = {}
        for named in self.edges.values():
            found[named] = found.get(named, 0) + 1
        return found


def references(space: Space, kind: str) -> References:
    """The references of a space. References to records that are not live here, or to a record itself, are none."""
    if kind == atlassian.KIND:
        ids = {name: record for record, names in _provider_ids(space).items() for name in names}
        named = _provider_parents(space)
        found = [(record, ids[name]) for record, name in named.items() if name in ids]
    else:
        links = [(record, str(told.get("reports_to"))) for record, told in space.column("links")]
        found = [(record, named) for record, named in links if named in space]
    return References({record: named for record, named in found if record != named})


def after_merge(found: References, retired: Mapping[str, str], clusters: Mapping[str, str]) -> list[Change]:
    """What changes when the retired records (loser -> survivor) go. clusters: of every loser and survivor.

    Nobody comes to name themselves. A loser is moved too when another plan takes away whom it names: its own plan may
    wait, or end early. A survivor without a reference takes the first of its losers. A circle that the
    merges close is opened where they changed something; one that was there before is left alone.
    """
    after: dict[str, str | None] = {}
    for record, named in found.edges.items():
        target = retired.get(named, named)
        if record not in retired:
            after[record] = None if target == record else target
        elif clusters.get(named) != clusters[record]:
            after[record] = target
    for loser, survivor in retired.items():
        inherited = after.get(loser)
        if inherited and after.get(survivor) is None:
            after[survivor] = inherited
    changed = {record for record, named in after.items() if named != found.edges.get(record)}
    broken = _opened(after, changed)
    changes = []
    for record in sorted(changed | broken.keys()):
        before = found.edges.get(record)
        owner = clusters[before if before and before in retired else record]
        if after[record] != before or record in broken:
            changes.append(Change(record, before, after[record], owner, broken.get(record, ())))
    return changes


def _opened(after: dict[str, str | None], changed: set[str]) -> dict[str, tuple[str, ...]]:
    """Opens every circle that holds a changed reference, at the smallest such record: record -> the circle."""
    broken: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for start in sorted(after):
        path: dict[str, int] = {}
        here: str | None = start
        while here is not None and here not in path and here not in seen:
            path[here] = len(path)
            here = after.get(here)
        if here in path:
            circle = list(path)[path[here] :]
            ours = sorted(changed.intersection(circle))
            if ours:
                turn = circle.index(ours[0])
                broken[ours[0]] = (*circle[turn:], *circle[:turn])
                after[ours[0]] = None
        seen.update(path)
    return broken


def _provider_ids(space: Space) -> Mapping[str, set[tuple[str, str]]]:
    return {
        record: {(one["system"], short(one["system"], one["raw"])) for one in told}
        for record, told in space.column("external_ids")
    }


def _provider_parents(space: Space) -> Mapping[str, tuple[str, str]]:
    """Record -> (provider, id) of its parent; without a provider the id is nobody's."""
    systems = {record: {one["system"] for one in told} for record, told in space.column("external_ids")}
    found = {}
    for record, told in space.column("links"):
        parent, known = told.get("parent"), systems.get(record, set())
        if parent and len(known) == 1:
            (system,) = known
            found[record] = (system, short(system, parent))
    return found


def short(system: str, raw: str) -> str:
    """An id in the form in which ids of that system are compared."""
    return raw[:SHORT] if system == "salesforce" and len(raw) == SHORT + 3 else raw


def preference(contact: Contact, counts: Mapping[str, int]) -> tuple[object, ...]:
    """Sorts the record that should stay first: named most, then with an id of its own, then oldest, then by id."""
    outside = any(one.relation == "self" for one in contact.external_ids)
    created = contact.created_at.timestamp() if contact.created_at else float("inf")
    number = contact.record_id.isdecimal() and contact.record_id.isascii()
    smallest = (0, int(contact.record_id), "") if number else (1, 0, contact.record_id)
    return (-counts.get(contact.record_id, 0), not outside, created, smallest)
