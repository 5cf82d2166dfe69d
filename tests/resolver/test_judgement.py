from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.errors import InputError, UsageError
from resolver.judgement import (
    DELETED,
    ITSELF,
    NO_ANSWER,
    OVERRULED,
    STRANGERS,
    SUPERSEDED,
    UNKNOWN,
    Judgement,
    Verdict,
    read_judgements,
    settle,
    told_frame,
)

RECORDS = pl.DataFrame(
    {
        "record_key": ["crm:1", "crm:2", "web:2", "web:3", "web:4"],
        "record_id": ["1", "2", "2", "3", "4"],
        "excluded": [None, None, None, None, "deleted"],
    }
)
SAME, DIFFERENT, UNSURE = Verdict
MAY, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6))


def written(folder, text, name="verdicts.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def counting(*judgements, records=RECORDS):
    """(left, right, verdict) of what counts."""
    return [(one.left_key, one.right_key, one.verdict) for one in settle(told_frame(judgements), records)]


def unused(*judgements, records=RECORDS):
    return settle(told_frame(judgements), records).frame["unused"].to_list()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.csv", "left,right,verdict,who,when,why\n1,3,same,ann,2026-05-01,saw both\n"),
        ("v.csv", "Left_Key;Right_Key;Label;By;Date;Note\nweb:3;crm:1;1;ann;2026-05-01T00:00:00Z;saw both\n"),
        ("v.tsv", "left_id\tright_id\tis_match\tuser\tat\treason\n1\t3\tTRUE\tann\t2026-05-01 00:00\tsaw both\n"),
        ("v.jsonl", '{"left":1,"right":3,"verdict":"S","who":"ann","when":"2026-05-01","why":"saw both"}\n'),
    ],
)
def test_verdicts_in_any_of_their_forms(name, text, tmp_path):
    told = list(read_judgements(written(tmp_path, text, name), RECORDS))
    assert told == [Judgement("crm:1", "web:3", SAME, "ann", MAY, "saw both")]


@pytest.mark.parametrize(
    ("word", "verdict"),
    [("same", SAME), ("Match", SAME), ("0", DIFFERENT), ("distinct", DIFFERENT), ("no", DIFFERENT), ("u", UNSURE)],
)
def test_verdicts_are_spelt_in_many_ways(word, verdict, tmp_path):
    told = read_judgements(written(tmp_path, f"left,right,verdict\n1,3,{word}\n"), RECORDS)
    assert [one.verdict for one in told] == [verdict]


def test_verdicts_written_by_a_run_are_read_as_they_were(tmp_path):
    judged = settle(told_frame([Judgement("1", "3", SAME, "ann", MAY, "saw both"), Judgement("9", "3", SAME)]), RECORDS)
    judged.frame.write_parquet(tmp_path / "judgements.parquet")
    again = read_judgements(tmp_path / "judgements.parquet", RECORDS)
    assert list(again) == list(judged)
    assert again.frame.drop("place").equals(judged.frame.drop("place"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("who,what\n1,2\n", "verdicts.csv: columns who, what; expected left, right, verdict"),
        ("left,right,verdict\n1,3,same\n1,3,perhaps\n", "verdicts.csv:3: 'perhaps' is no verdict; write same"),
        ("left,right,verdict\n1,,same\n", "verdicts.csv:2: no record in column 'right'"),
        ("left,right,verdict,when\n1,3,same,soon\n", "verdicts.csv:2: 'soon' is no date; write 2026-05-01"),
        ("left,right,verdict\n2,3,same\n", "verdicts.csv:2: id '2' may be any of crm:2, web:2; .*write source:id"),
    ],
)
def test_a_file_that_says_nothing_names_its_line(text, told, tmp_path):
    with pytest.raises(UsageError, match=told) as caught:
        read_judgements(written(tmp_path, text), RECORDS)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_judgements(tmp_path / "verdicts.csv", RECORDS)


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    text = '{"left":1,"right":3,"verdict":"same"}\n{"left":1,\n'
    with pytest.raises(InputError, match=r"v\.jsonl:2"):
        read_judgements(written(tmp_path, text, "v.jsonl"), RECORDS)


