"""The batch recipe: contacts in, entities with golden records out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from operator import add
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Normalised, Rows, distinct
from resolver.errors import NothingUsableError
from resolver.expect import Expected
from resolver.index import most_shared
from resolver.judgement import Judgements, settle
from resolver.memory import give_back, peak_megabytes
from resolver.model.model import Model
from resolver.on_disk import OnDisk, Table, one_below_another
from resolver.parted import Parted
from resolver.paths.frozen import misfits, models_for
from resolver.paths.linkage import together
from resolver.paths.options import Options
from resolver.paths.outcome import clusters_of, consent_cases, counts, doubtful_cases, golden_of, pairs_of
from resolver.paths.stages import Grouped, Known, Near, Trained, facts_of, trained_on
from resolver.paths.verdicts import Verdicts
from resolver.result import NO_TENANT, Result, Step, as_dicts
from resolver.steps.block import Family, block
from resolver.steps.gather import beside
from resolver.steps.merge import merged
from resolver.steps.offer import offers
from resolver.steps.prepare import Prepared, exclusions, ready
from resolver.steps.suppress import suppressions
from resolver.steps.weigh import Tally, weigh, worthwhile
from resolver.threads import side_by_side
from rules.ruleset import Ruleset

PLACED = ("record_key", "record_id", "tenant")
"""By what people name a record when they say something of it."""
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
        give_back()
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


def resolve(records: Table, ruleset: Ruleset, options: Options | None = None, *, watch: Watch | None = None) -> Result:
    """Resolves RECORDS. Tenants are resolved one by one and never meet.

    The result depends on the records' content alone: their order and the order of the files play no part.
    """
    if not len(records):
        raise NothingUsableError("there is not one record to resolve")
    watch, options = watch or Watch(), options or Options()
    options.check(records["source"])
    with watch.step("prepare"):
        records = records if isinstance(records, OnDisk) else ready(records)
        tenants = (
            records["tenant"].fill_null(NO_TENANT)
            if "tenant" in records.columns
            else pl.Series([NO_TENANT]).new_from_index(0, len(records))
        )
        names = tenants.unique().sort().to_list()
        frozen = models_for(options.models, names, ruleset)
        judged = _judged(records, options)
    options = replace(options, judgements=judged.used, models=frozen)
    results = {
        name: _resolve_tenant(
            records.filter(tenants == name) if len(names) > 1 else records,
            ruleset,
            options.of_tenant(name),
            watch,
        )
        for name in names
    }
    return _together(results, judged, ruleset, watch)


def _judged(records: Table, options: Options) -> Judgements:
    """What people said, as far as it counts."""
    known = [name for name in PLACED if name in records.columns]
    return settle(options.judgements, records.select(*known).with_columns(exclusions(records)))


def _resolve_tenant(records: Table, ruleset: Ruleset, options: Options, watch: Watch) -> Result:
    """The recipe: who is who, then what their records say together, and what a steward should see of it."""
    reference = options.references.get(NO_TENANT)
    ruleset = ruleset if reference is None else reference.ruleset(ruleset)
    found = _found(records, ruleset, options, watch)
    prepared, model, told = found.prepared, found.model, found.told
    settle, entity = [partial(_settle, found, ruleset)], np.where(found.live, found.grouped.entity, -1)
    del found  # most of which is only needed to settle
    with watch.step("merge") as rows:
        # These need nothing of each other, and most of each is done by one thread at a time.
        golden = partial(_golden, prepared, entity, ruleset)
        made: dict[str, Any] = side_by_side(len(records), settled=settle.pop(), pieces=golden)
        settled: _Settled = made["settled"]
        of_golden = golden_of(made["pieces"], settled.clusters["entity_id"])
        rows(len(of_golden))
    with watch.step("account") as rows:
        review = pl.concat([settled.doubtful, consent_cases(of_golden)])
        rows(len(settled.pairs))
    return Result(
        of_records=prepared.records,
        compared=prepared.normalised,
        clusters=settled.clusters,
        of_golden=of_golden,
        of_pairs=settled.pairs,
        review=review,
        rejects=pl.DataFrame(),
        run={
            **told,
            "entities": len(of_golden),
            "thresholds": settled.thresholds,
            "estimates": settled.expected.as_dict(),
        },
        models={NO_TENANT: model},
        expected=settled.expected,
    )


@dataclass(frozen=True)
class _Found:
    """Who is who, and what is still needed of how that was found. told: the facts of the run so far."""

    prepared: Prepared
    live: NDArray[np.bool_]
    verdicts: Verdicts
    model: Model
    grouped: Grouped
    told: dict[str, Any]


def _found(records: Table, ruleset: Ruleset, options: Options, watch: Watch) -> _Found:
    """Prepare, block, train, compare, cluster. What these need is forgotten at the end."""
    with watch.step("prepare") as rows:
        known = Known.of(records, ruleset, options)
        rows(len(records))
    with watch.step("block") as rows:
        candidates = block(known.columns, known.met, ruleset.blocking, known.sides)
        rows(sum(family.keys for family in candidates.families))
    with watch.step("train") as rows:
        drawn, trained = trained_on(known, candidates, ruleset, options.models.get(NO_TENANT))
        if NO_TENANT not in options.references:  # which names the families that are worth their pairs
            candidates = worthwhile(candidates, drawn, trained.model)
        rows(len(drawn.batch))
    with watch.step("compare") as rows:
        found = weigh(candidates, known.columns, trained.comparer, trained.model, drawn)
        tally = Tally.together([batch.tally for batch in found])
        rows(int(tally.pairs.sum()))
    families = candidates.families
    del drawn, candidates  # the pairs are made
    with watch.step("cluster") as rows:
        told = _told(known, trained, families, tally, ruleset)
        near = Near.of(known, trained, found, ruleset)
        grouped = Grouped.of(known, trained, near, ruleset, options.target_precision)
        rows(len(distinct(grouped.entity[known.live])))
    prepared = replace(known.prepared, normalised=known.prepared.normalised.afresh())
    return _Found(prepared, known.live, known.verdicts, trained.model, grouped, told)


@dataclass(frozen=True)
class _Settled:
    """Who is who, the pairs, those that a steward should see, and what is to be expected of it all."""

    clusters: pl.DataFrame
    pairs: Parted
    doubtful: pl.DataFrame
    thresholds: dict[str, Any]
    expected: Expected


def _settle(found: _Found, ruleset: Ruleset) -> _Settled:
    """What became of the scores."""
    clusters = clusters_of(found.prepared, found.grouped.entity)
    account = found.grouped.account(found.verdicts, ruleset, cautious=found.model.caution is not None)
    keys = clusters["record_key"]
    pairs = pairs_of(found.grouped.scored, account, keys)
    doubtful = doubtful_cases(account, clusters["entity_id"], keys)
    return _Settled(clusters, pairs, doubtful, account.thresholds(), account.expected)


def _golden(prepared: Prepared, entity: Rows, ruleset: Ruleset) -> list[Table]:
    """One golden record an entity, and beside it what its members keep: in pieces, which are on disk where the records
    are."""
    records, known = prepared.records, prepared.normalised
    facts = facts_of(records, entity, known)
    pieces = map(pl.DataFrame, merged(facts, offers(prepared), ruleset))
    kept = [OnDisk.of(piece) if isinstance(records, OnDisk) else piece for piece in pieces]
    return [*kept, pl.DataFrame(beside(pl.Series(facts.numbered[0]), records, facts))]


def _told(known: Known, trained: Trained, families: list[Family], tally: Tally, ruleset: Ruleset) -> dict[str, Any]:
    """The facts of one tenant's run, as far as the pairs tell them."""
    model, excluded = trained.model, known.prepared.normalised["excluded"]
    live = int(known.live.sum())
    return {
        **counts(model.layout, (len(known.live), live), families, tally, ruleset),
        "model": model.fingerprint,
        "model_warnings": misfits(model, known.columns, live) if trained.given else [],
        "shared_values": as_dicts(most_shared(known.columns, known.index)),
        "suppress": suppressions(known.prepared.records, known.columns, excluded).to_dicts(),
    }


