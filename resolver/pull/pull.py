"""A pull: every contact of one system, or every change since a time, into one file. What breaks can be continued."""

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from resolver.errors import UsageError
from resolver.pull.client import Client, Pace, safe_address
from resolver.pull.cpod import CPOD
from resolver.pull.customeros import CUSTOMEROS
from resolver.pull.part import Part, write_result
from resolver.pull.progress import Progress
from resolver.pull.system import Credentials, Plan, PullError, System, zulu
from resolver.pull.teamwork_desk import TEAMWORK_DESK
from resolver.pull.voipbin import VOIPBIN

SYSTEMS = {system.kind: system for system in (VOIPBIN, TEAMWORK_DESK, CUSTOMEROS, CPOD)}
_FORGOTTEN = frozenset({400, 404, 410, 422})  # how a system refuses a cursor that it gave long ago
_LOCKED_OUT = frozenset({401, 403})


@dataclass(frozen=True)
class PullSetting:
    """What a pull asks for. base_url, page_size: None for the system's own. rate: requests a second."""

    base_url: str | None = None
    site: str | None = None
    since: datetime | None = None
    page_size: int | None = None
    rate: float = 5.0


@dataclass(frozen=True)
class Pulled:
    """What came of a pull. records: how many different ones. reason: why it is not complete. resumed: it went on."""

    out: Path
    pages: int
    records: int
    complete: bool
    reason: str
    resumed: bool


def _nobody(_: str) -> None:
    """Nobody listens."""


def pull(
    kind: str,
    out: Path,
    setting: PullSetting,
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    listener: Callable[[str], None] = _nobody,
) -> Pulled:
    """Pulls the contacts of one system into `out`; credentials come from the environment.

    Whatever goes wrong on the way leaves `out` marked incomplete and a file beside it from which the same call goes on.
    Raises UsageError when the pull cannot even begin.
    """
    system = _system(kind)
    plan = _plan(system, setting)
    credentials = system.credentials(os.environ)
    if system.incremental is False and setting.since:
        listener(f"{system.title} cannot list changes only; everything is pulled")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with Client(plan.base, credentials, Pace(setting.rate, sleep), listener, transport) as client:
            session = _Session(system, plan, client, Part(out), listener)
            session.open(credentials)
            broken = session.read()
            return session.finish(out, setting, broken)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror or error})") from error


