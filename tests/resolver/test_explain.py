import polars as pl
import pytest

from resolver import dedupe
from resolver.errors import UsageError
from resolver.explain import read_frame, why
from resolver.judgement import Judgement, Verdict, told_frame
from resolver.paths.options import Options

PEOPLE = pl.DataFrame(
    {
        "id": ["1", "2", "3", "4", "5"],
        "first name": ["Ann", "Ann", "Bob", "Ann", "Cy"],
        "last name": ["Lee", "Lee", "Fox", "Lee", "Orr"],
        "email": ["ann@x.com", "ann@x.com", "bob@y.com", None, None],
        "phone": [None, "+442079460018", "+442079460019", "+442079460018", None],
        "deleted": [None, None, None, None, "true"],
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("why")
    dedupe(PEOPLE).write(out)
    return out


def test_the_evidence_sums_up_to_the_probability_of_the_pair(folder):
    found = why(folder, "frame:1", "frame:2")
    pairs = read_frame(folder, "pairs").filter(pl.col("left_key") == "frame:1", pl.col("right_key") == "frame:2")
    assert found.probability == pytest.approx(pairs["probability"][0], abs=1e-6)
    assert sum(line.weight for line in found.lines) == pytest.approx(pairs["weight"][0], abs=1e-4)


def test_both_sides_are_shown_beside_the_level(folder):
    email = next(line for line in why(folder, "1", "2").lines if line.field == "email")
    assert (email.left, email.right, email.level) == ("ann@x.com", "ann@x.com", "same")


def test_records_joined_through_a_third_name_the_chain(folder):
    found = why(folder, "1", "4")
    assert found.joined
    assert found.path in (["frame:1", "frame:2", "frame:4"], ["frame:1", "frame:4"])


def test_records_that_never_met_have_no_meeting_and_are_apart(folder):
    found = why(folder, "1", "3")
    assert (found.compared, found.joined, found.path) == (False, False, [])


def test_an_excluded_record_meets_nobody(folder):
    assert why(folder, "1", "5").meetings == []


def test_what_people_said_is_told_and_joins_the_chain(tmp_path):
    said = [Judgement("2", "3", Verdict.SAME, "ann"), Judgement("1", "4", Verdict.DIFFERENT, "bob")]
    dedupe(PEOPLE, options=Options(judgements=told_frame(said))).write(tmp_path)
    joined = why(tmp_path, "2", "3")
    assert (joined.joined, joined.said.who, joined.path) == (True, "ann", ["frame:2", "frame:3"])
    apart = why(tmp_path, "2", "4") if why(tmp_path, "2", "1").joined else why(tmp_path, "2", "1")
    assert (apart.joined, apart.said, [one.who for one in apart.different]) == (False, None, ["bob"])


def test_a_source_that_holds_nobody_twice_is_named_as_the_reason(tmp_path):
    dedupe(PEOPLE, options=Options(clean=("frame",))).write(tmp_path)
    assert why(tmp_path, "1", "2").clean == ["frame"]


def test_verdicts_of_an_earlier_run_in_the_folder_are_no_reason(tmp_path):
    dedupe(PEOPLE, options=Options(judgements=told_frame([Judgement("1", "2", Verdict.DIFFERENT)]))).write(tmp_path)
    dedupe(PEOPLE).write(tmp_path)
    assert (tmp_path / "judgements.parquet").exists()
    assert why(tmp_path, "1", "2").said is None


@pytest.mark.parametrize(("key", "told"), [("99", "no record"), ("frame:99", "no record")])
def test_a_record_that_is_not_there_is_an_error(folder, key, told):
    with pytest.raises(UsageError, match=told):
        why(folder, "1", key)


def test_a_folder_without_a_run_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match="resolver dedupe"):
        why(tmp_path, "1", "2")


def test_a_run_written_as_csv_can_be_explained_too(tmp_path):
    dedupe(PEOPLE).write(tmp_path, "csv")
    assert why(tmp_path, "1", "2").joined
