"""What the commands on a store share: its options, how it is opened, and how its errors are told."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from resolver.commands.options import plain_errors

if TYPE_CHECKING:
    from resolver.store.database import Database

DB, WHO = "RESOLVER_DB", "RESOLVER_WHO"
"""Environment variables that stand for options which are left out."""

Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        envvar=DB,
        help="The store: a file such as contacts.db, or postgresql://user@host/name.",
        metavar="URL",
        show_default=False,
    ),
]
Whose = Annotated[
    str | None, typer.Option("--tenant", help="Whose contacts, where a store holds those of several tenants.")
]
Who = Annotated[
    str | None, typer.Option("--who", envvar=WHO, help="The name of the person who says so.", show_default=False)
]
Why = Annotated[str | None, typer.Option("--why", help="The reason.")]


class Store:
    """The store that a command is about."""

    def __init__(self, url: str, leaving: ExitStack) -> None:
        """leaving: what is done at the end of the command."""
        from resolver.store.opening import shown

        self.name, self._url, self._leaving = shown(url), url, leaving

    def open(self, *, make: bool = False, fit: bool = True) -> "Database":
        """Its database, until the command ends. make: it may have to be made first. fit: of this program's version."""
        from resolver.store.opening import connected, opened

        database = opened(self._url, make=make) if fit else connected(self._url, make=make)
        self._leaving.callback(database.close)
        return database


@contextmanager
def on_store(db: str | None, debug: bool) -> Iterator[Store]:
    """The store that is meant. What goes wrong is told in one line."""
    with plain_errors(debug):
        from resolver.errors import UsageError
        from resolver.store.opening import faults

        if not db:
            raise UsageError(f"name the store with --db contacts.db, or in the environment variable {DB}")
        with faults(db), ExitStack() as leaving:
            yield Store(db, leaving)


def person(who: str | None) -> str:
    """Who does something: what people do is kept with their names."""
    from resolver.errors import UsageError

    if not who or not who.strip():
        raise UsageError(f"say who you are: --who NAME, or the environment variable {WHO}")
    return who.strip()
