import pytest

from resolver.errors import ConflictError, UnknownError, UsageError
from resolver.store import webhooks
from resolver.store.journal import Kind
from resolver.webhooks import registering
from resolver.webhooks.registering import Wish, register, registered, send_test, switch, tries, unregister, webhook
from tests.resolver.store.living import fresh


@pytest.fixture
def empty(url):
    """A store without anything."""
    made = fresh(url)
    yield made
    made.database.close()


def test_a_secret_is_minted_when_none_is_given(empty):
    one, other = (register(empty, Wish("https://x.com/"), "kim") for _ in range(2))
    assert one.secret.startswith("whsec_")
    assert len(one.secret) >= 40
    assert one.secret != other.secret
    assert one.webhook_id != other.webhook_id


def test_a_secret_is_not_shown_by_accident(empty):
    hook = register(empty, Wish("https://x.com/", secret="s" * 24), "kim")
    assert hook.secret == "s" * 24
    assert "sss" not in repr(hook)
    assert "sss" not in repr(Wish("https://x.com/", secret="s" * 24))


def test_a_short_secret_is_refused(empty):
    with pytest.raises(UsageError, match="24 characters"):
        register(empty, Wish("https://x.com/", secret="s" * 23), "kim")


def test_a_webhook_is_told_of_every_kind_unless_some_are_named(empty):
    assert set(register(empty, Wish("https://x.com/"), "kim").kinds) == set(Kind)
    assert register(empty, Wish("https://x.com/", kinds=[Kind.MERGED] * 2), "kim").kinds == (Kind.MERGED,)


def test_a_cursor_beyond_the_end_of_the_feed_is_its_end(empty):
    assert register(empty, Wish("https://x.com/", after=10**15), "kim").cursor == 0


def test_there_may_be_so_many_and_no_more(empty, monkeypatch):
    monkeypatch.setattr(registering, "MOST", 2)
    for _ in range(2):
        register(empty, Wish("https://x.com/"), "kim")
    with pytest.raises(ConflictError, match="2 webhooks already"):
        register(empty, Wish("https://x.com/"), "kim")


@pytest.mark.parametrize("act", [webhook, unregister, send_test, tries, lambda *of: switch(*of, active=True)])
def test_a_webhook_that_is_not_there_is_unknown(empty, act):
    with pytest.raises(UnknownError, match=r"^there is no webhook wh_x$"):
        act(empty, "wh_x")


def test_a_deleted_webhook_is_gone_with_its_log(empty, receiver):
    hook = register(empty, Wish(receiver.url), "kim", allow_private=True)
    send_test(empty, hook.webhook_id, allow_private=True)
    unregister(empty, hook.webhook_id)
    assert registered(empty) == []


def test_a_test_is_sent_at_once_and_told(empty, receiver):
    hook = register(empty, Wish(receiver.url), "kim", allow_private=True)
    receiver.script = [200, 500]
    assert send_test(empty, hook.webhook_id, allow_private=True).problem is None
    assert send_test(empty, hook.webhook_id, allow_private=True).problem == "answered 500"
    assert [line.status for line in tries(empty, hook.webhook_id)] == [500, 200]
    assert len({line.message for line in tries(empty, hook.webhook_id)}) == 2
    assert webhook(empty, hook.webhook_id).problem is None


def test_the_log_keeps_the_last_tries_and_is_read_in_pages(empty, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "KEPT", 3)
    hook = register(empty, Wish(receiver.url), "kim", allow_private=True)
    for _ in range(5):
        send_test(empty, hook.webhook_id, allow_private=True)
    lines = tries(empty, hook.webhook_id)
    assert len(lines) == 3
    first = tries(empty, hook.webhook_id, limit=2)
    assert [*first, *tries(empty, hook.webhook_id, first[-1].cursor)] == lines
