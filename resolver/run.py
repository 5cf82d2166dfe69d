"""The engine from Python: files or frames in, a Result out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resolver.errors import NothingUsableError
from resolver.model.frozen import EVERY
from resolver.on_disk import Table
from resolver.paths.batch import Watch, resolve
from resolver.paths.options import Options
from resolver.result import Result
from resolver.sources.inputs import read
from resolver.sources.load import Load
from resolver.sources.tabular import Reading
from resolver.steps.prepare import ready
from rules.ruleset import Ruleset


def dedupe(
    *inputs: Any,
    rules: Ruleset | Path | str | None = None,
    reading: Reading | None = None,
    options: Options | None = None,
    watch: Watch | None = None,
) -> Result:
    """Resolves contact files or frames into entities with golden records.

    inputs: paths ("crm.csv", "NAME=crm.csv"), or polars, pandas or Arrow frames. rules: a rule set or its file; the
    shipped one by default. reading: what the columns mean, where inference is wrong.
    options: what else the engine may know: sources that hold nobody twice, what people said about pairs.

    >>> import polars as pl
    >>> people = pl.DataFrame({"id": ["1", "2"], "name": ["Ann Lee", "Ann Lee"], "email": ["ann@x.com"] * 2})
    >>> dedupe(people).clusters["entity_id"].n_unique()
    1
    """
    return resolved_by(here, inputs, rules, reading, options, watch)


Engine = Callable[[Table, Ruleset, Options, Watch], Result]
"""RECORDS -> what came of them."""


def here(records: Table, ruleset: Ruleset, options: Options, watch: Watch) -> Result:
    """The engine on this machine: `paths.batch`."""
    return resolve(records, ruleset, options, watch=watch)


def resolved_by(
    engine: Engine,
    inputs: Sequence[Any],
    rules: Ruleset | Path | str | None,
    reading: Reading | None,
    options: Options | None,
    watch: Watch | None,
) -> Result:
    """Like `dedupe`, with the records resolved by an engine."""
    watch = watch or Watch()
    ruleset = rules if isinstance(rules, Ruleset) else Ruleset.load(rules) if rules else Ruleset.default()
    options = options or Options()
    begin = datetime.now(UTC)
    with watch.step("read") as rows:
        load = read(list(inputs), reading or Reading())
        rows(len(load.records))
        if not len(load.records):
            raise NothingUsableError("; ".join(load.warnings) or "there is not one record in the inputs")
        records = ready(load.records)
        load = replace(load, records=load.records.clear())  # large ones are on disk, and need not be here as well
    result = engine(records, ruleset, options, watch)
    run = {**_facts(load, begin, options), **result.run, "warnings": [*load.warnings, *result.run["warnings"]]}
    return replace(result, rejects=load.rejects, run=run)


def link(
    *inputs: Any,
    rules: Ruleset | Path | str | None = None,
    reading: Reading | None = None,
    options: Options | None = None,
    watch: Watch | None = None,
) -> Result:
    """Like `dedupe`, but records of one source are never compared with each other: for lists clean in themselves."""
    every = replace(options or Options(), clean=(EVERY,))
    return dedupe(*inputs, rules=rules, reading=reading, options=every, watch=watch)


def _facts(load: Load, begin: datetime, options: Options) -> Mapping[str, Any]:
    return {
        "version": version("contact-resolver"),
        "started": begin.isoformat(timespec="seconds"),
        "target_precision": options.target_precision,
        "mode": "link" if EVERY in options.clean else "dedupe",
        "inputs": [asdict(info) for info in load.files],
        "columns": [asdict(use) for use in load.columns],
        "settings": load.settings,
        "clean": list(options.clean),
        "rejected": len(load.rejects),
    }
