import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.steps.forest import Forest

ROWS = 12
LINKS = st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)), max_size=8)


def sides(links):
    return np.asarray(links, dtype=np.int64).reshape(-1, 2).T


@given(st.lists(LINKS, max_size=4))
def test_groups_are_what_all_links_so_far_connect(levels):
    forest, graph = Forest(ROWS), nx.empty_graph(ROWS)
    for links in levels:
        forest.join(*sides(links))
        graph.add_edges_from(links)
        smallest = {row: min(group) for group in nx.connected_components(graph) for row in group}
        assert forest.group(np.arange(ROWS)).tolist() == [smallest[row] for row in range(ROWS)]


@given(LINKS, LINKS)
def test_joining_tells_which_groups_became_one(first, second):
    forest = Forest(ROWS)
    forest.join(*sides(first))
    before = forest.group(np.arange(ROWS))
    old, root = forest.join(*sides(second))
    after = forest.group(np.arange(ROWS))
    assert set(old.tolist()) <= set(before.tolist())
    assert forest.group(old).tolist() == old[root].tolist()
    untouched = ~np.isin(before, old)
    assert (after[untouched] == before[untouched]).all()
