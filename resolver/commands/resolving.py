"""Commands that resolve files: dedupe and link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from resolver.commands.options import (
    AsJson,
    Clean,
    DateOrder,
    Debug,
    Engine,
    FileFormat,
    Files,
    IdColumn,
    JudgementsFile,
    Map,
    ModelFile,
    Out,
    ProjectFile,
    Region,
    Rules,
    Source,
    SourceColumn,
    TargetPrecision,
    Tenant,
    plain_errors,
    reading_of,
    settings_of,
)

if TYPE_CHECKING:
    from resolver.paths.batch import Watch
    from resolver.paths.options import Options
    from resolver.result import Result
    from resolver.run import Engine as Computed
    from resolver.settings import Project


DEDUPE = """Find who is who in one or several contact files.

Writes clusters, golden records, pairs, a review list, rejected rows and a report into --out."""
LINK = """Find who is who between lists that hold nobody twice: a person has at most one record in each."""


def resolving(*, every: bool) -> Callable[..., Any]:
    """The command that resolves files. every: whether all sources are clean, as `link` takes them."""

    def command(
        files: Files = None,
        out: Out = None,
        rules: Rules = None,
        columns: Map = None,
        id_column: IdColumn = None,
        source_column: SourceColumn = None,
        source: Source = None,
        tenant: Tenant = None,
        region: Region = None,
        date_order: DateOrder = None,
        clean: Clean = None,
        judgements: JudgementsFile = None,
        model: ModelFile = None,
        target_precision: TargetPrecision = None,
        engine: Engine = "polars",
        file_format: FileFormat = "parquet",
        project: ProjectFile = None,
        as_json: AsJson = False,
        debug: Debug = False,
    ) -> None:
        told = {
            "id_column": id_column,
            "source_column": source_column,
            "source": source,
            "tenant": tenant,
            "region": region,
            "date_order": date_order,
            "clean": clean or None,
            "judgements": judgements,
            "model": model,
            "target_precision": target_precision,
        }
        with plain_errors(debug):
            from resolver.errors import UsageError

            if every and clean:
                raise UsageError("link takes every source as clean; leave --clean out, or use dedupe")
            settings = settings_of(project, files, out, rules, columns, told)
            _resolve(settings, _options(settings, every=every), engine, file_format, as_json=as_json)

    return command


def _options(settings: "Project", *, every: bool) -> "Options":
    """What the run is told beyond records and rules. Verdicts are read first: a mistake in them shows at once."""
    from resolver.judgement import read_told, told_frame
    from resolver.model.frozen import EVERY
    from resolver.paths.frozen import read_models
    from resolver.paths.options import Options

    models = read_models(settings.model) if settings.model else {}
    told = read_told(settings.judgements) if settings.judgements else told_frame([])
    clean = (EVERY,) if every else tuple(settings.clean)
    return Options(clean=clean, judgements=told, target_precision=settings.target_precision, models=models)


def _resolve(settings: "Project", options: "Options", engine: str, file_format: str, *, as_json: bool) -> None:
    from resolver.run import resolved_by

    refuse_unknown(file_format)
    out = settings.out or Path("out")
    compute = _engine(engine, out)
    with progress() as watch:
        result = resolved_by(compute, settings.inputs, settings.rules, reading_of(settings), options, watch)
        summary = written(result, out, file_format, watch, as_json=as_json)
    typer.echo(summary)


def _engine(name: str, out: Path) -> "Computed":
    """What resolves records. Raises UsageError for a name that is none, and where Spark is not installed."""
    from resolver.errors import UsageError
    from resolver.run import here

    if name not in ("polars", "spark"):
        raise UsageError(f"--engine {name}: choose polars or spark")
    if name == "polars":
        return here
    try:
        from resolver.paths.spark.local import on_spark
    except ImportError as error:
        raise UsageError(
            f"--engine spark needs {error.name}; install it with: pip install 'contact-resolver[spark]'"
        ) from error
    return partial(on_spark, out=out)


def refuse_unknown(file_format: str) -> None:
    """Raises UsageError for a format in which no results are written."""
    from resolver.errors import UsageError

    if file_format not in ("parquet", "csv"):
        raise UsageError(f"--format {file_format}: choose parquet or csv")


def written(result: "Result", out: Path, file_format: str, watch: "Watch", *, as_json: bool) -> str:
    """Writes the result files and the report; returns the summary of the run, for people or as JSON."""
    from resolver.report.facts import facts
    from resolver.report.page import write_report
    from resolver.summary import run_as_json, run_in_words

    with watch.step("write"):
        result.write(out, file_format)
    with watch.step("report"):
        found = facts(result)
        report = write_report(found, out)
    result = result.with_steps(watch.by_name())
    result.write_run(out)
    return run_as_json(result, found.verdict, out) if as_json else run_in_words(result, found.verdict, out, report)


@contextmanager
def progress() -> "Iterator[Watch]":
    """A watch whose steps show as a spinner on stderr while somebody is looking."""
    from rich.console import Console

    from resolver.paths.batch import Watch

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield Watch(lambda step: status.update(f"{step.capitalize()} ..."))
