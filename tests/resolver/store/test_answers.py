from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from resolver.errors import GoneError, ReusedError
from resolver.store.answers import KEPT, Answer, Asked, erase, keep, recall
from resolver.store.tables import answers

ASKED = Asked("key-1", "what", "ann")
ANSWER = Answer(201, '{"records": ["crm:1"], "name": "Änn"}')


def older(database, age):
    with database.writing("") as connection:
        connection.execute(update(answers).values(at=datetime.now(UTC) - age))


def told(database, asked=ASKED, tenant=""):
    with database.reading() as connection:
        return recall(connection, tenant, asked)


@pytest.fixture
def kept(database):
    with database.writing("") as connection:
        keep(connection, "", ASKED, ANSWER)
    return database


def test_an_answer_is_given_again_to_the_letter(kept):
    assert told(kept) == ANSWER


@pytest.mark.parametrize(
    ("asked", "tenant"),
    [(replace(ASKED, key="key-2"), ""), (replace(ASKED, who="bob"), ""), (ASKED, "other")],
    ids=["another key", "another caller", "another tenant"],
)
def test_nobody_else_is_given_it(kept, asked, tenant):
    assert told(kept, asked, tenant) is None


def test_something_else_under_the_same_key_is_refused(kept):
    with pytest.raises(ReusedError):
        told(kept, replace(ASKED, digest="something else"))


def test_a_day_later_the_key_is_free(kept):
    older(kept, KEPT - timedelta(minutes=1))
    assert told(kept) == ANSWER
    older(kept, KEPT)
    assert told(kept) is None
    with kept.writing("") as connection:
        keep(connection, "", replace(ASKED, digest="something else"), ANSWER)
    assert told(kept, replace(ASKED, digest="something else")) == ANSWER


@pytest.mark.parametrize(("name", "erased"), [("crm:1", True), ("crm:", False), ("Änn", True), ("bob", False)])
def test_an_answer_is_erased_with_a_record_that_it_names(kept, name, erased):
    with kept.writing("") as connection:
        erase(connection, "other", name)
        erase(connection, "", name)
    if erased:
        with pytest.raises(GoneError):
            told(kept)
    else:
        assert told(kept) == ANSWER
