"""The desk over the population of the API's tests, and somebody who is signed in to it."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from resolver.paths.online import Resolver
from resolver.store import users
from resolver.store.access import Role
from resolver.store.database import Database
from resolver.store.users import User
from tests.api.steward import browser
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting
from tests.resolver.store.living import BOB

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


@pytest.fixture(autouse=True, scope="module")
def _cheap_passwords():
    """A password that takes a tenth of a second to try is right for a server, and long for so many tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(users, "COST", 1 << 4)
        yield


@pytest.fixture
def user_of(db):
    """user_of("kim", "steward"): a new user of the tenant acme, whose password is PASSWORD."""
    database = Database(str(db))

    def made(name="kim", role="steward", tenant="acme"):
        with database.writing("") as connection:
            users.create(connection, User(name, tenant, Role(role), datetime.now(UTC)), PASSWORD)
        return name

    yield made
    database.close()


def csrf_in(answer):
    """What the forms of a page bring along."""
    return re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)[1]


class Desk:
    """Somebody at the desk: gets pages, and sends forms as a page would."""

    def __init__(self, client):
        self.client = client
        self.csrf = None

    def get(self, path, **more):
        return self.client.get(path, **more)

    def post(self, path, follow=True, **fields):
        data = {"csrf": self.csrf, **fields}
        return self.client.post(path, data=data, follow_redirects=follow)

    def sign_in(self, name="kim", password=PASSWORD):
        data = {"csrf": csrf_in(self.client.get("/steward/sign-in")), "name": name, "password": password}
        answer = self.client.post("/steward/sign-in", data=data, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.csrf = csrf_in(self.client.get("/steward/help"))
        return self


@pytest.fixture
def desk(client, user_of):
    """A steward at the desk."""
    user_of("kim", "steward")
    return Desk(client).sign_in()


@pytest.fixture
def admin_desk(client, user_of):
    """An admin at the desk."""
    user_of("ada", "admin")
    return Desk(client).sign_in("ada")


@pytest.fixture(scope="session")
def doubtful(population, tmp_path_factory):
    """A store in which much is doubtful, of tenant "acme"; not to be changed."""
    path = shutil.copy(population, tmp_path_factory.mktemp("doubtful") / "contacts.db")
    resolver = Resolver(Database(str(path)), "acme")
    resolver.use(replace(doubting(), tenant="acme"))
    resolver.upsert(ONE, OTHER, THIRD, BOB)
    resolver.database.close()
    return path


@pytest.fixture
def db(request, tmp_path):
    """The path of a store of one's own: with the population, or with cases where a test asks for `doubts`."""
    which = "doubtful" if "doubts" in request.fixturenames else "population"
    return shutil.copy(request.getfixturevalue(which), tmp_path / "contacts.db")


@pytest.fixture
def doubts(db):
    """The store of the application, with cases."""
    resolver = Resolver(Database(str(db)), "acme")
    yield resolver
    resolver.database.close()


@pytest.fixture(scope="module")
def chromium():
    """One browser for the walks of a module: while it is there, its event loop runs and nobody may start another."""
    with browser.browsing() as found:
        yield found


@pytest.fixture
def site(app):
    """The address of the application."""
    with browser.served(app) as address:
        yield address


@pytest.fixture
def coming(chromium, site, user_of):
    """coming("ann"): a page of somebody who just signed in, by keyboard. Errors of its scripts fail the test."""
    contexts, wrong = [], []

    def come(name="kim", role="steward", **more):
        context = chromium.new_context(base_url=site, viewport={"width": 1280, "height": 900}, **more)
        contexts.append(context)
        context.set_default_timeout(browser.PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        user_of(name, role)
        page.goto("/steward/queue")
        sign_in(page, name)
        page.wait_for_url("**/steward/queue")
        return page

    yield come
    for context in contexts:
        context.close()
    assert wrong == []


def sign_in(page, name="kim"):
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
