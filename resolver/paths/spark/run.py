"""The recipe on Spark: the steps of `paths.batch`, with Spark between them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from importlib.metadata import version
from operator import add
from typing import Any

import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.errors import NothingUsableError, UsageError
from resolver.expect import Expected
from resolver.judgement import Judgements, settle
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.paths.batch import Watch, facts_of_run
from resolver.paths.frozen import misfits, models_for
from resolver.paths.linkage import together
from resolver.paths.options import Options
from resolver.paths.outcome import counts
from resolver.paths.spark.account import Accounted, Whose, accounted, coupled, keyed_pairs, tallied
from resolver.paths.spark.arrow import Schema, col, each, home
from resolver.paths.spark.contacts import Fields, fields_of, frame_schema, marked, normalised, numbered, split
from resolver.paths.spark.golden import consents, merged, named
from resolver.paths.spark.grouping import Judged, entities
from resolver.paths.spark.hanging import ROOT
from resolver.paths.spark.measure import Whole, counted, held_by, measured, with_compared
from resolver.paths.spark.meet import Met, met, pairs
from resolver.paths.spark.parcels import Pairs
from resolver.paths.spark.result import SparkResult
from resolver.paths.spark.telling import most_shared, suppressed
from resolver.paths.spark.training import Lessons, drawn, trained, untrained, worthwhile
from resolver.paths.spark.weighing import Compared, compared, scored
from resolver.paths.spark.work import Scale, Work, configured
from resolver.result import NO_TENANT, as_dicts
from resolver.steps.block import Family
from resolver.steps.prepare import exclusions
from rules.ruleset import Ruleset

STAGES = "stages"
FRAMES = ("clusters", "golden", "pairs", "review", "records", "normalised")
ORDER = ("record_id", "source")
UNTOLD = ("kind", "left", "right")
"""Columns that put the cases in order."""


@dataclass(frozen=True)
class _Resolved:
    """One tenant's frames, without a number on the review's cases, and what is known of them."""

    frames: Mapping[str, DataFrame]
    run: dict[str, Any]
    model: Model
    expected: Expected


@dataclass(frozen=True)
class _Known:
    """One tenant's records before any two of them meet."""

    records: DataFrame
    schema: Schema
    normalised: DataFrame
    fields: Fields
    judged: Judged


def dedupe(
    records: DataFrame,
    out: str,
    rules: Ruleset | None = None,
    options: Options | None = None,
    *,
    scale: Scale | None = None,
    watch: Watch | None = None,
) -> SparkResult:
    """Resolves contacts into entities with golden records, and writes the result files as folders of Parquet.

    records: a Spark frame with columns of RECORDS: `record_id`, `source` and what else there is (see
    `resolver.contact`). out: a folder to which Spark can write; the stages of the run are saved in it under `stages`,
    and a run that broke goes on from them.
    """
    rules, options, watch = rules or Ruleset.default(), options or Options(), watch or Watch()
    session, scale = records.sparkSession, scale or Scale()
    if options.target_precision is not None:
        raise UsageError("a target precision is not reached for on Spark; fix the threshold `match` in the rules")
    with configured(session, scale):
        records = _with_keys(records)
        work = Work.begun(session, f"{out}/{STAGES}", _fingerprint(records, rules, options), scale, watch)
        tenants = _tenants(work, records)
        options.check(pl.Series(work.note("sources", lambda: {"names": _distinct(records, "source")})["names"]))
        models = models_for(options.models, tenants, rules)
        judged = _judged(records, options)
        told = replace(options, models=models, judgements=judged.used)
        each_of = {
            name: _resolve_tenant(work.of(f"tenant_{place}"), _of(records, name, tenants), rules, told.of_tenant(name))
            for place, name in enumerate(tenants)
        }
        return _written(work, out, each_of, judged, rules)


def _with_keys(records: DataFrame) -> DataFrame:
    missing = {"record_id", "source"} - set(records.columns)
    if missing:
        raise UsageError(f"the contacts have no column {', '.join(sorted(missing))}")
    if "record_key" in records.columns:
        return records
    return records.withColumn("record_key", sf.concat_ws(":", "source", "record_id"))


