"""Who is let in, and who may do what."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.routing import iter_route_contexts

from api.access import Caller, Role
from api.deps import Needs
from api.gate import ANYBODY
from resolver.errors import UsageError
from resolver.store import access
from tests.api.conftest import audit_of, bearing

SECRET = "a secret of thirty-two bytes or more"  # noqa: S105
OPEN = {"/v1/health", "/v1/ready", "/metrics", "/openapi.json"}
"""What asks for no credential."""


def needs_of(dependant):
    """The roles that a route asks for."""
    own = [dependant.call.role] if isinstance(dependant.call, Needs) else []
    return own + [role for each in dependant.dependencies for role in needs_of(each)]


def routes_of(app):
    """All routes but the open ones; what the desk's pages ask for is told in tests/api/steward."""
    every = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in every if route.path not in OPEN and not route.path.startswith("/steward")]


def test_every_route_but_a_few_asks_who_is_there(app):
    for route in routes_of(app):
        assert len(needs_of(route.dependant)) == 1, route.path


def test_every_route_has_a_shape_a_sentence_and_its_errors(app):
    document = app.openapi()
    for route in routes_of(app):
        told = document["paths"][route.path_format][next(iter(route.methods)).lower()]
        assert told["operationId"] == route.name
        assert told.get("description"), route.path
        assert {"401", "403", "422", "429", "503"} <= told["responses"].keys(), route.path


def test_operations_have_names_of_their_own(app):
    names = [one["operationId"] for path in app.openapi()["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


def test_a_key_opens_its_tenant_with_its_role(probing, key_of):
    got = probing.get("/probe/read", headers=bearing(key_of("steward", "acme", "Ann's form")))
    assert got.json() == {"tenant": "acme", "role": "steward", "name": "Ann's form"}


def test_a_key_may_also_come_in_a_header_of_its_own(probing, key_of):
    assert probing.get("/probe/read", headers={"X-API-Key": key_of()}).status_code == 200


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("needed", Role)
def test_a_role_may_what_the_roles_before_it_may(role, needed):
    assert role.may(needed) == (list(Role).index(role) >= list(Role).index(needed))


def test_too_low_a_role_is_refused_by_name(probing, key_of):
    read = bearing(key_of("read"))
    assert probing.get("/probe/read", headers=read).status_code == 200
    for needed in ("match", "steward", "admin"):
        got = probing.get(f"/probe/{needed}", headers=read)
        assert (got.status_code, got.json()["code"]) == (403, "forbidden")
        assert needed in got.json()["detail"]


def spoilt(key):
    return key[:-1] + ("A" if key[-1] != "A" else "B")


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("X-Other", "{key}"),
        ("Authorization", "Bearer {spoilt}"),
        ("Authorization", "Bearer rk_000000000000_{secret}"),
        ("Authorization", "Bearer rk__"),
        ("Authorization", "Bearer rk"),
        ("Authorization", "Bearer nonsense"),
        ("Authorization", "Bearer a.b.c"),
        ("Authorization", "Bearer "),
        ("Authorization", "Basic {key}"),
        ("X-API-Key", ""),
        ("X-API-Key", "{key}é"),
    ],
)
def test_whoever_shows_no_right_key_is_asked_for_one(probing, key_of, header, shown):
    key = key_of()
    told = shown.format(key=key, spoilt=spoilt(key), secret=key.split("_", 2)[2])
    got = probing.get("/probe/read", headers={header: told.encode()})
    assert (got.status_code, got.json()["code"]) == (401, "unauthorized")
    assert got.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_at_once(probing, key_of):
    key = key_of()
    assert probing.get("/probe/read", headers=bearing(key)).status_code == 200
    with probing.app.state.server.database.adding() as connection:
        access.revoke(connection, key)
    assert probing.get("/probe/read", headers=bearing(key)).status_code == 401


