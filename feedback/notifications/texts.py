"""措辞: what a notice says: which kind of matter, where, by when; never what she wrote, who she is or which door.

Of a case about somebody's service nothing is said but that there is one. Words are composed when they are shown or
sent, from the facts of the event; a notice stores none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from feedback import alerts, clock, db, ladder
from feedback.ladder import Clock, Rung
from feedback.models.alerts import Alert
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Contact, Status
from feedback.models.notices import Notice, Sign, SignKind
from feedback.models.places import Area, Level
from feedback.models.walks import PlateFlag
from feedback.notifications import recipients
from feedback.words import N_

MOST_LINES = 20
"""Lines of a digest; what is more is counted."""
DESK, CASE, FOLLOW = "/g/", "/g/cases/{number}", "/c"

Value = str | int | date | datetime


@dataclass(frozen=True)
class Said:
    """A sentence and what stands in its gaps: names, marked labels, counts, days, instants. A page may translate
    both."""

    template: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def plain(self) -> str:
        """The sentence in Chinese."""
        return self.template.format(**{name: _plain(value) for name, value in self.values.items()})


@dataclass(frozen=True)
class Message:
    """What goes out by a way: a title where the way has one, the text, and the page it leads to."""

    title: str
    text: str
    path: str


A_MATTER = N_("有一件事要您看。")
"""All that is said of a case about somebody's service."""
CAME = N_("{place}有一件{kind}到了您这里，最晚 {due} 有人联系村民。")
CAME_URGENT = N_("急事：{place}有一件{kind}到了您这里，最晚 {due} 有人联系村民。请马上看。")
CAME_ANSWERED = N_("{place}有一件{kind}转到您这里，最晚 {due} 给结果。")
NOBODY_ASKED = N_("{place}有一件{kind}还没有派单，请您看一看。最晚 {due} 有人联系村民。")
SENT_BACK = N_("{place}有一件{kind}退到您这里，还没有派单，最晚 {due} 给结果。")
CAME_BACK = N_("{place}有一件{kind}，村民说没解决，换到您这里重办，最晚 {due}。")
TEXTS: Mapping[Action, str] = {
    Action.HAND_OVER: N_("{place}有一件{kind}交给您办了，最晚 {due} 给结果。"),
    Action.ANSWER: N_("{place}那件{kind}，您问的话有回答了，最晚 {due} 给结果。"),
    Action.ADD: N_("{place}那件{kind}，村民补充了几句。"),
    Action.CONFIRM: N_("{place}那件{kind}，村民回话了，已办结。"),
    Action.RATE: N_("{place}那件{kind}，村民给了评价。"),
    Action.WITHDRAW: N_("{place}那件{kind}，村民撤回了，不用再办。"),
    Action.WITNESS: N_("{place}那件{kind}，村民说没有人联系或者上门，请您看一看。"),
    Action.ASK_EXTENSION: N_("{place}一件{kind}申请延期 {days} 个工作日，请您在 {due} 前答复。"),
    Action.EXTEND: N_("{place}那件{kind}批准延期，最晚 {due} 给结果。"),
    Action.REFUSE_EXTENSION: N_("{place}那件{kind}没有批准延期，最晚 {due} 给结果。"),
    Action.SUPERVISE: N_("{place}一件{kind}在督办，最晚 {until} 回复督办单。"),
    Action.ANSWER_SUPERVISION: N_("{place}那件{kind}的督办单有回复了，请您看一看。"),
    Action.APPEAL: N_("{place}一件{kind}的牌有人申诉，请您答复。"),
    Action.DECIDE_APPEAL: N_("{place}那件{kind}的申诉有答复了。"),
}
SUPERVISED = N_("{place}一件{kind}在督办，请您看一看。")
URGED_BY_HER = N_("{place}那件{kind}，村民在催，最晚 {due}。")
URGED_FROM_ABOVE = N_("{place}那件{kind}，上级在催，最晚 {due}。")
LETTER_LATE = N_("{place}一件{kind}的督办单到时候没有回复。")
RUNGS: Mapping[tuple[Clock, Rung], str] = {
    (Clock.RESPONSE, Rung.HALF): N_("{place}一件{kind}还没有人联系村民，时间过了一半，最晚 {due}。"),
    (Clock.RESPONSE, Rung.NEAR): N_("{place}一件{kind}快到期了，还没有人联系村民，最晚 {due}。"),
    (Clock.RESPONSE, Rung.OVERDUE): N_("{place}一件{kind}超期了，{due} 前没有人联系村民。"),
    (Clock.RESPONSE, Rung.DAY_OVER): N_("{place}一件{kind}超期一个工作日，还没有人联系村民，已督办。期限是 {due}。"),
    (Clock.HANDLING, Rung.HALF): N_("{place}一件{kind}时间过了一半，最晚 {due} 给结果。"),
    (Clock.HANDLING, Rung.NEAR): N_("{place}一件{kind}快到期了，最晚 {due} 给结果。"),
    (Clock.HANDLING, Rung.OVERDUE): N_("{place}一件{kind}超期了，{due} 前没有给结果。"),
    (Clock.HANDLING, Rung.DAY_OVER): N_("{place}一件{kind}超期一个工作日，还没有结果，已督办。期限是 {due}。"),
}
LATE: Mapping[str, str] = {
    CAME: N_("{place}有一件{kind}到了您这里，{due} 前该有人联系村民，已经超期。请马上看。"),
    CAME_URGENT: N_("急事：{place}有一件{kind}到了您这里，{due} 前该有人联系村民，已经超期。请马上看。"),
    CAME_ANSWERED: N_("{place}有一件{kind}转到您这里，{due} 前该给结果，已经超期。"),
    NOBODY_ASKED: N_("{place}有一件{kind}还没有派单，{due} 前该有人联系村民，已经超期。请您看一看。"),
    SENT_BACK: N_("{place}有一件{kind}退到您这里，还没有派单，{due} 前该给结果，已经超期。"),
    CAME_BACK: N_("{place}有一件{kind}，村民说没解决，换到您这里重办。期限是 {due}，已经超期。"),
    URGED_BY_HER: N_("{place}那件{kind}，村民在催。期限是 {due}，已经超期。"),
    URGED_FROM_ABOVE: N_("{place}那件{kind}，上级在催。期限是 {due}，已经超期。"),
    **{RUNGS[which, rung]: RUNGS[which, Rung.OVERDUE] for which in Clock for rung in (Rung.HALF, Rung.NEAR)},
}
"""The same where the due had passed when it happened: nobody is given a day that is over, or told after it that it is
near, as when the timer has stood still."""
SIGNS_SAID: Mapping[SignKind, str] = {
    SignKind.BURST: N_("{place}一天里有 {count} 件同类的事：{category}。请您看一看是不是一个原因。"),
    SignKind.SILENCE: N_("{place}已经 {count} 天没有人反映事情，也没有人上门。请您问一问。"),
}
UNSORTED = N_("{place}一天里来了 {count} 件，还没有归类。请您看一看是不是一件事。")
"""A burst of what nobody has put into a category: nothing says that they are alike."""
ALERT_OF_A_PERSON = N_("{place}有一条关于一位经办人的预警：{rule}。名字和数字在页面上看。数字不等于对错，先听他说。")
"""A message names no person: it may go where others read along."""
PLATE = N_("{place}有一户的门牌{what}，请看一看怎么办。")
FOREIGN = N_("{place}有一户的门牌扫出来是别的网页，可能是贴上去骗钱的。请马上看。")
TO_HER: Mapping[Action, str] = {
    Action.RESPOND: N_("您在户廉码说的事，记下了有人联系过您。已有人联系您吗？请打开 {link} 输入查询码告诉我们。"),
    Action.ASK: N_("您在户廉码说的事，有一句话要问您。请打开 {link} 输入查询码回答。"),
    Action.REPORT_BACK: N_("您在户廉码说的事有结果了。解决没解决，请打开 {link} 输入查询码告诉我们。"),
    Action.EXTEND: N_("您在户廉码说的事要晚几天。新的日子和原因，请打开 {link} 输入查询码看。"),
    Action.DECLINE: N_("您在户廉码说的事有答复了。请打开 {link} 输入查询码看。"),
    Action.MERGE: N_("您在户廉码说的事和另一件一起办。请打开 {link} 输入查询码看办到哪里。"),
}
LEFT_A_WORD = N_("您在户廉码说的事有人接手了，给您回了一句话。请打开 {link} 输入查询码看。")
"""To her, where contact was made on her page and nobody rang: then there is nothing to ask."""
TITLE = N_("户廉码：有一件事要您看")
TITLE_URGENT = N_("户廉码：急事，请马上看")
TITLE_DIGEST = N_("户廉码：{count} 件事要您看")
MORE = N_("……共 {count} 件")
OVERDUE = N_("您这里现在有 {count} 件超期。")


