"""开印: a run that was ordered on a page is printed and checked by a process of its own, one run at a time.

Nobody who serves pages waits for it, and it outlives a restart of the server. It gives signs of life; where it has
given none for a while (killed, or the machine went down) the next one is sent, and goes on from what is there. Its
files lie in the data folder for so many days and are taken away then.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from feedback import clock, db
from feedback.codes import files, runs
from feedback.models.prints import SILENT, PrintRun, RunState

KEPT = timedelta(days=30)
"""The files of a run ordered on a page stay so long after the last work on it."""
MOST_LAUNCHES = 5
"""So often somebody is sent without getting any further; then a person has to look."""
DUE = (RunState.ORDERED, RunState.PRINTING, RunState.PRINTED)
"""What there is still work on; a stopped or failed run waits for somebody to say so."""
COMMAND = "from feedback.cli import main; main()"

Launch = Callable[[int, Path], object]
_launch: Launch | None = None
_children: list[subprocess.Popen[bytes]] = []


def hand_to(launch: Launch | None) -> None:
    """From here on this process sends somebody to print; one that serves nobody, as a test, never does."""
    global _launch
    _launch = launch


def a_process(number: int, folder: Path) -> None:
    """Begins the process that prints and checks a run; what it says is written down beside the sheets."""
    _children[:] = [child for child in _children if child.poll() is None]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".said").open("wb") as said:
        _children.append(subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", COMMAND, "codes", "print", "--run", str(number), "--check"],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
        ))


def begin() -> int:
    """Sends somebody to print the oldest run that waits, unless one is being worked on; how many were sent: 1 or 0."""
    if _launch is None:
        return 0
    silent = clock.now() - SILENT
    waiting = select(PrintRun).where(PrintRun.state.in_(DUE), PrintRun.folder == "", PrintRun.removed_at.is_(None))
    if db.session.scalar(waiting.where(PrintRun.beat_at > silent).limit(1)) is not None:
        return 0
    run = db.session.scalar(waiting.order_by(PrintRun.id).limit(1).with_for_update(skip_locked=True))
    if run is None:
        return 0
    if run.launches >= MOST_LAUNCHES:
        runs.break_off(run, runs.NO_WORKER)
        return 0
    run.launches, run.beat_at = run.launches + 1, clock.now()
    db.session.flush()
    _launch(run.id, files.folder(run))
    return 1


def clear_away() -> int:
    """Takes away the files of one run whose days are over; 0 where there is none."""
    touched = func.coalesce(PrintRun.since_at, PrintRun.ordered_at)
    over = select(PrintRun).where(
        PrintRun.folder == "", PrintRun.removed_at.is_(None), touched < clock.now() - KEPT,
        PrintRun.state.not_in((RunState.ORDERED, RunState.PRINTING)),
    )
    run = db.session.scalar(over.order_by(PrintRun.id).limit(1))
    if run is None:
        return 0
    shutil.rmtree(files.folder(run), ignore_errors=True)
    run.removed_at, run.beat_at = clock.now(), None
    db.session.flush()
    return 1
