"""Local: contacts that are here already, resolved by a Spark session that is begun for it, or is there."""

import os
import shutil
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from resolver.on_disk import OnDisk, Table, in_memory
from resolver.paths.batch import Watch
from resolver.paths.options import Options
from resolver.paths.spark.arrow import away
from resolver.paths.spark.run import dedupe
from resolver.result import Result
from rules.ruleset import Ruleset

SETTINGS = {
    # One thread for each of the Python workers, of which there is one a core.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    # What is moved are parcels, which are packed already.
    "spark.shuffle.compress": "false",
    "spark.shuffle.spill.compress": "false",
}
FOLDER = "spark"
"""Where the stages lie, inside the folder of the results, until they are all done."""
CONTACTS = "contacts.parquet"


def session() -> SparkSession:
    """The session there is, or a new one under whatever master Spark's own settings name: this machine by default.

    Workers run this Python.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("resolver")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()


def on_spark(records: Table, ruleset: Ruleset, options: Options, watch: Watch, *, out: Path) -> Result:
    """What `paths.batch.resolve` gives, computed by Spark. A run that broke goes on from what it left in `out`."""
    folder = out.resolve() / FOLDER
    with watch.step("start"):
        frame = _handed(session(), records, folder)
    result = dedupe(frame, folder.as_uri(), ruleset, options, watch=watch).home()
    shutil.rmtree(folder)
    return result


def _handed(spark: SparkSession, records: Table, folder: Path) -> DataFrame:
    """The contacts in Spark: through a file where its workers are on this machine, else through the driver."""
    if not (spark.conf.get("spark.master") or "").startswith("local"):
        return away(spark, in_memory(records))
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(records, OnDisk):
        records.write(folder / CONTACTS)
    else:
        records.write_parquet(folder / CONTACTS)
    return spark.read.parquet((folder / CONTACTS).as_uri())
