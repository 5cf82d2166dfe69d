"""What is true of the whole and handed to the steps: how often values occur, and with how many different persons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, distinct, numbered
from resolver.model.reference import Reference, agreement
from resolver.threads import side_by_side
from rules.company import DOMAIN
from rules.lists import words
from rules.name.nicknames import known_given
from rules.ruleset import SHARED, SHARED_FROM, SWAPPED, Ruleset
from rules.values.arrays import which
from rules.values.distinct import FEW
from rules.values.hidden import HIDDEN

DAMPING = 0.7
"""Frequencies are taken at this power: values that agree are not quite independent of the other fields."""
_LOCAL, _NO_LETTERS = re.compile("([^@0-9]*)@"), re.compile("[^a-z]+")
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
    def of(
        cls,
        columns: Mapping[str, Column],
        live: NDArray[np.bool_],
        ruleset: Ruleset,
        reference: Reference | None = None,
    ) -> "Index":
        """Measures the columns over the live records; how often values occur, by a reference where one is given."""
        made: dict[str, Any] = side_by_side(
            facts=partial(_facts, columns, live, ruleset),
            swapped=partial(_crossed, columns, live),
            from_name=partial(_from_name, columns, live),
        )
        frequency, persons, rare, chance = made["facts"]
        if reference is not None:
            return cls.frozen(columns, ruleset, reference, persons, made["from_name"])
        return cls(frequency, persons, rare, chance | made["swapped"], made["from_name"])

    @classmethod
    def frozen(
        cls,
        columns: Mapping[str, Column],
        ruleset: Ruleset,
        reference: Reference,
        persons: dict[str, Rows],
        from_name: NDArray[np.bool_],
    ) -> "Index":
        """How often values occur is told by what a model was trained beside; with whom they are seen is given."""
        frequency, rare = {}, {}
        for name, comparison in ruleset.compare.items():
            if name not in columns or name not in reference.counts:
                continue
            counts, column = reference.counts[name], columns[name]
            number = np.where(_hinted(column), 0, counts.of_values(column.values))
            if comparison.frequency:
                frequency[name] = _frequency(number, counts.total, counts.agreement)
            if comparison.rarity:
                rare[name] = _rare(number, reference.records) & ~_known(name, column)
        return cls(frequency, persons, rare, {}, from_name)


def counted(column: Column, live: NDArray[np.bool_]) -> Rows:
    """How many live records hold each value; 0 for what nobody wrote."""
    return np.where(_hinted(column), 0, _counts(column, live))


def rare_up_to(records: int) -> int:
    """Among so many records a value is hardly seen at all where no more of them hold it."""
    return max(2, records // 50_000)


def _rare(counts: Rows, records: int) -> NDArray[np.bool_]:
    return counts <= rare_up_to(records)


Facts = tuple[
    dict[str, NDArray[np.float64]], dict[str, Rows], dict[str, NDArray[np.bool_]], dict[str, dict[str, float]]
]


def _facts(columns: Mapping[str, Column], live: NDArray[np.bool_], ruleset: Ruleset) -> Facts:
    """What the values of each column tell by themselves: frequency, persons, rare and chance of `Index`."""
    frequency, persons, rare, chance = {}, {}, {}, {}
    people = np.where(live, who(columns, len(live), named="given" in columns or "family" in columns), 0)
    known, ordinal = numbered(people.view(np.uint64))
    people = ordinal + int(known[0] > 0)
    number = max(int(live.sum()), 1)
    for name, comparison in ruleset.compare.items():
        if name not in columns:
            continue
        counts = _counts(columns[name], live)
        if comparison.frequency:
            told = np.where(_hinted(columns[name]), 0, counts)
            frequency[name] = _frequency(told, int(told.sum()), agreement(told))
        if comparison.shared:
            shown = in_full(columns[name])
            persons[name] = np.where(shown, _different(columns[name], people), 0)
            chance[name] = _chance(counts * shown, persons[name], number)
        if comparison.rarity:
            rare[name] = _rare(counts, number) & ~_known(name, columns[name])
    return frequency, persons, rare, chance


def _known(name: str, column: Column) -> NDArray[np.bool_]:
    """Which values are names that people are known to have, and so no slips of the pen, however few have them here."""
    if len(column.values) < FEW:
        known = _plain_names(name)
        return np.array([value.partition(" ")[0] in known for value in column.listed])
    first = column.values.str.split(" ").list.first()
    names = _names(name)
    places = np.minimum(names.search_sorted(first).to_numpy(), len(names) - 1)
    found: NDArray[np.bool_] = (names.gather(places) == first).to_numpy()
    return found


@cache
def _names(name: str) -> pl.Series:
    return pl.Series(sorted(_plain_names(name)))


def _plain_names(name: str) -> frozenset[str]:
    return known_given() if name == "given" else words("family_names")


def _hinted(column: Column) -> NDArray[np.bool_]:
    """Which values are employers told by a mail domain, and no names that people wrote."""
    if len(column.values) < FEW:
        return np.array([value.startswith(DOMAIN) for value in column.listed])
    domains: NDArray[np.bool_] = pl.Series(column.values, dtype=pl.String).str.starts_with(DOMAIN).to_numpy()
    return domains


def in_full(column: Column) -> NDArray[np.bool_]:
    """Which values are in full. Those of which a part is hidden look equal in strangers, who share nothing."""
    if len(column.values) < FEW:
        return np.array([HIDDEN not in value for value in column.listed])
    hidden: NDArray[np.bool_] = pl.Series(column.values, dtype=pl.String).str.contains(HIDDEN, literal=True).to_numpy()
    return ~hidden


def _frequency(counts: Rows, total: int, average: float) -> NDArray[np.float64]:
    """log(chance that two strangers agree at all) - log(chance that a stranger has this value), damped and limited.

    Winkler's frequency-based weights (Winkler 1989): m stays, u becomes the value's own frequency.
    """
    out = np.zeros(len(counts))
    seen = counts > 0
    if total:
        out[seen] = np.clip(DAMPING * (np.log(average) - np.log(counts[seen] / total)), -LIMIT, LIMIT)
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
    """How many live records hold each value; 0 for missing."""
    counts = np.bincount(column.codes[column.each(live)], minlength=len(column.values))
    counts[0] = 0
    return counts


def _crossed(columns: Mapping[str, Column], live: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """How often two strangers have each other's names, given as family and family as given.

    The chance that one's given name is the other's family name, squared; names a typing error apart count as well,
    which makes it about three times as much.
    """
    if "given" not in columns or "family" not in columns:
        return {}
    given, family = (
        pl.DataFrame({"name": columns[name].values, "records": _counts(columns[name], live)})
        .filter(pl.col("records") > 0)
        .group_by(pl.col("name").str.replace_all(" ", "", literal=True), maintain_order=True)
        .agg(pl.col("records").sum())
        .select("name", share=pl.col("records") / pl.col("records").sum())
        for name in ("given", "family")
    )
    # In order and in one piece, so that the sum is the same to the bit.
    both = given.join(family, on="name", maintain_order="left").rechunk()
    return {"given": {SWAPPED: 3 * float((both["share"] * both["share_right"]).sum()) ** 2}}


def _from_name(columns: Mapping[str, Column], live: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each e-mail address, whether its local part holds no more than the name of a record it is found in.

    Two strangers of one name then have it in common as a matter of course (ann.lee@x.com, ann.lee@y.com).
    """
    if "email" not in columns:
        return np.zeros(0, dtype=bool)
    rows, codes = columns["email"].held
    found = np.zeros(len(columns["email"].values), dtype=bool)
    found[codes[spelled_by(columns, rows, codes) & live[rows]]] = True
    return found


