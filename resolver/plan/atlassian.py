"""Atlassian: the graph is read-only. Duplicates are merged where they come from, in the provider, by a person."""

from resolver.contact import Contact
from resolver.plan.consent import conflicts
from resolver.plan.draft import Draft, Group
from resolver.plan.model import Plan

TITLE = "Atlassian"
_BY_HAND = "a person sees the contacts as they are; if they changed, decide again"
_FIELDS = {"email": "the e-mail opt-out", "phone": "do-not-call", "fax": "the fax opt-out"}


def plan(group: Group) -> Plan:
    """A manual item for each provider, with its ids and links."""
    draft = Draft(group, requires_human=True)
    draft.warn(*conflicts(group.said.values()))
    providers: dict[str, list[Contact]] = {}
    for contact in group.members:
        providers.setdefault(_provider(contact), []).append(contact)
    for provider, contacts in providers.items():
        if len(contacts) > 1:
            _merge(draft, provider, contacts)
    if all(len(contacts) == 1 for contacts in providers.values()):
        reason = "nothing to merge: every one comes from another system; tell them that it is one person"
        where = "; ".join(_place(contact) for contact in group.members)
        evidence = " ".join(contact.record_key for contact in group.members)
        draft.add("manual", group.survivor, reason, evidence, target=where, on_conflict=_BY_HAND)
    for change in group.changes:
        draft.warn(f"{change.record} names {change.before} as its parent; the provider moves it to {change.after}")
    draft.warn(f"{TITLE} shows what the providers hold and cannot be written; it follows once they are merged")
    return draft.plan()


def _merge(draft: Draft, provider: str, contacts: list[Contact]) -> None:
    survivor = draft.group.survivor if draft.group.survivor in contacts else contacts[0]
    evidence = " ".join(contact.record_key for contact in contacts)
    for channel, field in _FIELDS.items():
        said = draft.group.said.get(channel)
        own = {one.channel for one in survivor.consent if one.state == "denied"}
        if said and said.state == "denied" and channel not in own:
            reason = f"set {field} on {_place(survivor)} in {provider} before merging: {said.record_key} says so"
            draft.add("manual", survivor, reason, said.record_key, target=_place(survivor), on_conflict=_BY_HAND)
    others = ", ".join(_place(contact) for contact in contacts if contact is not survivor)
    reason = f"merge {others} into {_place(survivor)} in {provider}"
    irreversible = "what a provider can take back is its own affair"
    where = _link(survivor) or _place(survivor)
    draft.add("manual", survivor, reason, evidence, target=where, irreversible=irreversible, on_conflict=_BY_HAND)


def _provider(contact: Contact) -> str:
    return next((one.system for one in contact.external_ids), "an unknown provider")


def _link(contact: Contact) -> str | None:
    return next((one.url for one in contact.external_ids if one.url), None)


def _place(contact: Contact) -> str:
    """Its id in the provider, with the link."""
    own = [one for one in contact.external_ids if one.relation == "self"] or contact.external_ids
    name = f"{own[0].system} {own[0].raw}" if own else contact.record_id
    return f"{name} ({_link(contact)})" if _link(contact) else name
