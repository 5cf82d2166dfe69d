import json

import numpy as np
import pytest

from resolver.model.layout import Layout
from resolver.model.mixture import Sample
from resolver.model.model import BITS, Model
from rules.ruleset import Ruleset

RULES = Ruleset.default()
LAYOUT = Layout.of(["given", "family", "email", "phone", "company", "place", "street", "category.gender"], RULES)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(3)
    codes = {name: rng.integers(0, len(levels) + 1, 4000).astype(np.uint8) for name, levels in LAYOUT.levels.items()}
    candidates = Sample.of(LAYOUT.pack(codes, 4000))
    far = {name: np.full(4000, len(levels), dtype=np.uint8) for name, levels in LAYOUT.levels.items()}
    return Model.train(LAYOUT, RULES, candidates, Sample.of(LAYOUT.pack(far, 4000)), {}, 1000)


def test_the_evidence_of_a_pair_sums_up_to_its_score(model):
    rng = np.random.default_rng(4)
    codes = {name: rng.integers(0, len(levels) + 1, 50).astype(np.uint8) for name, levels in LAYOUT.levels.items()}
    patterns = LAYOUT.pack(codes, 50)
    for pattern, logit in zip(patterns, model.logits(patterns), strict=True):
        assert sum(line.weight for line in model.evidence(int(pattern))) == pytest.approx(BITS * logit)


def test_what_is_missing_is_no_evidence(model):
    lines = model.evidence(0)
    assert [line.field for line in lines] == ["start", "other explanations"]


def test_a_model_survives_being_written_to_the_bit(model):
    back = Model.from_json(json.loads(json.dumps(model.as_json())))
    assert back.fingerprint == model.fingerprint
    patterns = LAYOUT.pack({name: np.ones(1, dtype=np.uint8) for name in LAYOUT.levels}, 1)
    assert np.array_equal(back.logits(patterns), model.logits(patterns))


SINGLE = Layout.of(["company"], RULES)


def companies(pairs, level):
    code = SINGLE.levels["company"].index(level) + 1
    return SINGLE.pack({"company": np.full(pairs, code, dtype=np.uint8)}, pairs)


@pytest.mark.parametrize("equal", [0, 3, 300])
def test_in_a_list_of_names_equal_is_taken_for_the_same_and_nothing_is_held_back(equal):
    candidates = np.concatenate((companies(equal, "same"), companies(40, "different")))
    random = np.concatenate((companies(equal, "same"), companies(100_000, "different")))
    model = Model.train(SINGLE, RULES, Sample.of(candidates), Sample.of(random), {}, 900)
    assert model.logits(companies(1, "same"))[0] > 0 > model.logits(companies(1, "different"))[0]
    assert model.caution is None


def test_the_same_data_gives_the_same_model(model):
    rng = np.random.default_rng(3)
    codes = {name: rng.integers(0, len(levels) + 1, 4000).astype(np.uint8) for name, levels in LAYOUT.levels.items()}
    packed = LAYOUT.pack(codes, 4000)
    rng.shuffle(packed)
    far = {name: np.full(4000, len(levels), dtype=np.uint8) for name, levels in LAYOUT.levels.items()}
    again = Model.train(LAYOUT, RULES, Sample.of(packed), Sample.of(LAYOUT.pack(far, 4000)), {}, 1000)
    assert again.fingerprint == model.fingerprint
