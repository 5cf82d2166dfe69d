"""What is told of the keys of the API."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from resolver.store.access import ApiKey
from resolver.words.layout import table

WIDEST = (12, 8, 20, 40, 40)
"""Of the columns: key, role, tenant, name, state."""


def keys_in_words(keys: Sequence[ApiKey], now: datetime | None = None) -> str:
    """A line a key. now: at which moment; this one when left out."""
    now = now or datetime.now(UTC)
    rows = [(key.key, str(key.role), key.tenant, key.name, _state(key, now)) for key in keys]
    return "\n".join(table(rows, WIDEST)) or "There are no keys; make one with: resolver keys create"


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked is not None:
        return f"revoked on {key.revoked:%Y-%m-%d %H:%M}"
    if key.expires is None:
        return "valid"
    return f"{'valid until' if key.is_valid(now) else 'ended on'} {key.expires:%Y-%m-%d %H:%M}"


def keys_as_json(keys: Sequence[ApiKey]) -> str:
    """The keys as JSON, moments in UTC."""
    return json.dumps([asdict(key) for key in keys], ensure_ascii=False, indent=2, default=datetime.isoformat)
