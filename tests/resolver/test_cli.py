import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

PEOPLE = """id,first name,last name,email,phone
1,Ann,Lee,ann@x.com,212-555-0147
2,Anne,Lee,ann@x.com,
3,Bob,Fox,,+1 212 555 0199
"""


def resolver(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "resolver", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A folder with a finished run in out/."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "truth.csv").write_text("record_id,truth_id\n1,a\n2,a\n3,b\n")
    ran = resolver("dedupe", "people.csv", "--out", "out", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return folder, ran


def test_a_run_writes_everything_the_contract_lists(done):
    folder, _ = done
    names = {path.name for path in (folder / "out").iterdir()}
    assert names >= {
        *(f"{name}.parquet" for name in ("clusters", "golden", "pairs", "review")),
        *("rejects.csv", "run.json", "report.html"),
    }
    assert pl.read_parquet(folder / "out" / "clusters.parquet").columns == [
        "source", "record_id", "record_key", "entity_id", "excluded",
    ]  # fmt: skip


def test_a_run_says_how_many_people_there_are_and_where_to_look(done):
    _, ran = done
    assert "3 records" in ran.stdout
    assert "2 people" in ran.stdout
    assert "report.html" in ran.stdout


def test_run_json_holds_the_steps_and_what_was_inferred(done):
    folder, _ = done
    run = json.loads((folder / "out" / "run.json").read_text())
    assert [step["name"] for step in run["steps"]][:7] == [
        "read",
        "prepare",
        "block",
        "compare",
        "score",
        "cluster",
        "merge",
    ]
    assert {use["column"]: use["field"] for use in run["columns"]}["first name"] == "given_name"


def test_why_explains_a_join_in_words_and_numbers(done):
    folder, _ = done
    ran = resolver("why", "out", "1", "2", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert "email" in ran.stdout.lower()
    assert "ann@x.com" in ran.stdout


def test_why_explains_what_was_never_compared(done):
    folder, _ = done
    ran = resolver("why", "out", "people:1", "people:3", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert "never compared" in ran.stdout.lower() or "not compared" in ran.stdout.lower()


def test_evaluate_measures_against_known_answers(done):
    folder, _ = done
    ran = resolver("evaluate", "out", "--truth", "truth.csv", "--json", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["f1"] == 1.0


def test_json_output_is_json(done):
    folder, _ = done
    ran = resolver("dedupe", "people.csv", "--out", "other", "--json", cwd=folder)
    assert json.loads(ran.stdout)["records"] == 3


def test_csv_results_cannot_run_in_a_spreadsheet(tmp_path):
    (tmp_path / "evil.csv").write_text('id,name,email,note\n1,"=cmd()|x",a@x.com,+1+1\n2,@sum,b@x.com,-2\n')
    ran = resolver("dedupe", "evil.csv", "--out", "out", "--format", "csv", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    cells = [
        cell
        for row in pl.read_csv(tmp_path / "out" / "golden.csv", infer_schema=False).iter_rows()
        for cell in row
        if cell
    ]
    assert not [cell for cell in cells if cell[0] in "=+-@"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["dedupe", "nowhere.csv"], 1, "nowhere.csv"),
        (["dedupe", "."], 1, "directory"),
        (["dedupe", "empty.csv"], 1, "empty"),
        (["dedupe", "header.csv"], 1, "header.csv"),
        (["dedupe", "cut.parquet"], 1, "cut.parquet"),
        (["dedupe"], 2, "resolver.toml"),
        (["dedupe", "people.csv", "--id-column", "nope"], 2, "nope"),
        (["dedupe", "people.csv", "--map", "email"], 2, "FIELD=COLUMN"),
        (["dedupe", "people.csv", "--rules", "bad.toml"], 2, "bad.toml:"),
        (["dedupe", "people.csv", "--format", "xml"], 2, "parquet or csv"),
        (["rules", "check", "bad.toml"], 2, "bad.toml:"),
        (["why", "nowhere", "1", "2"], 2, "resolver dedupe"),
    ],
)
def test_a_mistake_is_one_clear_line_and_an_exit_code(words, code, told, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text("id,name,email\n")
    pl.DataFrame({"id": ["1"]}).write_parquet(tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:60])
    rules = Path(resolver_rules()).read_text()
    (tmp_path / "bad.toml").write_text(rules.replace('"email.same"', '"email.smae"'))
    ran = resolver(*words, cwd=tmp_path)
    assert ran.returncode == code, ran.stderr
    assert told in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ran.stderr


def resolver_rules():
    from importlib.resources import files

    return str(files("rules").joinpath("contacts.toml"))


def test_a_project_file_holds_a_whole_run(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE.replace("email", "Kontakt"))
    (tmp_path / "resolver.toml").write_text('inputs = ["crm=people.csv"]\nout = "there"\n[map]\nemail = "Kontakt"\n')
    ran = resolver("dedupe", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    clusters = pl.read_parquet(tmp_path / "there" / "clusters.parquet")
    assert set(clusters["source"]) == {"crm"}


def test_map_says_what_each_column_is_taken_for(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    ran = resolver("map", "people.csv", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "first name" in ran.stdout
    assert "given_name" in ran.stdout or "given name" in ran.stdout


def test_rules_check_accepts_the_shipped_rules(tmp_path):
    ran = resolver("rules", "check", resolver_rules(), cwd=tmp_path)
    assert ran.returncode == 0
    assert "fine" in ran.stdout


def test_plan_and_apply_plan_say_what_they_would_do(tmp_path):
    project = Path(__file__).parents[2] / "data" / "systems" / "resolver.toml"
    assert resolver("dedupe", "--project", project, "--out", "out", cwd=tmp_path).returncode == 0
    planned = resolver("plan", "--out", "out", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert "plans.html" in planned.stdout
    dry = resolver("apply-plan", "--system", "cpod", "--tenant", "northwind", "--out", "out", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    assert "waits for a person" in dry.stdout


def test_a_pull_without_its_secret_names_the_variable(tmp_path):
    ran = resolver("pull", "voipbin", "--out", "x.json", cwd=tmp_path)
    assert ran.returncode == 2
    assert "RESOLVER_VOIPBIN_TOKEN" in ran.stderr
    assert not (tmp_path / "x.json").exists()
