"""How much memory this process has used at most, and how it gives back what it no longer needs."""

import ctypes
import gc
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

POOLS = 2
"""Pools of memory that threads share: each keeps to itself for a while what is freed in it. The default is four and
more for every processor."""
DECAY = 500
"""Milliseconds after which polars' allocator (jemalloc) gives back pages that are free, in place of ten seconds."""
LARGE = 8 << 20
"""Bytes from which on what is freed goes back to the system at once. By itself the C library comes to keep up to 32 MB:
whole columns of a million records, which nobody needs again."""
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""The C library's own numbers for how many pools it may have, and for the size of LARGE (malloc.h of glibc)."""
SELDOM = 50_000
"""Objects that are made before Python looks for garbage, in place of 700: rows come by the hundred thousand, and none
is any."""


def be_frugal() -> None:
    """Makes the allocators of polars and numpy keep little of what is freed, and Python look for garbage seldom.

    Nothing here multiplies matrices that are large enough for numpy to need threads of its own.

    To be called before polars is imported. What a person has set in the environment stays. Libraries other than
    jemalloc and glibc are left as they are.
    """
    gc.set_threshold(SELDOM)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    told = f"dirty_decay_ms:{DECAY},muzzy_decay_ms:0,narenas:{POOLS},background_thread:true"
    os.environ.setdefault("_RJEM_MALLOC_CONF", told)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None or sys.platform != "linux":
        return
    for name, number, value in (
        ("MALLOC_ARENA_MAX", _M_ARENA_MAX, POOLS),
        ("MALLOC_MMAP_THRESHOLD_", _M_MMAP_THRESHOLD, LARGE),
    ):
        if name not in os.environ:
            mallopt(number, value)


@contextmanager
def loading() -> Iterator[None]:
    """What is made in the block stays as long as the process: nobody looks through it for garbage, then or later.

    Modules are many small objects and hardly any garbage: looking for it is a sixth of the time that a server takes to
    start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def peak_megabytes() -> float:
    """Peak resident memory in MB; the kernel counts blocks of 1024 bytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def give_back() -> None:
    """Returns to the system what the C library keeps of freed arrays; of a million records several hundred MB.

    Does nothing where the library cannot (only glibc can). Takes a few milliseconds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
