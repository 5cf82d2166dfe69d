"""Runs one command and says what it took: `python -m benchmarks.speed.launch SECONDS BYTES STDOUT STDERR COMMAND...`

A new process inherits as its own peak what its parent holds at that moment. So what is measured is started by this
small process, not by the benchmark, which reads large tables. The answer is one line of JSON on stdout.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Final

import psutil

from benchmarks.peers.process import end_group, environment

PAUSE: Final = 0.5
"""Seconds between two looks at the memory of all processes together."""
UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""Bytes in what the kernel counts a peak in."""


class Watch(Thread):
    """Looks at a process and all it started until `done`; ends them when they go over a limit.

    peak: bytes that they held together at most, as far as was seen. over: the limit that ended them: time or memory.
    """

    def __init__(self, leader: int, seconds: float, memory: int) -> None:
        super().__init__(daemon=True)
        self.leader, self.memory, self.deadline = leader, memory, perf_counter() + seconds
        self.done, self.peak, self.over = Event(), 0, ""

    def run(self) -> None:
        while not self.done.wait(PAUSE):
            self.peak = max(self.peak, held(self.leader))
            if self.peak > self.memory:
                self.over = "memory"
            elif perf_counter() > self.deadline:
                self.over = "time"
            if self.over:
                end_group(self.leader)
                return


def held(leader: int) -> int:
    """Bytes that a process and its descendants hold now; memory that several of them share counts once."""
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(leader)
        family = [process, *process.children(recursive=True)]
    return sum(_held(process, alone=len(family) == 1) for process in family)


def _held(process: psutil.Process, *, alone: bool) -> int:
    """What is shared must be asked for page by page, which only matters where there are several."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it ended meanwhile
        if alone:
            return int(process.memory_info().rss)
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.uss))
    return 0


def main() -> None:
    """Starts the command in a session of its own, waits for it, and ends what it left behind."""
    seconds, memory, stdout, stderr, *command = sys.argv[1:]
    with Path(stdout).open("wb") as out, Path(stderr).open("wb") as err:
        begin = perf_counter()
        process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        watch = Watch(process.pid, float(seconds), int(memory))
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
            wall = perf_counter() - begin
        finally:
            watch.done.set()
            end_group(process.pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.join()
    print(
        json.dumps(
            {
                "code": process.returncode,
                "over": watch.over,
                "wall": wall,
                "cpu": used.ru_utime + used.ru_stime,
                "peak": max(watch.peak, used.ru_maxrss * UNIT),
            }
        )
    )


if __name__ == "__main__":
    main()
