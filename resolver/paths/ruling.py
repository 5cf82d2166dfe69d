"""Ruling: the rules in force, and what other rules or thresholds would make of a store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, select

from resolver.errors import StaleError, UsageError
from resolver.model.cutoffs import EVEN, WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.paths.freezing import freeze
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.paths.previewing import Foreseen, foreseen
from resolver.paths.rekeying import compare_alike, put_in_force
from resolver.store import models
from resolver.store.journal import Event, aware, begin_commit
from resolver.store.tables import commits
from rules.ruleset import Review, Ruleset, Thresholds

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
    """What would be in force, and what would happen to entities.

    A model is trained for it unless only BOUNDS differ.
    Raises RulesError for rules that cannot be used, UsageError for thresholds that do not fit together.
    """
    with resolver.database.reading() as connection:
        present = resolver.frozen(connection)
    rules = Ruleset.parse(proposal.rules, PASTED) if proposal.rules is not None else present.rules
    if proposal.thresholds is not None:
        rules = with_thresholds(rules, proposal.thresholds)
    frozen = replace(present, rules=rules) if compare_alike(rules, present.rules) else trained(resolver, rules)
    return frozen, foreseen(resolver.database, frozen)


def put_in_force_as_seen(
    resolver: Resolver, make: Callable[[Frozen, Connection], Frozen], seen: str, who: str
) -> list[Event]:
    """Resolves a store by what is made of the present model, once more, while nobody else writes.

    seen: the fingerprint of what was previewed; StaleError where it is not that any more.
    """
    with resolver.database.writing(resolver.tenant) as connection:
        frozen = make(resolver.frozen(connection), connection)
        if frozen.fingerprint != seen:
            raise StaleError("the rules, or what people decided, are not what you previewed; preview it again")
        return put_in_force(connection, frozen, who)


def ask_second(resolver: Resolver, least: int | None, who: str) -> None:
    """From how many records on a case needs two stewards; None for never. Nobody changes by it.

    Raises UsageError for a number that no case can have.
    """
    try:
        review = Review(second_from=least)
    except ValidationError as error:
        raise UsageError("a case has two records or more; write 2 for all cases") from error
    with resolver.database.writing(resolver.tenant) as connection:
        present = resolver.frozen(connection)
        rules = present.rules.model_copy(update={"review": review})
        models.write(connection, begin_commit(connection, resolver.tenant, "rules", who), replace(present, rules=rules))


def with_thresholds(rules: Ruleset, given: Mapping[str, float | None]) -> Ruleset:
    """The same rules with other thresholds; None draws one from the data. Raises UsageError for what does not fit."""
    try:
        bounds = Thresholds.model_validate({**rules.thresholds.model_dump(), **given})
    except ValidationError as error:
        raise UsageError(f"thresholds: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
    return rules.model_copy(update={"thresholds": bounds})


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
