"""Questions of a finished run, the file of answers, and what a model makes of them."""

import csv
from dataclasses import replace

import polars as pl
import pytest

from benchmarks.generate import generate
from resolver import dedupe
from resolver.ask import Finished, Line, Question, questions
from resolver.errors import InputError, UsageError
from resolver.explain import why
from resolver.frames import JUDGEMENTS
from resolver.judgement import Judgement, Verdict, read_judgements, told_frame
from resolver.labelling import append, judged, write_list
from resolver.model.layout import Layout
from resolver.paths.frozen import read_models, write_models
from resolver.paths.options import Options
from resolver.summary import teaching_in_words, why_in_words
from resolver.teach import APART, UNSURE, Labels, known_records, read_labels, teach

NOBODY = pl.DataFrame(schema=JUDGEMENTS)
QUESTION = Question(
    "", "crm:1", "web:2", [Line("given", "Ann", "=Anne", "nickname"), Line("email", "a@x.com", "", None)]
)
KNOWN = pl.DataFrame({"record_key": ["crm:1", "web:2", "web:3"]})


@pytest.fixture(scope="module")
def labelled():
    return generate(1500, 1)


@pytest.fixture(scope="module")
def shown(labelled):
    return labelled.drop([name for name in labelled.columns if name.startswith("truth_")])


@pytest.fixture(scope="module")
def result(shown):
    return dedupe(shown)


@pytest.fixture(scope="module")
def run(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    result.write(folder)
    return Finished.read(folder)


@pytest.fixture(scope="module")
def truth_file(labelled, tmp_path_factory):
    path = tmp_path_factory.mktemp("truth") / "truth.csv"
    labelled.select("source", "record_id", "truth_id").write_csv(path)
    return path


def ends(asked):
    return {(one.left_key, one.right_key) for one in asked}


def test_questions_are_pairs_of_the_run_each_once_and_always_the_same(run):
    asked = questions(run, NOBODY, 20)
    assert len(ends(asked)) == 20
    assert ends(asked) <= set(run.pairs.select("left_key", "right_key").iter_rows())
    assert asked == questions(run, NOBODY, 20)


def test_questions_lie_on_both_sides_of_the_threshold(run):
    wanted = pl.DataFrame(list(ends(questions(run, NOBODY, 20))), schema=["left_key", "right_key"], orient="row")
    chances = run.pairs.join(wanted, on=["left_key", "right_key"])["probability"]
    assert chances.min() < 0.1
    assert chances.max() > 0.9
    assert chances.is_between(0.1, 0.9).sum() >= 8


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE])
def test_what_was_answered_is_not_asked_again(run, verdict):
    first = questions(run, NOBODY, 5)
    given = told_frame([Judgement(one.left_key, one.right_key, verdict) for one in first])
    assert not ends(questions(run, given, 20)) & ends(first)


def test_a_question_shows_what_both_records_say_as_entered(run, shown):
    one = questions(run, NOBODY, 1)[0]
    entered = shown.filter(pl.format("{}:{}", "source", "record_id") == one.left_key).row(0, named=True)
    assert {line.field: line.left for line in one.lines}.get("family", "") == (entered["last_name"] or "")


def test_questions_can_be_asked_of_a_run_written_as_csv(result, run, tmp_path):
    result.write(tmp_path, "csv")
    assert ends(questions(Finished.read(tmp_path), NOBODY, 10)) == ends(questions(run, NOBODY, 10))


def test_tenants_are_asked_about_apart(shown, tmp_path):
    both = pl.concat([shown.with_columns(tenant=pl.lit(name)) for name in ("north", "south")])
    dedupe(both).write(tmp_path)
    run = Finished.read(tmp_path)
    asked = questions(run, NOBODY, 20)
    assert sorted({one.tenant for one in asked}) == ["north", "south"]
    assert sum(one.tenant == "north" for one in asked) == 10
    append(tmp_path / "labels.csv", asked[0], Verdict.SAME)
    known = known_records(run.clusters, run.normalised)
    assert judged(tmp_path / "labels.csv", known)["unused"].to_list() == [None]


def test_an_answer_is_in_the_file_at_once_and_the_last_one_counts(tmp_path):
    path = tmp_path / "labels.csv"
    for verdict in (Verdict.SAME, Verdict.DIFFERENT):
        append(path, QUESTION, verdict)
    counting = list(read_judgements(path, KNOWN))
    assert [one.verdict for one in counting] == [Verdict.DIFFERENT]


