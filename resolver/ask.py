"""Questions for people about the pairs of a finished run, chosen so that few answers teach much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from resolver.errors import UsageError
from resolver.explain import read_frame
from resolver.judgement import Verdict
from resolver.model.model import Model
from resolver.model.odds import log_odds
from resolver.model.questions import Pool, choose
from resolver.model.taught import Lesson, learn
from resolver.paths.frozen import read_models
from resolver.report.view import as_entered
from resolver.result import NO_TENANT
from resolver.teach import sides

ENDS = ("left_key", "right_key")


@dataclass(frozen=True)
class Line:
    """One field of a question: both values as entered, and the level they show; None where it cannot be compared."""

    field: str
    left: str
    right: str
    level: str | None


@dataclass(frozen=True)
class Question:
    """Two records that may be one person. What the engine thinks of it is not told: it would sway the answer."""

    tenant: str
    left_key: str
    right_key: str
    lines: list[Line]


@dataclass(frozen=True)
class Finished:
    """The folder of a finished run, as far as questions need it; clusters and normalised are row for row."""

    folder: Path
    pairs: pl.DataFrame
    clusters: pl.DataFrame
    normalised: pl.DataFrame
    models: Mapping[str, Model]

    @classmethod
    def read(cls, folder: Path) -> "Finished":
        """Raises UsageError where there is no finished run."""
        pairs, clusters, normalised = (read_frame(folder, name) for name in ("pairs", "clusters", "normalised"))
        return cls(folder, pairs, clusters, normalised, read_models(folder / "model.json"))

    @property
    def tenants(self) -> list[str]:
        """Who has a model of their own."""
        return sorted(self.models)

    def pairs_of(self, tenant: str) -> pl.DataFrame:
        """The scored pairs of one tenant, in the order of their keys."""
        mine = self.pairs if "tenant" not in self.pairs.columns else self.pairs.filter(tenant=tenant)
        return mine.sort(ENDS)

    def bar(self, tenant: str) -> float:
        """The natural log odds from which this run joined."""
        run = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        return log_odds(run["tenants"][tenant]["thresholds"]["match"]["probability"])

    def hanging(self, tenant: str, pairs: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """For each pair how many records its two entities hold."""
        mine = self.clusters if "tenant" not in self.clusters.columns else self.clusters.filter(tenant=tenant)
        of = mine.select("record_key", "entity_id", size=pl.len().over("entity_id"))
        left, right = (pairs.join(of, left_on=end, right_on="record_key", maintain_order="left") for end in ENDS)
        both = left["size"] + pl.select(
            pl.when(left["entity_id"] != right["entity_id"]).then(right["size"])
        ).to_series().fill_null(0)
        return both.to_numpy().astype(np.float64)

    def records(self, keys: pl.Series) -> pl.DataFrame:
        """The records of some keys as they were understood."""
        path = self.folder / "records.parquet"
        if not path.exists():
            raise UsageError(
                f"{self.folder} holds no records.parquet; run: resolver dedupe FILE... --out {self.folder}"
            )
        return pl.scan_parquet(path).filter(pl.col("record_key").is_in(keys.implode())).collect()


def questions(run: Finished, judged: pl.DataFrame, count: int) -> list[Question]:
    """At most so many pairs to ask about, the most telling first and controls last.

    judged: JUDGEMENTS so far, settled on the records of the run; what they hold is not asked again, and what they
    teach is taken into account. Tenants get their share by how much is unsure in each.
    """
    judged = judged.filter(pl.col("verdict").is_not_null()).with_columns(pl.col("tenant").fill_null(NO_TENANT))
    found = {tenant: run.pairs_of(tenant) for tenant in run.tenants}
    pools = {
        tenant: _pool(run, tenant, pairs, judged.filter(tenant=tenant)) for tenant, pairs in found.items() if len(pairs)
    }
    chosen = [
        found[tenant][choose(pools[tenant], share).tolist()].with_columns(tenant=pl.lit(tenant))
        for tenant, share in _shares(pools, count).items()
    ]
    return _questions(run, pl.concat(chosen, how="diagonal_relaxed")) if chosen else []


def _pool(run: Finished, tenant: str, pairs: pl.DataFrame, judged: pl.DataFrame) -> Pool:
    """The pairs of a tenant, with what was judged so far taken into their scores."""
    model = run.models[tenant]
    codes = {
        name: pairs[name].cast(pl.Enum(list(levels))).to_physical().cast(pl.Int64).fill_null(-1).to_numpy() + 1
        for name, levels in model.layout.levels.items()
        if name in pairs.columns
    }
    patterns = model.layout.pack({name: code.astype(np.uint8) for name, code in codes.items()}, len(pairs))
    verdict = pairs.join(judged.filter(pl.col("unused").is_null()), on=ENDS, how="left", maintain_order="left")[
        "verdict"
    ]
    done = pairs.select(ENDS).join(
        judged.select(ENDS).unique().with_columns(done=True), on=ENDS, how="left", maintain_order="left"
    )
    pool = Pool(
        layout=model.layout,
        patterns=patterns,
        logits=pairs["weight"].to_numpy() * np.log(2) - run.bar(tenant),
        stakes=run.hanging(tenant, pairs),
        held=model.held(patterns),
        done=done["done"].fill_null(value=False).to_numpy(),
    )
    return _as_taught(pool, model, pairs, verdict)


def _as_taught(pool: Pool, model: Model, pairs: pl.DataFrame, verdict: pl.Series) -> Pool:
    """The pool with scores as the verdicts so far correct them."""
    told = verdict.is_in([Verdict.SAME, Verdict.DIFFERENT]).fill_null(value=False).to_numpy()
    lesson = Lesson(
        layout=pool.layout,
        records=0,
        sides=sides(model),
        patterns=pool.patterns[told],
        estimates=pairs["weight"].to_numpy()[told] * np.log(2),
        held=pool.held[told],
        same=(verdict == Verdict.SAME).fill_null(value=False).to_numpy()[told],
        groups=pairs["left_key"].rank("dense").to_numpy().astype(np.int64)[told],
    )
    taught = learn(lesson).taught
    if taught is None:
        return pool
    return replace(pool, logits=pool.logits + taught.added(pool.layout, pool.patterns, pool.held))


def _shares(pools: Mapping[str, Pool], count: int) -> dict[str, int]:
    """The count divided among tenants by what is unsure in each (largest remainders)."""
    unsure = np.asarray([float(pool.unsure[~pool.done].sum()) for pool in pools.values()])
    if not unsure.sum():
        return {}
    exact = count * unsure / unsure.sum()
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: count - int(whole.sum())]] += 1
    return dict(zip(pools, whole.tolist(), strict=True))


def _questions(run: Finished, pairs: pl.DataFrame) -> list[Question]:
    records = run.records(pl.concat([pairs[end] for end in ENDS]))
    entered = {
        (row.get("tenant") or NO_TENANT, row["record_key"]): as_entered(row) for row in records.iter_rows(named=True)
    }
    asked = []
    for row in pairs.iter_rows(named=True):
        left, right = (entered[row["tenant"], row[end]] for end in ENDS)
        names = dict.fromkeys([*run.models[row["tenant"]].layout.fields, *left, *right])
        lines = [
            Line(name, left.get(name, ""), right.get(name, ""), row.get(name))
            for name in names
            if name in left or name in right
        ]
        asked.append(Question(row["tenant"], row["left_key"], row["right_key"], lines))
    return asked
