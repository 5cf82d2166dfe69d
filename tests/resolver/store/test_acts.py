import numpy as np
import pytest

from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.store import acts
from resolver.store.acts import ActKind
from resolver.store.journal import begin_commit
from resolver.store.tables import pins

SAME, DIFFERENT = Verdict.SAME, Verdict.DIFFERENT


@pytest.fixture
def connection(database):
    with database.writing("") as opened:
        yield opened


def written(connection, kind=ActKind.JUDGE, undoes=None, tenant=""):
    commit = begin_commit(connection, tenant, str(kind))
    return acts.write(connection, commit, tenant, kind, ("ann", "they said so"), undoes)


def undone(connection, number):
    """The number of the act that takes another one back."""
    taken_back = acts.read(connection, "", number)
    by = written(connection, ActKind.UNDO, number)
    acts.switch(connection, "", taken_back)
    return by


def said(connection, *pairs):
    number = written(connection)
    acts.judge(connection, number, pairs)
    return number


def rows(frame):
    return frame.select("left", "right", "verdict").rows()


def test_an_act_says_who_and_why(connection):
    act = acts.read(connection, "", written(connection))
    assert (act.kind, act.who, act.why, act.in_force, act.undoes) == (ActKind.JUDGE, "ann", "they said so", True, None)


@pytest.mark.parametrize(("tenant", "number"), [("", 99), ("other", 1)])
def test_what_nobody_did_is_no_act(connection, tenant, number):
    written(connection)
    with pytest.raises(UsageError, match=f"there is no act {number}"):
        acts.read(connection, tenant, number)


def test_undoing_an_undo_brings_the_first_back_and_so_on(connection):
    chain, states = [written(connection)], []
    for _ in range(4):
        chain.append(undone(connection, chain[-1]))
        states.append([acts.read(connection, "", number).in_force for number in chain])
    assert states == [
        [False, True],
        [True, False, True],
        [False, True, False, True],
        [True, False, True, False, True],
    ]


def test_verdicts_name_each_pair_once_and_in_order(connection):
    said(connection, (9, 2, SAME), (2, 9, SAME), (1, 3, DIFFERENT))
    assert rows(acts.judged(connection, np.asarray([1, 9, 50]))) == [(1, 3, "different"), (2, 9, "same")]


def test_what_was_undone_is_not_said(connection):
    first, second = said(connection, (1, 2, SAME)), said(connection, (2, 3, SAME))
    undone(connection, first)
    assert rows(acts.judged(connection, np.asarray([2]))) == [(2, 3, "same")]
    assert acts.named_by(acts.judged(connection, np.asarray([2]))).tolist() == [2, 3]
    undone(connection, second)
    assert acts.judged(connection, np.asarray([1, 2, 3])).is_empty()


def test_what_hangs_together_by_same_is_found_whole_with_its_contradictions(connection):
    said(connection, (1, 2, SAME), (2, 3, SAME), (3, 4, DIFFERENT), (4, 5, SAME), (7, 8, SAME))
    expected = [(1, 2, "same"), (2, 3, "same"), (3, 4, "different")]
    assert rows(acts.linked(connection, [1])) == expected


def test_of_several_pins_on_one_field_the_newest_in_force_counts(connection):
    numbers = []
    for value in ('"Ann"', None, '"Anna"'):
        numbers.append(written(connection, ActKind.PIN))
        connection.execute(pins.insert().values(act=numbers[-1], record=4, field="given_name", value=value))
    told = []
    for number in (None, numbers[2], numbers[1], numbers[0]):
        if number is not None:
            undone(connection, number)
        told.append(acts.pinned(connection, np.asarray([4, 5]))["value"].to_list())
    assert told == [['"Anna"'], [None], ['"Ann"'], []]
