"""What an e-mail address tells besides where to write: a name in the mailbox, an employer in the domain.

Only what adds to the record: a name that it lacks or has as an initial, a spelling without its typing error, a family
name that it does not have (any more). Never a name that contradicts it: a wife may write from her husband's mailbox.
"""

import re
from functools import cache

from rapidfuzz.distance import OSA

from rules.company import DOMAIN
from rules.email.parts import address, domain, is_disposable, is_free, is_role, local
from rules.lists import words
from rules.name.nicknames import known_given
from rules.values.hidden import HIDDEN
from rules.values.text import fold

SHORTEST = 3
"""Letters from which on a piece of a mailbox name is taken for a family name, or for a name that begins it."""
SHORTEST_MISSPELT = 4
MOST_PIECES = 3

Names = tuple[str | None, str | None]

_BREAKS = re.compile("[^a-z]+")
_NOT_PLAIN = re.compile("[^a-z0-9]+")
REGISTRIES = frozenset(
    ("ac", "co", "com", "edu", "go", "gob", "gov", "gv", "ltd", "me", "ne", "net", "or", "org", "plc")
)
"""Under what one registers a name where not right under the country: "co.uk", "com.au"."""


@cache
def no_names() -> tuple[frozenset[str], frozenset[str]]:
    """What stands in mailboxes and is no given name, and what no family name: words for something else, unless people
    are known to be called so, as Ray Sales and Don Lee are."""
    beside = words("role_mailboxes") | {prefix for prefix in words("name_prefixes") if len(prefix) > 1}
    return beside - known_given(), beside - words("family_names")


def names(email: str, given: str | None, family: str | None) -> Names:
    """(given, family) as the mailbox of a normalised address spells them; None for what adds nothing.

    given, family: the record's normalised names.

    >>> names("kathleen.epperson@x.com", None, "epperson"), names("rsmith@x.com", "robert", "smith")
    (('kathleen', None), (None, None))
    >>> names("rita.delaney@x.com", "rita", "hall"), names("john.smith@x.com", "mary", "smith")
    ((None, 'delaney'), (None, None))
    """
    if HIDDEN in email or is_role(email):
        return None, None
    pieces = [piece for piece in _BREAKS.split(fold(local(email).partition("+")[0]) or "") if piece]
    if not 0 < len(pieces) <= MOST_PIECES:
        return None, None
    own_given, own_family = (given or "").partition(" ")[0], (family or "").replace(" ", "")
    if len(pieces) > 1:
        found = _of_two(pieces[0], pieces[-1], own_given, own_family)
    else:
        found = _of_one(pieces[0], own_given, own_family)
    return (
        found[0] if found[0] and _refines(found[0], own_given) else None,
        found[1] if found[1] and _adds(found[1], own_family) else None,
    )


def _of_two(first: str, last: str, given: str, family: str) -> Names:
    """What stands beside the name that the record has: ann.lee, lee.ann."""
    if family in (first, last):
        return (first if family == last else last), None
    if given in (first, last) and len(given) >= SHORTEST:
        return None, (last if given == first else first)
    return None, None


def _of_one(whole: str, given: str, family: str) -> Names:
    """What is left of the letters without the name that the record has: annlee, alee, leea."""
    for own, is_family in ((family, True), (given, False)):
        if len(own) < SHORTEST or whole == own:
            continue
        if not is_family and whole in known_given():
            return None, None  # Ken's mailbox is kenneth: nobody is called Neth
        rest = whole.removesuffix(own) if is_family else whole.removeprefix(own)
        if rest == whole:
            rest = whole.removeprefix(own) if is_family else whole.removesuffix(own)
        if rest != whole:
            return (rest, None) if is_family else (None, rest)
    return None, None


def _refines(found: str, given: str) -> bool:
    """Whether a given name says more than the record's: there is none, an initial of it, or one with a typing error."""
    if found == given or found in no_names()[0]:
        return False
    if len(given) <= 1:
        return found.startswith(given)
    return min(len(found), len(given)) >= SHORTEST_MISSPELT and OSA.distance(found, given) == 1


def _adds(found: str, family: str) -> bool:
    """Whether a family name is another than the record's, long enough to be one, and no word for something else."""
    return found != family and len(found) >= SHORTEST and found not in no_names()[1]


def employer(email: str) -> str | None:
    """The domain's own name as a company that is known by it alone; None where anybody can have an address.

    >>> employer("ann@mail.dye-mercado.co.uk"), employer("ann@gmail.com")
    ('@dyemercado', None)
    """
    if HIDDEN in email or is_free(email) or is_disposable(email):
        return None
    labels = domain(address(email)).split(".")
    end = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in REGISTRIES else 1
    label = _NOT_PLAIN.sub("", labels[-end - 1]) if len(labels) > end else ""
    return f"{DOMAIN}{label}" if len(label) >= SHORTEST else None
