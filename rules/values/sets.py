"""Sets of strings, one of each value of a column, and which pairs of them have one in common."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.field import Places
from rules.values.arrays import which
from rules.values.distinct import FEW
from rules.values.pairs import marks_of, number, numbers
from rules.values.rewriting import Forms
from rules.values.text import Mask


class Sets:
    """The sets of the words of a column, by the numbers of what is in them; a word may have none."""

    def __init__(self, forms: Forms, count: int) -> None:
        """`count`: how many words there are."""
        order = np.argsort(forms.place, kind="stable")
        few = len(forms.form) < FEW
        self._held = (np.array([*map(number, forms.form.to_list())], np.uint64) if few else numbers(forms.form))[order]
        self._size = np.bincount(forms.place, minlength=count).astype(np.int32)
        self._start = np.cumsum(self._size) - self._size

    @cached_property
    def marks(self) -> NDArray[np.uint64]:
        """A 64-bit mark of each set (Bloom, 1970): sets with an element in common have a bit in common."""
        return marks_of(self._held, self._size)

    def share(self, a: Places, b: Places) -> Mask:
        """Whether the two sets of each pair have an element in common."""
        told = (self.marks[a] & self.marks[b]) != 0
        chosen = which(told)
        if not len(chosen):
            return np.asarray(told)
        x, y = a[chosen], b[chosen]
        wide = self._size[y].astype(np.int64)
        each = self._size[x] * wide
        pair = np.repeat(np.arange(len(chosen)), each)
        among = np.arange(len(pair)) - np.repeat(np.cumsum(each) - each, each)
        one = self._held[self._start[x][pair] + among // wide[pair]]
        other = self._held[self._start[y][pair] + among % wide[pair]]
        told[chosen] = np.bincount(pair[one == other], minlength=len(chosen)) > 0
        return np.asarray(told)
