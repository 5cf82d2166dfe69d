"""Account: what became of the pairs, and what a steward should see, by the batch's own functions on whole couples.

A couple is two entities, or one and itself. All pairs between the two are brought to one worker, so that what the batch
says of each couple holds here; what it draws from all of them, the cutoffs and the estimates, is summed up on the
driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import chain
from operator import add
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.columns import Rows, distinct
from resolver.expect import GRID, NOTHING, Chains, Expected, Joins, Views, expect, never_met
from resolver.model.cutoffs import EVEN, WORTH_ASKING, Cutoffs
from resolver.model.frozen import Frozen
from resolver.model.layout import Floats
from resolver.model.odds import probabilities
from resolver.paths.linkage import Account, thresholds
from resolver.paths.outcome import CASES as SHOWN_CASES
from resolver.paths.outcome import doubtful_cases, pairs_of
from resolver.paths.spark.arrow import Schema, home, whole
from resolver.paths.spark.grouping import MEMBER, Judged
from resolver.paths.spark.hanging import ROOT
from resolver.paths.spark.parcels import (
    ASKED,
    BESIDES,
    CASES,
    PAIRS,
    PARCEL,
    SUMS,
    WANTED,
    Pairs,
    beside,
    bucket_of_two,
    cut,
    facts,
    named_by_two,
    of_kind,
    opened,
    placed,
    sent,
    uncut,
)
from resolver.paths.spark.weighing import SCORED, TALLY, Scores
from resolver.paths.spark.work import Work
from resolver.result import DECISIONS, Scored
from resolver.steps.block import packed
from resolver.steps.doubt import Linked, asked
from resolver.steps.weigh import DOUBT, Tally
from rules.ruleset import Thresholds
from rules.values.hashes import among_many

ENDS: Schema = {"one": pl.Int64(), "other": pl.Int64(), "one_size": pl.Int64(), "other_size": pl.Int64()}
STRONG: Schema = {**SCORED, **ENDS}
"""A pair that is not beyond doubt, with the entities of its two records, and their sizes."""
SIDES = ("left", "right", "one", "other")
WEAK: Schema = {name: pl.Int64() for name in SIDES}
"""One that is: it only counts that the two met. Most pairs are, so they travel with no more than this."""
SUM: Schema = {"what": pl.String(), "level": pl.Float64(), "amount": pl.Float64(), "rows": pl.List(pl.Float64())}
COUPLE, LINK, CHAIN = "couple", "link", "chain"
VIEWS = 3
"""What chains are followed by: the scores, and each of the model's two estimates."""
PAIRS_A_RECORD = 5
"""As many pairs take the memory of one record's contact."""
MEAN: Schema = {"what": pl.String(), "total": pl.Float64(), "number": pl.Int64()}
CASE: Schema = {"left": pl.Int64(), "right": pl.Int64(), "chance": pl.Float64()} | {
    name: SHOWN_CASES[name] for name in ("probability", "reason", "records", "value")
}


@dataclass(frozen=True)
class Accounted:
    """What the pairs come to. pairs: the columns of `pairs.parquet`, by row, as parcels; cases: CASE, likewise."""

    pairs: Pairs
    cases: Pairs
    expected: Expected
    thresholds: Mapping[str, Any]


