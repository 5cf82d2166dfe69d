"""Whether a server is alive and ready, and what it counts."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from api import metrics
from api.metrics import Metrics
from resolver.store.database import Database
from resolver.store.opening import sizes
from tests.api.conftest import FEW, bearing
from tests.resolver.store.living import ANN, ANNA, BOB, fresh, trained


def told(client):
    """The metrics: name with labels -> value."""
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def test_a_server_says_that_it_lives_and_is_ready(client):
    assert client.get("/v1/health").json() == {"status": "alive"}
    assert client.get("/v1/ready").json() == {"status": "ready"}


def test_answers_are_kept_by_no_cache(client):
    got = client.get("/v1/health")
    assert (got.headers["Cache-Control"], got.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_requests_are_counted_by_route_method_and_status_and_never_by_path(probing, key_of):
    key = bearing(key_of("match"))
    for _ in range(2):
        probing.get("/probe/match?q=ann", headers=key)
    probing.get("/probe/admin", headers=key)
    probing.get("/nowhere/ann")
    probing.request("ANN", "/nowhere")
    counted = told(probing)
    assert counted['resolver_requests_total{method="GET",route="/probe/match",status="200"}'] == 2
    assert counted['resolver_requests_total{method="GET",route="/probe/admin",status="403"}'] == 1
    assert counted['resolver_requests_total{method="GET",route="none",status="404"}'] == 1
    assert counted['resolver_requests_total{method="other",route="none",status="404"}'] == 1
    assert counted['resolver_request_seconds_count{route="/probe/match"}'] == 2
    assert counted["resolver_matches_total"] == 4
    assert counted["resolver_requests_in_work"] == 1
    assert not [name for name in counted if "ann" in name.lower()]


def test_the_sizes_of_the_store_are_told(probing):
    counted = told(probing)
    assert counted["resolver_store_records"] == FEW
    assert 0 < counted["resolver_store_entities"] < FEW
    assert counted["resolver_store_feed_cursor"] > 0


def test_sizes_are_those_of_all_tenants_without_what_was_set_aside(database):
    empty = {"records": 0, "entities": 0, "feed_cursor": 0}
    with database.reading() as connection:
        assert sizes(connection) == empty
    for tenant in ("acme", "zeta"):
        resolver = fresh(
            database.engine.url.render_as_string(hide_password=False), replace(trained(), tenant=tenant), tenant
        )
        resolver.upsert(ANN, ANNA, BOB)
        resolver.delete(("crm", "3"))
        last = resolver.changes()[-1].cursor
        resolver.database.close()
    with database.reading() as connection:
        assert sizes(connection) == {"records": 4, "entities": 2, "feed_cursor": last}


def test_the_store_is_not_counted_at_every_look(probing, monkeypatch):
    counted = []
    monkeypatch.setattr(metrics, "sizes", lambda _: counted.append(1) or {"records": len(counted)})
    assert [told(probing)["resolver_store_records"] for _ in range(3)] == [1, 1, 1]


def test_a_store_that_does_not_answer_has_no_sizes_and_the_rest_is_told(tmp_path):
    database = Database(str(tmp_path / "empty.db"))
    said = Metrics(database).told().decode()
    assert "resolver_matches_total 0.0" in said
    assert "resolver_store" not in said
    database.close()


def test_what_a_process_had_in_work_that_is_no_more_is_not_counted(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    for process in (os.getpid(), ended.pid):
        for kind in ("gauge_livesum", "counter"):
            (tmp_path / f"{kind}_{process}.db").touch()
    metrics._bury(tmp_path)
    kept = {(f"{kind}_{os.getpid()}.db") for kind in ("gauge_livesum", "counter")} | {f"counter_{ended.pid}.db"}
    assert {file.name for file in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_that_would_load_scripts_from_elsewhere_is_served(client, path):
    assert client.get(path).status_code == 404


def test_the_description_names_the_ways_in_and_the_shape_of_problems(client):
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"].keys() == {"bearer", "api_key"}
    assert "code" in document["components"]["schemas"]["Problem"]["properties"]
    assert "security" not in document["paths"]["/v1/health"]["get"]
    assert {"title", "version", "description"} <= document["info"].keys()
