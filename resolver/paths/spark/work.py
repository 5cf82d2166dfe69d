"""Work: the folder in which the stages of a run are saved, so that a run that broke goes on where it broke.

A stage is a Parquet folder, and it counts as done once a note says so. Each run has a folder of its own, named by all
that it depends on: what another input, other rules or other options left behind is never taken for its own. Both are
written by Spark, to wherever Spark can write.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import polars as pl
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from resolver.paths.batch import Watch
from resolver.paths.spark.arrow import away, home

NOTES = "notes"
READ = 64
"""Rows of a file that the JVM reads at a time: parcels are of hundreds of kilobytes, and it would read 4,096."""
KINDS = 20
"""As many kinds of parcels as one stage may have."""


@dataclass(frozen=True)
class Scale:
    """How much is done at a time.

    batch: rows that a worker is handed at a time where it takes them one by one; a million were normalised in 7 s by
    100,000 and in 14 s by 10,000. bucket: records, or pairs, of whole groups that one worker holds in memory together.
    edges: pairs that join up to which the driver finds what hangs together. pause: seconds of finished work that may
    have to be done again after a run broke.
    """

    batch: int = 100_000
    bucket: int = 200_000
    edges: int = 10_000_000
    pause: float = 5.0


@dataclass(frozen=True)
class Work:
    """The saved stages of one run, or of one tenant of it.

    part: whose stages these are. told: the notes of this run so far; unwritten: those that are only here yet; written:
    when any were written last.
    """

    session: SparkSession
    folder: str
    scale: Scale
    watch: Watch
    part: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    unwritten: list[str] = field(default_factory=list)
    written: list[float] = field(default_factory=lambda: [monotonic()])

    @classmethod
    def begun(cls, session: SparkSession, folder: str, run: str, scale: Scale, watch: Watch) -> "Work":
        """The work of a run, with what it has done so far. run: names all that its stages depend on."""
        work = cls(session, f"{folder}/{run}", scale, watch)
        work.told["begun"] = {}
        work.unwritten.append("begun")
        work.save()
        lines = home(session.read.text(f"{work.folder}/{NOTES}"))["value"].to_list()
        work.told.update({line["name"]: line["facts"] for line in map(json.loads, lines)})
        return work

    def buckets(self, records: int) -> int:
        """Into how many buckets so many records are cut."""
        return 1 + records // self.scale.bucket

    def of(self, part: str) -> "Work":
        """The stages of a part of the run."""
        return replace(self, part=f"{part}/")

    def path(self, name: str, kind: int | None = None) -> str:
        """Where a stage is saved, or its parcels of one kind."""
        path = f"{self.folder}/{self.part}{name}"
        return path if kind is None else f"{path}/kind={kind}"

    def stage(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """A frame as it was saved; it is made where it is not there yet. Parcels lie by kind, each as it is."""
        path, full = self.path(name), f"{self.part}{name}"
        if full not in self.told:
            with self.watch.step(name):
                made = make()
                writer = made.write.mode("overwrite")
                if "parcel" in made.columns:
                    writer = writer.partitionBy("kind").option("compression", "none")
                writer.parquet(path)
                self.told[full] = {"schema": made.schema.jsonValue()}
                self.unwritten.append(full)
                if monotonic() - self.written[0] >= self.scale.pause:
                    self.save()
        # Told its schema, Spark does not have to look for one.
        return self.session.read.schema(StructType.fromJson(self.told[full]["schema"])).parquet(path)

    def note(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Facts as they were written down, with the stage after them; found out where they are not there yet."""
        full = f"{self.part}{name}"
        if full not in self.told:
            with self.watch.step(name):
                # Through JSON, so that they are the same the next time.
                self.told[full] = json.loads(json.dumps(make()))
                self.unwritten.append(full)
        return dict(self.told[full])

    def save(self) -> None:
        """Writes down which stages are done, and what was found out."""
        lines = [json.dumps({"name": name, "facts": self.told[name]}) for name in self.unwritten]
        note = away(self.session, pl.DataFrame({"value": lines})).coalesce(1)
        note.write.mode("append").text(f"{self.folder}/{NOTES}")
        self.unwritten.clear()
        self.written[0] = monotonic()


@contextmanager
def configured(session: SparkSession, scale: Scale) -> Iterator[None]:
    """The session set up for what is done here, and as it was afterwards."""
    wanted = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(scale.batch),
        # Each kind of parcels has a file that is written to; else what a task gives is sorted by them first.
        "spark.sql.maxConcurrentOutputFileWriters": str(KINDS),
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.columnarReaderBatchSize": str(READ),
    }
    before = {name: session.conf.get(name) for name in wanted}
    for name, value in wanted.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is not None:
                session.conf.set(name, old)
