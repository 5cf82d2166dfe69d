import numpy as np

from resolver.components import components


def test_components_name_the_smallest_row():
    left, right = np.asarray([4, 2, 1]), np.asarray([2, 5, 3])
    assert components(6, left, right).tolist() == [0, 1, 2, 1, 2, 2]
