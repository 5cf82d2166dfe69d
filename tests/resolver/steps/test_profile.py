from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import encode
from resolver.steps.cluster import Bounds, cluster
from resolver.steps.profile import SHARE, Grouping

SHARED, NOTHING = 8.0, -2.0


class Weigher:
    """Two rows that share a mailbox are one person. Remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, columns, left, right):
        rows, codes = columns["email"].held
        held = [set(columns["email"].values[codes[rows == row]]) for row in range(len(columns["email"]))]
        self.asked += [(held[a], held[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return np.asarray([SHARED if held[a] & held[b] else NOTHING for a, b in pairs])


def rows(pairs):
    """Pairs of rows as two arrays."""
    return tuple(np.asarray([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))


def bounds(same=(), different=(), sides=None):
    return Bounds.of(rows(same), rows(different), None if sides is None else np.asarray(sides, dtype=np.int64))


def grouping(emails, pairs, weigh=None, **told):
    """emails: the mailboxes of each record. pairs: {(left, right): log odds}."""
    column = encode(pl.Series(emails, dtype=pl.List(pl.String)))
    logits = np.asarray(list(pairs.values()), dtype=np.float64)
    return Grouping(rows(pairs), logits, {"email": column}, weigh or Weigher(), bounds(**told))


def entities(emails, pairs, threshold=0.0, **told):
    return grouping(emails, pairs, **told).entities(len(emails), threshold).tolist()


# Five records of one person, of whom the last has the mailbox of the sixth record.
EMAILS = [["a@x.com"], ["a@x.com"], ["a@x.com"], None, ["a@x.com", "b@y.com"], ["b@y.com"]]
ALIKE = dict.fromkeys(combinations(range(5), 2), 5.0)
ONE_OF_FIVE = {**ALIKE, **dict.fromkeys([(row, 5) for row in range(4)], -3.0), (4, 5): 3.0}
MEAN = (3.0 - 4 * 3.0) / 5
EVIDENCE = SHARE * SHARED + (1 - SHARE) * MEAN


def test_a_record_joins_by_what_the_others_know_together_where_the_mean_of_their_pairs_speaks_against():
    logits = np.asarray(list(ONE_OF_FIVE.values()))
    assert cluster(6, *rows(ONE_OF_FIVE), logits).tolist() == [0, 0, 0, 0, 0, 5]
    assert entities(EMAILS, ONE_OF_FIVE) == [0] * 6


def test_a_record_that_shares_nothing_with_them_stays_apart():
    assert entities([*EMAILS[:5], ["c@z.com"]], ONE_OF_FIVE) == [0, 0, 0, 0, 0, 5]


def test_two_groups_are_one_row_each_with_every_value_once():
    weigh = Weigher()
    entities(EMAILS, ONE_OF_FIVE, weigh=weigh)
    assert weigh.asked == [({"a@x.com", "b@y.com"}, {"b@y.com"})]


@pytest.mark.parametrize(("above", "found"), [(-0.01, [0] * 6), (0.01, [0, 0, 0, 0, 0, 5])])
def test_the_evidence_between_groups_must_exceed_the_threshold(above, found):
    assert entities(EMAILS, ONE_OF_FIVE, threshold=EVIDENCE + above) == found


@pytest.mark.parametrize(
    "told",
    [
        {"sides": [0, 1, 2, 3, 4, 0]},  # the source of the first record and the last holds nobody twice
        {"different": [(2, 5)]},
    ],
)
def test_what_no_score_may_change_holds_between_groups_too(told):
    assert entities(EMAILS, ONE_OF_FIVE, **told) == [0, 0, 0, 0, 0, 5]


def test_records_that_somebody_said_are_the_same_are_one_group():
    emails = [*EMAILS, ["d@z.com"]]
    assert entities(emails, ONE_OF_FIVE, same=[(5, 6)]) == [0] * 7
    assert entities(emails, ONE_OF_FIVE, same=[(5, 6)], different=[(0, 6)]) == [0, 0, 0, 0, 0, 5, 5]


def test_two_single_records_are_not_weighed_twice():
    weigh = Weigher()
    assert entities([["a@x.com"]] * 2, {(0, 1): 3.0}, weigh=weigh, different=[(0, 1)]) == [0, 1]
    assert weigh.asked == []


def test_groups_that_no_pair_above_the_threshold_connects_are_not_weighed():
    weigh = Weigher()
    pairs = {**ONE_OF_FIVE, (4, 5): -0.5}
    assert entities(EMAILS, pairs, weigh=weigh) == [0, 0, 0, 0, 0, 5]
    assert weigh.asked == []


def test_without_pairs_everybody_stays_alone():
    assert entities([["a@x.com"]] * 3, {}) == [0, 1, 2]


@st.composite
def drawn(draw):
    """Records with mailboxes and scored pairs; no two pairs have equal odds, so that nothing hangs on ties."""
    number = draw(st.integers(2, 9))
    mailboxes = st.lists(st.sampled_from(["a@x.com", "b@x.com", "c@x.com"]), max_size=2, unique=True)
    emails = draw(st.lists(mailboxes, min_size=number, max_size=number))
    pairs = draw(st.lists(st.sampled_from(list(combinations(range(number), 2))), unique=True))
    odds = np.random.default_rng(draw(st.integers(0, 10_000))).uniform(-3, 6, len(pairs))
    return emails, dict(zip(pairs, odds.tolist(), strict=True))


def partition(found, names):
    """The groups of names."""
    groups = {}
    for name, entity in zip(names, found, strict=True):
        groups.setdefault(entity, set()).add(name)
    return sorted(map(sorted, groups.values()))


@given(drawn(), st.randoms(use_true_random=False), st.sampled_from([0.0, 1.5]))
def test_the_order_of_rows_changes_nothing(told, random, threshold):
    emails, pairs = told
    order = list(range(len(emails)))
    random.shuffle(order)
    place = {row: at for at, row in enumerate(order)}
    moved = {tuple(sorted((place[a], place[b]))): odds for (a, b), odds in pairs.items()}
    found = entities(emails, pairs, threshold)
    again = entities([emails[row] for row in order], moved, threshold)
    assert partition(again, order) == partition(found, range(len(emails)))


@given(drawn())
def test_an_entity_is_called_after_its_smallest_row_and_the_first_linkage_is_never_undone(told):
    emails, pairs = told
    first = cluster(len(emails), *rows(pairs), np.asarray(list(pairs.values()), dtype=np.float64)).tolist()
    found = entities(emails, pairs)
    assert all(found[row] == found[entity] for row, entity in enumerate(first))
    assert all(entity == min(row for row, other in enumerate(found) if other == entity) for entity in found)


@given(drawn(), st.data())
def test_no_entity_holds_two_that_are_different_or_of_one_clean_source(told, data):
    emails, pairs = told
    number = len(emails)
    different = data.draw(st.lists(st.sampled_from(list(combinations(range(number), 2))), max_size=3, unique=True))
    sides = data.draw(st.lists(st.integers(0, number), min_size=number, max_size=number))
    found = entities(emails, pairs, different=different, sides=sides)
    for a, b in combinations(range(number), 2):
        assert found[a] != found[b] or (sides[a] != sides[b] and (a, b) not in different)
