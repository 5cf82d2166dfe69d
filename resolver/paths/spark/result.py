"""What a run on Spark gives: the frames of the result contract as folders of Parquet, and the facts of the run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import polars as pl
from pyspark.sql import DataFrame

from resolver.columns import Normalised
from resolver.expect import Expected
from resolver.frames import in_order
from resolver.judgement import Judgements
from resolver.model.model import Model
from resolver.parted import Parted
from resolver.paths.spark.arrow import Schema, aligned, away, contacts, home
from resolver.paths.spark.parcels import opened, written_out
from resolver.result import Result

MANIFEST = "run.json"


@dataclass(frozen=True)
class Kept:
    """A frame that is in a stage of the run, as parcels in a folder, and has these columns."""

    parcels: DataFrame
    folder: str
    schema: Schema

    def frame(self) -> DataFrame:
        """As rows of Spark."""
        return written_out(self.parcels, self.schema)

    def home(self) -> pl.DataFrame:
        """On the driver."""
        return aligned(opened(_brought(self.parcels, self.folder), self.schema), self.schema)


@dataclass(frozen=True)
class SparkResult:
    """The frames, the facts of the run, and the models by tenant.

    kept: of each tenant the records and their normalised values. They have the size of what was handed in, so they are
    not written once more: in `frames` they are read from the stages of the run, as long as these are there.
    """

    frames: Mapping[str, DataFrame]
    kept: Mapping[str, Sequence[Kept]]
    run: dict[str, Any]
    models: Mapping[str, Model]
    judgements: Judgements
    expected: Expected
    folder: str

    def tell(self) -> None:
        """Writes the facts and the models beside the frames, as text, with Spark as it reaches wherever these are."""
        session = self.frames["clusters"].sparkSession
        models = {tenant: model.as_json() for tenant, model in self.models.items()}
        for name, facts in ((MANIFEST, self.run), ("model.json", models)):
            text = away(session, pl.DataFrame({"value": [json.dumps(facts)]}))
            text.coalesce(1).write.mode("overwrite").text(f"{self.folder}/{name}")

    def home(self) -> Result:
        """All of it on the driver, where it fits in memory: what a batch of the same contacts gives, in its order."""
        found = {
            name: _brought(frame, f"{self.folder}/{name}.parquet")
            for name, frame in self.frames.items()
            if name not in self.kept
        }
        found |= {
            name: pl.concat([one.home() for one in every], how="diagonal_relaxed") for name, every in self.kept.items()
        }
        records = in_order(contacts(found["records"]))
        if "tenant" in records.columns:
            records = records.sort("tenant", maintain_order=True)
        place = records.select("record_key", *_tenant(records)).with_row_index("place")
        levels = {name: pl.Enum(names) for model in self.models.values() for name, names in model.layout.levels.items()}
        pairs = found["pairs"].with_columns(pl.col(name).cast(dtype) for name, dtype in levels.items())
        golden = found["golden"].with_columns(pl.col("records").list.first().alias("record_key"))
        if golden.schema["provenance"] == pl.String:  # Spark has to have a type for what nobody has
            golden = golden.with_columns(pl.lit(None).alias("provenance"))
        return Result(
            of_records=records,
            compared=Normalised.of(_placed(found["normalised"], place, "record_key")),
            clusters=_placed(found["clusters"], place, "record_key"),
            of_golden=Parted.of(_placed(golden, place, "record_key").drop("record_key")),
            of_pairs=Parted.of(_placed(pairs, place, "left_key", "right_key")),
            review=found["review"].sort("case").with_columns(pl.col("case").cast(pl.UInt32)),
            rejects=pl.DataFrame(),
            run=self.run,
            models=self.models,
            judgements=self.judgements.frame,
            expected=self.expected,
        )


def _brought(frame: DataFrame, folder: str) -> pl.DataFrame:
    """A frame on the driver. Where it lies on this machine it is read as it is; through Spark that takes longer."""
    if folder.startswith("file:"):
        parts = sorted(Path(url2pathname(urlsplit(folder).path)).glob("*.parquet"))
        if parts:
            return pl.read_parquet(parts)
    return home(frame)


def _placed(frame: pl.DataFrame, place: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """A frame in the order of the records that its keys name, tenant after tenant."""
    tenant = [name for name in _tenant(place) if name in frame.columns]
    for key in keys:
        at = place.select(pl.col("record_key").alias(key), pl.col("place").alias(f"{key}_place"), *tenant)
        frame = frame.join(at, on=[key, *tenant], nulls_equal=True)
    order = [f"{key}_place" for key in keys]
    return frame.sort(*order).drop(order)


def _tenant(frame: pl.DataFrame) -> list[str]:
    """What tells records of one key apart, where there are tenants."""
    return [name for name in ("tenant",) if name in frame.columns]
