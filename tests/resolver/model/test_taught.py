import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.model.layout import Layout
from resolver.model.mixture import Sample
from resolver.model.model import BITS, Model
from resolver.model.taught import RICH, Lesson, crossings, fit, learn
from rules.ruleset import Ruleset

RULES = Ruleset.default()
LAYOUT = Layout.of(["given", "family", "email", "phone", "category.gender"], RULES)
SAME = dict.fromkeys(LAYOUT.levels, 1)
DIFFERENT = {name: len(levels) for name, levels in LAYOUT.levels.items()}


def packed(*rows):
    """Patterns of pairs, each given as {field: level code}; fields left out are missing."""
    codes = {name: np.asarray([row.get(name, 0) for row in rows], dtype=np.uint8) for name in LAYOUT.levels}
    return LAYOUT.pack(codes, len(rows))


def sides():
    out = np.full(LAYOUT.size, -1, dtype=np.int8)
    out[[place.start for place in LAYOUT.places.values()]] = 1
    return out


def lesson(patterns, estimates, same, held=None):
    return Lesson(
        layout=LAYOUT,
        records=1000,
        sides=sides(),
        patterns=patterns,
        estimates=np.asarray(estimates, dtype=np.float64),
        held=np.zeros(len(same), dtype=bool) if held is None else np.asarray(held, dtype=bool),
        same=np.asarray(same, dtype=bool),
        groups=np.arange(len(same)),
    )


def drawn(number, truth, estimate, seed=1):
    """Random pairs whose answers follow `truth` (codes -> log odds) where the estimate is `estimate`."""
    rng = np.random.default_rng(seed)
    codes = {name: rng.choice([0, 1, len(levels)], number).astype(np.uint8) for name, levels in LAYOUT.levels.items()}
    same = rng.random(number) < 1 / (1 + np.exp(-truth(codes)))
    return lesson(LAYOUT.pack(codes, number), estimate(codes), same)


def email_counts(much):
    return lambda codes: np.where(codes["email"] == 1, much, np.where(codes["email"] > 1, -1.0, 0.0))


@pytest.fixture(scope="module", params=["enough pairs", "few pairs, so with caution"])
def model(request):
    rng = np.random.default_rng(3)
    number = 4000 if request.param == "enough pairs" else 40
    codes = {name: rng.integers(0, len(levels) + 1, number).astype(np.uint8) for name, levels in LAYOUT.levels.items()}
    candidates = Sample.of(LAYOUT.pack(codes, number))
    far = packed(*[DIFFERENT] * 4000)
    return Model.train(LAYOUT, RULES, candidates, Sample.of(far), {}, 1000)


@pytest.fixture(scope="module", params=[False, True], ids=["levels alone", "fields together"])
def taught(model, request):
    judged = drawn(RICH, email_counts(3.0), email_counts(1.0))
    held = model.held(judged.patterns)
    return replace(model, taught=fit(replace(judged, held=held), together=request.param))


@settings(max_examples=50)
@given(st.data())
def test_the_evidence_of_a_taught_model_sums_up_to_its_score(taught, data):
    row = {name: data.draw(st.integers(0, len(levels))) for name, levels in LAYOUT.levels.items()}
    pattern = packed(row)
    lines = taught.evidence(int(pattern[0]))
    assert sum(line.weight for line in lines) == pytest.approx(BITS * taught.logits(pattern)[0])
    assert sum(line.learned for line in lines) == pytest.approx(BITS * taught.learned(pattern)[0])


def test_what_labels_taught_is_named_beside_what_was_estimated(model, taught):
    before, after = (
        {line.field: line for line in one.evidence(int(packed({"email": 1})[0]))} for one in (model, taught)
    )
    assert after["email"].weight - before["email"].weight == pytest.approx(after["email"].learned)
    assert after["email"].learned > 0
    assert "labels" in after


def test_a_taught_model_survives_being_written_to_the_bit(taught):
    back = Model.from_json(json.loads(json.dumps(taught.as_json())))
    patterns = packed(SAME, DIFFERENT, {"email": 1, "family": 2})
    assert back.fingerprint == taught.fingerprint
    assert np.array_equal(back.logits(patterns), taught.logits(patterns))


def test_a_taught_model_is_another_model(model, taught):
    assert taught.fingerprint != model.fingerprint


def test_a_model_written_before_there_were_labels_can_be_read(model):
    data = model.as_json()
    del data["taught"]
    assert Model.from_json(data).taught is None


