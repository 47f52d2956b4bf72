"""公开栏的纸: the sheet that village and township hang up, A3 upright, exactly as it was told; and where to get it."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import func, select

from feedback import access, db, publicity, qr
from feedback.errors import Missing
from feedback.models.people import Person, Role
from feedback.models.places import Area, Level
from feedback.stats import boards, public
from feedback.web import signboard
from feedback.web.auth import current_staff, role_required
from feedback.web.desk import bp
from feedback.web.languages import gettext as _
from feedback.web.noticeboard import brief, chosen_of, shown, village_of
from feedback.web.township.window import month_words

HANGERS = (Role.VILLAGE, Role.TOWNSHIP)
"""Whose boards are on the wall."""


@bp.get("/boards")
@role_required(*HANGERS)
def show_boards() -> ResponseReturnValue:
    villages = _villages(current_staff())
    newest = {code: found for area in _areas(current_staff()) for code, found in boards.newest(area).items()}
    return render_template("desk/boards.html", villages=villages, newest=newest, brief=brief, month_words=month_words)


@bp.get("/boards/<village_code>")
@role_required(*HANGERS)
def show_board(village_code: str) -> ResponseReturnValue:
    village = village_of(village_code)
    if village is None or not access.scope(current_staff()).covers(village.code, *HANGERS):
        raise Missing
    texts, found = publicity.of(village.code), boards.of(village.code)
    chosen = chosen_of(found)
    return render_template(
        "desk/board.html", village=village, place=signboard.place_of(village), texts=texts, told=found,
        shown=shown(chosen) if chosen else None, code=_code(village.code), few=public.K, month_words=month_words,
    )


def _areas(person: Person) -> tuple[str, ...]:
    """What the person hangs boards up for: a village inside a township of his counts once."""
    codes = sorted(set(access.scope(person).of(*HANGERS)))
    return tuple(code for code in codes if not any(code != wider and code.startswith(wider) for wider in codes))


def _villages(person: Person) -> list[Area]:
    is_village = func.length(Area.code) == Level.VILLAGE.digits
    inside = access.within_any(Area.code, _areas(person))
    return list(db.session.scalars(select(Area).where(is_village, inside).order_by(Area.code)))


def _code(village_code: str) -> Markup:
    """The light page's address as a QR code; nothing of it is a door's."""
    config = current_app.extensions["config"]
    matrix = qr.matrix(config.base_url, village_code, lower_host=config.plate_lower_host, path=qr.BOARD_PATH)
    side = matrix.size + 2 * qr.QUIET_ZONE
    dark = "".join(f"M{column + qr.QUIET_ZONE} {row + qr.QUIET_ZONE}h{length}v1h-{length}z"
                   for row, column, length in matrix.runs())
    return Markup(
        '<svg viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(side, _("扫码看公开栏"), dark)
