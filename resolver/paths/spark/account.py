"""Account: what became of the pairs, and what a steward should see, by the batch's own functions on whole couples.

A couple is two entities, or one and itself. All pairs between the two are brought to one worker, so that what the batch
says of each couple holds here; what it draws from all of them, the cutoffs and the estimates, is summed up on the
driver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.columns import Rows
from resolver.expect import GRID, NOTHING, Chains, Expected, Joins, Views, expect, never_met
from resolver.lists import ROW
from resolver.model.cutoffs import EVEN, WORTH_ASKING, Cutoffs
from resolver.model.frozen import Frozen
from resolver.model.layout import Floats
from resolver.model.odds import probabilities
from resolver.paths.linkage import Account, thresholds
from resolver.paths.outcome import CASES, DECISIONS, doubtful_cases, pairs_of
from resolver.paths.spark.arrow import Schema, home, whole
from resolver.paths.spark.grouping import MEMBER, Judged
from resolver.paths.spark.hanging import ROOT
from resolver.paths.spark.weighing import SCORED
from resolver.paths.spark.work import Work
from resolver.result import Scored
from resolver.steps.block import packed
from resolver.steps.doubt import Linked, asked
from resolver.steps.weigh import DOUBT, Tally
from rules.ruleset import Thresholds

ENDS: Schema = {"one": pl.Int64(), "other": pl.Int64(), "one_size": pl.Int64(), "other_size": pl.Int64()}
COUPLED: Schema = {**SCORED, **ENDS, "strong": pl.Boolean()}
"""A pair with the entities of its two records, their sizes, and whether it is not beyond doubt."""
SUM: Schema = {"what": pl.String(), "level": pl.Float64(), "amount": pl.Float64(), "rows": pl.List(pl.Float64())}
COUPLE, LINK, CHAIN = "couple", "link", "chain"
VIEWS = 3
"""What chains are followed by: the scores, and each of the model's two estimates."""
PAIRS = 10
"""As many pairs take the memory of one record's contact."""
PAIRED: Schema = {"left": pl.Int64(), "right": pl.Int64()}
CASE: Schema = {**PAIRED, "chance": pl.Float64()} | {
    name: CASES[name] for name in ("probability", "reason", "records", "value")
}


@dataclass(frozen=True)
class Accounted:
    """What the pairs come to. pairs: the columns of `pairs.parquet`, by row; cases: those of `review.parquet`."""

    pairs: DataFrame
    cases: DataFrame
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
    def of(cls, pairs: pl.DataFrame, told: pl.DataFrame, frozen: Frozen) -> "Local":
        """pairs: COUPLED of whole couples. told: left, right, verdict, one, other of the verdicts there are."""
        pairs = pairs.sort("left", "right")
        told = told.join(pairs.select("one", "other").unique(), on=["one", "other"], how="semi")
        sides = (("left", "one"), ("right", "other"), ("one", "one"), ("other", "other"))
        members = pl.concat(
            [
                frame.select(pl.col(row).alias(ROW), pl.col(entity).alias("entity"))
                for frame, wanted in ((pairs, sides), (told, sides[:2]))
                for row, entity in wanted
            ]
        )
        members = members.unique().sort(ROW)
        rows = members[ROW].to_numpy()
        entity = np.searchsorted(rows, members["entity"].to_numpy())
        entity = np.concatenate((entity, _absent(pairs, rows, entity)))
        left, right = (np.searchsorted(rows, pairs[side].to_numpy()) for side in ("left", "right"))
        strong, weak = pairs["strong"].arg_true().to_numpy(), (~pairs["strong"]).arg_true().to_numpy()
        patterns, logits = pairs["pattern"].to_numpy().view(np.uint64), pairs["logit"].to_numpy()
        layout = frozen.model.layout
        scored = Scored(left[strong], right[strong], patterns[strong], logits[strong], layout)
        settled = Judged(told).of(rows).settled(scored, entity)
        linked = Linked(entity, scored.left, scored.right, settled.logits, packed(left[weak], right[weak]))
        return cls(rows, linked, scored)

    def account(self, cutoffs: Cutoffs, fixed: Thresholds) -> Account:
        """The batch's account of these couples alone, under the cutoffs of the whole."""
        return Account(self.linked, cutoffs, NOTHING, fixed)

    @property
    def keys(self) -> pl.Series:
        """The numbers of the rows, as names; the members that no pair names have none."""
        absent = pl.Series([None], dtype=pl.String).new_from_index(0, len(self.linked.entity) - len(self.rows))
        return pl.concat([pl.Series(self.rows).cast(pl.String), absent])


