"""What is told of the users of the desk."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from resolver.store.users import User
from resolver.words.layout import table

WIDEST = (40, 8, 30, 24)
"""Of the columns: name, role, tenant, since when."""


def users_in_words(users: Sequence[User]) -> str:
    """A line a user."""
    rows = [(user.name, str(user.role), user.tenant, f"since {user.made:%Y-%m-%d %H:%M}") for user in users]
    return "\n".join(table(rows, WIDEST)) or "There are no users; add one with: resolver users create"


def users_as_json(users: Sequence[User]) -> str:
    """The users as JSON, moments in UTC."""
    return json.dumps([asdict(user) for user in users], ensure_ascii=False, indent=2, default=datetime.isoformat)
