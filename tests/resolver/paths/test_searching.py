"""Who is found by what, on both databases, and by which index."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from resolver.contact import Email, ExternalId, Organisation
from resolver.errors import TooLittleError, UsageError
from resolver.paths.online import Resolver
from resolver.paths.searching import Asking, Sought
from resolver.store.searching import Order
from tests.resolver.store.living import ANN, ANNA, BOB, CYD, contact, fresh, gone, trained
from tests.servers import new_database

DEE = contact(
    "5", "Zoë", "O'Neil", "dee@x.com", phone="2818382880", external_ids=[ExternalId(system="erp", raw="E-17")]
)
EVE = contact(
    "6", "Eve", "Stone", "eve@stone.org", "+1 281 838 2881 ext. 5", organisations=[Organisation(name="Zed AG")]
)
FAY = contact("7", "Fay", "Moss").model_copy(update={"emails": [Email(raw="fay@moss.org", status="bounced")]})
PEOPLE = (ANN, ANNA, BOB, CYD, DEE, EVE, FAY)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def held(request, tmp_path_factory):
    """These people in a store of each kind, which no test changes."""
    sqlite = request.param == "sqlite"
    url = tmp_path_factory.mktemp("held") / "contacts.db" if sqlite else new_database(request.getfixturevalue("server"))
    made = fresh(url, trained())
    made.upsert(*PEOPLE)
    yield made
    made.database.close()


@pytest.fixture
def resolver(store, url):
    """The same people in a store of one's own."""
    made = store(url, trained())
    made.upsert(*PEOPLE)
    return made


def found(resolver, order=Order.ID, **sought):
    return [entity.records for entity in resolver.search(Sought(**sought), Asking(order=order)).entities]


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        ({"email": " Ann.Lee@X.com"}, ANN),
        ({"email": "fay@moss.org"}, FAY),
        ({"email": "ann@lee.org"}, None),
        ({"phone": "(312) 555-0188"}, ANN),
        ({"phone": "+13125550188"}, ANN),
        ({"phone": "(281) 838-2880"}, DEE),
        ({"phone": "+1 281 838 2880"}, DEE),
        ({"phone": "281-838-2881"}, EVE),
        ({"phone": "+44 281 838 2881"}, None),
        ({"external_id": "erp:e 17"}, DEE),
        ({"external_id": "erp:E-18"}, None),
        ({"external_id": "crm:5"}, DEE),
        ({"external_id": "5"}, DEE),
        ({"external_id": "web:5"}, None),
        ({"words": "oneil ZOE"}, DEE),
        ({"words": "sto"}, EVE),
        ({"words": "st"}, None),
        ({"words": "zed"}, EVE),
        ({"words": "zed moss"}, None),
        ({"words": "stone", "email": "eve@stone.org"}, EVE),
        ({"words": "stone", "email": "dee@x.com"}, None),
    ],
)
@pytest.mark.parametrize("order", Order)
def test_an_entity_is_found_however_its_value_is_written(held, sought, expected, order):
    keys = [] if expected is None else [tuple(sorted({expected.record_key, *({"web:2"} if expected is ANN else ())}))]
    assert found(held, order, **sought) == keys


@pytest.mark.parametrize(
    "sought",
    [
        {"email": "n/a"},
        {"phone": "none"},
        {"phone": "+1 *** *** 4567"},
        {"words": " & "},
        {"linkedin": "https://www.linkedin.com/company/x"},
    ],
)
def test_what_nobody_could_be_found_by_is_refused(held, sought):
    with pytest.raises(TooLittleError):
        found(held, **sought)


def test_a_model_that_never_saw_a_profile_says_so(held):
    with pytest.raises(UsageError, match="finds nobody by a profile"):
        found(held, linkedin="ann-lee")


def test_those_set_aside_are_not_found(resolver):
    resolver.upsert(gone(DEE))
    sought = ({"email": "dee@x.com"}, {"phone": "2818382880"}, {"words": "zoe"}, {"external_id": "crm:5"})
    assert [found(resolver, **each) for each in sought] == [[]] * 4


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(("sought", "number"), [({}, 6), ({"words": "ann"}, 1)])
def test_the_pages_together_are_the_whole_list_once(held, order, sought, number):
    whole = held.search(Sought(**sought), Asking(order=order))
    assert (len(whole.entities), whole.after) == (number, None)
    seen, after = [], None
    while len(seen) < number:
        page = held.search(Sought(**sought), Asking(after, 2, order))
        assert len(page.entities) == min(2, number - len(seen))
        seen, after = [*seen, *page.entities], page.after
    assert (tuple(seen), after) == (whole.entities, None)


def test_the_order_is_that_of_the_ids_or_of_the_last_change(resolver):
    ids = [entity.entity_id for entity in resolver.search(Sought(), Asking()).entities]
    assert ids == sorted(entity.entity_id for entity in resolver.entities())
    resolver.upsert(BOB.model_copy(update={"middle_name": "Theo"}))
    assert found(resolver, Order.UPDATED)[0] == ("crm:3",)


@pytest.mark.parametrize("cursor", ["eabc", "1" * 30, "-1", "٣"])
def test_a_cursor_of_another_list_is_refused(held, cursor):
    with pytest.raises(UsageError, match="the cursor is of another list"):
        held.search(Sought(), Asking(cursor, order=Order.UPDATED))


def test_another_tenant_finds_nobody(resolver):
    other = Resolver(resolver.database, "other")
    other.use(replace(trained(), tenant="other"))
    other.upsert(CYD)
    for sought in ({"email": "ann.lee@x.com"}, {"phone": "+13125550188"}, {"words": "ann"}, {"external_id": "crm:1"}):
        assert found(other, **sought) == []
    assert found(other) == [("crm:4",)]


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(
    "sought",
    [{}, {"email": "ann.lee@x.com"}, {"phone": "281-838-2881"}, {"external_id": "erp:E-17"}, {"words": "ann le"}],
)
def test_no_question_reads_a_whole_table(store, tmp_path, sought, order):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.upsert(*PEOPLE)
    asked = []
    engine = resolver.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    found(resolver, order, **sought)
    read = [(sql, given) for sql, given in asked if sql.lstrip().startswith(("SELECT", "WITH"))]
    plans = []
    with resolver.database.reading() as connection:
        for sql, given in read:
            plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
    tables = ("records", "changes", "keys", "holders", "words", "golden", "memberships")
    assert plans
    assert [line for line in plans if line.split()[:1] == ["SCAN"] and line.split()[1] in tables] == []
