import asyncio
import socket

import pytest

from resolver.errors import UsageError
from resolver.webhooks import sending
from resolver.webhooks.sending import Letter, is_public, safe_url, send_all
from tests.receivers import DRIP, HANG


def sent(*urls, allow_private=True):
    letters = [Letter(url, {"webhook-id": "m1"}, b"{}") for url in urls]
    return asyncio.run(send_all(letters, allow_private=allow_private))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:7f00:1::",
        "2001:db8::1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_an_address_of_a_machine_or_a_private_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_an_address_of_the_world_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("url", ["https://x.com/hook", "http://x.com:8080/a?b=c", "https://8.8.8.8/"])
def test_an_address_that_messages_may_go_to_is_taken(url):
    assert safe_url(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x.com/", "has to begin with"),
        ("file:///etc/passwd", "has to begin with"),
        ("x.com/hook", "has to begin with"),
        ("https:///hook", "has to begin with"),
        ("https://x.com:99999999/", "is not an address"),
        ("https://ann:secret@x.com/", "neither a user"),
        ("https://x.com/#part", "neither a user"),
        ("https://x\ud800.com/", "is not an address"),
        ("https://x.com:0/", "is not an address"),
        ("http://127.0.0.1/", "private network"),
        ("http://[::1]/", "private network"),
        ("http://169.254.169.254/latest", "private network"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_refused(url, why):
    with pytest.raises(UsageError, match=why):
        safe_url(url)


def test_a_message_arrives_with_its_headers(receiver):
    (outcome,) = sent(f"{receiver.url}/hook?a=1")
    assert (outcome.status, outcome.problem) == (200, None)
    ((headers, body),) = receiver.came
    assert body == b"{}"
    assert headers["webhook-id"] == "m1"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == receiver.url.removeprefix("http://")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_of_this_machine_is_refused_however_it_is_written(receiver, host):
    port = receiver.url.rpartition(":")[2]
    (outcome,) = sent(f"http://{host}:{port}/", allow_private=False)
    assert outcome.status is None
    assert "which is refused" in outcome.problem
    assert receiver.came == []


def test_a_name_that_leads_to_a_private_address_beside_a_public_one_is_refused(monkeypatch):
    def both(*_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    (outcome,) = sent("http://two.example/", allow_private=False)
    assert "which is refused" in outcome.problem


def test_the_address_that_was_looked_up_is_the_one_connected_to(receiver, monkeypatch):
    real, asked = socket.getaddrinfo, []

    def once(host, *given, **named):
        asked.append(host)
        return real("127.0.0.1" if host == "moves.example" else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    port = receiver.url.rpartition(":")[2]
    (outcome,) = sent(f"http://moves.example:{port}/")
    assert outcome.problem is None
    assert asked.count("moves.example") == 1
    assert receiver.came[0][0]["host"] == f"moves.example:{port}"


@pytest.mark.parametrize(
    ("status", "why"),
    [(302, "redirects are not followed"), (307, "redirects are"), (404, "answered 404"), (500, "500")],
)
def test_what_is_not_taken_is_told(receiver, status, why):
    receiver.script = [status]
    (outcome,) = sent(receiver.url)
    assert outcome.status == status
    assert why in outcome.problem
    assert len(receiver.came) == 1


@pytest.mark.parametrize("slow", [HANG, DRIP])
def test_a_message_has_so_much_time_and_no_more_and_others_do_not_wait_for_it(receiver, monkeypatch, slow):
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.script = [slow]
    outcomes = sent(receiver.url, f"{receiver.url}/other")
    assert sorted(outcome.problem or "" for outcome in outcomes) == ["", "no answer within 0.3 seconds"]
    assert max(outcome.milliseconds for outcome in outcomes) < 1500


@pytest.mark.parametrize(
    ("url", "why"), [("http://127.0.0.1:1/", "no connection"), ("http://nobody.invalid/", "the host is not known")]
)
def test_nobody_there_is_told(url, why):
    (outcome,) = sent(url)
    assert outcome.status is None
    assert why in outcome.problem


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(receiver):
    (outcome,) = sent(receiver.url.replace("http:", "https:"))
    assert outcome.status is None
    assert "no connection" in outcome.problem
    assert receiver.came == []