def test_an_expired_key_is_refused(probing, key_of):
    now = datetime.now(UTC)
    for expires, status in ((now + timedelta(hours=1), 200), (now - timedelta(seconds=1), 401)):
        assert probing.get("/probe/read", headers=bearing(key_of(expires=expires))).status_code == status


def test_wrong_expired_and_unknown_keys_are_told_apart_by_nobody(probing, key_of):
    late = key_of(expires=datetime.now(UTC) - timedelta(days=1))
    told = {
        probing.get("/probe/read", headers=bearing(shown)).json()["detail"]
        for shown in (late, spoilt(key_of()), "rk_000000000000_x", "x.y.z")
    }
    assert len(told) == 1


# --- tokens --------------------------------------------------------------------------------------------------------


def claims(**other):
    told = {"tenant": "acme", "role": "match", "sub": "crm", "exp": datetime.now(UTC) + timedelta(minutes=5), **other}
    return {name: value for name, value in told.items() if value is not None}


def token(key=SECRET, algorithm="HS256", **other):
    return jwt.encode(claims(**other), key, algorithm=algorithm)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """An RSA key, and the file with its public part."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key, public_file(key, tmp_path_factory.mktemp("keys") / "public.pem")


def public_file(key, path):
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public))
    return path


def test_a_token_signed_with_the_secret_opens_its_tenant(asking):
    got = asking(jwt_secret=SECRET).get("/probe/read", headers=bearing(token()))
    assert got.json() == {"tenant": "acme", "role": "match", "name": "crm"}


def test_a_token_signed_with_the_private_key_opens_its_tenant(asking, pair):
    key, file = pair
    got = asking(jwt_public_key_file=file).get("/probe/read", headers=bearing(token(key, "RS256")))
    assert got.json() == {"tenant": "acme", "role": "match", "name": "crm"}


@pytest.mark.parametrize(
    "other",
    [
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"tenant": None},
        {"tenant": ["acme"]},
        {"role": None},
        {"role": "owner"},
        {"role": ["admin"]},
        {"nbf": datetime(2999, 1, 1, tzinfo=UTC)},
        {"aud": "somebody else"},
        {"key": "another secret of thirty-two bytes"},
        {"algorithm": "HS512"},
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_token_that_lacks_something_is_refused(asking, other):
    changed = {name: value for name, value in other.items() if name not in ("key", "algorithm")}
    shown = jwt.encode(claims(**changed), other.get("key", SECRET), algorithm=other.get("algorithm", "HS256"))
    got = asking(jwt_secret=SECRET).get("/probe/read", headers=bearing(shown))
    assert (got.status_code, got.json()["code"]) == (401, "unauthorized")


def test_a_token_without_a_signature_is_refused(asking):
    client = asking(jwt_secret=SECRET)
    assert client.get("/probe/read", headers=bearing(token(None, "none"))).status_code == 401
    head, body, _ = token().split(".")
    assert client.get("/probe/read", headers=bearing(f"{head}.{body}.")).status_code == 401


def test_a_public_key_is_never_taken_for_a_secret(asking, pair):
    def packed(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    # the library refuses to make such a token, so it is made by hand, as an attacker would
    _, file = pair
    _, body, _ = token().split(".")
    signed = packed(b'{"alg":"HS256","typ":"JWT"}') + b"." + body.encode()
    shown = signed + b"." + packed(hmac.digest(file.read_bytes(), signed, hashlib.sha256))
    assert asking(jwt_public_key_file=file).get("/probe/read", headers=bearing(shown.decode())).status_code == 401
    both = asking(jwt_public_key_file=file, jwt_secret=SECRET)
    assert both.get("/probe/read", headers=bearing(shown.decode())).status_code == 401
    assert both.get("/probe/read", headers=bearing(token())).status_code == 200


def test_issuer_and_audience_must_be_those_that_were_agreed(asking):
    client = asking(jwt_secret=SECRET, jwt_issuer="https://login.example", jwt_audience="contacts")
    right = {"iss": "https://login.example", "aud": "contacts"}
    for other, status in (
        ({}, 200),
        ({"iss": "x"}, 401),
        ({"aud": "x"}, 401),
        ({"aud": None}, 401),
        ({"iss": None}, 401),
    ):
        assert client.get("/probe/read", headers=bearing(token(**{**right, **other}))).status_code == status


def test_a_file_that_holds_no_rsa_public_key_is_refused_at_the_start(asking, tmp_path):
    (tmp_path / "none.pem").write_text("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n")
    elliptic = public_file(ec.generate_private_key(ec.SECP256R1()), tmp_path / "elliptic.pem")
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    short = public_file(weak, tmp_path / "short.pem")
    for file in (tmp_path / "none.pem", elliptic, short, tmp_path / "nowhere.pem"):
        with pytest.raises(UsageError, match=file.name):
            asking(jwt_public_key_file=file)


# --- an open server ------------------------------------------------------------------------------------------------


def test_a_server_for_this_machine_is_open_until_the_first_key_is_made(probing, key_of):
    got = probing.get("/probe/read").json()
    assert got == {"tenant": "", "role": "admin", "name": ANYBODY.name}
    key = key_of()
    assert probing.get("/probe/read").status_code == 401
    with probing.app.state.server.database.adding() as connection:
        access.revoke(connection, key)
    assert probing.get("/probe/read").status_code == 401


@pytest.mark.parametrize(
    "settings",
    [{"host": "0.0.0.0"}, {"host": "contacts.example"}, {"jwt_secret": SECRET}],  # noqa: S104
)
def test_a_server_that_others_reach_or_that_knows_tokens_is_never_open(asking, settings):
    assert asking(**settings).get("/probe/read").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:8400"}, 200),
        ({"host": "[::1]:8400"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example"}, 401),
        ({"host": "127.0.0.1.evil.example"}, 401),
        ({"origin": "https://evil.example"}, 401),
        ({"origin": "null"}, 401),
    ],
)
def test_a_page_of_a_foreign_site_is_not_let_into_an_open_server(probing, headers, status):
    assert probing.get("/probe/read", headers=headers).status_code == status


def test_only_this_machine_is_let_into_an_open_server(probing):
    with type(probing)(probing.app, base_url="http://127.0.0.1:8400", client=("192.0.2.7", 5)) as elsewhere:
        assert elsewhere.get("/probe/read").status_code == 401


# --- the audit -----------------------------------------------------------------------------------------------------


def test_what_callers_do_is_written_down(probing, key_of):
    headers = bearing(key_of("steward", name="lee"))
    for path in ("read", "match", "steward", "admin"):
        probing.get(f"/probe/{path}", headers=headers)
    probing.get("/probe/read", headers=bearing("rk_0_0"))
    assert audit_of(probing) == [
        ("lee", "steward", "probe_read", ()),
        ("lee", "steward", "probe.matched", ("e1", "e2")),
        ("lee", "steward", "probe.one", ("e1",)),
        ("lee", "steward", "probe.two", ()),
    ]


def test_what_was_not_waited_for_is_written_down_too(asking, key_of):
    client = asking(request_seconds=1)
    assert client.get("/probe/late", headers=bearing(key_of(name="lee"))).status_code == 504
    client.app.state.gate.set()
    assert audit_of(client) == [("lee", "read", "probe_late", ())]


def test_a_mark_names_nobody_and_tells_callers_apart():
    told = (("acme", "ann@x.com"), ("acme", "bob@x.com"), ("zeta", "ann@x.com"))
    people = [Caller(tenant, Role.READ, name) for tenant, name in told]
    assert len({one.mark for one in people}) == 3
    assert not any("ann" in one.mark for one in people)
    assert Caller("acme", Role.READ, "a form", "abc123").mark == "abc123"
