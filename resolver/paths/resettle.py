"""Resettle: after some records changed, all that may depend on them is worked out anew, and nothing else.

What a record is joined with depends on its own values, on those of the records it meets, on how many others hold its
keys, and with how many persons its values are seen. So besides the records that changed, those count whose key became
too common or is no longer, and those whose value is now shared or is no longer. All pairs of these are compared again,
and the regions that they are in, or are now connected with, are resolved again (`paths.region`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from resolver.columns import Normalised, Rows, combine, distinct, pairs_once
from resolver.model.frozen import Frozen
from resolver.paths.arrive import prepared_of
from resolver.paths.doubts import Settled, keep_cases
from resolver.paths.footing import Held, crowded, exchange, lay
from resolver.paths.linkage import joins_above
from resolver.paths.reading import part_of, scored_of
from resolver.paths.region import Region, Whole, are_few, golden_of, index_of
from resolver.paths.whole import NOBODY, Stored, Told
from resolver.result import Scored
from resolver.steps.block import ends, packed
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.footprint import CONTENT, is_known_for, most_meeting
from resolver.steps.score import score, show
from resolver.steps.weigh import DOUBT
from resolver.store import scores
from resolver.store.acts import named_by, pinned, said
from resolver.store.documents import lines, that_tell
from resolver.store.journal import NONE, Event, events, move, renew, tell
from resolver.store.lookups import pairs, signed
from resolver.store.rows import amend, compared, every, fetch, unpacked
from resolver.store.scores import Pairs
from resolver.store.tables import holders, keys
from rules.values.arrays import among
from rules.values.hashes import Hashes


@dataclass(frozen=True)
class Writing:
    """One commit of one tenant's store."""

    connection: Connection
    frozen: Frozen
    commit: int


def resettle(writing: Writing, before: pl.DataFrame, after: pl.DataFrame) -> list[Event]:
    """Takes over the new rows of some records, and resolves what depends on them.

    before, after: rows as `store.rows.ROW`; of records that are new only `after`. The store's own rows are the new ones
    already, but for `met`.
    """
    connection, tenant = writing.connection, writing.frozen.tenant
    if not len(after):
        return []
    # who is named beside a record that comes or goes may stand for others, or no longer
    beside = named_by(said(connection, after["number"].to_numpy()))
    more = fetch(connection, tenant, "number", np.setdiff1d(beside, after["number"].to_numpy()))
    rows, standing, counted = exchange(connection, pl.concat([before, more]), pl.concat([after, more]), writing.frozen)
    amend(connection, rows["number"].to_numpy(), {"met": rows["met"].to_list()})
    touched = fetch(connection, tenant, "number", distinct(np.concatenate((rows["number"].to_numpy(), standing))))
    whole = Stored.beside(connection, counted.number, counted.now, most_meeting(writing.frozen) + 1)
    near = [_joining(writing, touched, whole), _saying_the_same(writing, touched)]
    seeds = fetch(connection, tenant, "number", distinct(np.concatenate(near)), ("reach",))
    reaches = distinct(np.concatenate((seeds["reach"].to_numpy(), touched["reach"].to_numpy())))
    region = fetch(connection, tenant, "reach", reaches)
    return _resolved(writing, region, whole, touched["number"].to_numpy())


def settle_again(writing: Writing, numbers: Rows, pinned: Rows) -> list[Event]:
    """Resolves once more what depends on some records that are as they were, but of which people said something else.

    They meet whom they met, and alike as before, unless one of them stands for many that say the same, or no longer.
    pinned: records with which golden values are kept, or were; other golden records are another only if records moved.
    """
    rows = fetch(writing.connection, writing.frozen.tenant, "number", numbers)
    if len(crowded(writing.connection, rows)):
        return resettle(writing, rows, rows)
    region = fetch(writing.connection, writing.frozen.tenant, "reach", distinct(rows["reach"].to_numpy()))
    return _resolved(writing, region, Stored(writing.connection), distinct(np.concatenate((numbers, pinned))), pinned)


def settle_all(writing: Writing, after: pl.DataFrame) -> list[Event]:
    """Resolves all records there are, whose keys and values are not in the tables yet. after: their rows."""
    connection = writing.connection
    rows, held = lay(connection, after, writing.frozen)
    alone = rows.filter(met=False)
    amend(connection, alone["number"].to_numpy(), {"met": alone["met"].to_list()})
    if not len(rows):
        return []
    whole = Told(held)
    found = work_out(connection, writing.frozen, rows, whole)
    scores.forget(connection, rows["number"].to_numpy())
    _keep(connection, rows["number"].to_numpy(), found.settled.scored)
    return _take_effect(writing, found, whole)


