"""How time and memory grow with the number of records, as SVG: both scales are logarithmic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from benchmarks.quality.page import OURS
from benchmarks.quality.plot import COLOURS
from benchmarks.speed.figures import Figure
from benchmarks.speed.page import ORDER

LEFT, TOP, WIDTH, HEIGHT, GAP, LEGEND = 64, 84, 330, 260, 84, 24

TEMPLATE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" font-family="system-ui, sans-serif" \
font-size="12" role="img" aria-label="Time and memory of each tool by the number of records">
<rect width="100%" height="100%" fill="#fff"/>
{% for tool in tools -%}
<circle cx="{{ tool.x }}" cy="{{ tool.y }}" r="5" fill="{{ tool.colour }}"/>
<text x="{{ tool.x + 10 }}" y="{{ tool.y + 4 }}" fill="#1f2937">{{ tool.name }}</text>
{% endfor -%}
{% for panel in panels -%}
<text x="{{ panel.left }}" y="{{ panel.top - 12 }}" fill="#1f2937">{{ panel.title }}</text>
{% for tick in panel.across -%}
<line x1="{{ tick.at }}" x2="{{ tick.at }}" y1="{{ panel.top }}" y2="{{ panel.bottom }}" stroke="#e5e7eb"/>
<text x="{{ tick.at }}" y="{{ panel.bottom + 18 }}" text-anchor="middle" fill="#6b7280">{{ tick.label }}</text>
{% endfor -%}
{% for tick in panel.up -%}
<line x1="{{ panel.left }}" x2="{{ panel.right }}" y1="{{ tick.at }}" y2="{{ tick.at }}" stroke="#e5e7eb"/>
<text x="{{ panel.left - 8 }}" y="{{ tick.at + 4 }}" text-anchor="end" fill="#6b7280">{{ tick.label }}</text>
{% endfor -%}
{% for line in panel.lines -%}
<polyline points="{{ line.points }}" fill="none" stroke="{{ line.colour }}" stroke-width="{{ line.wide }}"/>
{% for dot in line.dots -%}
<circle cx="{{ dot.x }}" cy="{{ dot.y }}" r="{{ line.wide + 2 }}" fill="{{ line.colour }}" stroke="#fff">\
<title>{{ dot.title }}</title></circle>
{% endfor -%}
{% endfor -%}
{% endfor -%}
</svg>
"""


@dataclass(frozen=True)
class Scale:
    """Whole powers of ten, `low` to `high`, over the pixels from `begin` to `end`."""

    low: int
    high: int
    begin: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], begin: float, end: float) -> "Scale":
        """The smallest scale that holds the values and is a power of ten long at least."""
        low = floor(log10(min(values)))
        return cls(low, max(ceil(log10(max(values))), low + 1), begin, end)

    def at(self, value: float) -> float:
        """Where a value lies, in pixels."""
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self, label: Callable[[float], str]) -> list[dict[str, Any]]:
        """Every power of ten with its label."""
        return [{"at": self.at(10.0**power), "label": label(10.0**power)} for power in range(self.low, self.high + 1)]


def plot(figures: Sequence[Figure]) -> str:
    """Time on the left, memory on the right; one line a tool through the files that it finished."""
    drawn = sorted((one for one in figures if one.tool in ORDER and one.finished), key=lambda one: one.rows)
    # Ours is drawn last, over the others.
    names = [name for name in reversed(ORDER) if any(one.tool == name for one in drawn)]
    right = LEFT + WIDTH + GAP
    panels = [
        _panel("wall time, s", LEFT, drawn, names, lambda one: one.wall),
        _panel("peak memory, MB", right, drawn, names, lambda one: one.peak),
    ]
    tools = [
        {"name": name, "colour": _colour(name), "x": 20 + 200 * (place % 4), "y": 16 + LEGEND * (place // 4)}
        for place, name in enumerate(reversed(names))
    ]
    made = Environment(undefined=StrictUndefined, autoescape=True).from_string(TEMPLATE)
    return made.render(panels=panels if drawn else [], tools=tools, width=right + WIDTH + 50, height=TOP + HEIGHT + 34)


def _colour(name: str) -> str:
    return COLOURS[ORDER.index(name)]


def _panel(
    title: str, left: int, figures: Sequence[Figure], names: Sequence[str], value: Callable[[Figure], float]
) -> dict[str, Any]:
    if not figures:
        return {}
    bottom = TOP + HEIGHT
    across = Scale.over([figure.rows for figure in figures], left, left + WIDTH)
    up = Scale.over([value(figure) for figure in figures], bottom, TOP)
    lines = []
    for name in names:
        dots = [
            {
                "x": across.at(one.rows),
                "y": up.at(value(one)),
                "title": f"{name}, {one.rows:,} records: {value(one):,.2f}",
            }
            for one in figures
            if one.tool == name
        ]
        points = " ".join(f"{dot['x']},{dot['y']}" for dot in dots)
        lines.append({"colour": _colour(name), "wide": 3 if name == OURS else 1.5, "points": points, "dots": dots})
    return {
        "title": title,
        "left": left,
        "right": left + WIDTH,
        "top": TOP,
        "bottom": bottom,
        "across": across.ticks(lambda value: f"{value:,.0f}"),
        "up": up.ticks(lambda value: f"{value:,.0f}" if value >= 1 else f"{value:g}"),
        "lines": lines,
    }
