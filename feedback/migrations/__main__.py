"""结构: writes the next numbered step from the difference between the models and the schema as migrated."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from feedback import db, migrations


def main(what: str) -> None:
    """Autogenerates against a throw-away database that holds every step so far."""
    steps = list(ScriptDirectory.from_config(migrations.settings()).walk_revisions())
    with tempfile.TemporaryDirectory() as folder:
        engine = db.connect(f"sqlite:///{Path(folder) / 'schema.db'}")
        migrations.upgrade(engine)
        with engine.connect() as connection:
            number = f"{len(steps) + 1:04d}"
            command.revision(migrations.settings(connection), what, autogenerate=True, rev_id=number)
        db.disconnect()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
