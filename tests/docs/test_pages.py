"""Every snippet of the handbook runs as it is written and prints what the page says; every page is found and linked."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from handbook import commands
from resolver import index
from resolver.model import cutoffs
from resolver.steps import cluster, profile
from rules.ruleset import Ruleset
from tests.servers import new_database
from tests.terminal import RUN, SNIPPET, Terminal, answers, free_port, snippets

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PORT = "8400"
ELSEWHERE = {
    "integrate.md": "tests/api/test_integrate.py runs it",
    "spark.md": "it speaks of a cluster; tests/resolver/paths/test_spark.py runs what it is about",
}
SHOWN = ("", "text", "json", "toml", "yaml")
"""Languages of blocks that are only shown."""
PAGES = sorted(
    page.name for page in DOCS.glob("*.md") if page.name not in ELSEWHERE and snippets(page.read_text(encoding="utf-8"))
)
WORDS = {0.01: "one in a hundred", 0.1: "one case in ten"}
"""Shares as the page writes them."""
URL, OTHER = "postgresql://resolver@localhost/contacts", "postgresql://resolver@localhost/restored"
"""Databases that pages speak of."""


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    made = Terminal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def wheel(tmp_path):
    """The wheel as the project builds it, and its requirements without the project itself, for whoever installs it."""
    out = tmp_path / "dist"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    needed = tmp_path / "needed"
    needed.mkdir()
    ours = re.compile(r"_?contact_resolver|__editable__|pip\b|setuptools\b|.*\.pth$")
    for installed in Path(os.path.realpath(pytest.__file__)).parents[1].iterdir():
        if not ours.match(installed.name):
            (needed / installed.name).symlink_to(installed)
    return needed


def follow(page, terminal, replaced):
    """Runs the snippets of a page; what a page names and is otherwise here is replaced."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for named, here in replaced.items():
        text = text.replace(named, here)
    for language, snippet, printed in snippets(text):
        said = terminal.run(language, snippet)
        if "resolver serve" in snippet:
            port = replaced[PORT]
            assert answers(f"http://127.0.0.1:{port}/v1/ready"), (terminal.folder / "server.txt").read_text()
        compare(said, printed)


def compare(said, printed):
    """Every line that a page shows was said, in its order; spaces do not count, and `...` stands for anything."""
    lines, at = [" ".join(line.split()) for line in said.splitlines()], 0
    for line in filter(None, map(str.strip, printed.splitlines())):
        wanted = re.compile(".*".join(re.escape(" ".join(part.split())) for part in line.split("...")))
        found = [place for place in range(at, len(lines)) if wanted.search(lines[place])]
        assert found, f"the page says it prints {line!r}; it printed:\n{said}"
        at = found[0] + 1


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("start.md", "operate.md")])
def test_the_snippets_of_a_page_work_as_written(page, terminal):
    follow(page, terminal, {PORT: free_port()})


def test_the_start_works_for_who_has_nothing_but_the_wheel_and_the_samples(terminal, wheel):
    # where there is no network, what is needed is found here
    terminal.environment |= {"PYTHONPATH": str(wheel), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    follow("start.md", terminal, {PORT: free_port()})


def test_operating_works_as_written_on_both_databases(terminal, server):
    databases = {URL: new_database(server), OTHER: new_database(server)}
    follow("operate.md", terminal, {PORT: free_port(), **databases})


@pytest.mark.parametrize("page", sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")))
def test_blocks_say_what_they_are(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert {language for language, _ in SNIPPET.findall(text)} <= {*RUN, *SHOWN}
    assert text.count("\n```") == 2 * len(SNIPPET.findall(text)), "a fence is not closed"


def test_every_command_that_a_page_names_is_there():
    known = commands.parts()["commands"]
    for page in DOCS.glob("*.md"):
        for said in re.findall(r"`resolver ([a-z-]+(?: [a-z]+)?)", page.read_text(encoding="utf-8")):
            first = said.split()[0]
            assert f"## resolver {said}\n" in known or f"## resolver {first}\n" in known, f"{page.name}: {said}"


@pytest.mark.parametrize(
    "said",
    [
        f"counts as mild evidence against ({cluster.UNSEEN:g})",
        f"no single pair counts for more than {cluster.CLIP:g}",
        f"{profile.SHARE:g} x log odds of their profiles + {1 - profile.SHARE:g} x mean log odds",
        f"added = {index.DAMPING:g} x log(",
        f"at least -{index.LIMIT:g} and at most +{index.LIMIT:g}",
        f"fewer than {Ruleset.default().caution.until_pairs:g} pairs of one person",
        f"no more than {WORDS[cutoffs.FORGOTTEN]} of the true pairs",
        f"fewer than {WORDS[cutoffs.WORTH_ASKING]} would change",
    ],
)
def test_the_numbers_of_how_it_decides_are_those_of_the_code(said):
    assert said in " ".join((DOCS / "decides.md").read_text(encoding="utf-8").split())


def named(nav):
    """The pages of a table of contents."""
    for entry in nav:
        for told in entry.values():
            yield from [told] if isinstance(told, str) else named(told)


def test_every_page_is_in_the_table_of_contents_once():
    contents = list(named(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]))
    assert sorted(contents) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
