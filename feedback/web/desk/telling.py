"""经过: the whole story of a case as staff read it: every fact, her words and theirs, notes among staff, what is due.

For one who may know only facts (to supervise, to audit) it is the same line without a word in it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from flask import url_for

from feedback import cards, clock, clocks, contents, db, ladder, teams, workflow
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Channel, Status
from feedback.models.people import Person
from feedback.web import languages, promises, wording
from feedback.web.desk import dues
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext


@dataclass
class Step:
    """One dot on the line."""

    state: str
    when: str
    what: str
    detail: str = ""
    said: str = ""
    inside: str = ""
    late: str = ""
    proof: bool = False
    photos: list[tuple[str, str]] = field(default_factory=list)


Pictures = dict[int, list[tuple[str, str]]]


def story(case: Case, person: Person, *, with_words: bool) -> list[Step]:
    """All that happened, in order, and what is due next."""
    said = _words(case, Audience.HER) if with_words else {}
    inside = _words(case, Audience.STAFF) if with_words else {}
    shown: Pictures = pictures(case) if with_words else {}
    happened = workflow.events(case)
    denied = {event.of_n for event in happened if event.action is Action.WITNESS and event.witnessed is False}
    measured = clocks.stops(happened)
    steps = [
        Step(
            "done", wording.moment(event.at), what(event, person), _detail(event, denied, measured),
            said.get(event.n, "") if event.n > 1 else "", inside.get(event.n, ""),
            proof=event.action is Action.VISIT and event.code_id is not None and event.n not in denied,
            photos=shown.get(event.n, []) if event.n > 1 else [],
        )
        for event in happened
    ]
    return steps + ahead(case)


def ahead(case: Case) -> list[Step]:
    """What is due next, with its last instant."""
    if case.status is Status.REPORTED_BACK and case.wakes_at is not None:
        return [Step("next", _by(case.wakes_at), _("等村民回话"), _("不回话，按“未确认”办结，不算满意。"))]
    if case.status is Status.CLOSED:
        return []
    steps = [] if case.responded_at is not None else [_due(case.response_due_at, _("响应：联系上她"))]
    ending = _("上门、反馈") if case.is_visit_wanted and case.visited_at is None else _("反馈")
    finish = _due(case.handling_due_at, ending)
    finish.detail = languages.gap().join(promises.beside(case))
    if steps and finish.state == "next":
        finish.state = "later"
    return [*steps, finish]


def _due(at: datetime, words: str) -> Step:
    is_late = at < clock.now()
    return Step("late" if is_late else "next", _by(at), words, late=_("超期") if is_late else "")


def _by(at: datetime) -> str:
    return _("%(when)s 前", when=wording.moment(at))


def _words(case: Case, audience: Audience) -> dict[int, str]:
    found: dict[int, list[str]] = defaultdict(list)
    for piece in contents.words(case, {audience}):
        found[piece.n].append(_("（这段话已屏蔽）") if piece.is_hidden else piece.text)
    return {n: "\n".join(texts) for n, texts in found.items()}


def pictures(case: Case) -> Pictures:
    """Event number → address and label of its photos."""
    found: Pictures = defaultdict(list)
    shown = (photo for photo in contents.photos_of(case) if not photo.is_hidden)
    for count, photo in enumerate(shown, 1):
        address = url_for("desk.photo", number=case.number, photo_id=photo.id)
        found[photo.n].append((address, _("照片 %(n)s", n=count)))
    return found


# ---------------------------------------------------------------- one fact in a few words


def what(event: CaseEvent, person: Person) -> str:
    """「周一禾接手，打了电话」「村民补充」「系统派给汪巷村」."""
    if event.by_her:
        return _HERS.get(event.action, _plain)(event)
    return _("%(who)s%(what)s", who=actor(event, person), what=_THEIRS.get(event.action, _plain)(event))


def actor(event: CaseEvent, person: Person) -> str:
    """Who acted: 您, a name with its post, or the system."""
    if event.actor is None:
        return _("系统")
    if event.actor_id == person.id:
        return _("您")
    return event.actor.name + (f"（{wording.translate(event.post.label)}）" if event.post else "")


def _plain(event: CaseEvent) -> str:
    return wording.translate(event.action.label)


def _team(event: CaseEvent) -> str:
    return wording.translate(event.team.name)


def _confirmed(event: CaseEvent) -> str:
    accepted = event.answer is Answer.ACCEPTED
    return _("村民说：没解决，可以接受") if accepted else _("村民说：解决了")


def _witnessed(event: CaseEvent) -> str:
    return _("村民证实：有这回事") if event.witnessed else _("村民否认：没有这回事")


_HERS: dict[Action, Callable[[CaseEvent], str]] = {
    Action.SUBMIT: lambda event: _("村民提交"),
    Action.ANSWER: lambda event: _("村民答复"),
    Action.ADD: lambda event: _("村民补充"),
    Action.CONFIRM: _confirmed,
    Action.DISPUTE: lambda event: _("村民说：没解决"),
    Action.RATE: lambda event: _("村民评 %(n)s 分（最高 5 分）", n=event.rating),
    Action.WITNESS: _witnessed,
    Action.WITHDRAW: lambda event: _("村民撤回"),
    Action.REMIND: lambda event: _("村民催办"),
    Action.MERGE: lambda event: _("村民说也遇到，和那一件一起办"),
}
_THEIRS: dict[Action, Callable[[CaseEvent], str]] = {
    Action.SUBMIT: lambda event: _("替村民记下"),
    Action.ASSIGN: lambda event: _("派给%(team)s", team=_team(event)),
    Action.RESPOND: lambda event: _("接手，%(how)s", how=_contact(event)),
    Action.HAND_OVER: lambda event: _("交给%(name)s", name=_owner(event)),
    Action.RELEASE: lambda event: _("放回%(team)s", team=_team(event)),
    Action.ASK: lambda event: _("问村民"),
    Action.NOTE: lambda event: _("记了一笔"),
    Action.REVEAL: lambda event: _("看了联系方式"),
    Action.VISIT: lambda event: _("上门"),
    Action.REPORT_BACK: lambda event: _("反馈：%(outcome)s", outcome=_outcome(event)),
    Action.FOLLOW_UP: lambda event: _("回访，村民说：%(answer)s", answer=_answer(event)),
    Action.CLOSE: lambda event: _("按“未确认”办结，村民 7 天没有回话"),
    Action.TRANSFER: lambda event: _("转给%(team)s", team=_team(event)),
    Action.SEND_BACK: lambda event: _("退回%(team)s", team=_team(event)),
    Action.ESCALATE: lambda event: _("交给上一级：%(team)s", team=_team(event)),
    Action.RECUSE: lambda event: _("回避，由%(team)s受理", team=_team(event)),
    Action.DECLINE: lambda event: _outcome(event),
    Action.ASK_EXTENSION: lambda event: _days(_("申请延期"), event),
    Action.EXTEND: lambda event: _days(_("批准延期"), event),
    Action.REMIND: lambda event: _reminded(event),
    Action.REOPEN: lambda event: _("重办：到了约好再看的日子") if event.reason == "look_again" else _("重办"),
    Action.DECIDE_APPEAL: lambda event: _("答复申诉：成立") if event.reason == cards.UPHELD else _("答复申诉：不成立"),
}


def _days(said: str, event: CaseEvent) -> str:
    return ngettext("%(said)s %(num)s 个工作日", "%(said)s %(num)s 个工作日", event.days or 0, said=said)


def _reminded(event: CaseEvent) -> str:
    """A person's word, or the rung of the ladder that time reached: 「提醒：办理快到期」."""
    if event.reason == ladder.LETTER_OVERDUE:
        return _("提醒：督办单到期没有回复")
    return _("提醒：%(rung)s", rung=_rung(event)) if event.reason else _("催办")


