"""数据库: `init` brings it to the schema this version needs."""

import click

from feedback import db, migrations
from feedback.cli import connected


@click.command()
def init() -> None:
    """Create the database, or bring it to this version's schema; safe to repeat."""
    with connected():
        with db.engine().connect() as connection:
            before = migrations.reached(connection)
        migrations.upgrade(db.engine(), say=click.echo)
        newest = migrations.newest()
    click.echo(f"The database is at step {newest}." if before != newest else f"Nothing to do: step {newest}.")


def register(group: click.Group) -> None:
    group.add_command(init)
