"""The commands with their arguments and options, as the command line itself knows them."""

from collections.abc import Iterator, Mapping
from typing import Any

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

import api.cli  # noqa: F401 - adds the command that serves
from benchmarks.quality.page import table
from handbook.shapes import cell
from resolver.cli import app


def parts() -> Mapping[str, str]:
    """The generated parts of commands.md."""
    return {"commands": "\n\n".join(_told(get_command(app), "resolver"))}


def _told(command: Any, name: str) -> Iterator[str]:
    """A section for each command, in the order of the command line. command: as typer makes it."""
    if isinstance(command, TyperGroup):
        for under, inner in command.commands.items():
            yield from _told(inner, f"{name} {under}")
        return
    rows = [_row(parameter) for parameter in command.params]
    said = "\n\n".join(cell(paragraph) for paragraph in command.help.split("\n\n"))
    yield f"## {name}\n\n{said}\n\n{table(('argument or option', 'meaning'), rows)}"


def _row(parameter: TyperArgument | TyperOption) -> tuple[str, str]:
    named = (
        parameter.opts if isinstance(parameter, TyperOption) else [(parameter.metavar or parameter.name or "").upper()]
    )
    takes = "" if getattr(parameter, "is_flag", True) or not parameter.opts[0].startswith("-") else " ..."
    return f"`{', '.join(named)}{takes}`", cell(parameter.help or "")