def _fingerprint(records: DataFrame, rules: Ruleset, options: Options) -> str:
    """Names all that a run depends on; the records by the sum of the hashes of their rows, whatever their order."""
    row = sf.xxhash64(*map(col, sorted(records.columns))).cast("decimal(38,0)")
    found = home(records.agg(sf.count("*").alias("rows"), sf.sum(row).cast("string").alias("hash"))).row(0)
    if not found[0]:
        raise NothingUsableError("there is not one record to resolve")
    models = {tenant: model.fingerprint for tenant, model in options.models.items()}
    references = {tenant: reference.as_json() for tenant, reference in options.references.items()}
    told = options.judgements.write_json()
    parts = (version("contact-resolver"), rules.fingerprint, models, references, list(options.clean), told)
    return hashlib.blake2b(json.dumps((found, sorted(records.columns), parts)).encode(), digest_size=8).hexdigest()


def _tenants(work: Work, records: DataFrame) -> list[str]:
    """The names of the tenants; NO_TENANT for records without one."""
    if "tenant" not in records.columns:
        return [NO_TENANT]
    found = work.note("tenants", lambda: {"names": _distinct(records, "tenant")})["names"]
    return sorted(name or NO_TENANT for name in found)


def _distinct(records: DataFrame, name: str) -> list[str]:
    return home(records.select(name).distinct())[name].to_list()


def _of(records: DataFrame, tenant: str, tenants: list[str]) -> DataFrame:
    if len(tenants) == 1:
        return records
    return records.filter(sf.coalesce(sf.col("tenant"), sf.lit(NO_TENANT)) == tenant)


def _judged(records: DataFrame, options: Options) -> Judgements:
    """What people said, of the records they named: few enough for the driver."""
    told = options.judgements
    if not len(told):
        return Judgements(told)
    names = pl.concat([told["left_key"], told["right_key"]]).unique().sort().to_list()
    meant = records.filter(sf.col("record_key").isin(names) | sf.col("record_id").isin(names))
    kept = [name for name in ("record_key", "record_id", "tenant", "deleted") if name in records.columns]
    found = home(meant.select(*kept))
    return settle(told, found.with_columns(exclusions(found)))


def _resolve_tenant(work: Work, found: DataFrame, rules: Ruleset, options: Options) -> _Resolved:
    """The recipe of a batch: who is who, then what their records say together, and what a steward should see of it."""
    known = _known(work, found, rules, options)
    frozen, whole, made, weighed = _found(work, known, rules, options)
    members, sizes = _members(work, known, whole, weighed, Compared(known.fields.compared, frozen))
    judged = _with_entities(known.judged.frame, members)
    tally, whose = tallied(work, weighed.found), Whose(members, sizes, judged)
    couples = coupled(work, weighed, whose, frozen, tally)
    account = accounted(work, couples, whose, frozen, tally, weighed.buckets)
    owners = _owners(work, known, members)
    records, excluded = work.note("records", lambda: _sizes(known.normalised)).values()
    contacts = marked(work, known.records, known.schema)
    owned = contacts.join(owners.filter(sf.col("excluded").isNull()).select(ROW, "entity", "entity_id"), ROW)
    buckets = work.buckets(records - excluded)
    golden = merged(work, owned.repartition(buckets, "entity"), known.schema, known.fields, frozen.ruleset)
    told = {
        **counts(frozen.model.layout, (records, records - excluded), made, tally, frozen.ruleset),
        "model": frozen.model.fingerprint,
        "model_warnings": misfits(frozen.model, known.fields.compared, records - excluded) if options.models else [],
        "shared_values": most_shared(whole, known.normalised, known.fields, frozen),
        "suppress": suppressed(contacts, known.normalised, known.fields, frozen),
        "entities": golden.count(),
        "thresholds": account.thresholds,
        "estimates": account.expected.as_dict(),
    }
    frames = _frames(known, owners, account, golden, frozen.model.layout.fields)
    return _Resolved(frames, told, frozen.model, account.expected)


