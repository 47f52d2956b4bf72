"""督办单: which letters wait for an answer and which have one, and each as a sheet of paper to be signed."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from feedback import access, db
from feedback.ladder import Clock
from feedback.models.kinds import Action
from feedback.models.people import Role
from feedback.models.places import Area, Level
from feedback.models.rules import Category
from feedback.supervision import letters
from feedback.supervision.letters import Letter, State
from feedback.web import wording
from feedback.web.auth import current_staff, role_required
from feedback.web.auth.guard import HANDLERS
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here, window
from feedback.web.township.overview import about


@bp.get("/letters")
@here.watchers
def show_letters() -> ResponseReturnValue:
    person, area, days = current_staff(), here.area(), window.of(request.args)
    waiting = letters.unanswered(person, area.code)
    return render_template(
        "township/letters.html", overdue=[one for one in waiting if one.state is State.OVERDUE],
        due=[one for one in waiting if one.state is State.DUE],
        settled=letters.settled(person, area.code, days.from_on, days.to_on), **about(area, days),
    )


@bp.get("/cases/<number>/letters/<int:n>")
@role_required(*HANDLERS, Role.AUDITOR)
def show_letter(number: str, n: int) -> ResponseReturnValue:
    person = current_staff()
    letter = letters.of(access.case_or_404(person, number, facts_only=True), n)
    return render_template(
        "township/letter.html", letter=letter, demand=letters.demand(person, letter),
        reply=letters.reply(person, letter), township=_township(letter),
        may_answer=Action.ANSWER_SUPERVISION in access.actions(person, letter.case),
    )


def _township(letter: Letter) -> str:
    """In whose name the letter goes out: 「梁弄镇」「梁弄镇纪委」."""
    area = db.session.get_one(Area, letter.case.area_code[: Level.TOWNSHIP.digits])
    return area.name + (wording.translate(Role.DISCIPLINE.label) if letter.given.post is Role.DISCIPLINE else "")


@bp.app_template_filter("matter")
def matter(letter: Letter) -> str:
    """「求助 · 路灯 · 湖东村」: what it is about, and not a word more."""
    category_id = letter.given.category_id
    category = db.session.get(Category, category_id) if category_id else None
    names = [wording.translate(letter.given.kind.label), category.name if category else "", _village(letter)]
    return " · ".join(name for name in names if name)


def _village(letter: Letter) -> str:
    area = db.session.get_one(Area, letter.given.area_code[: Level.VILLAGE.digits])
    return area.name


@bp.app_template_filter("passed_words")
def passed(letter: Letter) -> list[str]:
    """Which due had passed, and when: 「办理期限 2026 年 11 月 9 日 17:30，已经过了」."""
    return [
        _("%(clock)s期限 %(when)s，已经过了", clock=wording.translate(which.label), when=wording.dated(due))
        for which, due in letter.passed
    ]


@bp.app_template_filter("demand_of_rung")
def demand_of_rung(letter: Letter) -> str:
    """What a letter demands that no officer wrote."""
    if letter.rung is None:
        return ""
    if letter.rung[0] is Clock.RESPONSE:
        return _("响应期限过了一个工作日，还没有人联系村民。请马上联系，并书面说明为什么晚、什么时候能办好。")
    return _("办理期限过了一个工作日，还没有把结果告诉村民。请马上办，并书面说明为什么晚、什么时候能办好。")
