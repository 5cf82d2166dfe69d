"""A worker starts at once: what a ready server does not need is loaded when it is needed."""

import subprocess
import sys

from tests.api.test_commands import environment

PAGES = ("api.steward.pages", "jinja2")
LATER = ("alembic", "httpx", "jwt", "networkx", "pandas", "psycopg", "pyarrow", "pyspark", "typer", *PAGES)
READY = f"""
import gc, sys
from api.worker import app
made = app()
print(sorted(set({LATER!r}) & set(sys.modules)))
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_a_ready_server_has_not_loaded_what_it_may_never_need(tmp_path):
    told = {**environment(), "RESOLVER_DB": str(tmp_path / "contacts.db")}
    subprocess.run([sys.executable, "-m", "api", "db", "upgrade", "--db", told["RESOLVER_DB"]], env=told, check=True)
    done = subprocess.run(
        [sys.executable, "-c", READY], env=told, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["[]", "True True"], done.stderr
