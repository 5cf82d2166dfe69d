"""Merge: the members of each entity -> one golden record, every value with the record it came from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.frames import GOLDEN, check
from resolver.runs import LOW, alone, least, ordered
from resolver.steps.cluster import numbered
from rules.ruleset import Criterion, Ruleset, Survivorship
from rules.values.distinct import FEW, begins
from rules.values.hashes import mixed

MULTIPLE = {
    "email": "other_emails",
    "phone": "other_phones",
    "external_ids": "other_external_ids",
    "socials": "other_socials",
}
"""Fields of which a person may have several: the best is golden, the others are kept beside it."""

ORIGIN = "from "
"""What stands before the name of a value in that of the column that says whose it is."""
Piece = list[pl.Series]
"""Columns of golden records, an entity a row."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Offers:
    """What the records offer for one group of golden columns.

    row: the record of each offer, ascending. values: the columns offered. same: offers whose values in these columns
    are equal mean the same; `folded`: whatever their case. valid: whether the value can be what it says it is; None
    where all can. barred: what must not become golden, however alone it stands, nor may the same value from another
    record of the entity (an address that bounces). second: what must not while the entity offers anything else,
    whatever the criteria say (a value that is hidden in part).
    """

    row: Rows
    values: pl.DataFrame
    same: pl.DataFrame
    folded: bool = False
    valid: Bools | None = None
    barred: Bools | None = None
    second: Bools | None = None


@dataclass(frozen=True)
class Facts:
    """What survivorship asks of records: their entity, source, when they were last changed, and how they were made."""

    entity: Rows
    record_key: pl.Series
    source: pl.Series
    updated: pl.Series
    made_by: pl.Series

    @cached_property
    def numbered(self) -> tuple[Rows, Rows]:
        """The first record of each entity, and for each record the place of its entity among these, or -1."""
        return numbered(self.entity)


@dataclass(frozen=True)
class Judge:
    """What survivorship says of records, worked out once for all groups."""

    facts: Facts
    rules: Survivorship

    def by(self, name: str) -> Sequence[Criterion]:
        """What chooses the value of a group; of a column that belongs to none, what `other` says."""
        return {str(group): by for group, by in self.rules.groups.items()}.get(name, self.rules.groups["other"])

    @cached_property
    def source(self) -> Rows | None:
        """For each record how far its source stands from the most trusted one; None where none is trusted more."""
        return _rank(self.facts.source, self.rules.sources)

    @cached_property
    def made_by(self) -> Rows | None:
        """The same for how the record was made."""
        return _rank(self.facts.made_by, self.rules.made_by)

    @cached_property
    def age(self) -> Rows:
        """Smaller for records changed later, in microseconds."""
        updated: Rows = self.facts.updated.dt.epoch("us").fill_null(0).to_numpy()
        return -updated


def _rank(values: pl.Series, order: Sequence[str]) -> Rows | None:
    """The place of each value in an order of trust; the end for values it does not name."""
    if not order or values.null_count() == len(values):
        return None
    places = {value: place for place, value in enumerate(order)}
    trust = values.replace_strict(places, default=len(places), return_dtype=pl.Int64)
    return trust.fill_null(len(places)).to_numpy()


def merge(facts: Facts, offers: Iterable[tuple[str, Offers]], ruleset: Ruleset) -> pl.DataFrame:
    """Offers of each survivorship group -> GOLDEN, one row an entity in the order of its first record.

    facts.entity: for each row the first row of its entity, or -1 for records that are left out.
    """
    return in_one(merged(facts, offers, ruleset))


def merged(facts: Facts, offers: Iterable[tuple[str, Offers]], ruleset: Ruleset) -> Iterator[Piece]:
    """The same in pieces that stand side by side: who the entities are, then each value, and whose it is under its name
    behind ORIGIN."""
    yield [pl.Series("founder", facts.numbered[0]), _members(facts).alias("records")]
    judge = Judge(facts, ruleset.survivorship)
    for name, offered in offers:
        yield from _golden(judge, name, offered)


def in_one(pieces: Iterable[Iterable[pl.Series]]) -> pl.DataFrame:
    """GOLDEN of its pieces."""
    columns = [column for piece in pieces for column in piece]
    values = [column for column in columns if not column.name.startswith(ORIGIN)]
    origin = [column.alias(column.name.removeprefix(ORIGIN)) for column in columns if column.name.startswith(ORIGIN)]
    told = pl.DataFrame(origin).to_struct("provenance") if origin else pl.lit(None).alias("provenance")
    return check(pl.DataFrame(values).with_columns(told), GOLDEN)


