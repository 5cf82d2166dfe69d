from functools import cache
from pathlib import Path

import numpy as np
import phonenumbers
import polars as pl
import pytest

from benchmarks import demo_data
from benchmarks.damage import PHONE_FORMATS, email_typo, phone_text, typo, wrong_digit
from benchmarks.generate import EXPORT, Simulation, blocks, generate, simulate, write
from benchmarks.rates import PEOPLE_RATES, RATES, rates, report, tally_people, tally_records
from benchmarks.vocabulary import NICKNAMES

ROWS = 20_000
DEMO = Path(__file__).parents[2] / "data" / "demo"


@cache
def simulation() -> Simulation:
    return simulate(ROWS, seed=7)


@cache
def records() -> pl.DataFrame:
    return pl.concat(blocks(simulation()))


def fold(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase()


def test_a_seed_gives_the_same_rows_again_and_another_seed_others():
    again = generate(500, seed=3)
    assert again.equals(generate(500, seed=3))
    assert not again.equals(generate(500, seed=4))


@pytest.mark.parametrize("rows", [1, 2, 7, 500])
def test_the_export_has_its_columns_and_exactly_the_rows_asked_for(rows):
    frame = generate(rows, seed=1)
    assert frame.columns == [*EXPORT, "truth_id"]
    assert len(frame) == rows
    assert frame["record_id"].is_unique().all()


def test_record_ids_name_their_source():
    frame = records().select(stem=pl.col("record_id").str.extract(r"^([a-z]+)-\d{6}$"), source="source")
    assert frame["stem"].equals(frame["source"])
    assert set(frame["source"]) == {"crm", "webform", "support", "billing", "events"}


@cache
def realised() -> dict[str, tuple[float, float, int]]:
    table = rates([tally_people(simulation().population.people), tally_records(records())])
    return {name: figures for name, *figures in table.iter_rows()}


@pytest.mark.parametrize("name", [rate.name for rate in (*PEOPLE_RATES, *RATES)])
def test_a_rate_is_near_its_target(name):
    target, share, of = realised()[name]
    spread = 1.5 if target > 1 else (target * (1 - target)) ** 0.5
    assert abs(share - target) < 5 * spread / of**0.5


def test_the_report_has_a_line_for_every_rate():
    table = rates([tally_records(records())])
    assert len(report(table).splitlines()) == len(table) + 1


def test_marks_say_what_the_given_name_became():
    frame = records().filter(~pl.col("swapped"))
    by_mark = {mark: frame.filter(pl.col("given_mark") == mark) for mark in ("", "nickname", "typo", "initial")}
    assert by_mark[""].select((fold("first_name") == fold("given")).all()).item()
    assert by_mark["nickname"].select((fold("first_name") == fold("nickname")).all()).item()
    assert by_mark["typo"].select((fold("first_name") != fold("given")).mean()).item() > 0.97
    assert by_mark["initial"].select(fold("first_name").str.contains(r"^[a-z]\.?$").all()).item()
    assert all(short in NICKNAMES[name] for name, short in by_mark["nickname"].select("given", "nickname").rows())


def test_swapped_names_stand_in_each_others_place():
    frame = records().filter(pl.col("swapped"), pl.col("given_mark") == "", pl.col("family_mark") == "")
    assert len(frame) > 100
    assert frame.select(
        (fold("last_name") == fold("given")).all() & (fold("first_name") == fold("family")).all()
    ).item()


def test_private_mailboxes_and_numbers_belong_to_one_person_or_home():
    population = simulation().population
    assert population.people["private_email"].is_unique().all()
    people = population.people
    assert pl.concat([people["work_email"], people["next_work_email"]]).is_unique().all()
    lines = [people["mobile"], population.homes["landline"], population.companies["switchboard"]]
    assert pl.concat(lines).is_unique().all()


def test_every_number_that_was_dialled_right_is_valid_in_the_united_states():
    right = (
        records().filter(pl.col("phone").is_not_null(), pl.col("phone_mark") == "").unique("clean_phone").head(2_000)
    )
    for text, number in right.select("phone", "clean_phone").iter_rows():
        parsed = phonenumbers.parse(text, "US")
        assert parsed.national_number == number
        assert phonenumbers.is_valid_number(parsed)


def test_families_share_surname_home_and_so_street_and_landline():
    families = simulation().population.people.filter(pl.col("in_family")).group_by("home")
    sizes = families.agg(pl.len(), names=pl.col("family").n_unique())
    assert sizes["names"].eq(1).all()
    assert sizes["len"].is_between(2, 5).all()
    assert 0.4 < (sizes["len"] == 2).mean() < 0.6


def test_company_sizes_have_a_long_tail_and_a_heavy_head():
    sizes = simulation().population.people["employer"].value_counts(sort=True)["count"]
    assert sizes[0] > 20 * sizes.median()
    assert (sizes <= 3).mean() > 0.15


def test_strangers_share_names_as_often_as_the_census_says():
    namesakes = records().unique("truth_id").group_by("given", "family").len()["len"]
    assert 3 <= namesakes.max() <= 8
    assert (namesakes == 1).sum() > 8_000


def test_a_person_keeps_their_mailbox_and_moves_once_at_most():
    frame = records().group_by("truth_id").agg(
        pl.col("clean_email").filter(pl.col("email_kind") == "private").n_unique().alias("mailboxes"),
        pl.col("family").n_unique().alias("surnames"),
        pl.col("clean_company").n_unique().alias("employers"),
    )  # fmt: skip
    assert frame["mailboxes"].max() == 1
    assert frame["surnames"].max() == 2
    assert frame["employers"].max() == 2


def test_a_typo_always_changes_the_value_and_by_one_slip_only():
    clean = pl.Series(["Al", "Lee", "Anna", "Bartholomew", "42 Oak St", "--"] * 500)
    slipped = typo(clean, np.random.default_rng(1))
    assert (slipped != clean).all()
    change = slipped.str.len_chars().cast(pl.Int64) - clean.str.len_chars().cast(pl.Int64)
    assert change.is_between(-1, 1).all()
    assert set(change) == {-1, 0, 1}


def test_a_typo_in_an_address_leaves_its_at_sign():
    clean = pl.Series(["ann.lee@example.com"] * 500)
    slipped = email_typo(clean, np.random.default_rng(1))
    assert slipped.str.count_matches("@").eq(1).all()
    assert (slipped != clean).all()


def test_a_wrong_digit_is_one_digit():
    clean = pl.Series([2125550123] * 300)
    wrong = wrong_digit(clean, np.random.default_rng(1)).cast(pl.String)
    assert all(sum(a != b for a, b in zip(text, "2125550123", strict=True)) == 1 for text in wrong)


def test_a_number_is_written_in_seven_ways():
    texts = phone_text(pl.Series([2125550123] * 500), np.random.default_rng(1))
    assert set(texts) == {pattern.format(a="212", x="555", n="0123") for pattern in PHONE_FORMATS}
    assert len(PHONE_FORMATS) == 7


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_hold_the_contacts_without_the_truth_beside_them(tmp_path, ending):
    out, truth = tmp_path / f"contacts.{ending}", tmp_path / "truth.csv"
    write(simulate(300, seed=1), out, truth, keep_truth=False)
    contacts = pl.read_csv(out, infer_schema=False) if ending == "csv" else pl.read_parquet(out)
    assert contacts.columns == list(EXPORT)
    persons = pl.read_csv(truth)
    assert persons.columns == ["source", "record_id", "truth_id"]
    assert persons["record_id"].equals(contacts["record_id"])


def test_blocks_are_appended_to_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.generate.BLOCK", 100)
    for name in ("contacts.csv", "contacts.parquet"):
        write(simulate(250, seed=1), tmp_path / name, None, keep_truth=True)
    text, table = (
        pl.read_csv(tmp_path / "contacts.csv", infer_schema=False),
        pl.read_parquet(tmp_path / "contacts.parquet"),
    )
    assert len(text) == len(table) == 250
    assert text["truth_id"].equals(table["truth_id"])


def test_the_demo_files_have_the_shape_that_the_script_gives_them(tmp_path, monkeypatch):
    # Not byte by byte: the names in them come from the release of numpy that made them.
    monkeypatch.setattr("sys.argv", ["demo_data", "--out", str(tmp_path)])
    demo_data.main()
    kept = sorted(path for path in DEMO.iterdir() if path.suffix != ".toml")
    assert {path.name for path in kept} == {*demo_data.EXPORTS, "truth.csv"}
    for path in kept:
        lines, made = path.read_bytes().splitlines(), (tmp_path / path.name).read_bytes().splitlines()
        assert lines[0] == made[0]
        assert len(lines) == len(made)
    assert sum(path.stat().st_size for path in kept) < 400_000


def test_the_demo_truth_names_every_record_of_every_export():
    truth = pl.read_csv(DEMO / "truth.csv")
    for name in demo_data.EXPORTS:
        rows = (DEMO / name).read_bytes().splitlines()[1:]
        ids = {row.decode("latin-1").replace(";", ",").replace("\t", ",").partition(",")[0] for row in rows}
        assert ids == set(truth.filter(pl.col("source") == name.partition(".")[0])["record_id"])


def test_the_webform_export_has_rows_that_are_broken_on_purpose():
    lines = (DEMO / "webform.csv").read_bytes().splitlines()
    assert b"Caf\xe9" in lines[298 - 1]
    assert "Café".encode() in lines[395 - 1]
    assert lines[99 - 1].count(b",") == lines[0].count(b",") + 1
    assert lines[201 - 1].count(b",") < lines[0].count(b",")
