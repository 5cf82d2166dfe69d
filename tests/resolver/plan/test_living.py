"""Plans for an entity of a store are those of a run over the same records."""

import pytest

from resolver.contact import ExternalId, Links
from resolver.errors import GoneError, UnknownError
from resolver.paths.exporting import exported, write_references
from resolver.plan.living import plans_of
from resolver.plan.plans import plans
from resolver.sources.inputs import read
from tests.resolver.store.living import ANN, BOB, CYD, contact, fresh, id_of, key, trained
from tests.resolver.test_five_systems import PROJECT, READING


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The systems' exports of one tenant in a store, and the plans of a run over them."""
    folder = tmp_path_factory.mktemp("plans")
    found = read(PROJECT.inputs, READING).records
    resolver = fresh(folder / "contacts.db", tenant="northwind")
    resolver.take(found.filter(tenant="northwind").drop("file", "line"))
    exported([resolver], "the store").write(folder / "out")
    write_references([resolver], folder / "out")
    yield resolver, plans(folder / "out")
    resolver.database.close()


def test_the_plans_of_an_entity_are_those_of_a_run(world):
    resolver, run = world
    assert run
    of_entity = {}
    for plan in run:
        of_entity.setdefault(plan.cluster, []).append(plan)
    for entity, expected in of_entity.items():
        assert plans_of(resolver, entity) == expected


def test_an_entity_with_one_record_a_source_needs_no_plan(world):
    resolver, run = world
    planned = {plan.cluster for plan in run}
    alone = [entity.entity_id for entity in resolver.entities() if entity.entity_id not in planned]
    assert [plans_of(resolver, entity) for entity in alone[:5]] == [[]] * 5


def test_who_names_a_record_that_goes_is_told_to_name_the_one_that_stays(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    twin = contact("10", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188")
    follower = BOB.model_copy(update={"links": Links(reports_to="10")})
    stranger = CYD.model_copy(update={"links": Links(reports_to="100%")})
    elsewhere = contact("11", "Dee", "Orr", source="web", links=Links(reports_to="10"))
    resolver.upsert(ANN, twin, follower, stranger, elsewhere)
    (plan,) = plans_of(resolver, id_of(resolver, ANN))
    assert {plan.survivor, *plan.losers} == {"1", "10"}
    assert plan.survivor == "10"
    assert plan.losers == ["1"]
    assert not any("names" in warning for warning in plan.warnings)
    resolver.upsert(follower.model_copy(update={"links": Links(reports_to="1")}))
    resolver.upsert(contact("12", "Eva", "Ott", links=Links(reports_to="10")))
    resolver.upsert(contact("13", "Ivo", "Utz", links=Links(reports_to="10")))
    (plan,) = plans_of(resolver, id_of(resolver, ANN))
    assert [warning for warning in plan.warnings if "names 1;" in warning] == ["3 names 1; let it name 10"]


def test_a_name_by_another_systems_id_is_found_too(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    one = ANN.model_copy(update={"source": "atlassian", "external_ids": [ExternalId(system="erp", raw='E"7')]})
    twin = one.model_copy(update={"record_id": "2", "external_ids": [ExternalId(system="erp", raw="E8")]})
    child = BOB.model_copy(
        update={
            "source": "atlassian",
            "external_ids": [ExternalId(system="erp", raw="E9")],
            "links": Links(parent='E"7'),
        }
    )
    resolver.upsert(one, twin, child)
    (plan,) = plans_of(resolver, id_of(resolver, one))
    assert {plan.survivor, *plan.losers} == {"1", "2"}
    assert plan.survivor == "1"


def test_what_is_not_there_has_no_plan(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.upsert(ANN)
    ann = id_of(resolver, ANN)
    with pytest.raises(UnknownError):
        plans_of(resolver, "e1")
    resolver.forget(key(ANN))
    with pytest.raises(GoneError):
        plans_of(resolver, ann)
