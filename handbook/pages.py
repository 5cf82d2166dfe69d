"""Which pages have generated parts, and what they should say."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.quality.page import replaced
from handbook import commands, endpoints, measured, pair, ruling, running

DOCS: Final = Path(__file__).parents[1] / "docs"
PARTS: Final[Mapping[str, Callable[[], Mapping[str, str]]]] = {
    "commands.md": commands.parts,
    "compare.md": measured.parts,
    "decides.md": pair.parts,
    "operate.md": running.parts,
    "rules.md": ruling.parts,
}
"""Pages that people write, with parts between markers that are generated."""
REFERENCE: Final = "api"
"""The folder in which every page is generated."""


def stale() -> dict[Path, str | None]:
    """What the generated pages should say, of those that say something else; None for those that should not be there.

    Raises benchmarks.quality.page.MarkerError for a page that lacks a marker.
    """
    wanted: dict[Path, str | None] = dict.fromkeys((DOCS / REFERENCE).glob("*.md"))
    wanted |= {DOCS / REFERENCE / name: text for name, text in endpoints.pages().items()}
    for name, parts in PARTS.items():
        path = DOCS / name
        wanted[path] = replaced(path.read_text(encoding="utf-8"), parts())
    return {path: text for path, text in wanted.items() if text != _there(path)}


def _there(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def write(pages: Mapping[Path, str | None]) -> list[Path]:
    """Writes pages, and removes those that are None; returns their paths."""
    for path, text in pages.items():
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return list(pages)
