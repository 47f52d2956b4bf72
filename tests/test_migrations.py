"""The numbered steps lead to what the models say, there and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from feedback import db, migrations
from tests.schema import Bench, in_cluster, with_name


@pytest.fixture
def empty(bench: Bench, tmp_path: Path) -> Iterator[Engine]:
    """A database that nothing has been done to."""
    name = f"{tmp_path.name.lower()[:40]}_{id(tmp_path)}"
    if bench.server is not None:
        in_cluster(bench.server, f'CREATE DATABASE "{name}"')
    yield db.connect(f"sqlite:///{tmp_path / 'empty.db'}" if bench.server is None else with_name(bench.server, name))
    db.disconnect()
    if bench.server is not None:
        in_cluster(bench.server, f'DROP DATABASE "{name}"')


def test_there_is_one_newest_step() -> None:
    assert len(ScriptDirectory.from_config(migrations.settings()).get_heads()) == 1


def test_the_migrated_schema_is_what_the_models_say(empty: Engine) -> None:
    with empty.begin() as connection:
        assert migrations.reached(connection) is None
        migrations.upgrade(connection)
    with empty.connect() as connection:
        assert migrations.reached(connection) == migrations.newest()
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}),
                                       db.Base.metadata)
        assert differences == []


def test_going_up_twice_changes_nothing_and_every_step_goes_back(empty: Engine) -> None:
    for _ in range(2):
        with empty.begin() as connection:
            migrations.upgrade(connection)
    with empty.begin() as connection:
        command.downgrade(migrations.settings(connection), "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
