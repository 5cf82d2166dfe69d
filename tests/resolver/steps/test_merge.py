from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from resolver.steps.merge import Facts, Offers, merge
from rules.ruleset import Ruleset

RULES = Ruleset.default()


def facts(entity, sources=None, updated=None):
    number = len(entity)
    return Facts(
        entity=np.asarray(entity),
        record_key=pl.Series("record_key", [f"s:{row}" for row in range(number)]),
        source=pl.Series(sources or ["s"] * number),
        updated=pl.Series(updated or [None] * number, dtype=pl.Datetime("us", "UTC")),
        made_by=pl.Series([None] * number, dtype=pl.String),
    )


def offers(rows, values, *, same=None, valid=None):
    """`values` are columns of what the rows offer; equal first columns mean the same unless told otherwise."""
    frame = pl.DataFrame(values)
    told = frame.select(pl.first()) if same is None else pl.DataFrame({"same": same})
    return Offers(np.asarray(rows), frame, told, valid=None if valid is None else np.asarray(valid))


def golden(entity, rules=RULES, sources=None, updated=None, **groups):
    return merge(facts(entity, sources, updated), groups.items(), rules)


def test_the_most_frequent_value_wins_and_says_where_it_is_from():
    made = golden([0, 0, 0], birth_date=offers([0, 1, 2], {"birth_date": ["1980-01-01", "1981-01-01", "1981-01-01"]}))
    assert made["birth_date"].to_list() == ["1981-01-01"]
    assert made["provenance"].to_list() == [{"birth_date": "s:1"}]
    assert made["records"].to_list() == [["s:0", "s:1", "s:2"]]


def test_a_valid_value_wins_over_a_frequent_one():
    made = golden(
        [0, 0, 0], email=offers([0, 1, 2], {"email": ["bad@", "bad@", "ann@x.com"]}, valid=[False, False, True])
    )
    assert made["email"].to_list() == ["ann@x.com"]


def test_a_value_that_comes_second_is_golden_only_where_there_is_no_other():
    dates = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]
    offered = offers([0, 1, 2, 3], {"socials": ["ann", "a…", "a…", "b…"]})
    second = np.asarray([False, True, True, True])
    made = golden([0, 0, 0, 3], updated=dates, socials=replace(offered, second=second))
    assert made["socials"].to_list() == ["ann", "b…"]
    assert made["other_socials"].to_list() == [["a…"], []]


def test_a_value_that_comes_second_does_not_stand_in_for_one_that_is_barred():
    offered = offers([0, 1], {"email": ["ann@x.com", "a…@x.com"]})
    barred, second = np.asarray([True, False]), np.asarray([False, True])
    assert golden([0, 0], email=replace(offered, barred=barred, second=second))["email"].to_list() == [None]


def test_the_newer_record_decides_between_equals():
    dates = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)]
    made = golden([0, 0], updated=dates, phone=offers([0, 1], {"phone": ["+1", "+2"]}))
    assert made["phone"].to_list() == ["+2"]


def test_a_trusted_source_decides_before_frequency():
    rules = RULES.model_copy(update={"survivorship": RULES.survivorship.model_copy(update={"sources": ("crm",)})})
    made = golden(
        [0, 0, 0],
        rules,
        sources=["web", "web", "crm"],
        email=offers([0, 1, 2], {"email": ["w@x.com", "w@x.com", "c@x.com"]}),
    )
    assert made["email"].to_list() == ["c@x.com"]


def test_an_address_is_never_mixed_from_two_records():
    made = golden(
        [0, 0],
        address=offers(
            [0, 1], {"street": ["1 Main St", "2 Oak Ave"], "city": [None, "Leeds"], "postal_code": [None, "LS1"]}
        ),
    )
    assert made.select("street", "city", "postal_code").row(0) == ("2 Oak Ave", "Leeds", "LS1")
    assert set(made["provenance"][0].values()) == {"s:1"}


def test_an_initial_does_not_beat_a_name():
    made = golden(
        [0, 0], name=offers([0, 1], {"given_name": ["J.", "John"], "family_name": ["Smith", "Smith"]}, same=[1, 2])
    )
    assert made["given_name"].to_list() == ["John"]


def test_other_values_are_kept_beside_the_golden_one():
    made = golden([0, 0, 0, 3], email=offers([0, 1, 2, 3], {"email": ["a@x.com", "a@x.com", "b@x.com", "c@x.com"]}))
    assert made["email"].to_list() == ["a@x.com", "c@x.com"]
    assert made["other_emails"].to_list() == [["b@x.com"], []]


def test_an_address_that_bounces_is_never_golden_whoever_else_has_it():
    told = offers([0, 1, 1], {"email": ["a@x.com", "a@x.com", "b@x.com"]})
    made = golden([0, 0], email=replace(told, barred=np.asarray([False, True, False])))
    assert (made["email"].to_list(), made["other_emails"].to_list()) == (["b@x.com"], [["a@x.com"]])


def test_where_every_address_bounces_none_is_golden_and_none_is_lost():
    told = offers([0], {"email": ["a@x.com"]})
    made = golden([0], email=replace(told, barred=np.asarray([True])))
    assert (made["email"].to_list(), made["other_emails"].to_list()) == ([None], [["a@x.com"]])


def test_of_several_offers_the_value_that_most_of_them_mean_wins_whatever_its_case():
    values = {"company": ["Acme", "ACME", "Other", "Other", "acme"]}
    offered = offers([0, 1, 2, 3, 4], values)
    assert golden([0] * 5, work=replace(offered, folded=True))["company"].to_list() == ["Acme"]
    assert golden([0] * 5, work=offered)["company"].to_list() == ["Other"]


def test_where_every_record_is_left_out_there_is_no_golden_record():
    offered = offers([0, 1], {"email": ["a@x.com", "b@x.com"]})
    made = golden([-1, -1], email=replace(offered, barred=np.asarray([True, False])))
    assert (len(made), made["other_emails"].to_list()) == (0, [])


def test_records_left_out_offer_nothing_and_make_no_entity():
    made = golden([0, -1], email=offers([0, 1], {"email": ["a@x.com", "b@x.com"]}))
    assert made["records"].to_list() == [["s:0"]]
    assert made["other_emails"].to_list() == [[]]


def test_an_entity_without_any_offer_still_has_a_golden_record():
    made = golden([0, 1], email=offers([1], {"email": ["b@x.com"]}))
    assert made["email"].to_list() == [None, "b@x.com"]
    assert made["provenance"][0] == {"email": None}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_what_the_criteria_leave_equal_the_first_record_by_content_decides(order):
    made = golden([0, 0, 0], phone=offers([0, 1, 2], {"phone": ["+1", "+2", "+3"]}, same=order))
    assert made["phone"].to_list() == ["+1"]
