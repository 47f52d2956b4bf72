"""督办: from a list and back to it; and what is looked at twice: doors scanned too fast, visits she denied."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from feedback import access, db, urging
from feedback.errors import Refusal
from feedback.models.kinds import Action
from feedback.supervision import visits
from feedback.web.auth import current_staff, staff_may
from feedback.web.auth.badge import local_path
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here, window
from feedback.web.township.overview import about
from feedback.words import N_

LONGEST_REASON = 500


@bp.post("/cases/<number>/supervise")
@staff_may(Action.SUPERVISE)
def supervise(number: str) -> ResponseReturnValue:
    words = request.form.get("words", "").strip()
    if not words or len(words) > LONGEST_REASON:
        raise Refusal(N_("请写一句为什么督办，最多 {limit} 个字。"), field="words", limit=LONGEST_REASON)
    case = access.case_or_404(current_staff(), number, for_change=True, facts_only=True)
    urging.supervise(case, current_staff(), words=words)
    db.session.commit()
    flash(_("已督办 %(number)s。", number=number))
    return _back(number)


@bp.post("/cases/<number>/end-supervision")
@staff_may(Action.END_SUPERVISION)
def end_supervision(number: str) -> ResponseReturnValue:
    case = access.case_or_404(current_staff(), number, for_change=True, facts_only=True)
    urging.end_supervision(case, current_staff())
    db.session.commit()
    flash(_("%(number)s 不再督办。", number=number))
    return _back(number)


@bp.get("/visits")
@here.watchers
def show_visits() -> ResponseReturnValue:
    person, area, days = current_staff(), here.area(), window.of(request.args)
    asked: tuple[Any, ...] = (person, area.code, days.from_on, days.to_on)
    return render_template(
        "township/visits.html", rushes=visits.rushes(*asked), denials=visits.denials(*asked), most=visits.MOST,
        minutes=int(visits.WITHIN.total_seconds()) // 60, **about(area, days),
    )


def _back(number: str) -> Response:
    """To the list the act was done from, else to the case."""
    return redirect(local_path(request.form.get("back")) or url_for("desk.show_case", number=number), 303)
