"""Connected components: what hangs together."""

import numpy as np

from resolver.columns import End, Rows


def components(records: int, left: End, right: End) -> Rows:
    """For each row the smallest row it is connected to (min-label hooking with pointer jumping)."""
    root = np.arange(records, dtype=np.int64)
    while len(left):
        one, other = root[left], root[right]
        apart = one != other
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        # Of several the last stays; as a root only ever gets a smaller one, the smallest is left at the end.
        root[np.maximum(one, other)] = np.minimum(one, other)
        while not np.array_equal(root, further := root[root]):
            root = further
    return root