@dataclass(frozen=True)
class Local:
    """The pairs of some couples as places among the rows they name: what the batch's functions ask for.

    rows: the number of each place, ascending; behind them stand, without one, the members that no pair here names.
    """

    rows: Rows
    linked: Linked
    scored: Scored

    @classmethod
    def of(cls, strong: pl.DataFrame, weak: pl.DataFrame, told: pl.DataFrame, frozen: Frozen) -> "Local":
        """strong, weak: STRONG and WEAK of whole couples. told: left, right, verdict, one, other of the verdicts there
        are."""
        told = told.join(strong.select("one", "other"), on=["one", "other"], how="semi")
        named = [[frame[name].to_numpy() for name in SIDES] for frame in (strong, weak, told)]
        rows = distinct(np.concatenate([*chain.from_iterable(named)]))
        places = [[np.searchsorted(rows, numbers) for numbers in each] for each in named]
        entity = np.empty(len(rows), dtype=np.int64)
        for left, right, one, other in places:
            for at, owner in ((one, one), (other, other), (left, one), (right, other)):
                entity[at] = owner
        (left, right, one, other), (met, weak_other, *_), _ = places
        sizes = np.zeros(len(rows), dtype=np.int64)
        sizes[one], sizes[other] = strong["one_size"].to_numpy(), strong["other_size"].to_numpy()
        order = np.argsort(packed(left, right))
        patterns, logits = strong["pattern"].to_numpy().view(np.uint64), strong["logit"].to_numpy()
        scored = Scored(left, right, patterns, logits, frozen.model.layout).where(order)
        entity = np.concatenate((entity, _absent(sizes, entity)))
        settled = Judged(told).of(rows).settled(scored, entity)
        linked = Linked(entity, scored.left, scored.right, settled.logits, packed(met, weak_other))
        return cls(rows, linked, scored)

    def account(self, cutoffs: Cutoffs, fixed: Thresholds) -> Account:
        """The batch's account of these couples alone, under the cutoffs of the whole."""
        return Account(self.linked, cutoffs, NOTHING, fixed)

    @property
    def keys(self) -> pl.Series:
        """The numbers of the rows, as names; the members that no pair names have none."""
        absent = pl.Series([None], dtype=pl.String).new_from_index(0, len(self.linked.entity) - len(self.rows))
        return pl.concat([pl.Series(self.rows).cast(pl.String), absent])


def _absent(sizes: Rows, entity: Rows) -> Rows:
    """For each member of an entity that no pair here names, the place of its entity. sizes: at that place, 0 elsewhere;
    entity: of each row."""
    known = np.flatnonzero(sizes)
    return np.repeat(known, sizes[known] - np.bincount(entity, minlength=len(entity))[known])


@dataclass(frozen=True)
class Whose:
    """What is known of the records before the evidence between entities is summed up.

    members: MEMBER of every record; sizes: (entity, size) of the entities of several live ones. told: left, right,
    verdict of what people said, with the entities of both: one, other.
    """

    members: DataFrame
    sizes: DataFrame
    told: pl.DataFrame


@dataclass(frozen=True)
class Couples:
    """STRONG and WEAK of all pairs between two entities that share a strong one, as parcels in so many buckets, and SUM
    of what each of these comes to."""

    found: DataFrame
    sums: DataFrame
    buckets: int


def coupled(work: Work, scored: Pairs, whose: Whose, frozen: Frozen, tally: Tally) -> Couples:
    """Brings all pairs between two entities together."""
    number = 1 + int(tally.pairs.sum()) // (PAIRS_A_RECORD * work.scale.bucket)

    def found() -> DataFrame:
        known = whose.members.select(*MEMBER).join(whose.sizes, "entity", "left").fillna(1, ["size"])
        ends = scored.beside(facts(known, scored.buckets), partial(_coupled, buckets=number), PARCEL)
        return whole(sent(ends, number), partial(_summed, told=whose.told, frozen=frozen), PARCEL)

    saved = work.stage("coupled", found)
    return Couples(of_kind(saved, PAIRS).unionByName(of_kind(saved, BESIDES)), of_kind(saved, SUMS), number)


