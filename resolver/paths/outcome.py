"""What the steps found, as the frames of the result contract."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.frames import CLUSTERS, check
from resolver.ids import AT_A_TIME, mint_parts
from resolver.model.layout import Layout
from resolver.model.odds import probabilities
from resolver.on_disk import Table, part_of
from resolver.parted import Parted, Places
from resolver.paths.linkage import Account
from resolver.result import Scored
from resolver.steps.block import Family
from resolver.steps.cluster import numbered
from resolver.steps.doubt import asked_pairs, doubts
from resolver.steps.gather import FOUNDER
from resolver.steps.merge import ORIGIN, in_one
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
    known, record_id = prepared.normalised, prepared.records["record_id"]

    def told(founders: Rows) -> pl.DataFrame:
        content = known.only(IDENTIFYING).taken(founders)
        values = [content[name] for name in IDENTIFYING if name in content.columns]
        return pl.DataFrame([record_id.gather(founders), *values])

    parts = np.split(first, range(AT_A_TIME, len(first), AT_A_TIME))
    ids = mint_parts(map(told, parts)).gather(place).alias("entity_id")
    return check(pl.DataFrame([known["source"], record_id, known["record_key"], ids, known["excluded"]]), CLUSTERS)


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


def golden_of(pieces: Sequence[Table], ids: pl.Series) -> Parted:
    """GOLDEN of its pieces, made a part at a time where these are on disk. ids: of each record's entity."""

    def made(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        golden = in_one(parts)
        return golden.select(ids.gather(golden[FOUNDER]), pl.exclude(FOUNDER))

    def make(places: Places, names: Sequence[str]) -> pl.DataFrame:
        if not isinstance(places, slice):
            return make(slice(None), names)[places]
        begin, end, _ = places.indices(len(pieces[0]))
        wanted = [_needed(piece.columns, names) for piece in pieces]
        parts = [part_of(piece, begin, end, some) for piece, some in zip(pieces, wanted, strict=True) if some]
        return made(parts).select(names)

    whole = [piece for piece in pieces if isinstance(piece, pl.DataFrame)]
    if len(whole) == len(pieces):
        return Parted.of(made(whole))
    return Parted(made([part_of(piece, 0, 0, piece.columns) for piece in pieces]).schema, len(pieces[0]), make)


def _needed(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Which columns of a piece some columns of GOLDEN are made of."""
    origin = "provenance" in names
    return [name for name in columns if name in names or name == FOUNDER or (origin and name.startswith(ORIGIN))]


def consent_cases(golden: pl.DataFrame | Parted) -> pl.DataFrame:
    """A case for every person of whom one record says yes to being contacted and another no."""
    if "consent" not in golden.columns:
        return pl.DataFrame(schema=CASES)
    asked = golden.select("entity_id", "records", "consent").explode("consent").unnest("consent").filter("conflict")
    asked = asked.unique(["entity_id", "record_key", "against"], maintain_order=True)
    entity = asked["entity_id"]
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
