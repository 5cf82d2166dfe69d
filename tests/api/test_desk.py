"""The desk is there for whoever asks for it first, and for all who ask at that moment."""

from concurrent.futures import ThreadPoolExecutor

from fastapi.routing import iter_route_contexts

from api.desk import pages


def paths_of(app):
    return [context.original_route.path for context in iter_route_contexts(app.routes)]


def test_the_first_page_opens_the_desk_once_for_all_who_ask_at_that_moment(app, client):
    assert not any(path.startswith("/steward") for path in paths_of(app))
    with ThreadPoolExecutor(8) as asking:
        got = [*asking.map(lambda _: client.get("/steward/help", follow_redirects=False).status_code, range(8))]
    assert got == [303] * 8
    assert paths_of(app).count("/steward/help") == 1
    there = [path for path in paths_of(app) if path.startswith("/steward")]
    assert len(there) == sum(len(one.routes) for one in pages())


def test_what_the_desk_does_not_know_is_told_as_a_page_and_elsewhere_as_a_problem(client):
    assert client.get("/steward/nowhere").headers["content-type"].startswith("text/html")
    assert client.get("/v1/nowhere").json()["code"] == "no_such_route"
