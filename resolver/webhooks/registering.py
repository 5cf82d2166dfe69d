"""Registering: a tenant's webhooks, and the log of what they were told."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from resolver.errors import ConflictError, UsageError
from resolver.paths.online import Resolver
from resolver.store import webhooks
from resolver.store.journal import Kind
from resolver.store.webhooks import Outcome, Try, Webhook
from resolver.webhooks.letters import test_message
from resolver.webhooks.sending import safe_url, send_all

MOST = 50
"""So many webhooks a tenant may have."""
SHORTEST = 24
"""Characters of a secret at least: of random ones, nobody guesses them."""


@dataclass(frozen=True)
class Wish:
    """What a webhook is to be. kinds: which changes, all when empty; after: from where in the feed, its end if None."""

    url: str
    kinds: Sequence[Kind] = ()
    secret: str | None = field(default=None, repr=False)
    after: int | None = None


def register(resolver: Resolver, wish: Wish, who: str, *, allow_private: bool = False) -> Webhook:
    """A new webhook; its secret is minted when none is given. Raises UsageError for a URL that nothing is sent to."""
    url = safe_url(wish.url, allow_private=allow_private)
    if wish.secret is not None and len(wish.secret) < SHORTEST:
        raise UsageError(f"the secret of a webhook has {SHORTEST} characters at least; leave it out to have one made")
    with resolver.database.writing(webhooks.WRITING) as connection:
        if len(webhooks.listed(connection, resolver.tenant)) >= MOST:
            raise ConflictError(f"there are {MOST} webhooks already; delete one that is not needed")
        end = webhooks.last_change(connection, resolver.tenant)
        values = {
            "name": f"wh_{secrets.token_hex(10)}",
            "url": url,
            "kinds": sorted(set(wish.kinds or Kind)),
            "secret": wish.secret or f"whsec_{secrets.token_urlsafe(32)}",
            "at": datetime.now(UTC),
            "who": who,
            "cursor": end if wish.after is None else min(wish.after, end),
        }
        return webhooks.add(connection, resolver.tenant, values)


def registered(resolver: Resolver) -> list[Webhook]:
    """All webhooks of the tenant, the oldest first."""
    with resolver.database.reading() as connection:
        return webhooks.listed(connection, resolver.tenant)


def webhook(resolver: Resolver, webhook_id: str) -> Webhook:
    """One webhook; UnknownError where there is none of this id."""
    with resolver.database.reading() as connection:
        return webhooks.read(connection, resolver.tenant, webhook_id)


def switch(resolver: Resolver, webhook_id: str, *, active: bool) -> Webhook:
    """Pauses a webhook, or lets it go on where it was; also one that was paused because it failed for too long."""
    with resolver.database.writing(webhooks.WRITING) as connection:
        hook = webhooks.read(connection, resolver.tenant, webhook_id)
        webhooks.switch(connection, hook, active, datetime.now(UTC))
        return webhooks.read(connection, resolver.tenant, webhook_id)


def unregister(resolver: Resolver, webhook_id: str) -> None:
    """Takes out a webhook and its log; UnknownError where there is none of this id."""
    with resolver.database.writing(webhooks.WRITING) as connection:
        webhooks.remove(connection, webhooks.read(connection, resolver.tenant, webhook_id))


def tries(resolver: Resolver, webhook_id: str, before: int | None = None, limit: int = 100) -> list[Try]:
    """The delivery log of a webhook, the latest first. before: the cursor of the last one that was seen."""
    with resolver.database.reading() as connection:
        return webhooks.tries(connection, webhooks.read(connection, resolver.tenant, webhook_id), before, limit)


def send_test(resolver: Resolver, webhook_id: str, *, allow_private: bool = False) -> Outcome:
    """Sends a message without changes at once, and says how it ended."""
    hook, now = webhook(resolver, webhook_id), datetime.now(UTC)
    message = test_message(hook, now)
    (outcome,) = asyncio.run(send_all([message.letter(hook, now)], allow_private=allow_private))
    with resolver.database.writing(webhooks.WRITING) as connection:
        here = webhooks.read(connection, resolver.tenant, webhook_id)
        webhooks.log(connection, here, message.message_id, 0, outcome, now)
    return outcome
