"""Why two records are one entity, or why not: the evidence in words and numbers, from a run's folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl

from resolver.columns import Column, encode_all
from resolver.errors import UsageError
from resolver.index import Index
from resolver.model.layout import CATEGORY, kind
from resolver.model.model import BITS, Model
from resolver.model.odds import probabilities
from resolver.result import NO_TENANT
from resolver.steps.block import Meeting, meetings
from resolver.steps.score import show
from rules.registry import FIELDS
from rules.ruleset import Ruleset


@dataclass(frozen=True)
class Line:
    """One piece of evidence: what both sides say, how that compares, and what it adds in bits."""

    field: str
    level: str
    left: str
    right: str
    weight: float
    meaning: str


@dataclass(frozen=True)
class Why:
    """Everything there is to say about two records."""

    left_key: str
    right_key: str
    left_entity: str
    right_entity: str
    meetings: list[Meeting]
    lines: list[Line]
    probability: float
    path: list[str]

    @property
    def joined(self) -> bool:
        """Whether both are in one entity."""
        return self.left_entity == self.right_entity

    @property
    def compared(self) -> bool:
        """Whether the two ever met."""
        return any(not meeting.dropped for meeting in self.meetings)


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
    return _explain(normalised, clusters, read_frame(folder, "pairs"), (rows[0], rows[1]), ruleset, model)


def _explain(
    normalised: pl.DataFrame,
    clusters: pl.DataFrame,
    pairs: pl.DataFrame,
    rows: tuple[int, int],
    ruleset: Ruleset,
    model: Model,
) -> Why:
    columns = encode_all(
        normalised, [name for name in normalised.columns if name in ruleset.compare or name.startswith(CATEGORY)]
    )
    live = normalised["excluded"].is_null().to_numpy()
    index = Index.of(columns, live, ruleset)
    left, right = np.asarray([rows[0]]), np.asarray([rows[1]])
    shown = show(columns, left, right, model.layout, index, ruleset)
    lines = []
    for evidence in model.evidence(int(shown.patterns[0])):
        column = columns.get(evidence.field)
        field = FIELDS.get(kind(evidence.field))
        lines.append(
            Line(
                evidence.field,
                evidence.level,
                _said(column, rows[0]),
                _said(column, rows[1]),
                evidence.weight,
                field.explanation if field else "",
            )
        )
    rarity = float(shown.rarity[0])
    lines.append(Line("rarity", "how rare the agreeing values are here", "", "", BITS * rarity, ""))
    total = sum(line.weight for line in lines) / BITS
    cap = float(model.caps(shown.patterns)[0])
    if total > cap:
        lines.append(Line("caution", "too few records here to join on this alone", "", "", BITS * (cap - total), ""))
        total = cap
    keys = clusters["record_key"]
    return Why(
        left_key=keys[rows[0]],
        right_key=keys[rows[1]],
        left_entity=clusters["entity_id"][rows[0]],
        right_entity=clusters["entity_id"][rows[1]],
        meetings=meetings(columns, live, ruleset.blocking, rows) if live[list(rows)].all() else [],
        lines=lines,
        probability=float(probabilities(np.asarray(total))),
        path=_path(pairs, clusters, rows),
    )


def _rules_of(run: dict[str, Any], folder: Path) -> Ruleset:
    try:
        return Ruleset.model_validate(run["ruleset"]["rules"])
    except ValueError as error:
        raise UsageError(f"{folder} was made by another release of the engine; run it again") from error


def _said(column: Column | None, row: int) -> str:
    if column is None:
        return ""
    rows, codes = column.held
    return "; ".join(column.values[codes[rows == row]])


def _path(pairs: pl.DataFrame, clusters: pl.DataFrame, rows: tuple[int, int]) -> list[str]:
    """The strongest chain of joined records between the two rows; empty when they are not in one entity."""
    keys, entities = clusters["record_key"], clusters["entity_id"]
    left, right = (keys[row] for row in rows)
    if entities[rows[0]] != entities[rows[1]]:
        return []
    members = keys.filter(entities == entities[rows[0]])
    joined = pairs.filter(
        (pl.col("decision") == "match") & (pl.col("probability") > 0.5) & pl.col("left_key").is_in(members.implode())
    )
    graph: nx.Graph[str] = nx.Graph()
    for a, b, probability in joined.select("left_key", "right_key", "probability").iter_rows():
        graph.add_edge(a, b, cost=-float(np.log(max(probability, 1e-9))) + 1e-3)
    if left not in graph or right not in graph or not nx.has_path(graph, left, right):
        return []
    return list(nx.shortest_path(graph, left, right, weight="cost"))


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