def of(notice: Notice, *, goes_out: bool = False) -> Said:
    """What the notice says to staff: in the list as it was when it happened, in a message as it is by then."""
    if notice.sign is not None:
        return _of_sign(notice.sign)
    if notice.alert is not None:
        return _of_alert(notice.alert)
    if notice.plate_flag is not None:
        return _of_plate_flag(notice.plate_flag)
    if notice.event is None:
        raise ValueError("a notice stands for an event, a sign, an alert or a plate")
    return _of_event(notice.event, is_of_now=goes_out)


def to_her(event: CaseEvent, base_url: str) -> Said:
    """What the villager is told: that there is something to look up, and where."""
    is_on_her_page = event.action is Action.RESPOND and event.contact is Contact.MESSAGE
    return Said(LEFT_A_WORD if is_on_her_page else TO_HER[event.action], {"link": base_url + FOLLOW})


def message(notices: Sequence[Notice], *, overdue: int) -> Message:
    """One message for what is due to one person: a single fact says itself, more become a digest.

    `overdue` is how many of the person's queue are past their due; only a digest tells it.
    """
    latest = _latest(notices)
    first = latest[0]
    if len(latest) == 1:
        return Message(TITLE_URGENT if first.is_urgent else TITLE, of(first, goes_out=True).plain(), path(first))
    lines = [f"· {of(notice, goes_out=True).plain()}" for notice in latest[:MOST_LINES]]
    if len(latest) > MOST_LINES:
        lines.append(Said(MORE, {"count": len(latest)}).plain())
    if overdue:
        lines.append(Said(OVERDUE, {"count": overdue}).plain())
    title = TITLE_URGENT if first.is_urgent else Said(TITLE_DIGEST, {"count": len(latest)}).plain()
    return Message(title, "\n".join(lines), DESK)


