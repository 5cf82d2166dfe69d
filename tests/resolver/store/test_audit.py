"""The audit, as the store keeps it."""

from dataclasses import replace
from datetime import UTC, datetime

from resolver.store import audit
from resolver.store.audit import Line

LINE = Line(datetime(2026, 5, 1, 9, 30, tzinfo=UTC), "acme", "lee", "steward", "entity.read", ("e1", "é2"), "r1")


def test_lines_are_kept_in_their_order_and_told_to_their_tenant_alone(database):
    lines = [LINE, replace(LINE, tenant="zeta", targets=()), replace(LINE, request="r2")]
    with database.adding() as connection:
        audit.add(connection, [])
        audit.add(connection, lines)
    with database.reading() as connection:
        assert audit.last(connection, "acme", 10) == [lines[0], lines[2]]
        assert audit.last(connection, "acme", 1) == [lines[2]]
        assert audit.last(connection, "zeta", 10) == [lines[1]]
        assert audit.last(connection, "", 10) == []
