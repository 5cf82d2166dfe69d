import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from benchmarks.generate import generate
from benchmarks.peers import race
from benchmarks.peers.entrants import AT_SPEED, BY_NAME
from benchmarks.peers.process import outcome
from benchmarks.peers.whole import read
from benchmarks.quality.page import OURS, replaced
from benchmarks.speed import tools
from benchmarks.speed.__main__ import PAGE, main
from benchmarks.speed.contest import Attempt, attempt, measure_file, not_run
from benchmarks.speed.figures import HELP, Answer, Figure, comparable, load, save
from benchmarks.speed.machine import State, state
from benchmarks.speed.page import ahead, parts, sizes_part, start_part, steps_part
from benchmarks.speed.plot import Scale, plot
from benchmarks.speed.run import Limits, run
from benchmarks.speed.tools import Material, Tool, engine, peers

HERE = sys.executable
NONE = Limits(seconds=60, gigabytes=4)
SPLINK = BY_NAME["Splink"].name
STEPS = [
    {"name": "read", "seconds": 0.5, "rows": 400, "peak_mb": 90.0},
    {"name": "write", "seconds": 0.25, "rows": 0, "peak_mb": 100.0},
]
FORKS = """
import os, time
held = bytearray(100_000_000)
for page in range(0, len(held), 4096):
    held[page] = 1
if os.fork() == 0:
    mine = bytearray(100_000_000)
    for page in range(0, len(mine), 4096):
        mine[page] = 1
    time.sleep(1.5)
    os._exit(0)
os.wait()
"""


def material(folder: Path, rows: int = 60) -> Material:
    made = generate(rows, seed=1)
    made.drop("truth_id").write_csv(folder / "contacts.csv")
    made.select("source", "record_id", "truth_id").write_csv(folder / "truth.csv")
    return Material(rows, folder / "contacts.csv", folder / "truth.csv", "d" * 16)


def figure(tool: str = OURS, rows: int = 400, wall: float = 2.0, **changes: object) -> Figure:
    made = Figure(
        state=State("2 cores", "2026-01-01", "abc"),
        rows=rows,
        digest="11",
        tool=tool,
        version="1.0",
        outcome="measured",
        walls=[wall],
        cpus=[wall * 1.5],
        peaks=[100.0],
        found=Answer(0.9, 0.9, 0.9, None, STEPS if tool == OURS else []),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("program", "limits", "told"),
    [
        ("print('hello')", NONE, "measured"),
        ("raise ValueError('no pairs')", NONE, "crashed: ValueError: no pairs"),
        ("import os; os.kill(os.getpid(), 9)", NONE, "crashed: SIGKILL"),
        ("import time; time.sleep(60)", Limits(0.5, 4), "over 0.5 s"),
        ("import time; x = b'x' * 300_000_000; time.sleep(60)", Limits(60, 0.2), "over 0.2 GB"),
    ],
)
def test_what_becomes_of_a_whole_process_is_told(tmp_path, program, limits, told):
    done = run([HERE, "-c", program], limits, tmp_path)
    assert done.outcome == told
    assert done.said == ("hello\n" if told == "measured" else "")


def test_time_by_the_clock_and_of_processors_are_two_things(tmp_path):
    done = run([HERE, "-c", "import time; time.sleep(1)"], NONE, tmp_path)
    assert done.wall >= 1
    assert done.cpu < 0.9


def test_a_peak_is_that_of_the_process_and_not_of_who_measures_it(tmp_path):
    held = b"x" * 300_000_000
    done = run([HERE, "-c", "x = b'x' * 50_000_000"], NONE, tmp_path)
    assert len(held) > 0
    assert 50 < done.peak < 150


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory processes share")
def test_memory_is_that_of_all_processes_together_and_shared_memory_counts_once(tmp_path):
    done = run([HERE, "-c", FORKS], NONE, tmp_path)
    assert 200 < done.peak < 280


