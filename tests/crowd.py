"""A crowd that asks a server over HTTP all at once, through its deaths, and keeps a ledger of what it was promised.

Each of them writes records of a source of their own, so that what the store must hold at the end is known for certain.
"""

import threading
import time
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

import httpx
import numpy as np

from benchmarks.generate import generate

PATIENCE = 300
"""Seconds in which an answer has to come, whatever happens to who gives it."""
AGAIN = {429, 503, 504}
"""Statuses that say: try again."""
NAMES = MappingProxyType(
    {"first_name": "given_name", "last_name": "family_name", "email": "email", "phone": "phone", "company": "company"}
)
MIX = ("match",) * 8 + ("put",) * 6 + ("create",) * 2 + ("merge",) * 2 + ("undo", "delete")
"""What is asked, as often as it stands here."""


def bodies(count, seed):
    """Records as a form sends them."""
    rows = generate(count, seed).select(*NAMES).iter_rows(named=True)
    return [{NAMES[name]: value for name, value in row.items() if value} for row in rows]


class NoAnswerError(Exception):
    """Nobody answered in time."""


@dataclass(frozen=True)
class Created:
    """A request that creates a contact, and how it was answered."""

    request: dict
    status: int
    content: bytes


@dataclass
class Ledger:
    """What was acknowledged: of each record the step at which it was written last, or None once it was deleted."""

    records: dict[str, int | None] = field(default_factory=dict)
    entities: dict[str, str] = field(default_factory=dict)
    created: list[Created] = field(default_factory=list)
    acts: list[int] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)


class Asker(threading.Thread):
    """One of the crowd, until the time is over. wrong: what should not have happened, if anything did."""

    def __init__(self, number, address, key, people, until):
        super().__init__(name=f"asker {number}")
        self.source, self.rng, self.people, self.until = f"asker{number}", Random(number), people, until
        self.client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self.ledger, self.step, self.wrong = Ledger(), 0, None

    def run(self):
        try:
            while time.monotonic() < self.until:
                self.step += 1
                what = self.rng.choice(MIX)
                begun = time.perf_counter()
                getattr(self, what)()
                self.ledger.seconds.setdefault(what, []).append(time.perf_counter() - begun)
        except Exception as error:
            self.wrong = error

    def ask(self, expected, method, path, **request):
        """An answer, of whoever lives to give it. Asking twice must do no harm, and so it is done."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.client.request(method, f"/v1{path}", **request)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code not in AGAIN:
                assert answer.status_code in expected, (method, path, answer.status_code, answer.text[:300])
                return answer
            time.sleep(0.05)
        raise NoAnswerError(f"{method} {path}")

    def match(self):
        self.ask({200, 422}, "POST", "/match", json={"record": self.rng.choice(self.people), "limit": 3})

    def put(self):
        known = list(self.ledger.records)
        name = self.rng.choice(known) if known and self.rng.random() < 0.3 else f"r{self.step}"
        record = {**self.rng.choice(self.people), "custom": {"step": str(self.step)}}
        told = self.ask({200, 201}, "PUT", f"/sources/{self.source}/records/{name}", json={"record": record}).json()
        self.ledger.records[name] = self.step
        if told["entity_id"]:
            self.ledger.entities[name] = told["entity_id"]

    def delete(self):
        written = [name for name, step in self.ledger.records.items() if step is not None]
        if written:
            name = self.rng.choice(written)
            self.ask({200}, "DELETE", f"/sources/{self.source}/records/{name}")
            self.ledger.records[name] = None

    def create(self):
        name = f"c{self.step}"
        request = {
            "params": {
                "on_duplicate": self.rng.choice(["alert", "attach", "create"]),
                "source": self.source,
                "record_id": name,
            },
            "headers": {"Idempotency-Key": f"{self.source}-{self.step}"},
            "json": {"record": {**self.rng.choice(self.people), "custom": {"step": str(self.step)}}},
        }
        answer = self.ask({200, 201, 409, 422}, "POST", "/contacts", **request)
        self.ledger.created.append(Created(request, answer.status_code, answer.content))
        if answer.status_code in (200, 201):
            self.ledger.records[name] = self.step

    def merge(self):
        ids = sorted(set(self.ledger.entities.values()))
        if len(ids) > 1:
            body = {"entities": self.rng.sample(ids, 2), "reason": f"{self.source} {self.step}"}
            self.acted(self.ask({200, 201, 409, 410, 422}, "POST", "/merges", json=body))

    def undo(self):
        if self.ledger.acts:
            act = self.rng.choice(self.ledger.acts)
            self.ask({200, 409}, "POST", f"/acts/{act}/undo", json={"reason": "only trying"})

    def acted(self, answer):
        if answer.is_success:
            self.ledger.acts.append(answer.json()["act"])

    def must_find_all(self):
        """Each write that was acknowledged is there, once, and what was asked twice is answered alike."""
        for name, step in self.ledger.records.items():
            if step is None:
                self.ask({404, 410}, "GET", f"/sources/{self.source}/records/{name}")
            else:
                told = self.ask({200}, "GET", f"/sources/{self.source}/records/{name}").json()
                assert told["record"]["custom"] == [{"name": "step", "value": str(step)}], told
        for created in self.ledger.created:
            if created.status != 422:  # what is refused as wrong is not kept
                again = self.ask({created.status}, "POST", "/contacts", **created.request)
                assert again.content == created.content
                assert again.headers["Idempotency-Replayed"] == "true"


class Crowd:
    """Several who ask at once."""

    def __init__(self, address, key, seconds, seed, *, size=8):
        self.address, self.key = address, key
        until, people = time.monotonic() + seconds, bodies(400, seed)
        self.askers = [Asker(seed * 1000 + number, address, key, people, until) for number in range(size)]

    def start(self):
        for asker in self.askers:
            asker.start()

    def join(self):
        for asker in self.askers:
            asker.join()
        assert [asker.wrong for asker in self.askers if asker.wrong] == []

    def keys(self):
        """The records that must be there, each once, with whether it was deleted."""
        return [
            (asker.source, name, step is None) for asker in self.askers for name, step in asker.ledger.records.items()
        ]

    def must_find_all(self):
        for asker in self.askers:
            asker.must_find_all()
        acts = [act for asker in self.askers for act in asker.ledger.acts]
        assert sorted(acts) == sorted(set(acts))
        there, cursor = [], None
        while True:
            page = self.askers[0].ask(
                {200}, "GET", "/acts", params={"limit": 500} | ({"cursor": cursor} if cursor else {})
            )
            there += [line["act"] for line in page.json()["acts"]]
            cursor = page.json()["next_cursor"]
            if cursor is None:
                break
        assert set(acts) <= set(there)
        assert len(there) == len(set(there))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for asker in self.askers:
            asker.client.close()

    def told(self):
        """Requests of each kind, and how long they took at the middle and the worst of a hundred."""
        lines = []
        for what in dict.fromkeys(MIX):
            taken = [second for asker in self.askers for second in asker.ledger.seconds.get(what, [])]
            if taken:
                middle, last = (1000 * float(np.quantile(taken, share)) for share in (0.5, 0.99))
                lines.append(f"{len(taken):,} {what} (median {middle:,.0f} ms, p99 {last:,.0f} ms)")
        return ", ".join(lines)
