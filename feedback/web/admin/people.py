"""人员: accounts, posts, days away, first passwords; each change leaves a staff event."""

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from feedback import clock, db
from feedback.administration import authority, people, posts
from feedback.identity.passwords import Slip
from feedback.models.people import Person, Role
from feedback.notifications import routes
from feedback.web import wording
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import DayField, Sheet, administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

NEEDED = _l("这一格要写")


class PersonSheet(Sheet):
    name = StringField(_l("姓名"), [InputRequired(NEEDED), Length(max=people.MAX_NAME)])
    phone = StringField(_l("电话"), [Length(max=20)])


class PostSheet(Sheet):
    role = SelectField(_l("角色"), [InputRequired(NEEDED)])
    area_code = StringField(_l("区划编码"), [InputRequired(NEEDED), Length(max=18)],
                            description=_l("镇街 9 位、村社 12 位、网格 15 位、微网格 18 位"))
    team_id = SelectField(_l("镇自己的队"), [Optional()])
    is_leader = BooleanField(_l("负责人（网格长、村书记、镇里分管的）"))
    from_on = DayField(_l("第一天"), [InputRequired(NEEDED)])
    to_on = DayField(_l("最后一天（没有定就空着）"), [Optional()])

    @classmethod
    def offered(cls, **given: Any) -> "PostSheet":
        """With the roles there are, and the teams of the administrator's townships."""
        form = cls(**{"from_on": clock.today(), **given})
        form.role.choices = [("", _("请选")), *((role.value, wording.translate(role.label)) for role in Role)]
        codes = [area.code for area in authority.areas(current_staff())]
        teams = posts.own_teams(codes)
        form.team_id.choices = [("", _("不在")), *((str(team.id), team.name) for team in teams)]
        return form

    def post(self) -> posts.Post:
        return posts.Post(
            role=Role(self.role.data), area_code=self.area_code.data.strip(), is_leader=self.is_leader.data,
            team_id=int(self.team_id.data) if self.team_id.data else None,
            from_on=self.from_on.data, to_on=self.to_on.data,
        )


class NewPersonSheet(PostSheet):
    username = StringField(_l("账号"), [InputRequired(NEEDED), Length(max=40)],
                           description=_l("小写字母和数字，登录时用，定了不改"))
    name = StringField(_l("姓名"), [InputRequired(NEEDED), Length(max=people.MAX_NAME)])
    phone = StringField(_l("电话"), [Length(max=20)])


class EndSheet(Sheet):
    last_on = DayField(_l("最后一天"), [InputRequired(NEEDED)])


class AwaySheet(Sheet):
    from_on = DayField(_l("第一天"), [InputRequired(NEEDED)])
    to_on = DayField(_l("最后一天"), [InputRequired(NEEDED)])


class PasswordSheet(Sheet):
    is_phone_lost = BooleanField(_l("手机也丢了，动态码重新设"))


@bp.get("/people")
@administrators
def show_people() -> ResponseReturnValue:
    args, area = request.args, start.managed()
    role = Role(args["role"]) if args.get("role") in set(Role) else None
    is_active = args.get("left") != "1"
    query = people.within(current_staff(), named=args.get("named", "").strip(), role=role, area_code=area.code,
                          is_active=is_active)
    found, after = people.page(query, args.get("after", ""))
    return render_template("admin/people.html", people=found, after=after, roles=list(Role), current=posts.current,
                           **start.about(area))


@bp.route("/people/new", methods=("GET", "POST"))
@administrators
def add_person() -> ResponseReturnValue:
    form = NewPersonSheet.offered()
    if form.is_done(lambda: people.add(current_staff(), username=form.username.data, name=form.name.data,
                                       phone=form.phone.data or "", post=form.post())):
        flash(_("已加上。还没有密码，请打一张首次密码给他。"))
        return _to(form.username.data.strip().lower())
    order = ["username", "name", "phone", "role", "area_code", "team_id", "is_leader", "from_on", "to_on"]
    return render_template("admin/sheet.html", title=_("加一个人"), form=form, fields=[form[name] for name in order],
                           label=_("加上"), section="people", **start.about(start.managed())), form.status


@bp.get("/people/<username>")
@administrators
def show_person(username: str) -> ResponseReturnValue:
    return _page(_person(username))


@bp.post("/people/<username>")
@administrators
def change_person(username: str) -> ResponseReturnValue:
    person, form = _person(username), PersonSheet()
    changed = partial(people.change, current_staff(), person, name=form.name.data, phone=form.phone.data or "")
    if not form.is_done(changed):
        return _page(person, change=form)
    flash(_("已改。"))
    return _to(username)


