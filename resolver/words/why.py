"""Why two records are one person, or why not, as a waterfall in the terminal."""

from itertools import accumulate
from typing import TYPE_CHECKING

from resolver.words.layout import WIDTH, table, wrapped
from resolver.words.plain import (
    MARK_WORDS,
    count,
    family_words,
    field_word,
    likely,
    mark,
    printable,
    reason_words,
    signed,
)

if TYPE_CHECKING:  # explaining loads networkx, and a run that only prints its summary should not wait for it
    from resolver.evidence import Line, Why
    from resolver.judgement import Judgement
    from resolver.steps.block import Meeting

BAR = 8
"""Characters of the longest bar."""
NO_FIELD = frozenset({"start", "other explanations", "rarity"})
LABELS = "labels"
SEEN = 0.05
"""Bits that show in a figure with one decimal."""


def why_in_words(why: "Why") -> str:
    """Headline, what people said, how the two met, a waterfall of the evidence, what joined them, what fields mean."""
    parts = [_headline(why), _said(why), _met(why), _waterfall(why), _chain(why), _meanings(why)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _headline(why: "Why") -> list[str]:
    left, right = printable(why.left_key), printable(why.right_key)
    chance = f"{likely(why.probability)} like these are one person"
    if _decided(why):
        chance = f"a person said so; by the evidence alone {chance}"
    if why.joined:
        alone = _decided(why) or (why.probability >= 0.5 and why.compared)
        return [
            f"Same person: {chance if alone else 'the other records of the group speak for it'}",
            f"  {left}  =  {right}",
        ]
    against = why.probability >= 0.5 and why.compared and not (why.different or why.clean)
    rest = ", but the other records of the group speak against it" if against else ""
    return [f"Not joined: {chance}{rest}", f"  {left}  |  {right}"]


def _decided(why: "Why") -> bool:
    """Whether a person's word settled it."""
    return why.said is not None and why.said.verdict == ("same" if why.joined else "different")


def _said(why: "Why") -> list[str]:
    """What a person said about the two, and what else keeps them apart whatever the evidence."""
    lines = [f"Asked: {_verdict(why.said)}"] if why.said else []
    for judgement in why.different:
        if judgement != why.said:
            ends = f"{printable(judgement.left_key)} and {printable(judgement.right_key)}"
            lines.append(f"Kept apart: {ends} of the two groups, asked: {_verdict(judgement)}")
    lines += [
        f"Kept apart: both have a record of {printable(source)}, which holds nobody twice" for source in why.clean
    ]
    return [text for line in lines for text in wrapped(line, WIDTH)]


def _verdict(said: "Judgement") -> str:
    """`SAME by ann on 2026-05-01: "saw both"`, as far as it is known."""
    who = f" by {printable(said.who)}" if said.who else ""
    when = f" on {said.when:%Y-%m-%d}" if said.when else ""
    return f"{said.verdict.upper()}{who}{when}" + (f': "{printable(said.why)}"' if said.why else "")


def _met(why: "Why") -> list[str]:
    if why.copies:
        number = count(why.copies, "record")
        return wrapped(f"They say the same in every compared field, as {number} do: one was looked at for all.", WIDTH)
    met = [meeting for meeting in why.meetings if not meeting.dropped]
    common = [meeting for meeting in why.meetings if meeting.dropped]
    if met:
        return wrapped(f"They met through: {'; '.join(family_words(meeting.family) for meeting in met)}.", WIDTH)
    if common:
        told = "; ".join(_too_common(meeting) for meeting in common)
        return wrapped(f"They were never compared: all they share is too common. {told}.", WIDTH)
    return wrapped(
        "They were never compared: they share nothing that brings records together, or one of them is set aside "
        "as deleted. The evidence below is what a comparison would have shown.",
        WIDTH,
    )


def _too_common(meeting: "Meeting") -> str:
    return f"{family_words(meeting.family)}: {count(meeting.records, 'record')} hold it".capitalize()


def _waterfall(why: "Why") -> list[str]:
    """A line for each field, and below it the level where the sign does not say it all."""
    most = max((abs(line.weight) for line in why.lines), default=1.0) or 1.0
    totals = accumulate(line.weight for line in why.lines)
    head = ("", printable(why.left_key), printable(why.right_key), "adds", "", "so far")
    rows = [_row(line, total, most) for line, total in zip(why.lines, totals, strict=True)]
    title, *lines = table([head, *rows], (19, 25, 25, 5, BAR, 6), numbers=(3, 5))
    told = [f"  {title}"]
    for line, text in zip(why.lines, lines, strict=True):
        told.append(f"  {text}")
        if line.field not in NO_FIELD and line.level not in MARK_WORDS.values():
            told.append(f"      {printable(reason_words(line.level))}")
        if line.field != LABELS and abs(line.learned) >= SEEN:
            told.append(f"      {signed(line.learned)} of it learned from labels")
    total = sum(line.weight for line in why.lines)
    chance = f"{likely(why.probability)} like these are one person"
    return [*told, "", f"  In all {signed(total)} (log2: each +1 doubles the odds): {chance}"]


def _row(line: "Line", total: float, most: float) -> tuple[str, ...]:
    sign = " " if line.field in (*NO_FIELD, LABELS) else mark(line.level)
    bar = ("+" if line.weight > 0 else "-") * round(BAR * abs(line.weight) / most)
    values = printable(line.left), printable(line.right)
    return f"{sign} {field_word(line.field)}", *values, signed(line.weight), bar, signed(total)


def _chain(why: "Why") -> list[str]:
    """The records in between, where the two were joined through others or not by their own evidence."""
    if not why.joined or (len(why.path) <= 2 and (_decided(why) or (why.probability >= 0.5 and why.compared))):
        return []
    if len(why.path) > 2:
        return wrapped(f"Joined through: {'  ->  '.join(printable(key) for key in why.path)}", WIDTH)
    return wrapped("Joined because the records of their group together speak for it, not these two alone.", WIDTH)


def _meanings(why: "Why") -> list[str]:
    meanings = dict.fromkeys((field_word(line.field), line.meaning) for line in why.lines if line.meaning)
    lines = [text for word, meaning in meanings for text in wrapped(f"{word}: {meaning}", WIDTH - 2)]
    return ["What was compared", *(f"  {line}" for line in lines)] if lines else []
