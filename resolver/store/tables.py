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

words = Table(
    "words",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True),
    Column("entity", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""The words of the names and companies in the golden records of now (`store.words`), in the order of their bytes."""

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

answers = Table(
    "answers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text),
    Index("ix_answers_tenant_at", "tenant", "at"),
)
"""What was answered under the keys of callers, to be given again for a while. digest: of what was asked; body: null
once a record that it names was forgotten."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
"""Which process does what only one may do at a time, and until when."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text),
    Column("active", Boolean, nullable=False),
    Column("cursor", NUMBER, nullable=False),
    Column("upto", NUMBER),
    Column("tries", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("status", Integer),
    Column("problem", Text),
    UniqueConstraint("tenant", "name"),
    sqlite_autoincrement=True,
)
"""Who is told of the feed. kinds: which changes, as JSON. cursor: the last change that arrived; upto: the last one of
the message that is on its way, which stays the same until it arrived. tries, failing_since: since when it does not, and
how often it was tried; status, problem: how the last try ended."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("webhook", NUMBER, ForeignKey(webhooks.c.number), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("changes", Integer, nullable=False),
    Column("status", Integer),
    Column("problem", Text),
    Column("milliseconds", Integer, nullable=False),
    Index("ix_deliveries_webhook", "webhook", "number"),
    sqlite_autoincrement=True,
)
"""Every try to tell a webhook of changes, the last ones of each."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("made", DateTime(timezone=True), nullable=False),
    Column("expires", DateTime(timezone=True)),
    Column("revoked", DateTime(timezone=True)),
    Index("ix_api_keys_tenant", "tenant"),
)
"""Who may come in over the API. key: the public part, by which it is found; hash: of the secret part, SHA-256."""

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("made", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("wait_until", DateTime(timezone=True)),
    Index("ix_users_tenant", "tenant"),
)
"""Who signs in at the desk, by a name that nobody else has. hash: of the password, with salt (scrypt). failures: wrong
passwords since the last right one; after some of them nobody is let in before `wait_until`."""

sittings = Table(
    "sittings",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("key", Text),
    Column("begun", DateTime(timezone=True), nullable=False),
    Column("seen", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Index("ix_sittings_name", "name"),
    Index("ix_sittings_until", "until"),
)
"""Who is signed in at the desk. hash: of the token that the browser has, SHA-256. by: what they showed; key: the public
part of an API key. seen: about when they last asked for anything; until: when they have to sign in again at the latest.
"""

audit = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("targets", Text, nullable=False),
    Column("request", Text, nullable=False),
    Index("ix_audit_tenant_number", "tenant", "number"),
    sqlite_autoincrement=True,
)
"""What callers of the API did and looked at, append-only. targets: ids of entities, cases or acts, as JSON."""
