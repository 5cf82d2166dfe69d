"""Exporting: what a store holds as the results of a batch, with the store's own ids and what people pinned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import func, select

from resolver.errors import ResolverError, UsageError
from resolver.judgement import Judgement, told_frame
from resolver.model.frozen import EVERY, Frozen
from resolver.parted import Parted
from resolver.paths.batch import Watch, resolve
from resolver.paths.judging import spoken
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.result import REFERENCES, Result
from resolver.sources.load import rejects_frame
from resolver.store.acts import pinned
from resolver.store.rows import contacts, every
from resolver.store.tables import commits


@dataclass(frozen=True)
class _Held:
    """What a store holds of one tenant.

    ids: tenant, record_key and the id of its entity, or its own where it is in none. pins: tenant, entity_id, field and
    the value as JSON, one a field of an entity. commit: the last one.
    """

    frozen: Frozen
    records: pl.DataFrame
    said: list[Judgement]
    ids: pl.DataFrame
    pins: pl.DataFrame
    commit: int

    @classmethod
    def of(cls, resolver: Resolver) -> "_Held":
        """All of it, as it is at one moment."""
        tenant = pl.lit(resolver.tenant or None, dtype=pl.String).alias("tenant")
        with resolver.database.reading() as connection:
            rows = every(connection, resolver.tenant)
            held = pinned(connection, rows["number"].to_numpy())
            said = [replace(one, tenant=resolver.tenant or None) for one in spoken(connection, resolver.tenant)]
            last = select(func.max(commits.c.number)).where(commits.c.tenant == resolver.tenant)
            commit, frozen = int(connection.execute(last).scalar_one()), resolver.frozen(connection)
        records = contacts(rows)
        founder = rows.select(pl.coalesce("entity", "number").alias("number"))
        names = founder.join(rows.select("number", "name"), on="number", how="left", maintain_order="left")["name"]
        ids = records.select(tenant, "record_key", names.alias("entity_id"))
        of = ids.with_columns(rows["number"].alias("record")).filter(rows["entity"].is_not_null())
        pins = held.drop_nulls("value").join(of, on="record", maintain_order="left")
        pins = pins.unique(["entity_id", "field"], keep="last", maintain_order=True)
        if resolver.tenant:
            records = records.with_columns(tenant)
        return cls(frozen, records, said, ids, pins.select("tenant", "entity_id", "field", "value"), commit)


def exported(resolvers: Sequence[Resolver], store: str, watch: Watch | None = None) -> Result:
    """A batch over the records of some tenants of a store, by its models and by what people said.

    store: what the run calls the store. Raises UsageError for tenants that are resolved by different rules.
    """
    watch = watch or Watch()
    begin = datetime.now(UTC)
    with watch.step("read") as rows:
        each = {resolver.tenant: _Held.of(resolver) for resolver in resolvers}
        held = {tenant: one for tenant, one in each.items() if len(one.records)}
        rows(sum(len(one.records) for one in held.values()))
    if not held:
        raise UsageError("the store holds no contacts")
    frozen = next(iter(held.values())).frozen
    rules = (frozen.rules.fingerprint, frozen.clean)
    if any((one.frozen.rules.fingerprint, one.frozen.clean) != rules for one in held.values()):
        raise UsageError(f"the tenants are resolved by different rules; name one with --tenant: {', '.join(held)}")
    records = pl.concat([one.records for one in held.values()], how="diagonal_relaxed")
    options = Options(
        clean=_clean(frozen, records["source"]),
        judgements=told_frame([said for one in held.values() for said in one.said]),
        models={tenant: one.frozen.model for tenant, one in held.items()},
        references={tenant: one.frozen.reference for tenant, one in held.items()},
    )
    result = resolve(records, frozen.rules, options, watch=watch)
    ids, pins = (pl.concat([getattr(one, name) for one in held.values()]) for name in ("ids", "pins"))
    run = {**_facts(begin, options, store, held), **result.run}
    return replace(_with_pins(_with_ids(result, ids), pins), run=run, rejects=rejects_frame([]))


def write_references(resolvers: Sequence[Resolver], folder: Path) -> None:
    """Writes what the models were trained beside next to the results, so that they can be explained."""
    told = {}
    for resolver in resolvers:
        with resolver.database.reading() as connection:
            told[resolver.tenant] = resolver.frozen(connection).reference.as_json()
    (folder / REFERENCES).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _clean(frozen: Frozen, sources: pl.Series) -> tuple[str, ...]:
    """Without those of which every record was forgotten meanwhile."""
    return tuple(name for name in frozen.clean if name == EVERY or name in sources)


def _facts(begin: datetime, options: Options, store: str, held: dict[str, _Held]) -> dict[str, Any]:
    """The facts that a run over files tells, of a store."""
    states = {f"state {tenant}".strip(): f"as of change {one.commit}" for tenant, one in held.items()}
    frozen = {f"frozen model {tenant}".strip(): one.frozen.fingerprint for tenant, one in held.items()}
    return {
        "version": version("contact-resolver"),
        "started": begin.isoformat(timespec="seconds"),
        "target_precision": None,
        "mode": "link" if EVERY in options.clean else "dedupe",
        "inputs": [],
        "columns": [],
        "settings": {"store": store, **states, **frozen},
        "store": store,
        "clean": list(options.clean),
        "rejected": 0,
    }


def _with_ids(result: Result, ids: pl.DataFrame) -> Result:
    """The results with the store's ids in place of those minted for the run. ids: tenant, record_key, entity_id."""

    def of(frame: pl.DataFrame, key: pl.Expr) -> pl.Series:
        tenant = pl.col("tenant") if "tenant" in frame.columns else pl.lit(None, dtype=pl.String).alias("tenant")
        named = frame.select(tenant, key.alias("record_key"))
        return named.join(ids, on=["tenant", "record_key"], how="left", nulls_equal=True, maintain_order="left")[
            "entity_id"
        ]

    golden, review = result.golden, result.review
    clusters = result.clusters.with_columns(of(result.clusters, pl.col("record_key")))
    _refuse_differing(result.clusters, clusters)
    return replace(
        result,
        clusters=clusters,
        of_golden=Parted.of(golden.with_columns(of(golden, pl.col("records").list.first()))),
        review=review.with_columns(
            of(review, pl.col(f"{side}_key")).alias(f"{side}_entity") for side in ("left", "right")
        ),
    )


