"""公布的文字: what an area says of itself, text by text; an empty one gives way to the area above."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import access, db, publicity
from feedback.administration import places
from feedback.errors import Missing, Refusal
from feedback.models.people import Role
from feedback.models.places import Area, Level
from feedback.models.rules import TextKey
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import rulers
from feedback.web.auth import current_staff
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _

LONG = frozenset({TextKey.PRIVACY, TextKey.VILLAGE_AFFAIRS, TextKey.GUIDES})
"""Texts of several lines."""


@bp.get("/texts")
@rulers
def show_texts() -> ResponseReturnValue:
    return _page(start.ruled(), {}, {})


@bp.post("/texts/<key>")
@rulers
def publish(key: str) -> ResponseReturnValue:
    if key not in set(TextKey):
        raise Missing
    area, words = start.ruled(), request.form.get(key, "")
    try:
        publicity.publish(area.code, TextKey(key), words, by=current_staff())
    except Refusal as refusal:
        db.session.rollback()
        return _page(area, {key: words}, {key: sentence_of(refusal)})
    db.session.commit()
    flash(_("已公布。"))
    return redirect(url_for(".show_texts", area=area.code), 303)


def _page(area: Area, kept: dict[str, str], wrong: dict[str, str]) -> ResponseReturnValue:
    holding, above = publicity.of(area.code), area.parent
    own: dict[str, str] = {key.value: words for key, words in publicity.own(area.code).items()} | kept
    may_go_up = above is not None and access.scope(current_staff()).covers(above.code, Role.ADMIN, Role.TOWNSHIP)
    page = render_template(
        "admin/texts.html", keys=list(TextKey), long=LONG, own=own, holding=holding, wrong=wrong,
        below=places.below(area) if area.level in {Level.COUNTY, Level.TOWNSHIP} else [],
        above=above if may_go_up else None, section="texts", **start.about(area),
    )
    return page, 400 if wrong else 200
