"""Commands for the users of the desk: create, list, remove, password.

A password is asked for, or read from a pipe; it is never an argument, as those can be seen by others.
"""

from typing import Annotated

import typer

from resolver.commands.options import AsJson, Debug
from resolver.commands.stores import Db, on_store

Name = Annotated[str, typer.Option("--name", help="What they sign in with; kept with what they do.")]
Named = Annotated[str, typer.Argument(help="The name they sign in with.")]


def create(
    role: Annotated[str, typer.Option("--role", help="What they may do: read, match, steward or admin.")],
    name: Name,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose contacts they see.", show_default=False)] = "",
    db: Db = None,
    debug: Debug = False,
) -> None:
    """Add a user of the desk; the password is asked for."""
    with on_store(db, debug) as store:
        from datetime import UTC, datetime

        from resolver.errors import UsageError
        from resolver.store import users
        from resolver.store.access import Role

        if role not in list(Role):
            raise UsageError(f"there is no role {role}; there are {', '.join(Role)}")
        if not name.strip():
            raise UsageError("say what they sign in with: --name NAME")
        user = users.User(name.strip(), tenant, Role(role), datetime.now(UTC))
        database, given = store.open(make=True), _asked()
        with database.writing("") as connection:
            users.create(connection, user, given)
        typer.echo(f"{user.name} may sign in now, as {user.role}")


def show(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Those of one tenant.")] = None,
    db: Db = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the users of the desk, and what they may do."""
    with on_store(db, debug) as store:
        from resolver.store import users
        from resolver.words.users import users_as_json, users_in_words

        with store.open().reading() as connection:
            found = users.listed(connection, tenant)
        typer.echo(users_as_json(found) if as_json else users_in_words(found))


def remove(name: Named, db: Db = None, debug: Debug = False) -> None:
    """Take a user out; they are signed out at once. What they did stays under their name."""
    with on_store(db, debug) as store:
        from resolver.store import users

        with store.open().writing("") as connection:
            users.remove(connection, name)
        typer.echo(f"{name} does not sign in any more")


def password(name: Named, db: Db = None, debug: Debug = False) -> None:
    """Give a user another password, which is asked for; they are signed out at once."""
    with on_store(db, debug) as store:
        from resolver.store import users

        database, given = store.open(), _asked()
        with database.writing("") as connection:
            users.change_password(connection, name, given)
        typer.echo(f"{name} has another password")


def _asked() -> str:
    """A password: typed twice, or the first line of a pipe."""
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
