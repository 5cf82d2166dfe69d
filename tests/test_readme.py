"""The commands of the README work as they are written."""

import shlex
from pathlib import Path

import polars as pl
import pytest

from tests.resolver.commands.shell import resolver, said

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PEOPLE = """id,first name,last name,email,ContactMail,CustomerNo,phone
{0},Ann,Lee,ann@x.com,ann@x.com,c{0},212-555-0147
{1},Bob,Fox,,bob@fox.example,c{1},+1 212 555 0199
"""
FILES = {
    "crm.csv": PEOPLE.format(17, 18),
    "webform.csv": PEOPLE.format(5, 4).replace("Bob,Fox,,bob@fox", "Cy,Young,,cy@young").replace("0199", "0111"),
    "billing.csv": PEOPLE.format(30, 31),
    "verdicts.csv": "left,right,verdict,who,when,why\ncrm:17,crm:18,different,kim,2026-05-01,called\n",
}


def commands(heading):
    """The lines of a section that are commands, without their remarks."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    resolver ")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the README speaks of."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    pl.read_csv(tmp_path / "webform.csv", infer_schema=False).write_excel(tmp_path / "webform.xlsx")
    pl.read_csv(tmp_path / "billing.csv", infer_schema=False).write_json(tmp_path / "support.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("heading", ["Your own files", "What you know already", "A store that remembers"])
def test_the_commands_of_a_section_work_as_written(heading, folder):
    assert commands(heading)
    for line in commands(heading):
        said(*shlex.split(line, comments=True)[1:])
    assert (folder / "out" / "report.html").exists()


def test_every_command_that_the_readme_names_is_there():
    named = {text.split()[1] for text in README.split("`")[1::2] if text.startswith("resolver ")}
    for name in sorted(named - {"apply-plan"}):
        assert resolver(name.strip(","), "--help").exit_code == 0, name
