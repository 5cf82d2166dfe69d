"""How much memory this process has used at most."""

import resource
import sys


def peak_megabytes() -> float:
    """Peak resident memory in MB; the kernel counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000)
