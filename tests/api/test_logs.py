"""What is logged, and that nothing of a person is."""

import io
import json
import logging
import warnings

import pytest

from api import logs
from api.observing import SANE, BrokenOffError
from tests.api.conftest import bearing

SECRETS = ("ann.lee@x.com", "+13125550188", "Annabella", "ann%2Elee", "3125550188")


@pytest.fixture
def lines(caplog):
    """lines(): the log so far."""
    caplog.set_level(logging.DEBUG)
    return lambda: [json.loads(logs.Line().format(record)) for record in caplog.records if record.name == logs.NAME]


def test_a_request_leaves_one_line_that_names_its_route_and_its_caller_by_marks(probing, key_of, lines):
    key = key_of("read", "acme", "Annabella")
    got = probing.get("/probe/read", headers=bearing(key))
    (line,) = lines()
    assert line.pop("ms") > 0
    assert line.pop("at").endswith("Z")
    assert line.pop("tenant") not in ("acme", None)
    assert line == {
        "event": "request", "level": "info", "request_id": got.headers["X-Request-Id"], "method": "GET",
        "route": "/probe/read", "status": 200, "caller": key.split("_")[1],
    }  # fmt: skip


def test_nothing_of_a_person_and_no_secret_is_logged(probing, key_of, caplog):
    caplog.set_level(logging.DEBUG)
    key = key_of("admin", "acme", SECRETS[2])
    probing.app.state.errors = [ValueError(SECRETS[0]), KeyError(SECRETS[1])]
    asked = [
        ("GET", f"/probe/read?email={SECRETS[0]}&phone={SECRETS[1]}", None),
        ("GET", f"/v1/nowhere/{SECRETS[0]}", None),
        ("GET", f"/probe/error/{SECRETS[4]}", None),
        ("GET", "/probe/error/0", None),
        ("GET", "/probe/error/1", None),
        ("POST", "/probe/body", {"name": SECRETS[0], SECRETS[1]: SECRETS[2]}),
        (SECRETS[2].upper(), "/probe/read", None),
    ]
    for method, path, body in asked:
        probing.request(method, path, json=body, headers={**bearing(key), "X-Request-Id": f"of {SECRETS[0]}"})
    probing.get("/probe/read", headers=bearing(key + "x"))
    told = "\n".join(logs.Line().format(record) for record in caplog.records if not record.name.startswith("httpx"))
    assert len(told.splitlines()) >= len(asked)
    for secret in (*SECRETS, SECRETS[2].upper(), key, key.split("_", 2)[2]):
        assert secret not in told


def test_a_fault_is_logged_with_its_kind_and_place_alone(probing, lines):
    probing.app.state.errors = [ValueError(SECRETS[0])]
    got = probing.get("/probe/error/0")
    failed, request = lines()
    assert (failed["event"], failed["level"], failed["error"]) == ("failed", "error", "ValueError")
    assert failed["where"].split()[-1].startswith("probe:")
    assert failed["request_id"] == request["request_id"] == got.json()["request_id"]
    assert request["status"] == 500


def test_an_answer_that_cannot_be_ended_breaks_off_and_its_fault_is_logged(probing, lines):
    with pytest.raises(BrokenOffError) as broken:
        probing.get("/probe/broken")
    assert str(broken.value) == ""
    assert broken.value.__suppress_context__
    assert [(line["event"], line.get("error")) for line in lines()] == [("failed", "ValueError"), ("request", None)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("5f0c7a1e-9b3d", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("short", False),
        ('x", "status": 200, "y": "', False),
        ("two words", False),
    ],
)
def test_an_id_that_a_caller_gives_is_kept_when_it_is_sane(probing, given, kept):
    got = probing.get("/v1/health", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert (got == given) is kept
    assert SANE.fullmatch(got)


def test_what_libraries_say_is_json_and_their_errors_are_told_by_kind_and_place(monkeypatch):
    for name in ("uvicorn", "uvicorn.error", "py.warnings"):
        # as it is in a process in which no server ran before
        for what, value in {"handlers": [], "propagate": True, "disabled": False, "level": logging.NOTSET}.items():
            monkeypatch.setattr(logging.getLogger(name), what, value)
        logging.getLogger(name).manager._clear_cache()
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.begin(stream)
        try:
            raise ValueError(SECRETS[0])
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application: %s", SECRETS[0])
        logging.getLogger("uvicorn.error").info("too little to tell")
        logging.getLogger("uvicorn.error").warning("closing")
        logs.log.info("request", extra={"facts": {"status": 200}})
        logging.getLogger("resolver.webhooks").warning("webhook_failed", extra={"facts": {"tries": 2}})
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
        root.handlers, root.level = handlers, level
        logging.getLogger(logs.NAME).setLevel(logging.NOTSET)
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in told[:4]] == ["library", "closing", "request", "webhook_failed"]
    assert told[0]["error"] == "ValueError"
    assert SECRETS[0] not in stream.getvalue()
    assert (told[2]["status"], told[3]["tries"]) == (200, 2)
    assert len(told) == 5
