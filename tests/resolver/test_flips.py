from itertools import combinations

import numpy as np
import pytest

from resolver.flips import flips
from resolver.model.odds import probabilities
from resolver.steps.score import Shown
from tests.resolver.store.living import trained

MODEL = trained().model


def shown(**levels):
    """A pair that shows some levels and nothing else."""
    codes = {
        name: np.asarray([MODEL.layout.levels[name].index(level) + 1], dtype=np.uint8) for name, level in levels.items()
    }
    return Shown(MODEL.layout.pack(codes, 1), np.zeros(1, dtype=np.float32))


def logit(pair):
    return float(np.minimum(MODEL.logits(pair.patterns), MODEL.caps(pair.patterns))[0])


ALIKE = {"given": "same", "family": "same", "email": "same"}
UNLIKE = {"given": "different", "family": "different"}
CLOSE = {"given": "same", "family": "same", "company": "same", "phone": "different"}


@pytest.mark.parametrize("levels", [ALIKE, UNLIKE, CLOSE])
@pytest.mark.parametrize("threshold", [-2.0, 0.0, 3.0])
def test_every_flip_turns_the_decision_and_no_part_of_one_does(levels, threshold):
    pair = shown(**levels)
    joined = logit(pair) > threshold
    found = flips(MODEL, pair, {}, threshold)
    for flip in found:
        changed = {**levels, **{one.field: one.then for one in flip.changes}}
        then = logit(shown(**{name: level for name, level in changed.items() if level is not None}))
        assert (then > threshold) != joined
        assert flip.probability == pytest.approx(float(probabilities(np.asarray(then))))
        assert all(one.now == levels.get(one.field) != one.then for one in flip.changes)
        for some in combinations(flip.changes, len(flip.changes) - 1):
            part = {**levels, **{one.field: one.then for one in some}}
            assert (
                logit(shown(**{name: level for name, level in part.items() if level is not None})) > threshold
            ) == joined


def test_the_changes_just_beyond_the_threshold_come_first():
    found = flips(MODEL, shown(**CLOSE), {}, 0.0)
    beyond = [abs(flip.probability - 0.5) for flip in found]
    assert found
    assert beyond == sorted(beyond)


def test_a_value_that_goes_takes_what_its_rarity_added_with_it():
    pair = shown(**ALIKE)
    plain = {flip.changes: flip.probability for flip in flips(MODEL, pair, {}, 0.0)}
    rare = {flip.changes: flip.probability for flip in flips(MODEL, pair, {"given": 2.0}, 0.0)}
    both = [changes for changes in plain.keys() & rare.keys() if any(one.field == "given" for one in changes)]
    assert all(rare[changes] < plain[changes] for changes in both)
    assert both


def test_what_no_two_fields_can_turn_has_no_flip():
    assert flips(MODEL, shown(**ALIKE), {}, 1000.0) == []
