"""Graph: the records of a case as a picture: who is linked with whom, and the link that it hangs on."""

from dataclasses import dataclass
from math import cos, pi, sin

from resolver.paths.casing import Full

WIDTH, MARGIN = 420, 18
LIKELY = 0.5
"""Links that are likelier than not are drawn, and the one that is asked about."""
WIDEST = 78
DOT = 11
MOST_LINKS = 300
"""Of the likeliest."""


@dataclass(frozen=True)
class Dot:
    """A record. here: whether it is of the first of the two persons that it may be about. r: its radius."""

    x: float
    y: float
    r: float
    letter: str
    record: str
    here: bool


@dataclass(frozen=True)
class Link:
    """Two records that evidence connects."""

    x1: float
    y1: float
    x2: float
    y2: float
    weak: bool


@dataclass(frozen=True)
class Graph:
    """The picture. asked: the two letters of the link that is asked about, and its probability."""

    dots: tuple[Dot, ...]
    links: tuple[Link, ...]
    asked: tuple[str, str, float]
    height: int
    width: int = WIDTH


def letter(place: int) -> str:
    """The name of a record on the page: A to Z, then A2 to Z2.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'A2')
    """
    turn, rest = divmod(place, 26)
    return chr(ord("A") + rest) + (str(turn + 1) if turn else "")


def graph(full: Full, probability: float) -> Graph:
    """The picture of a case. Each of the two persons is a ring; the records that are asked about face each other."""
    names = {side.record: letter(place) for place, side in enumerate(full.sides)}
    middles = (WIDTH * 0.27, WIDTH * 0.73)
    height = 2 * (max(map(_radius, map(len, full.parts))) + MARGIN)
    dots = []
    for which, part in enumerate(full.parts):
        members = [side.record for side in full.sides if side.record in part]
        middle = middles[which], height / 2
        dots += _ring(members, names, middle, facing=0.0 if which == 0 else pi, here=which == 0)
    at = {dot.record: dot for dot in dots}
    asked = set(full.pair)
    shown = [edge for edge in full.edges if edge.probability >= LIKELY and {edge.left, edge.right} != asked]
    ends = [(edge.left, edge.right, False) for edge in shown[:MOST_LINKS]] + [(*full.pair, True)]
    links = [Link(at[one].x, at[one].y, at[two].x, at[two].y, weak) for one, two, weak in ends]
    left, right = sorted((names[key] for key in full.pair), key=lambda name: (len(name), name))
    return Graph(tuple(dots), tuple(links), (left, right, probability), round(height))


def _radius(members: int) -> float:
    return 0.0 if members == 1 else min(WIDEST, max(34.0, members * 26 / (2 * pi)))


def _ring(
    members: list[str], names: dict[str, str], middle: tuple[float, float], *, facing: float, here: bool
) -> list[Dot]:
    radius = _radius(len(members))
    step = 2 * pi / max(len(members), 1)
    size = min(DOT, radius * step / 2 - 1) if len(members) > 1 else DOT
    return [
        Dot(
            round(middle[0] + radius * cos(facing + place * step), 1),
            round(middle[1] + radius * sin(facing + place * step), 1),
            round(size, 1),
            names[record],
            record,
            here,
        )
        for place, record in enumerate(members)
    ]
