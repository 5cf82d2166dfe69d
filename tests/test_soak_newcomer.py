"""A newcomer: an account of their own, an empty home, the wheel, and the five-minute start followed to the letter.

What the page says is read from the page. Packages come from wherever pip is told here to take them.
"""

import ast
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.docs.test_pages import DOCS, PORT, follow
from tests.soak import SOAK
from tests.terminal import Terminal, free_port

ROOT = Path(__file__).parents[1]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where a new account looks for programs; whoever is not root here may need their own."""
FOLDER = ("api", "data", "docs", "resolver", "rules", "pyproject.toml", "README.md", "LICENSE")
"""Of the project's folder what somebody needs who has no mind to change it."""
PROMISED = 300
"""Seconds: the page says five minutes."""
STEPS = {
    "pip install": "installed",
    "dedupe": "first report",
    "/v1/match": "first match",
    "/decision": "first decision",
}
"""By what is in a snippet, what it brings."""

pytestmark = pytest.mark.skipif(SOAK is None, reason="it installs everything anew, from the network: make soak does")


class Newcomer(Terminal):
    """A terminal of an account, with nothing but what a new account has."""

    def __init__(self, folder, home, account, path):
        self.folder, self.running, self.programs = folder, [], folder / "none of ours"
        self.account, self.times, self.begun = account, {}, time.monotonic()
        self.environment = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", **told_to_pip()}

    def run(self, language, text):
        """What a snippet prints; when it brought something is kept."""
        said = super().run(language, text)
        for mark, what in STEPS.items():
            if mark in text:
                self.times.setdefault(what, time.monotonic() - self.begun)
        return said


def told_to_pip():
    """Where pip takes packages from here, as variables: a new account has no file that says so."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    settings = re.findall(r"(?m)^(?:global|install|wheel|:env:)\.([\w.-]+)=(.*)$", listed)
    return {f"PIP_{name.upper().replace('-', '_')}": str(ast.literal_eval(value)) for name, value in settings}


@pytest.fixture
def home():
    """An empty home, and as whom to live in it: a new account where that can be made, else this one."""
    made = Path(tempfile.mkdtemp(prefix="newcomer"))
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        yield made, {}
        shutil.rmtree(made)
        return
    name = f"new{uuid4().hex[:12]}"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", str(made), name], check=True)
    try:
        entry = pwd.getpwnam(name)
        os.chown(made, entry.pw_uid, entry.pw_gid)
        yield made, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    finally:
        shutil.rmtree(made)
        subprocess.run(["userdel", name], check=True)


def handed_over(home, account):
    """The project's folder in a home, as its owner's."""
    folder = home / "project"
    folder.mkdir()
    for name in FOLDER:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    if account:
        subprocess.run(["chown", "-R", f"{account['user']}:{account['group']}", str(folder)], check=True)
    return folder


def written_elsewhere(home, account):
    """What an account owns outside its home."""
    passed = [word for place in ("/proc", "/sys", home) for word in ("-path", str(place), "-prune", "-o")]
    found = subprocess.run(
        ["find", "/", *passed, "-uid", str(account["user"]), "-print"], capture_output=True, text=True, check=False
    )
    return found.stdout.splitlines()


def test_a_newcomer_comes_to_a_first_decision_as_the_page_says(home, record_property):
    place, account = home
    path = PATH if account else os.environ["PATH"]
    terminal = Newcomer(handed_over(place, account), place, account, path)
    try:
        page = (DOCS / "start.md").read_text(encoding="utf-8")
        (wheel,) = re.findall(r"`(pip wheel [^`]+)`", page)
        terminal.shell(f"python3 -m venv ../making\n../making/bin/{wheel}")
        follow("start.md", terminal, {PORT: free_port()})
    finally:
        terminal.close()
    assert list(terminal.times) == list(STEPS.values())
    told = ", ".join(f"{what} after {seconds:.0f} s" for what, seconds in terminal.times.items())
    record_property("told", f"newcomer: {told}")
    assert terminal.times["first decision"] < PROMISED
    assert not account or written_elsewhere(place, account) == []
