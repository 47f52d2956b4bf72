"""The numbered steps lead to what the models say, there and back."""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from feedback import clock, db, migrations
from feedback.errors import Refusal
from feedback.models.notices import Notice, Via
from tests import builders
from tests.schema import Bench, go_back, in_cluster, with_name


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
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert migrations.reached(connection) == migrations.newest()
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}),
                                       db.Base.metadata)
        assert differences == []


def test_going_up_twice_changes_nothing_and_every_step_goes_back(empty: Engine) -> None:
    for _ in range(2):
        migrations.upgrade(empty)
    go_back(empty, "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]


def test_an_older_version_says_that_a_newer_one_was_here_and_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(Refusal, match="9999"):
        migrations.upgrade(empty)
    with empty.connect() as connection:
        assert migrations.reached(connection) == "9999"


def test_steps_go_back_though_there_are_cases(database: Engine) -> None:
    """What refers to the cases would forbid making their table anew."""
    builders.a_case(builders.a_household(builders.a_township().microgrid))
    db.session.commit()
    db.session.remove()
    try:
        go_back(database, FIRST_WITH_DATA)
        with database.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM feedback_case")) == 1
    finally:
        migrations.upgrade(database)


def test_a_step_back_leaves_no_notice_of_what_it_takes_away(database: Engine) -> None:
    """A notice that stands for nothing can't be said, and with it the whole list of its reader."""
    reader = builders.a_person(builders.a_township().microgrid)
    for facts in ({"alert_id": 1}, {"plate_flag_id": 1}):
        db.session.add(Notice(person_id=reader.id, via=Via.LIST, made_at=clock.now(), **facts))
    db.session.commit()
    db.session.remove()
    try:
        left = []
        for before in ("0010", "0005"):
            go_back(database, before)
            with database.connect() as connection:
                left.append(connection.scalar(text("SELECT count(*) FROM notice")))
        assert left == [1, 0]
    finally:
        migrations.upgrade(database)


# ---------------------------------------------------------------- on tables that are large already

FIRST_WITH_DATA = "0002"
"""Steps up to here were taken before there was any township."""
MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)", re.IGNORECASE)
INDEXED = re.compile(
    r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)(?:IF NOT EXISTS )?\"?\w+\"? ON \"?(\w+)", re.IGNORECASE
)
REWRITTEN = re.compile(
    r"ALTER TABLE \"?(\w+)\"? (?:ALTER COLUMN \S+ (?:TYPE|SET NOT NULL)|ADD CONSTRAINT (?![^;]*NOT VALID))"
    r"|^UPDATE \"?(\w+)|^DELETE FROM \"?(\w+)", re.IGNORECASE | re.MULTILINE)
LARGE = {"feedback_case", "case_event", "content", "photo", "notice", "case_figures", "household", "door_code"}


def told_for_postgresql(revisions: str) -> str:
    out = io.StringIO()
    settings = migrations.settings()
    settings.output_buffer = out
    command.upgrade(settings, revisions, sql=True)
    return out.getvalue()


def what_stops_the_township(sql: str) -> list[str]:
    """What a step says that keeps everybody from a table for as long as it takes to read it."""
    own = set(MADE.findall(sql))
    found = [f"index on {table}" for table in INDEXED.findall(sql) if table not in own]
    rewritten = ["".join(each) for each in REWRITTEN.findall(sql)]
    return found + [f"all of {table}" for table in rewritten if table in LARGE - own]


def steps_since(revision: str) -> list[str]:
    found = reversed(list(ScriptDirectory.from_config(migrations.settings()).walk_revisions(revision, "head")))
    names = [step.revision for step in found]
    return [f"{before}:{after}" for before, after in pairwise(names)]


@pytest.mark.parametrize("step", steps_since(FIRST_WITH_DATA))
def test_no_step_stops_the_township(step: str) -> None:
    """An index on a table that stood before goes by `feedback.migrations.online.create_index`."""
    assert what_stops_the_township(told_for_postgresql(step)) == []


def test_a_step_that_would_is_noticed() -> None:
    sql = """CREATE TABLE own (id INT); CREATE INDEX a ON own (id); CREATE INDEX CONCURRENTLY b ON case_event (at);
CREATE INDEX c ON case_event (at); CREATE UNIQUE INDEX d ON person (name);
ALTER TABLE notice ALTER COLUMN via TYPE TEXT; ALTER TABLE notice ADD COLUMN x INT;
UPDATE feedback_case SET n = 1;"""
    found = what_stops_the_township(sql)
    assert found == ["index on case_event", "index on person", "all of notice", "all of feedback_case"]


def test_a_step_broken_off_at_an_index_is_taken_again(empty: Engine) -> None:
    """What stood before the index is stored by then, and the step is not."""
    migrations.upgrade(empty)
    if empty.dialect.name != "postgresql":
        pytest.skip("SQLite takes each step as a whole")
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        connection.execute(text("DROP INDEX ix_case_alone"))
        connection.execute(text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_case_about'::regclass"))
    command_up_to(empty, "0003")
    with empty.connect() as connection:
        broken = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert connection.scalar(broken) == 0
        indexes = {one["name"] for one in inspect(connection).get_indexes("feedback_case")}
    assert {"ix_case_alone", "ix_case_about"} <= indexes


def command_up_to(engine: Engine, revision: str) -> None:
    with engine.connect() as connection:
        command.upgrade(migrations.settings(connection), revision)
