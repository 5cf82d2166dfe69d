"""What the steps of a batch hand on: what is known of the records, the model, the entities, and the account of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Normalised, Rows, together
from resolver.expect import Views
from resolver.index import Index
from resolver.model.layout import Floats, Layout
from resolver.model.model import Model
from resolver.on_disk import Table
from resolver.paths.linkage import Account, partition, within_reach
from resolver.paths.options import Options
from resolver.paths.verdicts import Verdicts
from resolver.result import NO_TENANT, Scored
from resolver.steps.block import Candidates
from resolver.steps.cluster import Bounds
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.copies import originals
from resolver.steps.doubt import Linked
from resolver.steps.merge import Facts
from resolver.steps.prepare import Prepared, prepare
from resolver.steps.profile import Grouping
from resolver.steps.score import Shown, random_pairs, show, train, weighed
from resolver.steps.weigh import Drawn, Tally, Weighed, with_weak_inside
from rules.ruleset import Ruleset
from rules.values.arrays import which


@dataclass(frozen=True)
class Seen:
    """What is looked at when records meet.

    live: which may be joined at all. original: for each row the one that is looked at for it. met: which rows meet
    others. sides: a number a row where some are known to be different; two of equal number are not one person.
    """

    columns: dict[str, Column]
    live: NDArray[np.bool_]
    original: Rows
    met: NDArray[np.bool_]
    sides: Rows | None
    verdicts: Verdicts

    @property
    def bounds(self) -> Bounds:
        """What no score may change."""
        return self.verdicts.bounds(self.sides)


@dataclass(frozen=True)
class Known(Seen):
    """All that is known of one tenant's records before any two of them meet."""

    index: Index
    prepared: Prepared

    @classmethod
    def of(cls, records: Table, ruleset: Ruleset, options: Options) -> "Known":
        """records: RECORDS of one tenant."""
        reference = options.references.get(NO_TENANT)
        prepared = prepare(records, options.models[NO_TENANT].layout.levels if reference else ())
        columns = compared_columns(prepared.normalised, ruleset)
        live = prepared.normalised["excluded"].is_null().to_numpy()
        sides = options.sides(records["source"])
        verdicts = Verdicts.of(options.judgements, records["record_key"])
        original = originals(columns, live, verdicts.told(sides))
        met = live & (original == np.arange(len(live)))
        index = Index.of(columns, met, ruleset, reference)
        return cls(columns, live, original, met, sides, verdicts, index, prepared)


@dataclass(frozen=True)
class Trained:
    """The model and what it compares by. given: whether the model is of an earlier run."""

    model: Model
    ready: Callable[[], Comparer]
    """Makes the comparer, where it is needed at all."""
    given: bool

    @cached_property
    def comparer(self) -> Comparer:
        """What pairs of records are compared by."""
        return self.ready()


def trained_on(known: Known, candidates: Candidates, ruleset: Ruleset, frozen: Model | None) -> tuple[Drawn, Trained]:
    """The candidates that tell how often levels show, and the model. frozen: one to use in place of estimating."""
    layout = Layout.of(list(known.columns), ruleset) if frozen is None else frozen.layout
    comparer = Comparer.of(known.columns, layout, known.index, ruleset)
    comparer.warm(known.columns)
    drawn = Drawn.of(candidates, known.columns, comparer)
    if frozen is not None:
        return drawn, Trained(frozen, lambda: comparer, given=True)
    rows = random_pairs(np.flatnonzero(known.met), known.sides)
    chance = show(comparer, known.columns, *rows)
    model = train(comparer, drawn.shown, chance, int(known.met.sum()))
    return drawn, Trained(model, lambda: comparer, given=False)


@dataclass(frozen=True)
class Near:
    """Scored pairs, and which of them lie inside groups that any evidence connects. All others stay apart.

    reach: for each row the smallest row of its group. found: every pair inside such a group is among those that are not
    beyond doubt.
    """

    reach: Rows
    found: Weighed
    pairs: Rows

    @classmethod
    def of(cls, known: Seen, trained: Trained, batches: list[Weighed], ruleset: Ruleset) -> "Near":
        """Finds the groups. Empties the list of batches."""
        root = within_reach(len(known.live), batches, known.bounds, ruleset.thresholds)

        def compare(left: Rows, right: Rows) -> Shown:
            return show(trained.comparer, known.columns, left, right)

        found = with_weak_inside(batches, root, compare, trained.model)
        return cls(root[known.original], found, which(together(root, found.left, found.right)))


@dataclass(frozen=True)
class Grouped:
    """Who is one entity.

    entity: for each row the smallest row of its entity. match: the probability above which groups were joined. scored,
    weak: the pairs that decided it. tally: what each family of keys found. model: what scored them.
    """

    entity: Rows
    match: float
    scored: Scored
    weak: NDArray[np.uint64]
    tally: Tally
    model: Model

    @classmethod
    def of(cls, known: Seen, trained: Trained, near: Near, ruleset: Ruleset, target: float | None) -> "Grouped":
        """target: the share of the joins that is to be right, where one was asked for."""
        found, model = near.found, trained.model
        scored = Scored(found.left, found.right, found.patterns, found.logits, model.layout)

        def weigh(columns: Mapping[str, Column], left: Rows, right: Rows) -> Floats:
            return weighed(columns, left, right, model=model, comparer=trained.comparer)

        pairs = found.left[near.pairs], found.right[near.pairs]
        grouping = Grouping(pairs, found.logits[near.pairs], known.columns, weigh, known.bounds)
        views, link = partial(Views.of, model, found.patterns), partial(grouping.entities, len(known.live))
        entity, match = partition(scored, views, link, ruleset.thresholds, target)
        return cls(entity[known.original], match, scored, found.weak, found.tally, model)

    def account(self, verdicts: Verdicts, ruleset: Ruleset, *, cautious: bool) -> Account:
        """What became of the scores, with people's word in place of them.

        cautious: whether the model knows too little.
        """
        settled, views = verdicts.settled(self.scored, self.entity), Views.of(self.model, self.scored.patterns)
        linked = Linked(self.entity, self.scored.left, self.scored.right, settled.logits, self.weak)
        return Account.of(linked, views, self.tally, ruleset, self.match, cautious=cautious)


def facts_of(records: Table, entity: Rows, known: Normalised | None = None) -> Facts:
    """What survivorship asks of the records. known: what tells their keys and sources, where these are at hand."""
    named = records if known is None else known
    made_by = pl.Series([None] * len(records), dtype=pl.String)
    if "provenance" in records.columns:
        provenance = records["provenance"]
        made_by = provenance.struct.field("source_type") if "source_type" in provenance.struct.fields else made_by
    return Facts(entity, named["record_key"], named["source"], _updated(records), made_by)


def _updated(records: Table) -> pl.Series:
    """When each record was last changed; one never changed is as old as its creation."""
    known = [name for name in ("updated_at", "created_at") if name in records.columns]
    if not known:
        return pl.Series([None] * len(records), dtype=pl.Datetime("us", "UTC"))
    return records.select(*known).select(pl.coalesce(known)).to_series()
