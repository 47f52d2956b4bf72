"""边用边改: how a step changes a table that is large already, while the township goes on working.

PostgreSQL builds an index of an existing table beside the writers, outside of any transaction: what the step did
before is then stored already, and the step, should it be broken off there, is begun again. So what stands before an
index in a step is said in words that may be repeated (`if_not_exists`), and a half-built index is thrown away first.
SQLite has one writer anyway, and does each step as a whole.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

LOCK_SECONDS = 3
"""So long a step waits for a table. While it waits, everybody who comes after it waits too."""


def add_column(table: str, column: sa.Column[Any]) -> None:
    """A column that is empty, or whose default is a constant: neither rewrites the table."""
    if _is_postgresql():
        op.add_column(table, column, if_not_exists=True)
    else:
        op.add_column(table, column)


def create_index(name: str, table: str, columns: Sequence[str], *, where: str = "", sqlite_where: str = "",
                 unique: bool = False) -> None:
    """An index of a table that stood before this step; `where` the same for both databases, or each its own."""
    if not _is_postgresql():
        op.create_index(name, table, columns, unique=unique, sqlite_where=_sql(sqlite_where or where))
        return
    with op.get_context().autocommit_block():
        _take_time()
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        op.create_index(name, table, columns, unique=unique, postgresql_where=_sql(where), postgresql_concurrently=True)


def drop_index(name: str, table: str) -> None:
    """Takes an index away without stopping who reads the table."""
    if not _is_postgresql():
        op.drop_index(name, table)
        return
    with op.get_context().autocommit_block():
        _take_time()
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')


def _take_time() -> None:
    """It waits for the transactions of others to end, but holds nobody up."""
    op.execute("SET statement_timeout = 0")
    op.execute("SET lock_timeout = 0")


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _sql(condition: str) -> sa.TextClause | None:
    return sa.text(condition) if condition else None
