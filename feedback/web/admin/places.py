"""区划和队: names of places, new ones below, and the township's own teams."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from feedback import db
from feedback.administration import authority, places, posts
from feedback.errors import Missing
from feedback.models.people import Team
from feedback.models.places import Level
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import Sheet, administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

NEEDED = _l("这一格要写")


class NameSheet(Sheet):
    name = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=places.MAX_NAME)])


class PlaceSheet(NameSheet):
    code = StringField(_l("编码"), [Length(max=18)],
                       description=_l("村社写国家统计局的 12 位编码；网格、微网格空着，自动编号"))


@bp.get("/places")
@administrators
def show_places() -> ResponseReturnValue:
    return _page()


@bp.post("/places/name")
@administrators
def rename_place() -> ResponseReturnValue:
    area, form = start.managed(), NameSheet()
    if not form.is_done(lambda: places.rename(current_staff(), area, form.name.data)):
        return _page(name=form)
    flash(_("已改。"))
    return redirect(url_for(".show_places", area=area.code), 303)


@bp.post("/places/below")
@administrators
def add_place() -> ResponseReturnValue:
    area, form = start.managed(), PlaceSheet()
    if not form.is_done(lambda: places.add(current_staff(), area, form.name.data, form.code.data or "")):
        return _page(below=form)
    flash(_("已加上。"))
    return redirect(url_for(".show_places", area=area.code), 303)


@bp.post("/places/teams")
@administrators
def add_team() -> ResponseReturnValue:
    area, form = start.managed(), NameSheet()
    if not form.is_done(lambda: places.add_team(current_staff(), area, form.name.data)):
        return _page(team=form)
    flash(_("已加上。"))
    return redirect(url_for(".show_places", area=area.code), 303)


@bp.post("/places/teams/<int:team_id>")
@administrators
def rename_team(team_id: int) -> ResponseReturnValue:
    team = db.session.get(Team, team_id)
    if team is None:
        raise Missing
    places.rename_team(current_staff(), team, request.form.get("name", ""))
    db.session.commit()
    flash(_("已改。"))
    return redirect(url_for(".show_places", area=team.area_code), 303)


def _page(**forms: Sheet) -> ResponseReturnValue:
    area = start.managed()
    sheets: dict[str, Sheet] = {
        "name": NameSheet(formdata=None, name=area.name), "below": PlaceSheet(formdata=None),
        "team": NameSheet(formdata=None), **forms,
    }
    above = [one for one in (area.parent,) if one is not None and one in authority.areas(current_staff())]
    page = render_template(
        "admin/places.html", sheets=sheets, below=places.below(area), above=above,
        teams=posts.own_teams([area.code]), has_teams=area.level is Level.TOWNSHIP,
        may_grow=area.level is not Level.MICROGRID, section="places", **start.about(area),
    )
    return page, max([200, *(form.status for form in forms.values())])
