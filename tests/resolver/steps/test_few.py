"""What a few values are given by plain functions is what operations on whole columns give."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from resolver.columns import encode
from resolver.index import Index
from resolver.model.layout import kind
from resolver.paths.region import candidates_of, golden_of, sharing
from resolver.sources.inputs import read
from resolver.sources.tabular import Reading
from resolver.steps.block import Batch
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.footprint import Footprints, keys_of
from resolver.steps.prepare import prepare
from resolver.store.rows import compared
from rules.registry import FIELDS
from rules.ruleset import Ruleset
from rules.values.distinct import FEW, told_apart
from rules.values.hashes import hashed
from tests.resolver.store.living import people, trained
from tests.rules.test_registry import SAMPLES
from tests.twins import by_columns

RULES = Ruleset.default()
DATA = Path(__file__).parents[3] / "data"
EXPORTS = ("demo/crm.csv", "demo/support.tsv", "demo/webform.csv", "systems/customeros.json", "systems/voipbin.json")
ODD = {
    "given": ["john and mary", "mary and john", "mary", "j r", "jr", "mohammad", "mhmd", "yu", "mario", "maria"],
    "family": ["vanderberg", "berg", "ivanov", "ivanova", "lee jones", "mueller", "muller", "philipps", "philips"],
    "email": [
        "!ann.lee@x.com",
        "!!ann@x.com",
        "a…e@x.com",
        "ann.lee@googlemail.com",
        "annlee@gmail.com",
        "sales2@x.com",
    ],
    "phone": ["?+4477009…", "+12125550147", "~5550147", "+12125550174"],
    "company": ["@acme", "acme services", "bank of america", "boa", "the acme group", "acne", "5 star", "6 star"],
    "street": ["12a main st", "21 main st", "main st old", "old main", "12 mian st"],
    "place": ["92102|san diego|ca|us", "|frankfurt||", "|frankfurt am main||", "sw1|london||gb", "|paris|tx|us"],
}


def records():
    """A few of each kind of export that the project ships."""
    frames = [read([str(DATA / name)], Reading()).records.head(40) for name in EXPORTS]
    found = pl.concat(frames, how="diagonal_relaxed")
    return found.filter(found["record_key"].is_first_distinct())


def columns():
    """What is compared of them, fewer of each than count as many."""
    return compared_columns(prepare(records()).normalised, RULES)


def values_of(name):
    """Distinct values of a field, in their order."""
    found = {*SAMPLES[name], *ODD.get(name, ())}
    if name in (held := columns()):
        found |= {*held[name].listed[1:80]}
    return pl.Series(sorted(found), dtype=pl.String)


@pytest.mark.parametrize("name", FIELDS)
def test_a_few_values_show_the_levels_that_they_show_among_many(name, monkeypatch):
    values = values_of(name)
    assert len(values) < FEW
    a, b = np.triu_indices(len(values))
    plain = FIELDS[name].judge(values)(a, b)
    by_columns(monkeypatch)
    assert plain.tolist() == FIELDS[name].judge(values)(a, b).tolist()


def all_pairs(held):
    records = len(next(iter(held.values())))
    comparer = Comparer.of(held, trained().model.layout, index_of(held), RULES)
    return comparer.compare(held, *np.triu_indices(records, 1))


def index_of(held):
    return Index.of(held, np.ones(len(next(iter(held.values()))), dtype=bool), RULES)


def some(held, number):
    return {name: column.taken(np.arange(number)) for name, column in held.items()}


def test_a_few_records_show_what_they_show_among_many(monkeypatch):
    prepared = prepare(records().head(60)).normalised
    plain = all_pairs(compared_columns(prepared, RULES))
    by_columns(monkeypatch)
    found = all_pairs(compared_columns(prepared, RULES))
    assert {name: levels.tolist() for name, levels in plain.levels.items()} == {
        name: levels.tolist() for name, levels in found.levels.items()
    }
    assert plain.rarity.tolist() == found.rarity.tolist()


def test_what_is_true_of_a_few_values_is_true_of_them_among_many(monkeypatch):
    held, frozen = columns(), trained()
    persons = {name: np.zeros(len(column.values), dtype=np.int64) for name, column in held.items()}
    spelled = np.zeros(len(held["email"].values), dtype=bool)

    def told():
        measured = Index.of(held, np.ones(len(held["email"]), dtype=bool), RULES)
        beside = Index.frozen(held, RULES, frozen.reference, persons, spelled)
        return [
            *(measured.from_name.tolist(), measured.chance),
            *({name: facts.tolist() for name, facts in each.items()} for each in (measured.persons, measured.rare)),
            *({name: facts.tolist() for name, facts in each.items()} for each in (beside.frequency, beside.rare)),
        ]

    plain = told()
    by_columns(monkeypatch)
    assert plain == told()


def test_a_few_records_have_the_footprints_that_they_have_among_many(monkeypatch):
    held, frozen = some(columns(), 60), trained()

    def footprints():
        live = np.ones(60, dtype=bool)
        found = Footprints.of(held, live, ~live, frozen)
        return [part.tolist() for part in (*found.keys, *found.values, found.person)]

    plain = footprints()
    by_columns(monkeypatch)
    assert plain == footprints()


def test_a_few_records_are_prepared_as_they_are_among_many(monkeypatch):
    plain = prepare(records()).normalised.frame()
    by_columns(monkeypatch)
    assert plain.equals(prepare(records()).normalised.frame())


@pytest.mark.parametrize("cap", [1, 2, 50])
def test_a_few_records_meet_whom_they_meet_among_many(cap):
    frozen, held = trained(), compared_columns(prepare(people().head(90)).normalised, RULES)

    class Whole:
        def sizes(self, keys, most):  # noqa: ARG002
            return np.full(len(keys), cap)

    shared = sharing(keys_of(held, np.ones(90, dtype=bool), frozen), frozen, Whole())
    for sides in (None, np.arange(90) % 3):
        few, many = Batch.of_few(*shared, sides), candidates_of(shared, 90, frozen, sides).batch(0, 90)
        assert (few.left.tolist(), few.right.tolist()) == (many.left.tolist(), many.right.tolist())


def test_rows_are_read_alike_whether_few_or_many(monkeypatch):
    rows = pl.DataFrame(
        {
            "source": ["a", "b", "c"],
            "normalised": [
                '{"given":["ann","anna"],"middle":"q"}',
                "{}",
                '{"category.gender":"f","email":["a@x.com"]}',
            ],
        }
    )
    plain = compared(rows)
    by_columns(monkeypatch)
    found = compared(rows)
    assert plain.columns == found.columns
    for name in plain.columns:
        assert plain[name].to_list() == found[name].to_list()


@pytest.mark.parametrize("values", [[], ["b", "a", "b", None], ["é", "z", "Z", "\U0001f600", "ﬀ"]])
def test_values_are_told_apart_put_in_order_and_hashed_alike(values, monkeypatch):
    series = pl.Series("value", values, dtype=pl.String)

    def told():
        (distinct,), codes = told_apart(series)
        column = encode(series)
        listed = encode(pl.Series([[value, value] if value else None for value in values], dtype=pl.List(pl.String)))
        return [
            distinct.gather(codes).to_list(),
            *(each.tolist() for each in (column.codes, listed.codes, hashed(series))),
            *(each.values.to_list() for each in (column, listed)),
        ]

    plain = told()
    by_columns(monkeypatch)
    assert plain == told()


def test_every_field_that_is_compared_is_tried_here():
    assert {kind(name) for name in columns()} >= {"given", "family", "email", "phone", "company"}


def test_golden_records_of_few_are_those_of_many(monkeypatch):
    prepared = prepare(records())
    entity = np.arange(len(prepared.records)) // 4 * 4
    few = golden_of(prepared, entity, trained())
    by_columns(monkeypatch)
    assert_frame_equal(golden_of(prepared, entity, trained()), few)
