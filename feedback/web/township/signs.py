"""苗头: the signs of the area as they stand, and those that are over, each a way into its cases."""

from datetime import timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import clock
from feedback.models.notices import Sign, SignKind
from feedback.supervision import lists, signs
from feedback.web.auth import current_staff
from feedback.web.township import bp, here, window


@bp.get("/signs")
@here.watchers
def show_signs() -> ResponseReturnValue:
    person, area = current_staff(), here.area()
    past, after = signs.past(person, area.code, after=request.args.get("after", ""))
    standing = [] if request.args.get("after") else signs.standing(person, area.code)
    return render_template("township/signs.html", area=area, standing=standing, past=past, after=after,
                           burst=signs.BURST, silence=signs.SILENCE // timedelta(days=1))


@bp.app_template_filter("cases_of_sign")
def cases_of(sign: Sign) -> str:
    """The address of the list of a burst's cases; '' of a silence, which has none."""
    if sign.kind is SignKind.SILENCE:
        return ""
    first = clock.local(sign.at - signs.WITHIN).date()
    days: dict[str, Any] = window.Window(first, clock.local(sign.at).date()).args
    category = sign.category.name if sign.category else lists.NO_CATEGORY
    return url_for("township.show_cases", figure="received", area=sign.area_code, category=category, **days)
