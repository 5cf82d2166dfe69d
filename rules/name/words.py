"""One pair of names of people: what only their words tell, looked at pair by pair."""

import re

from rules.field import Strings
from rules.name.nicknames import nicknames_agree
from rules.name.parts import PARTICLES
from rules.values.text import Mask, mask

COUPLE = " and "
"""Between the given names of two people whom one record names: "john and mary"."""


def initials_agree(left: str, right: str) -> bool:
    """Word by word equal or abbreviated, with at least one abbreviated: "j" and "john", "jr" and "john robert"."""
    if left[0] != right[0]:
        return False
    a, b = left.split(), right.split()
    if _letters_for_words(a, b) or _letters_for_words(b, a):
        return True
    abbreviated = False
    for x, y in zip(a, b, strict=False):
        if x != y:
            if x[0] != y[0] or min(len(x), len(y)) > 1:
                return False
            abbreviated = True
    return abbreviated


def _letters_for_words(short: list[str], words: list[str]) -> bool:
    return len(short) == 1 and 1 < len(short[0]) == len(words) and all(map(str.startswith, words, short[0]))


def words_agree(left: str, right: str) -> bool:
    """One name among several ("anna" and "anna maria"), or a short form of the first ("bill j" and "william")."""
    a, b = left.split(), right.split()
    if set(a) <= set(b) or set(b) <= set(a):
        return True
    return nicknames_agree(a[0], b[0]) and (
        len(a) == 1 or len(b) == 1 or a[1:] == b[1:] or initials_agree(" ".join(a[1:]), " ".join(b[1:]))
    )


def same_couple(left: str, right: str) -> bool:
    """Two couples of whom everyone is in the other too, by the same or a short name."""
    a, b = left.split(COUPLE), right.split(COUPLE)
    return all(any(_one_person(x, y) for y in b) for x in a) and all(any(_one_person(x, y) for x in a) for y in b)


def _one_person(left: str, right: str) -> bool:
    return left == right or nicknames_agree(left, right) or initials_agree(left, right)


def half_of_couple(left: str, right: str) -> bool:
    """A couple and one name that one of the two may have."""
    couple, name = (left, right) if COUPLE in left else (right, left)
    return any(_one_person(person, name) for person in couple.split(COUPLE))


PARTICLE = f"{'|'.join(sorted(PARTICLES, key=lambda word: (-len(word), word)))}|[odlt]"
"""Pattern of a particle, or of what is left of one, that is joined to a family name."""
_PARTICLE_RUN = re.compile(f"(?:{PARTICLE})+")


def without_particles(left: str, right: str) -> bool:
    """Only the particles differ: "vanderberg" and "berg"."""
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    if len(shorter) < 3 or not longer.endswith(shorter):
        return False
    return _PARTICLE_RUN.fullmatch(longer.removesuffix(shorter)) is not None


def same_words(given_a: Strings, family_a: Strings, given_b: Strings, family_b: Strings) -> Mask:
    """Whether the whole names of each pair of people have the same words, however given and family name share them out.

    "Maria Jose" "Garcia" and "Maria" "Jose Garcia", or family name first: "Garcia Jose" "Maria". A couple never does.

    >>> same_words(["maria jose"], ["garcia"], ["maria"], ["jose garcia"]).tolist()
    [True]
    """
    names = zip(given_a, family_a, given_b, family_b, strict=True)
    return mask((_has_words_of(f"{a} {b}", f"{c} {d}") for a, b, c, d in names), len(given_a))


def _has_words_of(left: str, right: str) -> bool:
    if COUPLE in left or COUPLE in right:
        return False
    return left.replace(" ", "") == right.replace(" ", "") or sorted(left.split()) == sorted(right.split())
