"""VoIPBIN: no merge and no version. Numbers and addresses are claimed for the survivor, then the loser is deleted.

Since mid-2026 (the third shape) a contact has one list of addresses, and a value exists once in a tenant; before that
it had phone numbers and e-mails.
"""

from datetime import UTC, datetime
from typing import Any

from resolver.contact import Contact, Email, Phone
from resolver.plan.book import Space
from resolver.plan.consent import conflicts, unstorable
from resolver.plan.draft import Draft, Group, between, missing, plain
from resolver.plan.model import Inverse, Op, Plan
from rules.values.hidden import is_masked

TITLE = "VoIPBIN"
_ROOT = "/v1.0"
_THIRD = datetime(2026, 7, 1, tzinfo=UTC)
_TAKEN = "409: the address belongs to somebody else by now; stop this person's steps and plan again"


def plan(group: Group) -> Plan:
    """Read all, values, numbers and addresses, tags, retire, verify."""
    draft = Draft(group)
    draft.warn(*unstorable(group.said.values(), TITLE), *conflicts(group.said.values()))
    for contact in group.members:
        reason = "is it as it was planned?"
        draft.add("read", contact, reason, contact.record_key, method="GET", target=_path(contact))
    _copy(draft)
    move = _claim if third_shape(group.space) else _add
    for loser in group.losers:
        for point in _points(loser):
            if is_masked(point.raw):
                draft.lose("address", loser, point.raw)
            else:
                move(draft, loser, point)
        _tags(draft, loser)
    for loser in group.losers:
        reason = f"the same person as {group.survivor.record_id}"
        gone = "a deleted contact is no longer listed; no call that restores it is published"
        evidence = between(group.survivor, loser)
        draft.add("retire", loser, reason, evidence, method="DELETE", target=_path(loser), irreversible=gone)
        target = _path(loser)
        draft.add("verify", loser, "it is gone", loser.record_key, method="GET", target=target, absent=True)
        draft.warn(
            f"cases that name {loser.record_id} are not in the export; give them to {group.survivor.record_id} "
            "with PUT /contact_cases/{id} before it goes"
        )
    kept, target = "it is there, with everything that was written", _path(group.survivor)
    draft.add("verify", group.survivor, kept, group.survivor.record_key, method="GET", target=target)
    return draft.plan()


def third_shape(space: Space) -> bool:
    """Whether the server lists addresses. Any record that shows it tells for all: they are from one server.

    A phone type is one of a few words until mid-2026, and any label since. Without a sign it is the present shape.
    """
    old = False
    for _, phones in space.column("phones"):
        for phone in phones:
            if phone.get("label"):
                return True
            old = old or phone.get("kind") not in (None, "unknown")
    for _, custom in space.column("custom"):
        if any((one.get("scope") or "").startswith("voipbin:address:") for one in custom):
            return True
    for _, moments in space.column("moments"):
        if any(one["at"] >= _THIRD for one in moments if "_created:" in one["name"]):
            return True
    return not old


def _points(contact: Contact) -> list[Phone | Email]:
    return [*contact.phones, *contact.emails]


def _path(contact: Contact, *more: str) -> str:
    return "/".join((f"{_ROOT}/contacts/{contact.record_id}", *more))


def external_id(contact: Contact) -> str | None:
    """The id as it stands there, with its prefix."""
    whole = next((one.value for one in contact.custom if one.name == "external_id"), None)
    return whole or next((one.raw for one in contact.external_ids), None)


def _values(contact: Contact) -> dict[str, str | None]:
    role = contact.organisations[0] if contact.organisations else None
    return {
        "first_name": contact.given_name,
        "last_name": contact.family_name,
        "display_name": contact.full_name,
        "company": role.name if role else None,
        "job_title": role.title if role else None,
        "external_id": external_id(contact),
    }


