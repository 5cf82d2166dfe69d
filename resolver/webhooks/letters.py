"""Letters: what is written to a webhook. The same changes make the same message, whenever it is sent."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from resolver.store.past import Change
from resolver.store.webhooks import Webhook
from resolver.webhooks.sending import Letter
from resolver.webhooks.signing import sign

CHANGED, TEST = "entities.changed", "webhook.test"
"""The types of messages."""
LOOKED_AT = 1000
"""So many changes are looked through at a time for those that a webhook is to be told of."""
AT_ONCE = 100
"""So many changes are in a message at most: about 15 kB."""
_CHANGES = TypeAdapter(list[Change])


@dataclass(frozen=True)
class Message:
    """A message before it is signed. upto: the change that it ends with; told: how many changes are in it."""

    message_id: str
    body: bytes
    upto: int
    told: int

    def letter(self, hook: Webhook, now: datetime) -> Letter:
        """The message, signed as of now."""
        return Letter(hook.url, sign(hook.secret, self.message_id, self.body, int(now.timestamp())), self.body)


def message(hook: Webhook, news: Sequence[Change]) -> Message:
    """The next message to a webhook; with nothing told, where none of the news is for it.

    news: the changes after the webhook's cursor, LOOKED_AT of them or all. One that is on its way is made as it was.
    """
    within = [change for change in news if hook.upto is None or change.cursor <= hook.upto]
    wanted = [change for change in within if change.kind in hook.kinds][:AT_ONCE]
    upto = wanted[-1].cursor if len(wanted) == AT_ONCE else within[-1].cursor
    if not wanted:
        return Message("", b"", upto, 0)
    data = {"changes": _CHANGES.dump_python(wanted, mode="json"), "cursor": upto}
    return _message(hook, f"{hook.webhook_id}_{hook.cursor}_{upto}", CHANGED, (wanted[-1].at, data))


def test_message(hook: Webhook, now: datetime) -> Message:
    """A message that tells nothing."""
    data = {"changes": [], "cursor": hook.cursor}
    return _message(hook, f"{hook.webhook_id}_test_{secrets.token_hex(8)}", TEST, (now, data))


def _message(hook: Webhook, message_id: str, kind: str, told: tuple[datetime, dict[str, Any]]) -> Message:
    at, data = told
    moment = TypeAdapter(datetime).dump_python(at, mode="json")
    document = {"id": message_id, "type": kind, "timestamp": moment, "webhook_id": hook.webhook_id, "data": data}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(message_id, body, data["cursor"], len(data["changes"]))
