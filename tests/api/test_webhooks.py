import json
import time

import pytest

from api.app import create_app
from api.schemas.changes import ChangeOut
from api.settings import Settings
from resolver.paths.online import Resolver
from resolver.webhooks import verify
from resolver.webhooks.registering import MOST
from tests.api.conftest import TestClient
from tests.receivers import receiving
from tests.resolver.store.living import ANN


@pytest.fixture
def app(db):
    """The application with leave to tell programs on this machine."""
    return create_app(Settings(db=str(db), webhooks_allow_private=True))


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def admin(as_role):
    return as_role("admin")


def made(client, admin, url="https://example.com/hook", **more):
    answer = client.post("/v1/webhooks", json={"url": url, **more}, headers=admin)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_webhook_is_told_of_a_change_as_it_happens(client, admin, app, receiver):
    hook = made(client, admin, receiver.url)
    Resolver(app.state.server.database, "acme").upsert(ANN, who="kim")
    begun = time.monotonic()
    while not receiver.came and time.monotonic() < begun + 20:
        time.sleep(0.02)
    ((headers, body),) = receiver.came
    message = verify(hook["secret"], headers, body)
    feed = client.get("/v1/changes", params={"cursor": hook["cursor"]}, headers=admin).json()
    assert message["data"] == {"changes": feed["changes"], "cursor": feed["next_cursor"]}
    assert set(message["data"]["changes"][0]) == set(ChangeOut.model_fields)


def test_the_secret_is_told_once(client, admin):
    hook = made(client, admin)
    assert hook["secret"].startswith("whsec_")
    listed = client.get("/v1/webhooks", headers=admin).text
    read = client.get(f"/v1/webhooks/{hook['webhook_id']}", headers=admin).text
    assert hook["secret"] not in listed + read
    assert json.loads(listed) == {"webhooks": [json.loads(read)]}


def test_a_webhook_is_paused_and_goes_on(client, admin):
    path = f"/v1/webhooks/{made(client, admin)['webhook_id']}"
    for active in (False, True):
        assert client.patch(path, json={"active": active}, headers=admin).json()["active"] is active


def test_a_deleted_webhook_is_not_there(client, admin):
    path = f"/v1/webhooks/{made(client, admin)['webhook_id']}"
    answer = client.delete(path, headers=admin)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(path, headers=admin).json()["code"] == "not_found"


def test_a_test_message_is_sent_and_is_in_the_log(client, admin, receiver):
    hook = made(client, admin, receiver.url)
    path = f"/v1/webhooks/{hook['webhook_id']}"
    receiver.script = [200, 500]
    ends = [client.post(f"{path}/test", headers=admin).json() for _ in range(2)]
    assert [(end["delivered"], end["status"]) for end in ends] == [(True, 200), (False, 500)]
    assert verify(hook["secret"], *receiver.came[0])["type"] == "webhook.test"
    first = client.get(f"{path}/deliveries", params={"limit": 1}, headers=admin).json()
    second = client.get(f"{path}/deliveries", params={"cursor": first["next_cursor"]}, headers=admin).json()
    assert [line["status"] for page in (first, second) for line in page["deliveries"]] == [500, 200]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "ftp://x.com/"}, 422, "unusable"),
        ({"url": "https://x.com/", "kinds": ["melted"]}, 422, "invalid_request"),
        ({"url": "https://x.com/", "secret": "short"}, 422, "invalid_request"),
        ({"url": "https://x.com/", "color": "red"}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused(client, admin, body, status, code):
    answer = client.post("/v1/webhooks", json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_private_address_is_refused_unless_the_settings_allow_it(db, admin):
    with TestClient(create_app(Settings(db=str(db)))) as strict:
        answer = strict.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/"}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable")
    assert "which is refused" in answer.json()["detail"]


def test_there_may_be_so_many_webhooks(client, admin):
    for _ in range(MOST):
        made(client, admin)
    answer = client.post("/v1/webhooks", json={"url": "https://x.com/"}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("role", ["read", "match", "steward"])
def test_only_an_admin_sees_and_makes_webhooks(client, as_role, role):
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/wh_x"), ("POST", "/wh_x/test")):
        answer = client.request(method, f"/v1/webhooks{path}", json={"url": "https://x.com"}, headers=as_role(role))
        assert answer.status_code == 403, method
