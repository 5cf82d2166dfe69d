import polars as pl
import pytest

from resolver import dedupe
from resolver.errors import UsageError
from resolver.explain import read_frame, why

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
