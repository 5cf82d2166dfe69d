from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.expect import (
    CAUTIOUS,
    CONTRADICTION,
    NO_JOINS,
    NOTHING,
    ONE_WAY,
    Expected,
    Joins,
    Range,
    Views,
    expect,
    never_met,
)
from resolver.model.odds import log_odds
from resolver.steps.doubt import Linked
from resolver.steps.weigh import Tally
from rules.ruleset import Blocking

BLOCKING = Blocking(
    cap=100,
    pairs_per_record=12,
    keys={"email": ("email.same",), "name": ("given.root", "family.same"), "both": ("email.same", "family.same")},
)
EMAIL, NAME, BOTH = 1, 2, 4


def linked(entity, pairs):
    left, right, chance = zip(*pairs, strict=True) if pairs else ((), (), ())
    rows = (np.asarray(side, dtype=np.int64) for side in (entity, left, right))
    return Linked(*rows, np.asarray([log_odds(p) for p in chance], dtype=float))


def wrong_joins(entity, pairs, *views):
    scored = linked(entity, pairs)
    joins = Joins.of(scored, seen(scored, *views))
    return joins.joined, joins.wrong


def expected_of(scored, views, unmet, *, cautious):
    return expect(Joins.of(scored, views), scored.couples.expected, unmet, cautious=cautious)


def seen(scored, *views):
    """Views that give each pair these probabilities."""
    below = (np.asarray([log_odds(p) for p in view]) - scored.logits for view in views)
    each = np.arange(len(scored.logits), dtype=np.uint64)
    return Views(each, tuple(below), each)


def test_a_pair_counts_as_its_probability():
    joined, wrong = wrong_joins([0, 0, 2, 2], [(0, 1, 0.9), (2, 3, 0.6)])
    assert joined == 2
    assert wrong.value == pytest.approx(0.5)


def test_a_pair_that_never_met_is_as_sure_as_the_weakest_link_between_its_records():
    joined, wrong = wrong_joins([0, 0, 0], [(0, 1, 0.99), (1, 2, 0.8)])
    assert joined == 3
    assert wrong.value == pytest.approx(0.01 + 2 * 0.2)


def test_a_pair_that_looks_unlike_is_one_person_when_others_connect_it():
    _, wrong = wrong_joins([0, 0, 0], [(0, 1, 0.99), (1, 2, 0.99), (0, 2, 0.1)])
    assert wrong.value == pytest.approx(0.03)


def test_two_estimates_give_their_middle_and_an_interval_that_holds_both():
    pairs = [(2 * place, 2 * place + 1, 0.99) for place in range(1000)]
    entity = np.repeat(np.arange(0, 2000, 2), 2)
    joined, wrong = wrong_joins(entity, pairs, [0.99] * 1000, [0.84] * 1000)
    assert joined == 1000
    assert wrong.value == pytest.approx(40)
    assert wrong.low < 10
    assert wrong.high > 160


def test_a_link_between_large_groups_may_be_wrong_for_all_their_pairs_at_once():
    groups = [(a, b, 0.9999) for first in (0, 10) for a in range(first, first + 10) for b in range(a + 1, first + 10)]
    _, wrong = wrong_joins([0] * 20, [*groups, (0, 10, 0.9)])
    assert wrong.value == pytest.approx(10, rel=0.01)
    assert wrong.low == 0
    assert wrong.high > 60


def test_what_people_joined_without_any_evidence_is_not_called_wrong():
    joined, wrong = wrong_joins([0, 0], [])
    assert (joined, wrong.value) == (1, 0)


PARTS = st.lists(st.integers(0, 3), min_size=2, max_size=9)


@given(PARTS, st.data())
def test_no_more_joins_are_wrong_than_there_are(parts, data):
    first = {part: place for place, part in reversed(list(enumerate(parts)))}
    entity = [first[part] for part in parts]
    pairs = [
        (a, b, data.draw(st.floats(0.01, 0.99)))
        for a in range(len(parts))
        for b in range(a + 1, len(parts))
        if data.draw(st.booleans())
    ]
    joined, wrong = wrong_joins(entity, pairs)
    assert 0 <= wrong.low <= wrong.value <= wrong.high <= joined