@pytest.mark.parametrize(
    "there",
    [
        "left_key;right_key;answer;note\ncrm:1;web:3;same;x",
        "verdict,right,left\nd,web:3,crm:1\n",
        "\ufeffleft,right,verdict,first name 1\ncrm:1,web:3,s,Ann\n",
        "",
    ],
    ids=["other names, no last line break", "other order", "a list filled in by hand", "an empty file"],
)
def test_answers_are_added_to_whatever_table_of_answers_is_there(there, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(there, encoding="utf-8")
    append(path, QUESTION, Verdict.SAME)
    found = {(one.left_key, one.right_key) for one in read_judgements(path, KNOWN)}
    assert found == {("crm:1", "web:2")} | ({("crm:1", "web:3")} if there else set())


def test_answers_are_not_added_to_a_file_of_something_else(tmp_path):
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n")
    with pytest.raises(UsageError, match="left, right, verdict"):
        append(tmp_path / "people.csv", QUESTION, Verdict.SAME)
    assert (tmp_path / "people.csv").read_text() == "id,name\n1,Ann\n"


def test_a_list_to_fill_in_holds_both_records_and_runs_nothing_in_a_spreadsheet(tmp_path):
    write_list(tmp_path / "list.csv", [QUESTION])
    with (tmp_path / "list.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["left"], row["right"], row["verdict"]) == ("crm:1", "web:2", "")
    assert (row["first name 1"], row["first name 2"]) == ("Ann", "'=Anne")


def test_a_list_not_filled_in_yet_holds_no_answer(tmp_path):
    write_list(tmp_path / "list.csv", [QUESTION])
    assert list(read_judgements(tmp_path / "list.csv", KNOWN)) == []


def test_a_list_never_takes_the_place_of_a_file(tmp_path):
    (tmp_path / "list.csv").write_text("left,right,verdict\n")
    with pytest.raises(UsageError, match="already"):
        write_list(tmp_path / "list.csv", [QUESTION])


def test_a_table_of_known_entities_labels_every_pair_the_run_wrote(result, truth_file, labelled):
    labels = read_labels([truth_file], result)
    of = dict(labelled.select(pl.format("{}:{}", "source", "record_id"), "truth_id").iter_rows())
    assert len(labels.pairs) == len(result.pairs)
    assert all((of[left] == of[right]) == same for _, left, right, same in labels.pairs.iter_rows())


def test_labels_that_cannot_be_used_are_counted_with_their_reason(result, tmp_path):
    left, right = result.pairs.select("left_key", "right_key").row(0)
    (tmp_path / "labels.csv").write_text(f"left,right,verdict\n{left},{right},u\n{left},nowhere,s\n{left},{left},s\n")
    labels = read_labels([tmp_path / "labels.csv"], result)
    assert not len(labels.pairs)
    assert labels.unused == {UNSURE: 1, "a record is not here": 1, "both are one record": 1}


def test_a_truth_about_other_records_is_counted(result, truth_file, tmp_path):
    (tmp_path / "truth.csv").write_text(truth_file.read_text() + "elsewhere,1,x\n")
    assert read_labels([tmp_path / "truth.csv"], result).unused == {APART: 1}


def test_several_files_of_answers_count_together_but_not_beside_a_truth(result, truth_file, tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, (left, right) in zip(
        paths, result.pairs.select("left_key", "right_key").head(2).iter_rows(), strict=True
    ):
        path.write_text(f"left,right,verdict\n{left},{right},same\n")
    assert len(read_labels(paths, result).pairs) == 2
    with pytest.raises(UsageError, match="either"):
        read_labels([paths[0], truth_file], result)


@pytest.fixture(scope="module")
def teaching(result):
    """Labels of somebody to whom one family is one person, which nobody can guess without labels."""
    family = pl.col("family").cast(pl.String).eq_missing("same")
    return teach(result, Labels(result.pairs.select("left_key", "right_key", tenant=pl.lit(""), same=family)))


@pytest.fixture(scope="module")
def models(teaching):
    return teaching.models


def test_labels_bring_scores_nearer_to_what_people_say(teaching):
    learned = teaching.learned[""]
    assert learned.taught is not None
    assert learned.after.loss < learned.before.loss / 2
    assert learned.after.errors < learned.before.errors


def test_training_says_in_words_what_changed_most(teaching):
    text = teaching_in_words(teaching, "model.json")
    assert "last name" in text.partition("Changed most")[2]
    assert "resolver dedupe FILE... --model model.json" in text


def test_a_run_with_a_trained_model_uses_it_as_it_was_written(shown, models, tmp_path):
    write_models(models, tmp_path / "model.json")
    again = dedupe(shown, options=Options(models=read_models(tmp_path / "model.json")))
    assert again.run["tenants"][""]["model"] == models[""].fingerprint
    assert again.models[""].taught.labels == models[""].taught.labels


def test_why_says_what_comes_from_labels_and_still_sums_up(shown, models, tmp_path):
    again = dedupe(shown, options=Options(models=models))
    again.write(tmp_path)
    texts = []
    for left, right, weight in again.pairs.select("left_key", "right_key", "weight").gather_every(200).iter_rows():
        found = why(tmp_path, left, right)
        assert sum(line.weight for line in found.lines) == pytest.approx(weight, abs=1e-4)
        texts.append(why_in_words(found))
    assert any("of it learned from labels" in text for text in texts)
    assert all("what labels say of all like it" in text for text in texts)


def test_a_runs_own_model_gives_the_same_run_again(shown, result):
    again = dedupe(shown, options=Options(models=result.models))
    assert again.clusters.equals(result.clusters)
    assert again.pairs.equals(result.pairs)
    assert again.run["warnings"] == []


def test_other_columns_than_the_model_knows_are_told(shown, models):
    other = shown.drop("email").with_columns(birth_date=pl.lit("1980-01-02"))
    told = " ".join(dedupe(other, options=Options(models=models)).run["warnings"])
    assert "birth_date" in told
    assert "email" in told


def test_far_fewer_records_than_the_model_was_trained_on_are_told(shown, models):
    told = " ".join(dedupe(shown.head(300), options=Options(models=models)).run["warnings"])
    assert "1,500" in told


def test_a_model_of_one_tenant_is_not_used_for_another(shown, models):
    with pytest.raises(UsageError, match="tenants never share"):
        dedupe(shown.with_columns(tenant=pl.lit("north")), options=Options(models=models))


def test_a_model_made_under_other_rules_is_refused(shown, models):
    levels = models[""].layout.levels
    other = replace(models[""], layout=Layout({**levels, "given": levels["given"][:-1]}))
    with pytest.raises(UsageError, match="other rules"):
        dedupe(shown, options=Options(models={"": other}))


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"": {}}', '{"": 3}'])
def test_a_file_that_is_no_model_says_how_to_make_one(text, tmp_path):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(InputError, match="resolver train"):
        read_models(tmp_path / "model.json")
