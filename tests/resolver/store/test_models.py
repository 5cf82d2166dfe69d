import pytest

from resolver.store import models
from resolver.store.journal import begin_commit
from tests.resolver.store.living import trained


@pytest.fixture
def connection(database):
    with database.writing("") as opened:
        yield opened


def test_a_model_comes_back_to_the_bit(connection):
    frozen = trained(("billing",))
    models.write(connection, begin_commit(connection, "", "train"), frozen)
    found = models.read(connection, "", models.current(connection, ""))
    assert found.fingerprint == frozen.fingerprint
    assert found.reference.as_json() == frozen.reference.as_json()
    assert found.model.as_json() == frozen.model.as_json()
    assert (found.rules, found.clean, found.tenant) == (frozen.rules, ("billing",), "")


def test_a_new_model_takes_the_place_of_the_present_one(connection):
    assert models.current(connection, "") is None
    first, second = (begin_commit(connection, "", "train") for _ in range(2))
    models.write(connection, first, trained())
    models.write(connection, second, trained(("billing",)))
    assert models.current(connection, "") == second
    assert models.read(connection, "", first).clean == ()
    assert models.current(connection, "other") is None
