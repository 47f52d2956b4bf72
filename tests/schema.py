"""测试用的库: the schema is built by the migrations once, then copied (SQLite) or emptied (PostgreSQL)."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from sqlalchemy import Engine, create_engine, make_url, text

from feedback import db, migrations

FILE = "hulianma.db"


@dataclass(frozen=True)
class Bench:
    """Where tests work: a template file for SQLite, or a worker's own PostgreSQL database."""

    template: Path
    server: str | None
    url: str

    @classmethod
    def build(cls, server: str | None, folder: Path) -> "Bench":
        template = folder / FILE
        name = f"hlm_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
        if server is not None:
            in_cluster(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        url = f"sqlite:///{template}" if server is None else with_name(server, name)
        migrate(url)
        return cls(template, server, url)

    def url_for(self, folder: Path) -> str:
        return f"sqlite:///{folder / FILE}" if self.server is None else self.url

    def fill(self, folder: Path) -> None:
        if self.server is None:
            shutil.copyfile(self.template, folder / FILE)

    def empty(self) -> None:
        """Takes every row out; far quicker than TRUNCATE on tables that hold a handful."""
        if self.server is None:
            return
        every_row = (f'DELETE FROM "{table}"' for table in db.Base.metadata.tables)
        in_cluster(self.url, "SET session_replication_role = replica", ";".join(every_row))

    def tidy(self) -> None:
        """The same for what was much: rows taken out lie in PostgreSQL's way until somebody sweeps."""
        self.empty()
        if self.server is not None:
            in_cluster(self.url, "VACUUM ANALYZE")

    def clear_away(self) -> None:
        if self.server is not None:
            in_cluster(self.server, f"DROP DATABASE IF EXISTS {make_url(self.url).database} WITH (FORCE)")


def migrate(url: str) -> None:
    """An empty database brought to the newest schema, as `hulianma init` does it."""
    engine = db.connect(url)
    migrations.upgrade(engine)
    db.disconnect()


def in_cluster(server: str, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def with_name(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def go_back(engine: Engine, to: str) -> None:
    """Takes the schema back to an earlier step, each step in a transaction of its own, as it went up."""
    with engine.connect() as connection:
        command.downgrade(migrations.settings(connection), to)
        connection.invalidate()  # a step may have changed its settings
