"""The account of a run: what was never compared, and everything needed to repeat it."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from resolver.report.view import View
from resolver.sources.headers import BIRTH_PARTS, OTHER_NAMES
from resolver.words.plain import family_words, key_words

COLUMN_WHY = {"header": "its header says so", "values": "its values look like it", "told": "you said so"}
COMPARED = frozenset(
    (
        *("given_name", "middle_name", "family_name", "second_family_name", "name_suffix", "full_name", *OTHER_NAMES),
        *("email", "other_company", "organisation_id", *BIRTH_PARTS),
        *("phone", "mobile", "home_phone", "work_phone", "company", "address", "house_number", "street", "unit"),
        *("city", "region", "postal_code", "country", "birth_date", "gender", "national_id", "external_id"),
        *("linkedin", "social"),
    )
)
USES = {
    "record_id": "names the record",
    "source": "names the source",
    "tenant": "names the tenant",
    "updated_at": "the newer value wins a tie",
    "created_at": "the newer value wins a tie",
    "deleted": "sets deleted records aside",
    "deleted_at": "sets deleted records aside",
}


@dataclass(frozen=True)
class Key:
    """One way for two records to meet. alone: comparisons that no other way would have made.

    found, found_alone: of these comparisons and of those made by this alone, how many are expected to be one person.
    """

    words: str
    name: str
    values: int
    comparisons: int
    alone: int
    found: float
    found_alone: float
    too_common: int
    limit: int

    @property
    def each(self) -> float | None:
        """Comparisons for one that is expected to be one person; None where hardly any is."""
        return self.comparisons / self.found if self.found >= 0.5 else None


@dataclass(frozen=True)
class Reach:
    """How much was compared of what could be."""

    compared: int
    possible: int
    excluded: int
    inside_sources: bool
    clean: list[str]
    keys: list[Key]

    @property
    def skipped(self) -> int:
        """Comparisons that were not made."""
        return self.possible - self.compared


def reach(view: View) -> Reach:
    """What brought records together, tenants summed."""
    rules = view.run["ruleset"]["rules"]["blocking"]["keys"]
    found: dict[str, list[dict[str, Any]]] = {}
    for tenant in view.tenants:
        for family in view.run["tenants"][tenant]["families"]:
            found.setdefault(family["name"], []).append(family)
    keys = [
        Key(
            words=key_words(list(rules.get(name, []))) or family_words(name),
            name=name,
            values=sum(family["keys"] for family in families),
            comparisons=sum(family["pairs"] for family in families),
            alone=sum(family["alone"] for family in families),
            found=sum(family["found"] for family in families),
            found_alone=sum(family["found_alone"] for family in families),
            too_common=sum(family["dropped"] for family in families),
            limit=max(family["cap"] for family in families),
        )
        for name, families in found.items()
    ]
    keys.sort(key=lambda key: (-key.found, -key.comparisons, key.name))
    run = view.run
    return Reach(
        compared=int(run["pairs_compared"]),
        possible=int(run["pairs_possible"]),
        excluded=int(run["excluded"]),
        inside_sources=run.get("mode") != "link",
        clean=[] if run.get("mode") == "link" else [str(name) for name in run.get("clean", [])],
        keys=keys,
    )


@dataclass(frozen=True)
class ColumnLine:
    """One column of one file: what it is taken for and why."""

    file: str
    column: str
    field: str | None
    why: str
    use: str


@dataclass(frozen=True)
class Origin:
    """What went in, with which settings, and what it took."""

    version: str
    started: str
    mode: str
    ruleset: str
    ruleset_print: str
    models: list[tuple[str, str]]
    inputs: list[dict[str, Any]]
    columns: list[ColumnLine]
    settings: list[tuple[str, str]]
    steps: list[dict[str, Any]]
    warnings: list[str]
    rejected: list[tuple[str, int]]

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(float(step["seconds"]) for step in self.steps)

    @property
    def peak(self) -> float:
        """Peak memory in MB."""
        return max((float(step["peak_mb"]) for step in self.steps), default=0.0)


def use_of(field: str | None) -> str:
    """What becomes of a column that is taken for a field."""
    if field is None:
        return "kept, not compared"
    if field in COMPARED or field.startswith("category."):
        return "compared"
    return USES.get(field, "kept, not compared")


def origin(view: View) -> Origin:
    """Everything that a second run would need, and what the first one told."""
    run = view.run
    rejects = view.result.rejects
    reasons: list[tuple[str, int]] = []
    if len(rejects):
        table = rejects.group_by("reason").agg(pl.len()).sort("len", "reason", descending=[True, False])
        reasons = list(table.iter_rows())
    return Origin(
        version=str(run.get("version", "")),
        started=str(run.get("started", "")),
        mode=str(run.get("mode", "dedupe")),
        ruleset=str(run["ruleset"]["name"]),
        ruleset_print=str(run["ruleset"]["fingerprint"]),
        models=[(tenant, str(run["tenants"][tenant]["model"])) for tenant in view.tenants],
        inputs=list(run.get("inputs", [])),
        columns=[
            ColumnLine(
                use["file"], use["column"], use["field"], COLUMN_WHY.get(use["why"], use["why"]), use_of(use["field"])
            )
            for use in run.get("columns", [])
        ],
        settings=sorted((str(name), str(value)) for name, value in run.get("settings", {}).items()),
        steps=list(run.get("steps", [])),
        warnings=[str(warning) for warning in run.get("warnings", [])],
        rejected=reasons,
    )
