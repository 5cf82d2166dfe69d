"""E-mail addresses beside each other: one mailbox, one name elsewhere, a typing error, or a part that fits."""

from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from rules.email.parts import (
    BOUNCED,
    MAILBOX,
    SHORTEST_NAME_PART,
    domain,
    is_disposable,
    is_free,
    is_role,
    local,
    mailbox,
    parted,
    roles,
)
from rules.field import MISSING, Levels, Places, Strings
from rules.values import hidden
from rules.values.arrays import which
from rules.values.distinct import FEW
from rules.values.hidden import HIDDEN
from rules.values.pairs import Texts, by_strings, in_parts
from rules.values.text import Mask, mask

LEVELS = ("same", "same mailbox", "same, but it bounces", "same name part", "typo", hidden.LEVEL, "different")
_SAME, _MAILBOX, _BOUNCED, _NAME_PART, _TYPO, _SHOWN, _DIFFERENT = range(1, len(LEVELS) + 1)

# Typing errors: at most two edits, and enough characters left that agree.
MAX_EDITS = 2
SHORTEST_ADDRESS = 10
CHARACTERS_AN_EDIT = 4
# What the domain of an employer counts for where the mailbox is hidden in part: colleagues share it.
DOMAIN_SHOWN = 2

_IS_ROLE, _IS_CUT, _BOUNCES, _IS_LONG = 1, 2, 4, 8

# What is known of a value, side by side so that it is fetched at once: numbers of its mailbox, local part and domain,
# its characters before and behind the @ and in all, and marks.
_FACTS = np.dtype(
    [
        ("mailbox", "u4"),
        ("local", "u4"),
        ("domain", "u4"),
        ("before", "u1"),
        ("behind", "u1"),
        ("size", "u1"),
        ("marks", "u1"),
    ]
)

# What stands before the @ may itself begin with the mark.
_BEFORE = pl.col("local").str.len_chars() + pl.col("value").str.starts_with(2 * BOUNCED)
_BEHIND = pl.col("domain").str.len_chars()
_FLAGS = {
    _IS_ROLE: pl.col("role"),
    _IS_CUT: pl.col("value").str.contains(HIDDEN, literal=True),
    _BOUNCES: pl.col("value").str.starts_with(BOUNCED),
    _IS_LONG: _BEFORE >= SHORTEST_NAME_PART,
}
_MADE = {
    "mailbox": (MAILBOX[0].hash(1) ^ MAILBOX[1].hash(2)).rank("dense"),
    "local": pl.col("local").hash().rank("dense"),
    "domain": pl.col("domain").hash().rank("dense"),
    "before": _BEFORE,
    "behind": _BEHIND,
    # A domain in ASCII can be longer than it was written. Sizes only shut pairs out, so that they may be cut.
    "size": (_BEFORE + _BEHIND + 1).clip(upper_bound=np.iinfo(np.uint8).max),
    "marks": pl.sum_horizontal(flag.cast(pl.UInt8) * mark for mark, flag in _FLAGS.items()),
}


def _few_facts(values: list[str]) -> NDArray[np.void]:
    """What `_MADE` is of each value, by plain functions."""
    facts = np.empty(len(values), dtype=_FACTS)
    places: dict[tuple[str, str], int] = {}
    for place, marked in enumerate(values):
        value = marked.removeprefix(BOUNCED)
        name, at = local(value), domain(value)
        before = len(name) + value.startswith(BOUNCED)
        flags = {
            _IS_ROLE: is_role(value),
            _IS_CUT: HIDDEN in marked,
            _BOUNCES: marked.startswith(BOUNCED),
            _IS_LONG: before >= SHORTEST_NAME_PART,
        }
        told = (("mailbox", mailbox(value)), ("local", name), ("domain", at))
        numbered = (places.setdefault(each, len(places)) for each in told)
        size = min(before + len(at) + 1, np.iinfo(np.uint8).max)
        facts[place] = (*numbered, before, len(at), size, sum(flag for flag, holds in flags.items() if holds))
    return facts


def _bounce(values: pl.Series) -> bool:
    """Whether any of a few addresses is known to bounce."""
    return any(value.startswith(BOUNCED) for value in values.to_list())


