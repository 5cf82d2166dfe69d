"""The headers under which peers get columns, and the columns they do not get."""

from typing import Final

HEADERS: Final = {
    "given_name": "first_name",
    "middle_name": "middle_name",
    "family_name": "last_name",
    "full_name": "name",
    "birth_date": "date_of_birth",
    "region": "state",
    "postal_code": "zip",
    "street": "address",
    "mobile": "phone",
}
"""The engine's field -> the header under which peers get it; other fields keep their name."""
BOOKKEEPING: Final = frozenset({"record_id", "source", "tenant", "created_at", "updated_at", "deleted_at", "deleted"})
"""Says nothing about who somebody is, and a tool without configuration might compare it."""
