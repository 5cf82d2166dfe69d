"""Ruling: the rules in force, and what other rules or thresholds would make of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select

from resolver.errors import UsageError
from resolver.model.cutoffs import EVEN, WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.paths.freezing import freeze
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.paths.previewing import Foreseen, foreseen
from resolver.store import models
from resolver.store.journal import aware
from resolver.store.tables import commits
from rules.ruleset import Ruleset, Thresholds

PASTED = "rules"
"""What errors call rules that come without a file."""


@dataclass(frozen=True)
class InForce:
    """What a tenant's contacts are resolved by. records: how many the model was trained on.

    match: the probability above which records are joined. review: above which a steward is asked, where that is fixed.
    """

    frozen: Frozen
    since: datetime
    records: int
    match: float
    review: float


@dataclass(frozen=True)
class Proposal:
    """Other rules, as TOML, or other thresholds, or both; what is None stays as it is."""

    rules: str | None = None
    thresholds: Mapping[str, float | None] | None = None


def in_force(resolver: Resolver) -> InForce:
    """The rules and the model of now."""
    with resolver.database.reading() as connection:
        frozen = resolver.frozen(connection)
        begin = models.current(connection, resolver.tenant)
        at = connection.execute(select(commits.c.at).where(commits.c.number == begin)).scalar_one()
    fixed = frozen.ruleset.thresholds
    return InForce(frozen, aware(at), frozen.reference.records, fixed.match or EVEN, fixed.review or WORTH_ASKING)


def proposed(resolver: Resolver, proposal: Proposal) -> tuple[Frozen, list[Foreseen]]:
    """What would be in force, and what would happen to entities. Unless only thresholds differ, a model is trained.

    Raises RulesError for rules that cannot be used, UsageError for thresholds that do not fit together.
    """
    with resolver.database.reading() as connection:
        present = resolver.frozen(connection)
    rules = Ruleset.parse(proposal.rules, PASTED) if proposal.rules is not None else present.rules
    if proposal.thresholds is not None:
        rules = rules.model_copy(update={"thresholds": _thresholds(rules, proposal.thresholds)})
    if rules.model_copy(update={"thresholds": present.rules.thresholds}) == present.rules:
        frozen = replace(present, rules=rules)
    else:
        frozen = trained(resolver, rules)
    return frozen, foreseen(resolver.database, frozen)


def trained(resolver: Resolver, rules: Ruleset | None = None, clean: Sequence[str] | None = None) -> Frozen:
    """A model of all that the store holds; rules and clean sources are those of now where none are named."""
    with resolver.database.reading() as connection:
        present = resolver.frozen(connection)
    records = resolver.records()
    if not len(records):
        raise UsageError("the store holds no contacts to train on")
    options = Options(clean=tuple(clean) if clean else present.clean)
    if clean:
        options.check(records["source"])
    return freeze(records, rules or present.rules, options, resolver.tenant)


def _thresholds(rules: Ruleset, given: Mapping[str, float | None]) -> Thresholds:
    try:
        return Thresholds.model_validate({**rules.thresholds.model_dump(), **given})
    except ValidationError as error:
        raise UsageError(f"thresholds: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
