"""经过: what happened to her case, told to her in order: who did what and when, in her words and theirs.

Only what is for her: no note among staff, no reason kept inside, nobody's telephone. What comes next stands at
the end with its date.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import url_for

from feedback import clock, clocks, closure, contents, ladder, teams
from feedback.ladder import Rung
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Channel, Contact, Kind, Outcome, Status
from feedback.models.people import TeamKind
from feedback.models.places import Level
from feedback.web import languages, promises, wording
from feedback.web.languages import gettext as _

UNTOLD = frozenset({
    Action.NOTE, Action.REVEAL, Action.ERASE, Action.HIDE, Action.REISSUE_RECEIPT, Action.END_SUPERVISION,
    Action.ASK_EXTENSION, Action.REFUSE_EXTENSION, Action.ANSWER_SUPERVISION, Action.APPEAL, Action.DECIDE_APPEAL,
})
"""What is not part of her story."""
BROKEN = frozenset({Rung.OVERDUE, Rung.DAY_OVER})
"""The rungs that mean something to her: a promise was broken, and somebody above was told."""


@dataclass
class Step:
    """One dot on the line; `state` is done, next, later or late."""

    state: str
    when: str
    what: str
    detail: str = ""
    said: str = ""
    late: str = ""
    proof: bool = False
    photos: list[tuple[str, str]] = field(default_factory=list)
    event: CaseEvent | None = None


def told(case: Case, happened: Sequence[CaseEvent]) -> list[Step]:
    """The story so far and what comes next."""
    measured = clocks.stops(happened)
    said, pictures = _said(case), _pictures(case)
    steps = []
    seen: dict[int, CaseEvent] = {}
    latest: CaseEvent | None = None
    for event in happened:
        before, latest = latest, event
        if event.action in UNTOLD or (event.action is Action.ASSIGN and event.actor_id is None):
            continue
        if event.action is Action.REMIND and _is_of_the_ladder(event) and _broken(event) is None:
            continue
        if event.action is Action.CLASSIFY and event.n not in said and _is_same(event, before):
            continue
        seen[event.n] = event
        what = _witnessed(event, seen) if event.action is Action.WITNESS else _what(event)
        if event.action is Action.DISPUTE and _is_apart(happened, event):
            what = _("您要单独办")
        steps.append(Step(
            "done", wording.moment(event.at), what, _detail(event, is_measured=event.n in measured),
            said.get(event.n, ""),
            proof=event.action is Action.VISIT and event.code_id is not None, photos=pictures[event.n], event=event,
        ))
    return steps + ahead(case)


def _is_apart(happened: Sequence[CaseEvent], dispute: CaseEvent) -> bool:
    """Whether she did not object to an answer, but to going together with another case."""
    ends = [one for one in happened if one.n < dispute.n and one.outcome is not None]
    return bool(ends) and ends[-1].outcome is Outcome.MERGED


def _is_same(event: CaseEvent, before: CaseEvent | None) -> bool:
    """Whether a change of class is the office's own matter: for her neither kind, urgency nor a date is another."""
    def told_her(one: CaseEvent) -> tuple[Kind, bool, datetime, datetime]:
        return one.kind, one.is_urgent, one.response_due_at, one.handling_due_at

    return before is not None and told_her(event) == told_her(before)


