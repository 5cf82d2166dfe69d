import pytest

from tests.resolver.commands.shell import MORE, PEOPLE, said


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """A store of five records; not to be written to."""
    folder = tmp_path_factory.mktemp("loaded")
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "more.csv").write_text(MORE)
    said("load", folder / "people.csv", folder / "more.csv", "--db", folder / "contacts.db", "--who", "lee")
    return folder / "contacts.db"


@pytest.fixture
def db(loaded, tmp_path, monkeypatch):
    """A copy of it, in the folder where the commands run."""
    for name in ("contacts.db", "people.csv", "more.csv"):
        (tmp_path / name).write_bytes((loaded.parent / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return "contacts.db"
