"""The measured figures that compare.md shows: copied from benchmarks/, where they are written by what measures them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BENCHMARKS: Final = Path(__file__).parents[1] / "benchmarks"
COPIED: Final = {
    "peers": "QUALITY.md",
    "speed machine": "RESULTS.md",
    "speed sizes": "RESULTS.md",
    "latency": "RESULTS.md",
    "estimates": "ESTIMATES.md",
}
"""Which measured part comes from which page."""


def parts() -> Mapping[str, str]:
    """The generated parts of compare.md."""
    return {name: _part(BENCHMARKS / page, name) for name, page in COPIED.items()}


def _part(page: Path, name: str) -> str:
    text = page.read_text(encoding="utf-8")
    body = text.partition(f"<!-- measured: {name} -->")[2].partition(f"<!-- end: {name} -->")[0].strip()
    if not body:
        raise ValueError(f"{page.name} has no measured part named {name}")
    return re.sub(r"^###", "####", body, flags=re.MULTILINE)
