import numpy as np
import polars as pl
import pytest

from resolver import dedupe
from resolver.columns import encode
from resolver.explain import why
from resolver.steps.copies import MANY, originals
from resolver.words.why import why_in_words

NOBODY = np.zeros(0, dtype=np.int64)


def looked_at(fields, live=None, alone=NOBODY):
    columns = {name: encode(pl.Series(values)) for name, values in fields.items()}
    rows = len(next(iter(columns.values())))
    return originals(columns, np.ones(rows, dtype=bool) if live is None else np.asarray(live), alone).tolist()


def test_many_records_that_say_the_same_are_looked_at_once():
    emails = ["ann@x.com", *["bob@x.com"] * (MANY + 1)]
    assert looked_at({"email": emails}) == [0, *[1] * (MANY + 1)]


def test_a_few_are_looked_at_one_by_one():
    assert looked_at({"email": ["bob@x.com"] * MANY}) == list(range(MANY))


def test_a_name_alone_is_no_copy():
    assert looked_at({"family": ["smith"] * 20}) == list(range(20))


@pytest.mark.parametrize(
    ("given", "family"),
    [
        (["ann"] * 19 + ["anne"], ["lee"] * 20),
        (["ann"] * 20, ["lee"] * 19 + [None]),
        (["ann"] * 19 + ["lee"], ["lee"] * 19 + ["ann"]),
    ],
)
def test_what_differs_in_one_field_is_no_copy(given, family):
    found = looked_at({"given": given, "family": family, "email": ["ann@x.com"] * 20})
    assert found == [*[0] * 19, 19]


def test_several_values_may_stand_in_any_order():
    emails = [["a@x.com", "b@x.com"], ["b@x.com", "a@x.com"]] * 10
    assert looked_at({"email": emails}) == [0] * 20


def test_the_deleted_and_those_that_a_verdict_names_stand_for_themselves():
    live = [True] * 19 + [False]
    found = looked_at({"email": ["ann@x.com"] * 20}, live, np.asarray([3]))
    assert found == [0, 0, 0, 3, *[0] * 15, 19]


@pytest.fixture(scope="module")
def flooded():
    """Hundreds of equal records, more than any key may have, a near one, and others."""
    others = [
        {"id": f"o{n}", "name": f"Ann{n % 7} Lee{n}", "email": f"u{n}@x.com", "phone": f"212555{n:04}"}
        for n in range(400)
    ]
    copies = [
        {"id": f"c{n}", "name": "Zelda Quartermain", "email": "zelda@x.com", "phone": "2125559999"} for n in range(250)
    ]
    near = [{"id": "near", "name": "Zelda Quartermaine", "email": "zelda@x.com", "phone": None}]
    return dedupe(pl.DataFrame(others + copies + near))


def test_hundreds_of_equal_records_are_one_entity_with_those_that_are_near(flooded):
    of_zelda = flooded.clusters.filter(~pl.col("record_id").str.starts_with("o"))
    assert of_zelda["entity_id"].n_unique() == 1
    assert flooded.clusters["entity_id"].n_unique() == 401
    golden = flooded.golden.filter(entity_id=of_zelda["entity_id"][0])
    assert golden["records"].list.len().to_list() == [251]


def test_why_says_that_one_was_looked_at_for_all(flooded, tmp_path):
    flooded.write(tmp_path)
    told = why_in_words(why(tmp_path, "c3", "c7"))
    assert "They say the same in every compared field, as 250 records do: one was looked at for all." in " ".join(
        told.split()
    )
    assert "They met through" in why_in_words(why(tmp_path, "c3", "near"))
