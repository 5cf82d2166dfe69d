"""What the steps found, as the frames of the result contract."""

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.frames import CLUSTERS, check
from resolver.ids import mint
from resolver.model.layout import Layout
from resolver.model.odds import probabilities
from resolver.parted import Parted
from resolver.paths.linkage import Account
from resolver.result import Scored
from resolver.steps.block import Family
from resolver.steps.cluster import numbered
from resolver.steps.doubt import asked_pairs, doubts
from resolver.steps.prepare import Prepared
from resolver.steps.weigh import DOUBT, Tally
from rules.ruleset import Blocking, Ruleset

CONSENT_DIFFERS = "joined; one record allows contact and another forbids it"
IDENTIFYING = ("tenant", "given", "family", "email", "phone", "company", "identifier")
"""What an entity's id is minted from, besides the id of its first record."""
CASES: dict[str, pl.DataType] = {
    "left_key": pl.String(),
    "right_key": pl.String(),
    "left_entity": pl.String(),
    "right_entity": pl.String(),
    "probability": pl.Float64(),
    "reason": pl.String(),
    "records": pl.Int64(),
    "value": pl.Float64(),
}
"""The review list: a pair that shows the case best, why it is asked, how many records hang on it, and its worth."""


def clusters_of(prepared: Prepared, entity: Rows) -> pl.DataFrame:
    """Every record with its entity. Ids come from the content of each entity's first record."""
    first, place = numbered(entity)
    content = prepared.normalised.taken(first)
    told = [content[name] for name in IDENTIFYING if name in content.columns]
    minted = mint(pl.DataFrame([prepared.records["record_id"].gather(first), *told]))
    ids = minted.gather(place).alias("entity_id")
    found = prepared.records.select("source", "record_id", "record_key")
    return check(found.with_columns(ids, prepared.normalised["excluded"]), CLUSTERS)


def pairs_of(scored: Scored, account: Account, keys: pl.Series) -> Parted:
    """The scored pairs that are not beyond doubt or were joined all the same, with what became of each."""
    joined = account.linked.inside
    kept = np.flatnonzero(joined | (scored.logits >= DOUBT)).astype(np.uint32)
    decision = asked_pairs(account.linked, account.cutoffs).astype(np.uint8)
    decision += joined.astype(np.uint8) << 1
    return scored.parted(kept, keys, decision)


def doubtful_cases(account: Account, ids: pl.Series, keys: pl.Series) -> pl.DataFrame:
    """What a steward should see, most valuable first."""
    scored = account.linked
    cases = doubts(scored, account.cutoffs)
    at = cases["pair"].to_numpy()
    left, right = scored.left[at], scored.right[at]
    return pl.DataFrame(
        [
            keys.gather(left).alias("left_key"),
            keys.gather(right).alias("right_key"),
            ids.gather(left).alias("left_entity"),
            ids.gather(right).alias("right_entity"),
            pl.Series("probability", probabilities(scored.logits[at])),
            *(cases[name] for name in ("reason", "records", "value")),
        ]
    )


def consent_cases(golden: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """A case for every person of whom one record says yes to being contacted and another no."""
    if "consent" not in golden.columns:
        return pl.DataFrame(schema=CASES)
    asked = golden.select("founder", "records", "consent").explode("consent").unnest("consent").filter("conflict")
    asked = asked.unique(["founder", "record_key", "against"], maintain_order=True)
    entity = ids.gather(asked["founder"])
    count = asked["records"].list.len().cast(pl.Int64)
    columns = [asked["record_key"], asked["against"], entity, entity, pl.repeat(1.0, len(asked), eager=True)]
    columns += [pl.repeat(CONSENT_DIFFERS, len(asked), dtype=pl.String, eager=True), count, count.cast(pl.Float64)]
    return pl.DataFrame([column.alias(name) for name, column in zip(CASES, columns, strict=True)], schema=CASES)


def counts(
    layout: Layout, sizes: tuple[int, int], families: list[Family], tally: Tally, ruleset: Ruleset
) -> dict[str, Any]:
    """How many records met how often, and what each family of keys did for it. sizes: of all records, of the live."""
    records, met = sizes
    return {
        "records": records,
        "excluded": records - met,
        "pairs_compared": int(tally.pairs.sum()),
        "pairs_possible": met * (met - 1) // 2,
        "fields": list(layout.fields),
        "families": families_of(families, tally, ruleset.blocking),
    }


def families_of(families: list[Family], tally: Tally, blocking: Blocking) -> list[dict[str, Any]]:
    """What each family of keys did.

    pairs: those it made; alone: those that no other family made. found, found_alone: how many of these are expected to
    be one person.
    """
    bits = {name: np.uint64(1 << bit) for bit, name in enumerate(blocking.families)}
    told = []
    for family in families:
        pairs, found = tally.where(tally.masks & bits[family.name] > 0)
        alone, found_alone = tally.where(tally.masks == bits[family.name])
        sums = {"pairs": pairs, "alone": alone, "found": round(found, 2), "found_alone": round(found_alone, 2)}
        told.append({**asdict(family), **sums})
    return told