def test_what_a_process_leaves_behind_is_ended_and_time_of_its_children_counts(tmp_path):
    burn = "import time; begin = time.process_time()\nwhile time.process_time() - begin < 0.5: pass"
    done = run(
        [HERE, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"], NONE, tmp_path
    )
    assert done.cpu >= 0.5


def test_the_reason_of_a_crash_names_no_folder():
    assert outcome(1, "Error: no such file: '/home/ann/x/set.csv'\n") == "crashed: Error: no such file: '...'"


def test_this_engine_is_measured_from_file_to_files(tmp_path):
    done = attempt(material(tmp_path), engine(), NONE)
    assert done.found is not None
    assert done.found.f1 > 0.8
    assert done.found.candidates > 0
    assert [step["name"] for step in done.found.steps][-1] == "report"


@pytest.mark.parametrize(("truth", "seen"), [(True, True), (False, False)])
def test_a_peer_reads_the_columns_it_knows_and_the_truth_only_where_it_asks_for_labels(tmp_path, truth, seen):
    given = material(tmp_path)
    frame = read(given.contacts, given.truth if truth else None)
    assert ("truth_id" in frame.columns) is seen
    assert {"record_id", "first_name", "last_name", "address", "zip"} <= set(frame.columns)
    assert not {"source", "updated_at", "street"} & set(frame.columns)
    assert len(frame) == given.rows


def test_a_peer_is_measured_from_file_to_files_and_says_how_many_pairs_it_looks_at(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "PYTHON", Path(HERE))
    monkeypatch.setattr(race, "PYTHON", Path(HERE))
    race.version.cache_clear()
    (ecm,) = peers(["RECORDLINKAGE"], most=1_000)
    race.version.cache_clear()
    done = attempt(material(tmp_path, 400), ecm, NONE)
    assert (ecm.most, done.run.outcome) == (1_000, "measured")
    assert done.found.candidates > 0
    assert 0 < done.found.f1 <= 1


def test_a_peer_that_does_not_exist_is_a_mistake():
    with pytest.raises(ValueError, match="no peer is called 'splonk'"):
        peers(["splonk"], most=1)


def test_an_answer_that_lost_a_record_is_refused(tmp_path):
    given = material(tmp_path)
    ids = pl.read_csv(given.truth)["record_id"]
    pl.DataFrame({"record_id": ids.head(59), "entity": ids.head(59)}).write_parquet(tmp_path / "answer.parquet")
    with pytest.raises(ValueError, match="every record exactly once"):
        tools._read_peer(given, tmp_path, "")


@pytest.mark.parametrize(
    ("said", "pairs"), [("[1 s] blocking (1,234 candidate pairs)\n", 1234), ("5 candidate pairs\n", 5), ("", None)]
)
def test_candidate_pairs_are_read_where_a_peer_tells_them(tmp_path, said, pairs):
    given = material(tmp_path)
    ids = pl.read_csv(given.truth)["record_id"]
    pl.DataFrame({"record_id": ids, "entity": range(60)}).write_parquet(tmp_path / "answer.parquet")
    assert tools._read_peer(given, tmp_path, said).candidates == pairs


def stub(name: str, program: str) -> Tool:
    return Tool(name, "1", lambda _, __: [HERE, "-c", program], lambda _, __, ___: Answer(1.0, 1.0, 1.0, None))


def test_tools_run_in_turn_and_one_that_fails_runs_once(tmp_path):
    told: list[str] = []
    pair = [stub("a", "pass"), stub("b", "raise SystemExit('no')")]
    rounds = list(measure_file(material(tmp_path), pair, 2, NONE, told.append))
    assert [line.split(": ")[0] for line in told] == [
        "60 records, run 1 of 2, a",
        "60 records, run 1 of 2, b",
        "60 records, run 2 of 2, a",
    ]
    assert [[len(one.walls) for one in figures] for figures in rounds] == [[1, 1], [2, 1]]
    assert [one.outcome for one in rounds[-1]] == ["measured", "crashed: no"]
    assert rounds[-1][0].found == Answer(1.0, 1.0, 1.0, None)


def test_a_tool_that_was_spared_a_file_says_why(tmp_path):
    spared = not_run(material(tmp_path), stub("a", "pass"), "not run: over 5 s at 10")
    assert not spared.finished
    assert "| a | not run" not in sizes_part([replace(spared, tool="a")])
    assert f"| {SPLINK} | not run: over 5 s at 10 |" in sizes_part([replace(spared, tool=SPLINK)])


def test_the_state_names_a_machine_and_a_day_but_no_host():
    now = state()
    assert "core" in now.machine
    assert now.machine.endswith(" GB")
    assert now.when.count("-") == 2
    assert now.commit


def test_figures_come_back_as_they_were_kept(tmp_path):
    kept = [figure(), figure(SPLINK, outcome="over 5 s", found=None)]
    save(kept, tmp_path / "figures.json")
    assert list(load(tmp_path / "figures.json").values()) == sorted(kept, key=lambda one: one.key)
    assert load(tmp_path / "none.json") == {}


def test_figures_of_other_machines_and_of_files_that_are_no_more_are_not_compared():
    ours, stale = figure(), figure(SPLINK, digest="22")
    elsewhere = figure(SPLINK, rows=500, state=State("9 cores", "2026-01-01", "abc"))
    alone = figure(SPLINK, rows=600, digest="33")
    known = {one.key: one for one in (ours, stale, elsewhere, alone)}
    assert comparable(known, "2 cores") == [ours, alone]


def test_medians_and_ratios_are_told_and_what_is_better_is_bold():
    better = figure(SPLINK, walls=[1.0, 1.5, 1.2], cpus=[9.0, 1.0, 2.0], peaks=[300.0, 200.0, 250.0])
    better = replace(better, found=Answer(0.95, 0.95, 0.95, 1234))
    text = sizes_part([better, figure()])
    assert text.startswith("### 400 records\n")
    assert f"| {OURS} | 2.00 | 3.00 | 100 | 1.00 | 1.00 | 0.9000 | not told | 1 run, 2026-01-01, abc |" in text
    row = next(line for line in text.splitlines() if line.startswith(f"| {SPLINK} |"))
    assert (
        "| 1.20 (1.00 to 1.50) | 2.00 | 250 | **0.60** | 2.50 | **0.9500** | 1,234 | 3 runs, 2026-01-01, abc |" in row
    )
    assert text.endswith(f"Peers that are ahead here (bold above): {SPLINK}: less time, a better F1.")


def test_where_no_peer_is_ahead_that_is_said():
    assert ahead([figure(), figure(SPLINK, 3.0, found=None, outcome="over 5 s")], figure()).startswith("No peer")


def test_without_this_engine_there_is_nothing_to_compare_with():
    assert f"| {SPLINK} | 2.00 | 3.00 | 100 |  |  | 0.9000 |" in sizes_part([figure(SPLINK)])


def test_the_steps_are_those_of_the_largest_file():
    text = steps_part([figure(rows=10, found=Answer(1, 1, 1, 1)), figure(rows=400)])
    assert text.startswith("400 records, in the run of median time; outside the steps it took 1.25 s.")
    assert text.endswith("| read | 0.50 | 400 | 90 |\n| write | 0.25 |  | 100 |")


def test_the_start_is_told():
    told = start_part([figure(HELP, rows=0, walls=[0.1, 0.3, 0.2], cpus=[0.1], found=None)])
    assert told.startswith("`resolver --help` answers in 0.20 s (median of 3, 0.10 to 0.30; 0.10 s of processor time;")


def test_nothing_measured_is_said_as_such():
    assert [start_part([]), steps_part([])] == [
        "`resolver --help` has not been measured yet.",
        "The steps have not been measured yet.",
    ]


def test_the_page_of_the_project_has_a_place_for_every_part():
    assert replaced(PAGE.read_text(encoding="utf-8"), parts([figure(), figure(SPLINK)], "x"))


@pytest.mark.parametrize(
    ("values", "low", "high"), [([1, 900], 0, 3), ([10], 1, 2), ([0.5, 1], -1, 0), ([1, 1001], 0, 4)]
)
def test_a_scale_holds_its_values_between_powers_of_ten(values, low, high):
    scale = Scale.over(values, 0, 300)
    assert (scale.low, scale.high) == (low, high)
    assert all(0 <= scale.at(value) <= 300 for value in values)
    assert [tick["label"] for tick in scale.ticks(str)] == [str(10.0**power) for power in range(low, high + 1)]


def test_the_picture_is_sound_and_shows_every_file_that_a_tool_finished():
    shown = [figure(), figure(rows=4_000, wall=30.0), figure(SPLINK, 400, 3.0)]
    picture = plot([*shown, figure(SPLINK, rows=4_000, outcome="over 5 s", found=None), figure(HELP, rows=0)])
    drawn = ElementTree.fromstring(picture)  # noqa: S314 - our own picture
    titles = [node.text for node in drawn.iter() if node.tag.endswith("title")]
    assert titles[:3] == [
        f"{SPLINK}, 400 records: 3.00",
        f"{OURS}, 400 records: 2.00",
        f"{OURS}, 4,000 records: 30.00",
    ]
    assert len(titles) == 6
    assert ElementTree.fromstring(plot([])) is not None  # noqa: S314 - our own picture


@pytest.mark.parametrize("entrant", AT_SPEED, ids=lambda entrant: entrant.name)
def test_every_peer_has_an_adapter_that_sees_a_frame_and_no_threshold_chosen_with_the_truth(entrant):
    path = Path(race.__file__).with_name(f"{entrant.module}.py")
    assert f"def {entrant.function}(frame: pl.DataFrame) -> pl.DataFrame:" in path.read_text(encoding="utf-8")
    assert entrant.function != "resolve_at_best"


def test_the_command_measures_a_small_file_and_leaves_the_page_alone(capsys):
    before = PAGE.read_bytes()
    main(["--sizes", "50", "--runs", "1"])
    said = capsys.readouterr()
    assert "### 50 records" in said.out
    assert "50 records, run 1 of 1, this engine: " in said.err
    assert PAGE.read_bytes() == before


def test_an_attempt_is_told_in_one_line(tmp_path):
    done = run([HERE, "-c", "pass"], NONE, tmp_path)
    assert str(Attempt(done, Answer(1.0, 1.0, 1.0, None))).endswith("MB, F1 1.0000")
    assert str(Attempt(replace(done, outcome="over 5 s"), None)).endswith("MB, over 5 s")
