"""Arrive: contacts -> the rows of a store, prepared by the same steps as in a batch."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from resolver.columns import META, Normalised, Rows, column_of_lists, encode_all
from resolver.frames import RECORD_KEY, in_order
from resolver.ids import mint
from resolver.model.frozen import Frozen
from resolver.paths.outcome import IDENTIFYING
from resolver.steps.compare import compared_columns
from resolver.steps.footprint import BOUNCED, IDENTITY, Footprints, is_known_for, known_for, value_numbers
from resolver.steps.keys import NO_KEYS
from resolver.steps.prepare import Prepared, exclusions, prepare, with_points
from resolver.steps.single import single
from resolver.store.database import among, bound
from resolver.store.documents import lines
from resolver.store.lookups import pairs, signed
from resolver.store.rows import BESIDE, ROW, compared, contacts, fetch, packed, unpacked, written
from resolver.store.tables import holders, records
from rules.registry import FIELDS
from rules.values.distinct import FEW

DELETED = "deleted"
_ASIDE = pl.lit(value=True).alias(DELETED)


def prepared_of(connection: Connection, frozen: Frozen, rows: pl.DataFrame, known: Normalised) -> Prepared:
    """Rows of the store, prepared; behind them, set aside as deleted, those that say that one of them bounces.

    known: what is compared of them.
    """
    ids = value_numbers(known.fields, "identifier", BOUNCED, frozen) if "identifier" in known.fields else NO_KEYS
    _, told = pairs(connection, holders, signed(ids[ids > 0]))
    more = fetch(connection, frozen.tenant, "number", np.setdiff1d(told, rows["number"].to_numpy()))
    if not len(more):
        return with_points(contacts(rows), known)
    records = pl.concat([contacts(rows), contacts(more).with_columns(_ASIDE)], how="diagonal_relaxed")
    return with_points(records, compared(pl.concat([rows, more])))


def _beside_bounces(connection: Connection, frozen: Frozen, found: pl.DataFrame, numbers: pl.Series) -> Prepared:
    prepared = prepare(found, frozen.model.layout.levels)
    columns = encode_all(prepared.normalised, ["identifier"])
    if not columns:
        return prepared
    ids = value_numbers(columns, "identifier", BOUNCED, frozen)
    _, told = pairs(connection, holders, signed(ids[ids > 0]))
    more = np.setdiff1d(told, numbers.drop_nulls().to_numpy())
    if not len(more):
        return prepared
    beside = contacts(fetch(connection, frozen.tenant, "number", more)).with_columns(_ASIDE)
    return prepare(pl.concat([found, beside], how="diagonal_relaxed"), frozen.model.layout.levels)


def bounces(records: pl.DataFrame) -> NDArray[np.bool_]:
    """Which records say that their person's mail bounces, but have no address."""
    if "bounce_unattributed" not in records.columns:
        return np.zeros(len(records), dtype=np.bool_)
    told = pl.col("bounce_unattributed").is_not_null()
    if "emails" in records.columns:
        told &= pl.col("emails").list.len().fill_null(0) == 0
    return records.select(told).to_series().to_numpy()


def content_of(found: pl.DataFrame) -> pl.DataFrame:
    """What each contact says: `content`, a line of JSON, and its `mark`."""
    content = lines(found.drop(*BESIDE, "source", "record_id", strict=False))
    return pl.DataFrame([content.alias("content"), _marks(content)])


def rows_of(
    connection: Connection, frozen: Frozen, found: pl.DataFrame, content: pl.DataFrame, known: pl.DataFrame
) -> pl.DataFrame:
    """ROW of some contacts, without `number`, `reach` and `entity` where they are new.

    found: RECORDS, in the order of their content; content: see `content_of`. known: number, source, record_id, name,
    reach, entity of those that the store has.
    """
    numbered = found.select("source", "record_id").join(
        known, on=["source", "record_id"], how="left", maintain_order="left"
    )
    if len(found) < FEW:
        normalised = _one_by_one(connection, frozen, found, (content["content"], numbered["number"]))
    else:
        prepared = _beside_bounces(connection, frozen, found, numbered["number"])
        normalised = prepared.normalised.taken(np.arange(len(found)))
    told = [normalised[name] for name in IDENTIFYING if name in normalised.columns]
    names = _names(connection, frozen, pl.DataFrame([found["record_id"], *told]), numbered["name"])
    return _rows(frozen, found, (content, normalised), numbered.with_columns(names.alias("name")))


