"""What labels taught, in words and as JSON; and a question as a person sees it."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from resolver.model.model import BITS, Model
from resolver.model.taught import LEAST
from resolver.words.layout import labelled, table, verbatim
from resolver.words.plain import MARK_WORDS, count, field_word, mark, number, printable, signed

if TYPE_CHECKING:  # teaching resolves, and whoever only prints should not load all that
    from rich.table import Table

    from resolver.ask import Question
    from resolver.model.taught import Learned
    from resolver.teach import Teaching

MOVED = 8
"""Weights that are named, those that moved most first."""
SEEN = 0.05
"""Bits that show in a figure with one decimal."""
NOTHING = "what they say does not hold for labels that were held out, so the model stays as it was estimated"
FEW = f"fewer than {LEAST} labels teach nothing, so the model stays as it was estimated; resolver label asks for more"


def teaching_in_words(teaching: "Teaching", out: str) -> str:
    """How many labels there were, what they changed, and whether scores agree better with labels never seen."""
    parts = [_counted(teaching)]
    for tenant, learned in teaching.learned.items():
        title = f"Tenant {printable(tenant)}" if tenant else ""
        parts.append("\n".join([*([title] if title else []), *_learned(learned, teaching.models[tenant])]))
    parts.append(
        "\n".join([verbatim("Wrote", [out]), verbatim("Next", [f"resolver dedupe FILE... --model {printable(out)}"])])
    )
    return "\n\n".join(parts)


def teaching_as_json(teaching: "Teaching", out: str) -> str:
    """The same facts for programs; every weight that moved, in bits."""
    facts: dict[str, Any] = {
        "labels": len(teaching.labels.pairs),
        "same": int(teaching.labels.pairs["same"].sum()),
        "unused": dict(teaching.labels.unused),
        "warnings": list(teaching.labels.warnings),
        "tenants": {
            tenant: {
                "taught": learned.taught is not None,
                "labels": learned.labels,
                "log_loss": {"before": learned.before.loss, "after": learned.after.loss},
                "errors": {"before": learned.before.errors, "after": learned.after.errors},
                "moved": [
                    {"field": field, "level": level, "before": before, "after": after}
                    for field, level, before, after in moved(teaching.models[tenant])
                ],
            }
            for tenant, learned in teaching.learned.items()
        },
        "wrote": out,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False)


def moved(model: Model) -> list[tuple[str, str, float, float]]:
    """(field, level, bits before, bits after) of every level that labels moved, the most moved first."""
    if model.taught is None:
        return []
    after, learned = model.weights(), model.taught.levels * BITS
    found = [
        (name, level, after[name][at] - float(learned[place][at]), after[name][at])
        for name, place in model.layout.places.items()
        for at, level in enumerate(model.layout.levels[name])
        if abs(learned[place][at]) >= SEEN
    ]
    return sorted(found, key=lambda one: (-abs(one[3] - one[2]), one[0], one[1]))


def _counted(teaching: "Teaching") -> str:
    pairs = teaching.labels.pairs
    same = int(pairs["same"].sum())
    told = f"{count(len(pairs), 'label')}: {number(same)} same, {number(len(pairs) - same)} different"
    lines = [labelled("Labels", told)]
    lines += [
        labelled("Not used", f"{number(lost)}: {reason}") for reason, lost in sorted(teaching.labels.unused.items())
    ]
    lines += [labelled("Note", printable(warning)) for warning in teaching.labels.warnings]
    if same in (0, len(pairs)):
        lines.append(labelled("Note", "all labels say the same; they teach best when they hold both answers"))
    return "\n".join(lines)


def _learned(learned: "Learned", model: Model) -> list[str]:
    before, after = learned.before, learned.after
    figures = table(
        [
            ("Labels that were held out", "as estimated", "with the other labels"),
            ("  wrong side", number(before.errors), number(after.errors)),
            ("  log loss (less is better)", f"{before.loss:.3f}", f"{after.loss:.3f}"),
        ],
        (30, 14, 24),
        numbers=(1, 2),
    )
    if learned.taught is None:
        return [*figures, "", labelled("Learned", f"nothing; {FEW if learned.labels < LEAST else NOTHING}")]
    changes = moved(model)
    rows = [
        (f"{mark(level)} {field_word(name)}", printable(level), signed(was), signed(now), _direction(now - was))
        for name, level, was, now in changes[:MOVED]
    ]
    more = f"  and {count(len(changes) - MOVED, 'smaller change')}" if len(changes) > MOVED else ""
    head = ("Changed most", "", "was", "is now", "(log2: each +1 doubles the odds)")
    lines = table([head, *rows], (22, 28, 6, 6, 34), numbers=(2, 3))
    return [*figures, "", *lines, *([more] if more else []), *_alike(learned)]


def _direction(change: float) -> str:
    return "speaks more for one person" if change > 0 else "speaks more against it"


def _alike(learned: "Learned") -> list[str]:
    """What changed for all pairs, and how many corrections of two fields together there are."""
    taught = learned.taught
    if taught is None:
        return []
    told = [f"  whatever two records show: {signed(float(taught.start * BITS))}"]
    if taught.held:
        told.append(f"  where caution holds back: {signed(float(taught.held * BITS))}")
    together = int((np.abs(taught.together) * BITS >= SEEN).sum())
    if together:
        told.append(f"  and {count(together, 'correction')} for two fields that agree or differ together")
    return told


def question_table(question: "Question", title: str) -> "Table":
    """Both records side by side, with what agrees and what does not; plain text where there is no terminal."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("", printable(question.left_key), "", printable(question.right_key), ""):
        shown.add_column(Text(heading), overflow="fold")
    for line in question.lines:
        sign = mark(line.level) if line.level or not (line.left and line.right) else " "
        words = "" if line.level == "same" else line.level or MARK_WORDS.get(sign, "not compared")
        cells = (field_word(line.field), line.left, sign, line.right, words)
        style = {"=": "blue", "~": "cyan", "≠": "dark_orange"}.get(sign, "")
        shown.add_row(*(Text(printable(cell), style=style if place == 2 else "") for place, cell in enumerate(cells)))
    return shown
