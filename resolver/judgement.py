"""What people said about pairs of records. Their verdicts outrank scores."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
import polars as pl

from resolver.answers import LEFT, RIGHT, Answers, candidates, read_answers, several
from resolver.components import components
from resolver.errors import UsageError
from resolver.frames import JUDGEMENTS, check
from resolver.sources.moments import date_order, moments

NO_ANSWER = "no answer yet"
UNKNOWN = "a record is not here"
STRANGERS = "the records belong to different tenants"
ITSELF = "both are one record"
DELETED = "a record is set aside as deleted"
SUPERSEDED = "a later verdict on the two counts"
OVERRULED = "against a verdict that two records are different"
"""Why a verdict does not count."""
_KNOWN = ("tenant", "excluded")
"""What may be known of a record besides its key."""


class Verdict(StrEnum):
    """What a person can say about two records."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


WORDS = {
    **dict.fromkeys(("same", "s", "match", "positive", "yes", "y", "true", "1"), Verdict.SAME),
    **dict.fromkeys(("different", "d", "distinct", "no match", "non-match", "negative"), Verdict.DIFFERENT),
    **dict.fromkeys(("no", "n", "false", "0"), Verdict.DIFFERENT),
    **dict.fromkeys(("unsure", "u", "can't tell", "unknown", "maybe"), Verdict.UNSURE),
}
"""How files spell verdicts, the desk's keys S, D and U among them."""
VERDICT = ("verdict", "judgement", "judgment", "answer", "label", "is_match", "match")
WHO, WHEN, WHY = ("who", "by", "user", "steward"), ("when", "date", "at"), ("why", "note", "comment", "reason")
"""What the columns of a file may be called."""
_ENDS = ("left_key", "right_key")
_Said = tuple[int, int, int]


@dataclass(frozen=True)
class Judgement:
    """One verdict: on which two records, by whom, when and why. Keys are written `source:id`, or are bare ids."""

    left_key: str
    right_key: str
    verdict: Verdict
    who: str | None = None
    when: datetime | None = None
    why: str | None = None
    tenant: str | None = None


@dataclass(frozen=True)
class Judgements:
    """Verdicts on the records at hand.

    frame: JUDGEMENTS, a row for each verdict given, so that nothing a person said is lost; `unused` is null where the
    verdict counts, else the reason why it does not. What counts is free of contradictions: one verdict a pair, and no
    chain of SAME joins two records that are DIFFERENT. warnings: what the person who gave them should know.
    """

    frame: pl.DataFrame
    warnings: list[str] = field(default_factory=list)

    @property
    def used(self) -> pl.DataFrame:
        """JUDGEMENTS that count; left_key < right_key, one row a pair, in the order of their keys."""
        return self.frame.filter(pl.col("unused").is_null()).sort("tenant", "left_key", "right_key")

    def counts(self) -> dict[str, int]:
        """How many verdicts of each kind count, and how many do not for which reason; empty without any."""
        kinds = self.frame.select(pl.coalesce("unused", "verdict").alias("kind"))["kind"]
        return dict(kinds.value_counts().sort("kind").iter_rows())

    def __iter__(self) -> Iterator[Judgement]:
        """The verdicts that count."""
        for row in self.used.drop("unused", "place").iter_rows(named=True):
            yield Judgement(**{**row, "verdict": Verdict(row["verdict"])})


def read_judgements(path: Path, clusters: pl.DataFrame) -> Judgements:
    """The verdicts in a CSV, Parquet, JSON or JSONL file, on the records of `clusters`.

    The file has the columns left, right, verdict and optionally who, when, why, tenant (more names in LEFT, VERDICT,
    WHO...). Records are written `source:id`, or as a bare id where one source has it. clusters: record_key, optionally
    record_id, tenant, excluded. Raises InputError when the file cannot be read, UsageError naming file and line for a
    verdict or date that says nothing, and for an id that several records have. What names no record is kept out with
    a warning.

    >>> people = pl.DataFrame({"record_key": ["crm:1", "web:2"]})
    >>> told = told_frame([Judgement("1", "2", Verdict.SAME, who="ann"), Judgement("1", "9", Verdict.SAME)])
    >>> [(one.left_key, one.right_key, one.who) for one in settle(told, people)]
    [('crm:1', 'web:2', 'ann')]
    >>> settle(told, people).warnings
    ['1 verdict does not count, a record is not here: 1 | 9']
    """
    return settle(read_told(path), clusters)


def told_frame(judgements: Iterable[Judgement]) -> pl.DataFrame:
    """Judgements as a JUDGEMENTS frame, with the records as they were named."""
    rows = [{**asdict(one), "place": "", "unused": None} for one in judgements]
    return pl.DataFrame(rows, schema=JUDGEMENTS)


