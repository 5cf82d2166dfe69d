"""The world that people live in: places with their ZIP and area codes, and companies whose sizes follow a power law."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.census import FAMILIES, names_by_frequency
from benchmarks.damage import pick
from benchmarks.vocabulary import (
    CITIES,
    COMPANY_ENDS,
    COMPANY_STARTS,
    COMPANY_TLDS,
    LEGAL_FORMS,
    SUBURB_ENDINGS,
    TRADES,
)

SUBURBS: Final = 4
"""Invented towns around each real city; all of them together hold two fifths of its people."""

PEOPLE_A_COMPANY: Final = 10
FAMILY_NAMES, FAMILY_SHARES = names_by_frequency(FAMILIES)
EMAIL_HABITS: Final = 5
"""Ways in which a company builds addresses from names, see `people._work_emails`."""


@dataclass(frozen=True)
class World:
    """Places (city, state, zip3, zip_first, zips, weight), their area codes, and companies.

    Companies: company, form (a row of LEGAL_FORMS), domain, place, habit, switchboard (added by `people`).
    """

    places: pl.DataFrame
    areas: tuple[tuple[int, ...], ...]
    companies: pl.DataFrame
    sizes: NDArray[np.float64]

    def somewhere(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Places drawn by how many people live there."""
        return rng.choice(len(self.places), count, p=self.places["weight"].to_numpy())

    def employers(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Companies drawn by their size."""
        return rng.choice(len(self.companies), count, p=self.sizes)

    def area_codes(self, places: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """One of the area codes of each place."""
        table = np.zeros((len(self.areas), max(map(len, self.areas))), dtype=np.int64)
        for row, codes in enumerate(self.areas):
            table[row] = np.resize(codes, table.shape[1])
        return np.asarray(table[places, rng.integers(0, table.shape[1], len(places))], dtype=np.int64)


def build_world(people: int, rng: np.random.Generator) -> World:
    """A world with room for so many people."""
    places, areas = _places(rng)
    count = max(people // PEOPLE_A_COMPANY, 5)
    # Zipf's law with an offset: without it the largest employer would have a tenth of all people.
    sizes = 1 / (np.arange(count) + 10.0)
    home = rng.choice(len(places), count, p=places["weight"].to_numpy())
    return World(places, areas, _companies(places["city"].gather(home), home, rng), sizes / sizes.sum())


def distinct(mailbox: pl.Series, domain: pl.Series, rng: np.random.Generator, joint: str = "@") -> pl.Series:
    """`mailbox + joint + domain`, where every repeated one gets digits after the mailbox until it is the only one."""
    while True:
        whole = mailbox + joint + domain
        again = (~whole.is_first_distinct()).to_numpy()
        if not again.any():
            return whole
        digits = pl.Series(rng.integers(2, 100 if again.mean() < 0.05 else 10_000, len(mailbox))).cast(pl.String)
        mailbox = mailbox + digits.zip_with(pl.Series(again), pl.repeat("", len(mailbox), eager=True))


def _places(rng: np.random.Generator) -> tuple[pl.DataFrame, tuple[tuple[int, ...], ...]]:
    """Every city with its suburbs: a suburb's ZIP codes lie above the city's, its area codes are the same."""
    rows, areas = [], []
    for city, state, zip3, codes, people in CITIES:
        rows.append((city, state, zip3, 1, 40, people * 0.6))
        areas.append(codes)
        names = rng.choice(FAMILY_NAMES[:400], SUBURBS, replace=False)
        endings = rng.choice(SUBURB_ENDINGS, SUBURBS, replace=False)
        for number in range(SUBURBS):
            rows.append((f"{names[number]}{endings[number]}", state, zip3, 50 + 10 * number, 3, people * 0.4 / SUBURBS))
            areas.append(codes)
    places = pl.DataFrame(rows, schema=["city", "state", "zip3", "zip_first", "zips", "weight"], orient="row")
    return places.with_columns(pl.col("weight") / pl.col("weight").sum()), tuple(areas)


def _companies(city: pl.Series, place: NDArray[np.int64], rng: np.random.Generator) -> pl.DataFrame:
    """Names of five makes (Diaz Foods, Diaz & Reed, Northgate Labs, Clear Path Labs, Tampa Labs), and a domain each."""
    count = len(city)
    words = {
        "one": pick(rng, count, FAMILY_NAMES, FAMILY_SHARES),
        "two": pick(rng, count, FAMILY_NAMES[:1000]),
        "start": pick(rng, count, COMPANY_STARTS),
        "end": pick(rng, count, COMPANY_ENDS),
        "trade": pick(rng, count, TRADES),
        "city": city,
        "make": pl.Series(rng.choice(5, count, p=(0.30, 0.20, 0.25, 0.15, 0.10))),
        "slim": pl.Series(rng.random(count) < 0.4),
    }
    stem = (
        pl.when(pl.col("make") == 0).then("one")
        .when(pl.col("make") == 1).then(pl.format("{} & {}", "one", "two"))
        .when(pl.col("make") == 2).then(pl.col("start") + pl.col("end"))
        .when(pl.col("make") == 3).then(pl.format("{} {}", "start", pl.col("end").str.to_titlecase()))
        .otherwise("city")
    )  # fmt: skip
    frame = pl.DataFrame(words).with_columns(stem=stem)
    whole = pl.when(pl.col("make") == 1).then("stem").otherwise(pl.format("{} {}", "stem", "trade"))
    slug = pl.when("slim").then("stem").otherwise(whole).str.to_lowercase().str.replace_all("[^a-z]", "")
    frame = frame.with_columns(company=whole, slug=slug)
    return frame.select(
        "company",
        form=pl.Series(rng.choice(len(LEGAL_FORMS), count, p=(0.28, 0.25, 0.12, 0.07, 0.08, 0.20))),
        domain=distinct(frame["slug"], pick(rng, count, list(COMPANY_TLDS), list(COMPANY_TLDS.values())), rng, "."),
        place=pl.Series(place),
        habit=pl.Series(rng.choice(EMAIL_HABITS, count, p=(0.45, 0.30, 0.08, 0.07, 0.10))),
    )
