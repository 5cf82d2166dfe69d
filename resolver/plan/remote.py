"""The systems as a plan meets them: reading one record, sending one step, and seeing whether it holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from resolver.plan import customeros as merging
from resolver.plan.draft import plain, stamp
from resolver.plan.model import Plan, Precondition, Step
from resolver.pull.client import Client
from resolver.pull.system import Ask, PullError, clipped, part
from resolver.sources.json_values import time_or_none

_GONE = frozenset({404, 410})
_NO_CONTENT = range(200, 300)
_CONFLICT = frozenset({409, 412})
_UNIQUE = ("unique", "duplicate", "already", "email", "e-mail")


@dataclass(frozen=True)
class Call(Ask):
    """A request that changes something."""

    verb: str = "POST"

    @property
    def method(self) -> str:
        return self.verb


@dataclass(frozen=True)
class Seen:
    """A live record as its system shows it now."""

    version: str | None
    updated_at: str
    document: Mapping[str, Any]

    def is_as(self, planned: Precondition) -> bool:
        """Whether it is as it was planned."""
        if planned.version is not None:
            return self.version == planned.version
        return planned.updated_at in (None, self.updated_at)

    @property
    def stamps(self) -> dict[str, str | None]:
        """What tells a change."""
        return {"version": self.version, "updated_at": self.updated_at}


@dataclass(frozen=True)
class Remote:
    """One system. read: a live record, None when it is gone. hindrance: why a step must not be sent, "" for none.

    holds: whether a step's effect shows. conflict: words for a refusal. stamped: whether a record's stamp after a write
    of ours is its final one. counts_versions: whether every write adds one to the version.
    """

    read: Callable[[Client, str], Seen | None]
    send: Callable[[Client, Step, Seen], None]
    holds: Callable[[Step, Plan, Mapping[str, Seen | None]], bool]
    hindrance: Callable[[Step, Seen], str]
    conflict: Callable[[PullError], str]
    stamped: bool
    counts_versions: bool


def rest(client: Client, method: str, path: str, body: Any = None) -> Any:
    """The JSON of an answer, {} for one without."""
    try:
        return client.send(Ask(path) if method == "GET" else Call(path, body=body, verb=method))
    except PullError as error:
        if method != "GET" and error.status in _NO_CONTENT:
            return {}
        raise


def _free(_step: Step, _seen: Seen) -> str:
    return ""


def _get(client: Client, path: str) -> Any:
    try:
        return rest(client, "GET", path)
    except PullError as error:
        if error.status in _GONE:
            return None
        raise


def _moment(value: Any) -> str:
    try:
        return stamp(time_or_none(value if isinstance(value, str) else None))
    except (ValueError, OverflowError):
        return str(value)


def _text(value: Any) -> str | None:
    return None if value is None or value == {} else str(value)


def _send_rest(client: Client, step: Step, seen: Seen) -> None:
    """The version that goes with it is the one that was just checked."""
    body = step.body
    if body is not None and "version" in body and seen.version is not None:
        body = {**body, "version": int(seen.version) if seen.version.isdecimal() else seen.version}
    rest(client, step.method or "GET", step.target, body)


def _read_cpod(client: Client, record: str) -> Seen | None:
    document = _get(client, f"/api/v1/crm/contacts/{quote(record, safe='')}")
    if document is None:
        return None
    told = part(document, "data") or document
    deleted = told.get("is_deleted", told.get("isDeleted")) or str(told.get("status", "")).lower() == "deleted"
    if deleted:
        return None
    return Seen(_text(told.get("version")), _moment(told.get("updated_at", told.get("updatedAt"))), told)


def _holds_cpod(step: Step, _plan: Plan, seen: Mapping[str, Seen | None]) -> bool:
    found = seen[step.record]
    if step.op == "retire":
        return found is None
    body = {name: value for name, value in (step.body or {}).items() if name != "version"}
    return found is not None and all(_same(_spelled(found.document, name), value) for name, value in body.items())


def _spelled(document: Mapping[str, Any], name: str) -> Any:
    """A field in either spelling."""
    first, *rest_of = name.split("_")
    return document.get(name, document.get(first + "".join(word.capitalize() for word in rest_of)))


def _same(left: Any, right: Any) -> bool:
    """Nothing is told in several ways, and addresses in capitals or not."""
    if isinstance(left, str) and isinstance(right, str):
        return plain(left) == plain(right)
    return left == right or (not left and not right and left is not False and right is not False)


def _conflict_cpod(error: PullError) -> str:
    if error.status == 409 and any(word in error.words.lower() for word in _UNIQUE):
        return "another contact of that account has the e-mail already"
    return "stale: the contact was changed since the plan was made; pull and plan again"


def _read_voipbin(client: Client, record: str) -> Seen | None:
    told = _get(client, f"/v1.0/contacts/{quote(record, safe='')}")
    if told is None:
        return None
    deleted = told.get("tm_delete")
    if deleted and _moment(deleted) != "never":
        return None
    return Seen(None, _moment(told.get("tm_update")), told)


def _holds_voipbin(step: Step, plan: Plan, seen: Mapping[str, Seen | None]) -> bool:
    own, survivor = seen[step.record], seen.get(plan.survivor)
    if step.op == "retire":
        return own is None
    if step.op == "move":
        return survivor is not None and _has_point(step, survivor.document)
    if own is None:
        return False
    if step.op == "tag":
        return (step.body or {})["tag_id"] in (own.document.get("tag_ids") or [])
    if step.op == "demote":
        address = step.target.rpartition("/")[2]
        return any(one.get("id") == address and not one.get("is_primary") for one in own.document.get("addresses", []))
    return all(_same(own.document.get(name), value) for name, value in (step.body or {}).items())


def _owned(step: Step, seen: Seen) -> str:
    """A claim takes an address from whoever has it: it must still be the loser's."""
    if step.op != "move" or "contact_id" not in (step.body or {}):
        return ""
    address = step.target.split("/")[-2]
    owned = any(one.get("id") == address for one in seen.document.get("addresses") or [])
    return "" if owned else f"the address {address} is no longer that of {step.record}"


