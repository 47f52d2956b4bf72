"""期限的说法: when something is due, how near that is, and how heavily the page says it.

Weight goes by fill, then words: overdue, today, later, waiting for her.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from feedback import clock, policies
from feedback.models.cases import Case
from feedback.models.kinds import Status
from feedback.web import promises, wording
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext

SOON = timedelta(hours=3)
"""From here on the time that is left is said in minutes and hours."""


class Weight(StrEnum):
    """How heavily a due is drawn."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    WAITING = "waiting"


def weight(case: Case) -> Weight:
    """How heavily the case stands in a list now."""
    if case.next_due_at is None:
        return Weight.WAITING
    if case.is_overdue:
        return Weight.OVERDUE
    return Weight.TODAY if _days_until(case.next_due_at) == 0 else Weight.LATER


def headline(case: Case) -> str:
    """What is due and when, in one line: 「超期，昨天 17:30 到期」「今天 17:30 前联系」「还有 4 个工作日」."""
    due = case.next_due_at
    if due is None:
        return _waiting(case)
    if case.is_overdue:
        return _("超期，%(when)s 到期", when=near(due))
    left = due - clock.now()
    if left <= SOON:
        urgent = _("急，") if case.is_urgent else ""
        return urgent + _("剩 %(much)s", much=length(left))
    when = near(due)
    if _days_until(due) > 1 and (working := remaining(case, due)):
        return working
    if case.responded_at is None:
        return _("%(when)s 前联系", when=when)
    return _("%(when)s 前反馈", when=when)


def _waiting(case: Case) -> str:
    if case.status is Status.CLOSED:
        return _("%(day)s 办结", day=wording.day(case.closed_at or clock.now()))
    until = case.wakes_at
    return _("等村民回话，%(day)s前", day=wording.day(until)) if until else _("等村民回话")


def near(instant: datetime) -> str:
    """「今天 17:30」「昨天 17:30」「11 月 26 日 17:30」."""
    names = {-1: _("昨天"), 0: _("今天"), 1: _("明天")}
    days = _days_until(instant)
    if days in names:
        return f"{names[days]} {wording.time_of_day(instant)}"
    return wording.moment(instant)


def remaining(case: Case, due: datetime) -> str:
    """「还有 4 个工作日」 by the calendar of the case's township; '' of hours and days that run out in a holiday."""
    days = policies.calendar_of(case.area_code).working_days(clock.today(), clock.local(due).date())
    if not days:
        return ""
    return ngettext("还有 %(num)s 个工作日", "还有 %(num)s 个工作日", days)


def length(span: timedelta) -> str:
    """「2 小时 5 分」「40 分钟」「3 天」, to the minute under a day, then to the day."""
    minutes = max(1, int(abs(span.total_seconds()) // 60))
    if minutes < 60:
        return ngettext("%(num)s 分钟", "%(num)s 分钟", minutes)
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return _("%(h)s 小时 %(m)s 分", h=hours, m=rest) if rest else ngettext("%(num)s 小时", "%(num)s 小时", hours)
    return ngettext("%(num)s 天", "%(num)s 天", minutes // (24 * 60))


def response(case: Case) -> str:
    """How the response stands: 「按时，2 小时 5 分」「晚了 3 小时」「11 月 20 日 17:30 前」."""
    if case.responded_at is not None:
        if case.is_response_late:
            return _("晚了 %(much)s", much=length(case.responded_at - case.response_due_at))
        return _("按时，%(much)s", much=length(case.responded_at - case.filed_at))
    if case.is_response_late:
        return _("超期，%(when)s 到期", when=near(case.response_due_at))
    if case.status is Status.CLOSED:
        return _("不再办理")
    return _("%(when)s 前", when=near(case.response_due_at))


def handling(case: Case) -> str:
    """How the handling stands."""
    due = case.handling_due_at
    if case.reported_at is not None:
        late = case.reported_at > due
        much = length(case.reported_at - due)
        return _with_original(case, _("晚了 %(much)s", much=much) if late else _("按时"))
    if case.status is Status.CLOSED:
        return _("不再办理")
    if due < clock.now():
        return _with_original(case, _("超期，%(when)s 到期", when=near(due)))
    if _days_until(due) > 1 and (working := remaining(case, due)):
        left = _("%(when)s，%(left)s", when=wording.moment(due), left=working)
        return _with_original(case, left)
    return _with_original(case, _("%(when)s 前", when=near(due)))


def _with_original(case: Case, said: str) -> str:
    """The due, and what it was before an extension."""
    extended = promises.extended(case)
    return _("%(due)s（%(extended)s）", due=said, extended=extended) if extended else said


def _days_until(instant: datetime) -> int:
    """Shanghai days from today to the instant's day."""
    return (clock.local(instant).date() - clock.today()).days