def _absent(pairs: pl.DataFrame, rows: Rows, entity: Rows) -> Rows:
    """For each member of an entity that no pair here names, the place of its entity. entity: of each row."""
    sizes = pl.concat(
        [pairs.select(pl.col(end).alias("entity"), pl.col(f"{end}_size").alias("size")) for end in ("one", "other")]
    ).unique()
    places = np.searchsorted(rows, sizes["entity"].to_numpy())
    named = np.bincount(entity, minlength=len(rows))
    return np.repeat(places, sizes["size"].to_numpy() - named[places])


def coupled(work: Work, scored: DataFrame, members: DataFrame, sizes: DataFrame) -> DataFrame:
    """COUPLED of all pairs. members: MEMBER; sizes: (entity, size) of the entities of several records."""
    known = members.select(*MEMBER)

    def found() -> DataFrame:
        pairs = scored
        for side, end in (("left", "one"), ("right", "other")):
            mine = known.select(
                sf.col(ROW).alias(side), sf.col("entity").alias(end), sf.col(ROOT).alias(f"{side}_{ROOT}")
            )
            size = sizes.select(sf.col("entity").alias(end), sf.col("size").alias(f"{end}_size"))
            pairs = pairs.join(mine, side, "left").withColumn(end, sf.coalesce(end, side)).join(size, end, "left")
            pairs = pairs.withColumn(f"{end}_size", sf.coalesce(f"{end}_size", sf.lit(1)))
        inside = sf.coalesce(sf.col(f"left_{ROOT}") == sf.col(f"right_{ROOT}"), sf.lit(False))
        pairs = pairs.withColumn("strong", (sf.col("logit") > DOUBT) | inside)
        return pairs.select(*COUPLED)

    return work.stage("coupled", found)


def joined_by(sizes: DataFrame) -> int:
    """The pairs of records inside entities. sizes: (entity, size) of those of several records."""
    pairs = sf.sum((sf.col("size") * (sf.col("size") - 1) / 2).cast("bigint")).alias("pairs")
    return int(home(sizes.agg(pairs))["pairs"][0] or 0)


def accounted(
    work: Work, couples: DataFrame, told: pl.DataFrame, frozen: Frozen, tally: Tally, joined: int
) -> Accounted:
    """couples: COUPLED of all pairs. told: left, right, verdict of what people said, with the entities of both: one,
    other. joined: the pairs of records inside entities, of which some are among no two records that met."""
    number = 1 + work.note("pairs", lambda: {"number": couples.count()})["number"] // (PAIRS * work.scale.bucket)
    near = couples.repartition(number, sf.least("one", "other"), sf.greatest("one", "other"))

    def sums() -> dict[str, Any]:
        found = home(whole(near, partial(_sums, told=told, frozen=frozen), SUM))
        return {"sums": found.sort("what", "level", "amount").rows()}

    summed = work.note("couples", sums)["sums"]
    fixed = frozen.ruleset.thresholds
    apart, links = (
        np.asarray([[level, amount] for kind, level, amount, _ in summed if kind == what]).reshape(-1, 2).T
        for what in (COUPLE, LINK)
    )
    cutoffs = Cutoffs.holding(fixed, fixed.match or EVEN, (apart[0], apart[1]), (links[0], links[1]))
    unmet = never_met(tally, frozen.ruleset.blocking)
    joins = _joins([(amount, values) for kind, _, amount, values in summed if kind == CHAIN], joined)
    expected = expect(joins, float(apart[1].sum()), unmet, cautious=frozen.model.caution is not None)
    pairs = work.stage(
        "paired", lambda: whole(near, partial(_pairs, told=told, frozen=frozen, cutoffs=cutoffs), _paired(frozen))
    )
    cases = work.stage("cases", lambda: whole(near, partial(_cases, told=told, frozen=frozen, cutoffs=cutoffs), CASE))
    sure = pairs.filter((sf.col("decision") == DECISIONS[-1]) & (sf.col("probability") >= cutoffs.sure))
    means = [
        home(one.agg(sf.avg(name).alias("mean")))["mean"][0] for one, name in ((cases, "chance"), (sure, "probability"))
    ]
    told_of = thresholds(cutoffs, fixed, expected, means[0], None if expected.silent else means[1])
    return Accounted(pairs, cases, expected, told_of)