def _has_point(step: Step, document: Mapping[str, Any]) -> bool:
    body = step.body or {}
    if "contact_id" in body:
        address = step.target.split("/")[-2]
        return any(one.get("id") == address for one in document.get("addresses") or [])
    listed, name = ("phone_numbers", "number") if "number" in body else ("emails", "address")
    return any(_same(one.get(name), body[name]) for one in document.get(listed) or [])


def _conflict_voipbin(error: PullError) -> str:
    return f"the address belongs to another contact by now ({error.words}); pull and plan again"


def graph(client: Client, query: str, variables: Mapping[str, Any]) -> Any:
    """The data of a GraphQL answer. Raises PullError for errors, which come with status 200."""
    document = client.send(Ask("/query", body={"query": query, "variables": dict(variables)}))
    errors = part(document, "errors")
    if errors:
        listed = errors if isinstance(errors, list) else [errors]
        words = clipped("; ".join(str(part(error, "message") or "no message") for error in listed))
        raise PullError(f"the system refused: {words}", 200, words)
    return part(document, "data")


def _read_customeros(client: Client, record: str) -> Seen | None:
    try:
        told = part(graph(client, merging.READ, {"id": record}), "contact")
    except PullError as error:
        if error.status == 200 and "not found" in error.words.lower():
            return None
        raise
    if not told or told.get("hide"):
        return None
    metadata = part(told, "metadata")
    return Seen(_text(part(metadata, "version")), _moment(part(metadata, "lastUpdated")), told)


def _send_customeros(client: Client, step: Step, _seen: Seen) -> None:
    graph(client, step.mutation or "", step.variables or {})


def _holds_customeros(step: Step, _plan: Plan, seen: Mapping[str, Seen | None]) -> bool:
    own, variables = seen[step.record], step.variables or {}
    if step.op == "merge":
        return own is None
    if own is None:
        return False
    if step.op == "add_social":
        wanted = merging.profile(variables["input"]["url"])
        return any(merging.profile(str(one.get("url"))) == wanted for one in own.document.get("socials") or [])
    main = part(part(own.document, "primaryEmail"), "email") or next(
        (one.get("email") for one in own.document.get("emails") or [] if one.get("primary")), None
    )
    return _same(main, variables["email"])


def _conflict_customeros(error: PullError) -> str:
    return f"the system refused ({error.words})"


REMOTES = {
    "cpod": Remote(_read_cpod, _send_rest, _holds_cpod, _free, _conflict_cpod, stamped=True, counts_versions=True),
    "voipbin": Remote(
        _read_voipbin, _send_rest, _holds_voipbin, _owned, _conflict_voipbin, stamped=True, counts_versions=False
    ),
    "customeros": Remote(
        _read_customeros,
        _send_customeros,
        _holds_customeros,
        _free,
        _conflict_customeros,
        stamped=False,
        counts_versions=False,
    ),
}
"""The systems whose plans can be carried out. Desk and Atlassian are a person's work."""


def is_conflict(error: PullError) -> bool:
    """Whether the system refuses because things are not as the plan takes them to be."""
    return error.status in _CONFLICT
