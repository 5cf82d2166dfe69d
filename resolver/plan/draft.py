"""A plan while it is being written: the records it is about, and the steps so far in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from resolver.contact import Contact
from resolver.plan.book import Space
from resolver.plan.consent import Said
from resolver.plan.model import ConsentChange, Inverse, LostValue, Op, Plan, Precondition, Step
from resolver.plan.references import Change
from rules.values.hidden import is_masked

STALE = "stop this person's steps, read again and plan again; never send it without the check"


class Request(TypedDict, total=False):
    """What a step sends, and how it is taken back."""

    method: str
    mutation: str
    target: str
    body: dict[str, Any]
    variables: dict[str, Any]
    on_conflict: str
    inverse: Inverse
    irreversible: str
    absent: bool


@dataclass(frozen=True)
class Group:
    """The records of one person in one source, and what surrounds them.

    losers: in the order of preference. said: consent over all systems. changes: of references, for this plan to make.
    email: the golden one.
    """

    cluster: str
    kind: str
    space: Space
    survivor: Contact
    losers: tuple[Contact, ...]
    said: Mapping[str, Said]
    changes: tuple[Change, ...] = ()
    email: str | None = None

    @property
    def members(self) -> tuple[Contact, ...]:
        """The survivor first."""
        return (self.survivor, *self.losers)

    @property
    def instance(self) -> str | None:
        """The part of the source's name that says which install of the system it is."""
        return self.space.source.removeprefix(self.kind).removeprefix("-") or None


@dataclass
class Draft:
    """Collects the steps of a plan and numbers them. conflict: what to do when the system refuses, unless said."""

    group: Group
    steps: list[Step] = field(default_factory=list)
    consent_changes: list[ConsentChange] = field(default_factory=list)
    lost: list[LostValue] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    requires_human: bool = False
    _wrote: dict[str, int] = field(default_factory=dict)

    def add(self, op: Op, contact: Contact, reason: str, evidence: str, **request: Unpack[Request]) -> None:
        """One more step, to be sent only while the record is as it was planned, or as a step before left it."""
        absent = request.pop("absent", None)
        planned = Precondition(absent=True) if absent else self._as_planned(contact)
        told = {
            "n": len(self.steps) + 1,
            "op": op,
            "record": contact.record_id,
            "precondition": None if op == "manual" else planned,
            "reason": reason,
            "evidence_ref": evidence,
        }
        step = Step.model_validate({"target": contact.record_id, "on_conflict": STALE, **told, **request})
        self.steps.append(step)
        if step.writes:
            self._wrote[contact.record_id] = step.n

    def _as_planned(self, contact: Contact) -> Precondition:
        return Precondition(
            version=contact.version,
            updated_at=None if contact.version else stamp(contact.updated_at),
            after_step=self._wrote.get(contact.record_id),
        )

    def lose(self, name: str, contact: Contact, value: str | None) -> None:
        """A value that has no place once the record is gone."""
        if value:
            found = LostValue(name=name, record=contact.record_id, value=value)
            if found not in self.lost:
                self.lost.append(found)

    def warn(self, *warnings: str) -> None:
        """Something that a person should know; the same once."""
        self.warnings.extend(text for text in dict.fromkeys(warnings) if text not in self.warnings)

    def plan(self) -> Plan:
        """The finished plan."""
        return Plan(
            cluster=self.group.cluster,
            survivor=self.group.survivor.record_id,
            losers=[loser.record_id for loser in self.group.losers],
            system=self.group.kind,
            instance=self.group.instance,
            tenant=self.group.space.tenant,
            steps=self.steps,
            consent_changes=self.consent_changes,
            lost_values=self.lost,
            warnings=self.warnings,
            requires_human=self.requires_human,
        )


Values = Mapping[str, str | None]


def missing(draft: Draft, values: Sequence[tuple[Contact, Values]]) -> dict[str, tuple[str, Contact]]:
    """What the survivor (the first) lacks: name -> (value, the loser that has it). Other values are noted as lost.

    A value that is hidden in part ("J***") is lacking, and is never what fills a place.
    """
    (_, own), *others = values
    found: dict[str, tuple[str, Contact]] = {}
    for name in dict.fromkeys(name for _, told in values for name in told):
        for contact, told in others:
            value = told.get(name)
            kept = (found[name][0] if name in found else own.get(name)) or ""
            if value and not is_masked(value) and (not kept or is_masked(kept)):
                found[name] = (value, contact)
            elif value and plain(value) != plain(kept):
                draft.lose(name, contact, value)
    return found


def between(survivor: Contact, loser: Contact) -> str:
    """The reference to why two records are one person: the arguments of `resolver why`."""
    return f"{survivor.record_key} {loser.record_key}"


def plain(text: str) -> str:
    """A value as far as its difference matters."""
    return " ".join(text.split()).casefold()


def stamp(moment: datetime | None) -> str:
    """A time as plans write it; "never" for a record that was not changed since it was made."""
    return "never" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def names(contacts: Sequence[Contact]) -> str:
    """Their ids, for people."""
    return ", ".join(contact.record_id for contact in contacts)
