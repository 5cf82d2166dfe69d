import pytest

from api.conditions import condition, etag
from resolver.errors import UsageError
from resolver.paths.keeping import Condition


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "meant"),
    [
        (None, None, Condition()),
        ("*", None, Condition(any_version=True)),
        (None, "*", Condition(absent=True)),
        (etag("9b1d"), None, Condition(("9b1d",))),
        ('"9b1d" ,"2f40"', None, Condition(("9b1d", "2f40"))),
        ('W/"9b1d"', None, Condition(("W/9b1d",))),
        ("*", "*", Condition(any_version=True, absent=True)),
    ],
)
def test_headers_say_in_which_state_a_record_has_to_be(if_match, if_none_match, meant):
    assert condition(if_match, if_none_match) == meant


def test_what_names_no_version_is_refused():
    with pytest.raises(UsageError):
        condition("9b1d", None)


@pytest.mark.parametrize("headers", [{"If-Match": "9b1d"}, {"If-Match": ""}, {"If-None-Match": '"9b1d"'}])
def test_headers_that_cannot_be_followed_are_refused(client, as_role, headers):
    answer = client.put(
        "/v1/sources/crm/records/1", json={"record": {"name": "Zoe Quist"}}, headers={**as_role("match"), **headers}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