def ahead(case: Case) -> list[Step]:
    """What comes next, with its last instant; a promise that ran out says so."""
    if case.outcome is Outcome.MERGED and case.main_case is not None:
        return _together(case.main_case)
    if case.status is Status.CLOSED:
        return []
    if case.status is Status.REPORTED_BACK:
        return [Step("next", _by(case.wakes_at), _("等您回话"), _("不回话，按“未确认”办结，不算满意。"))]
    steps = []
    if case.responded_at is None:
        steps.append(_due(case.response_due_at, _("有人联系您"), _("打电话、上门，或在这里回话。")))
    elif case.asked_at is not None:
        is_over = case.handling_due_at < clock.now()
        waits = "" if is_over else _("最多等 5 个工作日，期限顺延。")
        steps.append(Step("next", _("现在"), _("等您答复上面的问题"), waits))
    ending = _("办理，告诉您结果")
    if case.is_visit_wanted:
        ending = _("上门办理，告诉您结果")
    details = [_("到了门口会扫您家的码，记下来过。") if case.is_visit_wanted else "", *promises.beside(case)]
    finish = _due(case.handling_due_at, ending, languages.gap().join(filter(None, details)))
    if steps and finish.state == "next":
        finish.state = "later"
    last = Step("later", _("之后 7 天内"), _("您说解决没解决"), _("说没解决，换上面的人重办，期限不重新算。"))
    return [*steps, finish, last]


def late(case: Case, happened: Iterable[CaseEvent]) -> str:
    """What was promised by when and did not come, and who above has been told of it; nothing while it is in time."""
    if not case.is_overdue:
        return ""
    if case.responded_at is None:
        found = [_("%(due)s 前该有人联系您，超期了，还没有人联系。", due=wording.moment_week(case.response_due_at))]
    else:
        found = [_("%(due)s 前该告诉您结果，超期了，还没有办好。", due=wording.moment_week(case.handling_due_at))]
    rungs = [event for event in happened if (which := _broken(event)) and which[0] in ladder.running(case)]
    if told_to := list(dict.fromkeys(_told_to(event) for event in rungs)):
        found.append(_("已提醒%(whom)s。", whom=_("、").join(told_to)))
    if case.is_supervised:
        found.append(_("上级在督办。"))
    return languages.gap().join(found)


def promised(case: Case) -> str:
    """What she may count on from now, in a sentence for paper: that it is late, or by when somebody rings or the
    answer comes, and that the year is not known yet; nothing where she has her answer."""
    if case.next_due_at is None or case.is_overdue:
        return late(case, ())
    when = wording.moment_week(case.next_due_at)
    said = (_("最晚 %(when)s 有人联系您。", when=when) if case.responded_at is None
            else _("最晚 %(when)s 告诉您结果。", when=when))
    return languages.gap().join(filter(None, [said, promises.unsure_of(case)]))


def _is_of_the_ladder(event: CaseEvent) -> bool:
    return event.actor_id is None and not event.by_her


def _broken(event: CaseEvent) -> tuple[ladder.Clock, Rung] | None:
    """The clock that ran out and how far, where the event tells that of it."""
    found = ladder.REASONS.get(event.reason or "") if event.action is Action.REMIND else None
    return (found[0], found[1].rung) if found and found[1].rung in BROKEN else None


def _told_to(event: CaseEvent) -> str:
    """Who was told, without a name: the level above the team that held the case, a day later the township."""
    broken = _broken(event)
    if broken is not None and broken[1] is Rung.DAY_OVER:
        return _("镇里")
    if event.team.kind is TeamKind.OWN:
        return _("镇里")
    higher = {Level.MICROGRID: _("村里"), Level.VILLAGE: _("镇里")}
    return higher.get(event.team.area.level, _("上级"))


def urged(what: Case | CaseEvent) -> str:
    """Whom her urging reaches, without a name: who has taken the case, else the team it waits in."""
    if what.owner_id is not None:
        return _("接手的人")
    if what.team.kind is TeamKind.AREA and what.team.area.level is Level.MICROGRID:
        return _("这一片的守护人")
    return what.team.name


def _by(at: datetime | None) -> str:
    return _("最晚 %(when)s", when=wording.moment_week(at)) if at else ""


def _together(main: Case) -> list[Step]:
    """How the case that hers was joined to goes on; nothing of what its household said or was told."""
    if main.outcome is not None:
        at, what = main.reported_at or main.closed_at, wording.translate(main.outcome.label)
        return [Step("done", wording.moment(at) if at else "", _("那一件有了结果"), what)]
    return [_due(main.handling_due_at, _("和那一件一起办"), _("有了结果，在“我的事”里能看到。"))]