def read_told(path: Path) -> pl.DataFrame:
    """The verdicts of a file as a JUDGEMENTS frame, with the records as they are written there."""
    answers = read_answers(path)
    left, right, verdict = (answers.first(names) for names in (LEFT, RIGHT, VERDICT))
    if left is None or right is None or verdict is None:
        raise UsageError(
            f"{path}: columns {', '.join(answers.cells.columns)}; expected left, right, verdict and, where they are "
            "known, who, when, why"
        )
    for name in (left, right):
        _refuse(answers, answers.cells[name].is_null(), f"no record in column {name!r}")
    words = answers.cells[verdict].str.to_lowercase()
    _refuse(
        answers,
        ~words.is_in([*WORDS]).fill_null(value=True),
        "{!r} is no verdict; write same, different or unsure",
        verdict,
    )
    who, why, tenant = (_text(answers, names) for names in (WHO, WHY, ("tenant",)))
    columns = {
        "left_key": answers.cells[left],
        "right_key": answers.cells[right],
        "verdict": words.replace_strict({word: str(one) for word, one in WORDS.items()}, return_dtype=pl.String),
        "who": who,
        "when": _moments(answers),
        "why": why,
        "tenant": tenant,
        "place": pl.select(pl.format("{}:{}", pl.lit(str(path)), answers.lines)).to_series(),
        "unused": pl.Series([None] * len(words), dtype=pl.String),
    }
    return check(pl.DataFrame(columns), JUDGEMENTS)


def _refuse(answers: Answers, wrong: pl.Series, reason: str, column: str = "") -> None:
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise UsageError(f"{answers.place(row)}: {reason.format(answers.cells[column][row] if column else '')}")


def _text(answers: Answers, names: tuple[str, ...]) -> pl.Series:
    name = answers.first(names)
    return answers.cells[name] if name else pl.Series([None] * len(answers.cells), dtype=pl.String)


def _moments(answers: Answers) -> pl.Series:
    texts = _text(answers, WHEN)
    found = moments(texts, date_order(texts)[0])
    _refuse(
        answers, found.is_null() & texts.is_not_null(), "{!r} is no date; write 2026-05-01", answers.first(WHEN) or ""
    )
    return found


def settle(told: pl.DataFrame, clusters: pl.DataFrame) -> Judgements:
    """Finds the records of JUDGEMENTS as told, and says which verdicts count.

    Of several verdicts on one pair the one with the latest `when` counts, one without `when` being the oldest, and
    among equals the last. A SAME that would join, through others, two records that are DIFFERENT is not followed; of
    several that cannot all be followed the newest are. clusters: as for `read_judgements`.
    """
    if told.is_empty():
        return Judgements(told)
    frame = _latest(_placed(told, clusters))
    broken = _broken(*_cut_chains(frame.filter(pl.col("unused").is_null())))
    refused = pl.col("index").is_in(pl.Series(list(broken), dtype=pl.UInt32).implode())
    settled = frame.with_columns(unused=pl.when(refused).then(pl.lit(OVERRULED)).otherwise("unused"))
    return Judgements(
        check(settled.select(list(JUDGEMENTS)), JUDGEMENTS),
        [*_lost(frame), *(_contradiction(frame, same, different) for same, different in broken.items())],
    )


