"""印制批次: prints a run and checks it, lists the runs of an area, prints single plates again, writes the ledger."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError
from tqdm import tqdm

from feedback import alone, clock, db, export
from feedback.cli import opened
from feedback.cli.export import whole
from feedback.cli.stats import require_area
from feedback.codes import checking, files, ledger, manifest, ready, runs, volumes
from feedback.errors import Busy
from feedback.identity import trail
from feedback.models.codes import CodeState
from feedback.models.prints import PrintRun, RunState
from feedback.models.records import StaffAct

BEAT = 20.0
"""Seconds between two signs of life."""
LOCK = ".printing"
"""Held in a folder while somebody prints into it, or checks what is there."""


def carry_out(run: PrintRun, order: volumes.Order) -> PrintRun:
    """Prints a run, with a bar; says what was made. Gives the run back that its files belong to now."""
    number, made, left = run.id, 0, 0
    bar = tqdm(desc="printing", unit=" plates", mininterval=0.5)
    with _working_on(run), _told_of(number, RunState.PRINTING), bar:
        runs.begin(run)
        bar.total = run.plates
        db.session.commit()
        for batch in runs.make(run, order):
            db.session.commit()
            bar.update(batch.plates)
            made, left = (made, left + batch.plates) if batch.was_there else (made + batch.plates, left)
        db.session.commit()
    run = _now(number)
    if run.state is RunState.STOPPED:
        raise click.ClickException(f"Run {run.id} was stopped; {made + left} plates are in {order.folder}.")
    click.echo(f"{made} plates printed, {left} were there already: {order.folder}, "
               f"listed in {order.folder / manifest.NAME}.")
    return run


def examine(run: PrintRun, **how: Any) -> checking.Result:
    """Checks a run, with a bar; it is ready then, or failed. What it came to is for the caller to tell."""
    number, plates = run.id, run.plates
    bar = tqdm(desc="checking", unit=" pages", mininterval=0.5)
    with _working_on(run), _told_of(number, RunState.PRINTED) as pulse, bar:
        ready.begin(run)
        db.session.commit()
        if run.state is RunState.STOPPED:
            raise click.ClickException(run.why.format(**run.why_values))

        def progress(pages: int, of: int) -> None:
            bar.total = of
            bar.update(pages - bar.n)
            pulse.checked = plates * pages // max(1, of)

        result = ready.check(run, progress=progress, **how)
        db.session.rollback()
        ready.settle(run, result)
        db.session.commit()
    return result


class _Pulse(threading.Thread):
    """Says every few seconds that a run is worked on, and how many plates are read."""

    def __init__(self, number: int) -> None:
        super().__init__(name="pulse", daemon=True)
        self.number, self.checked, self.over = number, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(BEAT):
            with suppress(Busy, DBAPIError):
                runs.beat(self.number, self.checked or None)


@contextmanager
def _told_of(number: int, while_it_is: RunState) -> Iterator[_Pulse]:
    """Whatever ends the work is told in the run's record, but for a death without warning; then others see that it
    gives no sign of life."""
    pulse = _Pulse(number)
    pulse.start()
    try:
        yield pulse
    except (Exception, KeyboardInterrupt) as error:
        db.session.rollback()
        run = _now(number)
        if run.state is while_it_is:
            why, values = (runs.BY_HAND, {}) if isinstance(error, KeyboardInterrupt) else runs.reason(error)
            runs.break_off(run, why, **values)
            db.session.commit()
        if isinstance(error, KeyboardInterrupt):
            raise click.ClickException(
                f"Stopped; {run.done} plates are in {files.folder(run)}. The same command goes on from there."
            ) from None
        if isinstance(error, OSError):
            what = f"{error.strerror or error}; {run.done} plates are in {files.folder(run)}."
            raise click.ClickException(what) from error
        raise
    finally:
        pulse.over.set()
        pulse.join()


@contextmanager
def _working_on(run: PrintRun) -> Iterator[None]:
    """Nobody else prints into the run's folder, or checks it, meanwhile."""
    folder = files.folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    with alone.holding(folder / LOCK) as mine:
        if not mine:
            raise click.ClickException(f"Somebody is working on {folder} already.")
        yield


