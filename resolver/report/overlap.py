"""Sources: which of them repeat each other, and what each leaves empty."""

from dataclasses import dataclass

import numpy as np

from resolver.columns import distinct
from resolver.model.model import Model
from resolver.report.view import View
from resolver.runs import alone
from rules.values.distinct import begins

MOST_SOURCES = 12
TELLING = 5.0
"""Bits from which a field, when it agrees, is worth the work of filling it."""
WORTH_FILLING = 0.1


@dataclass(frozen=True)
class Source:
    """One source: its records, the people in them, how often it repeats itself, and who is nowhere else."""

    name: str
    records: int
    people: int
    only_here: int

    @property
    def repeated(self) -> int:
        """Records beyond the first of each person."""
        return self.records - self.people


@dataclass(frozen=True)
class Overlap:
    """The source by source table. both[i][j]: people in both; on the diagonal, records that repeat one inside."""

    sources: list[Source]
    both: list[list[int]]
    left_out: int

    @property
    def most(self) -> int:
        """The largest number off the diagonal, for the shade of the cells."""
        return max((n for i, row in enumerate(self.both) for j, n in enumerate(row) if i != j), default=0)

    @property
    def most_repeated(self) -> int:
        """The largest number on the diagonal."""
        return max((self.both[i][i] for i in range(len(self.both))), default=0)


def overlap(view: View) -> Overlap:
    """Counts people by the sources they are in."""
    names, code = view.sources
    entity, source = np.divmod(distinct(view.live["entity"].to_numpy() * len(names) + code), max(len(names), 1))
    counts = (code, source, source[alone(entity)])
    table = zip(names, *(np.bincount(codes, minlength=len(names)).tolist() for codes in counts), strict=True)
    found = sorted((Source(*row) for row in table), key=lambda source: (-source.records, source.name))
    shown = found[:MOST_SOURCES]
    # The sources of each person as the bits of one number.
    bits = {one.name: 1 << place for place, one in enumerate(shown)}
    held = np.asarray([bits.get(name, 0) for name in names], dtype=np.int64)[source]
    masks = np.bincount(np.bitwise_or.reduceat(held, np.flatnonzero(begins(entity)))) if len(held) else np.zeros(0)
    every = np.arange(len(masks))

    def people(one: Source, two: Source) -> int:
        asked = bits[one.name] | bits[two.name]
        return int(masks[every & asked == asked].sum())

    cells = [[one.repeated if one is two else people(one, two) for two in shown] for one in shown]
    return Overlap(shown, cells, len(found) - len(shown))


@dataclass(frozen=True)
class Gap:
    """A field that a source leaves empty. weight: the bits it adds when it is filled and agrees; 0 when unknown."""

    source: str
    field: str
    empty: int
    records: int
    weight: float

    @property
    def share(self) -> float:
        """Empty rows as a share of the source's rows."""
        return self.empty / max(self.records, 1)


@dataclass(frozen=True)
class Fill:
    """filled[i][j]: how many of the i-th source's records have the j-th field. gaps: where filling would help most."""

    fields: list[str]
    sources: list[tuple[str, int]]
    filled: list[list[int]]
    gaps: list[Gap]
    left_out: int


def fill(view: View) -> Fill:
    """Counts what is filled after cleaning: a value nobody could use counts as empty."""
    columns = view.result.compared.fields
    names = [name for name in view.fields if name in columns] or [*columns]
    live, (sources, source) = view.members["live"].to_numpy(), view.sources
    held = [source, *(source[columns[name].number[live] > 0] for name in names)]
    counts = zip(sources, *(np.bincount(of, minlength=len(sources)).tolist() for of in held), strict=True)
    ranked = sorted(counts, key=lambda row: (-row[1], row[0]))
    rows = ranked[:MOST_SOURCES]
    weights = _best_weights(view)
    gaps = [
        Gap(source, name, records - number, records, weights.get(name, 0.0))
        for source, records, *numbers in rows
        for name, number in zip(names, numbers, strict=True)
    ]
    gaps.sort(key=lambda gap: (gap.empty * gap.weight, gap.source, gap.field))
    best = {gap.field: gap for gap in gaps if gap.weight >= TELLING and gap.share > WORTH_FILLING}
    return Fill(
        names,
        [(source, records) for source, records, *_ in rows],
        [list(numbers) for _, _, *numbers in rows],
        sorted(best.values(), key=lambda gap: -gap.empty * gap.weight)[:3],
        len(ranked) - len(rows),
    )


def _best_weights(view: View) -> dict[str, float]:
    """What agreeing on each field adds, by the model of the largest tenant; fields that tell little are left out."""
    if not view.tenants or view.tenants[0] not in view.result.models:
        return {}
    model: Model = view.result.models[view.tenants[0]]
    same, strangers = model.first.levels[0], model.first.levels[1]
    weights = {}
    for name, place in model.layout.places.items():
        if not name.startswith(("category.", "suffix", "middle")):
            weights[name] = float(np.log2(same[place.start] / strangers[place.start]))
    return weights
