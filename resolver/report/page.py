"""The page: facts in, one HTML file out that loads nothing from anywhere."""

import math
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from resolver.report.cases import Case
from resolver.report.facts import Facts
from resolver.report.scores import APART, ASK, JOIN, Bin, Threshold
from resolver.words import outlook, plain

TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = (
    ("verdict", "Verdict", "Can I use this?"),
    ("work", "Waiting for you", "What needs me?"),
    ("sources", "Sources", "Which systems repeat each other?"),
    ("groups", "Group sizes", "Did strangers end up in one group?"),
    ("scores", "How sure it is", "What if it were stricter?"),
    ("cases", "Real cases", "Do I agree?"),
    ("evidence", "Evidence", "What counts, and how much?"),
    ("shared", "Shared and fake contacts", "Which values lie?"),
    ("fill", "Filled fields", "What data would help most?"),
    ("reach", "Not compared", "What is lost?"),
    ("since", "Since the last run", "What moved?"),
    ("reproduce", "Reproduce", "How do I get the same again?"),
)
BAND_COLOURS = {APART: "grey", ASK: "orange", JOIN: "blue"}
DECISION_WORDS = {"match": "Joined", "review": "Not joined, waiting for you", "no": "Not joined"}
HINT = 1_000
"""Characters of a long value that are shown when a pointer rests on it."""
LONGEST_COMMAND = 300
DARKEST = 45
"""Percent of colour in the fullest cell of a heat table: text on it keeps a contrast of 4.5 to 1."""


def write_report(found: Facts, out: Path) -> Path:
    """Writes report.html into the folder and says where it is."""
    path = out / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(found, out), encoding="utf-8", errors="replace")
    return path


def page(found: Facts, out: Path) -> str:
    """The report as HTML."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            f=found,
            out=str(out),
            headline=headline(found),
            sections=SECTIONS,
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            script=Markup((TEMPLATES / "script.js").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        )
    )


def headline(found: Facts) -> str:
    """The result in one sentence."""
    verdict = found.verdict
    be = "is" if verdict.live == 1 else "are"
    return f"{plain.count(verdict.live, 'record')} {be} {plain.count(verdict.people, 'person', 'people')}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        {
            **{name: getattr(plain, name) for name in ("count", "expected", "field_word", "large", "likely")},
            **{name: getattr(plain, name) for name in ("mark", "number", "review_time", "seconds", "share")},
            "signed": lambda weight: plain.signed(weight).replace("-", "−"),
            "chance": chance,
            "exact": exact,
            "moment": moment,
            "quoted": lambda text: shlex.quote(plain.printable(text)),
            "range_words": range_words,
            "shown": shown,
            "threshold_words": threshold_words,
            "right_words": outlook.right,
            "found_words": outlook.duplicates,
            "miss_words": outlook.misses,
            "bar_words": outlook.bars,
            "verdict_words": verdict_words,
            "why_command": why_command,
        }
    )
    environment.globals.update(
        part=part,
        log_part=lambda value, most: part(math.log1p(value), math.log1p(most)),
        heat=lambda value, most: round(part(value, most) * DARKEST / 100),
        numbers={name: place for place, (name, _, _) in enumerate(SECTIONS, start=1)},
        titles={name: title for name, title, _ in SECTIONS},
        band_colours=BAND_COLOURS,
        rests_on=outlook.RESTS_ON,
    )
    return environment


def shown(text: Any, most: int) -> Markup:
    """A value from the data: isolated, so that its direction stays its own, and clipped with the rest as a hint."""
    line = plain.one_line(str(text))
    if len(line) <= most:
        return Markup("<bdi>{}</bdi>").format(line)
    return Markup('<bdi title="{}">{}</bdi>').format(plain.clipped(line, HINT), plain.clipped(line, most))


def part(value: float, most: float) -> float:
    """A length in percent of the longest."""
    return round(100 * value / most, 1) if most else 0.0


def chance(share: float) -> str:
    """How often: in a hundred, or one in so many when rarer than that."""
    if share >= 0.01:
        return plain.likely(share)
    return f"1 in {plain.large(round(1 / share, -int(math.log10(1 / share)) + 1))}"


def exact(probability: float) -> str:
    """A threshold, of which every digit counts."""
    return f"{probability * 100:g} in 100"


def range_words(found: Bin) -> str:
    """What a row of the histogram spans."""
    if found.high == 1:
        return f"over {found.low * 100:g} in 100"
    return f"{found.low * 100:g} to {found.high * 100:g} in 100"


def threshold_words(found: Threshold) -> str:
    """What the slider says aloud."""
    cases = (
        f"{plain.count(found.cases, 'case')} to ask ({plain.review_time(found.cases)})"
        if found.cases
        else "no case to ask"
    )
    people = plain.count(found.people, "person", "people")
    return f"From {exact(found.probability)}: at least {people}, {plain.count(found.links, 'link')} followed, {cases}."


def verdict_words(found: Case) -> str:
    """What was decided about a case, and why it is looked at."""
    if found.reason and found.decision == "match":
        return found.reason.capitalize()
    return f"{DECISION_WORDS[found.decision]}{': ' if found.reason else ''}{found.reason}"


def why_command(found: Case, out: str) -> str:
    """The command that explains a case; none where a key is so long that nobody would type it."""
    command = shlex.join(
        ["resolver", "why", *(plain.printable(text) for text in (out, found.left.key, found.right.key))]
    )
    return command if len(command) <= LONGEST_COMMAND else ""


def moment(text: str) -> str:
    """An ISO moment for people: "22 November 2026, 07:37 UTC"."""
    when = datetime.fromisoformat(text)
    return f"{when.day} {when:%B %Y, %H:%M %Z}".strip()
