"""没送到的通知: what failed or waits too long in an area, by way and fault; the township sends it again."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from feedback import access, db
from feedback.models.notices import Via
from feedback.models.places import Area
from feedback.notifications import failures
from feedback.web.auth import current_staff
from feedback.web.desk import notices as said
from feedback.web.languages import ngettext
from feedback.web.township import bp, here, window
from feedback.web.township.overview import about


@bp.get("/notices")
@here.watchers
def show_failures() -> ResponseReturnValue:
    person, area = current_staff(), here.area()
    return render_template(
        "township/notices.html", queue=failures.queue(person, area.code), failed=failures.failed(person, area.code),
        late=failures.late(person, area.code), may_resend=access.may_resend(person, area.code), why=said.why,
        to_whom=said.to_whom, shown=SHOWN, counted=failures.MOST_COUNTED,
        kept=failures.KEPT.days, **about(area, window.of(request.args)),
    )


SHOWN = 20
"""Messages of one fault that are listed one by one."""


@bp.post("/notices/<int:notice_id>/resend")
@here.overseers
def resend(notice_id: int) -> ResponseReturnValue:
    area = here.area()
    failures.resend(current_staff(), area.code, notice_id)
    return _done(area, 1)


@bp.post("/notices/resend")
@here.overseers
def resend_all() -> ResponseReturnValue:
    area, via = here.area(), request.form.get("via", "")
    if via not in set(Via):
        abort(400)
    return _done(area, failures.resend_all(current_staff(), area.code, Via(via), request.form.get("fault", "")))


def _done(area: Area, count: int) -> Response:
    db.session.commit()
    flash(ngettext("%(num)s 条会再发一次。", "%(num)s 条会再发一次。", count))
    return redirect(url_for(".show_failures", area=area.code), 303)
