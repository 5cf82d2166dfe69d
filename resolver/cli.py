"""The command line. Heavy libraries are imported inside the commands, so that --help answers at once."""

import sys

import typer

from resolver.commands import looking, resolving, systems, teaching
from resolver.memory import be_frugal

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
app.command("dedupe", help=resolving.DEDUPE)(resolving.resolving(every=False))
app.command("link", help=resolving.LINK)(resolving.resolving(every=True))
app.command()(teaching.label)
app.command()(teaching.train)
app.command()(looking.evaluate)
app.command()(looking.why)
app.command("map")(looking.show_columns)
app.command()(systems.pull)
app.command()(systems.plan)
app.command("apply-plan")(systems.apply_plan)

rules_app = typer.Typer(help="Rule sets: what counts when contacts are compared, and how much.", no_args_is_help=True)
rules_app.command("check")(looking.check_rules)
rules_app.command("show")(looking.show_rules)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """The `resolver` command."""
    be_frugal()
    sys.exit(app())
