"""Standing: how the stewards' queue fares, for a dashboard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from resolver.judgement import Verdict
from resolver.model.cutoffs import EVEN
from resolver.paths.online import Resolver
from resolver.store import desk
from resolver.store.desk import Decided

DAYS = 30
"""How many days are looked back on."""
BANDS = 5
"""In so many bands of probability it is told how stewards decided."""
AGES = ((timedelta(days=1), "a day"), (timedelta(days=7), "a week"), (timedelta(days=30), "a month"))


@dataclass(frozen=True)
class Day:
    """How many cases a steward decided on a day (UTC, as 2026-05-01)."""

    day: str
    who: str
    cases: int


@dataclass(frozen=True)
class Band:
    """Of the cases that the engine held to be one person with a chance between two bounds, what stewards said."""

    at_least: float
    below: float
    same: int
    different: int


@dataclass(frozen=True)
class Week:
    """How many cases were decided as same or different in the week that begins on a day (UTC), and in how many of them
    the engine held the same to be likelier."""

    begins: str
    decided: int
    agreed: int


@dataclass(frozen=True)
class Standing:
    """What waits, and what was decided in the last days.

    held: cases that somebody works on now. ages: how many open cases arose within a day, a week, a month, and before.
    agreement: the share of the cases decided as same or different in which the engine held the same to be likelier;
    None without any; weeks: the same week by week, the last ones first. minutes: the median time from claim to
    decision; None where no claimed case was decided.
    """

    open: int
    snoozed: int
    held: int
    done_today: int
    oldest: datetime | None
    ages: dict[str, int]
    decided: list[Day]
    verdicts: dict[str, int]
    agreement: float | None
    bands: list[Band]
    minutes: float | None
    weeks: list[Week]


def standing(resolver: Resolver, now: datetime | None = None) -> Standing:
    """How the queue fares. now: the present moment, unless another one is asked for."""
    now = now or datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with resolver.database.reading() as connection:
        waiting = desk.load(connection, resolver.tenant, now)
        done = desk.decided_since(connection, resolver.tenant, today - timedelta(days=DAYS - 1))
    days = Counter((f"{one.at:%Y-%m-%d}", one.who) for one in done)
    verdicts = Counter(one.verdict for one in done)
    sure = [one for one in done if one.verdict != Verdict.UNSURE]
    taken = [one.seconds / 60 for one in done if one.seconds is not None]
    return Standing(
        waiting.open,
        waiting.snoozed,
        waiting.held,
        sum(one.at >= today for one in done),
        min((at for at, _ in waiting.arose), default=None),
        _ages(waiting.arose, now),
        [Day(day, who, number) for (day, who), number in sorted(days.items())],
        {str(verdict): verdicts[verdict] for verdict in Verdict},
        sum(map(_agrees, sure)) / len(sure) if sure else None,
        [_band(sure, place) for place in range(BANDS)],
        median(taken) if taken else None,
        _weeks(sure, today),
    )


def _ages(arose: Sequence[tuple[datetime, int]], now: datetime) -> dict[str, int]:
    told = dict.fromkeys([*(f"within {words}" for _, words in AGES), f"over {AGES[-1][1]}"], 0)
    for at, number in arose:
        name = next((f"within {words}" for span, words in AGES if now - at <= span), f"over {AGES[-1][1]}")
        told[name] += number
    return told


def _agrees(one: Decided) -> bool:
    return (one.chance >= EVEN) == (one.verdict == Verdict.SAME)


def _weeks(sure: Sequence[Decided], today: datetime) -> list[Week]:
    """Weeks that end today, seven days before, and so on."""
    ago = [(today + timedelta(days=1) - one.at) // timedelta(days=7) for one in sure]
    decided, agreed = Counter(ago), Counter(week for week, one in zip(ago, sure, strict=True) if _agrees(one))
    return [
        Week(f"{today - timedelta(days=7 * week + 6):%Y-%m-%d}", decided[week], agreed[week])
        for week in sorted(decided)
    ]


def _band(sure: Sequence[Decided], place: int) -> Band:
    begin, end = place / BANDS, (place + 1) / BANDS
    here = Counter(one.verdict for one in sure if min(int(one.chance * BANDS), BANDS - 1) == place)
    return Band(begin, end, here[Verdict.SAME], here[Verdict.DIFFERENT])
