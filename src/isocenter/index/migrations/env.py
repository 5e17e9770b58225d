"""How Alembic reaches the database: through the connection that ``upgrade`` or a developer's command hands over."""

from __future__ import annotations

from alembic import context

from isocenter.index.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
