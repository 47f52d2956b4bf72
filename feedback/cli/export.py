"""导出: `export` writes cases or their events into a file, without personal data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

import click
from tqdm import tqdm

from feedback import db
from feedback import export as tables
from feedback.cli import opened
from feedback.cli.stats import require_area, require_order, window
from feedback.identity import trail
from feedback.models.records import StaffAct

WHAT = {"cases": tables.cases, "events": tables.events}


@click.command()
@click.argument("what", type=click.Choice(list(WHAT)))
@window
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: .csv, .xlsx with a sheet of definitions, or .zip: the CSV and its definitions.",
)
def export(what: str, area: str, from_on: date, to_on: date, out: Path) -> None:
    """Write WHAT of an area, filed from one day to another (both included), into a file.

    cases: one row each, as they stand now; events: every fact, enough to work out every figure again (for the
    repeat share begin 90 days before). People stand there by staff number, households by a name good for this
    file only. The file appears when it is whole; one that was there before is replaced then.
    """
    require_order(from_on, to_on)
    file_format = tables.Format.of(out)
    facts: dict[str, object] = {"what": what, "since": str(from_on), "until": str(to_on)}
    with opened(), whole(out) as file:
        require_area(area)
        db.snapshot()
        asked = tables.Asked(area, from_on, to_on)
        try:
            count = tables.write(_watched(what, asked), file, file_format, sheet=what)
        except BaseException:
            _leave(area, **facts, is_broken_off=True)
            raise
        _leave(area, **facts, rows=count)
    click.echo(f"{count} rows are in {out}.")


def _watched(what: str, asked: tables.Asked) -> tables.Table:
    """The table, with a bar that moves as it is written."""
    table, (cases, events) = WHAT[what](asked), asked.count()
    ahead = cases if what == "cases" else events
    rows = tqdm(table.rows, total=ahead, desc=what, unit=" rows", delay=1, leave=False)
    return tables.Table(table.columns, rows, table.legend)


@contextmanager
def whole(out: Path) -> Iterator[BinaryIO]:
    """A file beside the one to write, which takes its name once it is whole; nothing is left of any other."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out)
    except OSError as error:
        raise click.ClickException(f"Can't write {out}: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _leave(area: str, **facts: object) -> None:
    """A staff event, whether the export came to its end or not."""
    db.session.rollback()
    trail.leave(StaffAct.EXPORT, None, subject=area, **facts)
    db.session.commit()


def register(group: click.Group) -> None:
    group.add_command(export)
