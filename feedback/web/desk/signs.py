"""苗头: what the village sees of them on the desk, and how a sign is said wherever it is shown."""

from flask import render_template
from flask.typing import ResponseReturnValue

from feedback import access, clock
from feedback.models.notices import Sign, SignKind
from feedback.models.people import Person, Role
from feedback.supervision import signs
from feedback.web import wording
from feedback.web.auth import current_staff, role_required
from feedback.web.desk import bp
from feedback.web.languages import gettext as _


@bp.get("/signs")
@role_required(Role.VILLAGE)
def show_signs() -> ResponseReturnValue:
    person = current_staff()
    villages = access.scope(person).of(Role.VILLAGE)
    standing = [(one, signs.cases(person, one)) for code in villages for one in signs.standing(person, code)]
    past = [one for code in villages for one in signs.past(person, code)[0]]
    return render_template("desk/signs.html", standing=standing, past=past)


def number(person: Person) -> int:
    """How many signs stand in the villages the person serves."""
    return sum(signs.count(person, code) for code in access.scope(person).of(Role.VILLAGE))


@bp.app_template_filter("sign_words")
def words(sign: Sign) -> str:
    """「湖东村今天有 5 件说路灯」「湖东村一组 60 天没有人说话，也没有人上门」."""
    place = wording.area(sign.area)
    if sign.kind is SignKind.SILENCE:
        return _("%(place)s %(n)s 天没有人说话，也没有人上门", place=place, n=signs.days(sign))
    when = _("今天") if sign.on == clock.today() else wording.day(sign.on)
    if sign.category is None:
        return _("%(place)s%(when)s一下来了 %(n)s 件，还没有归类", place=place, when=when, n=sign.count)
    return _("%(place)s%(when)s有 %(n)s 件说%(what)s", place=place, when=when, n=sign.count, what=sign.category.name)


@bp.app_template_filter("sign_detail")
def detail(sign: Sign) -> str:
    """Since when it stands, or when it ended."""
    if sign.kind is SignKind.BURST:
        return _("%(when)s 为止的 24 小时里", when=wording.moment(sign.at))
    since = _("从 %(day)s 起", day=wording.day(sign.on))
    return since if sign.ended_at is None else _("%(since)s，%(day)s 有了动静", since=since,
                                                  day=wording.day(sign.ended_at))


@bp.app_template_filter("sign_advice")
def advice(sign: Sign) -> str:
    """What to do next."""
    if sign.kind is SignKind.SILENCE:
        return _("请守护人去走几户：门上的码还在不在、扫不扫得开，家里有没有事。")
    if sign.category is None:
        return _("先看看说的是什么，归好类；是一件事就并到一件一起办。")
    return _("先看是不是一件事。是，就并到一件一起办，办好了一起告诉大家。")
