"""Logs: lines of JSON without personal data: no bodies, no query strings, and routes in place of paths."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

NAME = "resolver.api"
"""The logger of the API; a server sends it to its standard output, see `begin`."""
log = logging.getLogger(NAME)
FRAMES = 6
"""Places of a fault that are told, the innermost last."""


def places(error: BaseException) -> list[str]:
    """Where an error came from, as `module:line`, and never what it says, as that may quote somebody's data."""
    return [f"{Path(at.filename).stem}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)[-FRAMES:]]


class Line(logging.Formatter):
    """One line of JSON: an event with what `extra` holds as `facts`, or a library's words; of errors kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        told = {
            "event": "library" if error else record.getMessage(),
            "level": record.levelname.lower(),
            "at": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        told |= getattr(record, "facts", {"of": record.name})
        if error:
            told |= {"error": type(error).__name__, "where": " ".join(places(error))}
        return json.dumps(told, ensure_ascii=False)


def begin(stream: TextIO = sys.stdout) -> None:
    """Sends all log lines of the process to a stream: those of the API, and warnings and worse of libraries."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
