"""What was carried out so far: one line of JSON a fact, on the disk before the next thing happens.

A step is noted before it is sent and after it was seen to hold; what lies between is looked up in the system.
The lines hold ids and stamps, no values of contacts and no secrets.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from resolver.errors import UsageError
from resolver.plan.model import Plan, Step

if sys.platform != "win32":
    import fcntl

STATE = "plans.state.jsonl"
Stamps = dict[str, dict[str, str | None]]
"""Record id -> {"version", "updated_at"} as last seen."""


@dataclass
class Progress:
    """How far one plan is. stopped: why it ended early the last time."""

    done: set[int] = field(default_factory=set)
    started: int | None = None
    stopped: str = ""


class State:
    """The state file of a folder. Opened for writing, it is this process's alone."""

    def __init__(self, folder: Path, digests: Mapping[str, Plan], *, write: bool) -> None:
        self.path = folder / STATE
        self._plans = {digest: Progress() for digest in digests}
        self.stamps: Stamps = {}
        self.retired: set[str] = set()
        self._file = self._open() if write else None
        try:
            self._replay()
        except UsageError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()

    def of(self, plan: Plan) -> Progress:
        """How far a plan is."""
        return self._plans[plan.digest]

    def started(self, plan: Plan, step: Step) -> None:
        """The step goes out now."""
        self._note(plan, step, "started")

    def done(self, plan: Plan, step: Step, stamps: Stamps, reason: str = "") -> None:
        """The step holds; its records look like this now."""
        self._note(plan, step, "done", stamps=stamps, reason=reason)

    def stopped(self, plan: Plan, step: Step, reason: str) -> None:
        """The plan ended early at the step."""
        self._note(plan, step, "stopped", reason=reason)

    def _note(self, plan: Plan, step: Step, status: str, **more: Any) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        place = {"plan": plan.digest, "system": plan.system, "cluster": plan.cluster}
        fact = {**place, "n": step.n, "op": step.op, "record": step.record, "status": status, **more, "at": at}
        if self._file is None:
            raise RuntimeError("the state was opened for reading")
        self._file.write((json.dumps(fact) + "\n").encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._take(fact)

    def _open(self) -> Any:
        file = self.path.open("ab+")
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.close()
                raise UsageError(f"{self.path}: these plans are being carried out already") from error
        file.seek(0)
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)  # a line that was cut off by a crash tells nothing
        return file

    def _replay(self) -> None:
        data = self.path.read_bytes() if self.path.exists() else b""
        for line in data[: data.rfind(b"\n") + 1].splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{self.path}: a line is damaged; what was carried out is no longer known") from error

    def _take(self, fact: Mapping[str, Any]) -> None:
        """Facts about plans that are no longer there say nothing about the present ones."""
        progress = self._plans.get(fact["plan"])
        if progress is None:
            return
        n, status = int(fact["n"]), fact["status"]
        if status == "started":
            progress.started, progress.stopped = n, ""
        elif status == "stopped":
            progress.stopped = fact["reason"]
        else:
            progress.done.add(n)
            progress.started = None if progress.started == n else progress.started
            if fact["op"] in ("retire", "merge"):
                self.retired.add(fact["record"])
            self.stamps.update(fact.get("stamps", {}))