def found_by(*cells):
    """Candidate pairs by the families that found them: (families, how many pairs), all surely one person."""
    families = np.repeat([family for family, _ in cells], [number for _, number in cells]).astype(np.uint64)
    return Tally.of(families, np.full(len(families), 30.0))


def test_pairs_found_twice_tell_how_many_were_found_never():
    # each kind misses every tenth, so one in a hundred is missed by both
    thousand = {**BLOCKING.keys, "phone": ("phone.same",), "street": ("street.same",)}
    blocking = BLOCKING.model_copy(update={"keys": thousand})
    street = 16
    cells = [(EMAIL | NAME | street, 810), (EMAIL | street, 90), (NAME | street, 90)]
    assert never_met(found_by(*cells, (EMAIL | NAME, 9), (EMAIL, 1)), blocking) == pytest.approx(10 * 10 / 810, abs=8)


def test_one_kind_of_key_alone_tells_nothing_of_what_never_met():
    assert never_met(found_by((NAME, 500)), BLOCKING) is None
    assert never_met(found_by((NAME, 500), (BOTH, 500)), BLOCKING) is None


def test_nothing_compared_tells_nothing():
    assert never_met(found_by(), BLOCKING) is None


def one_entity(chance, couples=50):
    """Entities of two, each held by one link."""
    entity = np.repeat(np.arange(0, 2 * couples, 2), 2)
    return linked(entity, [(place, place + 1, chance) for place in range(0, 2 * couples, 2)])


@pytest.mark.parametrize(
    ("chance", "view", "unmet", "cautious", "why", "why_missed"),
    [
        (0.99, 0.99, 4.0, False, "", ""),
        (0.99, 0.99, 4.0, True, CAUTIOUS, ""),
        (0.99, 0.99, None, False, "", ONE_WAY),
        (0.99, 0.3, 4.0, False, CONTRADICTION, ""),
    ],
)
def test_what_cannot_be_known_is_not_told_and_says_why(chance, view, unmet, cautious, why, why_missed):
    scored = one_entity(chance)
    made = expected_of(scored, seen(scored, [view] * 50), unmet, cautious=cautious)
    assert (made.silent, made.silent_missed) == (why, why_missed)
    facts = made.as_dict()
    assert (facts["right_when_it_joins"] is None) == bool(why)
    assert (facts["duplicates_found"] is None) == bool(why or why_missed)
    assert facts["why_not"] == (why or why_missed or None)


def test_where_nothing_was_joined_nothing_is_told():
    scored = linked([0, 1], [(0, 1, 0.3)])
    made = expected_of(scored, seen(scored), 0.0, cautious=False)
    assert made.silent == NO_JOINS
    assert made.apart == pytest.approx(0.3)


def test_pairs_that_never_met_but_are_joined_are_not_missed():
    scored = linked([0, 0, 0], [(0, 1, 0.999), (1, 2, 0.999)])
    assert expected_of(scored, seen(scored), 1.0, cautious=False).unmet == pytest.approx(0, abs=0.01)
    assert expected_of(scored, seen(scored), 5.0, cautious=False).unmet == pytest.approx(4, abs=0.01)


PART = Expected(100, Range(1, 2, 8), Range(5, 10, 20), apart=4.0, unmet=6.0)


def test_tenants_add_up():
    both = PART + PART
    assert (both.joined, both.wrong, both.missed) == (200, Range(2, 4, 16), Range(10, 20, 40))
    assert both.right.value == pytest.approx(0.98)
    assert both.found.value == pytest.approx(196 / 216)


@pytest.mark.parametrize(("other", "silent"), [(NOTHING, ""), (replace(PART, silent=CAUTIOUS), CAUTIOUS), (PART, "")])
def test_a_tenant_that_cannot_be_estimated_silences_all_unless_it_joined_nothing(other, silent):
    assert (PART + other).silent == silent
    assert (other + PART).silent == silent
