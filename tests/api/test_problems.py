"""Errors as problem+json."""

import jsonschema
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.problems import COMMON, MEDIA_TYPE, TABLE, Problem, answers, entry_of
from resolver import errors
from resolver.store.migrate import VERSIONS

HIDDEN = "ann.lee@x.com"
"""What no answer may repeat."""


def problem_of(got):
    """The problem of an answer, which is as described."""
    assert got.headers["Content-Type"] == MEDIA_TYPE
    told = Problem.model_validate(got.json())
    assert told.status == got.status_code
    assert told.request_id == got.headers["X-Request-Id"]
    assert told.type.endswith(told.code)
    return told


@pytest.fixture
def failing(probing):
    """failing(error): the answer to a request whose route raises it."""

    def asked(error):
        probing.app.state.errors = [error]
        return probing.get("/probe/error/0")

    return asked


class Special(errors.StaleError):
    """A kind of its own, which the table does not name."""


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.UnknownError("there is no entity e1"), 404, "not_found"),
        (errors.StaleError("it has changed"), 409, "stale"),
        (Special("it has changed"), 409, "stale"),
        (errors.ConflictError("bob said otherwise"), 409, "conflict"),
        (errors.GoneError("it was forgotten"), 410, "gone"),
        (errors.TooLittleError("a name is not enough"), 422, "too_little"),
        (errors.UsageError("that does not fit"), 422, "unusable"),
    ],
)
def test_what_the_engine_refuses_has_a_status_and_a_code_and_says_why(failing, error, status, code):
    told = problem_of(failing(error))
    assert (told.status, told.code, told.detail) == (status, code, str(error))


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(f"SELECT '{HIDDEN}'", {"email": HIDDEN}, Exception("connection refused")),
        PoolTimeoutError(HIDDEN),
    ],
)
def test_a_database_that_fails_is_not_available_and_nothing_of_it_is_told(failing, error):
    got = failing(error)
    told = problem_of(got)
    assert (told.status, told.code) == (503, "store_unavailable")
    assert int(got.headers["Retry-After"]) >= 1
    assert HIDDEN not in got.text
    assert "SELECT" not in got.text


@pytest.mark.parametrize("kind", [IntegrityError, ProgrammingError])
def test_a_statement_that_the_database_refuses_is_a_mistake_of_the_server_and_no_outage(failing, kind):
    got = failing(kind("INSERT", {"email": HIDDEN}, Exception(HIDDEN)))
    told = problem_of(got)
    assert (told.status, told.code) == (500, "internal_error")
    assert HIDDEN not in got.text
    assert "INSERT" not in got.text


@pytest.mark.parametrize(
    "error", [ValueError(HIDDEN), KeyError(HIDDEN), RecursionError(HIDDEN), AssertionError(HIDDEN)]
)
def test_what_nobody_foresaw_tells_nothing_but_where_to_ask(failing, error):
    got = failing(error)
    told = problem_of(got)
    assert (told.status, told.code) == (500, "internal_error")
    assert HIDDEN not in got.text
    assert "Error" not in got.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "no_such_route"),
        ("GET", "/v1/health/", 404, "no_such_route"),
        ("DELETE", "/v1/health", 405, "method_not_allowed"),
        ("GET", "/probe/body", 405, "method_not_allowed"),
    ],
)
def test_an_unknown_address_or_method_is_a_problem(probing, method, path, status, code):
    got = probing.request(method, path)
    told = problem_of(got)
    assert (told.status, told.code) == (status, code)
    assert ("Allow" in got.headers) == (status == 405)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": 7}, ["name"]),
        ({"nmae": "Ann"}, ["nmae"]),
        ({"name": 7, "more": ["x"], "what": 1}, ["name", "more.0", "what"]),
        ({"more": [1, 2, 3, 4]}, ["more"]),
        ([], ["body"]),
    ],
)
def test_a_request_that_is_not_as_described_names_the_fields(probing, body, fields):
    told = problem_of(probing.post("/probe/body", json=body))
    assert (told.status, told.code) == (422, "invalid_request")
    assert [error.field for error in told.errors] == fields
    assert all(error.message for error in told.errors)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"", "application/json", 422),
        (b"\xff\xfe{", "application/json", 400),
        (b'{"name": "a"}', "text/plain", 422),
        (rb'{"\ud800": "x"}', "application/json", 400),
        (rb'{"name": "\uDC00"}', "application/json", 400),
        (b'{"name": "\xed\xa0\x80"}', "application/json", 400),
        (b'{"more": [' + b"9" * 5000 + b"]}", "application/json", 400),
    ],
)
def test_a_body_that_is_no_document_is_a_problem(probing, content, kind, status):
    got = probing.post("/probe/body", content=content, headers={"Content-Type": kind})
    assert problem_of(got).status == status


def test_a_character_beyond_the_first_plane_is_one(probing):
    body = rb'{"name": "\ud83d\ude00 \\ud83d"}'
    got = probing.post("/probe/body", content=body, headers={"Content-Type": "application/json"})
    assert got.json() == len("😀 \\ud83d")


def test_a_wrong_parameter_is_named_and_its_value_is_not_repeated(probing):
    got = probing.get(f"/probe/slow?seconds={HIDDEN}")
    assert [error.field for error in problem_of(got).errors] == ["seconds"]
    assert HIDDEN not in got.text


def test_every_error_of_the_engine_has_its_place_in_the_table():
    named = [getattr(errors, name) for name in errors.__all__ if name != "ResolverError"]
    assert [kind.__name__ for kind in named if entry_of(kind.__new__(kind)).status >= 500] == []


def test_a_code_has_one_status():
    codes = {entry.code: entry.status for entry in TABLE.values()}
    assert all(entry.status == codes[entry.code] for entry in TABLE.values())


def test_answers_describe_statuses_with_examples_that_are_problems():
    told = answers(404, 409)
    assert set(told) == {*COMMON, 404, 409}
    for status, described in told.items():
        example = described["content"][MEDIA_TYPE]["example"]
        jsonschema.validate(example, Problem.model_json_schema())
        assert example["status"] == status


def test_a_store_that_is_gone_is_a_problem_and_no_crash(probing, key_of):
    key = key_of()
    with probing.app.state.server.database.adding() as connection:
        connection.execute(text("DROP TABLE api_keys"))
    got = probing.get("/probe/read", headers={"X-API-Key": key})
    assert problem_of(got).code == "store_unavailable"


def test_a_store_of_another_version_is_alive_and_not_ready(probing):
    assert probing.get("/v1/ready").json() == {"status": "ready"}
    with probing.app.state.server.database.adding() as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '0001'"))  # noqa: S608
    assert problem_of(probing.get("/v1/ready")).code == "not_ready"
    assert probing.get("/v1/health").json() == {"status": "alive"}
