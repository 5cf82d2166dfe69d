"""cases for stewards"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Takes a store one step on."""
    op.create_table(
        "cases",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("one", NUMBER, nullable=False),
        sa.Column("other", NUMBER, nullable=False),
        sa.Column("left", NUMBER, nullable=False),
        sa.Column("right", NUMBER, nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("begin", NUMBER, nullable=False),
        sa.Column("changed", NUMBER, nullable=False),
        sa.Column("end", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cases_one", "cases", ["one"])
    op.create_index("ix_cases_other", "cases", ["other"])
    op.create_index("ix_cases_worth", "cases", ["tenant", "end", "value", "number"])
    op.create_index("ix_cases_age", "cases", ["tenant", "end", "begin", "number"])
    op.create_index("ix_cases_alike", "cases", ["tenant", "end", "pattern"])
    op.create_table(
        "desk",
        sa.Column("case", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case", name="pk_desk"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "notes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("case", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_notes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_case", "notes", ["case"])
    op.create_table(
        "decisions",
        sa.Column("act", NUMBER, nullable=False),
        sa.Column("case", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["act"], ["acts.number"], name="fk_decisions_act"),
        sa.PrimaryKeyConstraint("act", "case", name="pk_decisions"),
    )
    op.create_index("ix_decisions_case", "decisions", ["case"])
    op.create_index("ix_decisions_tenant_at", "decisions", ["tenant", "at"])
