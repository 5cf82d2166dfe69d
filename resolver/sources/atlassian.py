"""Atlassian Teamwork Graph: captured GraphQL responses with ExternalCustomerContact nodes.

The graph mirrors contacts of a CRM. It has no phone numbers and no given or family names, a bounce names no address,
and a deleted contact is simply absent. What ties a contact to others is the id that its provider gave it.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from resolver.contact import (
    Bounce,
    Consent,
    Contact,
    Custom,
    Email,
    ExternalId,
    Flag,
    Links,
    Moment,
    Note,
    Organisation,
    Person,
    Provenance,
)
from resolver.sources.adapter import Adapter, Export, Setting
from resolver.sources.json_values import Fields, dicts_in, export, text_or_none, unless_empty

KIND = "atlassian"
_TYPE = "ExternalCustomerContact"
_FLAGS = {"isPriorityRecord": "priority", "canAllowPortalSelfReg": "portal_self_reg"}
_MOMENTS = {"firstCallAt": "first_call", "firstEmailAt": "first_email", "lastViewedAt": "last_viewed"}


def recognises(document: Any) -> bool:
    """A response, or several of them as a list, to a query in either form."""
    return any(_query(response) is not None for response in dicts_in(document))


def read(document: Any, setting: Setting) -> Export:
    """Contacts of one response, or of several as a list. Values that are no contacts are passed over."""
    responses = document if isinstance(document, list) else [document]
    records, warnings = [], []
    complete = True
    for response in responses:
        edges, problems = _edges(response)
        nodes = [node for edge in edges for node in _nodes(edge)]
        unseen = sum(1 for node in nodes if node["data"] is None)
        if unseen:
            problems.append(f"nodes without data: {unseen}; the token may not be allowed to see them")
        complete = complete and not problems
        warnings += problems
        records += [_with_id(node) for node in nodes if _may_be_contact(node["data"])]
    more = _has_next_page(responses[-1]) if responses else False
    if more:
        warnings.append("this is not the last page; what is absent may be on the next ones")
    return export(records, partial(_contact, setting), complete and not more, warnings)


ADAPTER = Adapter(KIND, recognises, read)


def _query(response: Any) -> dict[str, Any] | None:
    """The part of a response with the edges: of the present query, or of the one in graphStore."""
    data = response.get("data", response) if isinstance(response, dict) else None
    if not isinstance(data, dict):
        return None
    store = data.get("graphStore")
    found = data.get("cypherQuery") or (store.get("cypherQueryV2") if isinstance(store, dict) else None)
    return found if isinstance(found, dict) else None


def _edges(response: Any) -> tuple[list[Any], list[str]]:
    """(edges, what tells that they are not all)."""
    problems = []
    errors = response.get("errors") if isinstance(response, dict) else None
    if errors:
        errors = errors if isinstance(errors, list) else [errors]
        first = errors[0].get("message") if isinstance(errors[0], dict) else errors[0]
        problems.append(f"the response reports errors: {len(errors)}, so it is not whole ({str(first)[:200]})")
    query = _query(response)
    edges = query.get("edges") if query else None
    if not isinstance(edges, list):
        return [], problems or ["the response has no edges"]
    return edges, problems


def _has_next_page(response: Any) -> bool:
    page = (_query(response) or {}).get("pageInfo")
    return isinstance(page, dict) and page.get("hasNextPage") is True


def _nodes(edge: Any) -> Iterator[dict[str, Any]]:
    """The graph nodes in the columns of an edge; a column may hold one node, a list of nodes or a scalar."""
    node = edge.get("node") if isinstance(edge, dict) else None
    columns = node.get("columns") if isinstance(node, dict) else None
    for column in columns if isinstance(columns, list) else []:
        value = column.get("value") if isinstance(column, dict) else None
        if not isinstance(value, dict):
            continue
        listed = value.get("nodes")
        for found in listed if isinstance(listed, list) else [value]:
            if isinstance(found, dict) and "data" in found:
                yield found


def _may_be_contact(data: Any) -> bool:
    """Data of another type is passed over; data that is no object at all is for the export to refuse."""
    return data.get("__typename") in (None, _TYPE) if isinstance(data, dict) else data is not None


def _with_id(node: Mapping[str, Any]) -> Any:
    """The data of a node, with the id of the node where the query did not ask the data for it."""
    data = node["data"]
    return {**data, "id": node.get("id")} if isinstance(data, dict) and text_or_none(data.get("id")) is None else data


def _contact(setting: Setting, record_id: str, record: Mapping[str, Any]) -> Contact:
    fields = Fields(record)
    fields.drop("__typename", "id")
    provider, provider_custom = _provider(fields)
    external_ids, unlinked = _external_ids(fields, provider)
    emails, user, user_custom = _contact_user(fields)
    created_by, creator = _user(fields.part("createdBy"), "createdBy")
    updated_by, updater = _user(fields.part("lastUpdatedBy"), "lastUpdatedBy")
    owners, owners_custom = _owners(fields)
    bounce, bounce_moments, bounce_custom = _bounce(fields)
    custom = [*_custom(fields, "customerType", "cleanStatus"), *provider_custom, *user_custom, *creator, *updater]
    links = Links(parent=fields.text("parentId"), container=fields.text("containerId"), user=user)
    provenance = Provenance(
        app_source=provider,
        lead_source=fields.text("leadSource"),
        contact_source=fields.text("contactSource"),
        created_by=created_by,
        updated_by=updated_by,
    )
    description = fields.text("description")
    contact = Contact(
        source=ADAPTER.source(setting),
        record_id=record_id,
        tenant=setting.tenant,
        full_name=fields.text("displayName"),
        emails=emails,
        organisations=_organisations(fields),
        external_ids=external_ids,
        language=fields.text("preferredLanguage"),
        created_at=fields.time("createdAt"),
        updated_at=fields.time("lastUpdatedAt"),
        moments=[Moment(name=name, at=at) for key, name in _MOMENTS.items() if (at := fields.time(key))]
        + bounce_moments,
        consent=_consent(fields),
        bounce_unattributed=bounce,
        provenance=unless_empty(provenance),
        owners=owners,
        links=unless_empty(links),
        flags=[Flag(name=name, value=on) for key, name in _FLAGS.items() if (on := fields.flag(key)) is not None],
        custom=[*custom, *owners_custom, *bounce_custom, *unlinked],
        notes=[Note(text=description, source="description")] if description else [],
    )
    contact.raw = fields.left_text()
    return contact


def _custom(fields: Fields, *names: str, of: str | None = None) -> list[Custom]:
    """Texts that no other place fits; `of`: the field that they are inside of."""
    found = [(f"{of}.{name}" if of else name, fields.text(name)) for name in names]
    return [Custom(name=name, value=text, scope=KIND) for name, text in found if text is not None]


def _organisations(fields: Fields) -> list[Organisation]:
    """The account; buyer attributes are one text with semicolons."""
    name = fields.text("accountName")
    attributes = [part.strip() for part in (fields.text("buyerAttributes") or "").split(";") if part.strip()]
    return [Organisation(name=name, buyer_attributes=attributes)] if name or attributes else []


def _provider(fields: Fields) -> tuple[str | None, list[Custom]]:
    """The system that the contact comes from, by its name, else by its id. Its logo is not modelled."""
    provider = fields.part("provider")
    provider.drop("__typename")
    name = provider.text("name")
    custom = _custom(provider, "id", of="provider")
    return name or (custom[0].value if custom else None), custom


def _external_ids(fields: Fields, provider: str | None) -> tuple[list[ExternalId], list[Custom]]:
    """Ids in the provider's system, and a link that belongs to no id. Without a provider they match nothing else."""
    system = provider.strip().lower() if provider else f"{KIND}:unknown"
    own, third = fields.text("externalId"), fields.text("thirdPartyId")
    unlinked = _custom(fields, "url") if own is None else []
    found = []
    if own is not None:
        found.append(ExternalId(system=system, raw=own, url=fields.text("url"), relation="self"))
    if third is not None:
        found.append(ExternalId(system=system, raw=third, relation="third_party"))
    return found, unlinked