def _due(at: datetime, what: str, detail: str) -> Step:
    if at < clock.now():
        return Step("late", _by(at), what, detail, late=_("超期"))
    return Step("next", _by(at), what, detail)


@dataclass(frozen=True)
class Report:
    """An answer of staff that waits for her word."""

    who: str
    day: str
    outcome: str
    words: str


def report(case: Case, event: CaseEvent) -> Report:
    """The answer in one event, as she is asked about it."""
    outcome = wording.translate(event.outcome.label) if event.outcome else ""
    return Report(who(event), wording.day(event.at), outcome, contents.words_of(case, event.n, {Audience.HER}))


def where(case: Case) -> str:
    """Who has it, in general terms: 「汪巷村的 3 位守护人」 or the team's name."""
    team = case.team
    if team.kind is TeamKind.AREA and team.area.level is Level.MICROGRID:
        return _("这一片的 %(count)s 位守护人", count=len(teams.present(team)) or len(teams.members(team)))
    return team.name


def difference(early: timedelta) -> str:
    """「比期限早 2 天」, in the largest whole unit; late in the same way."""
    seconds = abs(early.total_seconds())
    days, hours, minutes = int(seconds // 86_400), int(seconds // 3_600), max(1, int(seconds // 60))
    much = _("%(n)s 天", n=days) if days else _("%(n)s 小时", n=hours) if hours else _("%(n)s 分钟", n=minutes)
    if early.total_seconds() >= 0:
        return _("比期限早 %(much)s。", much=much)
    return _("比期限晚 %(much)s。", much=much)


def _said(case: Case) -> dict[int, str]:
    """Event number → the words of that event that are for her."""
    found: dict[int, list[str]] = defaultdict(list)
    for piece in contents.words(case, {Audience.HER}):
        found[piece.n].append(_("（这段话已屏蔽）") if piece.is_hidden else piece.text)
    return {n: "\n".join(texts) for n, texts in found.items()}


def _pictures(case: Case) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    shown = (photo for photo in contents.photos_of(case, {Audience.HER}) if not photo.is_hidden)
    for count, photo in enumerate(shown, 1):
        found[photo.n].append((url_for("follow.photo", photo_id=photo.id), _("照片 %(n)s", n=count)))
    return found


def who(event: CaseEvent) -> str:
    """Post and name of whoever acted."""
    if event.actor is None:
        return ""
    post = [wording.translate(event.post.label)] if event.post else []
    return languages.gap().join([*post, event.actor.name])


def _what(event: CaseEvent) -> str:
    """The fact in a few words."""
    by_her = {
        Action.SUBMIT: _("您说") if event.channel is Channel.DOOR else _("替您记下"),
        Action.ANSWER: _("您答复"), Action.ADD: _("您补充"), Action.DISPUTE: _("您说没解决"),
        Action.RATE: _("您评了 %(n)s 分", n=event.rating), Action.WITHDRAW: _("您撤回了"),
        Action.CONFIRM: _("您说没解决，可以接受") if event.answer is Answer.ACCEPTED else _("您说解决了"),
    }
    if event.action in by_her:
        return by_her[event.action]
    return _BY_OTHERS.get(event.action, _plain)(event)


def _witnessed(event: CaseEvent, seen: dict[int, CaseEvent]) -> str:
    """Her yes or no to the visit or the response it belongs to."""
    of = seen.get(event.of_n or 0)
    if of is not None and of.action is Action.VISIT:
        return _("您说来过") if event.witnessed else _("您说没来过")
    return _("您说联系过") if event.witnessed else _("您说没联系过")


def _responded(event: CaseEvent) -> str:
    how = {
        Contact.PHONE: _("%(who)s接手，打电话联系您", who=who(event)),
        Contact.IN_PERSON: _("%(who)s接手，当面找您", who=who(event)),
        Contact.MESSAGE: _("%(who)s接手，在这里回话", who=who(event)),
    }
    return how.get(event.contact or Contact.MESSAGE, "")


def _reminded(event: CaseEvent) -> str:
    broken = _broken(event)
    if broken is None:
        return _("您催办，已提醒%(whom)s", whom=urged(event)) if event.by_her else _("上面催了一次")
    which, rung = broken
    if which is ladder.Clock.RESPONSE:
        said = _("还没有人联系您") if rung is Rung.OVERDUE else _("一直没有人联系您")
    else:
        said = _("还没有办好") if rung is Rung.OVERDUE else _("一直没有办好")
    return _("超期：%(said)s，已提醒%(whom)s", said=said, whom=_told_to(event))


def _reopened(event: CaseEvent) -> str:
    if event.reason == closure.LOOK_AGAIN:
        return _("到了约好的日子，%(team)s再来看这件事", team=event.team.name)
    return _("重新办理")


def _closed(event: CaseEvent) -> str:
    return _("7 天没有回话，按“未确认”办结")


def _plain(event: CaseEvent) -> str:
    return wording.translate(event.action.label)


_BY_OTHERS: dict[Action, Callable[[CaseEvent], str]] = {
    Action.ASSIGN: lambda event: _("派给%(team)s", team=event.team.name),
    Action.RESPOND: _responded,
    Action.HAND_OVER: lambda event: _("%(who)s交给别人接着办", who=who(event)),
    Action.RELEASE: lambda event: _("放回%(team)s，等人接手", team=event.team.name),
    Action.CLASSIFY: lambda event: _("改了类别或种类"),
    Action.ASK: lambda event: _("%(who)s问您", who=who(event)),
    Action.VISIT: lambda event: _("%(who)s上门", who=who(event)),
    Action.REPORT_BACK: lambda event: _("%(who)s反馈结果", who=who(event)),
    Action.FOLLOW_UP: lambda event: _("%(who)s回访，记下您的话", who=who(event)),
    Action.CLOSE: _closed,
    Action.TRANSFER: lambda event: _("转给%(team)s", team=event.team.name),
    Action.SEND_BACK: lambda event: _("退到上一级：%(team)s", team=event.team.name),
    Action.ESCALATE: lambda event: _("交给上一级：%(team)s", team=event.team.name),
    Action.RECUSE: lambda event: _("换人受理：%(team)s", team=event.team.name),
    Action.SUPERVISE: lambda event: _("上级督办"),
    Action.DECLINE: lambda event: _("不予受理"),
    Action.MERGE: lambda event: _("您说也遇到，和那一件一起办") if event.by_her else _("和另一件同样的事一起办"),
    Action.UNMERGE: lambda event: _("不再和那一件一起，单独接着办"),
    Action.REOPEN: _reopened,
    Action.REMIND: _reminded,
    Action.EXTEND: lambda event: _("期限延到 %(due)s", due=wording.moment_week(event.handling_due_at)),
}


def _detail(event: CaseEvent, *, is_measured: bool) -> str:
    """What a figure or a rule adds to the fact."""
    match event.action:
        case Action.RESPOND:
            return difference(event.response_due_at - event.at) if is_measured else ""
        case Action.REPORT_BACK:
            outcome = wording.translate(event.outcome.label) + _("。") if event.outcome else ""
            measured = difference(event.handling_due_at - event.at) if is_measured else ""
            return languages.gap().join(filter(None, [outcome, measured]))
        case Action.EXTEND:
            return _("原定 %(due)s。", due=wording.moment_week(event.handling_due_original_at))
        case Action.DISPUTE if event.status is Status.ASSIGNED:
            return _("交给%(team)s重办，换人，期限照旧。", team=event.team.name)
        case Action.DISPUTE:
            return _("记下了。已经重办过两次，这次不再换人。")
        case Action.FOLLOW_UP:
            return wording.translate(event.answer.label) if event.answer else ""
        case Action.DECLINE if event.outcome is Outcome.INVALID:
            return wording.translate(event.outcome.label)
        case _:
            return ""
