"""What several commands share: their options, and how an error is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from resolver.settings import Project
    from resolver.sources.tabular import Reading

DONE, NOTHING_USABLE, USAGE = 0, 1, 2

Files = Annotated[
    list[str] | None,
    typer.Argument(
        help="CSV, TSV, Excel, Parquet, JSON or JSON lines, also .gz; NAME=FILE names the source a file comes from.",
        metavar="FILE...",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the results.", show_default="out")]
Rules = Annotated[Path | None, typer.Option("--rules", help="A rule set to use in place of the shipped one.")]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", "-m", help="What a column means, for example: --map email=ContactMail", metavar="FIELD=COLUMN"
    ),
]
IdColumn = Annotated[str | None, typer.Option(help="The column with the records' ids.")]
SourceColumn = Annotated[str | None, typer.Option(help="The column that names each record's source system.")]
Source = Annotated[
    str | None,
    typer.Option(
        help="One name for the source of all files; KIND or KIND:INSTANCE of a known system reads them as its export."
    ),
]
Tenant = Annotated[str | None, typer.Option(help="The tenant the records belong to; tenants never meet.")]
Region = Annotated[str | None, typer.Option(help="Country for phone numbers without one: US, GB, DE...")]
DateOrder = Annotated[str | None, typer.Option(help="How dates like 01/02/1985 are read: dmy, mdy or ymd.")]
Clean = Annotated[
    list[str] | None,
    typer.Option(help="A source that holds nobody twice; give it again for another.", metavar="SOURCE"),
]
JudgementsFile = Annotated[
    Path | None,
    typer.Option(
        "--judgements",
        help="What people said, which outranks scores: a file with left, right, verdict (same, different, unsure) and, "
        "where known, who, when, why.",
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option("--model", help="A model made by `resolver train`, to use in place of estimating one."),
]
TargetPrecision = Annotated[
    float | None,
    typer.Option(help="The share of the joins that is to be right, as estimated: 0.99 joins less and asks more."),
]
Engine = Annotated[
    str, typer.Option("--engine", help="What computes it: polars, or spark where Apache Spark is installed.")
]
FileFormat = Annotated[str, typer.Option("--format", help="Result files: parquet or csv.")]
ProjectFile = Annotated[
    Path | None, typer.Option("--project", help="A project file; resolver.toml here is found by itself.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the facts as JSON in place of the summary.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error came from.")]


def settings_of(
    project: Path | None,
    files: list[str] | None,
    out: Path | None,
    rules: Path | None,
    columns: list[str] | None,
    told: Mapping[str, str | float | Path | list[str] | None],
) -> "Project":
    """The project file's settings with what the command line says over them."""
    from resolver.errors import UsageError
    from resolver.settings import PROJECT_FILE, Project, load_project

    here = Path(PROJECT_FILE)
    found = project or (here if not files and here.exists() else None)
    base = load_project(found) if found else Project()
    said = {name: value for name, value in told.items() if value is not None}
    mapped = {}
    for text in columns or []:
        name, equals, column = text.partition("=")
        if not (name and equals and column):
            raise UsageError(f"--map {text}: write it as FIELD=COLUMN, for example --map email=ContactMail")
        mapped[name] = column
    settings = Project.model_validate(
        {
            **base.model_dump(),
            **said,
            "map": {**base.map, **mapped},
            "inputs": files or base.inputs,
            "out": out or base.out or Path("out"),
            "rules": rules or base.rules,
        }
    )
    if not settings.inputs:
        raise UsageError(f"name at least one file, or put a {PROJECT_FILE} with `inputs` here")
    return settings


def reading_of(settings: "Project") -> "Reading":
    """How the files are to be read."""
    from resolver.sources.tabular import Reading

    return Reading(
        columns=settings.map,
        id_column=settings.id_column,
        source_column=settings.source_column,
        source=settings.source,
        tenant=settings.tenant,
        region=settings.region,
        date_order=settings.date_order,
        systems=settings.systems,
        tenants=settings.tenants,
    )


@contextmanager
def plain_errors(debug: bool) -> Iterator[None]:
    """Turns what a user can cause into one line on stderr and the exit code of the contract."""
    from resolver.errors import NothingUsableError, ResolverError, RulesError

    try:
        yield
    except (ResolverError, RulesError) as error:
        if debug:
            raise
        typer.echo(f"resolver: {error}", err=True)
        raise typer.Exit(NOTHING_USABLE if isinstance(error, NothingUsableError) else USAGE) from error
