"""放行: a run is ready once its files were read by machines that had no part in making them, and agree with the
register: all of them, or of a large run a random sample whose size is said. What differs makes it a failed one.
"""

from collections.abc import Callable

from sqlalchemy import select

from feedback import access, clock, db, tokens
from feedback.codes import checking, files, manifest, runs
from feedback.codes.checking import Result
from feedback.errors import Conflict
from feedback.models.codes import DoorCode
from feedback.models.places import Household
from feedback.models.prints import PrintRun, RunKind, RunState
from feedback.words import N_

WHOLE = 20_000
"""A run of so many plates is looked at as a whole where nobody says how; of a larger one …"""
SAMPLE = 10_000
"""… so many plates are, drawn by pages, and of all others the words."""
KEPT = 50
"""Differences that a record keeps; the check itself tells them all."""

CHANGED = N_("印好以后，有文件变了或者不见了：{names}。请接着印，缺的会补上，再核对一遍。")
NOT_YET = N_("第 {number} 批还没有印好，印好了才能核对。")


def begin(run: PrintRun) -> None:
    """Somebody takes the check up. Raises Refusal where there is nothing to check, or not what was printed."""
    names = files.changed(run)  # the whole run is read: nobody waits for his turn to write meanwhile
    db.write()
    db.session.refresh(run)
    if run.removed_at is not None:
        raise Conflict(runs.GONE)
    if run.state not in {RunState.PRINTED, RunState.READY, RunState.FAILED}:
        raise Conflict(NOT_YET, number=run.id)
    if names:
        runs.break_off(run, CHANGED, names="、".join(names[:5]))
        return
    run.state, run.since_at, run.beat_at, run.checked, run.fresh = RunState.PRINTED, clock.now(), clock.now(), 0, 0
    run.checked_at = None
    db.session.flush()


def sample_of(run: PrintRun) -> int | None:
    """How many plates are looked at where nobody says how many; None: all."""
    return SAMPLE if run.plates > WHOLE else None


def check(run: PrintRun, *, base_url: str, lower_host: bool = False, sample: int | None = None,
          seed: int | None = None, jobs: int = 1,
          progress: Callable[[int, int], object] = lambda pages, of: None) -> Result:
    """Reads the run's files, or a sample of their pages, as `checking.check`; every plate of the run should be there.

    Changes nothing, and leaves no transaction open for as long as it reads.
    """
    folder = files.folder(run)
    paths, expected = [folder / name for name in files.names(run)], _tokens(run)
    if (folder / manifest.NAME).is_file():
        paths.append(folder / manifest.NAME)
    db.session.rollback()
    return checking.check(*paths, base_url=base_url, lower_host=lower_host, sample=sample, seed=seed, jobs=jobs,
                          expected=expected, progress=progress)


def settle(run: PrintRun, result: Result) -> None:
    """Ready, or failed with its differences."""
    db.write()
    db.session.refresh(run)
    run.state = RunState.READY if result.agrees else RunState.FAILED
    run.checked, run.checked_at, run.faults = result.looked_at, clock.now(), len(result.differences)
    run.beat_at = None
    run.found = [[each.file, each.page, each.fault.value, tokens.tail(each.subject)]
                 for each in result.differences[:KEPT]]
    db.session.flush()


def standing(run: PrintRun) -> list[str]:
    """The files for which a run that was ready no longer is: they were changed, or are gone."""
    return files.changed(run) if run.state in runs.FINISHED and run.removed_at is None else []


def _tokens(run: PrintRun) -> frozenset[str]:
    """What should be in the run's files: of an area all that is active, of a reprint what was ordered."""
    if run.kind is RunKind.REPRINT:
        return runs.tokens_of(run)
    active = select(DoorCode.token).join(Household, DoorCode.household_id == Household.id)
    inside = access.within(Household.microgrid_code, run.area_code)
    return frozenset(db.session.scalars(active.where(inside, DoorCode.ended_at.is_(None))))
