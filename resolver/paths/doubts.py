"""Doubts: the cases a steward should see, kept in step with the entities in the same transaction.

A case is two entities that may be one, or one that may be two. Which there are is asked of the very function that a
batch asks, with the same evidence: all pairs between two entities that were compared, those that are strangers beyond
doubt included. What a batch draws from all of its cases at once, the probability below which asking is hardly worth a
look, is here the bound that it keeps to: a case depends on its own records, and on no other case.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from resolver.columns import Rows, combine, couple, distinct
from resolver.frames import RECORD_KEY, in_order
from resolver.judgement import Verdict
from resolver.model.cutoffs import EVEN, Cutoffs
from resolver.model.frozen import Frozen
from resolver.model.layout import Layout
from resolver.model.odds import log_odds, probabilities
from resolver.paths.outcome import CONSENT_DIFFERS, consent_cases
from resolver.paths.region import Whole, are_few
from resolver.paths.verdicts import Verdicts
from resolver.paths.whole import Told
from resolver.result import Scored
from resolver.steps.block import packed
from resolver.steps.doubt import AGAINST, STRIKING, THIN, UNSURE, Linked, doubts
from resolver.store import cases
from resolver.store.acts import judged
from resolver.store.cases import SEPARATOR, Kind
from resolver.store.journal import NONE
from resolver.store.lookups import signed
from resolver.store.rows import fetch, unpacked
from resolver.words.plain import EQUAL, ONE_SIDE, mark
from rules.values.hashes import hashed, mixed

HELD = ("number", "source", "record_id", "name", "mark", "keys", "met")
"""What is needed of a record besides its entity."""
AT_ONCE = 200_000
"""Pairs whose keys are looked at together."""
NO_FLOATS = np.zeros(0)
CODES = {UNSURE: "unsure", AGAINST: "against", THIN: "thin", CONSENT_DIFFERS: "consent"}
"""Why a case is asked, as a code and in words."""


@dataclass(frozen=True)
class Settled:
    """Records whose entities were just worked out.

    rows: ROW in the order of their content, with the entities they were of. entity: the number of the entity that each
    is of now, NONE without one. scored: the pairs among them that are not beyond doubt. golden: GOLDEN with `founder`.
    """

    rows: pl.DataFrame
    entity: Rows
    scored: Scored
    golden: pl.DataFrame

    def where(self, kept: NDArray[np.bool_]) -> "Settled":
        """Those of some entities, all golden records among them."""
        if kept.all():
            return self
        place, scored = np.cumsum(kept) - 1, self.scored.where(kept[self.scored.left] & kept[self.scored.right])
        founder = pl.Series("founder", place[self.golden["founder"].to_numpy()])
        rows = self.rows.filter(pl.Series(kept))
        return Settled(rows, self.entity[kept], scored.moved(place), self.golden.with_columns(founder))


@dataclass(frozen=True)
class _Around:
    """Live records in the order of their content, the entity of each, and the scored pairs that settle their cases."""

    people: pl.DataFrame
    scored: Scored

    @property
    def entity(self) -> Rows:
        """For each row the first row of its entity."""
        _, first, place = np.unique(self.people["entity"].to_numpy(), return_index=True, return_inverse=True)
        return np.asarray(first[place])


def keep_cases(connection: Connection, frozen: Frozen, commit: int, settled: Settled, whole: Whole) -> None:
    """Writes down which cases there are now around some entities, and that others are no more."""
    before = settled.rows["entity"].drop_nulls().to_numpy()
    touched = distinct(np.concatenate((before, settled.entity[settled.entity > NONE])))
    across = None if isinstance(whole, Told) else cases.scored(connection, settled.rows["number"].to_numpy())
    if across is not None and _is_beyond_doubt(settled, across, frozen):
        if len(before) and cases.any_of(connection, frozen.tenant, before):
            cases.replace(connection, frozen.tenant, commit, touched, pl.DataFrame(schema=cases.HELD))
        return
    around = _around(connection, frozen, settled, across)
    found = pl.concat([_doubtful(connection, around, frozen, whole), _consent(connection, settled)])
    told = _told(found, around.people, frozen)
    names = cases.titles(connection, distinct(np.concatenate((told["one"].to_numpy(), told["other"].to_numpy()))))
    cases.replace(connection, frozen.tenant, commit, touched, _titled(told, names))


def _is_beyond_doubt(settled: Settled, across: pl.DataFrame, frozen: Frozen) -> bool:
    """Whether nothing can be a case, as for most records that come: that is told at a glance. across: see `_around`."""
    scored, entity = settled.scored, settled.entity
    inside = entity[scored.left] == entity[scored.right]
    thin = scored.logits[inside].min(initial=np.inf) < log_odds(bars(frozen).sure)
    likely = max(scored.logits[~inside].max(initial=-np.inf), across["logit"].max() or -np.inf) >= _asked_from(frozen)
    return not (thin or likely or "consent" in settled.golden.columns)


def bars(frozen: Frozen) -> Cutoffs:
    """Between which probabilities a case is worth a look."""
    fixed = frozen.ruleset.thresholds
    return Cutoffs.of(fixed, fixed.match or EVEN, (NO_FLOATS, NO_FLOATS), NO_FLOATS)


def _asked_from(frozen: Frozen) -> float:
    """The log odds that the best pair of two entities must have to be a case at all."""
    return min(log_odds(bars(frozen).review), STRIKING)


def _around(connection: Connection, frozen: Frozen, settled: Settled, across: pl.DataFrame | None) -> _Around:
    """The settled records that are live, and those of entities that may be one with any of theirs.

    across: the pairs of one of them and any other record; None where there are no other records.
    """
    live = settled.entity > NONE
    place = np.cumsum(live) - 1
    people = settled.rows.select(HELD).with_columns(entity=pl.Series(settled.entity)).filter(pl.Series(live))
    inside = settled.scored.moved(place)
    if across is None:
        return _Around(people, inside)
    numbers = people["number"].to_numpy()
    likely = across["logit"].to_numpy() >= _asked_from(frozen)
    ends = distinct(np.concatenate([across[side].to_numpy()[likely] for side in ("left", "right")]))
    found = fetch(connection, frozen.tenant, "number", np.setdiff1d(ends, numbers), ("entity",))["entity"].to_list()
    entities = sorted({entity for entity in found if entity is not None})
    others = fetch(connection, frozen.tenant, "entity", entities, (*HELD, "entity"))
    every = in_order(pl.concat([people, others])) if len(others) else people
    return _Around(every, _together(every["number"].to_numpy(), numbers, inside, across))


def _together(numbers: Rows, then: Rows, inside: Scored, across: pl.DataFrame) -> Scored:
    """Pairs of rows, and pairs of numbers where both are at hand, as pairs of rows in their new order.

    numbers: of each row; then: in the order of the rows that are paired.
    """
    order = np.argsort(numbers)
    known = numbers[order]
    at = order[np.searchsorted(known, then)]
    ends = [across[side].to_numpy() for side in ("left", "right")]
    both = np.isin(ends[0], known) & np.isin(ends[1], known)
    places = [order[np.searchsorted(known, side[both])] for side in ends]
    left = np.concatenate((at[inside.left], places[0]))
    right = np.concatenate((at[inside.right], places[1]))
    patterns = np.concatenate((inside.patterns, across["pattern"].to_numpy()[both].view(np.uint64)))
    logits = np.concatenate((inside.logits, across["logit"].to_numpy()[both]))
    left, right = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((right, left))
    return Scored(left[order], right[order], patterns[order], logits[order], inside.layout)


def _doubtful(connection: Connection, around: _Around, frozen: Frozen, whole: Whole) -> pl.DataFrame:
    """Cases by the records that show them: what `steps.doubt.doubts` finds."""
    people, entity = around.people, around.entity
    said = _verdicts(connection, people["number"].to_numpy()).settled(around.scored, entity)
    weak = _met_in_vain(around, entity, frozen, whole)
    linked = Linked(entity, said.left, said.right, said.logits, weak)
    found = doubts(linked, bars(frozen))
    pair = found["pair"].to_numpy()
    chance = probabilities(linked.logits)
    chance[linked.couples.best] = linked.couples.chance
    number, of = people["number"].to_numpy(), people["entity"].to_numpy()
    left, right = said.left[pair], said.right[pair]
    return pl.DataFrame(
        {
            "kind": np.where((found["reason"] == THIN).to_numpy(), str(Kind.INSIDE), str(Kind.BETWEEN)),
            "one": np.minimum(of[left], of[right]),
            "other": np.maximum(of[left], of[right]),
            "left": number[left],
            "right": number[right],
            "shown": pl.Series(signed(around.scored.patterns[pair]), dtype=pl.Int64),
            "reason": found["reason"].replace_strict(CODES, return_dtype=pl.String),
            "probability": probabilities(linked.logits[pair]),
            "chance": chance[pair],
            "records": found["records"],
            "value": found["value"],
        },
        schema=cases.FOUND,
    )


def _verdicts(connection: Connection, numbers: Rows) -> Verdicts:
    """What counts of what people said of some records among each other."""
    said = judged(connection, numbers).filter(pl.col("left").is_in(numbers), pl.col("right").is_in(numbers))
    order = np.argsort(numbers)
    ends = [order[np.searchsorted(numbers[order], said[name].to_numpy())] for name in ("left", "right")]

    def of(verdict: Verdict) -> tuple[Rows, Rows]:
        mine = (said["verdict"] == verdict).to_numpy()
        return np.minimum(ends[0][mine], ends[1][mine]), np.maximum(ends[0][mine], ends[1][mine])

    return Verdicts(of(Verdict.SAME), of(Verdict.DIFFERENT), of(Verdict.UNSURE))


def _met_in_vain(around: _Around, entity: Rows, frozen: Frozen, whole: Whole) -> NDArray[np.uint64]:
    """The pairs between two entities in doubt that were compared and are strangers beyond doubt, packed."""
    scored = around.scored
    doubtful = (entity[scored.left] != entity[scored.right]) & (scored.logits >= _asked_from(frozen))
    ends = np.unique(couple(entity[scored.left[doubtful]], entity[scored.right[doubtful]]))
    size = np.bincount(entity, minlength=len(entity))
    one, other = ends >> 32, ends & 0xFFFFFFFF
    several = size[one] * size[other] > 1
    met = around.people["met"].to_numpy()
    members = pl.DataFrame({"entity": entity, "row": np.arange(len(entity))}).filter(pl.Series(met))
    each = pl.DataFrame({"one": one[several], "other": other[several]})
    pairs = each.join(members, left_on="one", right_on="entity").join(members, left_on="other", right_on="entity")
    rows = pairs["row"].to_numpy(), pairs["row_right"].to_numpy()
    left, right = np.minimum(*rows), np.maximum(*rows)
    unknown = ~np.isin(couple(left, right), couple(scored.left, scored.right))
    sides = frozen.sides(around.people["source"])
    if sides is not None:
        unknown &= sides[left] != sides[right]
    left, right = left[unknown], right[unknown]
    parts = [np.zeros(0, dtype=np.uint64)]
    for begin in range(0, len(left), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        parts.append(_meeting(around.people, left[part], right[part], frozen, whole))
    return np.sort(np.concatenate(parts))


def _meeting(people: pl.DataFrame, left: Rows, right: Rows, frozen: Frozen, whole: Whole) -> NDArray[np.uint64]:
    """Those of some pairs that share a key which is not too common, packed."""
    rows = distinct(np.concatenate((left, right)))
    places, held = unpacked(people["keys"][rows])
    found, key, holding = np.unique(held, return_inverse=True, return_counts=True)
    few = holding > 1
    few[few] = are_few(found[few], frozen, whole)
    places, key = places[few[key]], key[few[key]]
    # the keys of each pair's left record, and whether its right one holds them too
    _, pair, theirs = combine((np.searchsorted(rows, left), np.arange(len(left))), (places, key))
    shared = np.isin(packed(np.searchsorted(rows, right)[pair], theirs), packed(places, key))
    meeting = distinct(pair[shared])
    return packed(left[meeting], right[meeting])


def _consent(connection: Connection, settled: Settled) -> pl.DataFrame:
    """A case for every person of whom one record says yes to being contacted and another no, until somebody judged."""
    ids = pl.Series(settled.entity).cast(pl.String)
    found = consent_cases(settled.golden.with_columns(ids.gather(settled.golden["founder"]).alias("entity_id")))
    if not len(found):
        return pl.DataFrame(schema=cases.FOUND)
    number = settled.rows.select(RECORD_KEY, "number")
    of = [
        found.select(record_key=side).join(number, on="record_key", how="left", maintain_order="left")["number"]
        for side in ("left_key", "right_key")
    ]
    told = found.select(
        kind=pl.lit(str(Kind.CONSENT)),
        one=pl.col("left_entity").cast(pl.Int64),
        other=pl.col("right_entity").cast(pl.Int64),
        left=pl.Series(of[0]),
        right=pl.Series(of[1]),
        shown=pl.lit(None, dtype=pl.Int64),
        reason=pl.lit(CODES[CONSENT_DIFFERS]),
        probability="probability",
        chance="probability",
        records="records",
        value="value",
    )
    said = judged(connection, told["left"].to_numpy())
    ends = [pl.min_horizontal("left", "right").alias("left"), pl.max_horizontal("left", "right").alias("right")]
    told = told.with_columns(*ends).join(said, on=["left", "right"], how="anti", maintain_order="left")
    typed = told.select(pl.col(name).cast(dtype) for name, dtype in cases.FOUND.items())
    return typed.unique("one", keep="first", maintain_order=True)


def _told(found: pl.DataFrame, people: pl.DataFrame, frozen: Frozen) -> pl.DataFrame:
    """Cases with their numbers and what they are looked for by."""
    marks = mixed(people["mark"].to_numpy().view(np.uint64) + mixed(people["number"].to_numpy().view(np.uint64)))
    entity, place = np.unique(people["entity"].to_numpy(), return_inverse=True)
    sums = np.zeros(len(entity), dtype=np.uint64)
    np.add.at(sums, place, marks)
    one, other = found["one"].to_list(), found["other"].to_list()
    theirs = people[np.flatnonzero(np.isin(people["entity"].to_numpy(), distinct(np.asarray(one + other))))]
    names = dict(zip(theirs["number"].to_list(), theirs["name"].to_list(), strict=True))
    of: dict[int, set[str]] = {}
    for owner, source in zip(theirs["entity"].to_list(), theirs["source"].to_list(), strict=True):
        of.setdefault(owner, set()).add(source)
    sources = [cases.listed(sorted(of[left] | of[right])) for left, right in zip(one, other, strict=True)]
    parts = zip(found["kind"].to_list(), one, other, strict=True)
    keyed = [SEPARATOR.join((frozen.tenant, kind, names[left], names[right])) for kind, left, right in parts]
    numbers = hashed(pl.Series(keyed, dtype=pl.String))
    with np.errstate(over="ignore"):
        said = sum(sums[np.searchsorted(entity, found[side].to_numpy())] for side in ("one", "other"))
    return found.with_columns(
        pl.Series("number", signed(numbers), dtype=pl.Int64),
        pl.Series("mark", np.asarray(said, dtype=np.uint64).view(np.int64), dtype=pl.Int64),
        pl.Series("sources", sources, dtype=pl.String),
        *_shown(found, frozen.model.layout),
    )


def _shown(found: pl.DataFrame, layout: Layout) -> tuple[pl.Series, pl.Series]:
    """The fields in which the pair that shows a case differs, and its pattern: the reason, and what fields show."""
    held = found["shown"].to_list()
    known = sorted({pattern for pattern in held if pattern is not None})
    told: dict[int | None, tuple[str, str]] = {None: (SEPARATOR, "")}
    for pattern, shown in zip(known, layout.shown(np.asarray(known, dtype=np.int64).view(np.uint64)), strict=True):
        differing = [name for name, level in shown.items() if mark(level) not in (EQUAL, ONE_SIDE)]
        told[pattern] = cases.listed(differing), "; ".join(f"{name}: {level}" for name, level in shown.items())
    reasons = found["reason"].to_list()
    patterns = [f"{reason}; {told[pattern][1]}" for reason, pattern in zip(reasons, held, strict=True)]
    fields = pl.Series("fields", [told[pattern][0] for pattern in held], dtype=pl.String)
    return fields, pl.Series("pattern", patterns, dtype=pl.String)


def _titled(told: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Cases with whom they are about. names: entity, title."""
    title = dict(names.iter_rows())
    each = [
        " | ".join(title[entity] for entity in dict.fromkeys(ends) if entity in title)
        for ends in told.select("one", "other").iter_rows()
    ]
    return told.with_columns(pl.Series("title", each, dtype=pl.String))
