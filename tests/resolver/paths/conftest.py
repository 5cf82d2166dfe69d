import pytest

from tests.resolver.store.living import trained


@pytest.fixture
def resolver(store, tmp_path):
    """An empty store with a model."""
    return store(tmp_path / "contacts.db", trained())
