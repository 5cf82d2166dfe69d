import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from resolver.errors import UnknownError
from resolver.store.journal import Kind
from resolver.store.webhooks import Outcome
from resolver.webhooks import delivering as delivering_module
from resolver.webhooks import letters, verify
from resolver.webhooks.delivering import LEASE_TIME, Courier, Patience, delivering
from resolver.webhooks.registering import Wish, register, registered, switch, tries, unregister, webhook
from tests.resolver.store.living import ANN, ANNA, BOB, CYD, id_of, key, trained

PATIENCE = Patience(allow_private=True)
on_both = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


class Clock:
    """Time that passes when a test says so; a little ahead, so that what was registered just now is due."""

    def __init__(self):
        self.now = datetime.now(UTC) + timedelta(minutes=1)

    def __call__(self):
        return self.now

    def on(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def living(store, place):
    """A store with a model and one contact."""
    resolver = store(place, trained())
    resolver.upsert(BOB)
    return resolver


@pytest.fixture
def courier(living, clock):
    return Courier(living.database, PATIENCE, clock)


def told(receiver):
    """The changes of all messages that came, in the order they came."""
    return [change for _, body in receiver.came for change in json.loads(body)["data"]["changes"]]


def listening(resolver, receiver, **wish):
    return register(resolver, Wish(receiver.url, **wish), "kim", allow_private=True)


def all_rounds(courier):
    while courier.round():
        pass


@on_both
def test_nothing_is_sent_and_nothing_written_without_a_webhook(living, courier):
    assert not courier.round()
    with living.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0


def test_a_webhook_is_told_what_happens_from_its_registration_on(living, courier, receiver):
    hook = listening(living, receiver)
    living.upsert(ANN, CYD)
    all_rounds(courier)
    ((headers, body),) = receiver.came
    message = verify(hook.secret, headers, body)
    assert message["type"] == "entities.changed"
    assert message["webhook_id"] == hook.webhook_id
    assert {change["entity_id"] for change in message["data"]["changes"]} == {id_of(living, ANN), id_of(living, CYD)}
    assert headers["webhook-id"] == message["id"]
    assert message["data"]["cursor"] == living.changes()[-1].cursor == webhook(living, hook.webhook_id).cursor


def test_a_message_holds_nothing_of_a_person(living, courier, receiver):
    listening(living, receiver, after=0)
    living.upsert(ANN)
    all_rounds(courier)
    text = b" ".join(body for _, body in receiver.came).decode().lower()
    assert not [word for word in ("ann", "lee", "bob", "fox", "x.com", "0188") if word in text]


def test_a_webhook_may_be_told_of_what_was_before_it(living, courier, receiver):
    listening(living, receiver, after=0)
    all_rounds(courier)
    assert [change["entity_id"] for change in told(receiver)] == [id_of(living, BOB)]


def test_a_webhook_is_told_of_the_kinds_it_asked_for_and_its_cursor_passes_the_rest(living, courier, receiver):
    hook = listening(living, receiver, kinds=[Kind.DELETED], after=0)
    living.upsert(ANN)
    all_rounds(courier)
    assert receiver.came == []
    assert webhook(living, hook.webhook_id).cursor == living.changes()[-1].cursor
    living.delete(key(ANN))
    all_rounds(courier)
    assert [change["kind"] for change in told(receiver)] == ["deleted"]


@on_both
def test_a_failing_message_is_sent_again_as_it_was_until_it_arrives_and_the_next_one_after_it(
    living, courier, receiver, clock
):
    listening(living, receiver)
    receiver.script = [500, 500]
    living.upsert(ANN)
    all_rounds(courier)
    living.upsert(CYD)
    for _ in range(3):
        clock.on(minutes=1)
        all_rounds(courier)
    first, again, arrived, after = (body for _, body in receiver.came)
    assert first == again == arrived != after
    assert [change["cursor"] for change in told(receiver)[2:]] == [change.cursor for change in living.changes()[1:]]


@on_both
def test_every_change_arrives_in_order_however_many_there_are(living, courier, receiver, monkeypatch):
    monkeypatch.setattr(letters, "AT_ONCE", 2)
    monkeypatch.setattr(letters, "LOOKED_AT", 3)
    hook = listening(living, receiver)
    living.upsert(ANN, CYD)
    living.upsert(ANN.model_copy(update={"given_name": "Anne"}))
    living.delete(key(ANN), key(CYD))
    all_rounds(courier)
    news = [change.cursor for change in living.changes(living.changes()[0].cursor)]
    assert len(news) == 5
    assert [change["cursor"] for change in told(receiver)] == news
    assert [line.changes for line in reversed(tries(living, hook.webhook_id))] == [2, 2, 1]


def test_it_waits_longer_after_each_failure_and_not_for_ever(living):
    hook = registered_one(living)
    waits = [PATIENCE.pause(with_tries(hook, tried)) for tried in range(40)]
    full = [min(PATIENCE.first * 2**tried, PATIENCE.longest) for tried in range(40)]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, full, strict=True))
    assert len({wait / most for wait, most in zip(waits, full, strict=True)}) > 20


def registered_one(resolver):
    return register(resolver, Wish("https://x.com/"), "kim")


def with_tries(hook, number):
    return replace(hook, tries=number)


def test_nothing_is_sent_before_its_time(living, courier, receiver, clock):
    listening(living, receiver)
    receiver.script = [503]
    living.upsert(ANN)
    all_rounds(courier)
    clock.on(seconds=2)
    all_rounds(courier)
    assert len(receiver.came) == 1
    clock.on(seconds=4)
    all_rounds(courier)
    assert len(receiver.came) == 2


