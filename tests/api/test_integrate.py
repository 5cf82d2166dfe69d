"""Every snippet of the guide runs as it is written, in its order, against a real server."""

import time
from pathlib import Path

import pytest

from benchmarks.generate import generate
from tests.terminal import PATIENCE, Terminal, answers, free_port, snippets

GUIDE = Path(__file__).parents[2] / "docs" / "integrate.md"
PORTS = ("8400", "8401")


@pytest.fixture
def terminal(tmp_path):
    people = generate(300, 7).filter(source="crm").drop("truth_id", "source")
    people.write_csv(tmp_path / "crm.csv")
    made = Terminal(tmp_path)
    yield made
    made.close()


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
    for language, snippet, _ in snippets(text):
        said.append(terminal.run(language, snippet))
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