@bp.post("/people/<username>/posts")
@administrators
def add_post(username: str) -> ResponseReturnValue:
    person, form = _person(username), PostSheet.offered()
    if not form.is_done(lambda: posts.add(current_staff(), person, form.post())):
        return _page(person, post=form)
    flash(_("任职已加上。"))
    return _to(username)


@bp.post("/people/<username>/posts/<int:service_id>/end")
@administrators
def end_post(username: str, service_id: int) -> ResponseReturnValue:
    person, form = _person(username), EndSheet()
    service = posts.of(person, service_id)
    if not form.is_done(lambda: posts.end(current_staff(), service, form.last_on.data)):
        return _page(person, ending=(service_id, form))
    flash(_("任职的最后一天已记下。他手上的事会放回队里。"))
    return _to(username)


@bp.post("/people/<username>/posts/<int:service_id>/leader")
@administrators
def change_leader(username: str, service_id: int) -> ResponseReturnValue:
    person = _person(username)
    service = posts.of(person, service_id)
    posts.set_leader(current_staff(), service, not service.is_leader)
    db.session.commit()
    flash(_("已改。"))
    return _to(username)


@bp.post("/people/<username>/away")
@administrators
def add_absence(username: str) -> ResponseReturnValue:
    person, form = _person(username), AwaySheet()
    if not form.is_done(lambda: posts.add_absence(current_staff(), person, form.from_on.data, form.to_on.data)):
        return _page(person, away=form)
    flash(_("请假已记下。这几天的事由在岗的人接。"))
    return _to(username)


@bp.post("/people/<username>/away/<int:absence_id>/end")
@administrators
def end_absence(username: str, absence_id: int) -> ResponseReturnValue:
    posts.end_absence(current_staff(), _person(username), absence_id)
    db.session.commit()
    flash(_("已改。"))
    return _to(username)


@bp.post("/people/<username>/deactivate")
@administrators
def deactivate(username: str) -> ResponseReturnValue:
    people.deactivate(current_staff(), _person(username))
    db.session.commit()
    flash(_("已停用，所有设备都退出了。"))
    return _to(username)


@bp.post("/people/<username>/activate")
@administrators
def activate(username: str) -> ResponseReturnValue:
    people.activate(current_staff(), _person(username))
    db.session.commit()
    flash(_("已启用。"))
    return _to(username)


@bp.post("/people/<username>/password")
@administrators
def reset_password(username: str) -> ResponseReturnValue:
    """The first password stands on the slip of this answer only."""
    person, form, given = _person(username), PasswordSheet(), []
    reset = partial(people.reset_password, current_staff(), person, is_phone_lost=form.is_phone_lost.data)
    if not form.is_done(lambda: given.append(reset())):
        return _page(person, password=form)
    slip = Slip(person.username, person.name, _posts_in_words(person), given[0])
    return render_template("admin/slips.html", slips=[slip], back=url_for(".show_person", username=username),
                           section="people", **start.about(start.managed()))


def _person(username: str) -> Person:
    return authority.person_or_404(current_staff(), username)


def _page(person: Person, **forms: Any) -> ResponseReturnValue:
    """One person with every sheet; the one that was refused as it was sent."""
    today, ending = clock.today(), forms.pop("ending", None)
    sheets: dict[str, Sheet] = {
        "change": PersonSheet(formdata=None, name=person.name, phone=person.phone),
        "post": PostSheet.offered(formdata=None),
        "away": AwaySheet(formdata=None, from_on=today, to_on=today),
        "password": PasswordSheet(formdata=None),
        **forms,
    }
    refused = [*forms.values(), *([ending[1]] if ending else [])]
    page = render_template(
        "admin/person.html", person=person, sheets=sheets, ending=ending, today=today,
        is_managed=authority.manages(current_staff(), person), is_self=person.id == current_staff().id,
        services=sorted(person.services, key=lambda one: (one.to_on is not None, one.from_on), reverse=False),
        absences=sorted(person.absences, key=lambda one: one.from_on, reverse=True),
        ways=[route.via for route in routes.of(person)],
        section="people", **start.about(start.managed()),
    )
    return page, max([200, *(form.status for form in refused)])


def _posts_in_words(person: Person) -> str:
    return "、".join(f"{one.area.name} {wording.translate(one.role.label)}" for one in posts.current(person))


def _to(username: str) -> Response:
    return redirect(url_for("admin.show_person", username=username), 303)
