"""How much memory this process has used at most."""

import resource
import sys


def peak_megabytes() -> float:
    """Peak resident memory in MB; the kernel counts blocks of 1024 bytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
