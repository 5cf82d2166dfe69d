"""Commands that resolve files: dedupe and link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from resolver.commands.options import (
    AsJson,
    DateOrder,
    Debug,
    FileFormat,
    Files,
    IdColumn,
    Map,
    Out,
    ProjectFile,
    Region,
    Rules,
    Source,
    SourceColumn,
    Tenant,
    plain_errors,
    reading_of,
    settings_of,
)

if TYPE_CHECKING:
    from resolver.paths.batch import Watch
    from resolver.paths.options import Options
    from resolver.settings import Project


DEDUPE = """Find who is who in one or several contact files.

Writes clusters, golden records, pairs, a review list, rejected rows and a report into --out."""
LINK = """Find who is who between lists that hold nobody twice: records of one source are never compared."""


def resolving(*, clean: tuple[str, ...]) -> Callable[..., Any]:
    """The command that resolves files; `dedupe` and `link` differ in which sources are clean by themselves."""

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
        }
        with plain_errors(debug):
            from resolver.paths.options import Options

            settings = settings_of(project, files, out, rules, columns, told)
            _resolve(settings, Options(clean=clean), file_format, as_json=as_json)

    return command


def _resolve(settings: "Project", options: "Options", file_format: str, *, as_json: bool) -> None:
    from resolver.errors import UsageError
    from resolver.report import write_report
    from resolver.run import dedupe
    from resolver.summary import run_as_json, run_in_words

    if file_format not in ("parquet", "csv"):
        raise UsageError(f"--format {file_format}: choose parquet or csv")
    out = settings.out or Path("out")
    with _progress() as watch:
        result = dedupe(
            *settings.inputs, rules=settings.rules, reading=reading_of(settings), options=options, watch=watch
        )
        with watch.step("write"):
            result.write(out, file_format)
        with watch.step("report"):
            report = write_report(result, out)
    result = result.with_steps(watch.by_name())
    result.write_run(out)
    typer.echo(run_as_json(result, out) if as_json else run_in_words(result, out, report))


@contextmanager
def _progress() -> "Iterator[Watch]":
    """A watch whose steps show as a spinner on stderr while somebody is looking."""
    from rich.console import Console

    from resolver.paths.batch import Watch

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield Watch(lambda step: status.update(f"{step.capitalize()} ..."))
