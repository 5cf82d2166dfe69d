from dataclasses import replace

import polars as pl
import pytest

from resolver.model.frozen import EVERY, sides
from rules.ruleset import Ruleset
from tests.resolver.store.living import trained

SOURCES = pl.Series(["crm", "web", "crm", "web", "erp"])


@pytest.mark.parametrize(
    ("clean", "apart"),
    [(("crm",), {(0, 2)}), (("crm", "web"), {(0, 2), (1, 3)}), ((EVERY,), {(0, 2), (1, 3)}), (("erp",), set())],
)
def test_only_records_of_one_clean_source_are_surely_two_persons(clean, apart):
    found = sides(SOURCES, clean).tolist()
    assert {(i, j) for i in range(5) for j in range(i + 1, 5) if found[i] == found[j]} == apart


def test_without_clean_sources_anybody_may_be_anybody():
    assert sides(SOURCES, ()) is None
    assert trained().sides(SOURCES) is None


@pytest.mark.parametrize(("clean", "expected"), [((), 0), (("crm",), 2), ((EVERY,), 5)])
def test_a_record_is_clean_by_its_source(clean, expected):
    assert replace(trained(), clean=clean).is_clean(SOURCES).sum() == expected


def test_a_fingerprint_names_rules_model_reference_and_clean_sources():
    frozen, other = trained(), trained(("billing",))
    changed = [
        replace(frozen, clean=("crm",)),
        replace(frozen, rules=Ruleset.default().model_copy(update={"thresholds": None})),
        replace(frozen, reference=replace(frozen.reference, caps={"email": 1})),
        replace(frozen, model=other.model),
    ]
    assert len({frozen.fingerprint, *(one.fingerprint for one in changed[:3])}) == 4
    assert replace(frozen).fingerprint == frozen.fingerprint
    assert replace(frozen, tenant="other").fingerprint == frozen.fingerprint


def test_the_rules_that_resolve_have_the_frozen_caps():
    frozen = trained()
    assert dict(frozen.ruleset.blocking.caps) == dict(frozen.reference.caps)
    assert frozen.is_of_people
