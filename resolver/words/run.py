"""A finished run in words: what was read, what came of it, what to look at first, and what to do next."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path

import polars as pl

from resolver.judgement import SUPERSEDED
from resolver.judgement import Verdict as Answer
from resolver.report.account import Origin, origin, reach, use_of
from resolver.report.facts import Verdict
from resolver.report.outlook import Outlook, outlook
from resolver.report.view import View
from resolver.result import Result
from resolver.words import outlook as expected
from resolver.words.layout import WIDTH, bullet, labelled, packed, padded, verbatim, wrapped
from resolver.words.plain import count, family_words, large, number, printable, review_time, seconds

LOOKED_AT = 3
SHOWN_VALUES = 2
SHOWN_WAYS = 3
MOST_LISTED = 20
"""A run names no more shared values than this for a tenant, so that many of them may be more."""
NAMED_INPUTS = 60
"""Characters of file names that are repeated in a proposed command."""


def run_in_words(result: Result, found: Verdict, out: Path, report_path: Path) -> str:
    """The summary of a run as people read it, at most a hundred columns wide unless a name is longer.

    found: the verdict that its report begins with.
    """
    view = View(result)
    account = origin(view)
    parts = [
        "\n".join(_what_was_done(view, found, account)),
        "\n".join(_what_came_of_it(view, found, out)),
        "\n".join(["Look here first", *_look(found)]) if found.look else "",
        "\n".join(_what_now(view, account, out, report_path)),
    ]
    return "\n\n".join(part for part in parts if part)


def run_as_json(result: Result, found: Verdict, out: Path) -> str:
    """The same facts for programs."""
    view = View(result)
    account = origin(view)
    compared, unused, _ = _columns(account)
    return json.dumps(
        {
            "records": found.records,
            "files": found.files,
            "sources": found.sources,
            "excluded": found.excluded,
            "rejected": found.rejected,
            "columns": {"compared": compared, "not_compared": unused},
            "rewritten": rewritten(result),
            "shared_values": [value for name in view.tenants for value in view.run["tenants"][name]["shared_values"]],
            "comparisons": int(view.run["pairs_compared"]),
            "comparisons_possible": int(view.run["pairs_possible"]),
            "met_one_way_only": {key.name: key.found_alone for key in reach(view).keys if key.found_alone},
            "verdicts": view.run.get("judgements", {}),
            "people": found.people,
            "joined": found.joined,
            "largest_group": found.largest,
            "cases": found.cases,
            "thresholds": view.run["thresholds"],
            **view.run["estimates"],
            "look_here_first": [asdict(warning) for warning in found.look],
            "warnings": account.warnings,
            "wrote": [str(path) for path in (*_written(out), out / "report.html")],
            "next": _next(view, out),
            "seconds": round(account.seconds, 3),
            "peak_mb": account.peak,
        },
        indent=2,
        ensure_ascii=False,
    )


def _what_was_done(view: View, found: Verdict, account: Origin) -> list[str]:
    read = [step["seconds"] for step in account.steps if step["name"] == "read"]
    deleted = f", {number(found.excluded)} of them deleted and set aside" if found.excluded else ""
    from_ = f", {count(found.files, 'file')}" if found.files else ""
    lost = f"; {count(found.rejected, 'row')} not usable" if found.rejected else ""
    told = f"{count(found.records, 'record')}{from_}{deleted}{lost}"
    lines = [labelled("Read", told, seconds(sum(read)) if read else "")]
    compared, unused, remarks = _columns(account)
    if compared:
        ties = f" ({'; '.join(remarks)})" if remarks else ""
        aside = f"not compared: {', '.join(_first(unused, 12)) or 'none'}{ties}" if unused or remarks else ""
        paragraph = [" ".join(compared), aside, f"wrong? resolver map {_inputs(account)}"]
        lines.append(labelled("Columns", "\n".join(printable(line) for line in paragraph if line)))
    cleaned = _cleaned(view)
    if cleaned:
        lines.append(labelled("Cleaned", cleaned))
    made, possible = int(view.run["pairs_compared"]), int(view.run["pairs_possible"])
    skipped = f"; {large(possible - made)} skipped as nothing telling in common" if possible > made else ""
    lines.append(labelled("Compared", "\n".join([f"{count(made, 'likely comparison')}{skipped}", *_one_way(view)])))
    return [*lines, *_said(view)]


def _one_way(view: View) -> list[str]:
    """The ways of meeting that found most of what no other way would have found."""
    keys = sorted(reach(view).keys, key=lambda key: (-key.found_alone, key.name))[:SHOWN_WAYS]
    told = [
        f"{number(key.found_alone)} by {printable(family_words(key.name))}" for key in keys if key.found_alone >= 0.5
    ]
    return [f"likely the same, and met in one way only: {'; '.join(told)}"] if told else []


def _said(view: View) -> list[str]:
    """How many verdicts were followed, and why others were not; one that was given anew is not worth a word."""
    given = {kind: times for kind, times in view.run.get("judgements", {}).items() if kind != SUPERSEDED}
    followed = [f"{number(given.pop(answer))} {answer}" for answer in Answer if answer in given]
    told = [f"followed: {', '.join(followed)}"] if followed else []
    told += [f"not followed: {number(times)}, {reason}" for reason, times in given.items()]
    return [labelled("Verdicts", "\n".join(told))] if told else []


def _what_came_of_it(view: View, found: Verdict, out: Path) -> list[str]:
    records, people = count(found.live, "record"), count(found.people, "person", "people")
    waiting = f"{count(found.cases, 'case')} ({review_time(found.cases)})" if found.cases else "nothing"
    left = [f"{records}  ->  {people}", f"Joined for you   {number(found.joined)}"]
    width = max(len(text) for text in left) + 5
    return [
        "  " + padded(left[0], width) + f"largest group {number(found.largest)}",
        "  " + padded(left[1], width) + f"Waiting for you   {waiting}",
        "",
        *_what_to_expect(outlook(view)),
        f"  Measure it where you know who is who: resolver evaluate {_quoted(out)} --truth FILE",
    ]


def _what_to_expect(found: Outlook) -> list[str]:
    """The estimates with what they rest on; one line where there are none."""
    lines = [f"  Right when it joins: {expected.right(found)}"]
    if found.right:
        lines.append(f"  Duplicates found:    {expected.duplicates(found)}")
        lines += [f"  {line}" for line in wrapped(expected.RESTS_ON, WIDTH - 2)]
    return [*lines, f"  {expected.bars(found)}."]


def _look(found: Verdict) -> list[str]:
    return [line for warning in found.look[:LOOKED_AT] for line in bullet(printable(warning.text))]


def _what_now(view: View, account: Origin, out: Path, report_path: Path) -> list[str]:
    names = [str(path) for path in _written(out)]
    lines = [verbatim("Wrote", [*packed(names), f"{report_path}   (open this)"])]
    next_ = _next(view, out)
    if next_:
        lines.append(verbatim("Next", [next_]))
    if account.warnings:
        lines.append(
            labelled("Notes", f"{count(len(account.warnings), 'note')} from reading: see the report, Reproduce")
        )
    memory = f", {number(account.peak)} MB" if account.peak else ""
    return [*lines, f"Done in {seconds(account.seconds)}{memory}. Inputs untouched."]


def _columns(account: Origin) -> tuple[list[str], list[str], list[str]]:
    """Fields that are compared, columns that are not, and what some others are good for."""
    compared, unused, remarks = [], [], []
    for line in account.columns:
        use = use_of(line.field)
        if use == "compared" and line.field:
            compared.append(line.field)
        elif use == "kept, not compared":
            unused.append(line.field or line.column)
        elif line.field in ("updated_at", "created_at"):
            remarks.append(f"{line.field} breaks ties")
    return [*dict.fromkeys(compared)], [*dict.fromkeys(unused)], [*dict.fromkeys(remarks)][:1]


def _cleaned(view: View) -> str:
    pieces = []
    items = [count(items, name) for name, items in rewritten(view.result).items() if items]
    if items:
        pieces.append(f"{' and '.join(items)} rewritten to compare")
    values = [value for name in view.tenants for value in view.run["tenants"][name]["shared_values"]]
    values.sort(key=lambda value: (-int(value["persons"]), str(value["value"])))
    if not values:
        return ", ".join(pieces)
    at_least = "" if len(values) < MOST_LISTED else "at least "
    pieces.append(f"{at_least}{count(len(values), 'shared contact')} counted less")
    told = [
        f"{printable(str(value['value']))} ({count(int(value['persons']), 'person', 'people')})" for value in values
    ]
    return ", ".join(pieces) + "\n" + ", ".join(told[:SHOWN_VALUES])


def rewritten(result: Result) -> dict[str, int]:
    """How many phones and emails are compared in another form than they were entered in."""
    found = {}
    for name, column in (("phone", "phones"), ("email", "emails")):
        records, columns = result.of_records, result.compared
        if name not in columns.fields or not isinstance(records.schema.get(column), pl.List):
            continue
        both = pl.DataFrame([records[column].alias("raw"), columns[name].alias("value")])
        found[name] = _changed(both.filter(pl.col("value").list.len() > 0))
    return found


def _changed(held: pl.DataFrame) -> int:
    """How many items of the lists `raw` are not among the lists `value`; most records have one of each."""
    each = held.select(pl.all().list.len().eq_missing(1))
    single = each["raw"] & each["value"]
    alone, others = held.filter(single), held.filter(~single)
    changed = alone["raw"].explode().struct.field("raw").ne_missing(alone["value"].explode()).sum()
    rows = others.with_row_index("row")
    items = rows.select("row", "raw").explode("raw").select("row", value=pl.col("raw").struct.field("raw")).unique()
    same = rows.select("row", "value").explode("value")
    return int(changed) + len(items.join(same, on=["row", "value"], how="anti", nulls_equal=True))


def _first(names: list[str], most: int) -> list[str]:
    return names if len(names) <= most else [*names[:most], f"and {len(names) - most} more"]


def _inputs(account: Origin) -> str:
    """The files as a shell takes them; only a word for them where the command would not fit its line."""
    paths = [str(info["path"]) for info in account.inputs if info.get("format") != "frame"]
    named = " ".join(shlex.quote(printable(path)) for path in paths)
    return named if 0 < len(named) <= NAMED_INPUTS else "FILE..."


def _quoted(out: Path) -> str:
    return shlex.quote(printable(str(out)))


def _next(view: View, out: Path) -> str:
    """A command that works as it stands: the first case that waits, else the surest join."""
    first = view.result.review.head(1)
    if not len(first):
        joined = view.result.of_pairs.lazy().filter(pl.col("decision") == "match")
        first = joined.select("left_key", "right_key", "weight").top_k(1, by="weight").collect()
    if not len(first):
        return ""
    keys = (str(first[side][0]) for side in ("left_key", "right_key"))
    return f"resolver why {_quoted(out)} " + " ".join(shlex.quote(printable(key)) for key in keys)


def _written(out: Path) -> list[Path]:
    """The result files but the report, with the ending that this run gave them."""
    ending = "csv" if (out / "clusters.csv").exists() else "parquet"
    return [
        *(out / f"{name}.{ending}" for name in ("clusters", "golden", "pairs", "review")),
        out / "rejects.csv",
        out / "run.json",
    ]
