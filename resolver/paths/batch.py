"""The batch recipe: contacts in, entities with golden records out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from operator import add
from time import perf_counter

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.errors import NothingUsableError
from resolver.expect import Views
from resolver.index import Index, most_shared
from resolver.judgement import Judgements, settle
from resolver.memory import peak_megabytes
from resolver.model.layout import Layout
from resolver.paths.frozen import misfits, models_for
from resolver.paths.linkage import Account, partition, together
from resolver.paths.options import Options
from resolver.paths.outcome import clusters_of, consent_cases, counts, doubtful_cases, pairs_of
from resolver.paths.verdicts import Verdicts
from resolver.result import NO_TENANT, Result, Scored, Step, as_dicts
from resolver.steps.block import block
from resolver.steps.cluster import NONE
from resolver.steps.compare import compared_columns
from resolver.steps.copies import originals
from resolver.steps.doubt import Linked
from resolver.steps.gather import gather
from resolver.steps.merge import Facts, merge
from resolver.steps.offer import offers
from resolver.steps.prepare import exclusions, prepare
from resolver.steps.profile import Grouping
from resolver.steps.score import random_pairs, score, show, train, weighed
from resolver.steps.suppress import suppressions
from rules.ruleset import Ruleset

TOTALS = ("records", "excluded", "entities", "pairs_compared", "pairs_possible")


@dataclass
class Watch:
    """Times the steps and tells whoever listens which one runs."""

    listener: Callable[[str], None] = lambda _: None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[int], None]]:
        """Times one step; call what it yields with the number of rows the step gave."""
        self.listener(name)
        begin, rows = perf_counter(), [0]
        yield lambda number: rows.__setitem__(0, number)
        self.steps.append(Step(name, round(perf_counter() - begin, 4), rows[0], round(peak_megabytes(), 1)))

    def by_name(self) -> list[Step]:
        """One line a step, with all tenants together."""
        names = dict.fromkeys(step.name for step in self.steps)
        return [_sum([step for step in self.steps if step.name == name]) for name in names]


def _sum(steps: list[Step]) -> Step:
    seconds, rows = sum(step.seconds for step in steps), sum(step.rows for step in steps)
    return Step(steps[0].name, round(seconds, 4), rows, max(step.peak_mb for step in steps))


def resolve(
    records: pl.DataFrame, ruleset: Ruleset, options: Options | None = None, *, watch: Watch | None = None
) -> Result:
    """Resolves RECORDS. Tenants are resolved one by one and never meet.

    The result depends on the records' content alone: their order and the order of the files play no part.
    """
    if not len(records):
        raise NothingUsableError("there is not one record to resolve")
    watch, options = watch or Watch(), options or Options()
    options.check(records["source"])
    records = records.sort("record_id", "source")
    tenants = (
        records["tenant"].fill_null(NO_TENANT) if "tenant" in records.columns else pl.Series([NO_TENANT] * len(records))
    )
    names = tenants.unique().sort().to_list()
    frozen = models_for(options.models, names, ruleset)
    judged = settle(options.judgements, records.with_columns(exclusions(records)))
    results = [
        _resolve_tenant(
            records.filter(tenants == name) if len(names) > 1 else records,
            ruleset,
            replace(
                options,
                judgements=judged.used.filter(pl.col("tenant").fill_null(NO_TENANT) == name),
                models={NO_TENANT: frozen[name]} if name in frozen else {},
            ),
            watch,
        )
        for name in names
    ]
    return _together(dict(zip(names, results, strict=True)), judged, ruleset, watch)


def _resolve_tenant(records: pl.DataFrame, ruleset: Ruleset, options: Options, watch: Watch) -> Result:
    """The recipe: prepare, block, score, cluster, merge."""
    with watch.step("prepare") as rows:
        prepared = prepare(records)
        columns = compared_columns(prepared.normalised, ruleset)
        live = prepared.normalised["excluded"].is_null().to_numpy()
        sides = options.sides(records["source"])
        verdicts = Verdicts.of(options.judgements, records["record_key"])
        original = originals(columns, live, verdicts.told(sides))
        met = live & (original == np.arange(len(live)))
        index = Index.of(columns, met, ruleset)
        rows(len(records))
    with watch.step("block") as rows:
        candidates = block(columns, met, ruleset.blocking, sides)
        left, right = (candidates.pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        rows(len(left))
    with watch.step("compare") as rows:
        frozen = options.models.get(NO_TENANT)
        layout = Layout.of(list(columns), ruleset) if frozen is None else frozen.layout
        shown = show(columns, left, right, layout, index, ruleset)
        at_random = random_pairs(np.flatnonzero(met), sides) if frozen is None else NONE
        chance = show(columns, *at_random, layout, index, ruleset)
        rows(len(left) + len(chance.patterns))
    with watch.step("score") as rows:
        model = frozen or train(layout, ruleset, shown, chance, index, int(met.sum()))
        logits = score(model, shown)
        rows(len(left))
    with watch.step("cluster") as rows:
        scored = Scored(left, right, shown.patterns, logits, layout)
        weigh = partial(weighed, model=model, index=index, ruleset=ruleset)
        grouping = Grouping((left, right), logits, columns, weigh, verdicts.bounds(sides))
        views, asked = Views.of(model, shown), options.target_precision
        entity, match = partition(scored, views, partial(grouping.entities, len(records)), ruleset.thresholds, asked)
        entity = entity[original]
        clusters = clusters_of(prepared, entity)
        rows(len(np.unique(entity[live])))
    with watch.step("merge") as rows:
        facts = _facts(records, np.where(live, entity, -1))
        golden = merge(facts, offers(prepared), ruleset)
        golden = golden.join(gather(prepared.records, facts), on="founder", how="left", maintain_order="left")
        rows(len(golden))
    settled = verdicts.settled(scored, entity)
    linked = Linked(entity, left, right, settled.logits)
    families = candidates.pairs["families"].to_numpy()
    account = Account.of(linked, views, families, ruleset, match, cautious=model.caution is not None)
    ids, keys = clusters["entity_id"], records["record_key"]
    return Result(
        records=prepared.records,
        normalised=prepared.normalised,
        clusters=clusters,
        golden=golden.select(ids.gather(golden["founder"]), pl.exclude("founder")),
        pairs=pairs_of(scored, account, keys),
        review=pl.concat([doubtful_cases(account, ids, keys), consent_cases(golden, ids)]),
        rejects=pl.DataFrame(),
        run={
            **counts(scored, live, candidates, ruleset),
            "entities": len(golden),
            "model": model.fingerprint,
            "model_warnings": misfits(frozen, columns, int(live.sum())) if frozen else [],
            "thresholds": account.thresholds(),
            "estimates": account.expected.as_dict(),
            "shared_values": as_dicts(most_shared(columns, index)),
            "suppress": suppressions(prepared.records, columns, prepared.normalised["excluded"]).to_dicts(),
        },
        models={NO_TENANT: model},
        expected=account.expected,
    )


def _facts(records: pl.DataFrame, entity: Rows) -> Facts:
    """What survivorship asks of the records."""
    made_by = pl.Series([None] * len(records), dtype=pl.String)
    if "provenance" in records.columns and "source_type" in records["provenance"].struct.fields:
        made_by = records["provenance"].struct.field("source_type")
    return Facts(entity, records["record_key"], records["source"], _updated(records), made_by)


def _updated(records: pl.DataFrame) -> pl.Series:
    """When each record was last changed; one never changed is as old as its creation."""
    known = [pl.col(name) for name in ("updated_at", "created_at") if name in records.columns]
    if not known:
        return pl.Series([None] * len(records), dtype=pl.Datetime("us", "UTC"))
    return records.select(pl.coalesce(known)).to_series()


def _of_tenant(frame: pl.DataFrame, tenant: str) -> pl.DataFrame:
    """Keys are told apart by their tenant where there are tenants."""
    return frame if tenant == NO_TENANT else frame.with_columns(tenant=pl.lit(tenant))


def _together(results: dict[str, Result], judged: Judgements, ruleset: Ruleset, watch: Watch) -> Result:
    """The results of all tenants as one; what each tenant's run found stays apart."""
    frames = {
        name: pl.concat([getattr(result, name) for result in results.values()], how="diagonal_relaxed")
        for name in ("records", "normalised")
    }
    for name in ("clusters", "golden", "pairs", "review"):
        each = [_of_tenant(getattr(result, name), tenant) for tenant, result in results.items()]
        frames[name] = pl.concat(each, how="diagonal_relaxed")
    review = frames.pop("review").sort("value", descending=True, maintain_order=True)
    run = {
        "ruleset": {"name": ruleset.name, "fingerprint": ruleset.fingerprint, "rules": ruleset.model_dump(mode="json")},
        **{fact: sum(result.run[fact] for result in results.values()) for fact in TOTALS},
        "pairs_written": len(frames["pairs"]),
        "review_cases": len(review),
        "judgements": judged.counts(),
        "warnings": [*judged.warnings, *(told for one in results.values() for told in one.run["model_warnings"])],
        "steps": as_dicts(watch.by_name()),
        "tenants": {tenant: result.run for tenant, result in results.items()},
    }
    expected = reduce(add, (result.expected for result in results.values()))
    run["thresholds"] = together([result.run["thresholds"] for result in results.values()], expected)
    run["estimates"] = expected.as_dict()
    models = {tenant: result.models[NO_TENANT] for tenant, result in results.items()}
    return Result(
        **frames,
        review=review.with_row_index("case", offset=1),
        rejects=pl.DataFrame(),
        run=run,
        models=models,
        judgements=judged.frame,
        expected=expected,
    )
