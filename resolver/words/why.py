"""Why two records are one person, or why not, as a waterfall in the terminal."""

from itertools import accumulate

from resolver.explain import Line, Why
from resolver.steps.block import Meeting
from resolver.words.layout import WIDTH, table, wrapped
from resolver.words.plain import count, family_words, field_word, likely, mark, printable, signed

BAR = 8
"""Characters of the longest bar."""
NO_FIELD = frozenset({"start", "other explanations", "rarity"})


def why_in_words(why: Why) -> str:
    """Headline, how the two met, a waterfall of the evidence, what the fields mean, and the chain that joined them."""
    parts = [_headline(why), _met(why), _waterfall(why), _chain(why), _meanings(why)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _headline(why: Why) -> list[str]:
    left, right = printable(why.left_key), printable(why.right_key)
    if not why.joined:
        return [
            f"Not joined: the same person in {likely(why.probability)} like this, by their own evidence",
            f"  {left}  |  {right}",
        ]
    alone = why.probability >= 0.5 and why.compared
    reason = f"{likely(why.probability)} like this" if alone else "through other records of the group"
    return [f"Same person: {reason}", f"  {left}  =  {right}"]


def _met(why: Why) -> list[str]:
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


def _too_common(meeting: Meeting) -> str:
    return f"{family_words(meeting.family)}: {count(meeting.records, 'record')} hold it".capitalize()


def _waterfall(why: Why) -> list[str]:
    most = max((abs(line.weight) for line in why.lines), default=1.0) or 1.0
    totals = accumulate(line.weight for line in why.lines)
    rows = [("", "", printable(why.left_key), printable(why.right_key), "adds", "", "so far")]
    rows += [_row(line, total, most) for line, total in zip(why.lines, totals, strict=True)]
    total = sum(line.weight for line in why.lines)
    lines = table(rows, (15, 24, 17, 17, 5, BAR, 6), numbers=(4, 6))
    sum_ = f"In all {signed(total)} (log2: each +1 doubles the odds), the same person in {likely(why.probability)}"
    return [*(f"  {line}".rstrip() for line in lines), "", f"  {sum_}"]


def _row(line: Line, total: float, most: float) -> tuple[str, ...]:
    level = printable(line.level) if line.field in NO_FIELD else f"{mark(line.level)} {line.level}"
    name = {"start": "to begin with", "other explanations": "strangers too", "rarity": "rare values"}.get(line.field)
    bar = ("+" if line.weight > 0 else "-") * round(BAR * abs(line.weight) / most)
    return (
        name or field_word(line.field),
        level,
        printable(line.left),
        printable(line.right),
        signed(line.weight),
        bar,
        signed(total),
    )


def _chain(why: Why) -> list[str]:
    """The records in between, where the two were joined through others or not by their own evidence."""
    if not why.joined or (len(why.path) <= 2 and why.probability >= 0.5 and why.compared):
        return []
    if len(why.path) > 2:
        return wrapped(f"Joined through: {'  ->  '.join(printable(key) for key in why.path)}", WIDTH)
    return wrapped("Joined because the records of their group together speak for it, not these two alone.", WIDTH)


def _meanings(why: Why) -> list[str]:
    meanings = dict.fromkeys((field_word(line.field), line.meaning) for line in why.lines if line.meaning)
    lines = [text for word, meaning in meanings for text in wrapped(f"{word}: {meaning}", WIDTH - 2)]
    return ["What was compared", *(f"  {line}" for line in lines)] if lines else []
