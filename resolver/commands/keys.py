"""Commands for the keys of the API: create, list, revoke."""

from datetime import datetime
from typing import Annotated

import typer

from resolver.commands.options import AsJson, Debug
from resolver.commands.stores import Db, on_store


def create(
    role: Annotated[str, typer.Option("--role", help="What it may do: read, match, steward or admin.")],
    name: Annotated[str, typer.Option("--name", help="Who uses it; kept with what they do.")],
    tenant: Annotated[str, typer.Option("--tenant", help="Whose contacts it opens.", show_default=False)] = "",
    expires: Annotated[
        datetime | None, typer.Option("--expires", help="When it ends, in UTC.", show_default="never")
    ] = None,
    db: Db = None,
    debug: Debug = False,
) -> None:
    """Make a key and print it, this once: the store keeps no more than a hash of it."""
    with on_store(db, debug) as store:
        from datetime import UTC

        from resolver.errors import UsageError
        from resolver.store import access

        if role not in list(access.Role):
            raise UsageError(f"there is no role {role}; there are {', '.join(access.Role)}")
        if not name.strip():
            raise UsageError("say who uses the key: --name NAME")
        until = None if expires is None else expires.replace(tzinfo=UTC)
        if until is not None and until <= datetime.now(UTC):
            raise UsageError(f"{until:%Y-%m-%d %H:%M} has passed; a key ends later than now")
        key = access.drawn(tenant, access.Role(role), name.strip(), until)
        with store.open(make=True).writing(tenant) as connection:
            shown = access.make(connection, key)
        typer.echo(shown)
        typer.echo(f"Keep it: it cannot be shown again. End it: resolver keys revoke {key.key}", err=True)


def show(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Those of one tenant.")] = None,
    db: Db = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List keys: what they are revoked by, what they may do, and whether they are valid."""
    with on_store(db, debug) as store:
        from resolver.store import access
        from resolver.words.keys import keys_as_json, keys_in_words

        with store.open().reading() as connection:
            found = access.listed(connection, tenant)
        typer.echo(keys_as_json(found) if as_json else keys_in_words(found))


def revoke(
    key: Annotated[str, typer.Argument(help="Its public part, as listed, or all of it.")],
    db: Db = None,
    debug: Debug = False,
) -> None:
    """End a key at once, for good."""
    with on_store(db, debug) as store:
        from resolver.store import access

        with store.open().adding() as connection:
            ended = access.revoke(connection, key)
        typer.echo(f"The key {ended.key} of {ended.name} lets nobody in any more")