def moment(text: str) -> datetime:
    """A time as a person writes it: 2026-05-01, 2026-05-01T08:00, with or without a zone (then UTC)."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"--since {text}: write a date or a time like 2026-05-01 or 2026-05-01T08:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class _Session:
    """One pull from its first request to its result."""

    def __init__(self, system: System, plan: Plan, client: Client, part: Part, listener: Callable[[str], None]) -> None:
        self._system, self._plan, self._client, self._part = system, plan, client, part
        self._listener = listener
        self._progress = Progress(system, plan.page_size)
        self._header: dict[str, Any] = {}
        self._resumed = False

    def open(self, credentials: Credentials) -> None:
        """Goes on with what an earlier pull left if that asked the same thing as the same user, else starts anew."""
        asked = {
            "kind": self._system.kind,
            "base": self._plan.base,
            "since": zulu(self._plan.since) if self._plan.since else None,
            "page_size": self._plan.page_size,
        }
        left = self._part.header() or {}
        mark = _mark(credentials, str(left.get("salt")))
        if left and all(left.get(name) == value for name, value in {**asked, "mark": mark}.items()):
            self._header = left
            self._replay()
            return
        salt = secrets.token_hex(8)
        self._header = {**asked, "started": zulu(datetime.now(UTC)), "salt": salt, "mark": _mark(credentials, salt)}
        self._part.begin(self._header)

    def _replay(self) -> None:
        """Takes in the answers that came before, up to the first that was partial, and drops the rest."""
        end = None
        for kept in self._part.kept():
            try:
                if kept.cursor != self._progress.cursor or self._progress.done:
                    break
                if self._progress.read(kept.document).errors:
                    break
                self._progress.take(kept.document)
            except PullError:
                break
            end = kept.end
        self._part.cut(end)
        self._resumed = self._progress.pages > 0
        if self._resumed:
            self._listener(f"going on after page {self._progress.pages} of the pull of {self._header['started']}")

    def read(self) -> PullError | None:
        """Reads until the list ends; what broke it otherwise."""
        untried = self._resumed
        while not self._progress.done:
            try:
                self._read_page()
            except PullError as error:
                if untried and error.status in _FORGOTTEN:
                    self._forget()
                elif simpler := self._system.simpler(self._plan, error.words):
                    self._plan = simpler
                else:
                    return error
            untried = False
        return None

    def _read_page(self) -> None:
        cursor = self._progress.cursor
        document = self._client.send(self._system.ask(cursor, self._plan))
        again = self._progress.take(document)
        self._part.add(cursor, document)
        self._listener(f"page {self._progress.pages}: {self._progress.seen} contacts")
        if again:
            self._listener("the list changed while it was read; reading it again")

    def _forget(self) -> None:
        """Starts anew: the system no longer knows the place where the earlier pull stopped."""
        self._listener(f"{self._system.title} no longer knows that place; starting anew")
        self._header["started"] = zulu(datetime.now(UTC))
        self._part.begin(self._header)
        self._progress = Progress(self._system, self._plan.page_size)
        self._resumed = False

    def finish(self, out: Path, setting: PullSetting, broken: PullError | None) -> Pulled:
        """Writes the result. What came so far stays where asking again may bring the rest."""
        progress = self._progress
        reasons = "; ".join(filter(None, [self._explained(broken), progress.reason]))
        reason = f"{self._system.title}: {reasons}" if reasons else ""
        pages = progress.pages - progress.first_page
        facts = {
            "kind": self._system.kind,
            "instance": setting.site,
            "started": self._header["started"],
            "since": self._header["since"],
            "full": self._plan.since is None,
            "complete": not reason,
            "reason": reason,
            "pages": pages,
            "records": progress.records,
        }
        write_result(out, facts, self._documents())
        if not broken and not progress.errors:
            self._part.remove()
        return Pulled(out, pages, progress.records, not reason, reason, self._resumed)

    def _documents(self) -> Iterator[Any]:
        for page, kept in enumerate(self._part.kept()):
            if page >= self._progress.first_page:
                yield self._progress.keep_latest(kept.document, page)

    def _explained(self, broken: PullError | None) -> str:
        """What broke the pull, with what to do about it where that is known."""
        if broken is None:
            return ""
        if broken.status in _LOCKED_OUT:
            return f"the credentials were refused ({broken}); check {self._system.variables.rstrip(',')}"
        return str(broken)


def _system(kind: str) -> System:
    if kind not in SYSTEMS:
        raise UsageError(f"{kind}: contacts can be pulled from {', '.join(SYSTEMS)}")
    return SYSTEMS[kind]


def _plan(system: System, setting: PullSetting) -> Plan:
    least, usual, most = system.sizes
    size = usual if setting.page_size is None else setting.page_size
    if not least <= size <= most:
        raise UsageError(f"a page size of {size}: {system.title} gives {least} to {most} records a page")
    if not 0 < setting.rate <= 1000:
        raise UsageError(f"a rate of {setting.rate:g}: choose how many requests a second, above 0 and up to 1000")
    since = setting.since if system.incremental else None
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return Plan(_base(system, setting), size, since)


def _base(system: System, setting: PullSetting) -> str:
    """Where the system listens. Raises UsageError for an address that would carry a secret in the open."""
    if setting.site is not None and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", setting.site):
        raise UsageError("the site is one name: northwind for https://northwind.teamwork.com")
    if setting.base_url is None:
        if "{site}" in system.address and not setting.site:
            raise UsageError(f"{system.title} has an address a customer: name the site, or the base URL")
        return system.address.format(site=setting.site)
    return safe_address(setting.base_url)


def _mark(credentials: Credentials, salt: str) -> str:
    """Tells one user's unfinished pull from another's, in too few bits to find a key by."""
    body = credentials.exchange.body if credentials.exchange else None
    known = json.dumps([{**credentials.headers}, {**credentials.params}, body])
    return hashlib.blake2b(known.encode(), digest_size=4, key=salt.encode()[:64]).hexdigest()
