"""结构: the numbered steps that bring a database to the newest schema. One head; models equal it (tested).

A new step: change the models, then `python -m feedback.migrations "what it does"`, and read what it wrote. What it does
to a table that stood before goes by `feedback.migrations.online` (tested). A step waits for a table for a few seconds
only, then steps aside and tries again: whoever came after it would wait as well.
"""

import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from feedback import patience
from feedback.errors import Busy, Refusal
from feedback.migrations.online import LOCK_SECONDS
from feedback.words import N_

HERE = Path(__file__).parent
TRIES = 40
PAUSE = 5.0
"""Seconds between them."""


def settings(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the steps lie here, the connection is ours."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
    return made


def upgrade(
    engine: Engine, *, say: Callable[[str], object] = print, tries: int = TRIES, pause: float = PAUSE
) -> None:
    """Every step that is missing, each in a transaction of its own. Raises Busy where somebody holds a table to the
    end; the steps before are done then, and the next call goes on. Raises Refusal where a newer version was here."""
    _require_known(engine)
    for left in reversed(range(tries)):
        try:
            _upgrade(engine)
            return
        except Busy as busy:
            if not left or busy.sentence != patience.HELD:
                raise
            say(f"The schema waits for its turn: somebody is using a table. Trying again in {pause:g} s.")
            time.sleep(pause)


def _upgrade(engine: Engine) -> None:
    with patience.unhurried(lock=LOCK_SECONDS), engine.connect() as connection:
        try:
            command.upgrade(settings(connection), "head")
        finally:
            connection.invalidate()  # `online` has changed its settings


def _require_known(engine: Engine) -> None:
    with engine.connect() as connection:
        step = reached(connection)
    if not knows(step):
        raise Refusal(N_("数据库是更新的版本用过的（{step}），这个版本不认得。请装回更新的版本。"), step=step)


def knows(step: str | None) -> bool:
    """Whether a step is one of this code's, or none at all."""
    return not step or any(each.revision == step for each in ScriptDirectory.from_config(settings()).walk_revisions())


def newest() -> str | None:
    """The last step there is; the schema this code needs."""
    return ScriptDirectory.from_config(settings()).get_current_head()


def reached(connection: Connection) -> str | None:
    """The last step this database has taken; None for one never set up."""
    return MigrationContext.configure(connection).get_current_revision()
