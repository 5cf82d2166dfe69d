"""Foreseeing: what a merge, or the undoing of an act, would do; nothing of it stays."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from resolver.errors import ConflictError
from resolver.paths import judging
from resolver.paths.online import Resolver
from resolver.paths.previewing import Foreseen, told
from resolver.paths.taking import Key
from resolver.paths.viewing import Member, View, view
from resolver.store import past
from resolver.store.acts import ActKind
from resolver.store.past import Entity

THIRD_PARTY = "third_party"
"""The relation of an id that is not the person's own."""
GATHERED = ("consent", "other_")
"""Golden values of which there may be several, or that have rules of their own: they do not disagree."""
LINKS = ("reports_to", "parent", "container", "user")
"""What a record may say of others of its source."""


@dataclass(frozen=True)
class Disagreement:
    """A golden value in which entities differ: the value of each that has one, by its id."""

    field: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class TwoIds:
    """A system that knows the person by several ids: those of each entity, by its id.

    own: whether the records are the system's own; it holds the person several times. Else it is a further system, by
    whose ids the two may well be different persons.
    """

    system: str
    ids: Mapping[str, tuple[str, ...]]
    own: bool


@dataclass(frozen=True)
class ConsentChange:
    """A channel of which entities say different things: what each says, by its id, and what would hold."""

    channel: str
    before: Mapping[str, str]
    after: str


@dataclass(frozen=True)
class Reference:
    """By which a record of the entities is connected with what is outside: a further system's id, or another record."""

    record: str
    name: str
    value: str


@dataclass(frozen=True)
class Merged:
    """What would come of a merge.

    entities: as they are. blocked: why it would be refused; then there is no outcome. golden: the entity that there
    would be, and `retired` the ids that would lead to it. changes: all that would happen to entities.
    """

    entities: tuple[View, ...]
    blocked: str | None
    golden: Entity | None
    retired: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]
    two_ids: tuple[TwoIds, ...]
    consent: tuple[ConsentChange, ...]
    references: tuple[Reference, ...]
    changes: tuple[Foreseen, ...]


def merged(resolver: Resolver, entity_ids: Sequence[str]) -> Merged:
    """What would come of a merge of entities. Raises as `Resolver.merge` does, but for what verdicts forbid."""
    with resolver.trying("merge") as writing:
        connection, tenant = writing.connection, resolver.tenant
        groups = [resolver.members(connection, entity_id) for entity_id in entity_ids]
        views = tuple(view(connection, tenant, entity_id) for entity_id in entity_ids)
        blocked, golden, changes = None, None, []
        try:
            done = judging.merge(writing, groups, "", None)
        except ConflictError as refused:
            blocked = str(refused)
        else:
            changes, golden = told(writing, done.events), _outcome(connection, tenant, entity_ids[0])
    return Merged(
        entities=views,
        blocked=blocked,
        golden=golden,
        retired=tuple(sorted({one.entity_id for one in views} - {golden.entity_id})) if golden else (),
        disagreements=tuple(_disagreements(views)),
        two_ids=(*_own_ids(views), *_further_ids(views)),
        consent=tuple(_consent(views, golden)) if golden else (),
        references=tuple(_references(views)),
        changes=tuple(changes),
    )


def parted(resolver: Resolver, entity_id: str, go: Sequence[Key]) -> tuple[str | None, list[Foreseen]]:
    """Why splitting some records off an entity would be refused by what people said, and what it would do.

    Raises as `Resolver.split` does, but for what verdicts forbid.
    """
    with resolver.trying("split") as writing:
        stay, away = resolver.parts(writing.connection, entity_id, go)
        try:
            done = judging.split(writing, stay, away, "", None)
        except ConflictError as refused:
            return str(refused), []
        return None, told(writing, done.events)


def undone(resolver: Resolver, act: int, kind: ActKind | None = None) -> tuple[str | None, list[Foreseen]]:
    """Why undoing an act would be refused by what people said, if it would, and what it would do to entities.

    kind: what it has to be. Raises UnknownError where there is no such act, ConflictError where it is not in force.
    """
    with resolver.trying("undo") as writing:
        judging.refuse_undone(writing, act, kind)
        try:
            done = judging.undo(writing, act, "", None)
        except ConflictError as refused:
            return str(refused), []
        return None, told(writing, done.events)


def _outcome(connection: Connection, tenant: str, entity_id: str) -> Entity | None:
    numbers = past.resolved(connection, tenant, entity_id) or []
    return next(iter(past.entities(connection, tenant, numbers)), None)


def _disagreements(views: Sequence[View]) -> Iterable[Disagreement]:
    names = sorted({name for one in views for name in one.golden if not name.startswith(GATHERED)})
    for name in names:
        values = {one.entity_id: one.golden[name] for one in views if name in one.golden}
        if len({_plain(value) for value in values.values()}) > 1:
            yield Disagreement(name, values)


def _plain(value: Any) -> str:
    """A value as far as its difference matters."""
    return " ".join(str(value).split()).casefold()


def _own_ids(views: Sequence[View]) -> Iterable[TwoIds]:
    return _several(((one.entity_id, member.source, member.record_id) for one, member in _members(views)), own=True)


def _further_ids(views: Sequence[View]) -> Iterable[TwoIds]:
    told_by = (
        (one.entity_id, each["system"], each["raw"])
        for one, member in _members(views)
        for each in (member.content or {}).get("external_ids", [])
        if each.get("relation") != THIRD_PARTY
    )
    return _several(told_by, own=False)


def _members(views: Sequence[View]) -> Iterable[tuple[View, Member]]:
    return ((one, member) for one in views for member in one.members)


def _several(told_by: Iterable[tuple[str, str, str]], *, own: bool) -> Iterable[TwoIds]:
    """told_by: entity, system and id. The systems that know several of the entities, by ids that differ."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for entity, system, one in told_by:
        found[system][entity].add(one)
    for system, ids in sorted(found.items()):
        if len(ids) > 1 and len(set().union(*ids.values())) > 1:
            yield TwoIds(system, {entity: tuple(sorted(each)) for entity, each in ids.items()}, own)


def _consent(views: Sequence[View], golden: Entity) -> Iterable[ConsentChange]:
    before = {one.entity_id: _states(one.golden) for one in views}
    for channel, after in sorted(_states(golden.golden).items()):
        said = {entity: states[channel] for entity, states in before.items() if channel in states}
        if set(said.values()) != {after} or len(said) < len(before):
            yield ConsentChange(channel, said, after)


def _states(golden: Mapping[str, Any]) -> dict[str, str]:
    return {one["channel"]: one["state"] for one in golden.get("consent", [])}


def _references(views: Sequence[View]) -> Iterable[Reference]:
    for _, member in _members(views):
        content = member.content or {}
        for each in content.get("external_ids", []):
            yield Reference(member.key, each["system"], each["raw"])
        links = content.get("links") or {}
        yield from (Reference(member.key, name, links[name]) for name in LINKS if links.get(name))
