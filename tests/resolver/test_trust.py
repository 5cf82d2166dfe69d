"""How right and complete joins are, by what people decided."""

import numpy as np
import pytest

from resolver.judgement import Verdict
from resolver.model.odds import log_odds
from resolver.store.census import STEPS, census, spread, told
from resolver.trust import TELLING, _bands, _shares, trust
from tests.resolver.store.doubtful import ONE, OTHER, doubting
from tests.resolver.store.living import BOB, fresh

SAME, DIFFERENT, UNSURE = Verdict


def step(probability):
    return round(log_odds(probability) * STEPS)


def shares(pairs, decisions, threshold=0.5):
    bands = _bands(pairs, decisions, threshold)
    return _shares(bands, np.asarray([band.at_least >= threshold for band in bands]))


def test_without_decisions_nothing_is_held_to_be_measured():
    precision, recall = shares({step(0.95): 500, step(0.3): 500}, [])
    assert not precision.is_measured
    assert precision.high - precision.low > TELLING
    assert precision.decisions > 0
    assert recall.low < recall.value < recall.high
    sure = shares({step(0.9999): 500}, [])[1]
    assert not sure.is_measured
    assert sure.decisions > 0


def test_decisions_move_the_share_and_narrow_its_interval():
    pairs = {step(0.95): 500}
    few = shares(pairs, [(step(0.95), True)] * 10)[0]
    many = shares(pairs, [(step(0.95), True)] * 190 + [(step(0.95), False)] * 10)[0]
    assert many.high - many.low < few.high - few.low
    assert many.low < 0.95 < many.high
    assert many.decisions == 0
    wrong = shares(pairs, [(step(0.95), False)] * 190 + [(step(0.95), True)] * 10)[0]
    assert wrong.high < 0.15


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Worlds in which the engine is off: 1,000 pairs a band, 60 decisions a band, drawn at random."""
    draw, held = np.random.default_rng(7), 0
    steps = [step(one) for one in (0.3, 0.6, 0.8, 0.95, 0.995)]
    worlds = 200
    for _ in range(worlds):
        share = np.sort(draw.uniform(0.05, 1.0, len(steps)))
        true = draw.binomial(1000, share)
        decisions = [
            (place, bool(one))
            for place, number in zip(steps, true, strict=True)
            for one in draw.permutation(np.arange(1000) < number)[:60]
        ]
        precision, recall = shares(dict.fromkeys(steps, 1000), decisions)
        above = true[1:].sum()
        held += precision.low <= above / 4000 <= precision.high
        held += recall.low <= above / true.sum() <= recall.high
    assert held / (2 * worlds) > 0.9


def test_where_nothing_lies_above_the_line_nothing_is_told():
    precision, recall = shares({step(0.1): 10}, [], threshold=0.9)
    assert not precision.is_measured
    assert not recall.is_measured
    assert shares({}, []) == (precision, recall)


@pytest.fixture
def living(tmp_path):
    resolver = fresh(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER, BOB)
    yield resolver
    resolver.database.close()


def test_a_store_tells_what_was_said_of_its_pairs_and_what_speaks_against_a_line(living):
    keys = [(one.source, one.record_id) for one in (ONE, OTHER)]
    with living.database.reading() as connection:
        (place,) = spread(connection, "")
        assert told(connection, "") == []
    act = living.judge(*keys, SAME, who="kim")
    found = trust(living, 0.999)
    assert (found.decisions, found.against) == (1, 1)
    assert sum(band.same for band in found.bands) == 1
    living.undo(act.act, who="kim")
    living.judge(*keys, UNSURE, who="kim")
    assert trust(living, 0.999).decisions == 0
    assert trust(living, float(np.clip(1 / (1 + np.exp(-(place - 1) / STEPS)), 0.001, 0.999))).against == 0


def test_a_census_counts_records_and_people_of_each_source(living):
    with living.database.reading() as connection:
        found = census(connection, "")
        assert census(connection, "nobody").records == 0
    assert (found.records, found.people) == (3, len(living.entities()))
    assert sum(one.records for one in found.sources) == 3
    assert all(one.again == one.records - one.people >= 0 for one in found.sources)
