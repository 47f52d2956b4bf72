"""规矩: categories, and deadlines in versions, each shown by examples before it is set."""

from datetime import datetime, time
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from feedback import clock, db, policies
from feedback.administration import examples, rules
from feedback.deadlines import CLOSE_OF_OFFICE, Limit, Unit
from feedback.errors import Refusal
from feedback.models.kinds import Kind
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.models.rules import DeadlinePolicy
from feedback.web import wording
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import NEEDED, DayField, Sheet, rulers
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _
from feedback.words import N_

ANY = ""
SAVE = "save"
"""The step that stores what the step before has shown."""
UNITS = {unit.value: unit for unit in Unit}
AMOUNT = (InputRequired(NEEDED), NumberRange(1, 2_000, _l("写一个不小于 1 的数")))


class CategorySheet(Sheet):
    name = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=rules.MAX_CATEGORY)])


class CategoryChangeSheet(CategorySheet):
    is_active = BooleanField(_l("还在用"))


class DeadlineSheet(Sheet):
    kind = SelectField(_l("种类"), [Optional()])
    category_id = SelectField(_l("类别"), [Optional()], description=_l("选了类别，就比种类先算"))
    is_urgent = BooleanField(_l("急事的期限"))
    response_amount = IntegerField(_l("响应：多少"), AMOUNT)
    response_unit = SelectField(_l("响应：单位"), [InputRequired(NEEDED)])
    handling_amount = IntegerField(_l("办结：多少"), AMOUNT)
    handling_unit = SelectField(_l("办结：单位"), [InputRequired(NEEDED)])
    close_of_office = StringField(_l("几点下班"), [InputRequired(NEEDED)],
                                  description=_l("工作日期限算到这一刻，写成 17:30"))
    effective_on = DayField(_l("从哪天起"), [Optional()], description=_l("空着，从现在起。已经受理的不变。"))

    def limits(self) -> rules.Limits:
        day = self.effective_on.data
        starts_now = day is None or day == clock.today()
        return rules.Limits(
            kind=Kind(self.kind.data) if self.kind.data else None,
            category_id=int(self.category_id.data) if self.category_id.data else None,
            is_urgent=self.is_urgent.data,
            response=Limit(self.response_amount.data, UNITS[self.response_unit.data]),
            handling=Limit(self.handling_amount.data, UNITS[self.handling_unit.data]),
            close_of_office=_time(self.close_of_office.data),
            effective_at=None if starts_now else clock.start_of(day),
        )


@bp.get("/categories")
@rulers
def show_categories() -> ResponseReturnValue:
    return _categories_page(start.ruled(), CategorySheet(formdata=None))


@bp.post("/categories")
@rulers
def add_category() -> ResponseReturnValue:
    area, form = start.ruled(), CategorySheet()
    if not form.is_done(lambda: rules.add_category(current_staff(), area.code, form.name.data)):
        return _categories_page(area, form)
    flash(_("已加上。"))
    return redirect(url_for(".show_categories", area=area.code), 303)


@bp.route("/categories/<int:category_id>", methods=("GET", "POST"))
@rulers
def change_category(category_id: int) -> ResponseReturnValue:
    category = rules.category_or_404(current_staff(), category_id)
    form = CategoryChangeSheet(name=category.name, is_active=category.is_active)
    if form.is_done(lambda: rules.change_category(current_staff(), category, name=form.name.data,
                                                  is_active=form.is_active.data)):
        flash(_("已改。"))
        return redirect(url_for(".show_categories", area=category.area_code), 303)
    return render_template("admin/sheet.html", title=category.name, form=form, fields=form.asked, label=_("改"),
                           section="categories", **start.about(start.ruled())), form.status


@bp.get("/deadlines")
@rulers
def show_deadlines() -> ResponseReturnValue:
    return _deadlines_page(start.ruled(), None)


@bp.post("/deadlines")
@rulers
def set_deadline() -> ResponseReturnValue:
    """What a new version would mean, first; it is set by the button under that."""
    area = start.ruled()
    form = _deadline_sheet(area)
    if request.form.get("step") != SAVE:
        return _deadlines_page(area, form, form.tried(lambda: _meaning(area, form)))
    if not form.is_done(lambda: rules.set_limits(current_staff(), area.code, form.limits())):
        return _deadlines_page(area, form)
    flash(_("已定下。新受理的照新的算，已经受理的不变。"))
    return redirect(url_for(".show_deadlines", area=area.code), 303)


def _categories_page(area: Area, form: CategorySheet) -> ResponseReturnValue:
    page = render_template("admin/categories.html", form=form, categories=rules.categories(area.code),
                           section="categories", **start.about(area))
    return page, form.status


def _deadline_sheet(area: Area, **given: Any) -> DeadlineSheet:
    form = DeadlineSheet(**{"close_of_office": CLOSE_OF_OFFICE.strftime("%H:%M"), **given})
    form.kind.choices = [(ANY, _("都一样")), *((kind.value, wording.translate(kind.label)) for kind in Kind)]
    offered = [one for one in rules.categories(area.code) if one.is_active]
    form.category_id.choices = [(ANY, _("不分")), *((str(one.id), one.name) for one in offered)]
    units = [(unit.value, wording.translate(unit.label)) for unit in Unit]
    form.response_unit.choices = form.handling_unit.choices = units
    return form


def _meaning(area: Area, form: DeadlineSheet) -> list[examples.Comparison]:
    return examples.of(area.code, rules.proposed(current_staff(), area.code, form.limits()))


def _deadlines_page(
    area: Area, form: DeadlineSheet | None, meaning: list[examples.Comparison] | None = None
) -> ResponseReturnValue:
    """What holds now with the dates it would promise, every version with who set it and when, and a new one: with
    what it would mean, once it has been filled in."""
    now = clock.now()
    holding = [(kind, is_urgent, policies.promise(area.code, kind, is_urgent, filed_at=now))
               for is_urgent in (False, True) for kind in Kind]
    versions = rules.versions(area.code)
    names = {one.id: one.name for one in rules.categories(area.code)}
    ids = {version.set_by_id for version in versions}
    setters = {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    shown = form or _deadline_sheet(area, formdata=None, response_unit=Unit.WORKING_DAYS.value,
                                    handling_unit=Unit.WORKING_DAYS.value)
    page = render_template(
        "admin/deadlines.html", form=shown, holding=holding, versions=versions, categories=names, setters=setters,
        limits=_limits, meaning=meaning, save=SAVE, section="deadlines", **start.about(area),
    )
    return page, shown.status


def _limits(version: DeadlinePolicy) -> tuple[Limit, Limit]:
    policy = policies.as_policy(version)
    return policy.response, policy.handling


def _time(text: str) -> time:
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise Refusal(N_("写成 17:30 这样。"), field="close_of_office") from None
