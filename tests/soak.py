"""How many random sequences are tried: a few in the suite, always the same; many under `make soak`, from a seed."""

import os

SOAK = os.environ.get("SOAK")
"""The seed of a soak run; unset in the suite."""


def seeds(few: int, many: int) -> range:
    """The seeds of a law's sequences. A soak run names its first one, so that a failure can be had again."""
    return range(few) if SOAK is None else range(int(SOAK), int(SOAK) + many)
