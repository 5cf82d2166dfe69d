from functools import partial

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.generate import generate
from resolver.columns import encode_all
from resolver.index import Index
from resolver.model.layout import Layout
from resolver.paths.outcome import families_of
from resolver.sources.inputs import read
from resolver.sources.tabular import Reading
from resolver.steps import weigh as weighing
from resolver.steps.block import block, ends
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.prepare import prepare
from resolver.steps.score import CHUNK, random_pairs, score, show, train
from resolver.steps.weigh import DOUBT, Drawn, Tally, in_one, weigh, with_weak_inside
from rules.ruleset import Blocking, Ruleset

RULES = Ruleset.default()


def tally(*cells):
    """Pairs by families: (bits, the log odds of each pair that they made)."""
    families = np.asarray([bits for bits, logits in cells for _ in logits], dtype=np.uint64)
    return Tally.of(families, np.asarray([logit for _, logits in cells for logit in logits], dtype=np.float64))


def test_pairs_are_counted_by_the_families_that_made_them():
    found = tally((0b01, [0.0, 0.0]), (0b11, [100.0]))
    assert found.masks.tolist() == [0b01, 0b11]
    assert found.pairs.tolist() == [2, 1]
    assert found.chances.tolist() == [1.0, 1.0]


CELLS = st.lists(st.tuples(st.integers(1, 3), st.lists(st.integers(-9, 9), max_size=4)), max_size=4)


@given(CELLS, CELLS)
def test_counts_of_parts_add_up(first, second):
    whole, sums = tally(*first, *second), Tally.together([tally(*first), tally(*second)])
    assert whole.masks.tolist() == sums.masks.tolist()
    assert whole.pairs.tolist() == sums.pairs.tolist()
    assert whole.chances == pytest.approx(sums.chances)


def test_each_family_says_how_many_of_one_person_it_found_and_found_alone():
    frame = pl.DataFrame({"email": [["a@x.com"], ["a@x.com"], None], "phone": [["+1"], ["+1"], ["+1"]]})
    rules = Blocking(
        cap=100,
        pairs_per_record=1000.0,
        keys={"name": ("family.same",), "email": ("email.same",), "phone": ("phone.same",)},
    )
    made = block(encode_all(frame, frame.columns), np.ones(3, dtype=bool), rules)
    found = Tally(np.asarray([0b100, 0b110], dtype=np.uint64), np.asarray([2, 1]), np.asarray([0.6, 0.9]))
    told = {family["name"]: family for family in families_of(made.families, found, rules)}
    assert {name: (family["pairs"], family["found"]) for name, family in told.items()} == {
        "email": (1, 0.9),
        "phone": (3, 1.5),
    }
    assert {name: (family["alone"], family["found_alone"]) for name, family in told.items()} == {
        "email": (0, 0.0),
        "phone": (2, 0.6),
    }


class Made:
    """A small export, blocked, and the model that it trains."""

    def __init__(self):
        columns = compared_columns(prepare(records()).normalised, RULES)
        live = np.ones(len(next(iter(columns.values()))), dtype=bool)
        index = Index.of(columns, live, RULES)
        self.columns, self.candidates = columns, block(columns, live, RULES.blocking)
        self.comparer = Comparer.of(columns, Layout.of(list(columns), RULES), index, RULES)
        self.drawn = Drawn.of(self.candidates, columns, self.comparer)
        chance = show(self.comparer, columns, *random_pairs(np.flatnonzero(live)))
        self.model = train(self.comparer, self.drawn.shown, chance, len(live))

    def weighed(self, drawn):
        return in_one(weigh(self.candidates, self.columns, self.comparer, self.model, drawn))


def records():
    return read([generate(600, 5).drop("truth_id")], Reading()).records


@pytest.fixture(scope="module")
def made():
    return Made()


def test_a_few_candidates_are_all_drawn(made):
    assert made.drawn.shown.share == 1
    assert len(made.drawn.batch) == made.weighed(made.drawn).tally.pairs.sum()


def test_batches_come_to_the_same_as_the_whole(made, monkeypatch):
    monkeypatch.setattr("resolver.steps.block.BATCH", 500)
    monkeypatch.setattr(weighing, "ENOUGH", 1000)
    part = Drawn.of(made.candidates, made.columns, made.comparer)
    assert 0 < part.shown.share < 1
    assert part.shown.sample.counts.sum() == pytest.approx(len(made.drawn.batch), rel=0.3)
    whole, parts = made.weighed(made.drawn), made.weighed(part)
    for name in ("left", "right", "patterns", "logits", "weak"):
        assert getattr(whole, name).tolist() == getattr(parts, name).tolist()
    assert whole.tally.pairs.tolist() == parts.tally.pairs.tolist()


def test_of_strangers_beyond_doubt_nothing_but_the_rows_is_kept(made):
    found = made.weighed(made.drawn)
    assert len(found.weak)
    left, right = ends(found.weak)
    assert (score(made.model, show(made.comparer, made.columns, left, right)) <= DOUBT).all()
    assert (found.logits > DOUBT).all()
    assert len(found.left) + len(found.weak) == found.tally.pairs.sum()


@pytest.mark.parametrize("at_a_time", [7, CHUNK])
def test_weak_pairs_that_others_may_join_are_kept_in_full(made, monkeypatch, at_a_time):
    monkeypatch.setattr("resolver.steps.weigh.CHUNK", at_a_time)
    monkeypatch.setattr("resolver.steps.block.BATCH", 500)
    monkeypatch.setattr(weighing, "ENOUGH", 1000)
    part = Drawn.of(made.candidates, made.columns, made.comparer)
    found = made.weighed(part)
    everything = np.zeros(made.candidates.records, dtype=np.int64)
    batches = weigh(made.candidates, made.columns, made.comparer, made.model, part)
    assert len(batches) > 1
    whole = with_weak_inside(batches, everything, partial(show, made.comparer, made.columns), made.model)
    assert len(whole.weak) == 0
    assert len(whole.left) == found.tally.pairs.sum()
    assert whole.left.tolist() == made.drawn.batch.left.tolist()
    assert whole.logits == pytest.approx(score(made.model, made.drawn.shown))
