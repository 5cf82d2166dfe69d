"""The measured parts of RESULTS.md."""

from collections.abc import Iterable, Sequence
from typing import Final

from benchmarks.peers.entrants import AT_SPEED
from benchmarks.quality.page import OURS, better, table
from benchmarks.speed.figures import HELP, Figure

HEADINGS: Final = (
    *("tool", "wall, s", "processor, s", "memory, MB", "wall, to ours", "memory, to ours"),
    *("F1", "candidate pairs", "measured"),
)
STEPS: Final = ("step", "s", "rows", "memory so far, MB")
ORDER: Final = (OURS, *(entrant.name for entrant in AT_SPEED))


def parts(figures: Sequence[Figure], command: str) -> dict[str, str]:
    """Every measured part by its marker. command: what was run last, as the reader can run it."""
    return {
        "speed machine": machine_part(figures, command),
        "speed sizes": sizes_part(figures),
        "speed steps": steps_part(figures),
        "speed start": start_part(figures),
    }


def machine_part(figures: Iterable[Figure], command: str) -> str:
    """Where, what and how."""
    shown = sorted((figure for figure in figures if figure.tool in ORDER), key=lambda figure: figure.state.when)
    machines = dict.fromkeys(figure.state.machine for figure in shown)
    newest = {figure.tool: figure.version for figure in shown}
    versions = [f"{tool}: {newest[tool]}" for tool in ORDER if tool in newest]
    notes = [f"{entrant.name}: {entrant.note}" for entrant in AT_SPEED if entrant.name in newest]
    told = [f"Measured on {'; '.join(machines)}, the last time with `{command}`.", f"Versions: {'; '.join(versions)}."]
    return "\n\n".join([*told, *([f"How peers are used: {'; '.join(notes)}."] if notes else [])])


def sizes_part(figures: Iterable[Figure]) -> str:
    """A table for each file, and what peers do better there."""
    known = [figure for figure in figures if figure.tool in ORDER]
    sizes = sorted({figure.rows for figure in known})
    return "\n\n".join(_size(rows, [figure for figure in known if figure.rows == rows]) for rows in sizes)


def _size(rows: int, figures: Sequence[Figure]) -> str:
    ordered = sorted(figures, key=lambda figure: ORDER.index(figure.tool))
    ours = next((figure for figure in ordered if figure.tool == OURS and figure.finished), None)
    text = f"### {rows:,} records\n\n{table(HEADINGS, [_row(figure, ours) for figure in ordered])}"
    return text if ours is None else f"{text}\n\n{ahead(ordered, ours)}"


def _row(figure: Figure, ours: Figure | None) -> list[str]:
    measured = f"{figure.state.when}, {figure.state.commit}"
    if not figure.finished or figure.found is None:
        return [figure.tool, figure.outcome, "", "", "", "", "", "", measured]
    walls, found = [_seconds(figure.wall), _seconds(min(figure.walls)), _seconds(max(figure.walls))], figure.found
    runs = "1 run" if len(figure.walls) == 1 else f"{len(figure.walls)} runs"
    return [
        figure.tool,
        walls[0] if len(figure.walls) == 1 else f"{walls[0]} ({walls[1]} to {walls[2]})",
        _seconds(figure.cpu),
        f"{figure.peak:,.0f}",
        *(["", ""] if ours is None else [_times(figure.wall, ours.wall), _times(figure.peak, ours.peak)]),
        f"**{found.f1:.4f}**" if _more_right(figure, ours) else f"{found.f1:.4f}",
        "not told" if found.candidates is None else f"{found.candidates:,}",
        f"{runs}, {measured}",
    ]


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:,.1f}"


def _times(theirs: float, ours: float) -> str:
    """Bold: less than this engine takes."""
    text = f"{theirs / ours:.2f}" if theirs < 10 * ours else f"{theirs / ours:,.0f}"
    return f"**{text}**" if theirs < ours else text


def _more_right(figure: Figure, ours: Figure | None) -> bool:
    return bool(ours and ours.found and figure.found and better(figure.found.f1, ours.found.f1))


def ahead(figures: Iterable[Figure], ours: Figure) -> str:
    """What peers do better than this engine on one file, in words."""
    lines = []
    for figure in figures:
        if figure.finished and figure.tool != OURS:
            better_at = {
                "less time": figure.wall < ours.wall,
                "less memory": figure.peak < ours.peak,
                "a better F1": _more_right(figure, ours),
            }
            if any(better_at.values()):
                lines.append(f"{figure.tool}: {', '.join(what for what, yes in better_at.items() if yes)}")
    if lines:
        return f"Peers that are ahead here (bold above): {'; '.join(lines)}."
    return "No peer that finished takes less time or memory or has a better F1 here."


def steps_part(figures: Iterable[Figure]) -> str:
    """The engine's own account of the largest file that it was measured on."""
    ours = [figure for figure in figures if figure.tool == OURS and figure.found]
    if not ours:
        return "The steps have not been measured yet."
    largest = max(ours, key=lambda figure: figure.rows)
    steps = largest.found.steps if largest.found else []
    rows = [
        [step["name"], f"{step['seconds']:.2f}", f"{step['rows']:,}" if step["rows"] else "", f"{step['peak_mb']:,.0f}"]
        for step in steps
    ]
    inside = sum(step["seconds"] for step in steps)
    told = f"{largest.rows:,} records, in the run of median time; outside the steps it took {_rest(largest, inside)} s."
    return f"{told}\n\n{table(STEPS, rows)}"


def _rest(figure: Figure, inside: float) -> str:
    """Seconds from start to end that belong to no step: starting, importing, ending."""
    middle = sorted(figure.walls)[(len(figure.walls) - 1) // 2]
    return f"{middle - inside:.2f}"


def start_part(figures: Iterable[Figure]) -> str:
    """How soon the command answers."""
    for figure in figures:
        if figure.tool == HELP and figure.finished:
            spread = f"{min(figure.walls):.2f} to {max(figure.walls):.2f}"
            told = f"median of {len(figure.walls)}, {spread}; {figure.cpu:.2f} s of processor time"
            return f"`{HELP}` answers in {figure.wall:.2f} s ({told}; {figure.state.when}, {figure.state.commit})."
    return f"`{HELP}` has not been measured yet."
