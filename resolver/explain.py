"""Why two records are one entity, or why not: the evidence in words and numbers, from a run's folder."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.evidence import Weighing, Why, chain, clean_on_both, keeping_apart
from resolver.frames import JUDGEMENTS
from resolver.index import Index
from resolver.judgement import Judgement, Judgements
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.paths.options import Options
from resolver.paths.verdicts import Verdicts
from resolver.result import NO_TENANT, REFERENCES
from resolver.steps.block import meetings
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.copies import originals
from rules.ruleset import Ruleset


def why(folder: Path, left_key: str, right_key: str) -> Why:
    """Explains a pair of records of a finished run. Raises UsageError for a folder or key that is not there."""
    normalised = read_frame(folder, "normalised")
    clusters = read_frame(folder, "clusters")
    rows = [_row(clusters, key) for key in (left_key, right_key)]
    tenants = normalised["tenant"].fill_null(NO_TENANT) if "tenant" in normalised.columns else None
    if tenants is not None and tenants[rows[0]] != tenants[rows[1]]:
        raise UsageError("the two records belong to different tenants, and tenants never meet")
    tenant = NO_TENANT if tenants is None else tenants[rows[0]]
    if tenants is not None:
        inside = (tenants == tenant).arg_true()
        normalised = normalised[inside]
        rows = [int(inside.index_of(row) or 0) for row in rows]
        clusters = clusters[inside]
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    ruleset = _rules_of(run, folder)
    model = Model.from_json(json.loads((folder / "model.json").read_text(encoding="utf-8"))[tenant])
    by = _By(ruleset, model, _reference(run, folder, tenant))
    told = _told(folder, run, tenant)
    alone = Verdicts.of(told.used, clusters["record_key"]).told(
        Options(clean=tuple(run.get("clean", []))).sides(clusters["source"])
    )
    found = _explain(normalised, clusters, (rows[0], rows[1]), alone, by)
    keys = {found.left_key, found.right_key}
    judged = list(told)
    said = next((one for one in judged if {one.left_key, one.right_key} == keys), None)
    if found.joined:
        return replace(found, said=said, path=_path(read_frame(folder, "pairs"), clusters, (rows[0], rows[1]), judged))
    sides = [clusters.filter(entity_id=entity) for entity in (found.left_entity, found.right_entity)]
    return replace(
        found, said=said, different=keeping_apart(sides, judged), clean=clean_on_both(sides, run.get("clean", []))
    )


@dataclass(frozen=True)
class _By:
    """What the records of one tenant were judged by. reference: what the model of a store was frozen with."""

    ruleset: Ruleset
    model: Model
    reference: Reference | None


def _reference(run: dict[str, Any], folder: Path, tenant: str) -> Reference | None:
    if "store" not in run:
        return None
    return Reference.from_json(json.loads((folder / REFERENCES).read_text(encoding="utf-8"))[tenant])


def _explain(normalised: pl.DataFrame, clusters: pl.DataFrame, rows: tuple[int, int], alone: Rows, by: _By) -> Why:
    model = by.model
    ruleset = by.ruleset if by.reference is None else by.reference.ruleset(by.ruleset)
    columns = compared_columns(normalised, ruleset)
    live = normalised["excluded"].is_null().to_numpy()
    original = originals(columns, live, alone)
    met = live & (original == np.arange(len(live)))
    index = Index.of(columns, met, ruleset, by.reference)
    weighing = Weighing.of(columns, Comparer.of(columns, model.layout, index, ruleset), model, rows)
    keys = clusters["record_key"]
    ends = int(original[rows[0]]), int(original[rows[1]])
    copies = int((original == ends[0]).sum()) if ends[0] == ends[1] else 0
    return Why(
        left_key=keys[rows[0]],
        right_key=keys[rows[1]],
        left_entity=clusters["entity_id"][rows[0]],
        right_entity=clusters["entity_id"][rows[1]],
        meetings=meetings(columns, met, ruleset.blocking, ends) if live[list(rows)].all() and not copies else [],
        lines=weighing.lines,
        probability=weighing.probability,
        copies=copies,
    )


def _told(folder: Path, run: dict[str, Any], tenant: str) -> Judgements:
    """The verdicts that counted in this run; a folder may still hold those of an earlier one."""
    frame = read_frame(folder, "judgements") if run.get("judgements") else pl.DataFrame(schema=JUDGEMENTS)
    return Judgements(frame.filter(pl.col("tenant").fill_null(NO_TENANT) == tenant))


def _rules_of(run: dict[str, Any], folder: Path) -> Ruleset:
    try:
        return Ruleset.model_validate(run["ruleset"]["rules"])
    except ValueError as error:
        raise UsageError(f"{folder} was made by another release of the engine; run it again") from error


def _path(pairs: pl.DataFrame, clusters: pl.DataFrame, rows: tuple[int, int], told: list[Judgement]) -> list[str]:
    """The strongest chain of joined records between the two rows; empty when they are not in one entity.

    What people said to be the same is the strongest link of all.
    """
    keys, entities = clusters["record_key"], clusters["entity_id"]
    left, right = (keys[row] for row in rows)
    if entities[rows[0]] != entities[rows[1]]:
        return []
    members = keys.filter(entities == entities[rows[0]])
    joined = pairs.filter(
        (pl.col("decision") == "match") & (pl.col("probability") > 0.5) & pl.col("left_key").is_in(members.implode())
    )
    links = joined.select("left_key", "right_key", "probability").iter_rows()
    return chain(links, told, (left, right))


def read_frame(folder: Path, name: str) -> pl.DataFrame:
    """A result frame of a run, in whichever format it was written."""
    for path, read in ((folder / f"{name}.parquet", pl.read_parquet), (folder / f"{name}.csv", _read_csv)):
        if path.exists():
            return read(path)
    raise UsageError(f"{folder} holds no {name}.parquet; run: resolver dedupe FILE... --out {folder}")


def _read_csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(
        path, schema_overrides={"record_id": pl.String, "entity_id": pl.String}, infer_schema_length=None
    )


def _row(clusters: pl.DataFrame, key: str) -> int:
    """The row of a record key, or of a bare record id where only one source has it."""
    found = clusters.with_row_index("row").filter(
        (pl.col("record_key") == key) | (pl.col("record_id").cast(pl.String) == key)
    )
    if len(found) == 1:
        return int(found["row"][0])
    if not len(found):
        like = (
            clusters["record_key"]
            .filter(clusters["record_key"].str.contains(key.rpartition(":")[2], literal=True))
            .head(3)
        )
        hint = (
            f"; did you mean {', '.join(like)}?"
            if len(like)
            else "; record keys are written source:id, see clusters.parquet"
        )
        raise UsageError(f"there is no record {key!r}{hint}")
    raise UsageError(f"{key!r} is in several sources: {', '.join(found['record_key'].head(5))}")
