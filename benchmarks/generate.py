"""Contacts as five systems would hold them, with the person behind each: `python -m benchmarks.generate --rows 100000`.

People, homes and companies are drawn first (`world`, `people`); each person then leaves one to eight records, and every
record is damaged on its own (`damage`). The names' frequencies come from the `names` package when this runs. How often
each thing happens is listed in `rates.RATES`, which is also what the command prints at the end.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.damage import pick
from benchmarks.files import Writer
from benchmarks.people import Population, populate
from benchmarks.rates import rates, report, tally_people, tally_records
from benchmarks.records import addresses, choice, emails, names, phones, works
from benchmarks.world import build_world

SOURCES: Final = {"crm": 0.30, "webform": 0.25, "support": 0.15, "billing": 0.15, "events": 0.15}
RECORDS_A_PERSON: Final = {1: 0.42, 2: 0.275, 3: 0.145, 4: 0.08, 5: 0.037, 6: 0.02, 7: 0.013, 8: 0.01}
EXPORT: Final = (
    *("record_id", "source", "first_name", "last_name", "email", "phone", "company", "job_title"),
    *("street", "city", "postal_code", "state", "updated_at"),
)
BLOCK: Final = 500_000
"""Rows damaged at a time, which bounds the memory; part of what a seed means."""


@dataclass(frozen=True)
class Simulation:
    """The people, and who left which record when: a ledger of person, nth (of this person), source, updated_at.

    The ledger is in random order, the order of the rows.
    """

    population: Population
    ledger: pl.DataFrame
    seed: int


def generate(rows: int, seed: int) -> pl.DataFrame:
    """`rows` contacts with the columns of EXPORT and `truth_id`; the same for the same arguments.

    >>> generate(rows=50, seed=1).shape
    (50, 14)
    """
    return pl.concat(block.select(*EXPORT, "truth_id") for block in blocks(simulate(rows, seed)))


def simulate(rows: int, seed: int) -> Simulation:
    """Draw the people, and from them a ledger of exactly `rows` records (the last person may leave fewer)."""
    rng = np.random.default_rng([seed, 0])
    share = list(RECORDS_A_PERSON.values())
    mean = sum(times * part for times, part in RECORDS_A_PERSON.items())
    drawn = rng.choice(list(RECORDS_A_PERSON), int(rows / mean * 1.1) + 50, p=np.array(share) / sum(share))
    ends = np.cumsum(drawn)
    records = drawn[: int(np.searchsorted(ends, rows)) + 1]
    records[-1] -= records.sum() - rows
    # Families come first among the people, so no order of theirs may be left: the ledger is shuffled.
    population = populate(records, build_world(len(records), rng), rng)
    return Simulation(population, _ledger(records, rng), seed)


def _ledger(records: NDArray[np.int64], rng: np.random.Generator) -> pl.DataFrame:
    rows = int(records.sum())
    person = np.repeat(np.arange(len(records)), records)
    nth = np.arange(rows) - np.repeat(np.cumsum(records) - records, records)
    first, last = (int(np.datetime64(day, "s").astype(int)) for day in ("2018-01-01", "2026-01-01"))
    seconds = rng.integers(first, last, rows)
    # A person's records are numbered in the order of time.
    seconds = seconds[np.lexsort((seconds, person))]
    order = rng.permutation(rows)
    moment = pl.from_epoch(pl.Series(seconds[order])).dt.replace_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame(
        {
            "person": person[order],
            "nth": nth[order],
            "source": pick(rng, rows, list(SOURCES), list(SOURCES.values())),
            "updated_at": moment,
        }
    ).with_row_index("row")


def blocks(simulation: Simulation) -> Iterator[pl.DataFrame]:
    """The records, some at a time: EXPORT, `truth_id`, and what was done to each value (see `rates`)."""
    for number, ledger in enumerate(simulation.ledger.iter_slices(BLOCK)):
        rng = np.random.default_rng([simulation.seed, number + 1])
        yield _block(simulation.population, ledger, rng)


def _block(population: Population, ledger: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    people = population.people[ledger["person"].to_numpy()].with_columns(ledger["nth"])
    renamed = pl.col("nth") >= pl.col("renamed_at")
    people = people.with_columns(
        family=_now("family", "renamed_at"),
        other_family=pl.when(renamed).then("family").otherwise("next_family"),
        renamed=renamed,
        home=_now("home", "moved_at"),
        employer=_now("employer", "hired_at"),
        title=_now("title", "hired_at"),
        work_email=_now("work_email", "hired_at"),
    )
    homes = population.homes[people["home"].to_numpy()]
    companies = population.companies[people["employer"].to_numpy()]
    # Half of those who shout or whisper do so in every line, the others in the names only.
    case = choice(rng, len(people), upper=0.15, lower=0.15)
    everywhere = case.set(pl.Series(rng.random(len(people)) < 0.5), "")
    number = pl.format("{}-{}", "source", pl.col("row").cast(pl.String).str.zfill(6))
    person = pl.format("person-{}", pl.col("person").cast(pl.String).str.zfill(6))
    parts = [
        ledger.select(number.alias("record_id"), "source", "updated_at", person.alias("truth_id")),
        names(people, case, rng),
        emails(people, companies, rng),
        phones(people, homes, companies, rng),
        works(people, companies, everywhere, rng),
        addresses(homes, everywhere, rng),
    ]
    return pl.concat(parts, how="horizontal")


def _now(name: str, since: str) -> pl.Expr:
    """The value in force when the record was made."""
    return pl.when(pl.col("nth") >= pl.col(since)).then(f"next_{name}").otherwise(name)


def write(simulation: Simulation, out: Path, truth: Path | None, keep_truth: bool) -> pl.DataFrame:
    """Write the contacts (and the truth) a block at a time; gives the realised rates."""
    tallies = [tally_people(simulation.population.people)]
    columns = [*EXPORT, "truth_id"] if keep_truth else list(EXPORT)
    with Writer(out) as contacts, Writer(truth) as persons:
        for block in blocks(simulation):
            contacts.write(block.select(columns))
            persons.write(block.select("source", "record_id", "truth_id"))
            tallies.append(tally_records(block))
    return rates(tallies)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.generate", description="Write invented contacts with a known truth."
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="contacts.parquet or contacts.csv")
    parser.add_argument("--truth", type=Path, help="where to write source, record_id, truth_id (.csv or .parquet)")
    parser.add_argument("--keep-truth", action="store_true", help="leave truth_id in the contacts")
    options = parser.parse_args()
    if options.rows < 1:
        parser.error("--rows: at least 1")
    started = time.perf_counter()
    realised = write(simulate(options.rows, options.seed), options.out, options.truth, options.keep_truth)
    print(report(realised))
    print(f"{options.rows:,} rows in {time.perf_counter() - started:.1f} s -> {options.out}")


if __name__ == "__main__":
    main()
