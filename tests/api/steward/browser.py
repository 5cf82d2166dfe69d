"""A real browser at a real server, for walks through the desk."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
PATIENCE = 15_000
"""Milliseconds until something on a page has to be there: far more than it takes, on a machine with other work."""
GRAVE = ("serious", "critical")


@contextmanager
def served(app):
    """The application on a free port: its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + PATIENCE / 1000
            while not server.started and time.monotonic() < until:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE / 1000)


@contextmanager
def browsing():
    """Chromium; the test is skipped where it is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    if not CHROMIUM.exists():
        pytest.skip("chromium is missing")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(CHROMIUM), args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


def grave(page):
    """The serious violations that axe finds on a page: (rule, the elements)."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        (one["id"], [json.dumps(node["target"]) for node in one["nodes"]]) for one in found if one["impact"] in GRAVE
    ]
