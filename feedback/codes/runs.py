"""印制批次: a run is a record: who ordered it, where its files lie, how far it is, and whether it may leave the house.

One order for one area, folder, layout and format is open at a time: whoever orders it again goes on with that one. What
a run has made is noted plate by plate as its batches are finished, in the transaction that marks the codes printed.
When it is done, a list of its files and their digests lies beside them, and the digest of that list in the record: a
file that is changed afterwards is found out. Printing makes it *printed*; only `ready.check` makes it *ready*.
"""

import errno
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Select, exists, insert, literal, select, update

from feedback import access, clock, db, plates
from feedback.codes import files, leave_event, manifest, printing, reprints, volumes
from feedback.codes.printing import Batch
from feedback.codes.volumes import Order
from feedback.errors import Conflict, Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person
from feedback.models.places import Area, Household
from feedback.models.prints import PlatePrint, PrintRun, RunKind, RunState
from feedback.sheets import Format, Layout
from feedback.sheets.png import DOTS_PER_INCH
from feedback.words import N_

OPEN = frozenset({RunState.ORDERED, RunState.PRINTING, RunState.STOPPED, RunState.FAILED})
"""What ordering again goes on with."""
FINISHED = frozenset({RunState.PRINTED, RunState.READY})
"""What stays as it is: where anything has to be printed anew, that is another run."""
LONGEST_FOLDER = 500
"""Characters of its path."""

NO_ROOM = N_("放文件的地方满了。请清出地方，再按“接着印”，会从停下的地方接着印。")
NO_FILE = N_("文件写不进去：{error}。请管理员看一看放文件的地方，再按“接着印”。")
BROKEN = N_("中间出了错，停在这里。请管理员看一看服务器的记录，再按“接着印”。")
NO_WORKER = N_("试了几次都没有印下去。请管理员看一看服务器，再按“接着印”。")
ALL_ENDED = N_("要补印的码都已经停用或换新了，没有什么可印的。")
GONE = N_("这一批的文件已经清掉了，请另印一批。")
BY_HAND = N_("有人按了停。")


def find(number: int) -> PrintRun:
    """The run of this number. Raises Missing."""
    run = db.session.get(PrintRun, number)
    if run is None:
        raise Missing(N_("没有第 {number} 批。"), number=number)
    return run


def of(area_code: str, *, before: int = 0, limit: int = 50) -> list[PrintRun]:
    """The runs of an area and of places in it, the newest first; without an area all there are."""
    query = select(PrintRun)
    if area_code:
        query = query.where(access.within(PrintRun.area_code, area_code))
    if before:
        query = query.where(PrintRun.id < before)
    return list(db.session.scalars(query.order_by(PrintRun.id.desc()).limit(limit)))


def last(run: PrintRun) -> PrintRun:
    """The newest run like this one: of the same kind and area, into the same folder, in this layout and format."""
    return db.session.scalars(_same(**_how(run))).first() or run


def order(area: Area, *, layout: Layout, form: Format, base_url: str, by: Person | None = None,
          into: Path | None = None, resolution: int = DOTS_PER_INCH) -> PrintRun:
    """The run of an area's plates: the open one of the same area, folder, layout and format, else a new one.
    `resolution`: of PNG, in dots per inch; no other format has one.

    Into a folder that somebody names, a finished one is gone on with too: see `make`.
    """
    actor_id, area_code = by.id if by else None, area.code
    db.write()
    _one_at_a_time(area_code)
    _require_apart(RunKind.AREA, into)
    wanted = _wanted(RunKind.AREA, area_code, layout, form, resolution, into)
    before = db.session.scalars(_same(**wanted)).first()
    if before is not None and (before.state in OPEN or into is not None):
        return before
    count = volumes.count(area_code)
    if count == 0:
        raise Refusal(N_("这里一张码都没有，请先发码：hulianma codes issue --area {area}"), area=area_code)
    return _new(actor_id, plates=count, host=plates.host(base_url), **wanted)


def order_again(tokens: Sequence[str], area: Area, *, layout: Layout, form: Format, base_url: str,
                by: Person | None = None, into: Path | None = None, resolution: int = DOTS_PER_INCH) -> PrintRun:
    """补印: a run of single plates of an area, by their tokens. An open run that makes all of these is gone on with;
    into a folder that somebody names, a finished one of just these too."""
    actor_id, area_code = by.id if by else None, area.code
    db.write()
    _one_at_a_time(area_code)
    codes = reprints.printable(tokens, area_code) if tokens else []
    wanted = _wanted(RunKind.REPRINT, area_code, layout, form, resolution, into)
    for before in db.session.scalars(_same(**wanted)):
        making = code_ids(before)
        if (before.state in OPEN and making.issuperset(codes)) or (into is not None and making == set(codes)):
            return before
    if not codes:
        raise Refusal(reprints.NONE)
    _require_apart(RunKind.REPRINT, into)
    run = _new(actor_id, plates=len(codes), host=plates.host(base_url), **wanted)
    _note_ordered(run, codes)
    return run


