"""Freezing: a model, and what it was trained beside, for records that come later."""

import polars as pl

from resolver.frames import in_order
from resolver.index import counted
from resolver.model.frozen import Frozen
from resolver.model.reference import Counts, Reference
from resolver.paths.options import Options
from resolver.paths.stages import Known, trained_on
from resolver.steps.block import block
from resolver.steps.weigh import worthwhile
from rules.ruleset import Ruleset


def freeze(records: pl.DataFrame, ruleset: Ruleset, options: Options | None, tenant: str) -> Frozen:
    """Trains on one tenant's records. What is frozen judges these records as a batch does."""
    options = options or Options()
    known = Known.of(in_order(records), ruleset, options)
    candidates = block(known.columns, known.met, ruleset.blocking, known.sides)
    drawn, trained = trained_on(known, candidates, ruleset, None)
    candidates = worthwhile(candidates, drawn, trained.model)
    caps = {family.name: family.cap for family in candidates.families if family.cap > 1}
    counts = {
        name: Counts.of(column.values, counted(column, known.met))
        for name, column in known.columns.items()
        if name in ruleset.compare and (ruleset.compare[name].frequency or ruleset.compare[name].rarity)
    }
    reference = Reference(int(known.met.sum()), counts, caps)
    return Frozen(tenant, ruleset, trained.model, reference, options.clean)
