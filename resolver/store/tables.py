"""Tables of the store. Every time span is told in commits: a row holds from `begin` until before `end`, or still."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    true,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only what is an INTEGER."""

settings = Table("settings", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""What holds for the whole store: `secret`, which tombstones are made with."""

commits = Table(
    "commits",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text),
    Column("what", Text, nullable=False),
    Index("ix_commits_tenant_at", "tenant", "at"),
    sqlite_autoincrement=True,
)
"""Every change of the store, in order; `at` never falls within a tenant."""

models = Table(
    "models",
    metadata,
    Column("begin", NUMBER, ForeignKey(commits.c.number), primary_key=True),
    Column("end", NUMBER),
    Column("tenant", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("model", LargeBinary, nullable=False),
    Column("clean", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Index("ix_models_tenant", "tenant"),
)
"""Rule sets and frozen models as JSON (the model compressed), and the sources that hold nobody twice."""

records = Table(
    "records",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("normalised", Text, nullable=False),
    Column("excluded", Text),
    Column("keys", LargeBinary, nullable=False),
    Column("values", LargeBinary, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("met", Boolean, nullable=False),
    Column("reach", NUMBER, nullable=False),
    Column("entity", NUMBER),
    UniqueConstraint("tenant", "record_id", "source"),
    UniqueConstraint("tenant", "name"),
    Index("ix_records_reach", "reach"),
    Index("ix_records_entity", "entity"),
    sqlite_autoincrement=True,
)
"""The records of all sources, numbered as they arrived.

name: the id of the entities that are named after the record. content: the canonical record as JSON; mark: its hash.
normalised: what is compared, as JSON. excluded: why it is in no entity, or null. keys, values: by what it is found
(`steps.footprint`), as little-endian numbers of 64 bits. person: its person as far as a name tells. met: whether it
meets others by its keys. reach: the smallest number of all that any evidence connects it with. entity: the number of
the oldest record of its entity; null when excluded. Of a forgotten record nothing stays but the number, the name, and
in place of its key a keyed hash, by which it is known should it come back.
"""

keys = Table(
    "keys",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("record", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which records that meet others hold a key."""

holders = Table(
    "holders",
    metadata,
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    Column("record", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which live records hold a value whose meaning depends on who else holds it."""

sharing = Table(
    "sharing",
    metadata,
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("records", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""With how many records of which persons a value is seen."""

scores = Table(
    "scores",
    metadata,
    Column("left", NUMBER, primary_key=True, autoincrement=False),
    Column("right", NUMBER, primary_key=True, autoincrement=False),
    Column("pattern", BigInteger, nullable=False),
    Column("logit", Double, nullable=False),
    Index("ix_scores_right", "right"),
    sqlite_with_rowid=False,
)
"""Candidate pairs that are not beyond doubt: what they show, and the natural log odds of being one person."""

memberships = Table(
    "memberships",
    metadata,
    Column("record", NUMBER, primary_key=True, autoincrement=False),
    Column("begin", NUMBER, primary_key=True, autoincrement=False),
    Column("end", NUMBER),
    Column("entity", NUMBER, nullable=False),
    Index("ix_memberships_entity", "entity"),
    sqlite_with_rowid=False,
)
"""Which entity a record is of, and was of."""

golden = Table(
    "golden",
    metadata,
    Column("entity", NUMBER, primary_key=True, autoincrement=False),
    Column("begin", NUMBER, primary_key=True, autoincrement=False),
    Column("end", NUMBER),
    Column("content", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Golden records as JSON with their provenance, and those that were."""

changes = Table(
    "changes",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("commit", NUMBER, ForeignKey(commits.c.number), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entity", NUMBER, nullable=False),
    Column("into", Text),
    Index("ix_changes_tenant_number", "tenant", "number"),
    Index("ix_changes_entity", "entity"),
    sqlite_autoincrement=True,
)
"""The feed: what happened to which entity; `into`: the numbers of the entities that its records went to, as JSON."""

acts = Table(
    "acts",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("commit", NUMBER, ForeignKey(commits.c.number), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text),
    Column("undoes", NUMBER, ForeignKey("acts.number")),
    Column("in_force", Boolean, nullable=False, server_default=true()),
    Index("ix_acts_undoes", "undoes"),
    sqlite_autoincrement=True,
)
"""What people did, append-only. An act is in force until one that undoes it is."""

judgements = Table(
    "judgements",
    metadata,
    Column("act", NUMBER, ForeignKey(acts.c.number), primary_key=True),
    Column("left", NUMBER, primary_key=True, autoincrement=False),
    Column("right", NUMBER, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Index("ix_judgements_left", "left"),
    Index("ix_judgements_right", "right"),
)
"""Verdicts on two records, by their numbers, left < right; they count while their act is in force."""

pins = Table(
    "pins",
    metadata,
    Column("act", NUMBER, ForeignKey(acts.c.number), primary_key=True),
    Column("record", NUMBER, primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Column("value", Text),
    Index("ix_pins_record", "record"),
)
"""Golden values that a person chose (as JSON; null releases the field), kept with the record that names the entity."""
