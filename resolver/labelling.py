"""The file that people's answers are kept in: each is there the moment it is given."""

import csv
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from resolver.answers import LEFT, RIGHT
from resolver.ask import Question
from resolver.errors import InputError, UsageError
from resolver.frames import JUDGEMENTS
from resolver.judgement import VERDICT, WHEN, Verdict, read_told, settle
from resolver.result import NO_TENANT, flat
from resolver.words.plain import field_word

COLUMNS = ("left", "right", "verdict", "when", "tenant")
"""Of a new file; the last only where there are tenants. A file that is there already keeps its own."""
NAMES = (LEFT, RIGHT, VERDICT, WHEN, ("tenant",))
"""What each of COLUMNS may be called."""


def judged(path: Path, known: pl.DataFrame) -> pl.DataFrame:
    """JUDGEMENTS of a file, settled on the records of a run; none where there is no file yet."""
    if not path.exists():
        return pl.DataFrame(schema=JUDGEMENTS)
    return settle(read_told(path), known).frame


def append(path: Path, question: Question, verdict: Verdict) -> None:
    """Adds an answer at the end of a CSV file and waits until it is on the disk; makes the file if need be.

    Raises UsageError when the file is no table of answers, InputError when it cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = dict(zip(COLUMNS, (question.left_key, question.right_key, verdict, now, question.tenant), strict=True))
    try:
        with path.open("a+", encoding="utf-8", newline="") as file:
            header, delimiter, complete = _header(path)
            if not header:
                header = list(COLUMNS if question.tenant != NO_TENANT else COLUMNS[:-1])
                csv.writer(file).writerow(header)
            elif not complete:
                file.write("\n")
            csv.writer(file, delimiter=delimiter).writerow([_value(name, values) for name in header])
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror})") from error


def _header(path: Path) -> tuple[list[str], str, bool]:
    """The column names of a file, what separates them, and whether its last line is complete."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if not text.strip():
        return [], ",", True
    first = text.splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter))]
    if not all(set(names) & set(header) for names in (LEFT, RIGHT, VERDICT)):
        raise UsageError(f"{path} is no CSV file with the columns left, right, verdict; name another with --file")
    return header, delimiter, text.endswith("\n")


def _value(column: str, values: dict[str, str]) -> str:
    """What goes into a column, by any of its names; nothing into one that is not ours."""
    return next((values[own] for own, names in zip(COLUMNS, NAMES, strict=True) if column in names), "")


def write_list(path: Path, questions: Sequence[Question]) -> None:
    """The questions as CSV to fill in by hand: left, right, verdict (empty), and what both records say.

    Raises UsageError when the file is there already: it may hold answers.
    """
    if path.exists():
        raise UsageError(f"{path} is there already, perhaps with answers in it; name another file")
    rows = []
    for question in questions:
        told = {"left": question.left_key, "right": question.right_key, "verdict": None}
        if question.tenant != NO_TENANT:
            told["tenant"] = question.tenant
        for line in question.lines:
            told[f"{field_word(line.field)} 1"], told[f"{field_word(line.field)} 2"] = line.left, line.right
        rows.append(told)
    names = dict.fromkeys(name for row in rows for name in row)
    flat(pl.LazyFrame(rows, schema=dict.fromkeys(names, pl.String))).sink_csv(path)
