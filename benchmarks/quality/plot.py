"""A picture of the peers' table: pairwise F1 of every tool on every set, as SVG."""

from collections.abc import Sequence
from typing import Final

from jinja2 import Environment, StrictUndefined

from benchmarks.peers.entrants import ENTRANTS
from benchmarks.quality.engine import Outcome
from benchmarks.quality.page import OURS

COLOURS: Final = ("#0b5fff", "#b45309", "#f2b36b", "#7c3aed", "#64748b", "#0f766e", "#be185d")
"""Of this engine, then of the peers in their order; the two ways of using Splink are two shades of one."""
LEFT, TOP, ROW, WIDTH, LEGEND = 210, 62, 26, 620, 24
LEAST: Final = 0.5
"""Where the scale begins; what is lower stands at the edge as a triangle."""
TICKS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

TEMPLATE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ width }} {{ height }}" font-family="system-ui, sans-serif" \
font-size="12" role="img" aria-label="Pairwise F1 of each tool on each set">
<rect width="100%" height="100%" fill="#fff"/>
{% for tool in tools -%}
<circle cx="{{ tool.x }}" cy="{{ tool.y }}" r="5" fill="{{ tool.colour }}"/>
<text x="{{ tool.x + 10 }}" y="{{ tool.y + 4 }}" fill="#1f2937">{{ tool.name }}</text>
{% endfor -%}
{% for tick in ticks -%}
<line x1="{{ tick.x }}" x2="{{ tick.x }}" y1="{{ top - 6 }}" y2="{{ height - 24 }}" stroke="#e5e7eb"/>
<text x="{{ tick.x }}" y="{{ height - 8 }}" text-anchor="middle" fill="#6b7280">{{ tick.label }}</text>
{% endfor -%}
{% for row in rows -%}
<text x="{{ left - 12 }}" y="{{ row.y + 4 }}" text-anchor="end" fill="#1f2937">{{ row.name }}</text>
{% for dot in row.dots -%}
{% if dot.below -%}
<path d="M{{ dot.x }} {{ row.y }} l9 -5 v10 z" fill="{{ dot.colour }}"><title>{{ dot.title }}</title></path>
{% else -%}
<circle cx="{{ dot.x }}" cy="{{ row.y }}" r="{{ dot.radius }}" fill="{{ dot.colour }}" stroke="#fff">\
<title>{{ dot.title }}</title></circle>
{% endif -%}
{% endfor -%}
{% endfor -%}
</svg>
"""


def plot(outcomes: Sequence[Outcome]) -> str:
    """One row a set that peers ran on, one dot a tool; ours is the largest and lies below."""
    raced = [outcome for outcome in outcomes if outcome.peers]
    names = [OURS, *(entrant.name for entrant in ENTRANTS)]
    rows = [
        {"name": outcome.name, "y": TOP + ROW * place + ROW // 2, "dots": _dots(outcome)}
        for place, outcome in enumerate(raced)
    ]
    tools = [
        {"name": name, "colour": colour, "x": 20 + 200 * (place % 4), "y": 16 + LEGEND * (place // 4)}
        for place, (name, colour) in enumerate(zip(names, COLOURS, strict=True))
    ]
    made = Environment(undefined=StrictUndefined, autoescape=True).from_string(TEMPLATE)
    return made.render(
        tools=tools,
        rows=rows,
        ticks=[{"x": _x(tick), "label": f"{tick:.1f}"} for tick in TICKS],
        left=LEFT,
        top=TOP,
        width=LEFT + WIDTH + 30,
        height=TOP + ROW * len(raced) + 34,
    )


def _dots(outcome: Outcome) -> list[dict[str, object]]:
    """Ours, and over it those of the peers that came to an end."""
    colours = dict(zip((entrant.name for entrant in ENTRANTS), COLOURS[1:], strict=True))
    known = [(name, colour, outcome.peers[name].f1) for name, colour in colours.items() if name in outcome.peers]
    known.insert(0, (OURS, COLOURS[0], outcome.evaluation.f1))
    return [
        {
            "x": _x(f1),
            "below": f1 < LEAST,
            "radius": 8 if name == OURS else 4.5,
            "colour": colour,
            "title": f"{name} on {outcome.name}: {f1:.4f}",
        }
        for name, colour, f1 in known
        if f1 is not None
    ]


def _x(f1: float) -> float:
    return round(LEFT + WIDTH * (max(f1, LEAST) - LEAST) / (1 - LEAST), 1)
