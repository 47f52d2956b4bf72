"""命令行: `hulianma`, the door for those who run the place. Each file here brings its own commands.

A command loads, calls one verb, commits, and says what it did. What can't be done is one sentence on
standard error and exit code 1.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

import config as settings
from feedback import db, installation, migrations, patience
from feedback.errors import Busy, Refusal


class Commands(click.Group):
    """All commands of the files beside this one; what a rule refuses ends the command with its sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._gather()
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._gather()
        return self.commands.get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        with in_one_sentence():
            return super().invoke(ctx)

    def _gather(self) -> None:
        if self.commands:
            return
        for module in iter_modules(__path__):
            import_module(f"{__name__}.{module.name}").register(self)


main = Commands("hulianma", help="户廉码: a QR code on every door, and a closed loop behind it.")


@contextmanager
def opened() -> Iterator[settings.Config]:
    """The installation the environment names, set up and open until the command ends."""
    with connected() as config:
        with db.engine().connect() as connection:
            reached = migrations.reached(connection)
        if reached != migrations.newest():
            raise click.ClickException("The database is not set up for this version: run `hulianma init`.")
        yield config


@contextmanager
def connected() -> Iterator[settings.Config]:
    """As `opened`, whatever state the database is in."""
    with in_one_sentence():
        config = settings.load(os.environ)
        installation.open_with(config)
        try:
            with patience.unhurried():
                yield config
        finally:
            db.disconnect()


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """What a rule refuses, a setting lacks, the database can't do or a folder doesn't take ends the command with a
    sentence."""
    try:
        yield
    except Busy as busy:
        raise click.ClickException(f"{busy}{cause_of(busy)}") from busy
    except (Refusal, settings.ConfigError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except DBAPIError as error:
        raise click.ClickException(f"The database says: {str(error.orig).splitlines()[0]}") from error
    except OSError as error:
        if error.filename is None:
            raise
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from error


def cause_of(error: Exception) -> str:
    """What stands behind a sentence that is kept simple, for whoever runs the place."""
    return f" ({str(error.__cause__).splitlines()[0]})" if isinstance(error, Busy) and error.__cause__ else ""
