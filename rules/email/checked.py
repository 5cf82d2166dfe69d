"""What email-validator says of an address."""

import re
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_SPECIAL = re.compile(rf"(?<=\.)(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z")


@lru_cache(maxsize=1 << 14)
def checked(text: str) -> str | None:
    """The address as email-validator writes it, its domain in ASCII; None when it is not valid.

    Reserved names are looked at like any other: a stand-in of the same length takes their place for the check.
    """
    special = _SPECIAL.search(text)
    shown = text[: special.start()] + "x" * len(special[0]) if special else text
    try:
        result = validate_email(shown, check_deliverability=False)
    except EmailNotValidError:
        return None
    name = result.ascii_domain
    return f"{result.local_part}@{name[: -len(special[0])] + special[0] if special else name}"
