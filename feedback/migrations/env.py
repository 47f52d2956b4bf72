"""结构: how Alembic runs here: always on a connection it is given, and in plain column types.

A step says what the database stores, not which class reads it, so that old steps outlive the classes.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from feedback import db, models

assert models.__all__  # imported so that the metadata knows every table


def plain_type(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """`sa.DateTime(timezone=True)` for an Instant, `sa.String(length=20)` for a Choice."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


where: dict[str, Any] = {"connection": context.config.attributes["connection"]}
if context.is_offline_mode():  # only told, by a test that reads what each step says
    where = {"dialect_name": "postgresql", "literal_binds": True}
context.configure(
    **where,
    target_metadata=db.Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
    render_as_batch=True,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
