"""Casing: a case in full, with all that a steward needs to decide it, and what would come of each answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, Row

from resolver.columns import Rows
from resolver.evidence import Line
from resolver.frames import OPEN_PREFIXES
from resolver.model.frozen import Frozen
from resolver.model.layout import Layout
from resolver.model.odds import probabilities
from resolver.paths.arrive import prepared_of
from resolver.paths.choosing import said
from resolver.paths.deciding import Between
from resolver.paths.explaining import Bench
from resolver.paths.fields import GOLDEN_FIELDS
from resolver.paths.region import golden_of
from resolver.paths.showing import Content, shown
from resolver.paths.viewing import values_of
from resolver.steps.footprint import SHARED, shared_fields, value_numbers
from resolver.store import past
from resolver.store.cases import Kind
from resolver.store.documents import lines
from resolver.store.lookups import persons, signed
from resolver.store.past import Entity
from resolver.store.rows import compared, fetch


@dataclass(frozen=True)
class Side:
    """A record of a case. values: what it says in the fields that are compared, as it stands there.

    levels: how each field compares with that of the first record of the case. offers: what could be golden, by field.
    """

    record: str
    source: str
    entity_id: str
    values: dict[str, str]
    levels: dict[str, str]
    offers: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Edge:
    """Two records of a case that evidence connects.

    levels: how each field agrees; one that a side lacks is not there. weakest: it is the pair that shows the case.
    """

    left: str
    right: str
    probability: float
    levels: dict[str, str]
    weakest: bool


@dataclass(frozen=True)
class SharedValue:
    """A value that more than one person is seen with: the records of the case that hold it, and with how many."""

    field: str
    value: str
    records: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class Outcome:
    """What an answer makes: the golden records that there would be, by the entity id that they would have.

    origin: by the same ids, the record that each value comes from. merged: ids that would stand for another one from
    then on. created: ids that would be new.
    """

    golden: dict[str, dict[str, Any]]
    origin: dict[str, dict[str, str]]
    merged: dict[str, str]
    created: tuple[str, ...] = ()


@dataclass(frozen=True)
class Systems:
    """A source system with several records of the one person: they are to be merged there."""

    source: str
    records: tuple[str, ...]


@dataclass(frozen=True)
class Consents:
    """On a channel, what each entity has agreed to, and what would hold for the one person: the strictest."""

    channel: str
    now: dict[str, str]
    then: str


@dataclass(frozen=True)
class Full:
    """A case in full.

    golden: of each entity as it is. parts: the records of the two persons it may be about. sides: their records, of
    each part that of the pair which shows the case first. lines: the evidence of that pair, whose weights sum up to its
    log odds in bits.
    """

    row: Row[Any]
    entity_ids: tuple[str, ...]
    golden: dict[str, dict[str, Any]]
    parts: tuple[tuple[str, ...], tuple[str, ...]]
    sides: list[Side]
    pair: tuple[str, str]
    lines: list[Line]
    edges: list[Edge]
    shared: list[SharedValue]
    if_same: Outcome
    if_different: Outcome
    systems: list[Systems]
    consents: list[Consents]


def full(connection: Connection, frozen: Frozen, row: Row[Any]) -> Full:
    """All there is to say about an open case."""
    tenant = frozen.tenant
    between = Between.of(connection, tenant, row)
    rows = fetch(connection, tenant, "number", between.numbers)
    bench = Bench.on(connection, frozen, rows)
    keys = dict(between.people.select("number", "record_key").iter_rows())
    entities = past.entities(connection, tenant, sorted({row.one, row.other}))
    names = dict(zip(rows["number"].to_list(), rows["name"].to_list(), strict=True))
    left, right = (bench.row(number) for number in (row.left, row.right))
    one, other = between.sides
    # What the case holds already is not worked out once more: two entities apart, or one that stays.
    two = row.kind == Kind.BETWEEN
    made = _goldens(connection, frozen, rows, [between.numbers] if two else [one, other])
    same, different = (made, entities) if two else (entities, made)
    return Full(
        row,
        tuple(entity.entity_id for entity in entities),
        {entity.entity_id: values_of(entity) for entity in entities},
        (_keys(keys, one), _keys(keys, other)),
        _sides(rows, names, bench, _in_order(row, between.sides)),
        (keys[row.left], keys[row.right]),
        bench.weighing((left, right)).lines,
        _edges(between, keys, frozen.model.layout),
        _shared(connection, bench),
        _outcome(same, entities),
        _outcome(different, entities),
        _systems(between.people),
        _consents(entities, same[0]),
    )


def _keys(keys: dict[int, str], numbers: Rows) -> tuple[str, ...]:
    return tuple(keys[number] for number in numbers.tolist())


def _in_order(row: Row[Any], parts: tuple[Rows, Rows]) -> list[int]:
    """The records of the two parts, of each that of the pair which shows the case first, then as they arrived."""
    return [
        number
        for part in parts
        for number in sorted(part.tolist(), key=lambda one: (one not in (row.left, row.right), one))
    ]


def _sides(rows: pl.DataFrame, names: dict[int, str], bench: Bench, order: Sequence[int]) -> list[Side]:
    """The records in an order."""
    of = {
        row["number"]: row
        for row in rows.select("number", "source", "record_id", "content", "entity").iter_rows(named=True)
    }
    places = np.asarray([bench.row(number) for number in order])
    shown_levels = bench.levels(np.full(len(places), places[0]), places)
    told = []
    for number, levels in zip(order, shown_levels, strict=True):
        row = of[number]
        document = json.loads(row["content"])
        values = {field: shown(document, field) for field in bench.frozen.model.layout.fields}
        texts = {field: text for field, text in values.items() if text}
        key = f"{row['source']}:{row['record_id']}"
        told.append(Side(key, row["source"], names[row["entity"]], texts, levels, _offers(document)))
    return told


def _offers(content: Content) -> dict[str, tuple[str, ...]]:
    names = (*GOLDEN_FIELDS, *(name for name in content if name.startswith(OPEN_PREFIXES)))
    each = {name: tuple(dict.fromkeys(said(content, name))) for name in names}
    return {name: values for name, values in each.items() if values}


def _edges(between: Between, keys: dict[int, str], layout: Layout) -> list[Edge]:
    """The pairs that are not beyond doubt, the likeliest first."""
    pairs = between.pairs.sort("logit", "left", "right", descending=[True, False, False])
    levels = layout.shown(pairs["pattern"].to_numpy().view(np.uint64))
    chances = probabilities(pairs["logit"].to_numpy())
    worst = {between.row.left, between.row.right}
    return [
        Edge(
            keys[left],
            keys[right],
            float(chances[place]),
            levels[place],
            {left, right} == worst,
        )
        for place, (left, right) in enumerate(pairs.select("left", "right").iter_rows())
    ]


def _shared(connection: Connection, bench: Bench) -> list[SharedValue]:
    """The values seen with several persons, the commonest first."""
    found = []
    keys = bench.rows["record_key"].to_list()
    for name in shared_fields(bench.columns, bench.frozen):
        column = bench.columns[name]
        numbers = value_numbers(bench.columns, name, SHARED, bench.frozen)
        number = persons(connection, signed(numbers))
        rows, codes = column.held
        for code in np.flatnonzero((numbers > 0) & (number > 1)).tolist():
            holders = tuple(keys[row] for row in rows[codes == code].tolist())
            found.append(SharedValue(name, column.values[code], holders, int(number[code])))
    return sorted(found, key=lambda one: (-one.people, one.field, one.value))


def _goldens(connection: Connection, frozen: Frozen, rows: pl.DataFrame, parts: Sequence[Rows]) -> list[Entity]:
    """What each part of some records would be, were it an entity, named after the oldest record in it."""
    prepared = prepared_of(connection, frozen, rows, compared(rows))
    numbers, names = rows["number"].to_numpy(), rows["name"].to_list()
    entity = -np.ones(len(prepared.records), dtype=np.int64)
    oldest = {}
    for part in parts:
        places = np.flatnonzero(np.isin(numbers, part))
        entity[places] = places.min()
        oldest[int(places.min())] = names[int(places[numbers[places].argmin()])]
    golden = golden_of(prepared, entity, frozen)
    documents = map(json.loads, lines(golden.drop("founder")))
    return [
        Entity(oldest[founder], document, tuple(sorted(document["records"])))
        for founder, document in zip(golden["founder"], documents, strict=True)
    ]


def _outcome(then: list[Entity], now: list[Entity]) -> Outcome:
    """What becomes of the entities of now. Where one is gone, the first that there is then stands for it."""
    before, after = ([entity.entity_id for entity in each] for each in (now, then))
    return Outcome(
        {entity.entity_id: values_of(entity) for entity in then},
        {entity.entity_id: _origin(entity) for entity in then},
        {one: after[0] for one in before if one not in after},
        tuple(one for one in after if one not in before),
    )


def _origin(entity: Entity) -> dict[str, str]:
    return {name: key for name, key in entity.golden.get("provenance", {}).items() if key is not None}


def _systems(people: pl.DataFrame) -> list[Systems]:
    """The sources that have the one person several times."""
    of: dict[str, list[str]] = {}
    for source, key in zip(people["source"].to_list(), people["record_key"].to_list(), strict=True):
        of.setdefault(source, []).append(key)
    return [Systems(source, tuple(sorted(keys))) for source, keys in sorted(of.items()) if len(keys) > 1]


def _consents(now: list[Entity], then: Entity) -> list[Consents]:
    """What becomes of consent on each channel that anybody said anything about."""

    def states(entity: Entity) -> dict[str, str]:
        return {one["channel"]: one["state"] for one in entity.golden.get("consent", [])}

    each = {entity.entity_id: states(entity) for entity in now}
    return [
        Consents(channel, {one: said[channel] for one, said in each.items() if channel in said}, state)
        for channel, state in sorted(states(then).items())
    ]
