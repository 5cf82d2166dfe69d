"""What is true of the whole and handed to the steps: how often values occur, and with how many different persons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, distinct
from rules.company import DOMAIN
from rules.lists import words
from rules.name.nicknames import known_given
from rules.ruleset import SHARED, SHARED_FROM, SWAPPED, Ruleset
from rules.values.hidden import HIDDEN

DAMPING = 0.7
"""Frequencies are taken at this power: values that agree are not quite independent of the other fields."""
LIMIT = 4.0
"""No single value adds or takes more than this (natural logarithm): rare values are also where the errors are."""


@dataclass(frozen=True)
class Index:
    """Facts about values, each an array in the order of the column's `values`.

    frequency: natural logarithm of how much rarer a value is than the field's average agreement.
    persons: how many different persons (by their names) are seen with the value.
    rare: whether the value is hardly seen at all.
    chance: how often two records at random show a level, reckoned exactly where a random sample is too small to see
        it: share a value of each kind, where equal values are split by persons, and have names swapped.
    from_name: e-mail addresses whose local part only spells their owner's name.
    """

    frequency: dict[str, NDArray[np.float64]]
    persons: dict[str, Rows]
    rare: dict[str, NDArray[np.bool_]]
    chance: dict[str, dict[str, float]]
    from_name: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Mapping[str, Column], live: NDArray[np.bool_], ruleset: Ruleset) -> "Index":
        """Measures the columns over the live records."""
        frequency, persons, rare, chance = {}, {}, {}, {}
        who = _persons(columns, len(live))
        number = max(int(live.sum()), 1)
        for name, comparison in ruleset.compare.items():
            if name not in columns:
                continue
            rows, codes = columns[name].held
            rows, codes = rows[live[rows]], codes[live[rows]]
            counts = _counts(columns[name], live)
            if comparison.frequency:
                frequency[name] = _frequency(np.where(_hinted(columns[name]), 0, counts))
            if comparison.shared:
                shown = in_full(columns[name])
                rows, codes = rows[shown[codes]], codes[shown[codes]]
                persons[name] = _different(codes, who[rows], len(columns[name].values))
                chance[name] = _chance(counts * shown, persons[name], number)
            if comparison.rarity:
                rare[name] = (counts <= max(2, number // 50_000)) & ~_known(name, columns[name])
        if "given" in columns and "family" in columns:
            chance["given"] = {SWAPPED: _crossed(columns["given"], columns["family"], live)}
        return cls(frequency, persons, rare, chance, _from_name(columns))


def _known(name: str, column: Column) -> NDArray[np.bool_]:
    """Which values are names that people are known to have, and so no slips of the pen, however few have them here."""
    names = known_given() if name == "given" else words("family_names")
    known: NDArray[np.bool_] = pl.Series(column.values).str.split(" ").list.first().is_in(sorted(names)).to_numpy()
    return known


def _hinted(column: Column) -> NDArray[np.bool_]:
    """Which values are employers told by a mail domain, and no names that people wrote."""
    domains: NDArray[np.bool_] = pl.Series(column.values, dtype=pl.String).str.starts_with(DOMAIN).to_numpy()
    return domains


def in_full(column: Column) -> NDArray[np.bool_]:
    """Which values are in full. Those of which a part is hidden look equal in strangers, who share nothing."""
    hidden: NDArray[np.bool_] = pl.Series(column.values, dtype=pl.String).str.contains(HIDDEN, literal=True).to_numpy()
    return ~hidden


def _frequency(counts: Rows) -> NDArray[np.float64]:
    """log(chance that two strangers agree at all) - log(chance that a stranger has this value), damped and limited.

    Winkler's frequency-based weights (Winkler 1989): m stays, u becomes the value's own frequency.
    """
    out = np.zeros(len(counts))
    seen = counts > 0
    if not seen.any():
        return out
    share = counts / counts.sum()
    average = float((share**2).sum())
    out[seen] = np.clip(DAMPING * (np.log(average) - np.log(share[seen])), -LIMIT, LIMIT)
    return out


def _chance(counts: Rows, persons: Rows, records: int) -> dict[str, float]:
    """Level -> share of all pairs of records that share a value which so many persons are seen with."""
    all_pairs = max(records * (records - 1) / 2, 1.0)
    pairs = counts * (counts - 1) / 2
    bounds = (*SHARED_FROM, np.inf)
    return {
        level: float(pairs[(persons >= low) & (persons < high)].sum()) / all_pairs
        for level, low, high in zip(SHARED, bounds, bounds[1:], strict=False)
    }


def _counts(column: Column, live: NDArray[np.bool_]) -> Rows:
    """How many live records hold each value."""
    rows, codes = column.held
    return np.bincount(codes[live[rows]], minlength=len(column.values))


def _crossed(given: Column, family: Column, live: NDArray[np.bool_]) -> float:
    """How often two strangers have each other's names, given as family and family as given.

    The chance that one's given name is the other's family name, squared; names a typing error apart count as well,
    which makes it about three times as much.
    """
    joined = pl.col("name").str.replace_all(" ", "").alias("joined")
    names = pl.concat(
        pl.DataFrame({"name": column.values, "records": _counts(column, live)})
        .group_by(joined, maintain_order=True)
        .agg(pl.col("records").sum())
        .filter(pl.col("records") > 0)
        .with_columns(share=pl.col("records") / pl.col("records").sum())
        for column in (given, family)
    )
    # In order, so that the sum is the same to the bit.
    shares = names.group_by("joined", maintain_order=True).agg(pl.len(), pl.col("share").product())
    return 3 * float(shares.filter(pl.col("len") == 2)["share"].sum()) ** 2


def _from_name(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """For each e-mail address, whether its local part holds no more than the name of a record it is found in.

    Two strangers of one name then have it in common as a matter of course (ann.lee@x.com, ann.lee@y.com).
    """
    if "email" not in columns:
        return np.zeros(0, dtype=bool)
    emails = columns["email"]
    rows, codes = emails.held
    local = pl.Series(emails.values).str.split("@").list.first()
    plain = local.str.replace_all("[^a-z]", "")
    spelled = pl.Series(np.zeros(len(codes), dtype=bool))
    for name in ("given", "family"):
        if name in columns:
            held = pl.Series(columns[name].values).str.replace_all(" ", "").gather(columns[name].first[rows])
            frame = pl.DataFrame({"local": plain.gather(codes), "name": held})
            inside = pl.col("local").str.contains(pl.col("name"), literal=True) & (pl.col("name").str.len_chars() >= 3)
            spelled |= frame.select(inside).to_series().fill_null(value=False)
    found = np.zeros(len(emails.values), dtype=bool)
    found[codes[spelled.to_numpy()]] = True
    spells_no_digit: NDArray[np.bool_] = ~local.str.contains("[0-9]").to_numpy()
    return found & spells_no_digit


def _persons(columns: Mapping[str, Column], records: int) -> Rows:
    """A small number for each record's person as far as a name tells: the initials in either order; 0 without a name.

    Coarse on purpose: a person's own misspellings and swapped names must not look like many people.
    """
    named = [name for name in ("given", "family") if name in columns] or ["company"]
    letters = np.zeros((2, records), dtype=np.int64)
    for place, name in enumerate(named):
        if name in columns:
            letters[place] = _initials(columns[name])[columns[name].first]
    both = letters.min(axis=0) * 0x110000 + letters.max(axis=0)
    known, numbered = np.unique(both, return_inverse=True)
    return numbered + int(known[0] > 0)


def _initials(column: Column) -> Rows:
    """The code point of each value's first character; 0 for missing."""
    letters = "".join(column.values.slice(1).str.slice(0, 1))
    return np.concatenate(([0], np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32))).astype(np.int64)


def _different(codes: NDArray[np.int32], who: Rows, values: int) -> Rows:
    """How many different persons are seen with each value; records without a name do not count."""
    named = who > 0
    seen = distinct((codes[named].astype(np.int64) << 32) | who[named])
    return np.bincount(seen >> 32, minlength=values)


@dataclass(frozen=True)
class Shared:
    """A value that several persons are seen with."""

    field: str
    value: str
    persons: int
    records: int


def most_shared(columns: Mapping[str, Column], index: Index, least: int = 5, most: int = 20) -> list[Shared]:
    """Values that at least `least` different persons are seen with: switchboards, info@, made-up contacts."""
    # Values ascend with their codes, so of equals those with smaller codes come first.
    top = {name: np.argsort(-persons, kind="stable")[:most] for name, persons in index.persons.items()}
    found = [
        Shared(name, str(columns[name].values[code]), int(index.persons[name][code]), int(columns[name].counts[code]))
        for name, codes in top.items()
        for code in codes[index.persons[name][codes] >= least].tolist()
    ]
    return sorted(found, key=lambda shared: (-shared.persons, shared.field, shared.value))[:most]
