"""The check finds what is wrong with a store."""

import numpy as np
import pytest

from resolver.judgement import Verdict
from resolver.paths.online import Resolver
from resolver.store.database import Database
from resolver.store.migrate import upgrade
from tests.resolver.store.doubtful import ONE, OTHER, doubting
from tests.resolver.store.living import (
    ANN,
    ANNA,
    BOB,
    dump,
    key,
    trained,
)

DAMAGE = {
    "DELETE FROM keys WHERE record = 1": "the table keys is not what the records hold",
    "DELETE FROM holders WHERE record = 1": "the table holders is not what the records hold",
    "DELETE FROM words WHERE word = 'lee'": "the table words is not what the golden records say",
    "UPDATE sharing SET records = records + 1": "the table sharing is not what the records hold",
    "UPDATE records SET entity = NULL WHERE number = 1": "a live record is of no entity",
    "UPDATE records SET entity = 2 WHERE number = 1": "an entity is not named after its oldest record",
    "UPDATE memberships SET entity = 3 WHERE record = 1": "the memberships of now are not those of the records",
    'UPDATE golden SET "end" = 99 WHERE entity = 1': "an entity has no golden record",
    "INSERT INTO memberships VALUES (1, 0, 99, 1)": "spans in memberships overlap",
    "UPDATE acts SET in_force = NOT in_force": "act 1 is not in force, and should be otherwise",
}


@pytest.mark.parametrize(("damage", "complaint"), DAMAGE.items(), ids=DAMAGE.values())
def test_the_check_finds_what_is_wrong(resolver, damage, complaint):
    resolver.upsert(ANN, ANNA, BOB)
    resolver.judge(key(ANN), key(BOB), Verdict.UNSURE, who="ann")
    assert resolver.problems(deep=True) == []
    with resolver.database.writing("") as connection:
        assert connection.exec_driver_sql(damage).rowcount
    assert any(complaint in found for found in resolver.problems())


def test_the_deep_check_finds_entities_that_a_batch_would_not_give(resolver):
    resolver.upsert(ANN, BOB)
    with resolver.database.writing("") as connection:
        connection.exec_driver_sql("UPDATE golden SET content = replace(content, 'x.com', 'y.com')")
    assert resolver.problems() == []
    assert resolver.problems(deep=True) == ["entity 1 would be updated"]


def test_the_deep_check_finds_cases_that_the_records_do_not_make(store, url):
    resolver = store(url, doubting())
    resolver.upsert(ONE, OTHER)
    assert resolver.problems(deep=True) == []
    with resolver.database.writing("") as connection:
        assert connection.exec_driver_sql("UPDATE cases SET reason = 'another'").rowcount
    assert resolver.problems(deep=True) == ["the open cases are not what the records say"]


def test_a_store_that_is_opened_again_is_the_same(store, tmp_path):
    first = store(tmp_path / "contacts.db", trained())
    first.upsert(ANN, BOB)
    before = dump(first)
    first.database.close()
    again = Resolver(Database(str(tmp_path / "contacts.db")))
    assert upgrade(again.database)[0] is not None
    assert dump(again) == before
    assert np.array_equal(again.records()["record_id"], ["1", "3"])
    again.database.close()