def _known(work: Work, contacts: DataFrame, rules: Ruleset, options: Options) -> _Known:
    """Prepare: numbers and normalises the records."""
    records = numbered(work, "contacts", contacts, *(sf.col(name) for name in ORDER))
    schema = frame_schema(records)
    levels = options.models[NO_TENANT].layout.levels if options.references else ()
    fields = fields_of(work, records, levels)
    marks = marked(work, records, schema)
    normal = work.stage("normalised", lambda: each(marks, partial(normalised, fields=fields), fields.schema))
    judged = options.judgements.select("left_key", "right_key", "verdict")
    keys = pl.concat([judged["left_key"], judged["right_key"]]).unique().sort().to_list()
    rows = home(records.filter(sf.col("record_key").isin(keys)).select("record_key", ROW)) if keys else None
    return _Known(records, schema, normal, with_compared(work, normal, fields, rules), Judged.of_keys(judged, rows))


def _found(work: Work, known: _Known, rules: Ruleset, options: Options) -> tuple[Frozen, Whole, list[Family], Pairs]:
    """Block, train, compare: what the records are judged by, the families of keys that made pairs, and SCORED."""
    fields, given, reference = known.fields, options.models.get(NO_TENANT), options.references.get(NO_TENANT)
    frozen = untrained(NO_TENANT, rules, fields, options.clean)
    if given is not None and reference is not None:
        frozen = Frozen(NO_TENANT, rules, given, reference, options.clean)
    blocking = rules.blocking if reference is None else frozen.ruleset.blocking
    whole = measured(work, known.normalised, fields, frozen, known.judged.rows)
    number = whole.number
    found = met(work, whole.prints, blocking, [*frozen.ruleset.blocking.families], number)
    if reference is not None:
        made = found.families
        return frozen, whole, made, _weighed(work, found, made, whole, Compared(fields.compared, frozen))
    held = held_by(work, known.normalised, whole, fields, rules)
    counts = counted(work, held, fields, rules, number)
    frozen = replace(frozen, reference=Reference(number, counts, frozen.reference.caps), model=given or frozen.model)
    by = Compared(fields.compared, frozen)
    records = work.note("records", lambda: _sizes(known.normalised))["records"]
    lessons = Lessons(*drawn(work, found, whole, by, records), held)
    if given is None:
        frozen = replace(frozen, model=trained(work, lessons, whole, by, number))
    made, by = worthwhile(lessons, found, frozen), Compared(fields.compared, frozen)
    if lessons.share < 1:
        return frozen, whole, made, _weighed(work, found, made, whole, by)
    learned = lessons.found
    return frozen, whole, made, learned.now(work.stage("scored", lambda: scored(learned, frozen)))


def _weighed(work: Work, found: Met, families: list[Family], whole: Whole, by: Compared) -> Pairs:
    """SCORED of all pairs that some families make."""
    candidates = Pairs.of(work.stage("candidates", lambda: pairs(found, families)), found.buckets)
    return candidates.now(work.stage("scored", lambda: compared(candidates, whole.contents, by)))


def _sizes(normalised: DataFrame) -> dict[str, Any]:
    excluded = sf.sum(sf.col("excluded").isNotNull().cast("bigint")).alias("excluded")
    return home(normalised.agg(sf.count("*").alias("records"), excluded)).row(0, named=True)


def _members(work: Work, known: _Known, whole: Whole, found: Pairs, by: Compared) -> tuple[DataFrame, DataFrame]:
    """Cluster: (row, root, entity) of every record, and (entity, size) of the entities of several live ones."""
    connected = entities(work, found, whole.contents, known.judged, by)
    own = sf.coalesce(sf.col("original"), sf.col(ROW))

    def everybody() -> DataFrame:
        stands = known.normalised.select(ROW).join(whole.copies, ROW, "left").withColumn("stands", own)
        joined = stands.join(connected.withColumnRenamed(ROW, "stands"), "stands", "left")
        return joined.select(ROW, *(sf.coalesce(sf.col(name), own).alias(name) for name in (ROOT, "entity")))

    members = work.stage("members", everybody)
    sizes = members.groupBy("entity").agg(sf.count("*").alias("size")).filter("size > 1")
    return members, sizes


