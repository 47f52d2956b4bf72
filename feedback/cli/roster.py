"""导入: `import` takes areas, households or staff from a CSV or XLSX file, all of it or nothing."""

import codecs
import contextlib
import csv
import io
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import click
from tqdm import tqdm

from feedback import db, roster
from feedback.administration import holidays
from feedback.cli import opened
from feedback.roster import slips as paper
from feedback.tables import BadRow, Row

ROWS_SHOWN = 200
CALENDAR = "calendar"


@click.command("import")
@click.argument("kind", type=click.Choice([*(kind.value for kind in roster.Kind), CALENDAR]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--passwords", "passwords_file", type=click.Path(dir_okay=False, path_type=Path),
              help="Of staff: give first passwords to those who have none, written once to this new file "
                   "(CSV), with slips to print beside it (HTML).")
@click.option("--area", help="Of calendar: the township (or county) whose calendar it is.")
def import_file(kind: str, file: Path, dry_run: bool, passwords_file: Path | None, area: str | None) -> None:
    """Import areas, households, staff or a year's holidays from FILE, a CSV or XLSX; safe to repeat.

    areas: code,name or parent,name (numbered here, and written back with the codes);
    households: microgrid,door,householder,phone; staff: username,name,phone,role,area,leader,team;
    calendar: the words of the State Council's notice as a text file, or day,kind,name with kind 放假 or 上班.
    """
    _require_new(passwords_file, kind)
    if (kind == CALENDAR) is (area is None):
        raise click.UsageError("--area goes with calendar, and calendar needs it.")
    if area is not None:
        _import_calendar(file, area, dry_run)
        return
    with opened() as config:
        planned = roster.plan(roster.Kind(kind), file.read_bytes(), file_name=file.name, progress=_progress)
        if planned.is_refused:
            _refuse(planned)
        if dry_run:
            _say(planned, "would be ")
            for change in planned.changes[:ROWS_SHOWN]:
                click.echo(_described(change))
            return
        slips = roster.slips_for(planned) if passwords_file else []
        written = _write_slips(passwords_file, slips, config.base_url) if passwords_file else []
        try:
            done = roster.apply(planned, slips=slips)
            db.session.commit()
        except BaseException:
            for path in written:
                path.unlink()
            raise
        _say(done, "")
        _write_back(done, file)
        if written:
            click.echo(f"{len(slips)} first passwords are in {written[0]}, slips to print in {written[1]}.")


def _import_calendar(file: Path, area: str, dry_run: bool) -> None:
    with opened():
        reading = holidays.look_through(file.read_bytes())
        if reading.faults:
            raise click.ClickException("\n".join(str(fault) for fault in reading.faults))
        found = reading.found
        if dry_run:
            for day, works in sorted(found.days.items()):
                click.echo(f"{day} {'work' if works else 'off'}")
        done = holidays.enter(None, area, found)
        db.session.rollback() if dry_run else db.session.commit()
        would = "would be " if dry_run else ""
        click.echo(f"{found.year}: {done.new} {would}new, {done.changed} {would}changed, {done.same} the same.")


def _progress(rows: Iterable[Row | BadRow]) -> Iterable[Row | BadRow]:
    return tqdm(rows, desc="reading", unit=" rows", delay=1, leave=False)


def _say(planned: roster.Plan, would: str) -> None:
    click.echo(f"{planned.new} {would}new, {planned.changed} {would}changed, {planned.same} the same.")


def _described(change: roster.Change) -> str:
    values = "".join(f"; {one.column}: {one.before or '-'} -> {one.after or '-'}" for one in change.differences)
    return f"line {change.line}: {change.effect} {change.subject}{values}"


def _refuse(planned: roster.Plan) -> None:
    for bad in planned.bad_rows[:ROWS_SHOWN]:
        click.echo(f"line {bad.line}, {bad.column or '-'}, {bad.value!r}: {bad}", err=True)
    more = len(planned.bad_rows) - ROWS_SHOWN
    if more > 0:
        click.echo(f"... and {more} more", err=True)
    raise click.ClickException(f"{len(planned.bad_rows)} bad rows, so nothing was imported.")


def _require_new(passwords_file: Path | None, kind: str) -> None:
    if passwords_file is None:
        return
    if kind != roster.Kind.STAFF.value:
        raise click.UsageError("--passwords goes with staff only.")
    for path in (passwords_file, _slips_beside(passwords_file)):
        if path.exists():
            raise click.ClickException(f"{path} is there already; passwords are written once, to a new file.")


def _slips_beside(passwords_file: Path) -> Path:
    return passwords_file.with_name(passwords_file.name + ".slips.html")


def _write_slips(passwords_file: Path, slips: list[roster.Slip], address: str) -> list[Path]:
    """Both files, readable by their owner only."""
    table = io.StringIO()
    csv.writer(table).writerows(
        [("username", "name", "password"), *((slip.username, slip.name, slip.password) for slip in slips)]
    )
    texts = {passwords_file: table.getvalue(), _slips_beside(passwords_file): paper.page(slips, address)}
    for path, text in texts.items():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
            out.write(text)
    return list(texts)


def _write_back(done: roster.Plan, file: Path) -> None:
    """The file with the codes it was given: a CSV in its own place, an XLSX as a CSV beside it."""
    if not isinstance(done, roster.AreasPlan) or not done.gives_codes:
        return
    target = file if file.suffix.lower() != ".xlsx" else file.with_suffix(".csv")
    was_plain = target == file and _is_plain(file)
    text = done.coded_csv() if was_plain else codecs.BOM_UTF8 + done.coded_csv()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    beside.write_bytes(text)
    beside.replace(target)
    click.echo(f"The codes are in {target}.")


def _is_plain(file: Path) -> bool:
    """UTF-8 without a byte order mark: then it stays without one."""
    content = file.read_bytes()
    with contextlib.suppress(UnicodeDecodeError):
        content.decode()
        return not content.startswith(codecs.BOM_UTF8)
    return False


def register(group: click.Group) -> None:
    group.add_command(import_file)