def settle_alike(writing: Writing) -> list[Event]:
    """Resolves all records there are by other thresholds: they hold what they held, and are as much alike."""
    rows = every(writing.connection, writing.frozen.tenant)
    return _resolved(writing, rows, Told(Held.of(rows)), pinned=NOBODY)


def _saying_the_same(writing: Writing, touched: pl.DataFrame) -> Rows:
    """Records that say the same as any of the touched ones: one of them may stand for all."""
    _, values = unpacked(touched["values"])
    return pairs(writing.connection, holders, signed(values[is_known_for(values, CONTENT)]))[1]


def _joining(writing: Writing, touched: pl.DataFrame, whole: Stored) -> Rows:
    """Compares the touched records with all that they meet. Returns the records that evidence for joining connects."""
    connection, numbers = writing.connection, touched["number"].to_numpy()
    scores.forget(connection, numbers)
    one, other = meeting(touched, writing.frozen, whole)
    if not len(one):
        return one
    rows = fetch(
        connection,
        writing.frozen.tenant,
        "number",
        distinct(np.concatenate((one, other))),
        ("number", "record_id", "source", "normalised"),
    )
    scored = weighed(rows, (one, other), writing.frozen, whole)
    _keep(connection, rows["number"].to_numpy(), scored)
    joins = scored.logits > joins_above(writing.frozen.ruleset.thresholds)
    found = np.concatenate((scored.left[joins], scored.right[joins]))
    return np.asarray(rows["number"].to_numpy()[found])


def meeting(touched: pl.DataFrame, frozen: Frozen, whole: Stored) -> tuple[Rows, Rows]:
    """The distinct pairs of a touched record and one that shares a key which is not too common, by their numbers.

    touched: rows, ROW, stored or not.
    """
    met = touched.filter("met")
    places, held = unpacked(met["keys"])
    few = are_few(held, frozen, whole)
    mine, numbers = signed(held[few]), met["number"].to_numpy()[places[few]]
    key, record = pairs(whole.connection, keys, mine)
    _, one, other = combine((mine, numbers), (key, record))
    left, right = np.minimum(one, other)[one != other], np.maximum(one, other)[one != other]
    return pairs_once(left, right)


def met_by_each(several: Sequence[Hashes], frozen: Frozen, whole: Stored) -> list[Rows]:
    """For each of several sets of keys the records that have one of them which is not too common, by their numbers."""
    held = distinct(np.concatenate([np.zeros(0, dtype=np.uint64), *several]))
    few = signed(held[are_few(held, frozen, whole)])
    key, record = pairs(whole.connection, keys, few)
    return [distinct(record[among(key, np.sort(signed(mine)))]) for mine in several]


def weighed(rows: pl.DataFrame, numbers: tuple[Rows, Rows], frozen: Frozen, whole: Whole) -> Scored:
    """Pairs of records, given by number, compared and scored as rows in the order of their content, left < right."""
    columns = compared_columns(compared(rows), frozen.ruleset)
    index = index_of(columns, frozen, whole)
    comparer = Comparer.of(columns, frozen.model.layout, index, frozen.ruleset)
    by_number = np.argsort(rows["number"].to_numpy())
    one, other = (by_number[np.searchsorted(rows["number"].to_numpy()[by_number], side)] for side in numbers)
    left, right = ends(np.sort(packed(np.minimum(one, other), np.maximum(one, other))))
    sides = frozen.sides(rows["source"])
    if sides is not None:
        apart = sides[left] != sides[right]
        left, right = left[apart], right[apart]
    shown = show(comparer, columns, left, right)
    return Scored(left, right, shown.patterns, score(frozen.model, shown), frozen.model.layout)


def _keep(connection: Connection, numbers: Rows, scored: Scored) -> None:
    """Writes down the pairs that are not beyond doubt. numbers: of each row."""
    pairs = Pairs(numbers[scored.left], numbers[scored.right], scored.patterns, scored.logits)
    scores.keep(connection, pairs.where(scored.logits > DOUBT))


@dataclass(frozen=True)
class Worked:
    """What becomes of the records of whole regions.

    settled: their rows, entities and scored pairs. before: the number of the entity that each is of so far. reach: the
    smallest number of those that evidence connects it with. touched: of whose entity anything may be another.
    documents: the golden record of each entity that may have another one.
    """

    settled: Settled
    before: Rows
    reach: Rows
    touched: NDArray[np.bool_]
    documents: dict[int, str]


