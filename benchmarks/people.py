"""The people behind the records: families, homes, employers, and the addresses and numbers that stay with a person."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.census import MEN, WOMEN, names_by_frequency
from benchmarks.damage import pick
from benchmarks.vocabulary import (
    DIRECTIONS,
    FREE_MAIL,
    FUNCTIONS,
    HANDLE_ENDS,
    HANDLE_STARTS,
    NICKNAMES,
    RANKS,
    STREET_NAMES,
    STREET_TYPES,
)
from benchmarks.world import FAMILY_NAMES, FAMILY_SHARES, World, distinct

NEVER: Final = 99
"""The record from which on something is so, for people to whom it never happens; nobody has so many records."""

IN_FAMILY: Final = 0.12
FAMILY_SIZES: Final = {2: 0.50, 3: 0.25, 4: 0.15, 5: 0.10}
NAMESAKE: Final = 0.08
"""The share of family members whose given name another member bears too (father and son)."""

# Each is a share of the people with several records; the surname changes for about 1% of all *records* this way.
MOVES, CHANGES_JOB, CHANGES_NAME = 0.05, 0.08, 0.025


@dataclass(frozen=True)
class Population:
    """People, with the homes and companies that their columns `home`, `next_home`, `employer`, `next_employer` number.

    What changes has a second column `next_...`, in force from the record `moved_at`, `hired_at`, `renamed_at` on.
    """

    people: pl.DataFrame
    homes: pl.DataFrame
    companies: pl.DataFrame


def populate(records: NDArray[np.int64], world: World, rng: np.random.Generator) -> Population:
    """One person for each entry of `records`, which says how many records they will leave."""
    count = len(records)
    employer, next_employer = world.employers(count, rng), world.employers(count, rng)
    home, slot, namesake = _families(count, rng)
    head = np.flatnonzero(slot == 0)
    # Seven in ten live where the head of the household works.
    works_at = world.companies["place"].to_numpy()[employer[head]]
    place = np.where(rng.random(len(head)) < 0.7, works_at, world.somewhere(len(head), rng))
    moved_at = _since(records, MOVES, rng)
    movers = np.flatnonzero(moved_at != NEVER)
    next_place = np.where(rng.random(len(movers)) < 0.6, place[home[movers]], world.somewhere(len(movers), rng))
    next_home = home.copy()
    next_home[movers] = len(head) + np.arange(len(movers))
    homes = _homes(np.concatenate([place, next_place]), world, rng)
    mobile, landline, switchboard = _numbers(place[home], homes["place"].to_numpy(), world, rng)
    people = pl.DataFrame({"records": records, "home": home, "slot": slot, "namesake": namesake}).with_columns(
        given=_given_names(slot, namesake, rng),
        family=pick(rng, len(head), FAMILY_NAMES, FAMILY_SHARES).gather(home),
        next_family=pick(rng, count, FAMILY_NAMES, FAMILY_SHARES),
        next_home=next_home,
        employer=employer,
        next_employer=next_employer,
        mobile=mobile,
        title=_titles(count, rng),
        next_title=_titles(count, rng),
        moved_at=moved_at,
        hired_at=_since(records, CHANGES_JOB, rng),
        renamed_at=_since(records, CHANGES_NAME, rng),
        in_family=pl.Series(np.bincount(home)[home] > 1),
    )
    people = people.with_columns(nickname=_nicknames(people["given"], rng))
    people = people.with_columns(private_email=_private_emails(people, rng), **_work_emails(people, world, rng))
    return Population(
        people, homes.with_columns(landline=landline), world.companies.with_columns(switchboard=switchboard)
    )


def _since(records: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """The first record after a change, for a share of the people with several records."""
    first = 1 + (rng.random(len(records)) * (records - 1)).astype(np.int64)
    return np.where((records > 1) & (rng.random(len(records)) < share), first, NEVER)


def _families(count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Per person: the home, the place in it (0 is the head), and whether they are a head's namesake or one's head.

    The first people form the families; everybody else lives alone.
    """
    sizes = np.array(list(FAMILY_SIZES))
    share = np.array(list(FAMILY_SIZES.values()))
    mean = float(sizes @ share)
    drawn = rng.choice(sizes, round(count * IN_FAMILY / mean), p=share)
    members = np.concatenate([drawn, np.ones(max(count - drawn.sum(), 0), dtype=np.int64)])
    home = np.repeat(np.arange(len(members)), members)[:count]
    slot = np.arange(count) - np.repeat(np.cumsum(members) - members, members)[:count]
    junior = rng.random(len(members)) < NAMESAKE * mean / 2
    namesake = junior[home] & (slot < 2) & (members[home] > 1)
    return home, slot, namesake


