"""What a reader should look at first: true warnings only, the gravest first."""

from dataclasses import dataclass

from resolver.report.groups import most_mixed
from resolver.report.overlap import Fill, Gap, Overlap
from resolver.report.view import View
from resolver.words.plain import count, field_word, number, share

EMPTY_FROM = 0.3
ENOUGH = 20
"""Rows from which a share of them says something."""
REPEATS_FROM = 0.01
REJECTED_MANY = 0.05
TELLING_FIELDS = ("email", "phone", "family", "name", "birth_date", "given")


@dataclass(frozen=True)
class Warned:
    """One thing to look at: what is so, which section shows it, and whether it puts the whole result in doubt."""

    text: str
    section: str
    grave: bool = False


def warnings(view: View, sources: Overlap, filled: Fill) -> list[Warned]:
    """Everything that deserves a look, what puts the whole result in doubt first."""
    found = [_nothing_telling(view), _mixed(view), _repeating(view, sources), _empty(view, filled), _rejected(view)]
    return sorted((warning for warning in found if warning), key=lambda warning: not warning.grave)


def file_of(view: View, source: str) -> str:
    """The file a source came from, where it is one file; else the source's name."""
    paths = [str(info["path"]) for info in view.run.get("inputs", []) if info["source"] == source]
    return paths[0].replace("\\", "/").rpartition("/")[2] if len(paths) == 1 else source


def _rejected(view: View) -> Warned | None:
    rejected = len(view.result.rejects)
    if not rejected:
        return None
    total = rejected + len(view.members)
    text = f"{count(rejected, 'row')} could not be used ({share(rejected, total)} of all): see rejects.csv"
    return Warned(text, "reproduce", rejected > REJECTED_MANY * total)


def _nothing_telling(view: View) -> Warned | None:
    """Without a contact point or a birth date only names are left, and names are shared."""
    if {"email", "phone", "birth_date", "identifier", "social", "street"} & set(view.fields) or not view.fields:
        return None
    return Warned("no email, phone, address, birth date or id to tell namesakes apart", "fill", grave=True)


def _mixed(view: View) -> Warned | None:
    mixed = most_mixed(view)
    if mixed is None:
        return None
    text = (
        f"a group of {count(mixed.group.size, 'record')} holds {mixed.streets} street addresses "
        f"and {mixed.companies} employers ({mixed.group.title})"
    )
    return Warned(text, "groups")


def _repeating(view: View, overlap: Overlap) -> Warned | None:
    """The source that repeats itself most; with one source that is the finding, not a warning."""
    if len(overlap.sources) < 2:
        return None
    worst = max(overlap.sources, key=lambda source: (source.repeated, source.name))
    if worst.repeated <= REPEATS_FROM * worst.records:
        return None
    many = count(worst.repeated, "duplicate")
    return Warned(f"{file_of(view, worst.name)} repeats itself: {many} inside one source", "sources")


def _empty(view: View, found: Fill) -> Warned | None:
    """A telling field that a source has, but leaves empty in many rows."""
    gaps = [
        Gap(source, name, records - filled[place], records, 0.0)
        for (source, records), filled in zip(found.sources, found.filled, strict=True)
        for place, name in enumerate(found.fields)
        if name in TELLING_FIELDS and filled[place]
    ]
    gaps = [gap for gap in gaps if gap.share > EMPTY_FROM and gap.records >= ENOUGH]
    if not gaps:
        return None
    worst = min(gaps, key=lambda gap: (TELLING_FIELDS.index(gap.field), -gap.empty, gap.source))
    rows = f"{share(worst.empty, worst.records)} of {number(worst.records)} rows"
    return Warned(f"{file_of(view, worst.source)} has no {field_word(worst.field)} in {rows}", "fill")