def _placed(told: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Verdicts with the keys of the records they mean, left before right; `unused` where there are no such two."""
    optional = [pl.col(name) if name in clusters.columns else pl.lit(None, pl.String).alias(name) for name in _KNOWN]
    known = clusters.select(pl.col("^record_(key|id)$"), *optional)
    told = told.drop("unused").rename({"tenant": "told"}).with_row_index()
    left, right = (candidates(told[side], known).drop("value") for side in _ENDS)
    meant = (
        left.join(right, on=["index", "tenant"], nulls_equal=True, suffix="_right")
        .join(told.select("index", "told"), on="index")
        .filter(pl.col("told").is_null() | (pl.col("told") == pl.col("tenant")))
        .rename({"record_key": "left", "record_key_right": "right"})
    )
    _refuse_several(told, meant)
    found = meant.select(
        "index",
        "tenant",
        first=pl.min_horizontal("left", "right"),
        second=pl.max_horizontal("left", "right"),
        deleted=pl.col("excluded").is_not_null() | pl.col("excluded_right").is_not_null(),
    )
    here = [pl.col("index").is_in(side["index"].unique().implode()) for side in (left, right)]
    return told.join(found, on="index", how="left", maintain_order="left").with_columns(
        left_key=pl.coalesce("first", "left_key"),
        right_key=pl.coalesce("second", "right_key"),
        tenant=pl.coalesce("tenant", "told"),
        unused=pl.coalesce(
            pl.when(pl.col("verdict").is_null()).then(pl.lit(NO_ANSWER)),
            pl.when(pl.col("first").is_null() & pl.all_horizontal(here)).then(pl.lit(STRANGERS)),
            pl.when(pl.col("first").is_null()).then(pl.lit(UNKNOWN)),
            pl.when(pl.col("first") == pl.col("second")).then(pl.lit(ITSELF)),
            pl.when("deleted").then(pl.lit(DELETED)),
        ),
    )


def _refuse_several(told: pl.DataFrame, meant: pl.DataFrame) -> None:
    """A bare id that several sources use names nobody."""
    double = meant.filter(pl.col("index").is_duplicated())
    if not len(double):
        return
    row = int(double["index"][0])
    ours = double.filter(pl.col("index") == row)
    place = told["place"][row] or "judgements"
    if ours["tenant"].n_unique() > 1:
        raise UsageError(f"{place}: several tenants have {told['left_key'][row]!r}; add a tenant column")
    side = "left" if ours["left"].n_unique() > 1 else "right"
    raise UsageError(f"{place}: {several(told[f'{side}_key'][row], ours[side].unique().sort())}")


def _latest(placed: pl.DataFrame) -> pl.DataFrame:
    """Of the verdicts on one pair only the latest counts."""
    counting = placed.filter(pl.col("unused").is_null()).sort("when", "index", nulls_last=False)
    latest = counting.unique(("tenant", *_ENDS), keep="last")["index"].implode()
    superseded = pl.col("unused").is_null() & ~pl.col("index").is_in(latest)
    return placed.with_columns(unused=pl.when(superseded).then(pl.lit(SUPERSEDED)).otherwise("unused"))


def _cut_chains(counting: pl.DataFrame) -> tuple[list[_Said], list[_Said]]:
    """(left, right, index) of each SAME in a chain that holds a DIFFERENT, newest first, and of each such DIFFERENT."""
    tenant = pl.col("tenant").fill_null("")
    ends = [counting.select(pl.concat_str(tenant, key, separator="\x1f")).to_series() for key in _ENDS]
    keys = pl.concat(ends).unique().sort()
    left, right = (keys.search_sorted(end).to_numpy().astype(np.int64) for end in ends)
    same = (counting["verdict"] == Verdict.SAME).to_numpy()
    chain = components(len(keys), left[same], right[same])
    cut = (counting["verdict"] == Verdict.DIFFERENT).to_numpy() & (chain[left] == chain[right])
    same &= np.isin(chain[left], chain[left[cut]])
    table = counting.select("when", "index").with_columns(left=left, right=right)
    newest = table.filter(same).sort("when", "left", "right", descending=[True, False, False], nulls_last=True)
    pairs = ("left", "right", "index")
    return newest.select(pairs).rows(), table.filter(cut).sort("left", "right").select(pairs).rows()


def _broken(same: list[_Said], different: list[_Said]) -> dict[int, int]:
    """Follows SAME verdicts one by one: which would join two that are DIFFERENT, and which DIFFERENT that is."""
    group: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    foes: defaultdict[int, dict[int, int]] = defaultdict(dict)
    broken = {}
    for left, right, number in different:
        foes[left][right] = foes[right][left] = number
    for left, right, number in same:
        gone, into = sorted((group.get(left, left), group.get(right, right)), key=lambda one: len(foes[one]))
        if gone == into:
            continue
        against = next((said for foe, said in foes[gone].items() if group.get(foe, foe) == into), None)
        if against is not None:
            broken[number] = against
            continue
        joining = members.pop(gone, [gone])
        members.setdefault(into, [into]).extend(joining)
        group.update(dict.fromkeys(joining, into))
        foes[into].update(foes.pop(gone))
    return broken


def _lost(frame: pl.DataFrame) -> list[str]:
    """Warnings about verdicts that mean no two records of one tenant."""
    lost = frame.filter(pl.col("unused").is_in([UNKNOWN, STRANGERS, ITSELF, DELETED]))
    told = lost.group_by("unused", maintain_order=True).agg(pl.len(), pl.col("place", *_ENDS).first())
    return [
        f"{number} {'verdict does' if number == 1 else 'verdicts do'} not count, {reason}: {left} | {right}"
        + (f" ({place})" if place else "")
        for reason, number, place, left, right in told.iter_rows()
    ]


def _contradiction(frame: pl.DataFrame, same: int, different: int) -> str:
    """A warning that names the records of a SAME which is not followed, and of the DIFFERENT that it would break."""
    one, other = (" | ".join(frame[said].select(_ENDS).row(0)) for said in (same, different))
    return f"{one} are said to be the same, but that would join {other}, said to be different"
