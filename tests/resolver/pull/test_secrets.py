"""Keys come from the environment and go to the system, and nowhere else."""

import logging
import stat
from pathlib import Path

import httpx
import pytest

from resolver.errors import UsageError
from resolver.pull.pull import SYSTEMS, PullSetting, moment, pull
from tests.resolver.pull.conftest import Run
from tests.resolver.pull.stand_in import ACCESS_KEY, CLIENT, SECRETS, Cpod, cpod_row, serving, stand_in

ALL = [*SECRETS.values(), ACCESS_KEY, "access%26key", "access&key", *CLIENT.values(), "minted-token-1", "app-key-66f2"]


def echo(request: httpx.Request) -> str:
    """What a careless server writes into its error: the request as it came."""
    headers = list(request.headers.items())[::-1]
    return f"{request.url.query.decode()} {headers} {request.content.decode()}"


@pytest.mark.parametrize("kind", sorted(SYSTEMS))
@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_no_secret_is_in_a_file_a_log_a_message_or_an_exception(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    if kind == "voipbin":
        monkeypatch.delenv("RESOLVER_VOIPBIN_TOKEN")
        monkeypatch.setenv("RESOLVER_VOIPBIN_ACCESSKEY", ACCESS_KEY)
    system = stand_in(kind, 5)
    caplog.set_level(logging.DEBUG)

    def careless(request: httpx.Request) -> httpx.Response:
        response = system(request)
        if len(system.asked) < 2:
            return response
        if status == 200:
            return httpx.Response(200, json={**response.json(), "self": echo(request)})
        return httpx.Response(status, json={"error": {"message": echo(request)}})

    asked = PullSetting(system.base, page_size=2, rate=1000.0)
    transport = httpx.MockTransport(careless)
    pulled = pull(kind, run.out, asked, transport=transport, sleep=run.slept.append, listener=run.said.append)
    left = run.part.read_text(encoding="utf-8") if run.part.exists() else ""
    seen = "\n".join([run.out.read_text(encoding="utf-8"), left, repr(pulled), *run.said, caplog.text])
    assert pulled.records >= 2
    assert [secret for secret in ALL if secret in seen] == []
    assert "***" in seen


def test_no_secret_is_in_the_log_of_a_real_connection(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESOLVER_VOIPBIN_TOKEN")
    monkeypatch.setenv("RESOLVER_VOIPBIN_ACCESSKEY", ACCESS_KEY)
    caplog.set_level(logging.DEBUG)
    system = stand_in("voipbin", 3)
    with serving(system) as base:
        pulled = pull("voipbin", run.out, PullSetting(base, page_size=2, rate=1000.0), sleep=run.slept.append)
    assert pulled.complete
    assert "HTTP Request: GET" in caplog.text
    assert [secret for secret in ALL if secret in caplog.text] == []


@pytest.mark.parametrize("kind", sorted(SYSTEMS))
def test_without_credentials_nothing_is_asked_and_the_variables_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    system = stand_in(kind, 1)
    with pytest.raises(UsageError, match=r"RESOLVER_[A-Z_]+ .*in the environment"):
        run(system)
    assert system.asked == []
    assert list(run.out.parent.iterdir()) == []


@pytest.mark.parametrize("key", ["with space", "two\nlines", "ключ-номер", "tab\there"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("RESOLVER_CPOD_TOKEN", key)
    with pytest.raises(UsageError, match="RESOLVER_CPOD_TOKEN") as caught:
        run(stand_in("cpod", 1))
    assert key not in str(caught.value)


def test_a_line_end_after_a_key_does_no_harm(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVER_CPOD_TOKEN", SECRETS["RESOLVER_CPOD_TOKEN"] + "\n")
    assert run(stand_in("cpod", 1)).complete


def test_credentials_do_not_show_themselves() -> None:
    for system in SYSTEMS.values():
        shown = repr(system.credentials({**SECRETS}))
        assert [secret for secret in ALL if secret in shown] == []
    assert "client-secret" not in repr(SYSTEMS["cpod"].credentials(CLIENT))


def test_customeros_takes_an_app_key_with_a_tenant(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESOLVER_CUSTOMEROS_API_KEY")
    monkeypatch.setenv("RESOLVER_CUSTOMEROS_APP_KEY", "app-key-66f2")
    with pytest.raises(UsageError, match="RESOLVER_CUSTOMEROS_TENANT"):
        run(stand_in("customeros", 3))
    monkeypatch.setenv("RESOLVER_CUSTOMEROS_TENANT", "northwind")
    assert run(stand_in("customeros", 3)).complete


@pytest.fixture
def client_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESOLVER_CPOD_TOKEN")
    for name, value in CLIENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("client_id")
def test_cpod_trades_a_client_secret_for_a_token_and_does_so_again_when_it_expires(run: Run) -> None:
    system = Cpod([cpod_row(number) for number in range(1, 6)])
    expired = httpx.Response(401, json={"message": "token expired"})
    system.faults = {3: expired}
    pulled = run(system)
    assert pulled.complete
    assert system.minted == 2
    assert [secret for secret in ALL if secret in run.out.read_text(encoding="utf-8")] == []


@pytest.mark.usefixtures("client_id")
def test_cpod_a_refused_client_is_not_tried_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVER_CPOD_CLIENT_ID", "client-unknown-1")
    system = Cpod([cpod_row(1)])
    pulled = run(system)
    assert len(system.asked) == 1
    assert "unknown client ***" in pulled.reason


@pytest.mark.usefixtures("client_id")
def test_cpod_a_token_that_is_always_refused_ends_the_pull(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    system = Cpod([cpod_row(1)])
    monkeypatch.setattr(system, "let_in", lambda _request: False)
    pulled = run(system)
    assert "credentials were refused" in pulled.reason
    assert len(system.asked) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://api.voipbin.net",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "api.voipbin.net",
        "https://",
        "https://user:password@api.voipbin.net",
        "https://api.voipbin.net/?token=abc",
        "https://api.voipbin.net:port",
    ],
)
def test_an_address_that_is_not_safe_is_refused(run: Run, address: str) -> None:
    with pytest.raises(UsageError, match=r"base URL|https") as caught:
        run(stand_in("voipbin", 1), base_url=address)
    assert "password" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:4000", "http://localhost", "http://[::1]:4000", "https://x.example/"]
)
def test_this_machine_may_be_asked_in_the_open(run: Run, address: str) -> None:
    assert run(stand_in("voipbin", 1), base_url=address).complete


@pytest.mark.parametrize("site", ["evil.example/", "a@b", "", "-x", "north wind", "x" * 3 + "."])
def test_a_site_is_one_name(run: Run, site: str) -> None:
    with pytest.raises(UsageError, match="site"):
        run(stand_in("teamwork_desk", 1), base_url=None, site=site)


def test_desk_finds_its_address_by_the_site(run: Run) -> None:
    system = stand_in("teamwork_desk", 1)
    run(system, base_url=None, site="northwind")
    assert system.asked[0].url.host == "northwind.teamwork.com"
    with pytest.raises(UsageError, match="name the site"):
        run(system, base_url=None)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"page_size": 101}, "2 to 100"),
        ({"page_size": 0}, "2 to 100"),
        ({"rate": 0.0}, "rate"),
        ({"rate": -1.0}, "rate"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(run: Run, setting: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        run(stand_in("voipbin", 1), **setting)


def test_an_unknown_system_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="voipbin, teamwork_desk, customeros, cpod"):
        pull("salesforce", tmp_path / "x.json", PullSetting())


def test_a_file_that_cannot_be_written_is_named(run: Run) -> None:
    run.out.mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        run(stand_in("cpod", 1))


def test_only_the_owner_may_read_what_was_pulled(run: Run) -> None:
    run(stand_in("cpod", 3, {2: httpx.Response(400)}))
    for path in (run.out, run.part):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-05-01", "2026-05-01T00:00:00+00:00"),
        ("2026-05-01T08:00", "2026-05-01T08:00:00+00:00"),
        ("2026-05-01T08:00:00+02:00", "2026-05-01T08:00:00+02:00"),
        (" 2026-05-01T08:00:00Z ", "2026-05-01T08:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, utc: str) -> None:
    assert moment(text).isoformat() == utc


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="--since yesterday"):
        moment("yesterday")