def test_what_names_no_two_records_is_kept_out_and_told_of(tmp_path):
    text = "left,right,verdict\n1,3,same\n99,3,same\n98,1,different\n1,crm:1,same\n1,4,same\n1,3,\n"
    told = read_judgements(written(tmp_path, text), RECORDS)
    assert told.frame["unused"].to_list() == [None, UNKNOWN, UNKNOWN, ITSELF, DELETED, NO_ANSWER]
    assert told.used.select("left_key", "right_key").rows() == [("crm:1", "web:3")]
    assert told.warnings[0].startswith("2 verdicts do not count, a record is not here: 99 | 3 (")
    assert told.warnings[0].endswith("verdicts.csv:3)")


@pytest.mark.parametrize(
    ("judgements", "verdict"),
    [
        ([Judgement("1", "3", SAME, when=JUNE), Judgement("3", "1", DIFFERENT, when=MAY)], SAME),
        ([Judgement("1", "3", SAME, when=MAY), Judgement("1", "3", DIFFERENT)], SAME),
        ([Judgement("1", "3", SAME), Judgement("1", "3", DIFFERENT)], DIFFERENT),
        ([Judgement("1", "3", SAME, when=MAY), Judgement("1", "3", UNSURE, when=JUNE)], UNSURE),
    ],
)
def test_the_latest_verdict_on_a_pair_counts(judgements, verdict):
    assert counting(*judgements) == [("crm:1", "web:3", verdict)]
    assert sorted(unused(*judgements), key=str) == [None, SUPERSEDED]


def test_different_wins_over_a_chain_of_same_and_the_warning_names_the_records():
    judgements = [
        Judgement("crm:1", "crm:2", SAME, when=JUNE),
        Judgement("crm:2", "web:3", SAME, when=MAY),
        Judgement("crm:1", "web:3", DIFFERENT),
    ]
    told = settle(told_frame(judgements), RECORDS)
    assert told.frame["unused"].to_list() == [None, OVERRULED, None]
    assert told.warnings == [
        "crm:2 | web:3 are said to be the same, but that would join crm:1 | web:3, said to be different"
    ]


def test_tenants_never_meet_in_a_verdict():
    records = pl.DataFrame({"record_key": ["crm:1", "crm:2", "crm:1", "erp:7"], "tenant": ["a", "a", "b", "b"]})
    assert unused(Judgement("crm:2", "erp:7", SAME), records=records) == [STRANGERS]
    assert [one.tenant for one in settle(told_frame([Judgement("1", "2", SAME)]), records)] == ["a"]


def test_a_pair_that_two_tenants_have_needs_its_tenant():
    records = pl.DataFrame({"record_key": ["crm:1", "crm:2"] * 2, "tenant": ["a", "a", "b", "b"]})
    assert [one.tenant for one in settle(told_frame([Judgement("1", "2", SAME, tenant="b")]), records)] == ["b"]
    with pytest.raises(UsageError, match="add a tenant column"):
        settle(told_frame([Judgement("1", "2", SAME)]), records)


def test_no_verdicts_settle_nothing():
    assert list(settle(told_frame([]), RECORDS)) == []


PEOPLE = pl.DataFrame({"record_key": [f"crm:{n}" for n in range(6)]})
SAID = st.lists(
    st.builds(
        Judgement,
        st.integers(0, 5).map(lambda n: f"crm:{n}"),
        st.integers(0, 5).map(lambda n: f"crm:{n}"),
        st.sampled_from(list(Verdict)),
        when=st.sampled_from([None, MAY, JUNE]),
    ),
    max_size=14,
)


@given(SAID)
def test_what_counts_never_contradicts_itself(said):
    told = settle(told_frame(said), PEOPLE)
    group = {key: {key} for key in PEOPLE["record_key"]}
    for left, right in told.used.filter(verdict="same").select("left_key", "right_key").iter_rows():
        joined = group[left] | group[right]
        group.update(dict.fromkeys(joined, joined))
    different = told.used.filter(verdict="different").select("left_key", "right_key").rows()
    assert all(right not in group[left] for left, right in different)
    overruled = told.frame.filter(unused=OVERRULED)
    assert len(overruled) == len(told.warnings) - int(ITSELF in told.frame["unused"])
    for left, right in overruled.select("left_key", "right_key").iter_rows():
        assert any({a, b} <= group[left] | group[right] for a, b in different)


@given(SAID, st.randoms(use_true_random=False))
def test_the_order_of_verdicts_with_moments_of_their_own_changes_nothing(said, random):
    dated = [
        Judgement(one.left_key, one.right_key, one.verdict, when=MAY.replace(day=n + 1)) for n, one in enumerate(said)
    ]
    shuffled = random.sample(dated, len(dated))
    assert counting(*shuffled, records=PEOPLE) == counting(*dated, records=PEOPLE)
