"""The example dashboard asks for metrics that the server tells."""

import json
import re
from pathlib import Path

from tests.api.conftest import app, as_role, client, db, population

__all__ = ["app", "as_role", "client", "db", "population"]

DASHBOARD = json.loads((Path(__file__).parents[1] / "deploy" / "grafana.json").read_text())
PROMISES = {
    "resolver_request_seconds_bucket", "resolver_requests_total", "resolver_requests_in_work", "resolver_matches_total",
    "resolver_match_outcomes_total", "resolver_store_reviews_open", "resolver_store_review_oldest_seconds",
    "resolver_store_webhook_lag_seconds", "resolver_store_webhooks_failing", "resolver_store_webhooks_paused",
    "resolver_store_records", "resolver_store_entities", "resolver_store_feed_cursor",
}  # fmt: skip


def asked():
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_every_metric_of_the_dashboard_is_told_and_every_promise_is_on_it(client, as_role):
    record = {"name": "Ann Lee", "email": "nobody@nowhere.example"}
    assert client.post("/v1/match", json={"record": record}, headers=as_role("match")).status_code == 200
    lines = client.get("/metrics").text.splitlines()
    told = {re.split(r"[ {]", line)[0] for line in lines if not line.startswith("#")}
    named = {name for expression in asked() for name in re.findall(r"resolver_\w+", expression)}
    assert named <= told
    assert named == PROMISES
    assert {name for name in told if name.startswith("resolver_store_")} <= named


def test_routes_and_labels_of_the_dashboard_are_those_of_the_server(client, as_role):
    client.post("/v1/match", json={"record": {"name": "Ann Lee", "email": "x@y.example"}}, headers=as_role("match"))
    text = client.get("/metrics").text
    for expression in asked():
        for label, value in re.findall(r'(\w+)="([^"]+)"', expression):
            assert f'{label}="' in text
            assert label != "route" or f'route="{value}"' in text


def test_panels_do_not_lie_over_each_other():
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    assert max(x for x, _ in cells) < 24
