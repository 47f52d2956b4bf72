"""工作日: the township's own days, one at a time; and a year's holiday notice, looked at first and then entered whole.

The notice is pasted or brought as a file. What a second press enters is the table the page has shown, not the file.
"""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from feedback import clock, db
from feedback.administration import holidays, rules
from feedback.errors import Refusal
from feedback.models.places import Area
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import NEEDED, DayField, Sheet, rulers
from feedback.web.auth import current_staff
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

LOOK, ENTER = "look", "enter"
"""The two steps of a notice."""
MOST_BYTES = 1024 * 1024
SHOWN = 50
"""Places that don't add up, shown on the page."""


class DaySheet(Sheet):
    day = DayField(_l("哪天"), [InputRequired(NEEDED)])
    is_working = SelectField(_l("这天"), [Optional()])


@bp.get("/days")
@rulers
def show_days() -> ResponseReturnValue:
    return _page(start.ruled())


@bp.post("/days")
@rulers
def set_day() -> ResponseReturnValue:
    """One day; or, where `step` says so, the notice of a year."""
    area = start.ruled()
    if request.form.get("step") in (LOOK, ENTER):
        return _notice(area, is_entering=request.form["step"] == ENTER)
    form = _with_choices(DaySheet())
    choice = {"yes": True, "no": False}.get(form.is_working.data or "")
    if not form.is_done(lambda: rules.set_day(current_staff(), area.code, form.day.data, choice)):
        return _page(area, form)
    flash(_("已记下。"))
    return redirect(url_for(".show_days", area=area.code, year=form.day.data.year), 303)


def _notice(area: Area, *, is_entering: bool) -> ResponseReturnValue:
    """What the notice would change, or every place in it that doesn't add up; entered at the second press."""
    data = b""
    try:
        data = _sent()
        reading = holidays.look_through(data)
        if reading.faults:
            return _page(area, faults=reading.faults, typed=_typed(data))
        if not is_entering:
            return _page(area, found=reading.found)
        done = holidays.enter(current_staff(), area.code, reading.found)
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        return _page(area, faults=[refusal], typed=_typed(data))
    year, counts = reading.found.year, {"new": done.new, "changed": done.changed, "same": done.same}
    flash(_("%(year)s 年的放假安排已录入：新增 %(new)s 天，改动 %(changed)s 天，一样的 %(same)s 天。",
            year=year, **counts))
    return redirect(url_for(".show_days", area=area.code, year=year), 303)


def _sent() -> bytes:
    """The file of this form, else the words pasted. Raises Refusal where there are neither, or it is too long."""
    file = request.files.get("file")
    if file is not None and file.filename:
        with file.stream as stream:
            data = stream.read(MOST_BYTES + 1)
    else:
        data = request.form.get("notice", "").strip("\r\n").encode()
    if not data.strip():
        raise Refusal(N_("请贴上通知，或者选一个文件。"))
    if len(data) > MOST_BYTES:
        raise Refusal(N_("文件太大，最多 {limit} MB，请分成几份"), limit=MOST_BYTES // 1024 // 1024)
    return data


def _typed(data: bytes) -> str:
    """What was sent as words that can be mended and sent again; a workbook has none."""
    try:
        return holidays.as_text(data)[:MOST_BYTES]
    except Refusal:
        return request.form.get("notice", "")


def _page(
    area: Area,
    form: DaySheet | None = None,
    *,
    found: holidays.Arrangement | None = None,
    faults: list[Refusal] | None = None,
    typed: str = "",
) -> ResponseReturnValue:
    asked = request.args.get("year", 0, type=int)
    year = asked if asked in clock.YEARS else clock.today().year
    shown = _with_choices(form or DaySheet(formdata=None))
    page = render_template(
        "admin/days.html", form=shown, days=rules.days(area.code, year), year=year, found=found, typed=typed,
        changes=holidays.changes(area.code, found) if found else [], table=holidays.as_table(found) if found else "",
        is_known=found is not None and holidays.is_entered(area.code, found.year),
        faults=[sentence_of(fault) for fault in (faults or [])[:SHOWN]], count=len(faults or []),
        ends=[clock.start_of(date(each, 1, 1)) for each in (year, year + 1)], look=LOOK, enter=ENTER,
        megabytes=MOST_BYTES // 1024 // 1024, section="days", **start.about(area),
    )
    return page, 400 if faults else shown.status


def _with_choices(form: DaySheet) -> DaySheet:
    form.is_working.choices = [("no", _("放假")), ("yes", _("上班（调休）")), ("", _("照国家的日历"))]
    return form
