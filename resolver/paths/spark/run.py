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
from resolver.frames import CLUSTERS
from resolver.judgement import Judgements, settle
from resolver.lists import ROW
from resolver.model.frozen import Frozen, is_clean
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.paths.batch import Watch, facts_of_run
from resolver.paths.frozen import misfits, models_for
from resolver.paths.linkage import together
from resolver.paths.options import Options
from resolver.paths.outcome import counts
from resolver.paths.spark.account import Accounted, Whose, accounted, coupled, keyed_cases, keyed_pairs, tallied
from resolver.paths.spark.arrow import home
from resolver.paths.spark.contacts import STAGE, Fields, Laid, Saying, Sight, fields_of, laid
from resolver.paths.spark.golden import Merged, Owned, merged, named, owned
from resolver.paths.spark.grouping import Judged, entities
from resolver.paths.spark.hanging import ROOT
from resolver.paths.spark.measure import COPY, Whole, counted, measured
from resolver.paths.spark.meet import Met, met, pairs
from resolver.paths.spark.numbering import numbered
from resolver.paths.spark.parcels import FEW, NORMAL, RECORDS, Pairs, those, unpacked, written_out
from resolver.paths.spark.result import Kept, SparkResult
from resolver.paths.spark.telling import most_shared, suppressed
from resolver.paths.spark.training import Lessons, drawn, trained, untrained, worthwhile
from resolver.paths.spark.weighing import Compared, Scores, compared, scored
from resolver.paths.spark.work import Scale, Work, configured
from resolver.result import NO_TENANT, as_dicts
from resolver.steps.block import Family
from resolver.steps.prepare import exclusions
from rules.ruleset import Ruleset

STAGES = "stages"
FRAMES = ("clusters", "golden", "pairs", "review")
UNTOLD = ("kind", "left", "right")
"""Columns that put the cases in order."""


@dataclass(frozen=True)
class _Resolved:
    """One tenant's frames, without a number on the review's cases, and what is known of them."""

    frames: Mapping[str, DataFrame]
    kept: Mapping[str, Kept]
    run: dict[str, Any]
    model: Model
    expected: Expected


@dataclass(frozen=True)
class _Known:
    """One tenant's records before any two of them meet."""

    sight: Sight
    laid: Laid
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
        with watch.step("look"):
            sight = Sight.of(records)
        work = Work.begun(session, f"{out}/{STAGES}", _fingerprint(records, sight, rules, options), scale, watch)
        options.check(sight.seen["source"].unique().sort())
        judged = _judged(records, options)
        told = replace(options, models=models_for(options.models, sight.tenants, rules), judgements=judged.used)
        each_of = {}
        for place, name in enumerate(sight.tenants):
            mine, part = _of(records, name, sight.tenants), work.of(f"tenant_{place}")
            each_of[name] = _resolve_tenant(part, mine, sight.of_tenant(name), rules, told.of_tenant(name))
        result = _written(work, out, each_of, judged, rules)
        work.save()
        return result


def _with_keys(records: DataFrame) -> DataFrame:
    missing = {"record_id", "source"} - set(records.columns)
    if missing:
        raise UsageError(f"the contacts have no column {', '.join(sorted(missing))}")
    if "record_key" in records.columns:
        return records
    return records.withColumn("record_key", sf.concat_ws(":", "source", "record_id"))


def _fingerprint(records: DataFrame, sight: Sight, rules: Ruleset, options: Options) -> str:
    """Names all that a run depends on; the records by the sums of the hashes of their rows, whatever their order."""
    if not sight.rows:
        raise NothingUsableError("there is not one record to resolve")
    found = sight.seen.select("tenant", "source", "rows", "hash").rows()
    models = {tenant: model.fingerprint for tenant, model in options.models.items()}
    references = {tenant: reference.as_json() for tenant, reference in options.references.items()}
    told = options.judgements.write_json()
    parts = (version("contact-resolver"), rules.fingerprint, models, references, list(options.clean), told)
    return hashlib.blake2b(json.dumps((found, sorted(records.columns), parts)).encode(), digest_size=8).hexdigest()


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


