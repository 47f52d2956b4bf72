"""导出: figures, cases and events as CSV or XLSX, without personal data; every export leaves a staff event."""

from io import BytesIO

from flask import request, send_file
from flask.typing import ResponseReturnValue

from feedback import db, export, patience, stats
from feedback.errors import Missing
from feedback.export import Format, Table
from feedback.identity import trail
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.stats import By
from feedback.web.auth import current_staff
from feedback.web.township import bp, here, window

WHATS = ("figures", "cases", "events")


@bp.post("/export/<what>.<ending>")
@here.watchers
def save(what: str, ending: str) -> ResponseReturnValue:
    """The file, for the area and days in the address. A POST, so that no link opened by mistake is an export."""
    if what not in WHATS or ending not in set(Format):
        raise Missing
    person, area, days, kind = current_staff(), here.area(), window.of(request.args), Format(ending)
    name = f"hulianma-{what}-{area.code}-{days.from_on}-{days.to_on}.{kind}"
    file = BytesIO()
    db.session.rollback()  # what follows is a transaction of its own, that may take its time
    with patience.unhurried():
        rows = export.write(_table(what, person, area.code, days), file, kind)
    trail.leave(StaffAct.EXPORT, person, subject=name, area=area.code, rows=rows)
    db.session.commit()
    file.seek(0)
    return send_file(file, kind.media_type, as_attachment=True, download_name=name)


def _table(what: str, person: Person, area_code: str, days: window.Window) -> Table:
    """The table asked for, without what the person is shut out from."""
    if what == "cases":
        return export.cases(area_code, days.from_on, days.to_on, viewer=person)
    if what == "events":
        return export.events(area_code, days.from_on, days.to_on, viewer=person)
    asked = request.args.get("by", "")
    by = [By(asked)] if asked in set(By) else []
    if By.HANDLER in by and not here.may_see_handlers(person, area_code):
        raise Missing
    return export.figures(stats.figures(area_code, days.from_on, days.to_on, by=by, viewer=person), by)
