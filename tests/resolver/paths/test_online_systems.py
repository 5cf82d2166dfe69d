"""The samples of the five systems, loaded into a store file by file, are what one batch over all makes of them."""

import json

import polars as pl
import pytest

from resolver.model.frozen import Frozen
from resolver.paths.batch import resolve
from resolver.paths.freezing import freeze
from resolver.paths.options import Options
from resolver.sources.inputs import read
from resolver.store.documents import lines
from rules.ruleset import Ruleset
from tests.resolver.test_five_systems import PROJECT, READING

RULES = Ruleset.default()


@pytest.fixture(scope="module")
def whole():
    return read(PROJECT.inputs, READING).records


@pytest.fixture(scope="module")
def models(whole) -> dict[str, Frozen]:
    return {
        name: freeze(part, RULES, None, name) for (name,), part in whole.partition_by("tenant", as_dict=True).items()
    }


@pytest.fixture(scope="module")
def batch(whole, models):
    """By tenant: records -> golden record, without the tenant: a store keeps that beside its entities."""
    options = Options(
        models={name: frozen.model for name, frozen in models.items()},
        references={name: frozen.reference for name, frozen in models.items()},
    )
    golden = resolve(whole, RULES, options).golden
    told = [json.loads(line) for line in lines(golden.drop("entity_id", "tenant"))]
    whose = dict(whole.select("record_key", "tenant").iter_rows())
    found = {name: {} for name in models}
    for one in told:
        found[whose[one["records"][0]]][tuple(sorted(one["records"]))] = one
    return found


@pytest.mark.parametrize("order", ["first to last", "last to first"])
def test_file_after_file_gives_the_entities_of_the_batch(whole, models, batch, order, store, tmp_path):
    resolvers = {name: store(tmp_path / "contacts.db", frozen, name) for name, frozen in models.items()}
    parts = [whole.filter(pl.col("file") == name) for name in whole["file"].unique(maintain_order=True)]
    for part in parts if order == "first to last" else reversed(parts):
        for (name,), mine in part.partition_by("tenant", as_dict=True).items():
            resolvers[name].take(mine)
    for name, resolver in resolvers.items():
        assert {entity.records: entity.golden for entity in resolver.entities()} == batch[name]
        assert resolver.problems() == []