def _resolve_tenant(work: Work, found: DataFrame, sight: Sight, rules: Ruleset, options: Options) -> _Resolved:
    """The recipe of a batch: who is who, then what their records say together, and what a steward should see of it."""
    known = _known(work, found, sight, rules, options)
    frozen, whole, made, scores = _found(work, known, rules, options)
    members, sizes = _members(work, known, whole, scores, Compared(known.fields.compared, frozen))
    judged = _with_entities(known.judged.frame, members)
    tally, whose, buckets = tallied(work, scores), Whose(members, sizes, judged), scores.pairs.buckets
    couples = coupled(work, scores.pairs, whose, frozen, tally)
    account = accounted(work, couples, whose, frozen, tally, buckets)
    ids = named(work, known.laid, members, known.fields)
    owners = members.join(ids, "entity").select(ROW, "entity", "entity_id")
    all_owned = owned(work, known.laid, owners, buckets)
    golden = merged(work, all_owned, known.laid.schema, known.fields, frozen.ruleset)
    records, live = sight.rows, known.laid.live
    told = {
        **counts(frozen.model.layout, (records, live), made, tally, frozen.ruleset),
        "model": frozen.model.fingerprint,
        "model_warnings": misfits(frozen.model, known.fields.compared, live) if options.models else [],
        "shared_values": most_shared(known.laid, whole, known.fields, frozen),
        "suppress": suppressed(known.laid, known.fields, frozen),
        "entities": golden.entities,
        "thresholds": account.thresholds,
        "estimates": account.expected.as_dict(),
    }
    frames = _frames(all_owned, account, golden, frozen.model.layout.fields)
    return _Resolved(frames, _kept(work, known), told, frozen.model, account.expected)


def _known(work: Work, contacts: DataFrame, sight: Sight, rules: Ruleset, options: Options) -> _Known:
    """Prepare: numbers and normalises the records."""
    levels = options.models[NO_TENANT].layout.levels if options.references else ()
    fields = fields_of(sight.schema, sight.filled, levels)
    clean = is_clean(sight.seen["source"], options.clean) & (sight.seen["rows"] > 1)
    saying = Saying(NO_TENANT, rules, sight.seen["source"].filter(clean))
    found = laid(work, contacts, sight, fields, saying)
    judged = options.judgements.select("left_key", "right_key", "verdict")
    keys = pl.concat([judged["left_key"], judged["right_key"]]).unique().sort()
    named_by = {"record_key": pl.String(), ROW: pl.Int64()}
    rows = (
        home(unpacked(found.normalised, partial(those, name="record_key", values=keys), named_by, FEW))
        if len(keys)
        else None
    )
    return _Known(sight, found, fields.held(found.counts, rules), Judged.of_keys(judged, rows))


def _found(work: Work, known: _Known, rules: Ruleset, options: Options) -> tuple[Frozen, Whole, list[Family], Scores]:
    """Block, train, compare: what the records are judged by, the families of keys that made pairs, and these."""
    fields, given, reference = known.fields, options.models.get(NO_TENANT), options.references.get(NO_TENANT)
    frozen = untrained(NO_TENANT, rules, fields, options.clean)
    if given is not None and reference is not None:
        frozen = Frozen(NO_TENANT, rules, given, reference, options.clean)
    blocking = rules.blocking if reference is None else frozen.ruleset.blocking
    whole = measured(work, known.laid, fields, frozen, known.judged.rows)
    number = whole.number
    found = met(work, whole, blocking, [*frozen.ruleset.blocking.families], known.sight.rows)
    if reference is not None:
        made = found.families
        return frozen, whole, made, _weighed(work, found, made, whole, Compared(fields.compared, frozen))
    common = counted(whole, fields, rules)
    frozen = replace(frozen, reference=Reference(number, common, frozen.reference.caps), model=given or frozen.model)
    by = Compared(fields.compared, frozen)
    lessons = Lessons(*drawn(work, found, whole, by, known.sight.rows))
    if given is None:
        frozen = replace(frozen, model=trained(work, lessons, whole, by))
    made, by = worthwhile(lessons, found, frozen), Compared(fields.compared, frozen)
    if lessons.share < 1:
        return frozen, whole, made, _weighed(work, found, made, whole, by)
    learned = lessons.found
    return frozen, whole, made, Scores.of(learned, work.stage("scored", lambda: scored(learned, frozen)))


def _weighed(work: Work, found: Met, families: list[Family], whole: Whole, by: Compared) -> Scores:
    """All pairs that some families make."""
    candidates = Pairs.of(work.stage("candidates", lambda: pairs(found, families)), found.buckets)
    return Scores.of(candidates, work.stage("scored", lambda: compared(candidates, whole.contents, by)))


