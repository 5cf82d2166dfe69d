"""What every test of a pull starts from: credentials in the environment, and a pull that never really sleeps."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from resolver.pull.pull import Pulled, PullSetting, pull
from tests.resolver.pull.stand_in import SECRETS, StandIn


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@dataclass
class Run:
    """Pulls from a stand-in into one file, and remembers how long it would have slept and what it said."""

    out: Path
    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __call__(self, system: StandIn, **setting: Any) -> Pulled:
        asked = PullSetting(**{"base_url": system.base, "page_size": 2, "rate": 1000.0, **setting})
        transport, sleep, listener = system.transport, self.slept.append, self.said.append
        return pull(system.kind, self.out, asked, transport=transport, sleep=sleep, listener=listener)

    @property
    def waits(self) -> list[float]:
        """Sleeps before another try, without those that keep the rate."""
        return [seconds for seconds in self.slept if seconds > 0.01]

    @property
    def document(self) -> Any:
        return json.loads(self.out.read_text(encoding="utf-8"))

    @property
    def part(self) -> Path:
        return self.out.with_name(f"{self.out.name}.part")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "contacts.json")
