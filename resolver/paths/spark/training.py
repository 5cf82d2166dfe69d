"""Training: a model from patterns that Spark counted, and what is frozen beside it, as a batch estimates it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.columns import Column, Rows
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.model.layout import Layout
from resolver.model.mixture import RANDOM, SAME, Mixture, Sample, priors
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.paths.spark.arrow import Schema, away, home, whole
from resolver.paths.spark.contacts import Fields
from resolver.paths.spark.measure import Whole, chances
from resolver.paths.spark.meet import Met, pairs
from resolver.paths.spark.parcels import Pairs, opened, placed, sent, unpacked
from resolver.paths.spark.values import shared
from resolver.paths.spark.weighing import Compared, logits, shown
from resolver.paths.spark.work import Work
from resolver.steps.block import Family
from resolver.steps.keys import Keyed
from resolver.steps.score import SEED, random_places
from resolver.steps.weigh import ENOUGH, idle
from rules.ruleset import Ruleset

LIKELY: Schema = {"mask": pl.Int64(), "pairs": pl.Int64(), "found": pl.Int64()}
CHOSEN: Schema = {"place": pl.Int64(), ROW: pl.Int64()}
"""A record that was drawn, and which of those that meet others it is."""
PLACES = 1 << 16
"""Neighbouring rows among which the wanted ones are found together."""


def untrained(tenant: str, ruleset: Ruleset, fields: Fields, clean: tuple[str, ...]) -> Frozen:
    """What records are keyed by before there is a model: the families that these fields have keys for, and the shares
    that the rules ship with."""
    layout = Layout.of(fields.compared, ruleset)
    same, strangers = priors(layout, ruleset)
    mixture = Mixture((SAME, RANDOM), np.asarray([0.5, 0.5]), np.stack((same, strangers)))
    nothing = {name: Column(pl.Series([""]), np.zeros(0, dtype=np.int32)) for name in fields.compared}
    families = Keyed(nothing, np.zeros(0, dtype=np.bool_), ruleset.blocking).families
    caps = {name: ruleset.blocking.caps.get(name, ruleset.blocking.cap) for _, name in families}
    model = Model(layout, mixture, mixture, np.zeros(layout.size))
    return Frozen(tenant, ruleset, model, Reference(0, {}, caps), clean)


def drawn(work: Work, found: Met, known: Whole, by: Compared, records: int) -> tuple[Pairs, float]:
    """SHOWN of the candidates that a model is trained on, and which share of all they are (see `weigh.Drawn`).

    records: how many rows there are, those that meet nobody included.
    """
    if found.pairs <= ENOUGH:
        chosen = None
    else:
        rng, parts = np.random.default_rng(SEED), []
        for begin in range(0, records, PLACES):
            draws = rng.random(min(PLACES, records - begin))
            parts.append(begin + np.flatnonzero(draws < ENOUGH / found.pairs))
        chosen = np.concatenate(parts)
    taken = Pairs.of(work.stage("taken", lambda: pairs(found, found.families, chosen)), found.buckets)
    compared = taken.now(work.stage("drawn", lambda: shown(taken, known.contents, by)))
    if chosen is None:
        return compared, 1.0

    def made() -> dict[str, Any]:
        return {"pairs": int(home(unpacked(taken.found, _times, {"times": pl.Int64()}))["times"].sum())}

    return compared, float(work.note("share", made)["pairs"]) / found.pairs


def _times(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(pl.col("times").sum())


@dataclass(frozen=True)
class Lessons:
    """What a model learns from: what candidates show, and which share of all they are."""

    found: Pairs
    share: float


def trained(work: Work, lessons: Lessons, known: Whole, by: Compared) -> Model:
    """Estimates a model. by: what the records are compared by until then."""
    layout, ruleset = by.frozen.model.layout, by.frozen.ruleset

    def estimated() -> dict[str, Any]:
        random = shown(_random_pairs(work, known, lessons.found.buckets), known.contents, by)
        candidates, strangers = _sample(lessons.found.found, lessons.share), _sample(random, 1.0)
        shares = chances(known, shared(by.fields, by.frozen))
        return Model.train(layout, ruleset, candidates, strangers, shares, known.number).as_json()

    return Model.from_json(work.note("model", estimated))


def _sample(found: DataFrame, share: float) -> Sample:
    """How many of the pairs show which pattern. found: SHOWN, as parcels."""
    told = home(unpacked(found, _patterns, {"pattern": pl.Int64(), "number": pl.Int64()}))
    told = told.group_by("pattern").agg(pl.col("number").sum())
    patterns = told["pattern"].to_numpy().view(np.uint64)
    order = np.argsort(patterns)
    return Sample(patterns[order], told["number"].to_numpy()[order] / share)


def _patterns(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.group_by("pattern").agg(pl.len().cast(pl.Int64).alias("number"))


def _random_pairs(work: Work, known: Whole, buckets: int) -> Pairs:
    """Pairs of the records that meet others, drawn as a batch draws them: the k-th of them is found by counting."""
    first, second = random_places(known.number)
    wanted = np.unique(np.concatenate((first, second)))
    begin = np.cumsum(known.by_stretch) - known.by_stretch
    chosen = whole(sent(known.rows, len(begin)), partial(_at, begin=begin, wanted=wanted), CHOSEN)
    at = home(chosen).sort("place")[ROW].to_numpy()
    left, right = at[np.searchsorted(wanted, first)], at[np.searchsorted(wanted, second)]
    told = pl.DataFrame({"left": np.minimum(left, right), "right": np.maximum(left, right)})
    told = told.with_columns(mask=pl.lit(0, pl.Int64), times=pl.lit(0, pl.Int64))
    return Pairs.of(away(work.session, placed(told, buckets)), buckets)


def _at(parcels: pl.DataFrame, begin: Rows, wanted: Rows) -> pl.DataFrame:
    """CHOSEN of a stretch. begin: the place of the first record of each among all that meet others."""
    rows = np.sort(opened(parcels, {ROW: pl.Int64()})[ROW].to_numpy())
    place = begin[parcels["bucket"][0]] + np.arange(len(rows))
    kept = np.isin(place, wanted)
    return pl.DataFrame({"place": place[kept], ROW: rows[kept]})


def worthwhile(lessons: Lessons, met: Met, frozen: Frozen) -> list[Family]:
    """The families that earn their pairs, and the others with a cap of one."""
    if lessons.share == 1:
        return met.families
    found = home(unpacked(lessons.found.found, partial(_likely, frozen=frozen), LIKELY)).group_by("mask")
    counts = found.agg(pl.col("pairs").sum(), pl.col("found").sum())
    order = np.argsort(counts["mask"].to_numpy().view(np.uint64))
    masks, pairs, one = (counts[name].to_numpy()[order] for name in ("mask", "pairs", "found"))
    left_out = idle(masks.view(np.uint64), pairs, one, [met.bits[family.name] for family in met.families])
    return [
        replace(family, dropped=family.shared, cap=1) if met.bits[family.name] in left_out else family
        for family in met.families
    ]


def _likely(pairs: pl.DataFrame, frozen: Frozen) -> pl.DataFrame:
    found = (pl.col("logit") > 0).sum().cast(pl.Int64).alias("found")
    scored = pairs.select("mask").with_columns(logits(pairs, frozen))
    return scored.group_by("mask").agg(pl.len().cast(pl.Int64).alias("pairs"), found)
