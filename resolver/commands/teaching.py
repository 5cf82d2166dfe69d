"""Commands by which people teach the engine: label and train."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resolver.commands.options import (
    AsJson,
    Clean,
    DateOrder,
    Debug,
    Files,
    IdColumn,
    Map,
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
    from resolver.ask import Question
    from resolver.judgement import Verdict

KEYS = "s same   d different   u can't tell   b back   q quit"
BACK, QUIT = "b", "q"


def train(
    files: Files = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            "--labels",
            help="What people said: left, right, verdict; again for another file. Or one table of known entities: "
            "record_key (or source, record_id) and truth_id.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The model file to write.")] = Path("model.json"),
    rules: Rules = None,
    columns: Map = None,
    id_column: IdColumn = None,
    source_column: SourceColumn = None,
    source: Source = None,
    tenant: Tenant = None,
    region: Region = None,
    date_order: DateOrder = None,
    clean: Clean = None,
    project: ProjectFile = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Learn from labels how much each agreement counts, and write a model for `dedupe --model`.

    The inputs are resolved as `dedupe` would; labels then correct the weights, each as far as they bear it. The file
    holds one model a tenant, taught by that tenant's labels alone.
    """
    told = {
        "id_column": id_column,
        "source_column": source_column,
        "source": source,
        "tenant": tenant,
        "region": region,
        "date_order": date_order,
        "clean": clean or None,
    }
    with plain_errors(debug):
        from resolver.commands.resolving import progress
        from resolver.errors import UsageError
        from resolver.paths.frozen import write_models
        from resolver.paths.options import Options
        from resolver.run import dedupe
        from resolver.summary import teaching_as_json, teaching_in_words
        from resolver.teach import read_labels, teach

        if not labels:
            raise UsageError("name a file of labels with --labels; resolver label makes one")
        settings = settings_of(project, files, None, rules, columns, told)
        options = Options(clean=tuple(settings.clean))
        with progress() as watch:
            result = dedupe(
                *settings.inputs, rules=settings.rules, reading=reading_of(settings), options=options, watch=watch
            )
            with watch.step("learn"):
                teaching = teach(result, read_labels(labels, result))
        if not len(teaching.labels.pairs):
            lost = "; ".join(f"{count}: {reason}" for reason, count in teaching.labels.unused.items())
            raise UsageError(f"no label can be used ({lost or 'the files hold none'})")
        write_models(teaching.models, out)
        typer.echo((teaching_as_json if as_json else teaching_in_words)(teaching, str(out)))


def label(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    file: Annotated[Path, typer.Option("--file", help="The CSV file of answers; those in it are not asked again.")] = (
        Path("labels.csv")
    ),
    count: Annotated[int, typer.Option(min=1, help="How many questions.")] = 20,
    list_to: Annotated[
        Path | None, typer.Option("--list", help="Write the questions to this CSV file, to fill in by hand.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Ask whether two records are one person, where the answer teaches most. Each answer is kept at once."""
    with plain_errors(debug):
        from resolver.ask import Finished, questions
        from resolver.labelling import judged, write_list
        from resolver.teach import known_records

        run = Finished.read(folder)
        asked = questions(run, judged(file, known_records(run.clusters, run.normalised)), count)
        if not asked:
            typer.echo("Nothing to ask: no two records are left that may be one person and were not asked about.")
            return
        if list_to:
            write_list(list_to, asked)
            typer.echo(f"Wrote     {list_to}: {len(asked)} questions; fill in the column verdict: s, d or u")
            typer.echo(f"Next      resolver train FILE... --labels {list_to}")
            return
        given = _ask(asked, file)
        typer.echo(f"\n{given} answers in {file}.")
        typer.echo(f"Next      resolver train FILE... --labels {file}")


def _ask(asked: list["Question"], file: Path) -> int:
    """Asks one by one until the last or until somebody quits; returns how many answers were given."""
    from rich.console import Console

    from resolver.labelling import append
    from resolver.words.layout import WIDTH
    from resolver.words.teaching import question_table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    place, given = 0, 0
    while place < len(asked):
        console.print()
        console.print(question_table(asked[place], f"{place + 1} of {len(asked)}: the same person?"))
        console.print(KEYS, style="dim")
        answer = _answer()
        if answer == QUIT:
            break
        if answer == BACK:
            place = max(place - 1, 0)
            continue
        append(file, asked[place], answer)  # type: ignore[arg-type]  # whatever is not a key of its own is a verdict
        place, given = place + 1, given + 1
    return given


def _answer() -> "Verdict | str":
    """The next verdict, BACK or QUIT; the end of the input and Ctrl-C quit. Other keys are passed over."""
    from resolver.judgement import Verdict

    keys: dict[str, Verdict | str] = {"s": Verdict.SAME, "d": Verdict.DIFFERENT, "u": Verdict.UNSURE}
    keys |= {BACK: BACK, QUIT: QUIT}
    while True:
        try:
            pressed = _pressed()
        except (KeyboardInterrupt, EOFError):
            return QUIT
        if pressed in keys:
            return keys[pressed]


def _pressed() -> str:
    """One key where there is a terminal, else the first letter of a line."""
    if sys.stdin.isatty():
        import click

        return click.getchar().lower()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()[:1].lower()
