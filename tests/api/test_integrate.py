"""Every snippet of the guide runs as it is written, in its order, against a real server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from benchmarks.generate import generate

GUIDE = Path(__file__).parents[2] / "docs" / "integrate.md"
SNIPPET = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 60
PORTS = ("8400", "8401")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


class Terminal:
    """Runs snippets in a folder, with what earlier ones exported. What still runs at the end is ended."""

    def __init__(self, folder):
        self.folder, self.running = folder, []
        programs = folder / "bin"
        programs.mkdir()
        (programs / "resolver").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api "$@"\n')
        (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for program in programs.iterdir():
            program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
        self.environment = {**kept, "PATH": f"{programs}:{kept['PATH']}"}

    def shell(self, text):
        """What a snippet prints; commands that end with & go on, and so does the server."""
        serving = [line for line in text.splitlines() if line.startswith("resolver serve")]
        rest = "\n".join(line for line in text.splitlines() if line not in serving)
        out = self.folder / f"out{len(self.running)}.txt"
        with out.open("w") as said:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", f"{rest}\nexport -p > exported.sh"],
                cwd=self.folder, env=self.environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.running.append(process)
        assert process.wait(PATIENCE) == 0, out.read_text()
        exported = ["bash", "-c", "source ./exported.sh; env -0"]
        told = subprocess.run(exported, cwd=self.folder, env={}, check=True, capture_output=True, text=True).stdout
        self.environment = dict(one.split("=", 1) for one in told.split("\0") if "=" in one)
        for line in serving:
            self.start(line.split())
        return out.read_text()

    def start(self, command):
        with (self.folder / "server.txt").open("w") as said:
            self.running.append(
                subprocess.Popen(
                    command, cwd=self.folder, env=self.environment, stdout=said, stderr=said, start_new_session=True
                )
            )

    def python(self, text):
        """What a snippet prints; one that begins with the name of a file is kept in it."""
        named = re.match(r"# (\w+\.py)\n", text)
        if named:
            (self.folder / named[1]).write_text(text)
            return ""
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=self.folder, env=self.environment, timeout=PATIENCE,
            capture_output=True, text=True, check=False,
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


@pytest.fixture
def terminal(tmp_path):
    people = generate(300, 7).filter(source="crm").drop("truth_id", "source")
    people.write_csv(tmp_path / "crm.csv")
    made = Terminal(tmp_path)
    yield made
    made.close()


def answers(url):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    return False


def heard(terminal, kind):
    """Whether the receiver of the guide is told of a change."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if any(path.read_text().count(f"{kind} e") for path in terminal.folder.glob("out*.txt")):
            return True
        time.sleep(0.05)
    return False


def test_the_guide_works_as_written(terminal, tmp_path):
    text = GUIDE.read_text(encoding="utf-8")
    ports = {port: free_port() for port in PORTS}
    for port, free in ports.items():
        text = text.replace(port, free)
    said = []
    for language, snippet in SNIPPET.findall(text):
        said.append(getattr(terminal, "shell" if language == "sh" else "python")(snippet))
        if "resolver serve" in snippet:
            assert answers(f"http://127.0.0.1:{ports['8400']}/v1/ready"), (tmp_path / "server.txt").read_text()
    everything = "\n".join(said)
    for expected in (
        '"taken":3', "+EMAIL", "duplicates_detected", "200 attached e", " created e", '"webhook_id":"wh_', "would stay",
    ):  # fmt: skip
        assert expected in everything, expected
    first, second, third, fourth = (line.split() for line in said[-1].splitlines()[1:])
    assert first[-1] == second[-1]
    assert (third[0], fourth[0]) == (third[-1], fourth[-1])
    assert heard(terminal, "merged")
    assert heard(terminal, "split")
