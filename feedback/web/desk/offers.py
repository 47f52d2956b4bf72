"""能办的: what the reader may do with a case now, each as a link: one main, one second, the rest as words.

What is not possible now is absent, not grey.
"""

from dataclasses import dataclass

from flask import url_for

from feedback import access, urging, worklist
from feedback.models.cases import Case
from feedback.models.kinds import Action, Status
from feedback.models.people import Person
from feedback.web import wording
from feedback.words import N_

WORDS = {
    Action.RESPOND: N_("我来办"),
    Action.REPORT_BACK: N_("写反馈"),
    Action.ASSIGN: N_("派单"),
    Action.REVEAL: N_("打电话"),
    Action.FOLLOW_UP: N_("回访"),
    Action.NOTE: N_("记一笔"),
    Action.ASK: N_("问村民"),
    Action.TRANSFER: N_("转办"),
    Action.SEND_BACK: N_("退回"),
    Action.ESCALATE: N_("请上级办"),
    Action.HAND_OVER: N_("交给同事"),
    Action.RELEASE: N_("放回队里"),
    Action.CLASSIFY: N_("改类"),
    Action.RECUSE: N_("回避"),
    Action.ASK_EXTENSION: N_("申请延期"),
    Action.EXTEND: N_("批准延期"),
    Action.REFUSE_EXTENSION: N_("不批延期"),
    Action.REMIND: N_("催办"),
    Action.SUPERVISE: N_("督办"),
    Action.ANSWER_SUPERVISION: N_("回复督办"),
    Action.END_SUPERVISION: N_("结束督办"),
    Action.APPEAL: N_("申诉"),
    Action.DECIDE_APPEAL: N_("答复申诉"),
    Action.MERGE: N_("并案"),
    Action.UNMERGE: N_("拆开"),
    Action.REOPEN: N_("重办"),
    Action.DECLINE: N_("不予受理"),
    Action.REISSUE_RECEIPT: N_("补发查询码"),
    Action.HIDE: N_("屏蔽"),
    Action.ERASE: N_("删除个人信息"),
}
"""What each link says, in the order in which they stand; a visit has none: it begins at the door."""

BESIDE = frozenset({
    Action.EXTEND, Action.REFUSE_EXTENSION, Action.ANSWER_SUPERVISION, Action.APPEAL, Action.DECIDE_APPEAL,
})
"""What is offered beside the thing it settles, not in the bar."""

ENDPOINTS = {Action.REVEAL: "desk.show_contact"}
"""Where a link leads when the address isn't called like the action."""

MAIN = {
    Status.NEW: (Action.ASSIGN, Action.DECLINE),
    Status.ASSIGNED: (Action.RESPOND, Action.REVEAL),
    Status.IN_PROGRESS: (Action.REPORT_BACK, Action.REVEAL),
    Status.REPORTED_BACK: (Action.FOLLOW_UP, Action.REPORT_BACK),
    Status.CLOSED: (Action.FOLLOW_UP, Action.REOPEN),
}
"""Which two come first in each status, where they are possible."""

IN_BAR = 3
"""So many more stand in the bar; the others are at the end of the page."""

Link = tuple[str, str]


@dataclass(frozen=True)
class Offers:
    """The bar's two buttons, the words beside them, and what is left."""

    main: Link | None
    second: Link | None
    more: list[Link]
    rest: list[Link]
    may_reveal: bool = False


def of(case: Case, person: Person, *, can_call: bool) -> Offers:
    """What the person may do with the case now; `can_call` says whether there is a number to ring."""
    possible = {action for action in access.actions(person, case) if action in WORDS} - BESIDE
    possible -= set() if can_call else {Action.REVEAL}
    possible -= {Action.REMIND} if urging.reminded_today(case, person) else set()
    front = [action for action in MAIN[case.status] if action in possible]
    waits_for_visit = case.status is Status.IN_PROGRESS and worklist.needs_reason(case)
    if waits_for_visit:
        front.reverse()  # ringing first: the report waits for the visit
    links = {action: (_address(case, action), _words(case, action)) for action in WORDS if action in possible}
    first = [links.pop(action) for action in front]
    main, second = [*first, None, None][:2]
    if waits_for_visit and front == [Action.REPORT_BACK]:
        main, second = None, main  # the way to the door is the main thing, and begins at the door
    others = list(links.values())
    return Offers(main, second, others[:IN_BAR], others[IN_BAR:], Action.REVEAL in possible)


def _address(case: Case, action: Action) -> str:
    return url_for(ENDPOINTS.get(action, f"desk.{action}"), number=case.number)


def _words(case: Case, action: Action) -> str:
    if action is Action.REPORT_BACK and case.status is Status.REPORTED_BACK:
        return wording.translate(N_("补充反馈"))
    if action is Action.REPORT_BACK and worklist.needs_reason(case):
        return wording.translate(N_("不上门，写反馈"))
    return wording.translate(WORDS[action])
