"""A finished run as a plan needs it: the live records, who is one person, and what a system holds around them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from resolver.contact import Contact
from resolver.errors import UsageError
from resolver.explain import read_frame

_NAMES = [name for name in Contact.model_fields if name != "raw"]


@dataclass(frozen=True)
class Space:
    """All live records of one source of one tenant: the only place where its ids mean something."""

    source: str
    tenant: str | None
    frame: pl.DataFrame

    def contact(self, record_id: str) -> Contact:
        """The record of that id."""
        return _contact(self.frame.row(self._rows[record_id], named=True))

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._rows

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {record_id: row for row, record_id in enumerate(self.frame["record_id"])}

    def column(self, name: str) -> Iterator[tuple[str, Any]]:
        """(id, value) of the records that have something there."""
        if name not in self.frame.columns:
            return
        told = self.frame.select("record_id", name).filter(pl.col(name).is_not_null())
        yield from told.iter_rows()

    @cached_property
    def at_account(self) -> Mapping[tuple[str | None, str], frozenset[str]]:
        """(account, e-mail in small letters) -> the records that hold it; the account is that of the first role."""
        accounts = {record_id: roles[0].get("account_id") for record_id, roles in self.column("organisations") if roles}
        found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for record_id, emails in self.column("emails"):
            for email in emails:
                found[accounts.get(record_id), email["raw"].strip().casefold()].add(record_id)
        return {place: frozenset(records) for place, records in found.items()}


@dataclass(frozen=True)
class Book:
    """The live records of a run in their spaces, and for each entity its record ids by space."""

    spaces: Mapping[tuple[str, str | None], Space]
    entities: Mapping[str, Mapping[tuple[str, str | None], list[str]]]
    emails: Mapping[str, str]

    def entity(self, name: str) -> list[Contact]:
        """Every live record of an entity, in all systems."""
        return [self.spaces[place].contact(one) for place, ids in self.entities[name].items() for one in ids]


def read_book(folder: Path) -> Book:
    """Reads the run of a folder. Raises UsageError when it holds none, or frames that do not belong together."""
    clusters, golden = read_frame(folder, "clusters"), read_frame(folder, "golden")
    records = read_frame(folder, "records")
    keys = records["source"] + ":" + records["record_id"]
    if len(keys) != len(clusters) or not (keys == clusters["record_key"]).all():
        raise UsageError(f"{folder}: records and clusters are not of one run; run resolver dedupe again")
    tenant = pl.col("tenant") if "tenant" in records.columns else pl.lit(None, pl.String).alias("tenant")
    records = records.with_columns(tenant, entity=clusters["entity_id"], excluded=clusters["excluded"])
    live = records.filter(pl.col("excluded").is_null()).sort("record_id", "source")
    spaces = {
        (source, tenant): Space(source, tenant, frame)
        for (source, tenant), frame in live.partition_by("source", "tenant", as_dict=True).items()
    }
    entities: dict[str, dict[tuple[str, str | None], list[str]]] = defaultdict(lambda: defaultdict(list))
    several = live.filter(pl.len().over("entity") > 1)
    for entity, source, owner, record_id in several.select("entity", "source", "tenant", "record_id").iter_rows():
        entities[entity][source, owner].append(record_id)
    emails = dict(golden.select("entity_id", "email").iter_rows()) if "email" in golden.columns else {}
    return Book(spaces, entities, emails)


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact.model_validate(_told({name: row[name] for name in _NAMES if name in row}))


def _told(value: Any) -> Any:
    """Without nulls at any depth: a column that some record fills is there for all."""
    if isinstance(value, dict):
        return {name: _told(part) for name, part in value.items() if part is not None}
    return [_told(part) for part in value] if isinstance(value, list) else value