def test_labels_correct_a_weight_that_is_off():
    found = learn(drawn(2000, email_counts(3.0), email_counts(1.0)))
    place = LAYOUT.places["email"].start
    assert found.taught.start + found.taught.levels[place] == pytest.approx(2.0, abs=0.5)
    assert found.after.loss < found.before.loss


def test_levels_that_no_label_shows_stay_as_estimated():
    taught = fit(drawn(200, email_counts(3.0), email_counts(1.0)), together=False)
    typo = LAYOUT.places["email"].start + LAYOUT.levels["email"].index("typo")
    assert taught.levels[typo] == 0.0


def test_a_handful_of_labels_teaches_nothing_however_well_it_fits():
    assert learn(lesson(packed(*[SAME] * 19), np.full(19, -3.0), np.ones(19))).taught is None


@pytest.mark.parametrize("number", [0, 1, 2, 20, 400])
@pytest.mark.parametrize("seed", range(4))
def test_labels_that_agree_with_the_estimate_teach_nothing(number, seed):
    assert learn(drawn(number, email_counts(2.0), email_counts(2.0), seed)).taught is None


def test_contradicting_labels_are_borne_and_teach_nothing():
    same = np.arange(100) % 2 == 0
    assert learn(lesson(packed(*[{"email": 1}] * 100), np.zeros(100), same)).taught is None


@pytest.mark.parametrize("estimate", [-40.0, 40.0])
def test_labels_against_a_very_sure_estimate_move_it_by_no_more_than_the_prior_bears(estimate):
    judged = lesson(packed(*[{"email": 1}] * 50), np.full(50, estimate), np.full(50, estimate < 0))
    moved = fit(judged, together=False)
    assert np.sign(moved.start) == -np.sign(estimate)
    assert abs(moved.start + moved.levels.sum()) <= 40 + 10


def test_few_labels_move_less_than_many():
    few, many = (
        fit(drawn(number, email_counts(3.0), email_counts(1.0)), together=False).levels[LAYOUT.places["email"].start]
        for number in (20, 2000)
    )
    assert abs(few) < abs(many)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_labels_changes_nothing(random):
    judged = drawn(60, email_counts(3.0), email_counts(0.0))
    order = list(range(60))
    random.shuffle(order)
    shuffled = judged.where(np.asarray(order))
    one, other = (fit(some, together=False) for some in (judged, shuffled))
    assert other.levels == pytest.approx(one.levels, abs=1e-6)
    assert (learn(shuffled).taught is None) == (learn(judged).taught is None)


def test_what_caution_holds_back_can_be_learned_as_a_whole():
    judged = drawn(
        400, lambda codes: np.where(codes["email"] == 0, 3.0, 0.0), lambda codes: np.where(codes["email"] == 0, -0.2, 0)
    )
    held = LAYOUT.unpack(judged.patterns)["email"] == 0
    taught = learn(replace(judged, held=held)).taught
    assert taught.held > 1
    assert (judged.estimates + taught.added(LAYOUT, judged.patterns, held))[held].mean() > 1


def test_labels_can_raise_the_cap_of_caution(taught):
    patterns = packed({"family": 1}, {"email": 1})
    capped = taught.held(patterns)
    untaught = replace(taught, taught=None)
    assert np.array_equal(np.isfinite(taught.caps(patterns)), capped)
    assert taught.caps(patterns)[capped] == pytest.approx(
        untaught.caps(patterns)[capped] + taught.learned(patterns)[capped]
    )


def test_fields_that_only_mean_something_together_are_learned_from_many_labels():
    def exclusive(codes):
        agree = [(codes[name] == 1).astype(int) - (codes[name] > 1).astype(int) for name in ("email", "family")]
        return 3.0 * agree[0] * agree[1]

    found = learn(drawn(1500, exclusive, lambda codes: np.zeros(len(codes["email"]))))
    both = next(
        number
        for number, one in enumerate(crossings(LAYOUT))
        if set(one.fields) == {"family", "email"} and one.sides == (1, 1)
    )
    assert found.taught.together[both] > 1
    reason = found.taught.reasons(LAYOUT, packed({"email": 1, "family": 1}), np.zeros(1, dtype=bool))[1][0]
    assert "family agrees, email agrees" in reason


def test_few_labels_learn_no_fields_together():
    taught = fit(drawn(RICH - 1, email_counts(3.0), email_counts(0.0)), together=False)
    assert not len(taught.together)