def made_anew(connection: Connection, frozen: Frozen, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the store as they are by this model and these rules."""
    found = in_order(contacts(rows))
    return rows_of(connection, frozen, found, content_of(found), rows)


def _one_by_one(
    connection: Connection, frozen: Frozen, found: pl.DataFrame, rows: tuple[pl.Series, pl.Series]
) -> Normalised:
    """What is compared of a few contacts. rows: the content of each, and its number where the store has it."""
    known, (content, numbers) = frozen.model.layout.levels, rows
    told = [json.loads(line) for line in content.to_list()]
    values = [single(said, known) for said in told]
    silent = {
        name
        for said, held in zip(told, values, strict=True)
        if "bounce_unattributed" in said and "emails" not in said
        for name in held.get("identifier", ())
    }
    ids = {name for held in values for name in held.get("identifier", ())}
    silent |= bouncing(connection, frozen, sorted(ids), numbers)
    for place, said in enumerate(told):
        if not silent.isdisjoint(values[place].get("identifier", ())):
            values[place] = single(said, known, bounces=True)
    names = {name for each in values for name in each}
    ordered = [*(name for name in FIELDS if name in names), *sorted(names - FIELDS.keys())]
    fields = {name: column_of_lists([each.get(name) for each in values]) for name in ordered}
    meta = found.with_columns(RECORD_KEY, exclusions(found))
    return Normalised({name: meta[name] for name in META if name in meta.columns}, fields)


def bouncing(connection: Connection, frozen: Frozen, ids: Sequence[str], numbers: pl.Series) -> set[str]:
    """Those of some ids of which a record of the store, but for those of these numbers, says that mail bounces."""
    if not ids:
        return set()
    column = column_of_lists([ids])
    told = value_numbers({"identifier": column}, "identifier", BOUNCED, frozen)
    found, holding = pairs(connection, holders, signed(told[told > 0]))
    others = found[~np.isin(holding, numbers.drop_nulls().to_numpy())]
    return {name for name, number in zip(column.listed, signed(told), strict=True) if name and number in others}


def _rows(
    frozen: Frozen, found: pl.DataFrame, made: tuple[pl.DataFrame, Normalised], known: pl.DataFrame
) -> pl.DataFrame:
    """made: what each says, and what is compared. known: number, name, reach and entity of each."""
    content, normalised = made
    live = normalised["excluded"].is_null().to_numpy()
    footprints = Footprints.of(compared_columns(normalised, frozen.ruleset), live, bounces(found), frozen)
    return pl.DataFrame(
        {
            "number": known["number"],
            "source": found["source"],
            "record_id": found["record_id"],
            "name": known["name"],
            "content": content["content"],
            "mark": content["mark"],
            "normalised": written(normalised),
            "excluded": normalised["excluded"],
            "keys": packed(footprints.keys, len(found)),
            "values": packed(footprints.values, len(found)),
            "person": footprints.person,
            "met": live,
            "reach": known["reach"],
            "entity": known["entity"],
        },
        schema=ROW,
    )


def _marks(content: pl.Series) -> pl.Series:
    """A hash of each record's content, by which a record that did not change is known."""
    digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in content)
    return pl.Series("mark", [int.from_bytes(digest, "little", signed=True) for digest in digests], dtype=pl.Int64)


def _names(connection: Connection, frozen: Frozen, content: pl.DataFrame, known: pl.Series) -> pl.Series:
    """The ids of entities named after records: the known ones, and for new records new ones that nobody has."""
    new = known.is_null()
    if not new.any():
        return known
    told = content.filter(new)
    minted, turn = mint(told).to_list(), 0
    query = select(records.c.name).where(records.c.tenant == frozen.tenant, among(records.c.name, "names", connection))
    while taken := {*connection.execute(query, {"names": bound(minted, connection)}).scalars()}:
        turn += 1
        others = mint(told.with_columns(turn=pl.lit(str(turn)))).to_list()
        minted = [other if name in taken else name for name, other in zip(minted, others, strict=True)]
    coming = iter(minted)
    return pl.Series("name", [next(coming) if name is None else name for name in known.to_list()], dtype=pl.String)


def bounced_ids(rows: pl.DataFrame) -> Rows:
    """The ids of which records say that their person's mail bounces, as the numbers of who has the id."""
    _, values = unpacked(rows["values"])
    return signed(known_for(values[is_known_for(values, BOUNCED)], IDENTITY))
