"""门牌: the plates somebody has to look at, and how far the quarter's round is, place by place."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from feedback import access
from feedback.codes import flags, quarters, walks
from feedback.models.walks import Finding
from feedback.web.auth import current_staff
from feedback.web.township import bp, here


@bp.get("/plates")
@here.watchers
def show_plates() -> ResponseReturnValue:
    person, area = current_staff(), here.area()
    asked = request.args.get("reason", "")
    reason = Finding(asked) if asked in set(Finding) else None
    quarter, present = quarters.parse(request.args.get("quarter", "")) or quarters.now(), quarters.now()
    standing = flags.standing(person, area.code, reason)
    return render_template(
        "township/plates.html", area=area, above=here.trail(area), counts=flags.counts(person, area.code),
        standing=standing, printed=flags.printed_again(standing), reason=reason, most=flags.MOST,
        most_words=flags.MOST_WORDS,
        may_settle=lambda flag: access.may_settle(person, flag.area_code), here=request.full_path.removesuffix("?"),
        quarter=min(quarter, present), present=present, rows=walks.figures(area, min(quarter, present)),
    )
