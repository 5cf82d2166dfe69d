"""Forest: groups of rows that grow link by link; each step looks only at the groups that it joins."""

import numpy as np

from resolver.columns import End, Rows, distinct
from resolver.components import components


class Forest:
    """Which group each row is in, after the links that were followed so far (Galler & Fischer 1964).

    >>> forest = Forest(4)
    >>> forest.join(np.asarray([0, 1]), np.asarray([1, 2]))
    (array([0, 1, 2]), array([0, 0, 0]))
    >>> forest.group(np.asarray([2, 3])).tolist()
    [0, 3]
    """

    def __init__(self, rows: int) -> None:
        self._label = np.arange(rows)

    def group(self, rows: End) -> Rows:
        """The group of each row, named by its smallest row."""
        found = self._label[rows]
        while not np.array_equal(further := self._label[found], found):
            found = further
        self._label[rows] = found
        return found

    def join(self, left: End, right: End) -> tuple[Rows, Rows]:
        """Follows links between rows.

        Returns the groups that were joined, ascending, and for each the place among them of the one it is in now.
        """
        ends = np.stack((self.group(left), self.group(right)))
        ends = ends[:, ends[0] != ends[1]]
        old = distinct(ends.ravel())
        # What the labels say is looked at and will be said anew: meanwhile they hold the place of each group.
        self._label[old] = np.arange(len(old))
        root = components(len(old), *self._label[ends])
        self._label[old] = old[root]
        return old, root