def spelled_by(columns: Mapping[str, Column], rows: Rows, codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """For each e-mail address that a record holds, whether its local part holds no more than the record's name."""
    emails = columns["email"]
    if len(codes) < FEW:
        each = zip(rows.tolist(), codes.tolist(), strict=True)
        names = [columns[name] for name in ("given", "family") if name in columns]
        return np.array([_spells(emails.listed[code], names, row) for row, code in each], dtype=np.bool_)
    local = emails.values.str.extract("^([^@0-9]*)@")
    plain = local.str.replace_all("[^a-z]+", "")
    # A local part with a digit, which has no match, says more than a name.
    told = plain.is_not_null().to_numpy()[codes]
    open_ = which(told)
    rows, codes = rows[open_], codes[open_]
    spelled = pl.Series(np.zeros(len(codes), dtype=bool))
    for name in ("given", "family"):
        if name in columns:
            held = columns[name].values.str.replace_all(" ", "", literal=True).gather(columns[name].first[rows])
            frame = pl.DataFrame({"local": plain.gather(codes), "name": held})
            inside = pl.col("local").str.contains(pl.col("name"), literal=True) & (pl.col("name").str.len_chars() >= 3)
            spelled |= frame.select(inside).to_series()
    told[open_] = spelled.to_numpy()
    return told


def _spells(email: str, names: Sequence[Column], row: int) -> bool:
    """The same of one address, and the row that holds it."""
    local = _LOCAL.match(email)
    if local is None:
        return False
    plain = _NO_LETTERS.sub("", local[1])
    held = (column.listed[column.first[row]].replace(" ", "") for column in names)
    return any(len(name) >= 3 and name in plain for name in held)


def who(columns: Mapping[str, Column], records: int, *, named: bool) -> Rows:
    """A number for each record's person as far as a name tells: the initials in either order; 0 without a name.

    Coarse on purpose: a person's own misspellings and swapped names must not look like many people.
    named: whether records have names of persons; else the company's stands for them.
    """
    names = ("given", "family") if named else ("company",)
    letters = np.zeros((2, records), dtype=np.int64)
    for place, name in enumerate(names):
        if name in columns:
            letters[place] = _initials(columns[name])[columns[name].first]
    both: Rows = letters.min(axis=0) * 0x110000 + letters.max(axis=0)
    return both


def _initials(column: Column) -> Rows:
    """The code point of each value's first character; 0 for missing."""
    if len(column.values) < FEW:
        return np.array([ord(value[0]) if value else 0 for value in column.listed], dtype=np.int64)
    letters = column.values.str.slice(0, 1).str.join().item()
    return np.concatenate(([0], np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32))).astype(np.int64)