def _golden(judge: Judge, name: str, offered: Offers) -> Iterator[Piece]:
    """The golden values of one group with the keys of the records that they are from, and those kept beside them."""
    rivals = Rivals.of(judge.facts, offered)
    best = _best(judge, rivals, judge.by(name))
    places = _where_known(best)
    key = _taken(judge.facts.record_key, _taken(pl.Series(offered.row), places))
    for column in offered.values:
        value = _taken(column, places)
        # The columns of a group share the keys, where they are known together.
        origin = key if value.null_count() == places.null_count() else _where(value.is_not_null(), key)
        yield [value, origin.alias(f"{ORIGIN}{value.name}")]
    if name in MULTIPLE:
        yield [_others(rivals, best).alias(MULTIPLE[name])]


def _taken(column: pl.Series, places: pl.Series) -> pl.Series:
    """The values at some places. `gather` asks the engine, which is slow for few; but it alone takes places as null."""
    return column.gather(places) if places.null_count() else column[places]


def _members(facts: Facts) -> pl.Series:
    """The keys of each entity's records, in their order."""
    _, place = facts.numbered
    live = np.flatnonzero(place >= 0)
    members = live[ordered(place[live])]
    return _lists(place[members], facts.record_key[members])["values"]


def _lists(place: Rows, values: pl.Series) -> pl.DataFrame:
    """(place, values), the places ascending -> a list of values in their order for each place."""
    if 0 < len(place) < FEW and not values.null_count():
        starts, each = np.flatnonzero(begins(place)), values.to_list()
        ends = [*starts[1:].tolist(), len(place)]
        lists = [sorted(each[start:end]) for start, end in zip(starts.tolist(), ends, strict=True)]
        held = pl.Series("values", lists, dtype=pl.List(values.dtype))
        return pl.DataFrame([pl.Series("place", place[starts]), held])
    several = np.flatnonzero(~alone(place))
    if len(several):
        parts = pl.DataFrame([pl.Series("place", place[several]), values[several].alias("value")])
        order = np.arange(len(place))
        order[several] = several[parts.with_row_index("row").sort("place", "value")["row"].to_numpy()]
        values = values[order]
    # Groups of a column known to be sorted are slices: eight times as fast.
    found = pl.DataFrame([pl.Series("place", place).set_sorted(), values.alias("values")])
    return found.group_by("place", maintain_order=True).agg("values")


def _where_known(places: Rows) -> pl.Series:
    """Places to gather, null where there is none (-1); in polars' own width, so that no gather changes it again."""
    known, found = places >= 0, pl.Series(places.astype(np.uint32))
    return found if known.all() else _where(pl.Series(known), found)


def _where(known: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(known).then(values)).to_series()


@dataclass(frozen=True)
class Rivals:
    """The offers of one group: who makes each, and those of entities that have several.

    entity: the place of each offer's entity, or -1. number: how many entities there are. places: the offers of entities
    that have several, entity by entity, each in the order of the rows.
    """

    offered: Offers
    entity: Rows
    number: int
    places: Rows

    @classmethod
    def of(cls, facts: Facts, offered: Offers) -> "Rivals":
        """Finds the entity of each offer."""
        founders, place = facts.numbered
        entity, number = place[offered.row], len(founders)
        made = np.bincount(entity + 1, minlength=number + 1)
        made[0] = 0
        several = np.flatnonzero(made[entity + 1] > 1)
        return cls(offered, entity, number, several[ordered(entity[several])])

    @cached_property
    def meaning(self) -> NDArray[np.uint64]:
        """For each of `places` a number; equal for offers of one entity that mean the same."""
        return self.meanings(self.places)

    @cached_property
    def rival(self) -> Rows:
        """The entity of each of `places`."""
        return self.entity[self.places]

    @cached_property
    def frequency(self) -> Rows:
        """For each of `places` how many offers of its entity mean the same.

        Of two, each is as frequent as the other, and they need no counting.
        """
        often = np.ones(len(self.places), dtype=np.int64)
        many = np.flatnonzero(np.bincount(self.rival, minlength=self.number)[self.rival] > 2)
        _, inverse, counts = np.unique(self.meanings(self.places[many]), return_inverse=True, return_counts=True)
        often[many] = counts[inverse]
        return often

    def meanings(self, places: Rows) -> NDArray[np.uint64]:
        """The same for other offers. The chance that any two of ten million meet by their hash is one in 400,000."""
        return self._content[places] + mixed(self.entity[places].astype(np.uint64))

    @cached_property
    def _content(self) -> NDArray[np.uint64]:
        """A number for what each offer means, whoever makes it."""
        same = self.offered.same
        if self.offered.folded:
            same = same.with_columns(pl.all().str.to_lowercase())
        return same.hash_rows().to_numpy()

    @cached_property
    def complete(self) -> NDArray[np.int8] | None:
        """How many values each offer tells; None where they are no texts.

        An initial is hardly a value: "J." must not beat "John" for being there.
        """
        texts = [column for column in self.offered.values if column.dtype == pl.String]
        if not texts:
            return None
        # a value that is missing is no longer than anything
        told = [(_lengths(text) > 2).astype(np.int8) for text in texts]
        return np.asarray(np.sum(told, axis=0, dtype=np.int8))

    @cached_property
    def open(self) -> Bools:
        """Which offers may become golden."""
        may = self.entity >= 0
        if self.offered.barred is not None and self.offered.barred.any():
            may[self._barred(self.offered.barred)] = False
        if self.offered.second is not None and self.offered.second.any():
            # Where another one comes first, be that barred.
            first = self._any(~self.offered.second)
            may &= ~(self.offered.second & first[self.entity])
        return may

    def _barred(self, barred: Bools) -> Rows:
        """Offers that are barred, or mean the same as one of their entity that is."""
        near = np.flatnonzero(self._any(barred)[self.entity])
        meaning = self.meanings(near)
        return near[np.isin(meaning, meaning[barred[near]])]

    def _any(self, offers: Bools) -> Bools:
        """Which entities make one of these offers; the last place, for nobody's (-1), is never among them."""
        found = np.zeros(self.number + 1, dtype=bool)
        found[self.entity[offers]] = True
        found[-1] = False
        return found


