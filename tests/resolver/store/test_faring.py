"""What waits in a store, for those who run it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from resolver.paths.online import Resolver
from resolver.store.faring import faring
from resolver.store.tables import commits, webhooks
from resolver.webhooks.registering import Wish, register, switch
from tests.resolver.store.doubtful import doubting, few
from tests.resolver.store.living import ANN, BOB

NOTHING = {
    "reviews_open": 0,
    "review_oldest_seconds": 0.0,
    "webhook_lag_seconds": 0.0,
    "webhooks_failing": 0,
    "webhooks_paused": 0,
}
HOOK = Wish("https://hooks.example/x")


def told(database, later=0):
    with database.reading() as connection:
        last = connection.execute(select(commits.c.at).order_by(commits.c.number.desc()).limit(1)).scalar()
        now = (last.replace(tzinfo=UTC) if last else datetime.now(UTC)) + timedelta(seconds=later)
        return faring(connection, now)


def test_nothing_waits_in_an_empty_store(database):
    assert told(database) == NOTHING


def test_cases_wait_since_the_oldest_of_them_arose(url, store):
    resolver = store(url, doubting())
    resolver.take(few())
    found = told(resolver.database, 90)
    assert found["reviews_open"] >= 1
    assert found["review_oldest_seconds"] >= 90
    assert told(resolver.database, -(10**9))["review_oldest_seconds"] == 0


def test_a_webhook_lags_by_what_it_was_not_told(database):
    resolver = Resolver(database)
    resolver.upsert(ANN)
    hook = register(resolver, HOOK, "ann")
    assert told(database, 60) == NOTHING
    resolver.upsert(BOB)
    assert told(database, 60)["webhook_lag_seconds"] == 60
    Resolver(database, "other").upsert(BOB)
    assert told(database)["webhook_lag_seconds"] > 0
    switch(resolver, hook.webhook_id, active=False)
    assert told(database, 60) == {**NOTHING, "webhooks_paused": 1}


def test_what_another_tenant_does_is_no_lag(database):
    resolver = Resolver(database)
    resolver.upsert(ANN)
    register(resolver, HOOK, "ann")
    Resolver(database, "other").upsert(BOB)
    assert told(database, 60) == NOTHING


def test_webhooks_that_fail_are_counted(database):
    resolver = Resolver(database)
    register(resolver, HOOK, "ann")
    with database.writing("") as connection:
        connection.execute(webhooks.update().values(failing_since=datetime.now(UTC)))
    assert told(database)["webhooks_failing"] == 1
