"""Licences: of all that the lock names, as a table, and whether each goes with this project's own (Apache-2.0).

python -m deploy.licences writes LICENCES.md beside this file, from what the installed packages say of themselves.
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLE = HERE / "LICENCES.md"
LOCK, SERVED = HERE.parent / "requirements-dev.lock", HERE / "requirements.lock"

NAMES = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages without an SPDX expression call their licences."""
FREE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""They ask for no more than to be named, if that."""
WEAK = {
    "MPL-2.0": "changes to its own files stay under it; we change none",
    "LGPL-3.0-only": "used as a library that anybody can exchange; not part of the wheel",
}
"""They bind what is changed of them, not what uses them."""
NOT_HERE = {"colorama": "BSD-3-Clause", "tzdata": "Apache-2.0"}
"""Needed on Windows alone, so that they are not installed where the table is made."""

HEAD = """\
# Licences of what this project uses

Made by `make licences` from what the packages of `requirements-dev.lock` say of themselves; a test holds that it is up
to date and that every licence goes with Apache-2.0. *Server*: part of the container and of a plain installation
(psycopg: of the extra `postgres`); the others are for tests, measurements and documents, or for Apache Spark.

| package | licence | server | note |
|---|---|---|---|
"""


class UnknownLicenceError(Exception):
    """A package whose licence nobody looked at."""


def packages(lock: Path) -> list[str]:
    """The names in a lock file, each once."""
    return sorted(set(re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", lock.read_text(encoding="utf-8"))))


def licence(package: str) -> str:
    """The licence of a package as an SPDX expression, as far as it says; raises UnknownLicenceError."""
    try:
        told: Any = metadata(package)
    except PackageNotFoundError:
        told = None
    if told is None:
        if package in NOT_HERE:
            return NOT_HERE[package]
        raise UnknownLicenceError(f"{package} is not installed; add its licence to NOT_HERE")
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    classes = [
        name.split("::")[-1].strip() for name in told.get_all("Classifier") or [] if name.startswith("License ::")
    ]
    stated = [name for name in classes if name != "OSI Approved"] or str(told.get("License") or "").splitlines()[:1]
    found = " AND ".join(NAMES.get(name, name) for name in stated)
    if not found:
        raise UnknownLicenceError(f"{package} names no licence")
    return found


def note(package: str, expression: str) -> str:
    """What there is to say of a licence; raises UnknownLicenceError for one that does not go with ours."""
    notes = []
    for choice in expression.split(" AND "):
        one_of = [part.strip("() ") for part in choice.split(" OR ")]
        if FREE.isdisjoint(one_of):
            weak = [name for name in one_of if name in WEAK]
            if not weak:
                raise UnknownLicenceError(f"{package} is under {choice}, which nobody has looked at")
            notes.append(WEAK[weak[0]])
    return "; ".join(notes)


def page() -> str:
    """The table."""
    served = set(packages(SERVED))
    lines = []
    for package in packages(LOCK):
        expression = licence(package)
        shown = "yes" if package in served else ""
        lines.append(f"| {package} | {expression} | {shown} | {note(package, expression)} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
