"""Logs: lines of JSON without personal data: no bodies, no query strings, and routes in place of paths."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import structlog

NAME = "resolver.api"
"""The logger that lines go to; a server sends it to its standard output, see `begin`."""
FRAMES = 6
"""Places of a fault that are told, the innermost last."""


def logger() -> structlog.stdlib.BoundLogger:
    """The logger of the API: an event and facts become one line of JSON."""
    made: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(NAME),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return made


def places(error: BaseException) -> list[str]:
    """Where an error came from, as `module:line`, and never what it says, as that may quote somebody's data."""
    return [f"{Path(at.filename).stem}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)[-FRAMES:]]


class _Line(logging.Formatter):
    """What libraries say, as lines of JSON; of their errors only the kind and the place."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        if record.name == NAME:
            return record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        told = {
            "event": "library" if error else record.getMessage(),
            "level": record.levelname.lower(),
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "of": record.name,
        }
        if error:
            told |= {"error": type(error).__name__, "where": " ".join(places(error))}
        return json.dumps(told, ensure_ascii=False)


def begin(stream: TextIO = sys.stdout) -> None:
    """Sends all log lines of the process to a stream: those of the API, and warnings and worse of libraries."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(NAME).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
