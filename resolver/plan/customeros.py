"""CustomerOS: a merge of its own, one loser at a time, which cannot be taken back.

It leaves profiles (LinkedIn), flows and connected users behind; so profiles are added first and the rest is told.
`contact_HardDelete` is never part of a plan.
"""

from resolver.contact import Contact, Email
from resolver.plan.consent import conflicts, unstorable
from resolver.plan.draft import Draft, Group, between, missing, plain
from resolver.plan.model import Plan
from rules import social
from rules.values.hidden import is_masked

TITLE = "CustomerOS"
ADD_SOCIAL = (
    "mutation ($contactId: ID!, $input: SocialInput!) { "
    "contact_AddSocial(contactId: $contactId, input: $input) { id } }"
)
MERGE = (
    "mutation ($primaryContactId: ID!, $mergedContactIds: [ID!]!) { contact_Merge("
    "primaryContactId: $primaryContactId, mergedContactIds: $mergedContactIds) { id } }"
)
SET_PRIMARY = (
    "mutation ($contactId: ID!, $email: String!) { "
    "emailSetPrimaryForContact(contactId: $contactId, email: $email) { result } }"
)
READ = (
    "query ($id: ID!) { contact(id: $id) { metadata { id version lastUpdated } hide "
    "emails { email primary } primaryEmail { email } socials { url } } }"
)
_GRAPH = "/query"
_BAD = frozenset({"bounced", "undeliverable"})
_WHEN_REFUSED = "stop this person's steps and read both: a merge that broke midway leaves a part behind"


def plan(group: Group) -> Plan:
    """Read all, profiles, merge, main e-mail, verify."""
    draft, survivor = Draft(group), group.survivor
    draft.warn(*unstorable(group.said.values(), TITLE), *conflicts(group.said.values()))
    for contact in group.members:
        draft.add(
            "read",
            contact,
            "is it as it was planned?",
            contact.record_key,
            mutation=READ,
            target=_GRAPH,
            variables={"id": contact.record_id},
        )
    _socials(draft)
    for loser in group.losers:
        draft.add(
            "merge",
            loser,
            f"the same person as {survivor.record_id}",
            between(survivor, loser),
            mutation=MERGE,
            target=_GRAPH,
            variables={"primaryContactId": survivor.record_id, "mergedContactIds": [loser.record_id]},
            irreversible=f"{TITLE} cannot take a merge apart; the merged contact is no longer found",
            on_conflict=_WHEN_REFUSED,
        )
    _primary(draft)
    told = [(loser, "it is gone") for loser in group.losers]
    for contact, reason in [*told, (survivor, "it is there, with everything that was written")]:
        draft.add(
            "verify",
            contact,
            reason,
            contact.record_key,
            mutation=READ,
            target=_GRAPH,
            variables={"id": contact.record_id},
            absent=contact is not survivor,
        )
    _warn(draft)
    return draft.plan()


def profile(url: str) -> str:
    """A profile as it is compared."""
    return social.normalise(url) or plain(url)


def _socials(draft: Draft) -> None:
    """The merge drops profiles, so they are added to the survivor before it."""
    survivor = draft.group.survivor
    known = {profile(one.raw) for one in survivor.socials}
    for loser in draft.group.losers:
        for one in loser.socials:
            if profile(one.raw) not in known and not is_masked(one.raw):
                known.add(profile(one.raw))
                draft.add(
                    "add_social",
                    survivor,
                    f"the merge would drop this profile of {loser.record_id}",
                    loser.record_key,
                    mutation=ADD_SOCIAL,
                    target=_GRAPH,
                    variables={"contactId": survivor.record_id, "input": {"url": one.raw}},
                    irreversible="the answer names the profile's id, with which it can be removed",
                )


def _primary(draft: Draft) -> None:
    """The main e-mail afterwards: one that takes mail; moved e-mails arrive as not primary."""
    group = draft.group
    own = next((one for one in group.survivor.emails if one.primary), None)
    if own and _takes_mail(own):
        return
    emails = [email for contact in group.members for email in contact.emails]
    refused = {plain(one.raw) for one in emails if not _takes_mail(one)}
    good = [one for one in emails if plain(one.raw) not in refused]
    chosen = min(good, key=lambda one: _order(one, group.email), default=None)
    if chosen is None:
        if emails:
            draft.warn("no e-mail of this person takes mail; the main one is left as it is")
        return
    draft.add(
        "primary",
        group.survivor,
        "the main e-mail takes no mail" if own else "the survivor has no main e-mail",
        " ".join(sorted(contact.record_key for contact in group.members if chosen in contact.emails)),
        mutation=SET_PRIMARY,
        target=_GRAPH,
        variables={"contactId": group.survivor.record_id, "email": chosen.raw},
        irreversible=f"set {own.raw} again to take it back" if own else "a main e-mail is only replaced, never unset",
    )


def _takes_mail(email: Email) -> bool:
    """Whether mail may be sent there: nothing came back, and no part of the address is hidden."""
    return email.status not in _BAD and not is_masked(email.raw)


def _order(email: Email, golden: str | None) -> tuple[bool, bool, bool, str]:
    named = golden is not None and plain(golden) == plain(email.raw)
    return (not named, email.status != "ok", not email.primary, plain(email.raw))


def _values(contact: Contact) -> dict[str, str | None]:
    """What the merge fills where it is empty; of the rest the survivor's own stays."""
    return {
        "firstName": contact.given_name,
        "lastName": contact.family_name,
        "name": contact.full_name,
        "prefix": contact.name_prefix,
        "username": contact.username,
        "description": contact.notes[0].text if contact.notes else None,
        "timezone": contact.timezone,
        "profilePhotoUrl": contact.avatar,
    }


def _warn(draft: Draft) -> None:
    group = draft.group
    own = _values(group.survivor)
    for name, (value, giver) in missing(draft, [(contact, _values(contact)) for contact in group.members]).items():
        # The merge fills what is empty, and "J***" is not.
        draft.lose(name, giver, value if own[name] else None)
    draft.warn("the merge cannot be undone, and leaves flows and connected users of the losers behind")
    for loser in group.losers:
        for role in loser.organisations:
            same = [
                one for one in group.survivor.organisations if role.account_id and one.account_id == role.account_id
            ]
            if same and role.title and plain(role.title) not in {plain(one.title or "") for one in same}:
                draft.lose("jobRoles", loser, f"{role.title} at {role.name or role.account_id}")
        for tag in loser.tags:
            if (tag.scope or "").endswith(":flow") and tag not in group.survivor.tags:
                draft.lose("flows", loser, tag.name or tag.id)
        if loser.links and loser.links.user and (not group.survivor.links or loser.links != group.survivor.links):
            draft.lose("connectedUsers", loser, loser.links.user)
        if loser.owners and group.survivor.owners and loser.owners != group.survivor.owners:
            draft.warn(f"the survivor gets the owner of {loser.record_id} as a second one")
        if loser.phones and not group.survivor.phones:
            draft.warn(f"phone numbers of {loser.record_id} arrive as not primary; choose the main one")
    twice = [_fields(one) for one in group.members]
    if len(set().union(*twice)) < sum(map(len, twice)):
        draft.warn("custom fields of one name may stand there twice afterwards")


def _fields(contact: Contact) -> set[str]:
    return {one.name for one in contact.custom if one.scope == "customeros" and "." not in one.name}
