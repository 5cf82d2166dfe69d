"""Signing: whoever receives a message can tell that it is ours, whole, and not an old one sent again.

`verify` needs nothing but the standard library, so that a receiver may copy this file.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300
"""Seconds that a message may be old, or a clock may be wrong."""
_SIGNED = re.compile(r"v1=([0-9a-f]{64})")
_MOMENT = re.compile(r"t=([0-9]{1,12})")


class SignatureError(ValueError):
    """A message that is not what we signed."""


def sign(secret: str, message_id: str, body: bytes, at: int) -> dict[str, str]:
    """The headers of a message. at: when it is sent, in seconds since 1970."""
    return {ID: message_id, TIMESTAMP: str(at), SIGNATURE: f"t={at},v1={_code(secret, at, body)}"}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> dict[str, Any]:
    """The message that a webhook received. Raises SignatureError for what we did not sign, or not lately.

    secret: told when the webhook was registered. body: as it came, before anything parsed it. now: seconds since 1970.
    Its `id` is the same when it is sent again: whoever keeps the ids of what was handled handles nothing twice.
    """
    signature = next((value for name, value in headers.items() if name.lower() == SIGNATURE), None)
    if signature is None:
        raise SignatureError("the message has no signature")
    parts = [part.strip() for part in signature.split(",")]
    moments = [int(found[1]) for part in parts if (found := _MOMENT.fullmatch(part))]
    codes = [found[1] for part in parts if (found := _SIGNED.fullmatch(part))]
    if len(moments) != 1 or not codes:
        raise SignatureError("the signature is not of the form t=...,v1=...")
    expected = _code(secret, moments[0], body)
    if not any([hmac.compare_digest(expected, code) for code in codes]):  # noqa: C419 - always in the same time
        raise SignatureError("the signature is not of this message")
    if abs((time.time() if now is None else now) - moments[0]) > TOLERANCE:
        raise SignatureError("the message is too old")
    message: dict[str, Any] = json.loads(body)
    return message


def _code(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