def code_ids(run: PrintRun) -> set[int]:
    """The codes of the plates the run has made, or is ordered to make again."""
    return set(db.session.scalars(select(PlatePrint.code_id).where(PlatePrint.run_id == run.id)))


def tokens_of(run: PrintRun) -> frozenset[str]:
    """The active ones of these plates, by their tokens."""
    query = select(DoorCode.token).join(PlatePrint, PlatePrint.code_id == DoorCode.id)
    return frozenset(db.session.scalars(query.where(PlatePrint.run_id == run.id, DoorCode.ended_at.is_(None))))


def begin(run: PrintRun) -> None:
    """Somebody takes the printing up, from the start or where it was left. A finished run stays as it is; one whose
    files were taken away is not begun again. Raises Conflict."""
    db.write()
    db.session.refresh(run)
    if run.removed_at is not None:
        raise Conflict(GONE)
    if run.state in FINISHED:
        return
    run.state, run.edition, run.begun_at = RunState.PRINTING, plates.EDITION, run.begun_at or clock.now()
    run.why, run.why_values, run.digest, run.finished_at = "", {}, "", None
    run.done = run.fresh = run.checked = run.faults = 0
    run.found, run.checked_at = [], None
    run.since_at = run.beat_at = clock.now()
    if run.kind is RunKind.AREA:
        run.plates = volumes.count(run.area_code)
    db.session.flush()


def make(run: PrintRun, wanted: Order) -> Generator[Batch]:
    """Prints a run that was begun, batch by batch; the caller commits after each, and after the last.

    Ends early where somebody has stopped the run meanwhile. Of a finished run every file is looked at: where one has
    to be printed anew, a new run begins; where all is as it was, that run still stands.
    """
    number, is_over, seen, made = run.id, run.state in FINISHED, 0, list[Path]()
    if run.kind is RunKind.REPRINT:
        wanted = replace(wanted, only=tokens_of(run))
        if not wanted.only:  # to `printing.run` it would mean all of the area
            raise Refusal(ALL_ENDED)
    batches = printing.run(wanted)
    for batch in batches:
        if is_over and not batch.was_there:
            number, is_over = _next(number, seen), False
        if not is_over:
            _note(number, batch)
        seen += batch.plates
        made += (*batch.files, manifest.lines_of(wanted.folder, batch.area_code))
        yield batch
        if not is_over and find(number).state is not RunState.PRINTING:
            batches.close()
            return
    if not is_over:
        _finish(number, wanted.folder, made)


def stop(run: PrintRun, why: str = BY_HAND, **values: Any) -> None:
    """It goes no further until somebody goes on with it; what is there stays. A finished run can't be stopped."""
    db.write()
    db.session.refresh(run)
    if run.state in FINISHED:
        raise Conflict(N_("这一批已经印好了。"))
    break_off(run, why, **values)


def break_off(run: PrintRun, why: str, **values: Any) -> None:
    """Something is in its way; says what, in a sentence and its values."""
    db.write()
    run.state, run.beat_at, run.why, run.why_values = RunState.STOPPED, None, why[:500], values
    db.session.flush()


def go_on(run: PrintRun, *, by: Person | None = None) -> None:
    """A stopped or failed run is ordered again; what is there and still true stays."""
    actor_id = by.id if by else None
    db.write()
    db.session.refresh(run)
    if run.removed_at is not None:
        raise Conflict(GONE)
    if run.state in {RunState.STOPPED, RunState.FAILED}:
        run.state, run.why, run.why_values, run.launches, run.beat_at = RunState.ORDERED, "", {}, 0, None
        leave_event(actor_id, run.area_code, change="run gone on with", run=run.id)


def beat(number: int, checked: int | None = None) -> None:
    """Somebody still works on it; and so many plates are read. In a transaction of its own: it is no part of the work,
    and comes from a thread beside it."""
    known = {"beat_at": clock.now()} | ({} if checked is None else {"checked": checked, "fresh": checked})
    is_worked_on = PrintRun.state.in_((RunState.PRINTING, RunState.PRINTED))  # what is over meanwhile says so itself
    with db.engine().execution_options(writing=True).begin() as connection:
        connection.execute(update(PrintRun).where(PrintRun.id == number, is_worked_on).values(known))


def reason(error: BaseException) -> tuple[str, dict[str, Any]]:
    """What to tell people who can't read a traceback: a sentence, and its values."""
    match error:
        case Refusal():
            return error.sentence, {name: str(value) for name, value in error.values.items()}
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            return NO_ROOM, {}
        case OSError():
            return NO_FILE, {"error": error.strerror or type(error).__name__}
    return BROKEN, {}


