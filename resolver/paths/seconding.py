"""Seconding: cases that two stewards have to decide alike, by rule; until then nothing of it is done."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from resolver.errors import NeedsSecondError
from resolver.model.frozen import Frozen
from resolver.paths import deciding
from resolver.paths.deciding import Decision, begun
from resolver.paths.fields import golden_field
from resolver.paths.judging import Done
from resolver.store import desk, opinions
from resolver.store.opinions import Opinion


def needs_second(frozen: Frozen, records: int) -> bool:
    """Whether a case of so many records has to be decided by two stewards."""
    least = frozen.rules.review.second_from
    return least is not None and records >= least


def refuse_alone(frozen: Frozen, records: int) -> None:
    """Raises NeedsSecondError where one steward alone may not say of so many records who is who."""
    if needs_second(frozen, records):
        raise NeedsSecondError(
            f"of {frozen.rules.review.second_from} records or more two stewards decide, and these are {records}; "
            "decide their case at the desk, where another one agrees, or ask an admin"
        )


def decide(connection: Connection, frozen: Frozen, row: Row[Any], decision: Decision, who: str) -> Done | None:
    """Decides a case; or, where it needs two stewards and nobody else said the same of it as it is now, keeps what this
    one says, and returns None. What somebody says again takes the place of what they said, and agrees with nobody.

    Raises as `deciding.decide` does, also for what is only kept: nobody is asked to agree with what cannot be done.
    """
    tenant = frozen.tenant
    if not needs_second(frozen, row.records):
        return deciding.decide(begun(connection, frozen, who), [row], decision, who)
    mine = _opinion(row, decision, who)
    said = opinions.on(connection, tenant, [row.number]).get(row.number, ())
    first = next((one for one in said if one.who != who and one.answer == mine.answer), None)
    if first is not None:
        opinions.end(connection, tenant, row.number)
        both = replace(decision, why=_both(decision.why, first))
        return deciding.decide(begun(connection, frozen, who), [row], both, who)
    with connection.begin_nested() as tried:
        deciding.decide(begun(connection, frozen, who), [row], decision, who)
        tried.rollback()
    opinions.write(connection, tenant, row.number, mine)
    desk.put(connection, tenant, [row.number], desk.CLEARED)
    return None


def _both(why: str | None, first: Opinion) -> str:
    """The reasons of both, as the act keeps them."""
    told = f"first said by {first.who}" + (f": {first.why}" if first.why else "")
    return f"{why} ({told})" if why else told


def _opinion(row: Row[Any], decision: Decision, who: str) -> Opinion:
    rest = decision.leave_out, decision.also, {golden_field(name): value for name, value in decision.values.items()}
    return Opinion(who, datetime.now(UTC), row.changed, str(decision.verdict), decision.why, *rest)