def work_out(
    connection: Connection,
    frozen: Frozen,
    rows: pl.DataFrame,
    whole: Whole,
    new: Rows | None = None,
    pinned: Rows | None = None,
) -> Worked:
    """Resolves the records of whole regions; nothing is written.

    rows: ROW, in their order. new: records of which something else is known; None for any of them. pinned: those of
    them with which golden values are kept, or were, where all else that they say is what they said.
    """
    numbers = rows["number"].to_numpy()
    # What is stored of a few regions holds now; of all records together nothing is stored yet, or nothing that holds.
    known = None
    if not isinstance(whole, Told):
        known = scored_of(numbers, scores.within(connection, numbers), frozen)
    part = part_of(connection, rows, known)
    region = Region.of(part, frozen, whole)
    live = rows["excluded"].is_null().to_numpy()
    entity = np.where(live, _oldest(region.entity, numbers), NONE)
    reach = np.where(live, _oldest(region.reach, numbers), numbers)
    before = rows["entity"].fill_null(NONE).to_numpy()
    touched = _of_one_entity(rows, entity, new)
    renewed = touched
    if pinned is not None:
        consent = that_tell(rows["content"], "consent").to_numpy()
        renewed = touched & np.isin(entity, entity[consent | _of_one_entity(rows, entity, pinned)])
    golden = _golden(connection, frozen, (rows, part.normalised), region.entity, live & renewed)
    documents = _documents(connection, golden, numbers, entity)
    return Worked(Settled(rows, entity, region.scored, golden), before, reach, touched, documents)


def _resolved(
    writing: Writing, rows: pl.DataFrame, whole: Whole, new: Rows | None = None, pinned: Rows | None = None
) -> list[Event]:
    """Resolves the records of whole regions as `work_out` does, and writes down what became of them."""
    if not len(rows):
        return []
    return _take_effect(writing, work_out(writing.connection, writing.frozen, rows, whole, new, pinned), whole)


def _take_effect(writing: Writing, found: Worked, whole: Whole) -> list[Event]:
    """Writes down what became of records."""
    connection, frozen = writing.connection, writing.frozen
    rows, settled, before = found.settled.rows, found.settled, found.before
    numbers = rows["number"].to_numpy()
    changed = (settled.entity != before) | (found.reach != rows["reach"].to_numpy())
    told = {
        "entity": [number or None for number in settled.entity[changed].tolist()],
        "reach": found.reach[changed].tolist(),
    }
    amend(connection, numbers[changed], told)
    move(connection, writing.commit, numbers, before, settled.entity)
    gone = np.setdiff1d(before[before > NONE], settled.entity)
    happened = events(before, settled.entity, renew(connection, writing.commit, gone, found.documents))
    tell(connection, writing.commit, frozen.tenant, happened)
    keep_cases(connection, frozen, writing.commit, settled.where(found.touched), whole)
    return happened


def _oldest(group: Rows, numbers: Rows) -> Rows:
    """For each row the smallest number in its group. group: a row that is the same for all of a group."""
    smallest = np.full(int(group.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, group, numbers)
    return np.asarray(smallest[group])


def _of_one_entity(rows: pl.DataFrame, entity: Rows, new: Rows | None) -> NDArray[np.bool_]:
    """Which records are of an entity, or were, with one that moved or is among the `new` ones; all where any may be.

    entity: of each row.
    """
    if new is None:
        return np.ones(len(rows), dtype=np.bool_)
    was = rows["entity"].fill_null(NONE).to_numpy()
    told = (entity != was) | np.isin(rows["number"].to_numpy(), new)
    told |= np.isin(was, was[told])
    return np.asarray(np.isin(entity, entity[told]))


def _golden(
    connection: Connection,
    frozen: Frozen,
    held: tuple[pl.DataFrame, Normalised],
    entity: Rows,
    wanted: NDArray[np.bool_],
) -> pl.DataFrame:
    """GOLDEN with `founder` of some entities.

    held: rows, and what is compared of them. entity: for each row the first row of its entity. wanted: whole ones.
    """
    places = np.flatnonzero(wanted)
    if not len(places):
        return pl.DataFrame(schema={"founder": pl.Int64})
    rows, normalised = held if wanted.all() else (held[0][places], held[1].taken(places))
    prepared = prepared_of(connection, frozen, rows, normalised)
    own = -np.ones(len(prepared.records), dtype=np.int64)
    own[: len(places)] = np.searchsorted(places, entity[places])
    golden = golden_of(prepared, own, frozen)
    return golden.with_columns(founder=places[golden["founder"].to_numpy()])


def _documents(connection: Connection, golden: pl.DataFrame, numbers: Rows, entity: Rows) -> dict[int, str]:
    """The golden record of each entity, with what people pinned."""
    owners = entity[golden["founder"].to_numpy()].tolist()
    made = dict(zip(owners, lines(golden.drop("founder")).to_list(), strict=True))
    of = dict(zip(numbers.tolist(), entity.tolist(), strict=True))
    for record, field, value, act in pinned(connection, numbers).iter_rows():
        if value is not None and of[record] in made:
            document = json.loads(made[of[record]])
            document[field] = json.loads(value)
            document["pinned"] = {**document.get("pinned", {}), field: act}
            made[of[record]] = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return made
