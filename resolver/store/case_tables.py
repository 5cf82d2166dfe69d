"""Tables of the stewards' queue; see `store.tables`."""

from sqlalchemy import BigInteger, Column, DateTime, Double, ForeignKey, Index, Integer, Table, Text

from resolver.store.tables import NUMBER, acts, metadata

__all__ = ["cases", "decisions", "desk", "metadata", "notes", "opinions"]

cases = Table(
    "cases",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("one", NUMBER, nullable=False),
    Column("other", NUMBER, nullable=False),
    Column("left", NUMBER, nullable=False),
    Column("right", NUMBER, nullable=False),
    Column("shown", BigInteger),
    Column("reason", Text, nullable=False),
    Column("probability", Double, nullable=False),
    Column("chance", Double, nullable=False),
    Column("records", Integer, nullable=False),
    Column("value", Double, nullable=False),
    Column("sources", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("title", Text),
    Column("mark", BigInteger, nullable=False),
    Column("begin", NUMBER, nullable=False),
    Column("changed", NUMBER, nullable=False),
    Column("end", NUMBER),
    Index("ix_cases_one", "one"),
    Index("ix_cases_other", "other"),
    Index("ix_cases_worth", "tenant", "end", "value", "number"),
    Index("ix_cases_age", "tenant", "end", "begin", "number"),
    Index("ix_cases_alike", "tenant", "end", "pattern"),
    sqlite_with_rowid=False,
)
"""Doubts about who is who, by a number that their entities decide, and those that were.

one, other: the entities in doubt; the same where one may be two. left, right: the pair of records that shows it best;
shown: what this pair shows. sources, fields: each with a separator before and behind. title: whom it is about, as long
as it is open. mark: of what its records say. begin: when it first arose; changed: when anything of it did last.
"""

desk = Table(
    "desk",
    metadata,
    Column("case", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
    Column("holder", Text),
    Column("held_at", DateTime(timezone=True)),
    Column("held_until", DateTime(timezone=True)),
    Column("assignee", Text),
    Column("due", DateTime(timezone=True)),
    Column("snoozed_until", DateTime(timezone=True)),
    sqlite_with_rowid=False,
)
"""Who works on a case until when, for whom it is, when it is due, and till when it is put aside."""

notes = Table(
    "notes",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("case", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_notes_case", "case"),
    sqlite_autoincrement=True,
)
"""What stewards wrote beside cases."""

decisions = Table(
    "decisions",
    metadata,
    Column("act", NUMBER, ForeignKey(acts.c.number), primary_key=True),
    Column("case", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("chance", Double, nullable=False),
    Column("seconds", Double),
    Index("ix_decisions_case", "case"),
    Index("ix_decisions_tenant_at", "tenant", "at"),
)
"""Which act decided which case, what the engine held of it then, and how long it was held, where it was."""

opinions = Table(
    "opinions",
    metadata,
    Column("case", BigInteger, primary_key=True, autoincrement=False),
    Column("who", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("version", NUMBER, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("why", Text),
    Column("said", Text, nullable=False),
    Index("ix_opinions_tenant", "tenant"),
    sqlite_with_rowid=False,
)
"""What a steward said of a case that needs a second one. version: of the case then; said: the rest of it, as JSON."""