def _different(column: Column, who: Rows) -> Rows:
    """How many different persons are seen with each value; records without a name do not count."""
    person = column.each(who)
    named = which((person > 0) & (column.codes > 0))
    seen = distinct((column.codes[named].astype(np.int64) << 32) | person[named])
    return np.bincount(seen >> 32, minlength=len(column.values))


@dataclass(frozen=True)
class Shared:
    """A value that several persons are seen with."""

    field: str
    value: str
    persons: int
    records: int


LEAST, MOST = 5, 20
"""A value is worth telling of from so many different persons on, and so many values are told of."""


def most_shared(columns: Mapping[str, Column], index: Index, least: int = LEAST, most: int = MOST) -> list[Shared]:
    """Values that at least `least` different persons are seen with: switchboards, info@, made-up contacts."""
    # Values ascend with their codes, so of equals those with smaller codes come first.
    top = {name: np.argsort(-persons, kind="stable")[:most] for name, persons in index.persons.items()}
    found = [
        Shared(name, str(columns[name].values[code]), int(index.persons[name][code]), int(columns[name].counts[code]))
        for name, codes in top.items()
        for code in codes[index.persons[name][codes] >= least].tolist()
    ]
    return sorted(found, key=lambda shared: (-shared.persons, shared.field, shared.value))[:most]
