"""cPod: PATCH with the version, one contact an account, soft delete.

An e-mail may exist once in an account, so an address or an account is only given to the survivor when nobody else holds
that pair; a loser that holds it lets go of it first. Nothing is ever opted in.
"""

import json
from collections.abc import Mapping
from typing import Any

from resolver.contact import Consent, Contact
from resolver.plan.consent import conflicts
from resolver.plan.draft import Draft, Group, between, missing, names, plain
from resolver.plan.model import ConsentChange, Inverse, Op, Plan

TITLE = "cPod"
_OPTED_IN, _OPTED_OUT = "opted_in", ("opted_in", "opted_in_at without opted_in")
_NO_FIELD = ("phone", "fax", "sms")
_UNIQUE = "409 for the e-mail: another contact of the account has it, a person decides; 409 or 412 else: "
_STALE = "the contact was changed, read again and plan again; never send it without the version"


def plan(group: Group) -> Plan:
    """Read all, consent, values, references, retire, verify."""
    draft = Draft(group)
    for contact in group.members:
        draft.add("read", contact, "is it as it was planned?", contact.record_key, method="GET", target=_path(contact))
    _consent(draft)
    _copy(draft)
    _repoint(draft)
    for loser in group.losers:
        reason = f"the same person as {group.survivor.record_id}"
        irreversible = "a deleted contact stays in the list with its deletion; no call that restores it is published"
        draft.add(
            "retire",
            loser,
            reason,
            between(group.survivor, loser),
            method="DELETE",
            target=_path(loser),
            irreversible=irreversible,
            on_conflict=_STALE,
        )
    for loser in group.losers:
        draft.add("verify", loser, "it is gone", loser.record_key, method="GET", target=_path(loser), absent=True)
    kept = "it is there, with everything that was written"
    draft.add("verify", group.survivor, kept, group.survivor.record_key, method="GET", target=_path(group.survivor))
    _warn(draft)
    return draft.plan()


def _path(contact: Contact) -> str:
    return f"/api/v1/crm/contacts/{contact.record_id}"


def _patch(draft: Draft, op: Op, contact: Contact, values: Mapping[str, Any], told: tuple[str, str]) -> None:
    """One PATCH. values: name -> (before, after). told: reason and evidence."""
    known = contact.version
    version: dict[str, Any] = {} if known is None else {"version": int(known) if known.isdecimal() else known}
    back = {name: before for name, (before, _) in values.items() if name != _OPTED_IN}
    undo = Inverse(method="PATCH", target=_path(contact), body=back) if back else None
    body = {**{name: after for name, (_, after) in values.items()}, **version}
    request: dict[str, Any] = {"inverse": undo} if undo else {}
    if _OPTED_IN in values:
        request["irreversible"] = "a program never opts anybody in; ask the person"
    draft.add(
        op,
        contact,
        *told,
        method="PATCH",
        target=_path(contact),
        body=body,
        on_conflict=_UNIQUE + _STALE,
        **request,
    )


def _consent(draft: Draft) -> None:
    """What the survivor must refuse from now on because one of the person's records does."""
    group, survivor = draft.group, draft.group.survivor
    values: dict[str, tuple[Any, Any]] = {}
    whom = []
    email, marketing = group.said.get("email"), group.said.get("marketing")
    strict = email if email and email.state != "granted" else marketing
    if strict and (strict.state == "denied" or strict is email) and _opted_in(survivor):
        values[_OPTED_IN] = (True, False)
        whom.append(strict.record_key)
        because = f"{strict.record_key} says {strict.state} ({strict.evidence})"
        draft.consent_changes.append(_change("email", survivor, "opted in", "not opted in", because))
    own, withdrawn = _gdpr(survivor), [loser for loser in group.losers if _denies(loser)]
    if withdrawn and not _denies(survivor):
        values["gdpr_consent"] = (_json(own), _json(_gdpr(withdrawn[0])))
        whom.append(withdrawn[0].record_key)
        because = f"{withdrawn[0].record_key} withdrew ({_gdpr(withdrawn[0])})"
        draft.consent_changes.append(_change("marketing", survivor, own or "nothing", "withdrawn", because))
    if values:
        told = ("consent outlives the record that holds it: the strictest word is set first", " ".join(whom))
        _patch(draft, "consent", survivor, values, told)
    for loser in group.losers:
        if _opted_in(loser) and not _opted_in(survivor):
            draft.lose(_OPTED_IN, loser, "true")
            draft.warn(f"{loser.record_id} was opted in and {survivor.record_id} is not; nobody is opted in by a merge")
        if _gdpr(loser) and _gdpr(loser) != own and loser not in withdrawn[:1]:
            draft.lose("gdpr_consent", loser, _gdpr(loser))


def _change(channel: str, contact: Contact, before: str, after: str, because: str) -> ConsentChange:
    return ConsentChange(channel=channel, record=contact.record_id, before=before, after=after, because=because)


def _opted_in(contact: Contact) -> bool:
    return any(one.evidence == _OPTED_IN and one.state == "granted" for one in contact.consent)


def _gdpr_items(contact: Contact) -> list[Consent]:
    return [one for one in contact.consent if one.evidence and one.evidence not in _OPTED_OUT]


def _gdpr(contact: Contact) -> str | None:
    """The record of consent as JSON."""
    return next((one.evidence for one in _gdpr_items(contact)), None)


def _denies(contact: Contact) -> bool:
    return any(one.state == "denied" for one in _gdpr_items(contact))


