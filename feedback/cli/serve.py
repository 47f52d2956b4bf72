"""开张: the web server and the timer, in one command."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from feedback import alone, db, rounds, timer
from feedback.cli import opened
from feedback.codes import press

MOST_THREADS = 16
PATIENCE = 10
"""Seconds a process gets to finish what it is answering when the server is stopped."""


def application() -> Any:
    """What each serving process loads: the pages, and a thread for what time alone does."""
    from wsgi import app

    press.hand_to(press.a_process)
    timer.start()
    threading.Thread(target=end_without, args=(os.getppid(),), name="parent", daemon=True).start()
    return app


def end_without(parent: int, pause: float = 1.0) -> None:
    """Ends this process once the one that began it is gone: where that was killed nobody else would stop it, and it
    would hold the port, and serve a SQLite file that the next one believes to have alone."""
    while os.getppid() == parent:
        time.sleep(pause)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64),
              help="Serving processes on PostgreSQL; SQLite always has one.")
def serve(host: str, port: int, processes: int) -> None:
    """Serve the pages, and do what time alone does, until stopped."""
    with opened() as config:
        is_sqlite, file = db.is_sqlite(), db.engine().url.database
    _require_free(host, port)
    with alone_with(Path(file or "") if is_sqlite else None):
        click.echo(f"{config.base_url}  (listening on {host}:{port})")
        Granian(
            "wsgi:app",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1 if is_sqlite else processes,
            blocking_threads=min(MOST_THREADS, 2 * (os.cpu_count() or 1) + 1),
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE,
            websockets=False,
            log_level=LogLevels.warning,
            log_access=False,  # an address holds a door's token
        ).serve(target_loader=application, wrap_loader=False)


def _require_free(host: str, port: int) -> None:
    """Granian would share a port with another server; half of the requests would go astray."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(f"Can't listen on {host}:{port}: {error.strerror}.") from error


@contextmanager
def alone_with(file: Path | None) -> Iterator[None]:
    """One serving process to a SQLite file: its writes pass through one lock in memory."""
    if file is None:
        yield
        return
    with alone.holding(file.with_name(f"{file.name}.serving")) as mine:
        if not mine:
            raise click.ClickException(f"{file} is already being served.")
        yield


@click.command()
def tick() -> None:
    """One round of what time does: rungs told, silent closing, matters looked at again, cases of absent owners,
    notices."""
    with opened():
        press.hand_to(press.a_process)
        report = timer.tick()
        behind = rounds.health().behind
    if not report.is_mine:
        click.echo("Another process is doing this round.")
        return
    for name, count in report.done.items():
        click.echo(f"{name}: {count}" + (" (more in the next round)" if name in report.unfinished else ""))
    click.echo("behind: " + ", ".join(f"{name} {seconds} s" for name, seconds in behind.items()))
    if report.failed:
        raise click.ClickException("; ".join(f"{name}: {why}" for name, why in report.failed.items()))


def register(group: click.Group) -> None:
    group.add_command(serve)
    group.add_command(tick)