def _joins(rows: list[Any], joined: int) -> Joins:
    """The sum of what each part said of its chains (see `_sums`), of which an entity has all in one part."""
    parts = []
    for scored, values in rows:
        views = np.asarray(values).reshape(VIEWS, 4, -1)
        parts.append(Joins(0, int(scored), tuple(Chains(*view) for view in views)))
    nothing = Joins(joined, 0, (Chains(*np.zeros((4, len(GRID) + 1))),) * VIEWS)
    return reduce(add, parts, nothing)


def _sums(pairs: pl.DataFrame, told: pl.DataFrame, frozen: Frozen) -> pl.DataFrame:
    """What the whole needs of some couples. A couple, or the weakest link of an entity, that no cutoff can depend on is
    summed up with others at a level of 0."""
    local = Local.of(pairs, told, frozen)
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


def _paired(frozen: Frozen) -> Schema:
    levels = dict.fromkeys(frozen.model.layout.fields, pl.String())
    return {**PAIRED, **levels, "weight": pl.Float64(), "probability": pl.Float64(), "decision": pl.String()}


def _pairs(pairs: pl.DataFrame, told: pl.DataFrame, frozen: Frozen, cutoffs: Cutoffs) -> pl.DataFrame:
    """The pairs of some couples for `pairs.parquet`, named by row."""
    local = Local.of(pairs, told, frozen)
    made = pairs_of(local.scored, local.account(cutoffs, frozen.ruleset.thresholds), local.keys)
    levels = [pl.col(name).cast(pl.String) for name in frozen.model.layout.fields]
    return made.with_columns(*_by_row(), *levels)


def _by_row() -> list[pl.Expr]:
    return [pl.col(f"{side}_key").cast(pl.Int64).alias(side) for side in ("left", "right")]


def _cases(pairs: pl.DataFrame, told: pl.DataFrame, frozen: Frozen, cutoffs: Cutoffs) -> pl.DataFrame:
    """What a steward should see of some couples, named by row, and for two entities the chance that they are one."""
    local = Local.of(pairs, told, frozen)
    keys, linked = local.keys, local.linked
    cases = doubtful_cases(local.account(cutoffs, frozen.ruleset.thresholds), keys, keys).with_columns(*_by_row())
    shown = asked(linked, cutoffs)
    best = linked.couples.best[shown]
    chances = pl.DataFrame(
        {
            "left": local.rows[linked.left[best]],
            "right": local.rows[linked.right[best]],
            "chance": linked.couples.chance[shown],
        }
    )
    return cases.join(chances, on=["left", "right"], how="left", maintain_order="left")


def tallied(scored: DataFrame) -> Tally:
    """What each combination of families found."""
    chance = sf.sum(1 / (1 + sf.exp(-sf.col("logit")))).alias("chances")
    told = home(scored.groupBy("mask").agg(sf.count("*").alias("pairs"), chance))
    masks = told["mask"].to_numpy().view(np.uint64)
    order = np.argsort(masks)
    return Tally(masks[order], told["pairs"].to_numpy()[order], told["chances"].to_numpy()[order])