def _compared(results: dict[str, Result]) -> Normalised:
    """What is compared of the records of all tenants."""
    if len(results) == 1:
        return next(iter(results.values())).compared
    return Normalised.of(pl.concat([result.normalised for result in results.values()], how="diagonal_relaxed"))


def _stacked(each: dict[str, Parted]) -> Parted:
    """The frames of all tenants as one."""
    if each.keys() == {NO_TENANT}:
        return each[NO_TENANT]
    frames = [_of_tenant(parted.frame(), tenant) for tenant, parted in each.items()]
    return Parted.of(pl.concat(frames, how="diagonal_relaxed"))


def _of_tenant(frame: pl.DataFrame, tenant: str) -> pl.DataFrame:
    """Keys are told apart by their tenant where there are tenants."""
    return frame if tenant == NO_TENANT else frame.with_columns(tenant=pl.lit(tenant))


def _together(results: dict[str, Result], judged: Judgements, ruleset: Ruleset, watch: Watch) -> Result:
    """The results of all tenants as one; what each tenant's run found stays apart."""
    pairs = _stacked({tenant: result.of_pairs for tenant, result in results.items()})
    frames = {}
    for name in ("clusters", "review"):
        each = [_of_tenant(getattr(result, name), tenant) for tenant, result in results.items()]
        frames[name] = pl.concat(each, how="diagonal_relaxed")
    review = frames.pop("review").sort("value", descending=True, maintain_order=True)
    expected = reduce(add, (result.expected for result in results.values()))
    written = {"pairs_written": len(pairs), "review_cases": len(review)}
    run = facts_of_run({tenant: result.run for tenant, result in results.items()}, written, judged, ruleset)
    run |= {"thresholds": together([result.run["thresholds"] for result in results.values()], expected)}
    run |= {"estimates": expected.as_dict(), "steps": as_dicts(watch.by_name())}
    models = {tenant: result.models[NO_TENANT] for tenant, result in results.items()}
    return Result(
        **frames,
        of_records=one_below_another([result.of_records for result in results.values()]),
        of_golden=_stacked({tenant: result.of_golden for tenant, result in results.items()}),
        compared=_compared(results),
        of_pairs=pairs,
        review=review.with_row_index("case", offset=1),
        rejects=pl.DataFrame(),
        run=run,
        models=models,
        judgements=judged.frame,
        expected=expected,
    )


def facts_of_run(
    tenants: Mapping[str, dict[str, Any]], written: dict[str, int], judged: Judgements, ruleset: Ruleset
) -> dict[str, Any]:
    """What the runs of all tenants come to. written: rows of files."""
    return {
        "ruleset": {"name": ruleset.name, "fingerprint": ruleset.fingerprint, "rules": ruleset.model_dump(mode="json")},
        **{fact: sum(run[fact] for run in tenants.values()) for fact in TOTALS},
        **written,
        "judgements": judged.counts(),
        "warnings": [*judged.warnings, *(told for run in tenants.values() for told in run["model_warnings"])],
        "tenants": dict(tenants),
    }