@on_both
def test_what_fails_is_kept_with_the_webhook_and_forgotten_when_it_arrives(living, courier, receiver, clock):
    hook = listening(living, receiver)
    receiver.script = [500]
    living.upsert(ANN)
    all_rounds(courier)
    failing = webhook(living, hook.webhook_id)
    assert (failing.status, failing.problem, failing.tries) == (500, "answered 500", 1)
    assert failing.failing_since == clock.now
    clock.on(minutes=1)
    all_rounds(courier)
    well = webhook(living, hook.webhook_id)
    assert (well.status, well.problem, well.tries, well.failing_since) == (200, None, 0, None)
    assert [line.status for line in tries(living, hook.webhook_id)] == [200, 500]
    assert len({line.message for line in tries(living, hook.webhook_id)}) == 1


def test_a_webhook_that_fails_for_days_is_paused_and_goes_on_where_it_was(living, receiver, clock):
    courier = Courier(living.database, replace(PATIENCE, all_in_all=timedelta(hours=5)), clock)
    hook = listening(living, receiver)
    receiver.script = [500] * 200
    living.upsert(ANN)
    for _ in range(10):
        clock.on(hours=1, minutes=1)
        all_rounds(courier)
    paused = webhook(living, hook.webhook_id)
    assert not paused.active
    assert len(receiver.came) == 6
    receiver.script = []
    assert switch(living, hook.webhook_id, active=True).active
    clock.on(seconds=1)
    all_rounds(courier)
    assert webhook(living, hook.webhook_id).cursor == living.changes()[-1].cursor


def test_who_says_gone_is_told_no_more(living, courier, receiver):
    hook = listening(living, receiver)
    receiver.script = [410]
    living.upsert(ANN)
    all_rounds(courier)
    assert not webhook(living, hook.webhook_id).active


def test_a_paused_webhook_is_told_nothing(living, courier, receiver):
    hook = listening(living, receiver)
    switch(living, hook.webhook_id, active=False)
    living.upsert(ANN)
    all_rounds(courier)
    assert receiver.came == []


def test_one_that_fails_does_not_hold_up_another_one(living, courier, receiver):
    register(living, Wish("http://127.0.0.1:1/"), "kim", allow_private=True)
    listening(living, receiver)
    living.upsert(ANN)
    all_rounds(courier)
    assert len(receiver.came) == 1


@on_both
def test_tenants_are_told_their_own(store, place, courier, receiver, living):
    other = store(place, trained(), "other")
    hook = listening(other, receiver, after=0)
    living.upsert(ANN)
    other.upsert(CYD)
    all_rounds(courier)
    assert {change["entity_id"] for change in told(receiver)} == {id_of(other, CYD)}
    assert registered(living) == []
    with pytest.raises(UnknownError, match=f"^there is no webhook {hook.webhook_id}$"):
        webhook(living, hook.webhook_id)


def test_a_private_address_is_refused_at_delivery_unless_it_is_allowed(living, clock, receiver, caplog):
    hook = listening(living, receiver)
    living.upsert(ANN)
    Courier(living.database, Patience(), clock).round()
    assert receiver.came == []
    assert "which is refused" in webhook(living, hook.webhook_id).problem
    assert [line.facts["webhook"] for line in caplog.records] == [hook.webhook_id]


@on_both
def test_one_of_several_delivers_and_another_one_takes_over_when_it_is_gone(living, clock, receiver):
    listening(living, receiver)
    first, second = (Courier(living.database, PATIENCE, clock) for _ in range(2))
    living.upsert(ANN)
    assert first.round()
    living.upsert(CYD)
    assert not second.round()
    clock.on(seconds=LEASE_TIME.total_seconds() + 1)
    assert second.round()
    assert len(told(receiver)) == 2
    living.upsert(ANNA)
    assert not first.round()
    second.close()
    assert first.round()


@on_both
def test_a_webhook_that_is_deleted_while_a_message_is_on_its_way_stays_deleted(living, courier, receiver):
    hook = listening(living, receiver)
    living.upsert(ANN)
    made = courier._next(hook)
    unregister(living, hook.webhook_id)
    courier._write_down(hook, made, Outcome(200, None, 1))
    assert registered(living) == []


def test_it_delivers_until_it_is_told_to_stop(living, receiver):
    listening(living, receiver)
    with delivering(living.database, PATIENCE):
        living.upsert(ANN)
        begun = time.monotonic()
        while not receiver.came and time.monotonic() < begun + 20:
            time.sleep(0.02)
    assert len(receiver.came) == 1
    with living.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0


def test_an_error_is_told_without_its_values_and_the_work_goes_on(living, receiver, monkeypatch, caplog):
    listening(living, receiver)
    living.upsert(ANN)
    real, failing = Courier.round, [DBAPIError("UPDATE ann@x.com", {}, Exception("ann@x.com"))]
    monkeypatch.setattr(delivering_module, "IDLE_SECONDS", 0.01)

    def once(self):
        if failing:
            raise failing.pop()
        return real(self)

    monkeypatch.setattr(Courier, "round", once)
    with delivering(living.database, PATIENCE):
        begun = time.monotonic()
        while not receiver.came and time.monotonic() < begun + 20:
            time.sleep(0.02)
    assert len(receiver.came) == 1
    assert [line.getMessage() for line in caplog.records] == ["webhooks_interrupted"]
    assert "ann" not in caplog.text
    assert "ann" not in repr(caplog.records[0].facts)