def _given_names(slot: NDArray[np.int64], namesake: NDArray[np.bool_], rng: np.random.Generator) -> pl.Series:
    """Names by census frequency; seven second members in ten are of the other sex than the head."""
    count = len(slot)
    woman = rng.random(count) < 0.5
    second = np.flatnonzero((slot == 1) & (rng.random(count) < 0.7))
    woman[second] = ~woman[second - 1]
    women, men = (pick(rng, count, *names_by_frequency(table)) for table in (WOMEN, MEN))
    names = women.zip_with(pl.Series(woman), men)
    source = np.arange(count)
    source[namesake & (slot == 1)] -= 1
    return names.gather(source)


def _nicknames(given: pl.Series, rng: np.random.Generator) -> pl.Series:
    """The short name that each person goes by, if their name has one."""
    # 6 divides by 1, 2 and 3, as many short forms as a name may have here.
    table = {f"{name}{roll}": short[roll % len(short)] for name, short in NICKNAMES.items() for roll in range(6)}
    rolls = pl.Series(rng.integers(0, 6, len(given))).cast(pl.String)
    return (given + rolls).replace_strict(table, default=None, return_dtype=pl.String)


def _homes(place: NDArray[np.int64], world: World, rng: np.random.Generator) -> pl.DataFrame:
    """An address in each place, in parts, so that every record may abbreviate it in its own way."""
    count = len(place)
    where = world.places[place]
    zips = where["zip_first"].to_numpy() + (rng.random(count) * where["zips"].to_numpy()).astype(np.int64)
    plain = pick(rng, count, STREET_NAMES)
    named = pick(rng, count, FAMILY_NAMES[:500])
    return pl.DataFrame(
        {
            "place": place,
            "city": where["city"],
            "state": where["state"],
            "postal_code": where["zip3"] + pl.Series(zips).cast(pl.String).str.zfill(2),
            "house_number": np.exp(rng.uniform(np.log(2), np.log(9999), count)).astype(np.int64),
            "direction": np.where(rng.random(count) < 0.15, rng.integers(0, len(DIRECTIONS), count), len(DIRECTIONS)),
            "street_name": plain.zip_with(pl.Series(rng.random(count) < 0.45), named),
            "street_type": rng.integers(0, len(STREET_TYPES), count),
            "unit": np.where(rng.random(count) < 0.15, rng.integers(1, 60, count), 0),
        }
    )