def _now(number: int) -> PrintRun:
    """The run itself; or the newer one, where the files of a finished run had to be printed anew."""
    run = runs.find(number)
    return runs.last(run) if run.state in runs.FINISHED and run.folder else run


@click.command("runs")
@click.option("--area", "area_code", default="", help="Only the runs of this area and of places in it.")
def list_runs(area_code: str) -> None:
    """List the print runs, the newest first: what, how far, where, and whether it may go to the printer."""
    with opened():
        before = 0
        while found := runs.of(area_code, before=before):
            for run in found:
                click.echo(_line(run))
            before = found[-1].id


def _line(run: PrintRun) -> str:
    who = run.ordered_by.staff_number if run.ordered_by else "command line"
    parts = [
        f"{run.id:>5}", run.kind.value, run.area_code, f"{run.layout} {run.written_as}",
        f"{run.done}/{run.plates} plates", f"{clock.local(run.ordered_at):%Y-%m-%d %H:%M} by {who}",
        str(files.folder(run)), state(run),
    ]
    return "  ".join(parts)


def state(run: PrintRun) -> str:
    """How far it is, what is in its way, and whether it may go to the printer."""
    if run.removed_at is not None:
        return "files removed"
    if names := ready.standing(run):
        return f"NOT READY: changed since it was printed: {', '.join(names[:3])}"
    match run.state:
        case RunState.READY:
            return f"ready ({run.checked} plates read, SHA-256 {run.digest[:12]})"
        case RunState.PRINTED:
            return f"printed; next: hulianma codes check --run {run.id}"
        case RunState.FAILED:
            return f"failed ({run.faults} differences)"
        case RunState.STOPPED:
            return f"stopped: {run.why.format(**run.why_values)}"
    return run.state.value


@click.command("ledger")
@click.option("--area", "area_code", required=True, help="Code of the area: a township, a village …")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="File to write: .csv, .xlsx or .zip.")
def write_ledger(area_code: str, out: Path) -> None:
    """Write what became of every plate of an area into a file: printed in which runs, hung, damaged, ended.

    The file appears when it is whole. What is printed here sums it up, village by village.
    """
    file_format = export.Format.of(out)
    with opened(), whole(out) as file:
        area = require_area(area_code)
        db.snapshot()
        sums = ledger.sums(area)
        ahead = sum(sum(each.life.values()) for each in sums)
        lines = tqdm(ledger.lines(area), total=ahead, desc="ledger", unit=" plates", delay=1, leave=False)
        rows = export.write(export.Table(ledger.COLUMNS, lines), file, file_format, sheet="ledger")
        db.session.rollback()
        trail.leave(StaffAct.EXPORT, None, subject=f"ledger {area_code}", rows=rows)
        db.session.commit()
    for each in [*sums, ledger.total(sums)]:
        click.echo(
            f"{each.code or 'all':<12}  {each.households} households, {each.active} active codes: "
            f"{each.life[CodeState.ISSUED]} not printed, {each.life[CodeState.PRINTED]} printed "
            f"({each.late} of them not hung for more than {ledger.LATE.days} days), {each.life[CodeState.HUNG]} hung, "
            f"{each.life[CodeState.DAMAGED]} damaged; {each.life[CodeState.REVOKED]} revoked, "
            f"{each.life[CodeState.REPLACED]} replaced  {each.name}"
        )
    click.echo(f"{rows} plates are in {out}.")


def register(group: click.Group) -> None:
    codes = group.commands["codes"]
    assert isinstance(codes, click.Group)
    codes.add_command(list_runs)
    codes.add_command(write_ledger)
