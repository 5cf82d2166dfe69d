"""words that entities are found by"""

import sqlalchemy as sa
from alembic import op

from resolver.store.words import words_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
AT_ONCE = 10_000


def upgrade() -> None:
    """Takes a store one step on."""
    made = op.create_table(
        "words",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.Column("entity", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "word", "entity", name="pk_words"),
        sqlite_with_rowid=False,
    )
    _fill(made)


def _fill(made: sa.Table) -> None:
    """The words of the golden records that a store holds already."""
    golden, records = (
        sa.table(name, *map(sa.column, columns))
        for name, columns in (("golden", ("entity", "end", "content")), ("records", ("number", "tenant")))
    )
    query = (
        sa.select(golden.c.entity, golden.c.content, records.c.tenant)
        .join_from(golden, records, records.c.number == golden.c.entity)
        .where(golden.c.end.is_(None))
        .order_by(golden.c.entity)
        .limit(AT_ONCE)
    )
    connection, last = op.get_bind(), 0
    while rows := connection.execute(query.where(golden.c.entity > last)).all():
        told = [
            {"tenant": row.tenant, "word": word, "entity": row.entity}
            for row in rows
            for word in sorted(words_of(row.content))
        ]
        if told:
            connection.execute(made.insert(), told)
        last = rows[-1].entity
