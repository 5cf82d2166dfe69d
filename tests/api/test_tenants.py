"""Tenants never meet: whoever asks by another tenant's ids, keys and values is told what is told of nothing at all.

Each operation is asked by a tenant that has people of its own, once with what another tenant has and once with what
never was. The two answers have to be equal, but for the id that was asked for; and what is another's is in neither.
"""

import json
import re
import shutil
from dataclasses import replace
from urllib.parse import quote

import pytest

from api.app import create_app
from api.settings import Settings
from resolver.judgement import Verdict
from resolver.paths.online import Resolver
from resolver.store import access
from resolver.store.cases import case_id
from resolver.webhooks.registering import Wish, register
from tests.api.conftest import TestClient
from tests.api.document import DOCUMENT, OPEN, OPERATIONS
from tests.resolver.store.doubtful import ONE, OTHER, doubting, open_cases
from tests.resolver.store.living import BOB, contact, fresh, id_of, key

THEIRS, OURS = "acme", "rival"
MINE = [
    contact("m1", "Ida", "Quist", "ida@quist.example", source="own"),
    contact("m2", "Olaf", "Brand", "olaf@brand.example", source="own"),
]
ANN = ONE.model_copy(update={"record_id": "ann-7001"})
NEVER = {
    "entity": "e" + "q" * 16,
    "record": "crm:ann-7009",
    "act": "987654321",
    "webhook": "wh_" + "0" * 20,
    "case": case_id(987654321),
    "email": "xavier@zzyzx.org",
    "phone": "+13125550177",
    "name": "Xavier Zzyzx",
}
"""What was never there."""
ASKED = {
    "POST /v1/match": {"json": {"record": {"name": "<name>", "email": "<email>", "phone": "<phone>"}}},
    "POST /v1/contacts": {"json": {"record": {"name": "<name>", "email": "<email>", "phone": "<phone>"}}},
    "PUT /v1/sources/{source}/records/{record_id}": {"json": {"record": {"email": "<email>"}}},
    "POST /v1/sources/{source}/records:batch": {"content": '{"record_id": "new", "record": {"email": "<email>"}}'},
    "POST /match/{dataset}": {
        "json": {"queries": {"q": {"schema": "Person", "properties": {"name": ["<name>"], "email": ["<email>"]}}}},
        "params": {"exclude_entity_ids": "<entity>"},
    },
    "POST /v1/webhooks": {"json": {"url": "https://example.com/"}},
    "PATCH /v1/webhooks/{webhook_id}": {"json": {"active": False}},
    "GET /reconcile": {"params": {"queries": '{"q": {"query": "<name>"}, "id": {"query": "<entity>"}}'}},
    "POST /reconcile": {"data": {"queries": '{"q": {"query": "<name>"}, "id": {"query": "<entity>"}}'}},
    "GET /reconcile/suggest/entity": {"params": {"prefix": "<name>"}},
    "GET /reconcile/preview": {"params": {"id": "<entity>"}},
    "GET /v1/why": {"params": {"a": "<record>", "b": "own:m1"}},
    "POST /v1/merges/preview": {"json": {"entities": ["<entity>", "<mine>"]}},
    "POST /v1/merges": {"json": {"entities": ["<mine>", "<entity>"]}},
    "POST /v1/merges/{act}/undo": {"json": {"reason": "why not"}},
    "POST /v1/acts/{act}/undo": {"json": {"reason": "why not"}},
    "POST /v1/entities/{entity_id}/split": {"json": {"records": ["<record>"]}},
    "POST /v1/reviews/bulk": {"json": {"pattern": "<case>", "verdict": "same"}},
    "POST /v1/reviews/undo": {"json": {"act": "<act>"}},
    "POST /v1/reviews/{case_id}/claim": {"json": {"minutes": 5}},
    "POST /v1/reviews/{case_id}/assign": {"json": {"assignee": "kim"}},
    "POST /v1/reviews/{case_id}/snooze": {"json": {"until": "2099-01-01T00:00:00Z"}},
    "POST /v1/reviews/{case_id}/note": {"json": {"text": "hm"}},
    "POST /v1/reviews/{case_id}/decision": {"json": {"verdict": "same", "also": ["<entity>"]}},
    "POST /v1/not-duplicates": {"json": {"a": "<entity>", "b": "own:m1"}},
    "DELETE /v1/not-duplicates": {"params": {"a": "own:m1", "b": "<record>"}},
    "PUT /v1/entities/{entity_id}/pins/{field}": {"json": {"value": "x@example.com"}},
    "POST /v1/rules/preview": {"json": {"thresholds": {"match": 0.9}}},
}
"""What is asked beside the path; the rest is asked by it alone."""
FILTERS = {
    "GET /v1/entities": [{"email": "<email>"}, {"phone": "<phone>"}, {"external_id": "<record>"}, {"q": "<name>"}],
    "GET /v1/reviews": [{"entity": "<entity>"}, {"q": "<name>"}, {"pattern": "<case>"}],
}
IN_PATH = {
    "entity_id": "<entity>",
    "act": "<act>",
    "webhook_id": "<webhook>",
    "case_id": "<case>",
    "source": "<source>",
    "record_id": "<record_id>",
    "field": "email",
    "dataset": "default",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A store with two tenants: the path, what theirs is, an entity of ours, and all that theirs says."""
    path = tmp_path_factory.mktemp("tenants") / "contacts.db"
    theirs = fresh(path, replace(doubting(), tenant=THEIRS), THEIRS)
    database, ours = theirs.database, Resolver(theirs.database, OURS)
    with database.writing("") as connection:  # a number that stands for nothing else in an answer
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('acts', 515000)")
    theirs.upsert(ANN, OTHER, BOB)
    ours.use(replace(doubting(), tenant=OURS))
    ours.upsert(*MINE)
    one = next(entity for entity in theirs.entities() if ANN.record_key in entity.records)
    things = {
        "entity": one.entity_id,
        "record": ANN.record_key,
        "act": str(theirs.judge(key(ANN), key(BOB), Verdict.DIFFERENT, who="ann").act),
        "webhook": register(theirs, Wish("https://example.com/"), "ann").webhook_id,
        "case": next(iter(open_cases(theirs))),
        "email": one.golden["email"],
        "phone": one.golden["phone"],
        "name": one.golden["full_name"],
    }
    mine = id_of(ours, MINE[0])
    secrets = {text for entity in theirs.entities() for text in _said(entity)}
    database.close()
    return path, things, mine, secrets


def _said(entity):
    golden = entity.golden
    return {entity.entity_id, *(golden[name] for name in ("email", "phone", "full_name") if golden.get(name))}


def bearer(database, tenant):
    with database.writing(tenant) as connection:
        key = access.make(connection, access.drawn(tenant, "admin", "a caller"))
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def opened(shared, tmp_path):
    """opened(): a client of ours, each time over the same state."""
    made = []

    def client():
        path = shutil.copy(shared[0], tmp_path / f"{len(made)}.db")
        app = create_app(Settings(db=str(path)))
        asking = TestClient(app, base_url="http://127.0.0.1:8400", headers=bearer(app.state.server.database, OURS))
        made.append(asking)
        return asking

    yield client
    for asking in made:
        asking.app.state.server.close()


def filled(template, things):
    """A question with what is asked for in its place; numbers stay numbers."""
    text = json.dumps(template)
    for name, value in things.items():
        text = text.replace(f'"<{name}>"', value) if name == "act" else text.replace(f"<{name}>", value)
    return json.loads(text)


def answered(client, method, path, asked, things):
    """The answer, without what is of this one question alone."""
    source, _, record_id = things["record"].partition(":")
    inside = {**things, "source": source, "record_id": record_id}
    for name, value in IN_PATH.items():
        path = path.replace("{" + name + "}", quote(inside[value[1:-1]] if value[0] == "<" else value))
    answer = client.request(method, path, **filled(asked, inside))
    text = answer.text
    for name, value in inside.items():
        text = text.replace(value, f"<{name}>")
    return answer.status_code, _without_chance(text), answer.text


def _without_chance(text):
    """Minted ids, secrets and moments differ from answer to answer."""
    text = re.sub(
        r'"(request_id|at|record_id|created_at|webhook_id|secret|since|entity_id|version|\w+_name)":"[^"]*"',
        r'"\1":"-"',
        text,
    )
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "-", text)
    return re.sub(r"\b(e[a-z2-7]{16}|api:[0-9a-f]{32})\b", "<minted>", text)


def questions():
    for method, path in OPERATIONS:
        label = f"{method} {path}"
        asked = ASKED.get(label, {})
        if "content" in asked:
            asked = {**asked, "headers": {"Content-Type": "application/x-ndjson"}}
        for number, params in enumerate(FILTERS.get(label, [None])):
            yield pytest.param(
                method, path, {**asked, **({"params": params} if params else {})}, id=f"{label} {number or ''}".strip()
            )


@pytest.mark.parametrize(("method", "path", "asked"), [one for one in questions() if one.values[1] not in OPEN])
def test_what_is_anothers_is_like_what_never_was(opened, shared, method, path, asked):
    _, theirs, mine, secrets = shared
    client = opened()
    status, told, text = answered(client, method, path, asked, {**theirs, "mine": mine})
    again = client if method == "GET" else opened()
    never_status, never_told, _ = answered(again, method, path, asked, {**NEVER, "mine": mine})
    assert (status, told) == (never_status, never_told)
    assert status < 500
    known = {theirs["entity"], theirs["email"], theirs["phone"], theirs["name"]}  # that we know, as we asked with it
    assert not [secret for secret in secrets - known if secret in text]


ISSUED = {"entity_id", "act", "webhook_id", "case_id"}
"""The ids that the server gave."""
BY_ID = [(method, path) for method, path in OPERATIONS if ISSUED & set(re.findall(r"\{(\w+)\}", path))]


@pytest.mark.parametrize(("method", "path"), BY_ID, ids=[" ".join(one) for one in BY_ID])
def test_by_the_id_of_another_tenant_nothing_is_found_or_changed(opened, shared, method, path):
    asked = ASKED.get(f"{method} {path}", {})
    client = opened()
    before = state_of(client)
    status, _, text = answered(client, method, path, asked, {**shared[1], "mine": shared[2]})
    assert (status, json.loads(text)["code"]) == (404, "not_found"), text
    assert state_of(client) == before


def state_of(client):
    """All that the other tenant has."""
    database = client.app.state.server.database
    theirs = Resolver(database, THEIRS)
    with database.reading() as connection:
        hooks = connection.exec_driver_sql("SELECT name, active FROM webhooks").all()
    return theirs.entities(), theirs.changes(), hooks


def test_every_operation_that_takes_something_is_asked_for_what_is_anothers():
    quiet = [
        f"{method} {path}"
        for method, path in OPERATIONS
        if "requestBody" in DOCUMENT["paths"][path][method.lower()] and f"{method} {path}" not in ASKED
    ]
    assert quiet == []
    unknown = {name for _, path in OPERATIONS for name in re.findall(r"\{(\w+)\}", path)} - IN_PATH.keys()
    assert unknown == set()
