"""Words: by which words of names and companies an entity is found; they follow its golden record."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from anyascii import anyascii
from sqlalchemy import Connection, bindparam, delete, select

from resolver.store.database import insert
from resolver.store.tables import commits, words

NAMED_BY = ("full_name", "given_name", "middle_name", "family_name", "username", "company")
"""The golden values that say what a person, or where he works, is called."""
OTHERWISE = ("full_name", "given_name", "family_name")
"""The same of each further name."""
LONGEST = 40
"""Characters of a word that count: nobody types more, and an index keeps every one of them."""
AT_ONCE = 20_000
"""Entities whose words are written at a time: what is needed on the way stays small."""
_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHE = re.compile("['\u2019`]")


@lru_cache(maxsize=100_000)
def words_in(text: str) -> frozenset[str]:
    """The words of a text in small plain letters, in whatever alphabet it is written.

    >>> sorted(words_in("Zoë O'Neil-Łuk"))
    ['luk', 'oneil', 'zoe']
    """
    whole = _APOSTROPHE.sub("", text)
    plain = whole if whole.isascii() else anyascii(whole)
    return frozenset(word[:LONGEST] for word in _WORD.findall(plain.lower()))


def words_of(document: str | None) -> frozenset[str]:
    """The words of a golden record, as JSON; none of what is None."""
    if document is None:
        return frozenset()
    golden = json.loads(document)
    told = [golden.get(name) for name in NAMED_BY]
    told += [other.get(name) for other in golden.get("other_names", []) for name in OTHERWISE]
    return frozenset[str]().union(*(words_in(text) for text in told if isinstance(text, str)))


def reword(connection: Connection, commit: int, before: Mapping[int, str], after: Mapping[int, str | None]) -> None:
    """Puts the words of entities' new golden records in place of the old ones; None for an entity that is no more."""
    tenant = connection.execute(select(commits.c.tenant).where(commits.c.number == commit)).scalar_one()
    entities = iter(after)
    while some := list(islice(entities, AT_ONCE)):
        both = [(one, words_of(before.get(one)), words_of(after[one])) for one in some]
        out = [{"of": tenant, "one": word, "who": one} for one, old, new in both for word in sorted(old - new)]
        if out:
            mine = (words.c.tenant == bindparam("of"), words.c.word == bindparam("one"))
            connection.execute(delete(words).where(*mine, words.c.entity == bindparam("who")), out)
        come = sorted((word, one) for one, old, new in both for word in new - old)
        columns = {"tenant": [tenant] * len(come), "word": [w for w, _ in come], "entity": [one for _, one in come]}
        insert(connection, words, columns)
