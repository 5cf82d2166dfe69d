"""The server as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from typer.testing import CliRunner

from api import cli, commands
from api.commands import serve
from api.settings import Settings
from resolver.store import access
from resolver.store.database import Database
from resolver.store.migrate import upgrade

PATIENCE = 60
"""Seconds till a server has started."""


def environment(**told):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RESOLVER_", "COV_"))}
    return {**kept, **told}


def run(*words, cwd, **told):
    command = [sys.executable, "-m", "api", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=environment(**told), capture_output=True, text=True, check=False, timeout=PATIENCE
    )


@contextmanager
def serving(*words, cwd, **told):
    """A server of its own on a free port: its process, and a client of it; what it says is in the files out and err."""
    with (cwd / "out").open("w") as out, (cwd / "err").open("w") as err:
        command = [sys.executable, "-m", "api", "serve", "--port", "0", *map(str, words)]
        process = subprocess.Popen(command, cwd=cwd, env=environment(**told), stdout=out, stderr=err)
    try:
        # each request on a connection of its own, so that all workers get some
        with httpx.Client(headers={"Connection": "close"}, timeout=PATIENCE) as client:
            client.base_url = address(cwd / "err", process, client)
            yield process, client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def address(said, process, client):
    """Where a server listens, by what it says, once it answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        text = said.read_text()
        if " on http" in text:
            url = text.partition(" on ")[2].partition("/v1")[0]
            try:
                if client.get(f"{url}/v1/ready").status_code == 200:
                    return url
            except httpx.TransportError:
                pass
        time.sleep(0.05)
    raise AssertionError(said.read_text())


def test_without_a_word_it_serves_a_new_store_to_this_machine_and_says_so(tmp_path):
    with serving(cwd=tmp_path) as (_, client):
        assert client.base_url.host == "127.0.0.1"
        assert (tmp_path / "contacts.db").exists()
        assert client.get("/v1/health").json() == {"status": "alive"}
        assert client.get("/nowhere?email=ann@x.com").json()["code"] == "no_such_route"
        said = (tmp_path / "err").read_text()
        assert "anybody on this machine may" in said
        assert "resolver keys create" in said
        made = run("keys", "create", "--db", "contacts.db", "--role", "read", "--name", "x", cwd=tmp_path)
        key = made.stdout.strip()
        assert client.get("/v1/changes").status_code == 401
        assert client.get("/v1/changes", headers={"X-API-Key": key}).status_code == 200
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert {"/v1/health", "/v1/ready", None} <= {line["route"] for line in lines}
    assert "ann@x.com" not in (tmp_path / "out").read_text()
    database = Database(str(tmp_path / "contacts.db"))
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT who, action, request FROM audit").all()
    database.close()
    assert [row[0] for row in rows] == ["x"]
    assert rows[0].request in {line["request_id"] for line in lines}


def test_workers_share_the_work_and_the_metrics_and_are_replaced(tmp_path):
    database = Database(str(tmp_path / "contacts.db"))
    upgrade(database)
    with database.writing("") as connection:
        access.make(connection, access.drawn("", access.Role.READ, "x"))
    database.close()
    with serving("--workers", 2, cwd=tmp_path) as (process, client):
        assert "anybody" not in (tmp_path / "err").read_text()
        for _ in range(20):
            assert client.get("/v1/health").status_code == 200
        told = client.get("/metrics").text
        counted = 'resolver_requests_total{method="GET",route="/v1/health",status="200"} '
        assert float(told.partition(counted)[2].split()[0]) == 20
        assert told.count("\nresolver_store_records ") == 1
        assert "\nresolver_requests_in_work 1.0" in told
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "told", "said"),
    [
        (["--host", "::"], {}, "can be reached from elsewhere, and there is no key yet"),
        (["--db", "nowhere/contacts.db"], {}, "nowhere"),
        (["--config", "nowhere.toml"], {}, "nowhere.toml: cannot be read"),
        ([], {"RESOLVER_JWT_SECRET": "short"}, "jwt_secret has fewer than 32 bytes"),
        ([], {"RESOLVER_JWT_PUBLIC_KEY_FILE": "nowhere.pem"}, "nowhere.pem"),
        (["--host", "192.0.2.1", "--port", "0"], {"RESOLVER_JWT_SECRET": "x" * 32}, "cannot listen on 192.0.2.1"),
        (["--port", "70000"], {}, "--port"),
    ],
)
def test_a_server_that_is_half_configured_does_not_start(tmp_path, monkeypatch, words, told, said):
    monkeypatch.chdir(tmp_path)
    known = {name: None for name in os.environ if name.startswith("RESOLVER_")}
    ran = CliRunner().invoke(cli.app, ["serve", *words], env={**known, **told})
    assert ran.exit_code == 2, ran.output
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_serving_is_a_command_beside_the_others():
    names = {command.callback for command in cli.app.registered_commands}
    assert serve in names
    assert len(names) > 10


def test_help_is_told_at_once(tmp_path):
    """It loads none of the heavy libraries, whatever the speed of the machine."""
    probe = (
        "import sys; from api import cli; "
        "print(*sorted({'polars', 'numpy', 'fastapi', 'sqlalchemy', 'pydantic', 'uvicorn', 'jwt'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_the_second_part_of_an_answer_does_not_wait_for_the_first_to_be_acknowledged():
    with commands._listening(Settings(port=0)) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
