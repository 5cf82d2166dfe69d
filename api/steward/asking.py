"""Asking: which cases a page of the queue is about, as it stands in its address."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from resolver.errors import UsageError
from resolver.store.cases import NOBODY, Sort, State, Wanted

VIEWS = ("all", "mine", "nobody", "snoozed", "second")
"""All open cases, those assigned to who asks, those assigned to nobody, those put aside, and those of which somebody
said something that a second one has to say too. What waits for another than who asks is in the last alone."""
LONGEST = 1000
"""Characters of what an address asks for."""


@dataclass(frozen=True)
class Asked:
    """Which cases, and in which order. age: days that they have waited at least."""

    view: str = "all"
    reason: str | None = None
    source: str | None = None
    field: str | None = None
    assignee: str | None = None
    age: int | None = None
    q: str | None = None
    pattern: str | None = None
    sort: Sort = Sort.WORTH

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """What an address asks for. Raises UsageError for what no page of the queue asks."""
        told: dict[str, Any] = {one.name: _text(request, one.name) for one in fields(cls)}
        told = {name: value for name, value in told.items() if value is not None}
        if told.get("view", "all") not in VIEWS or told.get("sort", Sort.WORTH) not in list(Sort):
            raise UsageError(f"the queue has the views {', '.join(VIEWS)}, and is sorted by {' or '.join(Sort)}")
        if "age" in told and not (told["age"].isascii() and told["age"].isdigit() and len(told["age"]) < 5):
            raise UsageError("the age is a number of days")
        if "age" in told:
            told["age"] = int(told["age"])
        return cls(**{**told, "sort": Sort(told.get("sort", Sort.WORTH))})

    def wanted(self, who: str) -> Wanted:
        """The same, as the queue takes it. who: who asks."""
        since = None if self.age is None else datetime.now(UTC) - timedelta(days=self.age)
        asked = Wanted(
            source=self.source, reason=self.reason, field=self.field, pattern=self.pattern, assignee=self.assignee,
            since=since, text=self.q, unsaid_by=who,
        )  # fmt: skip
        if self.view == "second":
            return replace(asked, said=True, unsaid_by=None)
        if self.view == "snoozed":
            return replace(asked, state=State.SNOOZED)
        return asked if self.view == "all" else replace(asked, assignee=who if self.view == "mine" else NOBODY)

    def query(self, **other: Any) -> str:
        """The same as it stands in an address, "" or "?...". other: what is otherwise there; None takes it away."""
        plain = Asked()
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        kept = {name: value for name, value in told.items() if value != getattr(plain, name)}
        kept = {name: str(value) for name, value in {**kept, **other}.items() if value is not None and value != ""}
        return "?" + urlencode(kept) if kept else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out besides by the view."""
        return replace(self, view="all", sort=Sort.WORTH) != Asked()


def _text(request: Request, name: str) -> str | None:
    said = request.query_params.get(name, "").strip()
    if len(said) > LONGEST or "\0" in said:
        raise UsageError(f"{name}: write {LONGEST} characters at most")
    return said or None