def _members(work: Work, known: _Known, whole: Whole, found: Scores, by: Compared) -> tuple[DataFrame, DataFrame]:
    """Cluster: (row, root, entity) of every record, and (entity, size) of the entities of several live ones."""
    connected = entities(work, found, whole.contents, known.judged, by)

    def everybody() -> DataFrame:
        stands = work.session.range(known.sight.rows).withColumnRenamed("id", ROW).withColumn("stands", sf.col(ROW))
        if whole.copied:
            stands = stands.drop("stands").join(written_out(whole.copies, COPY), ROW, "left")
            stands = stands.withColumn("stands", sf.coalesce("original", ROW))
        joined = stands.join(connected.withColumnRenamed(ROW, "stands"), "stands", "left")
        return joined.select(ROW, *(sf.coalesce(name, "stands").alias(name) for name in (ROOT, "entity")))

    members = work.stage("members", everybody)
    sizes = members.groupBy("entity").agg(sf.count("*").alias("size")).filter("size > 1")
    return members, sizes


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


def _frames(owners: Owned, account: Accounted, golden: Merged, fields: Sequence[str]) -> dict[str, DataFrame]:
    """The frames of the result contract; the cases of the review are in no order and have no number yet."""
    cases = keyed_cases(account.cases, owners.names).withColumn("kind", sf.lit(0))
    return {
        "clusters": written_out(owners.clusters, CLUSTERS),
        "golden": golden.golden,
        "pairs": keyed_pairs(account.pairs, owners.names, fields),
        "review": cases.unionByName(golden.cases.withColumn("kind", sf.lit(1)), allowMissingColumns=True),
    }


def _kept(work: Work, known: _Known) -> dict[str, Kept]:
    """What the result shows of the records themselves."""
    found, own = known.laid, known.fields.schema
    normal = {name: dtype for name, dtype in own.items() if name not in (ROW, "record_id")}
    parts = (("records", found.records, RECORDS, found.shown), ("normalised", found.normalised, NORMAL, normal))
    return {name: Kept(parcels, work.path(STAGE, kind), schema) for name, parcels, kind, schema in parts}


def _written(work: Work, out: str, each_of: Mapping[str, _Resolved], judged: Judgements, rules: Ruleset) -> SparkResult:
    """Writes the frames of all tenants as one, and the facts of the run."""
    frames = {
        name: _together([_told_apart(one.frames[name], tenant) for tenant, one in each_of.items()]) for name in FRAMES
    }
    frames["review"] = _in_order(work, frames["review"])
    saved = {}
    for name, frame in frames.items():
        with work.watch.step("write"):
            frame.write.mode("overwrite").parquet(f"{out}/{name}.parquet")
        saved[name] = work.session.read.schema(frame.schema).parquet(f"{out}/{name}.parquet")
    kept = {name: [one.kept[name] for one in each_of.values()] for name in ("records", "normalised")}
    saved |= {name: _together([one.frame() for one in every]) for name, every in kept.items()}
    expected = reduce(add, (one.expected for one in each_of.values()))
    written = {"pairs_written": saved["pairs"].count(), "review_cases": saved["review"].count()}
    run = facts_of_run({tenant: one.run for tenant, one in each_of.items()}, written, judged, rules)
    run |= {"thresholds": together([one.run["thresholds"] for one in each_of.values()], expected)}
    run |= {"engine": "spark", "estimates": expected.as_dict(), "steps": as_dicts(work.watch.by_name())}
    models = {tenant: one.model for tenant, one in each_of.items()}
    result = SparkResult(saved, kept, run, models, judged, expected, out)
    result.tell()
    return result


def _in_order(work: Work, cases: DataFrame) -> DataFrame:
    """The cases, most valuable first, with their numbers; of equals a pair comes before somebody's consent."""
    tied = [name for name in ("tenant", "kind", "left", "right", "left_key", "right_key") if name in cases.columns]
    placed = numbered(work, "review", cases, sf.desc("value"), *(sf.col(name) for name in tied))
    return placed.select((sf.col(ROW) + 1).alias("case"), *(name for name in cases.columns if name not in UNTOLD))


def _together(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of all tenants."""
    return reduce(partial(DataFrame.unionByName, allowMissingColumns=True), frames)


def _told_apart(frame: DataFrame, tenant: str) -> DataFrame:
    """Keys are told apart by their tenant where there are tenants."""
    return frame if tenant == NO_TENANT else frame.withColumn("tenant", sf.lit(tenant))
