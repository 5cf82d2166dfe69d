"""Wording: what cases are called on the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resolver.judgement import Verdict
from resolver.review import WORDS, Item
from resolver.store.cases import Kind
from resolver.store.opinions import Opinion
from resolver.words.plain import likely

SAYS = {Verdict.SAME: "Same", Verdict.DIFFERENT: "Different", Verdict.UNSURE: "Can't tell"}
"""What a steward says, as it stands on buttons."""
QUESTIONS = {
    Kind.BETWEEN: "Same person?",
    Kind.INSIDE: "One person, or two?",
    Kind.CONSENT: "Yes and no to being contacted: one person?",
}
REASONS = {
    "unsure": "Alike, but not enough to join",
    "against": "Alike, but the rest of the group speaks against it",
    "thin": "Joined on little evidence",
    "consent": "One record allows contact, another refuses it",
}
"""Why a case is asked, by the code of its reason."""
STRENGTHS = ((8.0, "very strongly"), (4.0, "strongly"), (2.0, "clearly"), (0.5, "a little"))
"""What a weight of so many bits or more is called; each bit doubles the odds."""


@dataclass(frozen=True)
class Alike:
    """What the two records of a case show that are asked about: why it is asked, and (field, level)."""

    reason: str
    shows: tuple[tuple[str, str], ...]


def alike(pattern: str) -> Alike:
    """A pattern as it is read: `unsure; given: same` is a reason and levels of fields.

    >>> alike("thin; given: nickname; family: same").shows
    (('given', 'nickname'), ('family', 'same'))
    """
    reason, *shown = pattern.split("; ")
    pairs = [part.partition(": ") for part in shown if ": " in part]
    return Alike(REASONS.get(reason, WORDS.get(reason, reason)), tuple((name, level) for name, _, level in pairs))


def question(item: Item) -> str:
    """What is asked."""
    return QUESTIONS[Kind(item.kind)]


def names(item: Item) -> list[str]:
    """Whom a case is about; nobody once it is settled."""
    return (item.title or "").split(" | ") if item.title else []


def chance(item: Item) -> str:
    """How likely all of a case is one person, in words."""
    return f"{likely(item.chance)} likely one person"


def so_far(verdicts: Mapping[str, int]) -> str | None:
    """How stewards decided cases like one, in a sentence; None where they decided none.

    >>> so_far({"same": 43, "different": 7}), so_far({})
    ('Of 50 cases like this, stewards said Same 43 times, Different 7 times.', None)
    """
    number = sum(verdicts.values())
    each = sorted(
        ((SAYS[Verdict(verdict)], many) for verdict, many in verdicts.items() if many), key=lambda one: -one[1]
    )
    if number <= 1:
        return f"The one case like this was decided: {each[0][0]}." if each else None
    told = ", ".join(f"{word} {'once' if many == 1 else f'{many} times'}" for word, many in each)
    return f"Of {number} cases like this, stewards said {told}."


def said_of(opinions: Sequence[Opinion]) -> str | None:
    """What stewards said of a case that needs two; None where nobody did."""
    told = " and ".join(f"{one.who} said {SAYS[Verdict(one.verdict)]}" for one in opinions)
    if not opinions:
        return None
    return f"{told}; needs a second yes" if len(opinions) == 1 else f"{told}; two have to say the same"


def speaks(weight: float) -> str:
    """How strongly a weight, in bits, speaks for one person or against it, in words.

    >>> speaks(9.4), speaks(0.3), speaks(-2.5)
    ('very strongly for one person', 'says next to nothing', 'clearly against it')
    """
    strong = next((words for least, words in STRENGTHS if abs(weight) >= least), None)
    if strong is None:
        return "says next to nothing"
    return f"{strong} {'for one person' if weight > 0 else 'against it'}"


def plainly(text: str) -> str:
    """What an error of the store says, in the words of the desk.

    >>> plainly("entity e1 was merged; the two entities differ")
    'person e1 was merged; the two people differ'
    """
    for word, plain in (("entities", "people"), ("entity", "person"), ("golden value", "value of the merged contact")):
        text = text.replace(word, plain)
    return text
