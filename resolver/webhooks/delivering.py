"""Delivering: one process of all that serve a store tells its webhooks what happened, in order, until it arrived."""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from resolver.store import past, webhooks
from resolver.store.database import Database
from resolver.store.webhooks import Outcome, Webhook
from resolver.webhooks import letters
from resolver.webhooks.letters import Message, message
from resolver.webhooks.sending import SECONDS, send_all

LEASE = "webhooks"
LEASE_TIME = timedelta(seconds=60)
"""A process that died is replaced after this time. It is longer than a round takes, so that two never deliver."""
IDLE_SECONDS = 1.0
"""How often the feed is looked at for news."""
SIDE_BY_SIDE = 20
"""So many webhooks are told at the same time."""
GONE = 410
"""By this status a receiver says that it wants no more."""
log = logging.getLogger("resolver.webhooks")


@dataclass(frozen=True)
class Patience:
    """How a webhook that fails is treated: tried again after `first`, then twice as late each time, at most after
    `longest`; paused when it failed for `all_in_all`. allow_private: messages may go to private networks."""

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=1)
    all_in_all: timedelta = timedelta(days=3)
    allow_private: bool = False

    def pause(self, hook: Webhook) -> timedelta:
        """How long to wait after one more failure: up to half of it is left out, so that not all come back at once."""
        full = min(self.first * (1 << min(hook.tries, 30)), self.longest)
        drawn = hashlib.sha256(f"{hook.webhook_id} {hook.tries}".encode()).digest()[0] / 255
        return full * (1 - drawn / 2)


@contextmanager
def delivering(database: Database, patience: Patience) -> Iterator[None]:
    """Delivers beside whatever is done in the block."""
    stop = threading.Event()
    thread = threading.Thread(target=Courier(database, patience).run, args=(stop,), name="webhooks")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Courier:
    """Delivers for a store. Any number of them may run; one of them, who holds the lease, does."""

    def __init__(
        self,
        database: Database,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._patience, self._clock = database, patience or Patience(), clock
        self._holder, self._held_until = uuid4().hex, datetime.min.replace(tzinfo=UTC)

    def run(self, stop: threading.Event) -> None:
        """Delivers until it is told to stop. Whatever goes wrong is told, and tried again."""
        while not stop.is_set():
            if not self._tried(self.round):
                stop.wait(IDLE_SECONDS)
        self._tried(self.close)

    def _tried(self, act: Callable[[], bool | None]) -> bool:
        try:
            return bool(act())
        except Exception as error:  # a thread that ends would leave all webhooks untold
            # the text of a database's error holds values
            facts = {"error": type(error).__name__, "of": type(error.__cause__).__name__}
            log.error("webhooks_interrupted", extra={"facts": facts})
            return False

    def close(self) -> None:
        """Lets another one take over at once."""
        if self._held_until > self._clock():
            with self._database.writing(webhooks.WRITING) as connection:
                webhooks.let_go(connection, LEASE, self._holder)
            self._held_until = datetime.min.replace(tzinfo=UTC)

    def round(self) -> bool:
        """Sends each webhook that is due its next message; whether there was anything to do."""
        with self._database.reading() as connection:
            hooks = webhooks.due(connection, self._clock(), SIDE_BY_SIDE)
        if not hooks or not self._leads():
            return False
        waiting = [(hook, made) for hook in hooks if (made := self._next(hook)) is not None]
        now = self._clock()
        letters = [made.letter(hook, now) for hook, made in waiting]
        outcomes = asyncio.run(send_all(letters, allow_private=self._patience.allow_private))
        for (hook, made), outcome in zip(waiting, outcomes, strict=True):
            self._write_down(hook, made, outcome)
        return True

    def _leads(self) -> bool:
        """Whether this one delivers; the lease is renewed when a round might outlast it."""
        now = self._clock()
        if self._held_until - now < LEASE_TIME / 2:
            until = now + LEASE_TIME
            with self._database.writing(webhooks.WRITING) as connection:
                held = webhooks.lease(connection, LEASE, self._holder, now, until)
            self._held_until = until if held else datetime.min.replace(tzinfo=UTC)
        return self._held_until > now + timedelta(seconds=SECONDS)

    def _next(self, hook: Webhook) -> Message | None:
        """The message that is due; None where nothing of the news is for the webhook."""
        with self._database.reading() as connection:
            made = message(hook, past.feed(connection, hook.tenant, hook.cursor, letters.LOOKED_AT))
        with self._database.writing(webhooks.WRITING) as connection:
            if not made.told:
                webhooks.arrived(connection, hook, made.upto, None, self._clock())
                return None
            return made if webhooks.announce(connection, hook, made.upto) else None

    def _write_down(self, hook: Webhook, made: Message, outcome: Outcome) -> None:
        now = self._clock()
        with self._database.writing(webhooks.WRITING) as connection:
            if outcome.problem is None:
                there = webhooks.arrived(connection, hook, made.upto, outcome, now)
            else:
                there = webhooks.failed(connection, hook, outcome, now, self._next_at(hook, outcome, now))
            if there:
                webhooks.log(connection, hook, made.message_id, made.told, outcome, now)
        if outcome.problem is not None:
            facts = {"webhook": hook.webhook_id, "problem": outcome.problem, "tries": hook.tries + 1}
            log.warning("webhook_failed", extra={"facts": facts})

    def _next_at(self, hook: Webhook, outcome: Outcome, now: datetime) -> datetime | None:
        """When to try again; None for no more."""
        if outcome.status == GONE or now - (hook.failing_since or now) >= self._patience.all_in_all:
            return None
        return now + self._patience.pause(hook)
