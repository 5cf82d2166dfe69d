"""A finished run with few records, as a folder, and systems to apply its plans to."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resolver.contact import Contact, frame_of

Finish = Callable[..., Path]
CREATED = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def finish(tmp_path: Path) -> Finish:
    """finish(ann=[contact, ...], bob=[...]) writes a run in which each name is a person."""

    def write(**people: list[Contact]) -> Path:
        contacts = [contact for group in people.values() for contact in group]
        entities = [name for name, group in people.items() for _ in group]
        records = frame_of(contacts).with_columns(record_key=pl.concat_str("source", "record_id", separator=":"))
        excluded = pl.Series("excluded", ["deleted" if one.deleted else None for one in contacts], dtype=pl.String)
        clusters = records.select("source", "record_id", "record_key", pl.Series("entity_id", entities), excluded)
        records.write_parquet(tmp_path / "records.parquet")
        clusters.write_parquet(tmp_path / "clusters.parquet")
        golden = pl.DataFrame({"entity_id": list(people)}).with_columns(email=pl.lit(None, pl.String))
        golden.write_parquet(tmp_path / "golden.parquet")
        return tmp_path

    return write


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RESOLVER_CPOD_TOKEN", "RESOLVER_VOIPBIN_TOKEN", "RESOLVER_CUSTOMEROS_API_KEY"):
        monkeypatch.setenv(name, "secret-41d7")


def of(source: str, record_id: str, **told: Any) -> Contact:
    """A record of one tenant, created on one day unless told."""
    plain = {"tenant": "north", "created_at": CREATED, "given_name": "Ann", "family_name": "Lee", "version": "1"}
    return Contact.model_validate({"source": source, "record_id": record_id, **plain, **told})