def path(notice: Notice) -> str:
    """The page a notice leads to; signs, alerts and plates stand on the desk's and the township's first page, which
    lead on to them."""
    return CASE.format(number=notice.case.number) if notice.case is not None else DESK


def _latest(notices: Sequence[Notice]) -> list[Notice]:
    """One line a case, its newest fact; urgent cases first, then by what presses most. What is good to know never
    stands before something to do: who hears only that a few words were added does not hear that a case came."""
    by_matter: dict[tuple[str, int | None], Notice] = {}
    for notice in sorted(notices, key=lambda one: (not _is_good_to_know(one), one.id)):
        by_matter[_matter(notice)] = notice
    return sorted(by_matter.values(), key=lambda one: (not one.is_urgent, _place_in_digest(one), one.id))


def _matter(notice: Notice) -> tuple[str, int | None]:
    if notice.case_id is not None:
        return "case", notice.case_id
    if notice.plate_flag_id is not None:
        return "plate", notice.plate_flag_id
    return ("sign", notice.sign_id) if notice.alert_id is None else ("alert", notice.alert_id)


def _place_in_digest(notice: Notice) -> int:
    """Lines of one sort stand together: late first, then near, then new, then what is good to know."""
    event = notice.event
    if event is None:
        return 5
    if rung := _rung(event):
        return {Rung.DAY_OVER: 0, Rung.OVERDUE: 0, Rung.NEAR: 1, Rung.HALF: 2}[rung[1]]
    if event.action in {Action.SUPERVISE, Action.REMIND}:
        return 1
    return 4 if _is_good_to_know(notice) else 3


def _is_good_to_know(notice: Notice) -> bool:
    return notice.event is not None and notice.event.action in recipients.CAN_WAIT


# ---------------------------------------------------------------- events and signs


