"""The command line. Heavy libraries are imported inside the commands, so that --help answers at once."""

import sys

import typer

from resolver.commands import keys, looking, resolving, saying, storing, systems, teaching, users
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
app.command()(storing.load)
app.command()(storing.export)
app.command()(storing.history)
app.command()(storing.forget)
app.command()(saying.merge)
app.command()(saying.split)
app.command()(saying.judge)
app.command()(saying.pin)
app.command()(saying.undo)
app.command()(saying.acts)

rules_app = typer.Typer(help="Rule sets: what counts when contacts are compared, and how much.", no_args_is_help=True)
rules_app.command("check")(looking.check_rules)
rules_app.command("show")(looking.show_rules)
rules_app.command("preview")(storing.preview_rules)
app.add_typer(rules_app, name="rules")

db_app = typer.Typer(help="Stores: their tables, their model, and whether they are whole.", no_args_is_help=True)
db_app.command("upgrade")(storing.upgrade)
db_app.command("check")(storing.check)
db_app.command("train")(storing.retrain)
app.add_typer(db_app, name="db")

keys_app = typer.Typer(help="Keys of the API: who may come in, and what they may do.", no_args_is_help=True)
keys_app.command("create")(keys.create)
keys_app.command("list")(keys.show)
keys_app.command("revoke")(keys.revoke)
app.add_typer(keys_app, name="keys")

users_app = typer.Typer(help="Users of the desk: who signs in there with a name and a password.", no_args_is_help=True)
users_app.command("create")(users.create)
users_app.command("list")(users.show)
users_app.command("remove")(users.remove)
users_app.command("password")(users.password)
app.add_typer(users_app, name="users")


def main() -> None:
    """The `resolver` command."""
    be_frugal()
    sys.exit(app())