def _lengths(texts: pl.Series) -> NDArray[np.number]:
    """How many characters each text has; none where it is missing."""
    if len(texts) < FEW:
        return np.array([len(text or "") for text in texts.to_list()], dtype=np.int64)
    return np.asarray(np.nan_to_num(texts.str.len_chars().to_numpy()))


def _best(judge: Judge, rivals: Rivals, by: Sequence[Criterion]) -> Rows:
    """For each entity the place of the offer that wins, or -1. What the criteria leave equal, content decides."""
    best = np.full(rivals.number, -1, dtype=np.int64)
    # Of several the last would stay; they are chosen from below.
    best[rivals.entity[rivals.open]] = np.flatnonzero(rivals.open)
    left = np.flatnonzero(rivals.open[rivals.places])
    for criterion in by:
        left = left[~_settled(best, rivals, left)]
        if not len(left):
            return best
        value = _criterion(criterion, judge, rivals, left)
        if value is not None:
            left = left[least(rivals.rival[left], value)]
    first = left[begins(rivals.rival[left])]
    best[rivals.rival[first]] = rivals.places[first]
    return best


def _settled(best: Rows, rivals: "Rivals", left: Rows) -> Bools:
    """Writes down the winners of entities of which one offer is left, and says which these are."""
    decided = alone(rivals.rival[left])
    best[rivals.rival[left[decided]]] = rivals.places[left[decided]]
    return decided


def _criterion(criterion: Criterion, judge: Judge, rivals: Rivals, left: Rows) -> NDArray[np.signedinteger] | None:
    """A number for each offer left of `rivals.places`, smaller is better; None where the criterion says nothing."""
    offered, places = rivals.offered, rivals.places[left]
    if criterion == "valid":
        return None if offered.valid is None else -offered.valid[places].astype(np.int8)
    if criterion in ("source", "made_by"):
        trust = judge.source if criterion == "source" else judge.made_by
        return None if trust is None else trust[offered.row[places]]
    if criterion == "frequent":
        return -rivals.frequency[left]
    if criterion == "complete":
        return None if rivals.complete is None else -rivals.complete[places]
    return judge.age[offered.row[places]]


def _others(rivals: Rivals, best: Rows) -> pl.Series:
    """The distinct values of each entity apart from the golden one, in the order of their content."""
    entity = rivals.rival
    golden = rivals.places == best[entity]
    same_as_golden = np.zeros(rivals.number, dtype=np.uint64)
    same_as_golden[entity[golden]] = rivals.meaning[golden]
    kept = np.flatnonzero((rivals.meaning != same_as_golden[entity]) | (best[entity] < 0))
    kept = kept[alone(entity[kept]) | pl.Series(rivals.meaning[kept]).is_first_distinct().to_numpy()]
    # One that stands alone is kept beside nothing where it is barred.
    lost = np.flatnonzero((rivals.entity >= 0) & ~rivals.open)
    lost = lost[np.bincount(entity, minlength=rivals.number)[rivals.entity[lost]] == 0]
    packed = np.concatenate(((entity[kept] << 32) | rivals.places[kept], (rivals.entity[lost] << 32) | lost))
    packed.sort()
    lists = _lists(packed >> 32, rivals.offered.values.to_series(0)[packed & LOW])
    at = np.full(rivals.number, len(lists), dtype=np.int64)
    at[lists["place"].to_numpy()] = np.arange(len(lists))
    none = pl.Series("values", [[]], dtype=pl.List(pl.String))
    # In one piece lists are gathered many times as fast as from two.
    return pl.concat([lists["values"], none], rechunk=True)[at]
