"""What the page of security says is shown by something that is there; and statements are not made of values."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security-asvs.md").read_text(encoding="utf-8")
EVIDENCE = sorted(set(re.findall(r"`((?:[\w.-]+/)*[\w.-]+(?:\.\w+|/)(?:::\w+)?)`", PAGE)) | {"Dockerfile"})
SQL = frozenset({"exec_driver_sql", "execute", "executemany", "scalar", "scalars"})
NAMES_ALONE = {"resolver/store/database.py": {"insert"}, "resolver/store/sqlite.py": {"_connected"}}
"""Where a statement is put together, of names of our own tables and columns and of fixed settings."""


@pytest.mark.parametrize("named", EVIDENCE)
def test_what_is_named_as_evidence_is_there(named):
    path, _, test = named.partition("::")
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_line_has_a_state_and_what_is_met_has_evidence():
    lines = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| V")]
    assert {line[0].strip().partition(".")[0] for line in lines} == {f"V{chapter}" for chapter in range(1, 15)}
    for section, _, state, shown in (map(str.strip, line) for line in lines):
        assert state in {"met", "partly", "not met", "yours", "not applicable"}, section
        assert len(shown) > 10, section


def made_of_values(tree):
    """Functions in which a statement is made of pieces: an f-string, a sum, or `format`."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and call.args and is_sql(call.func) and is_made(call.args[0]):
                yield function.name


def is_sql(function):
    """`text` alone is a function of SQLAlchemy; as a method it is somebody else's."""
    return name_of(function) in SQL or getattr(function, "id", "") == "text"


def name_of(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_made(node):
    added = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)
    formatted = isinstance(node, ast.Call) and name_of(node.func) in {"format", "join"}
    return isinstance(node, ast.JoinedStr) or added or formatted


def test_no_statement_is_made_of_values():
    found = {}
    for path in [*(ROOT / "resolver").rglob("*.py"), *(ROOT / "api").rglob("*.py")]:
        names = set(made_of_values(ast.parse(path.read_text(encoding="utf-8"))))
        if names and "spark" not in path.parts:
            found[path.relative_to(ROOT).as_posix()] = names
    assert found == NAMES_ALONE