def _copy(draft: Draft) -> None:
    """One PUT with what the survivor lacks. Notes are added to each other."""
    survivor, target = draft.group.survivor, _path(draft.group.survivor)
    found = missing(draft, [(contact, _values(contact)) for contact in draft.group.members])
    body: dict[str, Any] = {name: value for name, (value, _) in found.items()}
    before = _values(survivor)
    back: dict[str, Any] = {name: before[name] or "" for name in body}
    givers = {contact.record_key for _, contact in found.values()}
    own = "\n\n".join(note.text for note in survivor.notes)
    notes = [own] if own else []
    for loser in draft.group.losers:
        for note in loser.notes:
            if all(plain(note.text) not in plain(text) for text in notes):
                notes.append(note.text)
                givers.add(loser.record_key)
    if len(notes) > bool(own):
        body["notes"], back["notes"] = "\n\n".join(notes), own
    if body:
        undo = Inverse(method="PUT", target=target, body=back)
        evidence = " ".join(sorted(givers))
        draft.add(
            "copy", survivor, "the survivor lacks it", evidence, method="PUT", target=target, body=body, inverse=undo
        )


def _known(draft: Draft, point: Phone | Email) -> bool:
    """Whether the survivor has that value already."""
    return plain(point.raw) in {plain(one.raw) for one in _points(draft.group.survivor)}


def _claim(draft: Draft, loser: Contact, point: Phone | Email) -> None:
    survivor = draft.group.survivor
    if _known(draft, point):
        return
    if point.id is None:
        draft.lose("address", loser, point.raw)
        return
    if point.primary and any(one.primary for one in _points(survivor)):
        target = _path(loser, "addresses", point.id)
        undo = Inverse(method="PUT", target=target, body={"is_primary": True})
        _send(draft, "demote", loser, "a contact has one primary address; the survivor keeps its own", undo, target)
    target = f"{_ROOT}/contact_addresses/{point.id}/claim"
    body = {"contact_id": survivor.record_id, "force": True}
    undo = Inverse(method="POST", target=target, body={"contact_id": loser.record_id, "force": True})
    reason = f"the survivor takes over {point.raw} before its owner goes"
    draft.add(
        "move",
        loser,
        reason,
        loser.record_key,
        method="POST",
        target=target,
        body=body,
        inverse=undo,
        on_conflict=_TAKEN,
    )


def _send(draft: Draft, op: Op, contact: Contact, reason: str, undo: Inverse, target: str) -> None:
    body = {"is_primary": False}
    evidence = contact.record_key
    draft.add(op, contact, reason, evidence, method="PUT", target=target, body=body, inverse=undo)


def _add(draft: Draft, loser: Contact, point: Phone | Email) -> None:
    """The older shapes have no claim: the value is written once more at the survivor."""
    survivor = draft.group.survivor
    if _known(draft, point):
        return
    if isinstance(point, Phone):
        kind = point.kind if point.kind not in (None, "unknown", "main") else ""
        part, body = "phone-numbers", {"number": point.raw, "type": kind, "is_primary": False}
    else:
        part, body = "emails", {"address": point.raw, "type": point.type or "", "is_primary": False}
    target = _path(survivor, part)
    undo = Inverse(method="DELETE", target=f"{target}/{{id in the answer}}")
    reason = f"the survivor gets {point.raw} of {loser.record_id}"
    draft.add("move", survivor, reason, loser.record_key, method="POST", target=target, body=body, inverse=undo)


def _tags(draft: Draft, loser: Contact) -> None:
    survivor = draft.group.survivor
    planned = [step.body["tag_id"] for step in draft.steps if step.op == "tag" and step.body]
    own = {tag.id for tag in survivor.tags}
    for tag in loser.tags:
        if tag.id and tag.id not in own and tag.id not in planned:
            target, evidence = _path(survivor, "tags"), loser.record_key
            undo = Inverse(method="DELETE", target=f"{target}/{tag.id}")
            body = {"tag_id": tag.id}
            reason = f"a tag of {loser.record_id}"
            draft.add("tag", survivor, reason, evidence, method="POST", target=target, body=body, inverse=undo)
