"""The lock files: one for who uses the program, one for who tests it, one for what a server runs; all agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTED, USED, SERVED = "requirements-dev.lock", "requirements.lock", "deploy/requirements.lock"
ONLY_TESTED = {"pytest", "pyspark", "playwright", "mypy", "schemathesis", "pandas", "pyarrow"}


def text(lock):
    return (ROOT / lock).read_text(encoding="utf-8")


def pinned(lock):
    """Each package with its version; one may have two, for older and newer Pythons."""
    return set(re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text(lock)))


def names(lock):
    return {name for name, _ in pinned(lock)}


@pytest.mark.parametrize("lock", [USED, SERVED])
def test_what_is_used_and_served_has_the_versions_that_are_tested_and_nothing_that_only_tests_need(lock):
    assert pinned(lock) < pinned(TESTED)
    assert names(lock) >= {"fastapi", "polars", "uvicorn", "sqlalchemy"}
    assert not names(lock) & ONLY_TESTED
    assert names(TESTED) >= ONLY_TESTED


def test_a_clone_can_install_itself_and_a_server_reaches_its_database():
    assert names(USED) >= {"hatchling", "editables"}
    assert names(SERVED) >= {"psycopg"}
    assert not names(SERVED) & {"hatchling", "editables"}


@pytest.mark.parametrize("lock", [TESTED, USED, SERVED])
def test_every_package_has_hashes_and_no_lock_names_a_place(lock):
    assert "://" not in text(lock)
    packages = list(filter(None, re.split(r"(?m)^(?=\w)", text(lock))))
    assert len(packages) == len(pinned(lock))
    assert all("--hash=sha256:" in package for package in packages)