class Addresses(Texts):
    """Two addresses agree when they reach one mailbox; the same name elsewhere, a typo or a part shown is a hint.

    So is one that is hidden in part ("j…@x.com") and agrees in all that is shown, if that is three characters; the
    domain counts for two, where it is not one that anybody can have. A function's mailbox (info@) says that two
    contacts belong to one office, never that they are one person or two: it cannot be compared with anything.
    """

    def __init__(self, values: pl.Series) -> None:
        super().__init__(values if len(values) < FEW and not _bounce(values) else values.str.strip_prefix(BOUNCED))
        self._marked = values
        self._shown = by_strings(_as_shown)(values)

    def __call__(self, a: Places, b: Places) -> Levels:
        return in_parts(self._levels, a, b)

    @cached_property
    def _facts(self) -> NDArray[np.void]:
        if self.few:
            return _few_facts(self._marked.to_list())
        parts = parted(self.values).with_columns(value=self._marked, role=roles(self.values))
        made = parts.select(**_MADE)
        facts = np.empty(len(made), dtype=_FACTS)
        for name in made.columns:
            facts[name] = made[name].to_numpy()
        return facts

    def _levels(self, a: Places, b: Places) -> Levels:
        mine, other = self._facts.take(a), self._facts.take(b)
        either = mine["marks"] | other["marks"]
        one_local = mine["local"] == other["local"]
        levels = np.full(len(a), _DIFFERENT, dtype=np.uint8)
        levels[one_local & (either & _IS_LONG != 0)] = _NAME_PART
        same = which(mine["mailbox"] == other["mailbox"])
        kinds = np.where(a[same] == b[same], _SAME, _MAILBOX)
        levels[same] = np.where(either[same] & _BOUNCES, _BOUNCED, kinds)
        some = which(either & (_IS_CUT | _IS_ROLE))
        if len(some):
            role = either[some] & _IS_ROLE != 0
            cut = some[~role]
            levels[some[role]] = MISSING
            if len(cut):
                levels[cut] = self._of_cut(a[cut], b[cut])
        near = np.abs(mine["size"].astype(np.int16) - other["size"]) <= MAX_EDITS
        open_ = which(near & (levels == _DIFFERENT))
        allowed = _edits_allowed(mine.take(open_), other.take(open_))
        for edits in range(1, MAX_EDITS + 1):
            some = open_[allowed == edits]
            if len(some):
                levels[some[self._within(edits, a[some], b[some])]] = _TYPO
        return levels

    @cached_property
    def _ends(self) -> tuple[hidden.Ends, ...]:
        """The ends of local parts, and of mailboxes before and behind the @."""
        parts = parted(self.values).select("local", box=MAILBOX[0], place=MAILBOX[1])
        return tuple(map(hidden.Ends, parts))

    def _of_cut(self, a: Places, b: Places) -> Levels:
        """Levels of pairs of which one or both are hidden in part; most contradict each other by an end."""
        local, box, place = ((ends.before(a, b) > 0) | (ends.behind(a, b) > 0) for ends in self._ends)
        levels = np.full(len(a), _DIFFERENT, dtype=np.uint8)
        open_ = which(~place & ~(local & box))
        if len(open_):
            levels[open_] = self._shown(a[open_], b[open_])
        return levels

    def _within(self, edits: int, a: Places, b: Places) -> Mask:
        """Whether each pair is at most so many edits apart."""
        possible = self.can_share(a, b, lambda x, y: np.maximum(x, y) - float(edits))
        return self.where(possible, a, b, lambda x, y: cpdist(x, y, scorer=OSA.distance, score_cutoff=edits) <= edits)


def _edits_allowed(mine: NDArray[np.void], other: NDArray[np.void]) -> NDArray[np.uint8]:
    """How many edits between the two addresses of each pair are a typing error.

    There must be enough characters for each in the parts that differ: without that "al@acme.com" would be a typing
    error of "bo@acme.com".
    """
    before, behind, size = (np.minimum(mine[part], other[part]) for part in ("before", "behind", "size"))
    # Numbers of local parts are equal, too, where one begins with a mark and the other does not.
    one_local = (mine["local"] == other["local"]) & (mine["before"] == other["before"])
    one_domain = mine["domain"] == other["domain"]
    fewest = np.where(one_domain, before, np.where(one_local, behind, np.minimum(before, behind)))
    return np.where(size < SHORTEST_ADDRESS, np.uint8(0), np.minimum(fewest // CHARACTERS_AN_EDIT, MAX_EDITS))


def _as_shown(left: Strings, right: Strings) -> Levels:
    """Levels of pairs of which one or both are hidden in part.

    A tag, or the dots that a provider ignores, may be what is hidden: the names fit with them or without. An address
    that bounces may have been given away, and one of which only a part is known says nothing of who has it.
    """
    bounced = mask((BOUNCED in (a[0], b[0]) for a, b in zip(left, right, strict=True)), len(left))
    sides = [[value.removeprefix(BOUNCED) for value in side] for side in (left, right)]
    names = hidden.alike(*([*map(local, side)] for side in sides))
    boxes = hidden.alike(*([local(mailbox(value)) for value in side] for side in sides))
    places = hidden.alike(*([domain(mailbox(value)) for value in side] for side in sides))
    own = mask((not (HIDDEN in domain(value) or is_free(value) or is_disposable(value)) for value in left), len(left))
    own &= mask((HIDDEN not in domain(value) for value in right), len(right))
    of_name = np.where(names.fits, names.front + names.back, boxes.front + boxes.back)
    enough = (of_name + DOMAIN_SHOWN * own >= hidden.LEAST) & ~bounced
    fits = (names.fits | boxes.fits) & places.fits
    return hidden.told(fits, enough, LEVELS)
