from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.errors import InputError, UsageError
from resolver.evaluate import SAMPLE, evaluate, read_truth


def found(**entities: str) -> pl.DataFrame:
    """found(x="ab", y="c"): records a and b are entity x, c is y."""
    rows = [(record, name) for name, records in entities.items() for record in records]
    return pl.DataFrame(rows, schema={"record_key": pl.String, "entity_id": pl.String}, orient="row")


def true(**entities: str) -> pl.DataFrame:
    return found(**entities).rename({"entity_id": "truth_id"})


def test_figures_computed_by_hand():
    # Found ab|c d e, true abc|de: together in both are ab and de; found are ab cd ce de; true are ab ac bc de.
    result = evaluate(found(x="ab", y="cde"), true(p="abc", q="de"))
    assert (result.correct_pairs, result.found_pairs, result.true_pairs) == (2, 4, 4)
    assert (result.precision, result.recall, result.f1) == (0.5, 0.5, 0.5)
    # B-cubed precision of a and b 1, of c 1/3, of d and e 2/3; recall of a and b 2/3, of c 1/3, of d and e 1.
    assert result.bcubed_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert result.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert result.bcubed_f1 == pytest.approx(11 / 15)
    assert (result.records, result.found_entities, result.true_entities, result.largest_found) == (5, 2, 2, 3)


def test_the_published_example_of_b_cubed():
    # Bagga & Baldwin 1998, figure 1: truth 12345|67|89ABC; the first response joins the small chain to the second, the
    # other joins both large ones.
    truth = true(p="12345", q="67", r="89ABC")
    assert evaluate(found(x="12345", y="6789ABC"), truth).bcubed_precision == pytest.approx(16 / 21)
    assert evaluate(found(x="1234589ABC", y="67"), truth).bcubed_precision == pytest.approx(7 / 12)


def test_the_truth_found_is_perfect():
    result = evaluate(found(x="abc", y="d"), true(p="abc", q="d"))
    assert (result.f1, result.bcubed_f1) == (1, 1)
    assert result.wrongly_joined.is_empty()
    assert result.missed.is_empty()


def test_nothing_joined_is_precise_and_finds_nothing():
    result = evaluate(found(x="a", y="b", z="c"), true(p="abc"))
    assert (result.precision, result.recall, result.f1) == (1, 0, 0)


def test_with_nothing_to_find_and_nothing_found_there_is_no_mistake():
    result = evaluate(found(x="a", y="b"), true(p="a", q="b"))
    assert (result.precision, result.recall, result.f1) == (1, 1, 1)


def test_records_of_one_side_only_are_counted_and_left_out():
    result = evaluate(found(x="abz", y="c"), true(p="ab", q="cmn"))
    assert (result.unmatched_truth, result.unmatched_clusters, result.records) == (2, 1, 3)
    assert (result.f1, result.largest_found) == (1, 2)


def test_excluded_records_count_for_neither_side():
    clusters = found(x="abz", y="c").with_columns(
        excluded=pl.when(pl.col("record_key").is_in(["b", "z"])).then(pl.lit("deleted"))
    )
    result = evaluate(clusters, true(p="ab", q="c"))
    assert (result.excluded, result.unmatched_truth, result.unmatched_clusters, result.records) == (2, 0, 0, 2)


def test_a_record_without_a_label_is_unmatched():
    truth = true(p="ab").vstack(
        pl.DataFrame({"record_key": ["c"], "truth_id": [None]}, schema_overrides={"truth_id": pl.String})
    )
    result = evaluate(found(x="abc"), truth)
    assert (result.records, result.unmatched_clusters, result.unmatched_truth) == (2, 1, 0)


@pytest.mark.parametrize(
    ("clusters", "truth", "line"),
    [
        (found(x="a", y="a"), true(p="a"), "the result puts record 'a' into more than one entity"),
        (found(x="ab"), true(p="a", q="a"), "the truth puts record 'a' into more than one entity"),
        (found(x="ab"), true(p="cd"), "no record in common"),
    ],
)
def test_frames_that_do_not_fit_are_refused(clusters, truth, line):
    with pytest.raises(UsageError, match=line):
        evaluate(clusters, truth)


