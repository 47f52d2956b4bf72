"""导出: `export` writes cases or their events into a file, without personal data."""

from datetime import date
from pathlib import Path

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
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write: .csv or .xlsx."
)
def export(what: str, area: str, from_on: date, to_on: date, out: Path) -> None:
    """Write WHAT of an area, filed from one day to another (both included), into a file.

    cases: one row each, as they stand now; events: every fact, enough to work out every figure again (for the
    repeat share begin 90 days before). People stand there by staff number, households by a name good for this
    file only.
    """
    require_order(from_on, to_on)
    file_format = tables.Format.of(out)
    unfinished = out.with_name(f".{out.name}.part")
    with opened():
        require_area(area)
        table = WHAT[what](area, from_on, to_on)
        rows = tqdm(table.rows, desc=what, unit=" rows", delay=1, leave=False)
        try:
            with unfinished.open("wb") as file:
                count = tables.write(tables.Table(table.columns, rows), file, file_format, sheet=what)
            db.write()
            trail.leave(
                StaffAct.EXPORT, None, subject=area, what=what, since=str(from_on), until=str(to_on), rows=count
            )
            db.session.commit()
            unfinished.replace(out)
        finally:
            unfinished.unlink(missing_ok=True)
    click.echo(f"{count} rows are in {out}.")


def register(group: click.Group) -> None:
    group.add_command(export)
