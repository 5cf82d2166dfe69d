"""Teamwork Desk: customers are merged by hand in its pages, for good, and one of them keeps four e-mails at most."""

from resolver.contact import Contact
from resolver.plan.consent import conflicts, unstorable
from resolver.plan.draft import Draft, Group, between, missing, names, plain
from resolver.plan.model import Plan
from rules.values.hidden import is_masked

TITLE = "Teamwork Desk"
MOST_EMAILS = 4
_BY_HAND = "a person sees the customers as they are; if they changed, decide again"


def plan(group: Group) -> Plan:
    """What an administrator does, with the links to do it at."""
    draft, survivor = Draft(group, requires_human=True), group.survivor
    draft.warn(*unstorable(group.said.values(), TITLE), *conflicts(group.said.values()))
    if group.instance is None:
        draft.warn("the site is not known: the links begin after https://SITE.teamwork.com")
    kept = _emails(draft)
    found = missing(draft, [(contact, _values(contact)) for contact in group.members])
    for name, (value, giver) in found.items():
        reason = f"if {name} of {survivor.record_id} is still empty or hidden after the merge, fill in: {value}"
        draft.add("manual", survivor, reason, giver.record_key, target=link(survivor, group.instance))
    merge = (
        f"open the customer, choose Merge, add {names(group.losers)} and confirm; "
        f"main e-mail {kept[0] if kept else 'none'}; keep {survivor.record_id} as the primary customer"
    )
    evidence = "; ".join(between(survivor, loser) for loser in group.losers)
    irreversible = "a merge in Desk cannot be undone; the other customers and their portal logins are deleted"
    fill = draft.steps[:]
    draft.steps.clear()
    for contact in group.members:
        where = link(contact, group.instance)
        draft.add("manual", contact, f"look at customer {contact.record_id}", contact.record_key, target=where)
    where = link(survivor, group.instance)
    draft.add("manual", survivor, merge, evidence, target=where, irreversible=irreversible, on_conflict=_BY_HAND)
    draft.steps.extend(step.model_copy(update={"n": len(draft.steps) + 1 + n}) for n, step in enumerate(fill))
    draft.warn("merging wants a site administrator; it moves tickets, notes and contact details")
    return draft.plan()


def link(contact: Contact, instance: str | None) -> str:
    """Where a customer is seen in Desk."""
    site = f"https://{instance}.teamwork.com" if instance else ""
    return f"{site}/desk/customers/{contact.record_id}"


def _emails(draft: Draft) -> list[str]:
    """The union of e-mails, those of the survivor first and hidden ones last; over four there is no place for them."""
    emails: dict[str, tuple[str, Contact]] = {}
    for contact in draft.group.members:
        for email in sorted(contact.emails, key=lambda one: not one.primary):
            emails.setdefault(plain(email.raw), (email.raw, contact))
    told = sorted(emails.values(), key=lambda one: is_masked(one[0]))
    if len(told) > MOST_EMAILS:
        draft.warn(f"together they have {len(told)} e-mails, and a merged customer keeps {MOST_EMAILS}: choose which")
        for raw, contact in told[MOST_EMAILS:]:
            draft.lose("email", contact, raw)
    return [raw for raw, _ in told[:MOST_EMAILS]]


def _values(contact: Contact) -> dict[str, str | None]:
    role = contact.organisations[0] if contact.organisations else None
    phones = {phone.kind: phone.raw for phone in contact.phones}
    return {
        "firstName": contact.given_name,
        "lastName": contact.family_name,
        "phone": phones.get("work"),
        "mobile": phones.get("mobile"),
        "company": role.name if role else None,
        "jobTitle": role.title if role else None,
        "address": contact.addresses[0].raw if contact.addresses else None,
        "externalId": next((one.value for one in contact.custom if one.name == "external_id"), None)
        or next((one.raw for one in contact.external_ids), None),
        **{f"{social.network} profile": social.raw for social in contact.socials if social.network},
    }