def _refuse_differing(minted: pl.DataFrame, kept: pl.DataFrame) -> None:
    """Raises ResolverError where the store has other entities than the run; its ids would then say what is not so."""
    live = pl.DataFrame({"minted": minted["entity_id"], "kept": kept["entity_id"], "excluded": minted["excluded"]})
    both = live.filter(pl.col("excluded").is_null()).select("minted", "kept").unique()
    wrong = both.filter(pl.col("minted").is_duplicated() | pl.col("kept").is_duplicated()).sort("kept")
    if len(wrong):
        raise ResolverError(
            f"the store's entity {wrong['kept'][0]} is not what a run over its records and verdicts gives; nothing is "
            "exported. Look closer with: resolver db check --deep"
        )


def _with_pins(result: Result, pins: pl.DataFrame) -> Result:
    """Golden records with the values that people chose, which come from no record. pins: see `_Held`."""
    golden = result.golden
    on = [name for name in ("tenant", "entity_id") if name in golden.columns]
    for name in pins["field"].unique().sort():
        if name not in golden.columns:
            golden = golden.insert_column(golden.columns.index("provenance"), _empty(name, golden))
        mine = pins.filter(field=name)
        chosen = mine.select(*on, mine["value"].str.json_decode(golden.schema[name]).alias("chosen"), told=True)
        golden = golden.join(chosen, on=on, how="left", maintain_order="left")
        told = pl.col("told").fill_null(value=False)
        golden = golden.with_columns(
            pl.when(told).then("chosen").otherwise(name).alias(name), _without_origin(golden, name, told)
        ).drop("chosen", "told")
    return replace(result, of_golden=Parted.of(golden))


def _empty(name: str, golden: pl.DataFrame) -> pl.Series:
    return pl.Series(name, [None] * len(golden), dtype=pl.String)


def _without_origin(golden: pl.DataFrame, field: str, where: pl.Expr) -> pl.Expr:
    """Provenance in which a field of some rows comes from no record."""
    dtype = golden.schema["provenance"]
    origin = pl.col("provenance").struct
    if not isinstance(dtype, pl.Struct) or field not in {part.name for part in dtype.fields}:
        return pl.col("provenance")
    return origin.with_fields(pl.when(~where).then(origin.field(field)).alias(field)).alias("provenance")
