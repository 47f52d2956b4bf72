"""催办和督办: what she and those above do to make a case move; none of it moves the case itself.

She may press once a Shanghai day, so may each person above. A letter of supervision (督办单) has its own day by
which it is answered; that day is past when the timer says so, and a late answer is still taken.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from feedback import access, clock, clocks, contents, db, deadlines, policies, workflow
from feedback.errors import Conflict, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person
from feedback.words import N_
from feedback.workflow import Who


def remind_by_her(case: Case) -> CaseEvent:
    """催办: by the villager, once a day, while nobody has given an answer."""
    workflow.require_possible(case, Action.REMIND)
    if case.status not in clocks.OPEN:
        raise Conflict(N_("结果已经告诉您了，请说解决没解决。"))
    if reminded_today(case, None):
        raise Conflict(N_("今天已经催过，明天还没有动静可以再催。"))
    return workflow.record(case, Action.REMIND, Who.VILLAGER)


def remind(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """催办: somebody above says a word to the team, once a day."""
    access.require(actor, Action.REMIND, case)
    if reminded_today(case, actor):
        raise Conflict(N_("您今天已经催过这一件。"))
    _require_words(words, N_("请写一句：催什么。"))
    event = workflow.record(case, Action.REMIND, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def reminded_today(case: Case, actor: Person | None) -> bool:
    """Whether the person, or the villager where there is none, has reminded on this Shanghai day."""
    by: ColumnElement[bool] = CaseEvent.actor_id == actor.id if actor else CaseEvent.by_her.is_(True)
    since = CaseEvent.at >= clock.start_of(clock.today())
    mine = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.action == Action.REMIND, by, since)
    return db.session.scalar(mine.limit(1)) is not None


def letter_due_at(case: Case) -> datetime:
    """By when a letter of supervision given now is to be answered, where nobody sets another day (UTC)."""
    return policies.letter_due_at(case)


def supervise(case: Case, actor: Person, *, words: str, until_on: date | None = None) -> CaseEvent:
    """督办: the township or the discipline office watches it; the holding team reads why, and answers by the close
    of office on a working day. Where the answer to her is given already, there is nothing for the team to answer."""
    access.require(actor, Action.SUPERVISE, case)
    if case.is_supervised:
        raise Conflict(N_("已经在督办了。"))
    until_at = None
    if case.status in clocks.OPEN:
        until_at = letter_due_at(case) if until_on is None else _close_of(case, until_on)
    event = workflow.record(case, Action.SUPERVISE, actor, until_at=until_at)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def answer_letter(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """回复督办: the owner, or a member of the team that holds it, answers the letter, late rather than never."""
    access.require(actor, Action.ANSWER_SUPERVISION, case)
    if workflow.open_letter(case) is None:
        raise Conflict(N_("没有等着回复的督办单。"))
    _require_words(words, N_("请写明办到哪一步、什么时候能办好。"))
    event = workflow.record(case, Action.ANSWER_SUPERVISION, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def end_supervision(case: Case, actor: Person) -> CaseEvent:
    """结束督办."""
    access.require(actor, Action.END_SUPERVISION, case)
    if not case.is_supervised:
        raise Conflict(N_("没有在督办。"))
    return workflow.record(case, Action.END_SUPERVISION, actor)


def _close_of(case: Case, day: date) -> datetime:
    """The close of office on the day by which an answer is wanted."""
    until_at = deadlines.closing(day, policies.of(case).close_of_office)
    if until_at <= clock.now() or not policies.calendar_of(case.area_code).is_working(day):
        raise Refusal(N_("请选一个还没过去的工作日。"), field="until_on")
    return until_at


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise Refusal(sentence, field="words")
