"""A result as the sections look at it, and records as people entered them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.model.layout import CATEGORY
from resolver.on_disk import rows_at
from resolver.result import NO_TENANT, Result
from rules.values.distinct import begins


@dataclass(frozen=True)
class View:
    """A result and what several sections need of it, worked out once."""

    result: Result

    @cached_property
    def members(self) -> pl.DataFrame:
        """Row for row with the records: record_key, source, tenant, entity (its first row), live.

        Equal ids of two tenants stay two entities.
        """
        clusters = self.result.clusters
        tenant = pl.Series("tenant", [NO_TENANT]).new_from_index(0, len(clusters))
        ids = clusters.select("entity_id")
        if "tenant" in self.result.compared.columns:
            tenant = self.result.compared["tenant"].fill_null(NO_TENANT)
            ids = ids.with_columns(tenant)
        live = clusters["excluded"].is_null().alias("live")
        return pl.DataFrame([clusters["record_key"], clusters["source"], tenant, _first_rows(ids), live])

    @property
    def run(self) -> dict[str, Any]:
        """The facts of the run."""
        return self.result.run

    @cached_property
    def live(self) -> pl.DataFrame:
        """The members that took part."""
        return self.members if self.members["live"].all() else self.members.filter("live")

    @cached_property
    def sources(self) -> tuple[pl.Series, NDArray[np.integer]]:
        """The names of the sources, and for each member that took part the place of its own."""
        names = self.live["source"].unique().sort()
        return names, self.live["source"].cast(pl.Enum(names)).to_physical().to_numpy()

    def of_tenant(self, tenant: str) -> NDArray[np.bool_]:
        """Which members are a tenant's and took part."""
        return (self.members["live"] & (self.members["tenant"] == tenant)).to_numpy()

    @cached_property
    def sizes(self) -> pl.DataFrame:
        """entity, size: one row a person."""
        size = np.bincount(self.live["entity"].to_numpy())
        people = np.flatnonzero(size)
        return pl.DataFrame({"entity": people, "size": size[people]})

    @cached_property
    def largest(self) -> int:
        """How many records the largest group holds."""
        return int(self.sizes["size"].to_numpy().max(initial=0))

    @cached_property
    def tenants(self) -> list[str]:
        """The tenants, those with the most records first."""
        tenants: Mapping[str, Any] = self.run.get("tenants", {})
        return sorted(tenants, key=lambda name: (-int(tenants[name]["records"]), name))

    @cached_property
    def fields(self) -> list[str]:
        """What was compared, in the rule set's order."""
        names = dict.fromkeys(name for tenant in self.tenants for name in self.run["tenants"][tenant]["fields"])
        return [*names]

    def thresholds(self) -> tuple[float, float, float]:
        """Probabilities from which a steward is asked, records are joined, and a join needs no look."""
        bounds = self.run["thresholds"]
        review, match, sure = (float(bounds[name]["probability"]) for name in ("review", "match", "sure"))
        return review, match, sure

    def people(self, keys: Iterable[str]) -> dict[str, "Person"]:
        """The records of some keys as they were entered."""
        wanted = pl.Series(list(dict.fromkeys(keys)), dtype=pl.String)
        if not len(wanted):
            return {}
        places = self.members["record_key"].is_in(wanted.implode()).arg_true()
        tenants = self.members["tenant"].gather(places)
        rows = rows_at(self.result.of_records, places.to_list())
        return {
            row["record_key"]: Person(row["record_key"], tenant, as_entered(row))
            for row, tenant in zip(rows, tenants, strict=True)
        }

    def names(self, entities: list[int]) -> dict[int, str]:
        """What the merged contacts of some entities are called; "" for one without a name."""
        ids = dict(zip(entities, self.result.clusters["entity_id"].gather(entities), strict=True))
        golden = self.result.of_golden
        parts = [pl.col(name) for name in ("given_name", "family_name") if name in golden.columns]
        if not parts:
            return dict.fromkeys(entities, "")
        mine = golden.lazy().filter(pl.col("entity_id").is_in(list(ids.values())))
        name = pl.concat_str(parts, separator=" ", ignore_nulls=True).fill_null("")
        found = dict(mine.select("entity_id", name.alias("name")).collect().iter_rows())
        return {entity: found.get(ids[entity], "") for entity in entities}


def _first_rows(ids: pl.DataFrame) -> pl.Series:
    """For each row the first row with the same id; the ids themselves would make every later step slower.

    They meet as 64-bit hashes: among ten million the chance that any two have one hash is one in 400,000.
    """
    hashes = ids.hash_rows().to_numpy()
    order = np.argsort(hashes)
    starts = np.flatnonzero(begins(hashes[order]))
    first = np.empty(len(order), dtype=np.int64)
    first[order] = np.repeat(np.minimum.reduceat(order, starts), np.diff(starts, append=len(order)))
    return pl.Series("entity", first)


@dataclass(frozen=True)
class Person:
    """One record for people: its key and its values as entered, by the name of the field they are compared under."""

    key: str
    tenant: str
    values: dict[str, str]

    @property
    def title(self) -> str:
        """What to call the record: a name, else the next best thing it says."""
        values = self.values
        name = " ".join(values[part] for part in ("given", "family") if values.get(part))
        others = (values.get(name) for name in ("name", "email", "company", "phone"))
        return name or next((value for value in others if value), "") or self.key

    def facts(self) -> list[str]:
        """The few values that tell a member of a group from the others."""
        return [self.values.get(name, "") for name in ("email", "phone", "street", "company")]


def as_entered(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of RECORDS as compared field -> text; fields without a value are left out."""
    addresses = row.get("addresses") or []
    found = {
        "given": row.get("given_name"),
        "middle": row.get("middle_name"),
        "family": row.get("family_name"),
        "suffix": row.get("name_suffix"),
        "name": row.get("full_name"),
        "email": _several(item.get("raw") for item in row.get("emails") or []),
        "phone": _several(item.get("raw") for item in row.get("phones") or [] if item.get("kind") != "fax"),
        "company": _several(item.get("name") for item in row.get("organisations") or [] if not item.get("end")),
        "street": _several(_street(item) for item in addresses),
        "place": _several(_parts(item, ("postal_code", "city", "region", "country")) for item in addresses),
        "birth_date": row.get("birth_date"),
        "identifier": _several(_parts(item, ("system", "raw"), ": ") for item in row.get("external_ids") or []),
        "social": _several(item.get("raw") for item in row.get("socials") or []),
        f"{CATEGORY}gender": row.get("gender"),
        **{name: value for name, value in row.items() if name.startswith(CATEGORY)},
    }
    return {name: str(value) for name, value in found.items() if value}


def _several(values: Iterable[str | None]) -> str:
    return "; ".join(value for value in values if value)


def _street(address: Mapping[str, Any]) -> str:
    """House number, street and unit, or the whole address where it came in one piece."""
    return _parts(address, ("house_number", "street", "unit")) or str(address.get("raw") or "")


def _parts(item: Mapping[str, Any], names: tuple[str, ...], between: str = " ") -> str:
    return between.join(str(item[name]) for name in names if item.get(name))
