"""A small world for the tests of the store, and what a batch over the same records gives."""

import json
from dataclasses import replace
from functools import cache

import polars as pl

from benchmarks.generate import generate
from resolver import Reading
from resolver.contact import Contact, Email, Phone, frame_of
from resolver.judgement import told_frame
from resolver.model.frozen import Frozen
from resolver.paths.batch import resolve
from resolver.paths.freezing import freeze
from resolver.paths.judging import spoken
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.sources.inputs import read
from resolver.store.database import Database
from resolver.store.documents import lines
from resolver.store.migrate import upgrade
from resolver.store.rows import every
from resolver.store.tables import metadata
from rules.ruleset import Ruleset

CAP = 15
"""So many records may hold a key in this world: few enough for a switchboard of a small test to have more."""
SWITCHBOARD = "+1 312 555 0100"
KEY = pl.concat_str("source", "record_id", separator=":").alias("record_key")


@cache
def people():
    """RECORDS of some hundred contacts of five sources; some have an id of a further system, some of these bounce."""
    raw = generate(600, 7)
    found = read([raw.drop("truth_id")], Reading()).records
    truth = raw.select("source", "record_id", "truth_id")
    told = found.join(truth, on=["source", "record_id"], how="left", maintain_order="left")
    known, bounces = pl.col("truth_id").rank("dense") % 3 == 0, pl.col("record_id").rank("dense") % 11 == 0
    account = pl.concat_list(pl.struct(system=pl.lit("erp"), raw=pl.format("E-{}", "truth_id")))
    bounce = pl.struct(reason=pl.lit("mailbox full"))
    return told.with_columns(
        external_ids=pl.when(known).then(account),
        bounce_unattributed=pl.when(known & bounces).then(bounce),
        emails=pl.when(~(known & bounces)).then("emails"),
        deleted=pl.lit(None, dtype=pl.Boolean),
    ).drop("truth_id", "file", "line")


@cache
def trained(clean: tuple[str, ...] = ()) -> Frozen:
    """A model of these people, with small caps; trained once."""
    frozen = freeze(people(), Ruleset.default(), Options(clean=clean), "")
    caps = {name: min(cap, CAP) for name, cap in frozen.reference.caps.items()}
    return replace(frozen, reference=replace(frozen.reference, caps=caps))


def on_switchboard(records):
    """The same people as seen on one number that they all share."""
    number = pl.concat_list(pl.struct(raw=pl.lit(SWITCHBOARD), kind=pl.lit(None, pl.String)))
    return records.with_columns(phones=number.cast(records.schema["phones"], strict=False))


def named(records, keys):
    """The same contents under other keys (source, record_id)."""
    sources, ids = zip(*keys, strict=True)
    return records.with_columns(
        pl.Series("source", sources, dtype=pl.String), pl.Series("record_id", ids, dtype=pl.String)
    ).with_columns(KEY)


def contact(record_id, given, family, email=None, phone=None, **more):
    return Contact(
        source=more.pop("source", "crm"),
        record_id=record_id,
        given_name=given,
        family_name=family,
        emails=[Email(raw=email)] if email else [],
        phones=[Phone(raw=phone)] if phone else [],
        **more,
    )


ANN = contact("1", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188")
ANNA = contact("2", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188", source="web")
BOB = contact("3", "Bob", "Fox", "bob@fox.org")
CYD = contact("4", "Cyd", "Kahn", "ck@zed.net")
"""Ann twice, and two others."""


def key(person):
    return person.source, person.record_id


def gone(person):
    return person.model_copy(update={"deleted": True})


def id_of(resolver, person):
    (found,) = [entity for entity in resolver.entities() if person.record_key in entity.records]
    return found.entity_id


def frame(*contacts):
    """RECORDS of some contacts."""
    return frame_of(list(contacts)).with_columns(KEY)


def fresh(url, frozen=None, tenant=""):
    """A resolver with a model on a new store."""
    resolver = Resolver(Database(str(url)), tenant)
    upgrade(resolver.database)
    if frozen is not None:
        resolver.use(replace(frozen, tenant=tenant))
    return resolver


def dump(resolver, at=None):
    """The entities in a form that can be compared: id -> records and golden record, without the numbers of acts."""
    return {entity.entity_id: (entity.records, _plain(entity.golden)) for entity in resolver.entities(at)}


def _plain(golden):
    return {**golden, "pinned": sorted(golden["pinned"])} if "pinned" in golden else golden


def groups(resolver):
    """The records of each entity."""
    return sorted(list(entity.records) for entity in resolver.entities())


def batch_of(resolver, records):
    """What one batch over RECORDS gives, by the store's model and what people said: records -> golden record."""
    with resolver.database.reading() as connection:
        frozen, said = resolver.frozen(connection), spoken(connection, resolver.tenant)
    options = Options(
        clean=tuple(source for source in frozen.clean if source in records["source"]),
        models={"": frozen.model},
        references={"": frozen.reference},
        judgements=told_frame(said),
    )
    golden = resolve(records.drop("tenant", strict=False), frozen.rules, options).golden
    told = map(json.loads, lines(golden.drop("entity_id")))
    return {tuple(sorted(one["records"])): one for one in told}


def differences(resolver, records):
    """Where the store is not what a batch over RECORDS is: partition and golden records, but for what is pinned."""
    batch = batch_of(resolver, records)
    held = {entity.records: entity.golden for entity in resolver.entities()}
    found = [("only in the batch", group) for group in batch.keys() - held.keys()]
    found += [("only in the store", group) for group in held.keys() - batch.keys()]
    for group in batch.keys() & held.keys():
        chosen = {"pinned", *held[group].get("pinned", {})}
        one, other = ({k: v for k, v in golden.items() if k not in chosen} for golden in (batch[group], held[group]))
        if one != other:
            found.append((one, other))
    return found


def text_of(resolver):
    """All that the tables hold, as text."""
    with resolver.database.reading() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(table.select()).all()]
    return "\n".join(repr(tuple(row)) for row in rows)


def rows_of(resolver):
    """By what each live record is compared and found, which depends on the record alone."""
    with resolver.database.reading() as connection:
        rows = every(connection, resolver.tenant, ("source", "record_id", "excluded", "normalised", "keys", "values"))
    return {row[:2]: row[3:] for row in rows.iter_rows() if row[2] is None}


def counts_of(resolver):
    """How many rows each table has."""
    with resolver.database.reading() as connection:
        return {
            table.name: len(connection.execute(table.select()).all())
            for table in metadata.sorted_tables
            if table.name not in ("commits", "settings")
        }
