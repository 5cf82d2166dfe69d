"""What processes of peers have in common: what they are told when they start, how they end, and what is said of it."""

import os
import re
import signal
from typing import Final

# GoldenMatch tells its makers about runs only when asked to; this says no in any case. What dedupe asks depends on the
# order of sets of strings, which is another in each process unless it is told.
TOLD: Final = {"DO_NOT_TRACK": "1", "GOLDENMATCH_ANALYTICS": "0", "PYTHONHASHSEED": "0"}
MEASURED: Final = "measured"
REASON: Final = 80
"""Letters of an error that are kept."""
PATH: Final = r"(?:/[\w.+-]+){2,}"
"""Where files lie on one machine tells nobody else anything."""


def environment() -> dict[str, str]:
    """The variables of this process with what peers are told."""
    return {**os.environ, **TOLD}


def outcome(code: int, said: str) -> str:
    """What became of a process that ended by itself: "measured" or "crashed: why".

    code: its exit code, negative for the signal that ended it. said: what it wrote to stderr; the last line is the why.
    """
    if code == 0:
        return MEASURED
    if code < 0:
        return f"crashed: {signal.Signals(-code).name}"
    lines = [line for line in said.splitlines() if line.strip()]
    reason = re.sub(PATH, "...", lines[-1]) if lines else "it says nothing"
    return f"crashed: {reason[:REASON]}"


def end_group(leader: int) -> None:
    """Ends a process and all that it started: some peers start processes of their own, which must not outlive them."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # all of them have ended by themselves
