"""The engine from Python: files or frames in, a Result out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resolver.errors import NothingUsableError
from resolver.paths.batch import Watch, resolve
from resolver.result import Result
from resolver.sources.inputs import read
from resolver.sources.load import Load
from resolver.sources.tabular import Reading
from rules.ruleset import Ruleset


def dedupe(
    *inputs: Any, rules: Ruleset | Path | str | None = None, reading: Reading | None = None, watch: Watch | None = None
) -> Result:
    """Resolves contact files or frames into entities with golden records.

    inputs: paths ("crm.csv", "NAME=crm.csv"), or polars, pandas or Arrow frames. rules: a rule set or its file; the
    shipped one by default. reading: what the columns mean, where inference is wrong.

    >>> import polars as pl
    >>> people = pl.DataFrame({"id": ["1", "2"], "name": ["Ann Lee", "Ann Lee"], "email": ["ann@x.com"] * 2})
    >>> dedupe(people).clusters["entity_id"].n_unique()
    1
    """
    return _run(inputs, rules, reading, watch, across_sources=False)


def link(
    *inputs: Any, rules: Ruleset | Path | str | None = None, reading: Reading | None = None, watch: Watch | None = None
) -> Result:
    """Like `dedupe`, but records of one source are never compared with each other: for lists clean in themselves."""
    return _run(inputs, rules, reading, watch, across_sources=True)


def _run(
    inputs: Sequence[Any],
    rules: Ruleset | Path | str | None,
    reading: Reading | None,
    watch: Watch | None,
    *,
    across_sources: bool,
) -> Result:
    watch = watch or Watch()
    ruleset = rules if isinstance(rules, Ruleset) else Ruleset.load(rules) if rules else Ruleset.default()
    begin = datetime.now(UTC)
    with watch.step("read") as rows:
        load = read(list(inputs), reading or Reading())
        rows(len(load.records))
    if not len(load.records):
        raise NothingUsableError("; ".join(load.warnings) or "there is not one record in the inputs")
    result = resolve(load.records, ruleset, across_sources=across_sources, watch=watch)
    return Result(
        **{**result.__dict__, "rejects": load.rejects, "run": {**_facts(load, begin, across_sources), **result.run}}
    )


def _facts(load: Load, begin: datetime, across_sources: bool) -> Mapping[str, Any]:
    return {
        "version": version("contact-resolver"),
        "started": begin.isoformat(timespec="seconds"),
        "mode": "link" if across_sources else "dedupe",
        "inputs": [asdict(info) for info in load.files],
        "columns": [asdict(use) for use in load.columns],
        "settings": load.settings,
        "rejected": len(load.rejects),
        "warnings": load.warnings,
    }
