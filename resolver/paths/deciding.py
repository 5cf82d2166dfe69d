"""Deciding: what a steward says of cases, as verdicts on records and held values, in one act."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, Row

from resolver.columns import Rows
from resolver.errors import StaleError, UsageError
from resolver.frames import RECORD_KEY
from resolver.judgement import Verdict
from resolver.model.frozen import Frozen
from resolver.model.odds import log_odds
from resolver.paths.doubts import bars
from resolver.paths.fields import golden_field
from resolver.paths.judging import Done, apart, say_and_hold, together
from resolver.paths.resettle import Writing
from resolver.paths.viewing import present
from resolver.store import cases, desk
from resolver.store.acts import ActKind, Said
from resolver.store.cases import Kind, case_id
from resolver.store.database import frame_with
from resolver.store.journal import begin_commit
from resolver.store.rows import ROW, read

MEMBER = ("number", "source", "record_id", "entity")
OLD = 5
"""Of so many changes an error tells."""


@dataclass(frozen=True)
class Decision:
    """What a steward says of a case.

    leave_out: records, as `source:id`, that are another person than the rest. also: further entities that are the same
    person. values: golden values to hold, by field. version: of the case as it was seen; None to decide unseen.
    """

    verdict: Verdict
    why: str | None = None
    leave_out: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True)
class Between:
    """The records of a case: number, source, record_id, entity and record_key, by number; and their scored pairs."""

    row: Row[Any]
    people: pl.DataFrame
    pairs: pl.DataFrame

    @classmethod
    def of(cls, connection: Connection, tenant: str, row: Row[Any], also: Sequence[int] = ()) -> "Between":
        """also: further entities."""
        entities = sorted({row.one, row.other, *also})
        members = sorted(read(connection, tenant, "entity", entities, MEMBER), key=itemgetter(0))
        people = frame_with(members, {name: ROW[name] for name in MEMBER}).with_columns(RECORD_KEY)
        return cls(row, people, cases.scored(connection, people["number"].to_numpy(), inside=True))

    @property
    def numbers(self) -> Rows:
        """All records."""
        return self.people["number"].to_numpy()

    @property
    def sides(self) -> tuple[Rows, Rows]:
        """The two persons that the case may be about: its two entities, or the parts that its weakest link joins."""
        if self.row.kind == Kind.BETWEEN:
            of = self.people["entity"].to_numpy()
            return self.numbers[of == self.row.one], self.numbers[of != self.row.one]
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(self.numbers.tolist())
        graph.add_weighted_edges_from(self.pairs.select("left", "right", "logit").iter_rows())
        tree = nx.maximum_spanning_tree(graph)
        if tree.has_edge(self.row.left, self.row.right):
            tree.remove_edge(self.row.left, self.row.right)
        parts = [nx.node_connected_component(tree, end) for end in (self.row.left, self.row.right)]
        away = min(parts, key=lambda part: (len(part), -min(part)))
        go = np.asarray(sorted(away), dtype=np.int64)
        return np.setdiff1d(self.numbers, go), go

    def named(self, keys: Sequence[str]) -> Rows:
        """The records of some keys; UsageError for one that is not of the case."""
        known = dict(self.people.select("record_key", "number").iter_rows())
        for key in keys:
            if key not in known:
                raise UsageError(f"record {key} is not of case {case_id(self.row.number)}")
        return np.asarray(sorted({known[key] for key in keys}), dtype=np.int64)


def begun(connection: Connection, frozen: Frozen, who: str) -> Writing:
    """What a decision is written in."""
    return Writing(connection, frozen, begin_commit(connection, frozen.tenant, "judge", who))


def decide(writing: Writing, rows: Sequence[Row[Any]], decision: Decision, who: str) -> Done:
    """Decides cases, all in one act.

    Raises UsageError for what fits no case of its kind, ConflictError where it contradicts what somebody said.
    """
    connection, tenant = writing.connection, writing.frozen.tenant
    said: dict[Said, None] = {}
    held: dict[tuple[int, str], str] = {}
    also = [number for word in decision.also for number in present(connection, tenant, word)]
    for row in rows:
        between = Between.of(connection, tenant, row, also)
        told, kept = _said(writing, between, decision)
        said.update(dict.fromkeys(told))
        held.update({(int(kept.min()), name): value for name, value in _values(decision).items()})
    done = say_and_hold(writing, ActKind.JUDGE, list(said), held, (who, decision.why))
    desk.decide(connection, tenant, done.act, rows, decision.verdict)
    return done


def _values(decision: Decision) -> dict[str, str]:
    if decision.values and decision.verdict != Verdict.SAME:
        raise UsageError("values are chosen for one person: with the verdict same")
    return {golden_field(name): json.dumps(value) for name, value in decision.values.items()}


def _said(writing: Writing, between: Between, decision: Decision) -> tuple[list[Said], Rows]:
    """The verdicts on records that a decision means, and the records that stay one person."""
    out = between.named(decision.leave_out)
    kept = np.setdiff1d(between.numbers, out)
    if decision.also and decision.verdict != Verdict.SAME:
        raise UsageError("further entities are named where all are one person: with the verdict same")
    if decision.verdict == Verdict.SAME:
        _refuse_nobody(between, kept)
        here = [*together(kept), *_each(_weak(writing, between, kept), Verdict.SAME)]
        return [*here, *(apart(kept, out) if len(out) else [])], kept
    if decision.verdict == Verdict.UNSURE:
        if len(out):
            raise UsageError("of records that are left out it is known whose they are not; say same or different")
        shown = [(between.row.left, between.row.right)]
        inside = [] if between.row.kind == Kind.BETWEEN else _weak(writing, between, kept)
        return _each([*shown, *inside], Verdict.UNSURE), kept
    return _different(between, kept, out), kept


def _refuse_nobody(between: Between, kept: Rows) -> None:
    """Raises UsageError where too few records are left to be one person."""
    entities = between.people.filter(pl.col("number").is_in(kept))["entity"].n_unique()
    if len(kept) < 2 or (between.row.kind == Kind.BETWEEN and entities < 2):
        raise UsageError("too many records are left out: nobody is left to be the same; say different")


def _different(between: Between, kept: Rows, out: Rows) -> list[Said]:
    row = between.row
    if row.kind == Kind.BETWEEN:
        if len(out):
            raise UsageError("where the two are different nothing is left out; to take one apart, split the entity")
        return _across(row, *between.sides)
    if len(out):
        if not len(kept):
            raise UsageError("name some of the records, and not all of them")
        return [*together(kept), *together(out), *apart(kept, out)]
    return (
        _each([(row.left, row.right)], Verdict.DIFFERENT) if row.kind == Kind.CONSENT else _across(row, *between.sides)
    )


def _across(row: Row[Any], one: Rows, other: Rows) -> list[Said]:
    """That two sides are different; the pair that showed the case is among it."""
    return [*_each([(row.left, row.right)], Verdict.DIFFERENT), *apart(one, other)]


def _weak(writing: Writing, between: Between, kept: Rows) -> list[tuple[int, int]]:
    """The pairs among some records for which a steward would be asked if they were one person."""
    sure = log_odds(bars(writing.frozen).sure)
    inside = pl.col("left").is_in(kept) & pl.col("right").is_in(kept)
    return between.pairs.filter(inside, pl.col("logit") < sure).select("left", "right").rows()


def _each(pairs: Sequence[tuple[int, int]], verdict: Verdict) -> list[Said]:
    return [(min(pair), max(pair), verdict) for pair in pairs]


def refuse_stale(connection: Connection, tenant: str, row: Row[Any], version: int | None) -> None:
    """Raises StaleError where a case is settled, or is not what was seen of it, and tells what happened."""
    called = case_id(row.number)
    if row.end is not None:
        last = desk.decided(connection, tenant, [row.number]).get(row.number)
        if last is not None:
            raise StaleError(f"case {called} was decided: {last.verdict}, by {last.who} (act {last.act})")
        raise StaleError(f"case {called} is settled: {_happened(connection, tenant, row, row.end - 1)}")
    if version is not None and version != row.changed:
        raise StaleError(f"case {called} is not what you saw: {_happened(connection, tenant, row, version)}")


def _happened(connection: Connection, tenant: str, row: Row[Any], since: int) -> str:
    """What happened to the entities of a case after a commit, in words."""
    told = cases.happened(connection, tenant, (row.one, row.other), since)
    words = [f"entity {one.name} was {one.kind} by {one.who or one.what}" for one in told[-OLD:]]
    return "; ".join(words) or "what its records say has changed"
