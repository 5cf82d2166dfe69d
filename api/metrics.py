"""Metrics: what the server counts, for Prometheus; each application has a registry of its own.

Several worker processes share their counts through files in the folder that PROMETHEUS_MULTIPROC_DIR names, which
`resolver serve` makes; any of them then answers for all.
"""

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from resolver.store.database import Database
from resolver.store.faring import faring
from resolver.store.opening import sizes

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which the library knows that there are several processes."""
SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bounds of the buckets of latencies."""
FRESH = 60
"""Seconds for which the sizes of a store are not counted again."""
GAUGES = {
    "records": "Records in the store that are not set aside.",
    "entities": "Entities in the store.",
    "feed_cursor": "The cursor of the last change.",
    "reviews_open": "Cases that wait for a steward.",
    "review_oldest_seconds": "How long the oldest of them has waited.",
    "webhook_lag_seconds": "Since the earliest change that a webhook, if not paused, was not told of.",
    "webhooks_failing": "Webhooks whose last message did not arrive, and which are tried again.",
    "webhooks_paused": "Webhooks that are told nothing, because they failed for too long or somebody paused them.",
}


class Metrics:
    """What is counted."""

    def __init__(self, database: Database) -> None:
        self._own = CollectorRegistry()
        self.requests = Counter(
            "resolver_requests", "Requests answered.", ["route", "method", "status"], registry=self._own
        )
        self.seconds = Histogram(
            "resolver_request_seconds", "Time till the answer was sent.", ["route"], buckets=SECONDS, registry=self._own
        )
        self.in_work = Gauge(
            "resolver_requests_in_work", "Requests in work.", registry=self._own, multiprocess_mode="livesum"
        )
        self.matches = Counter("resolver_matches", "Contacts that were matched.", registry=self._own)
        self.outcomes = Counter(
            "resolver_match_outcomes",
            "Contacts that a form asked about, by what would become of them.",
            ["decision"],
            registry=self._own,
        )
        self._store = _Store(database)

    def told(self) -> bytes:
        """All of it, as Prometheus reads it."""
        registry = CollectorRegistry()
        registry.register(self._store)
        if os.environ.get(SHARED):
            _bury(Path(os.environ[SHARED]))
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._own) + generate_latest(registry)


def _bury(folder: Path) -> None:
    """Takes out what processes had in work that are no more; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


class _Store(Collector):
    """The sizes of the store over all tenants, and what waits in it, counted at most once a minute.

    A store that does not answer has none.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._lock = database, Lock()
        self._counted: tuple[float, dict[str, float]] | None = None

    def collect(self) -> Iterable[Metric]:
        """One gauge a size."""
        for name, size in self._sizes().items():
            gauge = GaugeMetricFamily(f"resolver_store_{name}", GAUGES[name])
            gauge.add_metric([], size)
            yield gauge

    def _sizes(self) -> dict[str, float]:
        with self._lock:
            if self._counted is None or time.monotonic() - self._counted[0] > FRESH:
                try:
                    with self._database.reading() as connection:
                        counted = {**sizes(connection), **faring(connection, datetime.now(UTC))}
                        self._counted = time.monotonic(), counted
                except SQLAlchemyError:
                    return {}
            return self._counted[1]