def _json(text: str | None) -> Any:
    """A value that was kept as JSON, or as the text that it is."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def _values(contact: Contact) -> dict[str, str | None]:
    role = contact.organisations[0] if contact.organisations else None
    return {
        "first_name": contact.given_name,
        "last_name": contact.family_name,
        "display_name": contact.full_name,
        "email": contact.emails[0].raw if contact.emails else None,
        "phone": contact.phones[0].raw if contact.phones else None,
        "account_id": role.account_id if role else None,
        "job_title": role.title if role else None,
        "seniority": role.seniority if role else None,
        "decision_role": role.decision_role if role else None,
        "linkedin_url": contact.socials[0].raw if contact.socials else None,
    }


def _copy(draft: Draft) -> None:
    """Gives the survivor what it lacks. Values that it has differently are noted as lost."""
    group, survivor = draft.group, draft.group.survivor
    found = missing(draft, [(contact, _values(contact)) for contact in group.members])
    _make_room(draft, found)
    before = _values(survivor)
    values: dict[str, tuple[Any, Any]] = {name: (before[name], value) for name, (value, _) in found.items()}
    givers = {contact.record_key for _, contact in found.values()}
    tags = [tag.name for tag in survivor.tags if tag.name]
    more = {plain(tag.name): tag.name for loser in group.losers for tag in loser.tags if tag.name}
    added = [tag for key, tag in more.items() if key not in {plain(tag) for tag in tags}]
    if added:
        values["tags"] = (tags, [*tags, *added])
    own = {field.name: _typed(field.value, field.type) for field in survivor.custom}
    custom = dict(own)
    for loser in group.losers:
        for field in loser.custom:
            if custom.setdefault(field.name, _typed(field.value, field.type)) != _typed(field.value, field.type):
                draft.lose(f"custom_fields.{field.name}", loser, field.value)
        _lose_rest(draft, loser)
    if custom != own:
        values["custom_fields"] = (own, custom)
    if added or custom != own:
        givers.update(loser.record_key for loser in group.losers)
    if values:
        _patch(draft, "copy", survivor, values, ("the survivor lacks it", " ".join(sorted(givers))))


def _typed(value: str | None, kind: str | None) -> Any:
    return value if kind in (None, "string") else _json(value)


def _lose_rest(draft: Draft, loser: Contact) -> None:
    for flag in loser.flags:
        if flag.value and flag not in draft.group.survivor.flags:
            draft.lose("is_primary", loser, "true")
    for moment in loser.moments:
        if moment not in draft.group.survivor.moments:
            draft.lose("last_interaction_at", loser, moment.at.isoformat())


def _make_room(draft: Draft, found: dict[str, tuple[str, Contact]]) -> None:
    """Keeps e-mail and account unique together: drops what somebody else holds, and lets losers let go of it."""
    group, own = draft.group, _values(draft.group.survivor)
    if not {"email", "account_id"} & found.keys():
        return
    email, account = (found[name][0] if name in found else own[name] for name in ("email", "account_id"))
    if not email:
        return
    holders = group.space.at_account.get((account, email.strip().casefold()), frozenset()) - {group.survivor.record_id}
    losers = {loser.record_id: loser for loser in group.losers}
    strangers = sorted(holders - losers.keys())
    if strangers:
        name = "account_id" if "account_id" in found else "email"
        value, giver = found.pop(name)
        draft.lose(name, giver, value)
        draft.warn(f"{name} of {giver.record_id} stays behind: {strangers[0]} has that e-mail at that account already")
        _make_room(draft, found)
        return
    for record in sorted(holders):
        told = ("an e-mail may exist once in an account: the survivor gets it next", losers[record].record_key)
        _patch(draft, "release", losers[record], {"email": (_values(losers[record])["email"], None)}, told)


def _repoint(draft: Draft) -> None:
    for change in draft.group.changes:
        contact = draft.group.space.contact(change.record)
        reason = f"{change.before} becomes {change.after}" if change.before else f"a loser reports to {change.after}"
        if change.after is None:
            reason = "it would report to itself"
        if change.cycle:
            reason = f"the merge would close a circle: {' -> '.join((*change.cycle, change.cycle[0]))}"
            draft.warn(f"{change.record} reports to nobody afterwards, because {reason}")
        if change.before == change.after:
            continue
        values = {"reports_to_contact_id": (change.before, change.after)}
        _patch(draft, "repoint", contact, values, (reason, contact.record_key))


def _warn(draft: Draft) -> None:
    group = draft.group
    draft.warn(*conflicts(group.said.values()))
    for channel in _NO_FIELD:
        said = group.said.get(channel)
        if said and said.state == "denied":
            draft.warn(
                f"no {channel}: {said.record_key} says so; {TITLE} has no field for it: it cannot be stored here"
            )
    accounts = dict.fromkeys(account for one in group.members if (account := _values(one)["account_id"]))
    if len(accounts) > 1:
        draft.requires_human = True
        draft.warn(
            f"the person stands at {len(accounts)} accounts ({', '.join(accounts)}) and would stay at one only; "
            "keep the contacts apart if all of them are right"
        )
    if len({contact.app for contact in group.members}) > 1:
        for app in sorted({contact.app for contact in group.members if contact.app}):
            others = names([contact for contact in group.members if contact.app != app])
            draft.warn(f"a key of the app {app} cannot write {others}; use a key that is not bound to an app")
    draft.warn("deals, activities and quotes that name a loser are not in the export; look for them before it goes")
