"""Cursors and headers of the API: whatever they say, the answer is one that is documented."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.conditions import condition
from resolver.errors import UsageError
from tests.fuzz.amount import fuzzed

PUT = "/v1/sources/crm/records/r1"
CURSORS = ["/v1/entities?q=lee&cursor=", "/v1/changes?cursor=", "/v1/reviews?cursor=", "/v1/acts?cursor="]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text('W/*", abc0123456789', max_size=40),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        ["*", '""', '"', 'W/"', '"a", *', "1e9", "NaN", "\0", "%00", "AAAA", "eyJhIjoxfQ", "9" * 5000, "\ud800"]
    ),
)


@pytest.fixture
def reader(client, as_role):
    client.headers.update(as_role("steward"))
    return client


@pytest.mark.parametrize("path", CURSORS)
@given(TEXTS)
@fuzzed(15)
def test_any_cursor_has_an_answer_that_is_documented(reader, path, text):
    answer = reader.get(path + quoted(text))
    assert answer.status_code in {200, 400, 422}, answer.text
    assert answer.headers["X-Request-Id"]


@given(
    TEXTS,
    st.sampled_from(["If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id", "Authorization", "X-API-Key"]),
)
@fuzzed(50)
def test_any_header_has_an_answer_that_is_documented(reader, text, name):
    value = text.encode("utf-8", "replace").replace(b"\n", b"").replace(b"\r", b"")
    answer = reader.put(PUT, headers={name: value}, json={"record": {"name": "Ann Lee"}})
    assert answer.status_code in {200, 201, 400, 401, 412, 422}, answer.text
    assert "\n" not in answer.headers["X-Request-Id"]


@given(st.text(max_size=60))
@fuzzed(60)
def test_any_if_match_names_versions_or_is_refused(text):
    try:
        found = condition(text, None)
    except UsageError:
        return
    assert found.any_version or found.versions


def quoted(text):
    return quote(text, safe="", errors="replace")
