"""结构: the numbered steps that bring a database to the newest schema. One head; models equal it (tested).

A new step: change the models, then `python -m feedback.migrations "what it does"`, and read what it wrote.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

HERE = Path(__file__).parent


def settings(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the steps lie here, the connection is ours."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection) -> None:
    """Every step that is missing, in this connection's transaction."""
    command.upgrade(settings(connection), "head")


def newest() -> str | None:
    """The last step there is; the schema this code needs."""
    return ScriptDirectory.from_config(settings()).get_current_head()


def reached(connection: Connection) -> str | None:
    """The last step this database has taken; None for one never set up."""
    return MigrationContext.configure(connection).get_current_revision()
