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


def resolver(*words, cwd, told=""):
    return subprocess.run(
        [sys.executable, "-m", "resolver", *map(str, words)],
        cwd=cwd,
        input=told,
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
    names = [step["name"] for step in run["steps"]]
    assert names[:6] == ["read", "prepare", "block", "train", "compare", "cluster"]
    assert names[6:] == ["merge", "account", "write", "report"]
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
        (["dedupe", "people.csv", "--clean", "crm"], 2, "there are people"),
        (["link", "people.csv", "--clean", "people"], 2, "leave --clean out"),
        (["dedupe", "people.csv", "--judgements", "nope.csv"], 2, "no such file"),
        (["dedupe", "people.csv", "--judgements", "verdicts.csv"], 2, "verdicts.csv:3: 'perhaps' is no verdict"),
        (["rules", "check", "bad.toml"], 2, "bad.toml:"),
        (["why", "nowhere", "1", "2"], 2, "resolver dedupe"),
        (["train", "people.csv"], 2, "--labels"),
        (["train", "people.csv", "--labels", "nowhere.csv"], 2, "nowhere.csv"),
        (["train", "people.csv", "--labels", "people.csv"], 2, "people.csv"),
        (["dedupe", "people.csv", "--model", "people.csv"], 2, "resolver train"),
        (["dedupe", "people.csv", "--model", "nowhere.json"], 2, "nowhere.json"),
        (["label", "nowhere"], 2, "resolver dedupe"),
    ],
)
def test_a_mistake_is_one_clear_line_and_an_exit_code(words, code, told, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "verdicts.csv").write_text("left,right,verdict\n1,2,same\n1,3,perhaps\n")
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


def test_answers_typed_into_label_teach_a_model_that_dedupe_uses(done, tmp_path):
    folder, _ = done
    labels, model = tmp_path / "labels.csv", tmp_path / "model.json"
    asked = resolver("label", folder / "out", "--file", labels, cwd=tmp_path, told="x\ns\n")
    assert asked.returncode == 0, asked.stderr
    assert "the same person?" in asked.stdout
    assert labels.read_text().startswith("left,right,verdict,when\npeople:1,people:2,same,")
    trained = resolver("train", folder / "people.csv", "--labels", labels, "--out", model, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "1 same, 0 different" in trained.stdout
    ran = resolver("dedupe", folder / "people.csv", "--model", model, "--out", "out", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run["tenants"][""]["model"] == json.loads((folder / "out" / "run.json").read_text())["tenants"][""]["model"]
    again = resolver("label", folder / "out", "--file", labels, cwd=tmp_path)
    assert "Nothing to ask" in again.stdout


def test_questions_can_be_written_down_to_be_answered_by_hand(done, tmp_path):
    folder, _ = done
    listed = resolver("label", folder / "out", "--list", "list.csv", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert pl.read_csv(tmp_path / "list.csv", infer_schema=False)["left"].to_list() == ["people:1"]
    again = resolver("label", folder / "out", "--list", "list.csv", cwd=tmp_path)
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)


def test_back_asks_again_and_quit_keeps_what_was_answered(done, tmp_path):
    folder, _ = done
    ran = resolver("label", folder / "out", cwd=tmp_path, told="b\nq\n")
    assert ran.stdout.count("the same person?") == 2
    assert not (tmp_path / "labels.csv").exists()


def test_training_tells_its_facts_as_json_too(done, tmp_path):
    folder, _ = done
    words = ("train", folder / "people.csv", "--labels", folder / "truth.csv", "--json")
    ran = resolver(*words, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["labels"] == 1


def test_a_project_file_can_name_a_model(done, tmp_path):
    folder, _ = done
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "model.json").write_text((folder / "out" / "model.json").read_text())
    (tmp_path / "resolver.toml").write_text('inputs = ["people.csv"]\nmodel = "model.json"\n')
    ran = resolver("dedupe", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_a_project_file_holds_a_whole_run(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE.replace("email", "Kontakt"))
    (tmp_path / "resolver.toml").write_text('inputs = ["crm=people.csv"]\nout = "there"\n[map]\nemail = "Kontakt"\n')
    ran = resolver("dedupe", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    clusters = pl.read_parquet(tmp_path / "there" / "clusters.parquet")
    assert set(clusters["source"]) == {"crm"}


def test_verdicts_and_clean_sources_of_a_project_file_are_followed_and_explained(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "said.csv").write_text("left,right,verdict,who,when\n1,3,same,ann,2026-05-01\n99,3,same,,\n")
    (tmp_path / "resolver.toml").write_text('inputs = ["crm=people.csv"]\njudgements = "said.csv"\nclean = ["crm"]\n')
    ran = resolver("dedupe", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Verdicts  followed: 1 same\n          not followed: 1, a record is not here" in ran.stdout
    entity = dict(pl.read_parquet(tmp_path / "out" / "clusters.parquet").select("record_id", "entity_id").iter_rows())
    assert entity["1"] == entity["3"] != entity["2"]
    told = resolver("why", "out", "1", "3", cwd=tmp_path).stdout
    assert "Same person: a person said so" in told
    assert "Asked: SAME by ann on 2026-05-01" in told
    apart = resolver("why", "out", "1", "2", cwd=tmp_path).stdout
    assert "Kept apart: both have a record of crm, which holds nobody twice" in apart


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
