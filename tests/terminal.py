"""A terminal in which the snippets of a page run as they are written, one after the other."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise
from typing import ClassVar

import httpx

from tests.resolver.commands.shell import resolver

PATIENCE = 60
SNIPPET = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A fenced block: its language and its text."""
RUN = ("sh", "python")
"""Languages of the blocks that are run; all others are only shown."""
OF_A_SHELL = re.compile(r"[|&;<>$*`()]")
"""What a shell does something with; a command that has none of it can run in this process, which saves its start."""


class Terminal:
    """Runs snippets in a folder, with what earlier ones exported. What still runs at the end is ended.

    account: as whom, as `subprocess` takes it.
    """

    account: ClassVar[dict[str, object]] = {}

    def __init__(self, folder):
        self.folder, self.running, self.programs = folder, [], folder / "bin"
        programs = self.programs
        programs.mkdir()
        (programs / "resolver").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api "$@"\n')
        for python in ("python", "python3"):
            (programs / python).write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for program in programs.iterdir():
            program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
        self.environment = {**kept, "PATH": f"{programs}:{kept['PATH']}"}

    def run(self, language, text):
        """What a snippet prints."""
        if language == "python":
            return self.python(text)
        lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
        plain = all(re.match("resolver (?!serve)", line) and not OF_A_SHELL.search(line) for line in lines)
        if not plain or shutil.which("resolver", path=self.environment["PATH"]) != str(self.programs / "resolver"):
            return self.shell(text)
        return "".join(self.command(shlex.split(line, comments=True)[1:]) for line in lines)

    def command(self, words):
        """What a command of ours prints, run in this process; for whoever works in the folder."""
        told = {name: value for name, value in self.environment.items() if name.startswith("RESOLVER_")}
        ran = resolver(*words, **told)
        assert ran.exit_code == 0, ran.output
        return ran.output

    def shell(self, text):
        """What a snippet prints; commands that end with & go on, and so does the server."""
        serving = [line for line in text.splitlines() if line.startswith("resolver serve")]
        rest = "\n".join(line for line in text.splitlines() if line not in serving)
        out = self.folder / f"out{len(self.running)}.txt"
        with out.open("w") as said:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", f"{rest}\nexport -p > exported.sh"],
                cwd=self.folder, env=self.environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
                **self.account,
            )  # fmt: skip
        self.running.append(process)
        assert process.wait(PATIENCE) == 0, out.read_text()
        exported = ["bash", "-c", "source ./exported.sh; env -0"]
        told = subprocess.run(exported, cwd=self.folder, env={}, check=True, capture_output=True, text=True).stdout
        self.environment = dict(one.split("=", 1) for one in told.split("\0") if "=" in one)
        for line in serving:
            self.start(shlex.split(line))
        return out.read_text()

    def start(self, command):
        with (self.folder / "server.txt").open("w") as said:
            self.running.append(
                subprocess.Popen(
                    ["bash", "-c", 'exec "$@"', "bash", *command],
                    cwd=self.folder, env=self.environment, stdout=said, stderr=said, start_new_session=True,
                    **self.account,
                )
            )  # fmt: skip

    def python(self, text):
        """What a snippet prints; one that begins with the name of a file is kept in it."""
        named = re.match(r"# (\w+\.py)\n", text)
        if named:
            (self.folder / named[1]).write_text(text)
            return ""
        done = subprocess.run(
            ["bash", "-c", 'exec python -c "$1"', "bash", text], cwd=self.folder, env=self.environment,
            timeout=PATIENCE, capture_output=True, text=True, check=False, **self.account,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self):
        for process in reversed(self.running):
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
            process.wait(PATIENCE)


def snippets(page):
    """What is to be run of a page, in its order, each with what the page says that it prints ("" where it is silent).

    What it prints stands in a block of plain text right below.
    """
    found = [*SNIPPET.findall(page), ("", "")]
    return [
        (language, text, below if kind == "text" else "")
        for (language, text), (kind, below) in pairwise(found)
        if language in RUN
    ]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def answers(url):
    """Whether a server answers, after a while at most."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    return False