def _wanted(kind: RunKind, area_code: str, layout: Layout, form: Format, resolution: int,
            into: Path | None) -> dict[str, Any]:
    """What makes two orders the same: the columns of a run, and what they hold."""
    return {"kind": kind, "area_code": area_code, "layout": layout.value, "form": form.value,
            "folder": str(into or ""), "resolution": resolution if form is Format.PNG else DOTS_PER_INCH}


def _how(run: PrintRun) -> dict[str, Any]:
    """The same of a run."""
    return _wanted(run.kind, run.area_code, Layout(run.layout), Format(run.form), run.resolution,
                   Path(run.folder) if run.folder else None)


def _same(**wanted: Any) -> Select[PrintRun]:
    """The runs so ordered whose files have not been taken away, the newest first."""
    return select(PrintRun).filter_by(removed_at=None, **wanted).order_by(PrintRun.id.desc())


def _new(actor_id: int | None, **facts: Any) -> PrintRun:
    if len(facts["folder"]) > LONGEST_FOLDER:
        raise Refusal(N_("文件夹的路径太长了：{path}"), path=facts["folder"])
    run = PrintRun(ordered_by_id=actor_id, ordered_at=clock.now(), state=RunState.ORDERED, edition=plates.EDITION,
                   **facts)
    db.session.add(run)
    db.session.flush()
    leave_event(actor_id, run.area_code, change="run ordered", run=run.id, kind=run.kind.value, plates=run.plates,
                layout=run.layout)
    return run


def _next(number: int, seen: int) -> int:
    """A run that goes on where a finished one no longer stands; of that, so many plates were still there."""
    before = find(number)
    db.write()
    codes = code_ids(before) if before.kind is RunKind.REPRINT else set()
    run = _new(None, plates=len(codes) or volumes.count(before.area_code), host=before.host, **_how(before))
    if codes:
        _note_ordered(run, codes)
    begin(run)
    run.done = seen
    db.session.flush()
    return run.id


def _one_at_a_time(area_code: str) -> None:
    """Two presses at once become one run: on PostgreSQL too the second waits here for the first."""
    db.session.execute(select(Area.code).where(Area.code == area_code).with_for_update(key_share=True))


def _require_apart(kind: RunKind, into: Path | None) -> None:
    """Raises Refusal where other plates lie in the folder: files of one village have one name, so that whole areas
    never share a folder with single plates, nor these with others."""
    if into is None or not (into / manifest.NAME).is_file():
        return
    others = select(PrintRun.id).where(PrintRun.folder == str(into)).order_by(PrintRun.id.desc())
    if kind is RunKind.AREA:
        others = others.where(PrintRun.kind != kind)
    if (other := db.session.scalar(others.limit(1))) is not None:
        raise Refusal(N_("这个文件夹里是第 {number} 批。补印的门牌要单独放，请换一个文件夹。"), number=other)


def _note_ordered(run: PrintRun, codes: Iterable[int]) -> None:
    db.session.execute(insert(PlatePrint), [{"run_id": run.id, "code_id": code} for code in codes])


def _note(number: int, batch: Batch) -> None:
    """In the transaction of the batch: its plates are this run's, and how far it is."""
    db.write()
    run = find(number)
    if run.kind is RunKind.AREA:
        _note_plates(number, batch)
    run.done += batch.plates
    run.fresh += 0 if batch.was_there else batch.plates
    run.launches, run.beat_at = 0, clock.now()
    db.session.flush()


def _note_plates(number: int, batch: Batch) -> None:
    """Those of a batch that was there are another run's, unless no run has noted them."""
    noted = exists().where(PlatePrint.code_id == DoorCode.id)
    if not batch.was_there:
        noted = noted.where(PlatePrint.run_id == number)
    shown = (
        select(literal(number), DoorCode.id).join(Household, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, batch.area_code), DoorCode.ended_at.is_(None),
               DoorCode.printed_at.is_not(None), ~noted)
    )
    db.session.execute(insert(PlatePrint).from_select(["run_id", "code_id"], shown))


def _finish(number: int, folder: Path, made: Sequence[Path]) -> None:
    written = files.seal(folder, number, made)
    db.write()
    run = find(number)
    run.state, run.finished_at, run.beat_at, run.plates = RunState.PRINTED, clock.now(), None, run.done
    run.files, run.size, run.digest = written.count, written.size, written.digest
    if run.fresh:
        leave_event(run.ordered_by_id, run.area_code, state=CodeState.PRINTED, count=run.fresh, layout=run.layout,
                    run=number)
    db.session.flush()
