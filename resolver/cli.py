"""The command line. Heavy libraries are imported inside the commands, so that --help answers at once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from resolver.paths.batch import Watch
    from resolver.settings import Project
    from resolver.sources.tabular import Reading

DONE, NOTHING_USABLE, USAGE = 0, 1, 2

app = typer.Typer(
    name="resolver",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Turns contacts from many systems into people with one golden record each.

    Start with:  resolver dedupe *.csv

    No labels, no configuration. Inputs are never changed.""",
)
rules_app = typer.Typer(help="Rule sets: what counts when contacts are compared, and how much.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")

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
FileFormat = Annotated[str, typer.Option("--format", help="Result files: parquet or csv.")]
ProjectFile = Annotated[
    Path | None, typer.Option("--project", help="A project file; resolver.toml here is found by itself.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the facts as JSON in place of the summary.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error came from.")]


def _resolving(name: str, *, across_sources: bool, about: str) -> None:
    """Registers a command that resolves files; `dedupe` and `link` differ in one fact only."""

    @app.command(name, help=about)
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
        with _plain_errors(debug):
            settings = _settings(project, files, out, rules, columns, told)
            _resolve(settings, file_format, as_json=as_json, across_sources=across_sources)


_resolving(
    "dedupe",
    across_sources=False,
    about="""Find who is who in one or several contact files.

    Writes clusters, golden records, pairs, a review list, rejected rows and a report into --out.""",
)
_resolving(
    "link",
    across_sources=True,
    about="""Find who is who between lists that hold nobody twice: records of one source are never compared.""",
)


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    truth: Annotated[
        Path, typer.Option(help="Who is who: record_key (or source, record_id) and truth_id, or left and right.")
    ],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Measure a finished run against known answers: pairwise and B-cubed precision, recall and F1."""
    with _plain_errors(debug):
        from resolver.evaluate import evaluate as measure
        from resolver.evaluate import read_truth
        from resolver.explain import read_frame
        from resolver.summary import evaluation_as_json, evaluation_in_words

        clusters = read_frame(folder, "clusters")
        found = measure(clusters, read_truth(truth, clusters))
        typer.echo(evaluation_as_json(found) if as_json else evaluation_in_words(found))


@app.command()
def why(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    left: Annotated[str, typer.Argument(help="A record, written source:id (the bare id where it is unambiguous).")],
    right: Annotated[str, typer.Argument(help="Another record.")],
    debug: Debug = False,
) -> None:
    """Say why two records are one person, or why not."""
    with _plain_errors(debug):
        from resolver.explain import why as explain
        from resolver.summary import why_in_words

        typer.echo(why_in_words(explain(folder, left, right)))


@app.command("map")
def show_columns(
    files: Files = None,
    columns: Map = None,
    debug: Debug = False,
) -> None:
    """Say what each column is taken for, without resolving anything."""
    with _plain_errors(debug):
        from resolver.sources.inputs import read
        from resolver.summary import columns_in_words

        settings = _settings(None, files, None, None, columns, {})
        load = read(settings.inputs, _reading(settings))
        typer.echo(columns_in_words(load))


@app.command()
def pull(
    kind: Annotated[str, typer.Argument(help="The system: voipbin, teamwork_desk, customeros or cpod.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; FILE.part beside it lets a broken pull go on.")
    ],
    since: Annotated[
        str | None, typer.Option(help="Only what changed since, where the system can say: 2026-05-01.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Which install: northwind for northwind.teamwork.com.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The system's address, in place of its usual one.")] = None,
    page_size: Annotated[
        int | None, typer.Option(help="Records a page, in place of the system's usual number.")
    ] = None,
    rate: Annotated[float, typer.Option(help="At most so many requests a second.")] = 5.0,
    debug: Debug = False,
) -> None:
    """Fetch contacts from a system into a file that dedupe reads; only this and apply-plan use the network.

    Secrets come from the environment alone; the error names the variables when they are missing.
    """
    with _plain_errors(debug):
        from resolver.pull.pull import PullSetting, moment
        from resolver.pull.pull import pull as fetch

        setting = PullSetting(base_url, site, moment(since) if since else None, page_size, rate)
        pulled = fetch(kind, out, setting, listener=lambda line: typer.echo(line, err=True))
        typer.echo(f"{pulled.out}: {pulled.records} contacts in {pulled.pages} pages")
        if not pulled.complete:
            typer.echo(f"resolver: not complete. {pulled.reason}", err=True)
            raise typer.Exit(NOTHING_USABLE)


@app.command()
def plan(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of a finished run.")] = Path("out"),
    debug: Debug = False,
) -> None:
    """Say what it takes to have each person once in every system. Nothing is sent."""
    with _plain_errors(debug):
        from resolver.plan.page import write_plans
        from resolver.plan.plans import plans

        found = plans(out)
        lines, page = write_plans(found, out)
        waiting = sum(one.requires_human for one in found)
        typer.echo(
            f"{len(found)} merges, {waiting} of them wait for a person\n"
            f"Wrote     {lines}\n          {page}   (open this)"
        )


@app.command("apply-plan")
def apply_plan(
    system: Annotated[str, typer.Option(help="The system to write to: cpod, voipbin or customeros.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of a run that `resolver plan` has planned.")
    ] = Path("out"),
    execute: Annotated[
        bool, typer.Option("--execute", help="Send it; without this it is only said what would be sent.")
    ] = False,
    approve: Annotated[
        list[str] | None, typer.Option(help="A merge that waits for a person, by its cluster id.")
    ] = None,
    tenant: Tenant = None,
    instance: Annotated[str | None, typer.Option(help="Which install, where the run holds several.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The system's address, in place of its usual one.")] = None,
    debug: Debug = False,
) -> None:
    """Carry the plans out in one system; stops a merge at its first stale step, and goes on where it stopped before."""
    with _plain_errors(debug):
        from resolver.plan.apply import Order, apply_plans

        order = Order(
            base_url, instance, tenant, tuple(approve or ()), listener=lambda line: typer.echo(line, err=True)
        )
        done = apply_plans(out, system, execute=execute, order=order)
        for one in done.outcomes:
            typer.echo(f"{one.cluster}: {one.fate} {one.reason}".rstrip())
        if done.broken or done.count("stopped"):
            raise typer.Exit(NOTHING_USABLE)


@rules_app.command("check")
def check_rules(
    file: Annotated[Path, typer.Argument(help="A rule set in TOML.")],
    debug: Debug = False,
) -> None:
    """Check a rule set; says what is wrong and in which line."""
    with _plain_errors(debug):
        from rules.ruleset import Ruleset

        ruleset = Ruleset.load(file)
        counts = f"{len(ruleset.compare)} fields, {len(ruleset.blocking.keys)} key families"
        typer.echo(f"{file}: fine. Rule set {ruleset.name!r}, {counts}, fingerprint {ruleset.fingerprint}")


@rules_app.command("show")
def show_rules() -> None:
    """Print the shipped rule set, a good start for one of your own."""
    from importlib.resources import files

    typer.echo(files("rules").joinpath("contacts.toml").read_text(encoding="utf-8"))


def _settings(
    project: Path | None,
    files: list[str] | None,
    out: Path | None,
    rules: Path | None,
    columns: list[str] | None,
    told: dict[str, str | None],
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


def _reading(settings: "Project") -> "Reading":
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


def _resolve(settings: "Project", file_format: str, *, as_json: bool, across_sources: bool) -> None:
    from resolver.errors import UsageError
    from resolver.report import write_report
    from resolver.run import dedupe, link
    from resolver.summary import run_as_json, run_in_words

    if file_format not in ("parquet", "csv"):
        raise UsageError(f"--format {file_format}: choose parquet or csv")
    out = settings.out or Path("out")
    with _progress() as watch:
        result = (link if across_sources else dedupe)(
            *settings.inputs, rules=settings.rules, reading=_reading(settings), watch=watch
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


@contextmanager
def _plain_errors(debug: bool) -> Iterator[None]:
    """Turns what a user can cause into one line on stderr and the exit code of the contract."""
    from resolver.errors import NothingUsableError, ResolverError, RulesError

    try:
        yield
    except (ResolverError, RulesError) as error:
        if debug:
            raise
        typer.echo(f"resolver: {error}", err=True)
        raise typer.Exit(NOTHING_USABLE if isinstance(error, NothingUsableError) else USAGE) from error


def main() -> None:
    """The `resolver` command."""
    sys.exit(app())
