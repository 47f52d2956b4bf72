"""开张: the web server and the timer, in one command."""

from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces

from feedback import db, timer
from feedback.cli import opened

THREADS = 16
"""Requests one process answers at a time."""


def application() -> Any:
    """What each serving process loads: the pages, and a thread for what time alone does."""
    from wsgi import app

    timer.start()
    return app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64),
              help="Serving processes on PostgreSQL; SQLite always has one.")
def serve(host: str, port: int, processes: int) -> None:
    """Serve the pages, and do what time alone does, until stopped."""
    with opened() as config:
        workers = 1 if db.is_sqlite() else processes
    click.echo(f"{config.base_url}  (listening on {host}:{port})")
    Granian(
        f"{__name__}:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,  # an address holds a door's token
    ).serve()


@click.command()
def tick() -> None:
    """One round of what time does: silent closing, cases of absent owners, photos that were never filed."""
    with opened():
        report = timer.tick()
    for name, count in report.done.items():
        click.echo(f"{name}: {count}")
    if report.failed:
        raise click.ClickException("; ".join(f"{name}: {why}" for name, why in report.failed.items()))


def register(group: click.Group) -> None:
    group.add_command(serve)
    group.add_command(tick)
