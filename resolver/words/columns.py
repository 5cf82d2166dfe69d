"""What each column was taken for, in words. No sample values: a terminal is no place for personal data."""

from resolver.report.account import COLUMN_WHY, use_of
from resolver.sources.headers import FIELDS
from resolver.sources.load import ColumnUse, FileInfo, Load
from resolver.words.layout import WIDTH, bullet, table, wrapped
from resolver.words.plain import count, printable


def columns_in_words(load: Load) -> str:
    """A line a column of each file: what it is taken for, why, and what becomes of it; then how to change that."""
    parts = ["\n".join(_file(info, load.columns)) for info in load.files]
    settings = [f"  {printable(name)}: {printable(value)}" for name, value in load.settings.items()]
    if settings:
        parts.append("\n".join(["Read with", *settings]))
    notes = [line for warning in load.warnings for line in bullet(printable(warning))]
    if notes:
        parts.append("\n".join(["Notes", *notes]))
    fields = ", ".join(name for name in FIELDS if name != "custom")
    change = [
        "Wrong? Say what a column is:  --map FIELD=COLUMN  (as often as needed; --map custom=COLUMN leaves one out)",
        *wrapped(f"FIELD is one of {fields}.", WIDTH),
    ]
    return "\n\n".join([*parts, "\n".join(change)])


def _file(info: FileInfo, columns: list[ColumnUse]) -> list[str]:
    mine = [use for use in columns if use.file == info.path]
    encoding = f", {info.encoding}" if info.encoding else ""
    told = f"source {printable(info.source)}, {count(info.rows, 'record')}, {info.format}{encoding}"
    head = f"{printable(info.path)}  ({told})"
    rows = [
        (
            f"  {printable(use.column)}",
            "->",
            use.field or "",
            f"({COLUMN_WHY.get(use.why, use.why)})",
            use_of(use.field),
        )
        for use in mine
        if use.field
    ]
    unused = ", ".join(printable(use.column) for use in mine if not use.field)
    lines = [head, *table(rows, (32, 2, 24, 26, 30))]
    return [*lines, *(f"  {line}" for line in wrapped(f"kept, not compared: {unused}", WIDTH - 2))] if unused else lines