def _rung(event: CaseEvent) -> str:
    """「办理快到期」: which clock, and how far it had run."""
    if event.reason is None or event.reason not in ladder.REASONS:
        return ""
    which, step = ladder.REASONS[event.reason]
    return _("%(clock)s%(rung)s", clock=wording.translate(which.label), rung=wording.translate(step.rung.label))


def _owner(event: CaseEvent) -> str:
    owner = db.session.get(Person, event.owner_id) if event.owner_id else None
    return owner.name if owner else ""


def _contact(event: CaseEvent) -> str:
    return wording.translate(event.contact.label) if event.contact else ""


def _outcome(event: CaseEvent) -> str:
    return wording.translate(event.outcome.label) if event.outcome else ""


def _answer(event: CaseEvent) -> str:
    return wording.translate(event.answer.label) if event.answer else ""


def _detail(event: CaseEvent, denied: Collection[int | None], measured: Collection[int]) -> str:
    """What a rule or a clock adds to the fact."""
    match event.action:
        case Action.SUBMIT:
            return wording.translate(event.channel.label) if event.channel is not Channel.DOOR else _("扫门上的码")
        case Action.RESPOND if event.n in measured and event.at > event.response_due_at:
            return _("比期限晚 %(much)s", much=dues.length(event.at - event.response_due_at))
        case Action.REPORT_BACK if event.n in measured and event.at > event.handling_due_at:
            return _("比期限晚 %(much)s", much=dues.length(event.at - event.handling_due_at))
        case Action.VISIT if event.n in denied:
            return _("村民说没人来过，不算上门")
        case Action.DISPUTE if event.status is Status.ASSIGNED:
            return _("换人重办，交给%(team)s，期限照旧", team=_team(event))
        case Action.DISPUTE:
            return _("已经重办过两次，记下，不再换人")
        case Action.SUPERVISE:
            until = _("%(when)s 前回复", when=wording.moment(event.until_at)) if event.until_at else ""
            return _("，").join(filter(None, [_rung(event), until]))
        case Action.EXTEND:
            return _("延到 %(when)s", when=wording.moment(event.handling_due_at))
        case Action.CLASSIFY:
            return wording.translate(event.kind.label)
        case _:
            return ""


def members_words(case: Case) -> str:
    """Who holds it: the team, and how many of it are there today."""
    present = len(teams.present(case.team))
    return _("%(team)s，今天 %(n)s 人在", team=wording.translate(case.team.name), n=present)