def _coupled(pairs: pl.DataFrame, known: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """STRONG and WEAK of some pairs. known: MEMBER with the size of the entity, by number."""
    left, right = (beside(known, pairs[side], ["entity", ROOT, "size"]) for side in ("left", "right"))
    strong = (pairs["logit"] > DOUBT) | (left[ROOT] == right[ROOT])
    ends = pl.DataFrame([left["entity"], right["entity"], left["size"], right["size"]], schema=dict(ENDS))
    pairs, bucket = pairs.hstack(ends), bucket_of_two(left["entity"], right["entity"], buckets)
    parts = ((strong, STRONG, PAIRS), (~strong, WEAK, BESIDES))
    return pl.concat([cut(pairs.select(*schema).filter(kept), bucket[kept], kind) for kept, schema, kind in parts])


def _summed(parcels: pl.DataFrame, told: pl.DataFrame, frozen: Frozen) -> pl.DataFrame:
    """The pairs of some couples that matter, and SUM of these."""
    strong, weak = opened(parcels, STRONG, PAIRS), opened(parcels, WEAK, BESIDES)
    if not len(strong):
        return pl.DataFrame()
    weak, bucket = weak.filter(matters(strong, weak)), int(parcels["bucket"][0])
    kept = [uncut(pairs, kind, bucket) for pairs, kind in ((strong, PAIRS), (weak, BESIDES))]
    return pl.concat([*kept, uncut(_sums(Local.of(strong, weak, told, frozen), frozen), SUMS)])


def matters(strong: pl.DataFrame, weak: pl.DataFrame) -> pl.Series:
    """Which weak pairs are of a couple that has a strong one."""
    couples, asked = (named_by_two(pairs["one"], pairs["other"]) for pairs in (strong, weak))
    return pl.Series(among_many(asked, couples))


def joined_by(sizes: DataFrame) -> int:
    """The pairs of records inside entities. sizes: (entity, size) of those of several records."""
    pairs = sf.sum((sf.col("size") * (sf.col("size") - 1) / 2).cast("bigint")).alias("pairs")
    return int(home(sizes.agg(pairs))["pairs"][0] or 0)


def accounted(work: Work, couples: Couples, whose: Whose, frozen: Frozen, tally: Tally, buckets: int) -> Accounted:
    """couples: as `coupled` gave them. buckets: into which records are cut."""

    def sums() -> dict[str, Any]:
        found = opened(home(couples.sums), SUM)
        return {"sums": found.sort("what", "level", "amount").rows()}

    summed = work.note("couples", sums)["sums"]
    fixed = frozen.ruleset.thresholds
    apart, links = (
        np.asarray([[level, amount] for kind, level, amount, _ in summed if kind == what]).reshape(-1, 2).T
        for what in (COUPLE, LINK)
    )
    cutoffs = Cutoffs.holding(fixed, fixed.match or EVEN, (apart[0], apart[1]), (links[0], links[1]))
    unmet = never_met(tally, frozen.ruleset.blocking)
    # Of the pairs inside entities some are among no two records that met.
    joins = _joins([(amount, values) for kind, _, amount, values in summed if kind == CHAIN], joined_by(whose.sizes))
    expected = expect(joins, float(apart[1].sum()), unmet, cautious=frozen.model.caution is not None)
    tell = partial(_told, told=whose.told, frozen=frozen, cutoffs=cutoffs, buckets=buckets)
    told = work.stage("told", lambda: whole(sent(couples.found, couples.buckets), tell, PARCEL))
    means = work.note("means", lambda: _means(opened(home(of_kind(told, SUMS)), MEAN)))
    told_of = thresholds(cutoffs, fixed, expected, means["chance"], None if expected.silent else means["sure"])
    shown = Pairs(of_kind(told, CASES, PAIRS), of_kind(told, ASKED, WANTED), buckets)
    return Accounted(Pairs.of(told, buckets), shown, expected, told_of)


def _means(parts: pl.DataFrame) -> dict[str, float | None]:
    """The average of each, None of nothing. parts: MEAN."""
    sums = parts.sort("total").group_by("what").agg(pl.col("total", "number").sum())
    found = {what: total / number for what, total, number in sums.rows() if number}
    return {"chance": found.get("chance"), "sure": found.get("sure")}


def _joins(rows: list[Any], joined: int) -> Joins:
    """The sum of what each part said of its chains (see `_sums`), of which an entity has all in one part."""
    parts = []
    for scored, values in rows:
        views = np.asarray(values).reshape(VIEWS, 4, -1)
        parts.append(Joins(0, int(scored), tuple(Chains(*view) for view in views)))
    nothing = Joins(joined, 0, (Chains(*np.zeros((4, len(GRID) + 1))),) * VIEWS)
    return reduce(add, parts, nothing)


def _sums(local: Local, frozen: Frozen) -> pl.DataFrame:
    """What the whole needs of some couples. A couple, or the weakest link of an entity, that no cutoff can depend on is
    summed up with others at a level of 0."""
    linked, couples = local.linked, local.linked.couples
    weakest = 1 - probabilities(linked.logits[linked.weakest])
    joins = Joins.of(linked, Views.of(frozen.model, local.scored.patterns))
    parts = [
        _levels(COUPLE, couples.chance, couples.chance * couples.met),
        _levels(LINK, weakest, weakest),
        pl.DataFrame(
            {
                "what": [CHAIN],
                "level": [0.0],
                "amount": [float(joins.scored)],
                "rows": [np.stack([np.stack(chain.rows) for chain in joins.chains]).ravel().tolist()],
            },
            schema=dict(SUM),
        ),
    ]
    return pl.concat(parts)


def _levels(what: str, levels: Floats, amounts: Floats) -> pl.DataFrame:
    top = levels >= WORTH_ASKING
    rest = float(amounts[~top].sum())
    return pl.DataFrame(
        {"level": [*levels[top].tolist(), 0.0], "amount": [*amounts[top].tolist(), rest]},
        schema={"level": pl.Float64, "amount": pl.Float64},
    ).select(pl.lit(what).alias("what"), "level", "amount", pl.lit([], dtype=pl.List(pl.Float64)).alias("rows"))


def _told(parcels: pl.DataFrame, told: pl.DataFrame, frozen: Frozen, cutoffs: Cutoffs, buckets: int) -> pl.DataFrame:
    """Of some couples the pairs for `pairs.parquet`, what a steward should see, and MEAN of both, as parcels."""
    local = Local.of(opened(parcels, STRONG, PAIRS), opened(parcels, WEAK, BESIDES), told, frozen)
    account = local.account(cutoffs, frozen.ruleset.thresholds)
    keys = local.keys
    pairs, cases = pairs_of(local.scored, account, keys).frame().with_columns(*_by_row()), _cases(local, account, keys)
    sure = pairs.filter(pl.col("decision") == DECISIONS[-1], pl.col("probability") >= cutoffs.sure)["probability"]
    sums = [(what, float(of.sum()), of.count()) for what, of in (("chance", cases["chance"]), ("sure", sure))]
    means = pl.DataFrame(sums, schema=dict(MEAN), orient="row")
    pairs = pairs.drop("left_key", "right_key")
    return pl.concat([placed(pairs, buckets), placed(cases, buckets, (CASES, ASKED)), uncut(means, SUMS)])


def _by_row() -> list[pl.Expr]:
    return [pl.col(f"{side}_key").cast(pl.Int64).alias(side) for side in ("left", "right")]


def _cases(local: Local, account: Account, keys: pl.Series) -> pl.DataFrame:
    """CASE: what a steward should see of some couples, and for two entities the chance that they are one."""
    linked = local.linked
    cases = doubtful_cases(account, keys, keys).with_columns(*_by_row())
    shown = asked(linked, account.cutoffs)
    best = linked.couples.best[shown]
    chances = pl.DataFrame(
        {
            "left": local.rows[linked.left[best]],
            "right": local.rows[linked.right[best]],
            "chance": linked.couples.chance[shown],
        }
    )
    return cases.join(chances, on=["left", "right"], how="left", maintain_order="left").select(*CASE)


def keyed_pairs(pairs: Pairs, names: DataFrame, fields: Sequence[str]) -> DataFrame:
    """The pairs of `pairs.parquet`, named by key. pairs: as in `Accounted`; names: NAMED of all records, as parcels."""
    levels = dict.fromkeys(fields, pl.String())
    shape: Schema = {"left_key": pl.String(), "right_key": pl.String(), **levels}
    shape = {**shape, "weight": pl.Float64(), "probability": pl.Float64(), "decision": pl.String()}
    return pairs.beside(names, _keyed, shape)


def _keyed(pairs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    keys = [beside(known, pairs[side], ["record_key"])["record_key"].alias(f"{side}_key") for side in ("left", "right")]
    return pairs.with_columns(*keys, pl.col(pl.Enum).cast(pl.String))


def keyed_cases(cases: Pairs, names: DataFrame) -> DataFrame:
    """CASE with the columns of `review.parquet`, but for the number of each. names: as above."""
    shape = {name: dtype for name, dtype in CASE.items() if name != "chance"}
    ends = [f"{side}_{what}" for side in ("left", "right") for what in ("key", "entity")]
    return cases.beside(names, _keyed_cases, {**shape, **dict.fromkeys(ends, pl.String())})


def _keyed_cases(cases: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    ends = [
        beside(known, cases[side], ["record_key", "entity_id"]).rename(
            {"record_key": f"{side}_key", "entity_id": f"{side}_entity"}
        )
        for side in ("left", "right")
    ]
    return pl.concat([cases, *ends], how="horizontal")


def tallied(work: Work, scores: Scores) -> Tally:
    """What each combination of families found."""

    def found() -> dict[str, Any]:
        return {"sums": opened(home(scores.tallies), TALLY).sort("mask", "pairs", "chances").rows()}

    told = pl.DataFrame(work.note("tally", found)["sums"], schema=dict(TALLY), orient="row")
    masks = told["mask"].to_numpy().view(np.uint64)
    return Tally.together([Tally(masks, told["pairs"].to_numpy(), told["chances"].to_numpy())])
