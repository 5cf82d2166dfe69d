"""What the server is told, and what it refuses to start with."""

import pytest
from pydantic import SecretStr

from api.settings import Settings, is_loopback, load
from resolver.errors import UsageError

SECRET = "s3cret-value"  # noqa: S105


def test_nothing_told_is_a_store_in_this_folder_for_this_machine():
    told = load(environment={})
    assert (told.db, told.host, told.port, told.workers) == ("contacts.db", "127.0.0.1", 8400, 1)
    assert told.is_local
    assert not told.has_jwt


def test_what_is_said_wins_over_the_environment_and_that_over_the_file(tmp_path):
    file = tmp_path / "resolver-api.toml"
    file.write_text('db = "a.db"\nport = 1\nworkers = 2\nhost = "localhost"\n')
    told = load(file, {"RESOLVER_PORT": "3", "RESOLVER_WORKERS": "4", "RESOLVER_WHO": "lee"}, workers=5, host=None)
    assert (told.db, told.host, told.port, told.workers) == ("a.db", "localhost", 3, 5)
    assert load(None, {"RESOLVER_CONFIG": str(file)}).db == "a.db"


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ("prot = 1", {}, "file.toml: prot"),
        ("port = [1", {}, "file.toml: is not valid TOML"),
        ("port = -1", {}, "file.toml: port"),
        ("", {"RESOLVER_PORT": "many"}, "RESOLVER_PORT"),
        ("", {"RESOLVER_JWT_SECRET": SECRET}, "jwt_secret has fewer than 32 bytes"),
        ("", {"RESOLVER_JWT_SECRET": ""}, "jwt_secret has fewer than 32 bytes"),
        ("", {"RESOLVER_JWT_SECERT": SECRET * 4}, "RESOLVER_JWT_SECERT: there is no such setting"),
        ("", {"RESOLVER_JWT_SECRET": f"-----BEGIN PUBLIC KEY-----{SECRET}"}, "jwt_public_key_file"),
        ("", {"RESOLVER_JWT_ISSUER": SECRET}, "jwt_issuer and jwt_audience need"),
        ("", {"RESOLVER_DB": ""}, "RESOLVER_DB"),
        ("burst = 0", {}, "burst"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name_and_their_values_are_not_repeated(
    tmp_path, text, environment, told
):
    (tmp_path / "file.toml").write_text(text)
    with pytest.raises(UsageError) as refused:
        load(tmp_path / "file.toml", environment)
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.toml: cannot be read"):
        load(tmp_path / "nowhere.toml", {})


def test_a_secret_is_not_shown():
    assert SECRET not in repr(Settings(jwt_secret=SecretStr(SECRET * 4)))


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True),
        ("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("contacts.example", False), ("", False),  # noqa: S104
        ("127.0.0.1.evil.example", False),
    ],
)  # fmt: skip
def test_a_host_is_this_machine_or_it_is_not(host, local):
    assert is_loopback(host) is local
