"""Webhooks: programs that are told of changes as they happen."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Admins
from api.problems import answers
from api.schemas.webhooks import (
    DeliveriesOut,
    DeliveryOut,
    OutcomeOut,
    WebhookChange,
    WebhookIn,
    WebhookMade,
    WebhookOut,
    WebhooksOut,
)
from api.settings import MOST_ON_A_PAGE, PAGE
from resolver.store.webhooks import Webhook
from resolver.webhooks import registering
from resolver.webhooks.registering import Wish

router = APIRouter(tags=["webhooks"])
Id = Annotated[str, Path(max_length=100, description="The webhook's id.", examples=["wh_1f2d3c4b5a6978877665"])]


@router.post("/v1/webhooks", status_code=201, responses=answers(409), summary="Register a webhook")
def create_webhook(body: WebhookIn, session: Admins) -> WebhookMade:
    """Tells a program of changes: messages are posted to its url, signed, in order, until each of them arrived.

    A message that fails is sent again, later each time for three days; then the webhook is paused. The answer alone
    tells the secret. Addresses of private networks are refused unless the server's settings allow them.
    """
    wish = Wish(body.url, body.kinds, body.secret, body.after)
    allowed = session.server.settings.webhooks_allow_private
    hook = registering.register(session.resolver, wish, session.caller.name, allow_private=allowed)
    session.audit("webhook.create", hook.webhook_id)
    return WebhookMade(**_shown(hook).model_dump(), secret=hook.secret)


@router.get("/v1/webhooks", responses=answers(), summary="List the webhooks")
def list_webhooks(session: Admins) -> WebhooksOut:
    """All webhooks, the oldest first, without their secrets."""
    return WebhooksOut(webhooks=[_shown(hook) for hook in registering.registered(session.resolver)])


@router.get("/v1/webhooks/{webhook_id}", responses=answers(404), summary="Look at a webhook")
def get_webhook(webhook_id: Id, session: Admins) -> WebhookOut:
    """A webhook: how far it was told, and how the last message ended."""
    return _shown(registering.webhook(session.resolver, webhook_id))


@router.patch("/v1/webhooks/{webhook_id}", responses=answers(404), summary="Pause a webhook, or let it go on")
def change_webhook(webhook_id: Id, body: WebhookChange, session: Admins) -> WebhookOut:
    """Pauses a webhook, or lets it go on where it was; nothing that happened meanwhile is left out."""
    hook = registering.switch(session.resolver, webhook_id, active=body.active)
    session.audit("webhook.change", webhook_id)
    return _shown(hook)


@router.delete("/v1/webhooks/{webhook_id}", status_code=204, responses=answers(404), summary="Delete a webhook")
def delete_webhook(webhook_id: Id, session: Admins) -> None:
    """Takes out a webhook with its log. A message that is on its way may still arrive."""
    registering.unregister(session.resolver, webhook_id)
    session.audit("webhook.delete", webhook_id)


@router.get("/v1/webhooks/{webhook_id}/deliveries", responses=answers(404), summary="See what a webhook was sent")
def list_deliveries(
    webhook_id: Id,
    session: Admins,
    cursor: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="`next_cursor` of the page before.", examples=[77])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Lines at most.", examples=[PAGE])] = PAGE,
) -> DeliveriesOut:
    """The last messages to a webhook and how each try ended, the latest first."""
    lines = registering.tries(session.resolver, webhook_id, cursor, limit + 1)
    page = [
        DeliveryOut(
            message_id=line.message,
            at=line.at,
            changes=line.changes,
            delivered=line.problem is None,
            status=line.status,
            problem=line.problem,
            milliseconds=line.milliseconds,
        )
        for line in lines[:limit]
    ]
    return DeliveriesOut(deliveries=page, next_cursor=lines[limit - 1].cursor if len(lines) > limit else None)


@router.post("/v1/webhooks/{webhook_id}/test", responses=answers(404), summary="Send a test message")
def test_webhook(webhook_id: Id, session: Admins) -> OutcomeOut:
    """Sends a message without changes, of type `webhook.test`, at once, and tells how that ended."""
    allowed = session.server.settings.webhooks_allow_private
    outcome = registering.send_test(session.resolver, webhook_id, allow_private=allowed)
    session.audit("webhook.test", webhook_id)
    return OutcomeOut(
        delivered=outcome.problem is None,
        status=outcome.status,
        problem=outcome.problem,
        milliseconds=outcome.milliseconds,
    )


def _shown(hook: Webhook) -> WebhookOut:
    return WebhookOut(
        webhook_id=hook.webhook_id,
        url=hook.url,
        kinds=list(hook.kinds),
        active=hook.active,
        created_at=hook.at,
        created_by=hook.who,
        cursor=hook.cursor,
        tries=hook.tries,
        failing_since=hook.failing_since,
        next_at=hook.next_at if hook.tries else None,
        last_status=hook.status,
        last_problem=hook.problem,
    )
