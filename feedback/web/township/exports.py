"""导出: figures, cases and events as files, without personal data; every export leaves a staff event.

The file is whole before its first byte is sent: a full disk is a sentence and not half a file, and however slowly it is
fetched nothing waits for that but a temporary file without a name. The staff event is committed before, too.
"""

import os
from typing import BinaryIO

from flask import request, send_file
from flask.typing import ResponseReturnValue

from feedback import db, export, patience, stats
from feedback.errors import Missing, Refusal
from feedback.export import Asked, Format, Table
from feedback.identity import trail
from feedback.models.records import StaffAct
from feedback.stats import By
from feedback.web.auth import current_staff
from feedback.web.township import bp, here, window
from feedback.words import N_

WHATS = ("figures", "cases", "events")
MOST_ROWS = 1_000_000
"""What a browser waits for; it also fits one sheet. The command line knows no limit."""


@bp.post("/export/<what>.<ending>")
@here.watchers
def save(what: str, ending: str) -> ResponseReturnValue:
    """The file, for the area and days in the address. A POST, so that no link opened by mistake is an export."""
    if what not in WHATS or ending not in set(Format):
        raise Missing
    person, area, days, kind = current_staff(), here.area(), window.of(request.args), Format(ending)
    name = f"hulianma-{what}-{area.code}-{days.from_on}-{days.to_on}.{kind}"
    asked = Asked(area.code, days.from_on, days.to_on, person)
    with patience.unhurried():
        db.snapshot()
        file, rows = _written(_table(what, asked), kind, what, name, asked)
    _leave(name, asked, rows=rows)
    answer = send_file(file, kind.media_type, as_attachment=True, download_name=name)
    answer.content_length = os.fstat(file.fileno()).st_size
    return answer


def _written(table: Table, kind: Format, what: str, name: str, asked: Asked) -> tuple[BinaryIO, int]:
    """The file; one that breaks off leaves its staff event too."""
    try:
        return export.spooled(table, kind, sheet=what)
    except Exception:
        _leave(name, asked, is_broken_off=True)
        raise


def _leave(name: str, asked: Asked, **facts: object) -> None:
    db.session.rollback()
    trail.leave(StaffAct.EXPORT, current_staff(), subject=name, area=asked.area_code, **facts)
    db.session.commit()


def _table(what: str, asked: Asked) -> Table:
    """The table asked for, without what the person is shut out from."""
    if what == "figures":
        return _figures(asked)
    cases, events = asked.count()
    rows = cases if what == "cases" else events
    if rows > MOST_ROWS:
        raise Refusal(
            N_("这些日子里有 {rows} 行，这里一次最多导出 {most} 行。请选短一些的日子，或请管理员在服务器上导出。"),
            rows=rows, most=MOST_ROWS,
        )
    return export.cases(asked) if what == "cases" else export.events(asked)


def _figures(asked: Asked) -> Table:
    word = request.args.get("by", "")
    by = [By(word)] if word in set(By) else []
    if By.HANDLER in by and not here.may_see_handlers(current_staff(), asked.area_code):
        raise Missing
    view = stats.view(asked.area_code, asked.from_on, asked.to_on, viewer=asked.viewer)
    return export.figures(asked, view.rows(asked.from_on, asked.to_on, by), by, as_at=view.as_at)
