"""管理首页: which sections this person has, and where; and what those of a page need."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import access
from feedback.administration import authority, places
from feedback.errors import Missing
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.web.admin import bp
from feedback.web.admin.sheet import rulers
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

Section = tuple[str, str, str]


@bp.get("/")
@rulers
def show_start() -> ResponseReturnValue:
    area = ruled()
    counts = (places.people_below(area), places.households_below(area))
    return render_template("admin/start.html", counts=counts, **about(area))


def ruled() -> Area:
    """The area whose rules and texts are looked at: `area=`, else the person's widest."""
    return _area(*authority.RULING)


def managed() -> Area:
    """The area whose people and places are looked at."""
    return _area(Role.ADMIN)


def about(area: Area) -> dict[str, Any]:
    """What every page of administration needs."""
    person = current_staff()
    return {"area": area, "rooms": _rooms(person, area), "is_admin": access.has_role(person, Role.ADMIN)}


def _area(*roles: Role) -> Area:
    person, code = current_staff(), request.args.get("area", "")
    if code:
        return authority.require(person, code, *roles)
    found = authority.areas(person, *roles)
    if not found:
        raise Missing
    return found[0]


def _rooms(person: Person, area: Area) -> list[Section]:
    """The sections, each with its address."""
    own: list[Section] = []
    if access.scope(person).covers(area.code, Role.ADMIN):
        own = [
            ("people", _("人员"), url_for("admin.show_people")),
            ("places", _("区划和队"), url_for("admin.show_places")),
            ("plates", _("户与码"), url_for("admin.show_plates")),
            ("imports", _("导入"), url_for("admin.show_imports")),
            ("clients", _("接口"), url_for("admin.show_clients")),
        ]
    return [
        *own,
        ("texts", _("公布的文字"), url_for("admin.show_texts")),
        ("deadlines", _("期限"), url_for("admin.show_deadlines")),
        ("categories", _("类别"), url_for("admin.show_categories")),
        ("days", _("工作日"), url_for("admin.show_days")),
        ("alerts", _("预警"), url_for("admin.show_alert_rules")),
    ]
