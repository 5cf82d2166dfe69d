"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Takes a store one step on."""
    op.create_table(
        "commits",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_commits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_commits_tenant_at", "commits", ["tenant", "at"])

    op.create_table(
        "golden",
        sa.Column("entity", NUMBER, autoincrement=False, nullable=False),
        sa.Column("begin", NUMBER, autoincrement=False, nullable=False),
        sa.Column("end", NUMBER, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "begin", name="pk_golden"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holders",
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("value", "record", name="pk_holders"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "record", name="pk_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memberships",
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.Column("begin", NUMBER, autoincrement=False, nullable=False),
        sa.Column("end", NUMBER, nullable=True),
        sa.Column("entity", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("record", "begin", name="pk_memberships"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_memberships_entity", "memberships", ["entity"])

    op.create_table(
        "records",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=True),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("reach", NUMBER, nullable=False),
        sa.Column("entity", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_records"),
        sa.UniqueConstraint("tenant", "name", name="uq_records_tenant_name"),
        sa.UniqueConstraint("tenant", "record_id", "source", name="uq_records_tenant_record_id_source"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_records_entity", "records", ["entity"])
    op.create_index("ix_records_reach", "records", ["reach"])

    op.create_table(
        "scores",
        sa.Column("left", NUMBER, autoincrement=False, nullable=False),
        sa.Column("right", NUMBER, autoincrement=False, nullable=False),
        sa.Column("pattern", sa.BigInteger(), nullable=False),
        sa.Column("logit", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("left", "right", name="pk_scores"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scores_right", "scores", ["right"])

    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "sharing",
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("value", "person", name="pk_sharing"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "acts",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("commit", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("undoes", NUMBER, nullable=True),
        sa.Column("in_force", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["commit"], ["commits.number"], name="fk_acts_commit"),
        sa.ForeignKeyConstraint(["undoes"], ["acts.number"], name="fk_acts_undoes"),
        sa.PrimaryKeyConstraint("number", name="pk_acts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acts_undoes", "acts", ["undoes"])

    op.create_table(
        "changes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("commit", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity", NUMBER, nullable=False),
        sa.Column("into", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["commit"], ["commits.number"], name="fk_changes_commit"),
        sa.PrimaryKeyConstraint("number", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_entity", "changes", ["entity"])
    op.create_index("ix_changes_tenant_number", "changes", ["tenant", "number"])

    op.create_table(
        "models",
        sa.Column("begin", NUMBER, nullable=False),
        sa.Column("end", NUMBER, nullable=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("model", sa.LargeBinary(), nullable=False),
        sa.Column("clean", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["begin"], ["commits.number"], name="fk_models_begin"),
        sa.PrimaryKeyConstraint("begin", name="pk_models"),
    )
    op.create_index("ix_models_tenant", "models", ["tenant"])

    op.create_table(
        "judgements",
        sa.Column("act", NUMBER, nullable=False),
        sa.Column("left", NUMBER, autoincrement=False, nullable=False),
        sa.Column("right", NUMBER, autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["acts.number"], name="fk_judgements_act"),
        sa.PrimaryKeyConstraint("act", "left", "right", name="pk_judgements"),
    )
    op.create_index("ix_judgements_left", "judgements", ["left"])
    op.create_index("ix_judgements_right", "judgements", ["right"])

    op.create_table(
        "pins",
        sa.Column("act", NUMBER, nullable=False),
        sa.Column("record", NUMBER, autoincrement=False, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["act"], ["acts.number"], name="fk_pins_act"),
        sa.PrimaryKeyConstraint("act", "record", "field", name="pk_pins"),
    )
    op.create_index("ix_pins_record", "pins", ["record"])
