"""How Alembic reaches the store: over the connection that `store.migrate` hands it."""

from alembic import context

from resolver.store.case_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
