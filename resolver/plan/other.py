"""Any other source: nobody knows how it is written, so a person is told which records are one."""

from collections.abc import Iterable

from resolver.contact import Contact
from resolver.plan.consent import conflicts
from resolver.plan.draft import Draft, Group, missing, names
from resolver.plan.model import Plan
from rules.values.hidden import is_masked


def plan(group: Group) -> Plan:
    """One manual item, and what would be lost with the losers."""
    draft = Draft(group, requires_human=True)
    draft.warn(*conflicts(group.said.values()))
    for said in group.said.values():
        if said.state == "denied":
            draft.warn(f"no {said.channel}: {said.record_key} says so; see that {group.survivor.record_id} holds it")
    reason = f"keep {group.survivor.record_id} and fill in what it lacks; then remove {names(group.losers)}"
    evidence = " ".join(contact.record_key for contact in group.members)
    draft.add("manual", group.survivor, reason, evidence, on_conflict="decide again")
    found = missing(draft, [(contact, _values(contact)) for contact in group.members])
    for name, (value, giver) in found.items():
        draft.add("manual", group.survivor, f"fill in {name}: {value}", giver.record_key, on_conflict="decide again")
    for change in group.changes:
        draft.warn(f"{change.record} names {change.before}; let it name {change.after or 'nobody'}")
    return draft.plan()


def _values(contact: Contact) -> dict[str, str | None]:
    role = contact.organisations[0] if contact.organisations else None
    return {
        "first name": contact.given_name,
        "last name": contact.family_name,
        "full name": contact.full_name,
        "email": _in_full(email.raw for email in contact.emails),
        "phone": _in_full(phone.raw for phone in contact.phones),
        "company": role.name if role else None,
        "job title": role.title if role else None,
    }


def _in_full(values: Iterable[str]) -> str | None:
    return "; ".join(sorted(value for value in values if not is_masked(value))) or None
