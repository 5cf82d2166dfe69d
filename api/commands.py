"""The command that starts the server."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resolver.commands.options import Debug, plain_errors
from resolver.commands.stores import Db
from resolver.memory import loading

if TYPE_CHECKING:
    from socket import socket

    from api.settings import Settings


def serve(
    db: Db = None,
    host: Annotated[str | None, typer.Option(help="Where to listen.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.", show_default="8400")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the work.", show_default="1")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A TOML file with settings.", metavar="FILE", show_default=False)
    ] = None,
    debug: Debug = False,
) -> None:
    """Serve the API over a store. Without --db it is contacts.db in this folder, which is made if it is not there."""
    with plain_errors(debug), loading():
        from api.settings import load

        settings = load(config, db=db, host=host, port=port, workers=workers)
        is_open = _checked(settings)
        listening = _listening(settings)
        typer.echo(_greeting(settings, listening.getsockname()[1], is_open), err=True)
    _serve(settings, config, listening)


def _checked(settings: "Settings") -> bool:
    """Makes the store where it is missing; whether the server is open. Raises UsageError where nobody could come in."""
    from api.gate import Gate
    from resolver.store.opening import faults, opened

    with faults(settings.db), ExitStack() as leaving:
        database = opened(settings.db, make=True)
        leaving.callback(database.close)
        gate = Gate(database, settings)
        gate.must_be_of_use()
        return gate.is_open()


def _listening(settings: "Settings") -> "socket":
    import socket

    from resolver.errors import UsageError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        made = socket.create_server((settings.host.strip("[]"), settings.port), family=family, backlog=2048)
        # Connections have it from here. Without it the second part of an answer waits 40 ms for the first to be
        # acknowledged, as asyncio sets it only where the protocol was named.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    except OSError as error:
        raise UsageError(f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}") from error


def _greeting(settings: "Settings", port: int, is_open: bool) -> str:
    from resolver.store.opening import shown

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    said = f"Serving {shown(settings.db)} on http://{host}:{port}/v1 (its description: /openapi.json). Ctrl+C ends it."
    if is_open:
        said += (
            "\nThere is no key yet: anybody on this machine may read and change everything, as admin of the tenant ''."
            "\nThe first key ends that: resolver keys create --role admin --name NAME"
        )
    return said


def _serve(settings: "Settings", config: Path | None, listening: "socket") -> None:
    """Runs the workers till they are told to end."""
    import os
    from tempfile import TemporaryDirectory

    import uvicorn

    from api import logs
    from api.metrics import SHARED
    from api.settings import CONFIG, PREFIX

    for name in ("db", "host", "port", "workers"):
        os.environ[PREFIX + name.upper()] = str(getattr(settings, name))
    if config is not None:
        os.environ[CONFIG] = str(config.resolve())
    logs.begin()
    how = uvicorn.Config(
        "api.worker:app",
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings.request_seconds) + 1,
    )
    if settings.workers == 1:
        with suppress(KeyboardInterrupt):
            uvicorn.Server(how).run(sockets=[listening])
        return
    from uvicorn.supervisors import Multiprocess

    with TemporaryDirectory(prefix="resolver-metrics-") as folder:
        os.environ.setdefault(SHARED, folder)
        Multiprocess(how, sockets=[listening]).run()
