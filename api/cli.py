"""The command line with the command that serves the API: what `resolver` runs."""

import sys

from api.commands import serve
from resolver.cli import app
from resolver.memory import be_frugal

app.command()(serve)


def main() -> None:
    """The `resolver` command."""
    be_frugal()
    sys.exit(app())
