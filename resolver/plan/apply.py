"""Carrying plans out: one system, one person after another, every step checked before it is sent and noted after it.

Without `execute` nothing is sent and nothing is written. A step is sent only while its record is as the plan, or the
last step of ours, left it; otherwise this person's steps end there and the next person's begin.
"""

import json
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from resolver.errors import UsageError
from resolver.plan.model import Plan, Precondition, Step
from resolver.plan.page import read_plans
from resolver.plan.remote import REMOTES, Remote, Seen, is_conflict
from resolver.plan.state import State
from resolver.pull.client import Client, Pace, safe_address
from resolver.pull.pull import SYSTEMS
from resolver.pull.system import PullError

_LOOKS = 5
"""How often a system that writes behind the scenes is looked at until a change shows, a second apart."""
_REFUSED, _MISSING = 401, 404

Fate = Literal["done", "done before", "stopped", "waits for a person", "planned", "not tried"]


def _nobody(_: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Order:
    """Which plans of a system, and where it is. approved: clusters that a person has looked at and agreed to.

    base_url: None for the system's own. rate: requests a second. listener: is told every step as it happens.
    """

    base_url: str | None = None
    instance: str | None = None
    tenant: str | None = None
    approved: Collection[str] = ()
    rate: float = 5.0
    listener: Callable[[str], None] = _nobody


@dataclass(frozen=True)
class Outcome:
    """What became of one plan. step: the last one that was looked at."""

    cluster: str
    survivor: str
    fate: Fate
    step: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Applied:
    """What became of all. broken: why the rest was not tried, where that is so."""

    system: str
    executed: bool
    outcomes: list[Outcome]
    broken: str = ""

    def count(self, fate: Fate) -> int:
        """How many plans ended so."""
        return sum(1 for outcome in self.outcomes if outcome.fate == fate)


class _Stop(Exception):  # noqa: N818 - an end, not an error
    """The steps of one person end here."""


def apply_plans(
    folder: Path,
    system: str,
    *,
    execute: bool = False,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    order: Order | None = None,
) -> Applied:
    """Carries out, or without `execute` only tells, the plans of one system in a folder with plans.jsonl.

    Credentials come from the variables that `resolver pull` reads. Raises UsageError when it cannot even begin.
    """
    order = order or Order()
    if system not in REMOTES:
        raise UsageError(f"{system}: plans are carried out in {', '.join(REMOTES)}; elsewhere a person does it")
    plans = _chosen(read_plans(folder), system, order)
    digests = {plan.digest: plan for plan in plans}
    if not execute:
        with State(folder, digests, write=False) as state:
            return Applied(system, False, [_told(plan, state, order) for plan in plans])
    pulled = SYSTEMS[system]
    credentials, base = pulled.credentials(os.environ), safe_address(order.base_url or pulled.address)
    with (
        Client(base, credentials, Pace(order.rate, sleep), order.listener, transport) as client,
        State(folder, digests, write=True) as state,
    ):
        return _Session(client, REMOTES[system], state, order, sleep).run(system, plans)


def _chosen(plans: list[Plan], system: str, order: Order) -> list[Plan]:
    """The plans of one install and tenant: a key is for one."""
    found = [
        plan
        for plan in plans
        if plan.system == system and order.instance in (None, plan.instance) and order.tenant in (None, plan.tenant)
    ]
    places = sorted({f"{plan.instance or '-'} / {plan.tenant or '-'}" for plan in found})
    if len(places) > 1:
        raise UsageError(f"plans are for several installs or tenants ({', '.join(places)}); name one, a key is for one")
    return found


def _waits(plan: Plan, order: Order) -> bool:
    return plan.requires_human and plan.cluster not in order.approved


def _told(plan: Plan, state: State, order: Order) -> Outcome:
    """Says what would be done."""
    progress, last = state.of(plan), plan.steps[-1].n
    if last in progress.done:
        return Outcome(plan.cluster, plan.survivor, "done before", last)
    if _waits(plan, order):
        return Outcome(plan.cluster, plan.survivor, "waits for a person", 0, "; ".join(plan.warnings))
    for step in plan.steps:
        if step.n not in progress.done:
            order.listener(f"{plan.cluster} {step.n}. {_line(step)}")
    return Outcome(plan.cluster, plan.survivor, "planned", 0, progress.stopped)


def _line(step: Step) -> str:
    """A step as one line."""
    if step.mutation:
        sent = f"POST {step.target} {json.dumps(step.variables, ensure_ascii=False)}"
    else:
        body = "" if step.body is None else f" {json.dumps(step.body, ensure_ascii=False)}"
        sent = f"{step.method} {step.target}{body}"
    return f"{step.op}: {sent} ({step.reason})"


class _Session:
    """One run against a system."""

    def __init__(
        self, client: Client, remote: Remote, state: State, order: Order, sleep: Callable[[float], None]
    ) -> None:
        self._client, self._remote, self._state, self._order = client, remote, state, order
        self._sleep = sleep

    def run(self, system: str, plans: list[Plan]) -> Applied:
        """Every plan in turn. A system that is away, or refuses the credentials, ends the run."""
        outcomes: list[Outcome] = []
        broken = ""
        for plan in plans:
            if broken:
                outcomes.append(Outcome(plan.cluster, plan.survivor, "not tried"))
                continue
            try:
                outcomes.append(self._plan(plan))
            except PullError as error:
                broken = str(error)
                outcomes.append(Outcome(plan.cluster, plan.survivor, "stopped", 0, broken))
        return Applied(system, True, outcomes, broken)

    def _plan(self, plan: Plan) -> Outcome:
        progress, last = self._state.of(plan), plan.steps[-1]
        if last.n in progress.done:
            return Outcome(plan.cluster, plan.survivor, "done before", last.n)
        if _waits(plan, self._order):
            return Outcome(plan.cluster, plan.survivor, "waits for a person", 0, "; ".join(plan.warnings))
        step = plan.steps[0]
        try:
            self._settle(plan)
            for step in plan.steps:
                if step.op == "read" or step.n not in progress.done:
                    self._step(plan, step)
        except _Stop as stop:
            self._state.stopped(plan, step, str(stop))
            self._order.listener(f"{plan.cluster} {step.n}. stopped: {stop}")
            return Outcome(plan.cluster, plan.survivor, "stopped", step.n, str(stop))
        return Outcome(plan.cluster, plan.survivor, "done", last.n)

    def _settle(self, plan: Plan) -> None:
        """A step that was sent, and of which nobody knows how it ended, may hold already."""
        started = self._state.of(plan).started
        if started is None:
            return
        step = plan.steps[started - 1]
        seen = self._around(plan, step)
        if self._remote.holds(step, plan, seen) and self._ours_alone(step, seen[step.record]):
            self._state.done(plan, step, _stamps(seen), "it held already")

    def _step(self, plan: Plan, step: Step) -> None:
        if step.op == "read":
            if step.record not in self._state.retired:
                self._checked(plan, step)
                self._done_once(plan, step)
        elif step.op == "verify":
            self._verify(plan, step)
        else:
            self._write(plan, step)

    def _done_once(self, plan: Plan, step: Step) -> None:
        if step.n not in self._state.of(plan).done:
            self._state.done(plan, step, {})

    def _checked(self, plan: Plan, step: Step) -> Seen:
        """The record, still as it was planned. Whatever else is a reason to stop."""
        found = self._read(step.record)
        if found is None:
            raise _Stop(f"{step.record} is gone, or this key cannot see it; pull and plan again")
        expected = self._expected(step)
        if expected is not None and not found.is_as(expected):
            planned, now = expected.version or expected.updated_at, found.version or found.updated_at
            raise _Stop(f"stale: {step.record} was planned at {planned} and is at {now} now; pull and plan again")
        if step.op in ("retire", "merge") and self._read(plan.survivor) is None:
            raise _Stop(f"{plan.survivor} is gone, so {step.record} must stay; pull and plan again")
        return found

    def _expected(self, step: Step) -> Precondition | None:
        """How the record should look: as our own last write left it, else as planned."""
        ours = self._state.stamps.get(step.record)
        if ours is None:
            return step.precondition
        return Precondition.model_validate(ours) if self._remote.stamped else None

    def _write(self, plan: Plan, step: Step) -> None:
        if step.op == "repoint" and step.record in self._state.retired:
            self._state.done(plan, step, {}, "its own plan has taken it away")
            return
        found = self._checked(plan, step)
        if hindrance := self._remote.hindrance(step, found):
            raise _Stop(f"{hindrance}; pull and plan again")
        self._state.started(plan, step)
        self._order.listener(f"{plan.cluster} {step.n}. {step.op} {step.record}")
        try:
            self._remote.send(self._client, step, found)
        except PullError as error:
            self._refused(plan, step, error)
            return
        seen = self._around(plan, step)
        for _ in range(_LOOKS):
            if self._remote.holds(step, plan, seen):
                break
            self._sleep(1.0)
            seen = self._around(plan, step)
        else:
            raise _Stop(f"the system took the step, but {step.record} does not show it")
        if not self._ours_alone(step, seen[step.record]):
            raise _Stop(f"stale: {step.record} was changed by somebody else at the same moment; pull and plan again")
        self._state.done(plan, step, _stamps(seen))

    def _refused(self, plan: Plan, step: Step, error: PullError) -> None:
        """An answer may be lost on the way and the step tried again: then it holds although it was refused."""
        if error.status == _REFUSED or error.status is None or error.status >= 500 or error.status == 429:
            raise error
        seen = self._around(plan, step)
        if self._remote.holds(step, plan, seen) and self._ours_alone(step, seen[step.record]):
            if step.op == "merge":
                raise _Stop(
                    f"the merge was refused and {step.record} is gone: merged while the answer was lost, or removed "
                    "by somebody; look at the survivor, then run this again"
                ) from error
            self._state.done(plan, step, _stamps(seen), "it held already")
            return
        if is_conflict(error):
            raise _Stop(self._remote.conflict(error)) from error
        if error.status == _MISSING:
            raise _Stop(f"{step.record} is gone, or this key cannot write it; pull and plan again") from error
        raise _Stop(f"refused: {error}") from error

    def _ours_alone(self, step: Step, seen: Seen | None) -> bool:
        """Whether the version moved by our write only, where the system counts writes."""
        expected = self._expected(step)
        if not self._remote.counts_versions or seen is None or expected is None:
            return True
        before, after = expected.version, seen.version
        if before is None or after is None or not (before.isdecimal() and after.isdecimal()):
            return True
        return int(after) <= int(before) + 1

    def _verify(self, plan: Plan, step: Step) -> None:
        gone = self._read(step.record) is None
        if gone != bool(step.precondition and step.precondition.absent):
            raise _Stop(f"{step.record} is {'gone' if gone else 'still there'}; look at it")
        self._state.done(plan, step, {})

    def _read(self, record: str) -> Seen | None:
        """A live record. What the system refuses to show stops this person's steps, not the run."""
        try:
            return self._remote.read(self._client, record)
        except PullError as error:
            if error.status is not None and 400 <= error.status < 429 and error.status != _REFUSED:
                raise _Stop(f"{record} cannot be read with this key ({error})") from error
            raise

    def _around(self, plan: Plan, step: Step) -> dict[str, Seen | None]:
        """The record of a step, and the survivor, which a step may change too."""
        return {record: self._read(record) for record in dict.fromkeys((step.record, plan.survivor))}


def _stamps(seen: dict[str, Seen | None]) -> dict[str, dict[str, str | None]]:
    return {record: found.stamps for record, found in seen.items() if found is not None}
