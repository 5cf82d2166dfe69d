import numpy as np
import pytest

from resolver.model.layout import Layout
from resolver.model.mixture import RANDOM, REST, Sample, chance, estimate, priors
from rules.ruleset import SWAPPED, Ruleset

RULES = Ruleset.default()
LAYOUT = Layout.of(["given", "family", "email", "category.gender"], RULES)
ALL_PAIRS = 5000 * 4999 / 2


def drawn(rng, pairs, shares):
    """Patterns of pairs whose levels are drawn independently from {field: shares of its levels}."""
    codes = {name: rng.choice(len(shares[name]), pairs, p=shares[name]).astype(np.uint8) + 1 for name in LAYOUT.levels}
    return LAYOUT.pack(codes, pairs)


def shares(same):
    """A field's level shares with a given share on its first level and the rest on its last."""
    return {name: [same[name], *([0.0] * (len(levels) - 2)), 1 - same[name]] for name, levels in LAYOUT.levels.items()}


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(1)
    matches = drawn(rng, 3000, shares({"given": 0.9, "family": 0.95, "email": 0.97, "category.gender": 0.99}))
    strangers = {"given": 0.01, "family": 0.005, "email": 0.0, "category.gender": 0.5}
    candidates = np.concatenate((matches, drawn(rng, 2000, shares({**strangers, "family": 1.0}))))
    random = Sample.of(drawn(rng, 100_000, shares(strangers)))
    return estimate(LAYOUT, RULES, Sample.of(candidates), random, {}, 5000)


def test_the_share_of_matches_is_found_without_labels(fitted):
    first, _ = fitted
    assert first.weights[0] * ALL_PAIRS == pytest.approx(3000, rel=0.1)


def test_agreement_among_the_same_person_is_found_without_labels(fitted):
    first, _ = fitted
    found = [first.levels[0, LAYOUT.places[name].start] for name in ("given", "family")]
    assert found == pytest.approx([0.9, 0.95], abs=0.05)


def test_chance_comes_from_random_pairs(fitted):
    first, _ = fitted
    assert first.levels[1, LAYOUT.places["given"].start] == pytest.approx(0.01, abs=0.002)


def test_every_class_has_probabilities_that_sum_to_one(fitted):
    for mixture in fitted:
        for place in LAYOUT.places.values():
            assert mixture.levels[:, place].sum(axis=1) == pytest.approx(np.ones(len(mixture.classes)), abs=1e-6)


def test_in_the_second_mixture_chance_is_what_it_shows_among_candidates(fitted):
    first, second = fitted
    family, given_name = (LAYOUT.places[name].start for name in ("family", "given"))
    # all strangers among the candidates met by their family name
    assert first.levels[1, family] == pytest.approx(0.005, abs=0.002)
    assert second.levels[1, family] > 0.9
    assert second.levels[1, given_name] < 0.1
    assert second.weights[1] * ALL_PAIRS == pytest.approx(2000, rel=0.1)


def test_the_mixtures_differ_in_chance_alone(fitted):
    first, second = fitted
    others = [number for number, name in enumerate(first.classes) if name != RANDOM]
    assert first.classes == second.classes
    assert np.array_equal(first.levels[others], second.levels[others])
    assert np.array_equal(first.weights[others], second.weights[others])


SHARED = "same, shared by 10 or more"
PHONES = Layout.of(["given", "family", "phone"], RULES)


def alike(pairs, **levels):
    """Patterns of pairs that all show the same levels."""
    codes = {name: np.full(pairs, PHONES.levels[name].index(level) + 1) for name, level in levels.items()}
    return PHONES.pack({name: code.astype(np.uint8) for name, code in codes.items()}, pairs)


def by_chance(same, strangers, field, level):
    """The share among strangers that 1000 pairs give a level, of which `same` are one person by all else they show."""
    agree, differ = {"given": "same", "family": "same"}, {"given": "different", "family": "different"}
    candidates = (
        alike(2000, **agree, phone="same"),
        alike(same, **agree, phone=SHARED),
        alike(strangers, **differ, phone=SHARED),
    )
    random = Sample.of(alike(100_000, **differ, phone="different"))
    known = {"phone": {SHARED: 1000 / ALL_PAIRS}, "given": {SWAPPED: 0.0002}}
    first, _ = estimate(PHONES, RULES, Sample.of(np.concatenate(candidates)), random, known, 5000)
    return first.levels[1, PHONES.places[field].start + PHONES.levels[field].index(level)]


@pytest.mark.parametrize(("same", "strangers"), [(20, 980), (500, 500), (900, 100)])
def test_of_the_pairs_that_share_a_value_only_the_strangers_count_as_chance(same, strangers):
    assert by_chance(same, strangers, "phone", SHARED) * ALL_PAIRS == pytest.approx(strangers, rel=0.05)


def test_some_of_those_who_share_a_value_are_strangers_however_alike_all_are():
    assert by_chance(1000, 0, "phone", SHARED) * ALL_PAIRS == pytest.approx(REST * 1000, rel=0.05)


def test_how_often_names_swap_by_chance_is_counted_among_strangers_and_stays():
    assert by_chance(500, 500, "given", SWAPPED) == pytest.approx(0.0002, rel=0.01)


def test_a_level_never_seen_by_chance_keeps_a_sliver():
    _, shipped = priors(LAYOUT, RULES)
    nothing = Sample(np.zeros(0, dtype=np.uint64), np.zeros(0))
    assert chance(LAYOUT, nothing, {}, shipped) == pytest.approx(shipped)


def test_a_share_that_was_counted_is_not_estimated():
    _, shipped = priors(LAYOUT, RULES)
    rng = np.random.default_rng(2)
    random = Sample.of(drawn(rng, 10_000, shares(dict.fromkeys(LAYOUT.levels, 0.0))))
    level = "same, shared by 10 or more"
    found = chance(LAYOUT, random, {"email": {level: 0.004}}, shipped)
    at = LAYOUT.places["email"].start + LAYOUT.levels["email"].index(level)
    assert found[at] == pytest.approx(0.004, rel=0.01)