def _owners(work: Work, known: _Known, members: DataFrame) -> DataFrame:
    """(row, source, record_id, record_key, excluded, entity, entity_id) of every record."""
    ids = named(work, known.normalised, members, known.fields)
    names = known.normalised.select(ROW, "source", "record_id", "record_key", "excluded")
    return work.stage("owners", lambda: names.join(members.select(ROW, "entity"), ROW).join(ids, "entity"))


def _with_entities(judged: pl.DataFrame, members: DataFrame) -> pl.DataFrame:
    """Verdicts with the entities of both records: one, other."""
    rows = pl.concat([judged["left"], judged["right"]]).unique().sort()
    entity = pl.DataFrame(schema={ROW: pl.Int64(), "entity": pl.Int64()})
    if len(rows):
        entity = home(members.filter(sf.col(ROW).isin(rows.to_list())).select(ROW, "entity"))
    found = judged
    for side, end in (("left", "one"), ("right", "other")):
        found = found.join(entity.rename({ROW: side, "entity": end}), on=side)
    return found


def _frames(
    known: _Known, owners: DataFrame, account: Accounted, golden: DataFrame, fields: Sequence[str]
) -> dict[str, DataFrame]:
    """The frames of the result contract; the cases of the review are in no order and have no number yet."""
    cases = account.cases
    for side in ("left", "right"):
        mine = owners.select(
            sf.col(ROW).alias(side),
            sf.col("record_key").alias(f"{side}_key"),
            sf.col("entity_id").alias(f"{side}_entity"),
        )
        cases = cases.join(mine, side)
    cases = cases.drop("chance").withColumn("kind", sf.lit(0))
    asked = consents(golden)
    if asked is not None:
        cases = cases.unionByName(asked.withColumn("kind", sf.lit(1)), allowMissingColumns=True)
    return {
        "clusters": owners.drop(ROW, "entity"),
        "golden": golden,
        "pairs": keyed_pairs(account.pairs, owners.select(ROW, "record_key"), fields),
        "review": cases,
        "records": split(known.records, known.schema).drop(ROW),
        "normalised": known.normalised.drop(ROW, "record_id"),
    }


def _written(work: Work, out: str, each_of: Mapping[str, _Resolved], judged: Judgements, rules: Ruleset) -> SparkResult:
    """Writes the frames of all tenants as one, and the facts of the run."""
    frames = {
        name: reduce(
            partial(DataFrame.unionByName, allowMissingColumns=True),
            [_told_apart(one.frames[name], tenant, name) for tenant, one in each_of.items()],
        )
        for name in FRAMES
    }
    frames["review"] = _in_order(work, frames["review"])
    saved = {}
    for name, frame in frames.items():
        with work.watch.step("write"):
            frame.write.mode("overwrite").parquet(f"{out}/{name}.parquet")
        saved[name] = work.session.read.parquet(f"{out}/{name}.parquet")
    expected = reduce(add, (one.expected for one in each_of.values()))
    written = {"pairs_written": saved["pairs"].count(), "review_cases": saved["review"].count()}
    run = facts_of_run({tenant: one.run for tenant, one in each_of.items()}, written, judged, rules)
    run |= {"thresholds": together([one.run["thresholds"] for one in each_of.values()], expected)}
    run |= {"engine": "spark", "estimates": expected.as_dict(), "steps": as_dicts(work.watch.by_name())}
    models = {tenant: one.model for tenant, one in each_of.items()}
    result = SparkResult(saved, run, models, judged, expected)
    result.tell(out)
    return result


def _in_order(work: Work, cases: DataFrame) -> DataFrame:
    """The cases, most valuable first, with their numbers; of equals a pair comes before somebody's consent."""
    tied = [name for name in ("tenant", "kind", "left", "right", "left_key", "right_key") if name in cases.columns]
    placed = numbered(work, "review", cases, sf.desc("value"), *(sf.col(name) for name in tied))
    return placed.select((sf.col(ROW) + 1).alias("case"), *(name for name in cases.columns if name not in UNTOLD))


def _told_apart(frame: DataFrame, tenant: str, name: str) -> DataFrame:
    """Keys are told apart by their tenant where there are tenants."""
    if tenant == NO_TENANT or name in ("records", "normalised"):
        return frame
    return frame.withColumn("tenant", sf.lit(tenant))
