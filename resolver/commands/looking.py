"""Commands that look without changing anything: evaluate, why, map and rules."""

from pathlib import Path
from typing import Annotated

import typer

from resolver.commands.options import AsJson, Debug, Files, Map, plain_errors, reading_of, settings_of


def evaluate(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    truth: Annotated[
        Path, typer.Option(help="Who is who: record_key (or source, record_id) and truth_id, or left and right.")
    ],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Measure a finished run against known answers: pairwise and B-cubed precision, recall and F1."""
    with plain_errors(debug):
        from resolver.evaluate import evaluate as measure
        from resolver.evaluate import read_truth
        from resolver.explain import read_frame
        from resolver.summary import evaluation_as_json, evaluation_in_words

        clusters = read_frame(folder, "clusters")
        found = measure(clusters, read_truth(truth, clusters))
        typer.echo(evaluation_as_json(found) if as_json else evaluation_in_words(found))


def why(
    folder: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    left: Annotated[str, typer.Argument(help="A record, written source:id (the bare id where it is unambiguous).")],
    right: Annotated[str, typer.Argument(help="Another record.")],
    debug: Debug = False,
) -> None:
    """Say why two records are one person, or why not."""
    with plain_errors(debug):
        from resolver.explain import why as explain
        from resolver.summary import why_in_words

        typer.echo(why_in_words(explain(folder, left, right)))


def show_columns(
    files: Files = None,
    columns: Map = None,
    debug: Debug = False,
) -> None:
    """Say what each column is taken for, without resolving anything."""
    with plain_errors(debug):
        from resolver.sources.inputs import read
        from resolver.summary import columns_in_words

        settings = settings_of(None, files, None, None, columns, {})
        load = read(settings.inputs, reading_of(settings))
        typer.echo(columns_in_words(load))


def check_rules(
    file: Annotated[Path, typer.Argument(help="A rule set in TOML.")],
    debug: Debug = False,
) -> None:
    """Check a rule set; says what is wrong and in which line."""
    with plain_errors(debug):
        from rules.ruleset import Ruleset

        ruleset = Ruleset.load(file)
        counts = f"{len(ruleset.compare)} fields, {len(ruleset.blocking.keys)} key families"
        typer.echo(f"{file}: fine. Rule set {ruleset.name!r}, {counts}, fingerprint {ruleset.fingerprint}")


def show_rules() -> None:
    """Print the shipped rule set, a good start for one of your own."""
    from importlib.resources import files

    typer.echo(files("rules").joinpath("contacts.toml").read_text(encoding="utf-8"))