def _of_event(event: CaseEvent, *, is_of_now: bool) -> Said:
    case = event.case
    if case.about is not None or case.is_for_discipline_alone:
        return Said(A_MATTER)
    template, due = _template(event, case), _due(event, event, case)
    if due < event.at or (is_of_now and due < clock.now() and due == _due(case, event, case)):
        template = LATE.get(template, template)
    values: dict[str, Value] = {"place": _place(event.area_code), "kind": event.kind.label, "due": due}
    if event.days is not None:
        values["days"] = event.days
    if event.until_at is not None:
        values["until"] = event.until_at
    return Said(template, values)


def _template(event: CaseEvent, case: Case) -> str:
    rung = _rung(event)
    match event.action:
        case Action.REMIND if rung is not None:
            return RUNGS[rung]
        case Action.REMIND if event.reason == ladder.LETTER_OVERDUE:
            return LETTER_LATE
        case Action.REMIND:
            return URGED_BY_HER if event.by_her else URGED_FROM_ABOVE
        case Action.SUPERVISE if event.until_at is None:
            return SUPERVISED
        case Action.DISPUTE | Action.FOLLOW_UP:
            return CAME_BACK
        case action if action in TEXTS:
            return TEXTS[action]
        case _ if event.status is Status.NEW:
            return SENT_BACK if _is_answered(event, case) else NOBODY_ASKED
        case _ if _is_answered(event, case):
            return CAME_ANSWERED
        case _:
            return CAME_URGENT if event.is_urgent else CAME


def _rung(event: CaseEvent) -> tuple[Clock, Rung] | None:
    found = ladder.REASONS.get(event.reason or "") if event.action is Action.REMIND else None
    return (found[0], found[1].rung) if found else None


def _is_answered(event: CaseEvent, case: Case) -> bool:
    """Whether contact had been made before the event: then the handling clock is the one that runs."""
    return case.responded_at is not None and case.responded_at <= event.at


def _due(by: CaseEvent | Case, event: CaseEvent, case: Case) -> datetime:
    """The due of the clock that the fact is about: as it was then by the event, as it is now by the case."""
    rung = _rung(event)
    is_response = rung[0] is Clock.RESPONSE if rung else not _is_answered(event, case)
    return by.response_due_at if is_response else by.handling_due_at


def _of_sign(sign: Sign) -> Said:
    place = _place(sign.area_code) if sign.kind is SignKind.BURST else _full_place(sign.area_code)
    if sign.kind is SignKind.BURST and sign.category is None:
        return Said(UNSORTED, {"place": place, "count": sign.count})
    category = sign.category.name if sign.category is not None else ""
    return Said(SIGNS_SAID[sign.kind], {"place": place, "count": sign.count, "category": category})


def _of_alert(alert: Alert) -> Said:
    if alert.person_id is not None:
        return Said(ALERT_OF_A_PERSON, {"place": _place(alert.area_code), "rule": alert.rule_name})
    return Said(*alerts.saying.of(alert, subject(alert)))


def _of_plate_flag(flag: PlateFlag) -> Said:
    """Never which door: a message may go where others read along."""
    return Said(FOREIGN if flag.is_urgent else PLATE, {"place": _full_place(flag.area_code), "what": flag.reason.label})


def subject(alert: Alert) -> str:
    """Whose figure it is: a village's, a township's or a team's name, or the person's."""
    named = alert.place or alert.team or alert.person
    return named.name if named is not None else ""


def _place(area_code: str) -> str:
    """The village's name, or the area's own above the villages."""
    return db.session.get_one(Area, area_code[: Level.VILLAGE.digits]).name


def _full_place(area_code: str) -> str:
    """A micro-grid with its village before it: 湖东村一组."""
    area = db.session.get_one(Area, area_code)
    return area.name if len(area_code) <= Level.VILLAGE.digits else _place(area_code) + area.name


def _plain(value: Value) -> str:
    if not isinstance(value, date):
        return str(value)
    local = clock.local(value) if isinstance(value, datetime) else None
    day: date = local or value
    year = "" if day.year == clock.today().year else f"{day.year} 年 "
    hour = "" if local is None else f" {local.hour}:{local.minute:02d}"
    return f"{year}{day.month} 月 {day.day} 日{hour}"