def _user(user: Fields, role: str) -> tuple[str | None, list[Custom]]:
    """(the id of a user, what else is told of the user)."""
    user.drop("__typename")
    account = user.text("accountId") or user.text("id")
    return account, _custom(user, "id", "name", "email", of=role)


def _contact_user(fields: Fields) -> tuple[list[Email], str | None, list[Custom]]:
    """The Atlassian user that the contact is linked to; its address is that of an account, which the type tells."""
    part = fields.part("contactUser")
    address = part.text("email")
    user, custom = _user(part, "contactUser")
    return ([Email(raw=address, type="user")] if address else []), user, custom


def _owners(fields: Fields) -> tuple[list[Person], list[Custom]]:
    owners, custom = [], []
    for part in fields.parts("owners"):
        name = part.text("name")
        owner, more = _user(part, "owners")
        custom += more
        if owner or name:
            owners.append(Person(id=owner, name=name))
    return owners, custom


def _bounce(fields: Fields) -> tuple[Bounce | None, list[Moment], list[Custom]]:
    """A bounce that stands, or what is told of one that no longer does. No address is marked: none is named."""
    bounced, at = fields.flag("isEmailBounced"), fields.time("emailBouncedAt")
    if bounced is False:
        past = [Moment(name="email_bounced", at=at)] if at else []
        return None, past, _custom(fields, "emailBouncedReason")
    reason = fields.text("emailBouncedReason")
    return (Bounce(at=at, reason=reason) if bounced or at or reason else None), [], []


def _consent(fields: Fields) -> list[Consent]:
    """Denials. That nobody opted out does not say that somebody agreed; when it was denied is not told."""
    denials = []
    if fields.flag("hasOptedOutOfEmail"):
        denials.append(Consent(channel="email", state="denied", evidence="hasOptedOutOfEmail"))
    if fields.flag("isDoNotCall"):
        denials.append(Consent(channel="phone", state="denied", evidence="isDoNotCall"))
    if fields.flag("hasOptedOutOfFax"):
        denials.append(Consent(channel="fax", state="denied", evidence="hasOptedOutOfFax"))
    return denials