def _numbers(
    person_place: NDArray[np.int64], home_place: NDArray[np.int64], world: World, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Mobile numbers of people, landlines of homes, switchboards of companies: valid in the US, all different.

    Three mobiles in twenty have an area code from elsewhere, as people keep their numbers.
    """
    away = rng.random(len(person_place)) < 0.15
    mobile_place = np.where(away, world.somewhere(len(person_place), rng), person_place)
    places = np.concatenate([mobile_place, home_place, world.companies["place"].to_numpy()])
    area = world.area_codes(places, rng)
    number = np.zeros(len(area), dtype=np.int64)
    redo = np.arange(len(area))
    while len(redo):
        number[redo] = (
            area[redo] * 10_000_000 + _exchanges(len(redo), rng) * 10_000 + rng.integers(0, 10_000, len(redo))
        )
        redo = np.flatnonzero(~pl.Series(number).is_first_distinct().to_numpy())
    first, second = len(person_place), len(person_place) + len(home_place)
    return number[:first], number[first:second], number[second:]


def _exchanges(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The middle three digits: 200-999, but not N11 (services) nor 555 (films)."""
    free = np.array([code for code in range(200, 1000) if code % 100 != 11 and code != 555])
    return np.asarray(rng.choice(free, count), dtype=np.int64)


def _titles(count: int, rng: np.random.Generator) -> pl.Series:
    every = [rank.format(function) for rank in RANKS for function in FUNCTIONS]
    return pick(rng, count, every)


def _private_emails(people: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """One free-mail address a person, all different, of eleven makes; a twelfth of them do not name their owner."""
    count = len(people)
    digits = rng.random(count) < 0.5
    year = pl.Series(rng.integers(1945, 2005, count))
    short_year = (year % 100).cast(pl.String).str.zfill(2)
    number = year.cast(pl.String).zip_with(pl.Series(rng.random(count) < 0.3), short_year)
    luck = pl.Series(rng.integers(1, 1000, count)).cast(pl.String)
    number = number.zip_with(pl.Series(rng.random(count) < 0.6), luck)
    frame = people.select(
        given=pl.col("given").str.to_lowercase(),
        family=pl.col("family").str.to_lowercase(),
        short=pl.col("nickname").fill_null(pl.col("given")).str.to_lowercase(),
    ).with_columns(
        number=number,
        maybe=number.zip_with(pl.Series(digits), pl.repeat("", count, eager=True)),
        handle=pick(rng, count, HANDLE_STARTS) + pick(rng, count, HANDLE_ENDS),
        make=rng.choice(11, count, p=(0.20, 0.17, 0.12, 0.05, 0.05, 0.05, 0.08, 0.08, 0.07, 0.05, 0.08)),
    )
    makes = (
        *("{given}.{family}{maybe}", "{given}{family}{maybe}", "{g}{family}{maybe}", "{given}_{family}{maybe}"),
        *("{family}.{given}{maybe}", "{family}{given}{maybe}", "{given}{f}{maybe}", "{given}{number}"),
        *("{short}.{family}{maybe}", "{family}{number}", "{handle}{number}"),
    )
    domain = pick(rng, count, list(FREE_MAIL), list(FREE_MAIL.values()))
    return distinct(_filled(frame, makes), domain, rng)


def _work_emails(people: pl.DataFrame, world: World, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Addresses at both employers, by the habit of the company, all different."""
    jobs = pl.concat(
        people.select(
            given=pl.col("given").str.to_lowercase(), family=pl.col("family").str.to_lowercase(), employer=pl.col(job)
        )
        for job in ("employer", "next_employer")
    )
    firm = world.companies[jobs["employer"].to_numpy()]
    makes = ("{given}.{family}", "{g}{family}", "{given}", "{given}{f}", "{given}_{family}")
    address = distinct(_filled(jobs.with_columns(make=firm["habit"]), makes), firm["domain"], rng)
    return {"work_email": address[: len(people)], "next_work_email": address[len(people) :]}


def _filled(frame: pl.DataFrame, makes: tuple[str, ...]) -> pl.Series:
    """The pattern that column `make` numbers, with {column} replaced by that column, {g} and {f} by initials."""
    frame = frame.with_columns(g=pl.col("given").str.slice(0, 1), f=pl.col("family").str.slice(0, 1))
    text = pl.lit(None, dtype=pl.String)
    for number, pattern in enumerate(makes):
        names = [piece.partition("}")[0] for piece in pattern.split("{")[1:]]
        blank = pattern
        for name in names:
            blank = blank.replace(f"{{{name}}}", "{}")
        text = pl.when(pl.col("make") == number).then(pl.format(blank, *names)).otherwise(text)
    return frame.select(text).to_series()