def test_a_repeated_row_is_no_contradiction():
    truth = true(p="ab")
    assert evaluate(found(x="ab"), pl.concat([truth, truth])).f1 == 1


def test_examples_of_mistakes_name_two_records_each():
    result = evaluate(found(x="ab", y="cde"), true(p="abc", q="de"))
    assert result.wrongly_joined.rows() == [("c", "d", "y")]
    assert result.missed.rows() == [("a", "c", "p")]


def test_examples_come_from_every_entity_before_a_second_from_any():
    result = evaluate(found(x="abcd", y="ef"), true(p="ab", q="c", r="d", s="e", t="f"))
    assert result.wrongly_joined.rows() == [("a", "c", "x"), ("e", "f", "y"), ("a", "d", "x")]


def test_there_are_twenty_examples_at_most():
    letters = "abcdefghijklmnopqrstuvwxyz"
    result = evaluate(found(x=letters), true(**{letter: letter for letter in letters}))
    assert len(result.wrongly_joined) == SAMPLE == 20


partitions = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14)


def frames(partition: list[tuple[int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    table = pl.DataFrame(
        {
            "record_key": [f"r:{number:02}" for number in range(len(partition))],
            "entity_id": [f"e{entity}" for entity, _ in partition],
            "truth_id": [f"t{entity}" for _, entity in partition],
        }
    )
    return table.select("record_key", "entity_id"), table.select("record_key", "truth_id")


@given(partitions)
def test_counts_equal_those_of_listing_every_pair(partition):
    result = evaluate(*frames(partition))
    pairs = list(combinations(partition, 2))
    found_pairs = sum(a[0] == b[0] for a, b in pairs)
    true_pairs = sum(a[1] == b[1] for a, b in pairs)
    assert (result.found_pairs, result.true_pairs) == (found_pairs, true_pairs)
    assert result.correct_pairs == sum(a == b for a, b in pairs)
    precision = recall = 0.0
    for entity, person in partition:
        both = sum(pair == (entity, person) for pair in partition)
        precision += both / sum(other == entity for other, _ in partition)
        recall += both / sum(other == person for _, other in partition)
    assert result.bcubed_precision == pytest.approx(precision / len(partition))
    assert result.bcubed_recall == pytest.approx(recall / len(partition))


@given(partitions)
def test_examples_are_mistakes_and_there_are_some_when_there_are_mistakes(partition):
    clusters, truth = frames(partition)
    result = evaluate(clusters, truth)
    entity = dict(clusters.iter_rows())
    person = dict(truth.iter_rows())
    for left, right, name in result.wrongly_joined.iter_rows():
        assert left < right
        assert entity[left] == entity[right] == name
        assert person[left] != person[right]
    for left, right, name in result.missed.iter_rows():
        assert left < right
        assert person[left] == person[right] == name
        assert entity[left] != entity[right]
    assert result.wrongly_joined.is_empty() == (result.found_pairs == result.correct_pairs)
    assert result.missed.is_empty() == (result.true_pairs == result.correct_pairs)


@given(partitions, st.permutations(range(5)), st.permutations(range(5)), st.randoms(use_true_random=False))
def test_neither_names_nor_order_matter(partition, entities, persons, random):
    clusters, truth = frames(partition)
    renamed = frames([(entities[entity], persons[person]) for entity, person in partition])
    shuffled = [frame[random.sample(range(len(frame)), len(frame))] for frame in renamed]
    first, second = evaluate(clusters, truth), evaluate(*shuffled)
    assert first == second
    assert first.wrongly_joined.drop("entity_id").equals(second.wrongly_joined.drop("entity_id"))
    assert first.missed.drop("truth_id").equals(second.missed.drop("truth_id"))


CLUSTERS = pl.DataFrame(
    {
        "source": ["crm", "crm", "web", "web"],
        "record_id": ["1", "2", "2", "3"],
        "record_key": ["crm:1", "crm:2", "web:2", "web:3"],
        "entity_id": ["x", "x", "y", "z"],
    }
)


def written(folder: Path, text: str, name: str = "truth.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("truth.csv", "record_key,truth_id\ncrm:1,p\nweb:3,q\n"),
        ("truth.csv", "source,record_id,truth_id\ncrm,1,p\nweb,3,q\n"),
        ("truth.csv", "record_id,truth_id\n1,p\n3,q\n"),
        ("truth.csv", "record_id,truth_id\ncrm:1,p\nweb:3,q\n"),
        ("truth.csv", "id;Person\n1;p\n3;q\n\n"),
        ("truth.csv", "﻿Record_ID , Label\n1,p\n3,q\n"),
        ("truth.tsv", "record_id\tcluster_id\n1\tp\n3\tq\n"),
        ("truth.jsonl", '{"record_id": 1, "entity": "p"}\n{"record_id": 3, "entity": "q"}\n'),
    ],
)
def test_truth_in_any_of_its_forms(tmp_path, name, text):
    truth = read_truth(written(tmp_path, text, name), CLUSTERS)
    assert truth.columns == ["record_key", "truth_id"]
    assert truth.rows() == [("crm:1", "p"), ("web:3", "q")]


def test_truth_as_parquet_with_numbers(tmp_path):
    pl.DataFrame({"record_id": [1, 3], "truth": [7, 8]}).write_parquet(tmp_path / "truth.parquet")
    assert read_truth(tmp_path / "truth.parquet", CLUSTERS).rows() == [("crm:1", "7"), ("web:3", "8")]


def test_ids_are_looked_up_in_clusters_that_have_only_keys(tmp_path):
    path = written(tmp_path, "record_id,truth_id\n1,p\n3,q\n")
    assert read_truth(path, CLUSTERS.select("record_key", "entity_id")).rows() == [("crm:1", "p"), ("web:3", "q")]


@pytest.mark.parametrize("text", ["left,right\ncrm:1,web:2\nweb:2,crm:2\n", "left_id,right_id\n1,web:2\nweb:2,crm:2\n"])
def test_true_pairs_join_into_entities_and_the_rest_is_alone(tmp_path, text):
    truth = read_truth(written(tmp_path, text), CLUSTERS)
    groups = truth.group_by("truth_id").agg(pl.col("record_key").sort())["record_key"].to_list()
    assert sorted(groups) == [["crm:1", "crm:2", "web:2"], ["web:3"]]
    assert evaluate(CLUSTERS, truth).true_pairs == 3


def test_records_that_the_run_does_not_know_stay_in_the_truth(tmp_path):
    truth = read_truth(written(tmp_path, "record_id,truth_id\n1,p\n99,p\n"), CLUSTERS)
    assert evaluate(CLUSTERS, truth).unmatched_truth == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("who,what\n1,p\n", "columns who, what; expected record_key,truth_id or"),
        ("record_id,colour\n1,p\n", "columns record_id, colour; expected"),
        ("record_id,truth_id\n2,p\n", "id '2' may be any of crm:2, web:2; add a source column"),
        (
            "record_key,truth_id\nerp:1,p\n",
            "none of its records is in the result .it has 'erp:1', the result has 'crm:1'",
        ),
        ("source,record_id,truth_id\nerp,1,p\n", "none of its records"),
        ("left,right\n8,9\n", "none of its records"),
        ("record_id,truth_id\n,p\n1,q\n", "1 rows have no record id"),
        ("left,right,label\n1,3,0\n", "column 'label' beside pairs"),
    ],
)
def test_truth_that_does_not_fit_says_why(tmp_path, text, line):
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=line) as caught:
        read_truth(path, CLUSTERS)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("truth.csv", ""), ("truth.parquet", "no"), ("truth.jsonl", "{no")])
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path, name, text):
    with pytest.raises(InputError, match=name):
        read_truth(written(tmp_path, text, name), CLUSTERS)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_truth(tmp_path / "truth.csv", CLUSTERS)
