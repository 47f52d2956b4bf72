"""延期: the owner asks the level above for more time before the due; granted once in a case's life, or refused.

Whoever grants says to her why it takes longer; the due without the extension stays beside it everywhere.
"""

from datetime import datetime

from feedback import access, clock, clocks, contents, workflow
from feedback.deadlines import LONGEST_EXTENSION
from feedback.errors import Conflict, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person
from feedback.words import N_


def ask(case: Case, actor: Person, *, days: int, words: str) -> CaseEvent:
    """申请延期: so many working days beyond the due, 1 to LONGEST_EXTENSION; why stays among staff."""
    access.require(actor, Action.ASK_EXTENSION, case)
    if case.extension_days is not None:
        raise Conflict(N_("已经延过一次，不能再延。"))
    if case.extension_asked_at is not None:
        raise Conflict(N_("已经申请过，等上级答复。"))
    if clock.now() > case.handling_due_at:
        raise Conflict(N_("已经过了期限，不能再申请延期。"))
    _require_days(days, LONGEST_EXTENSION)
    _require_words(words, N_("请写明为什么要延期。"))
    event = workflow.record(case, Action.ASK_EXTENSION, actor, days=days)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def grant(case: Case, actor: Person, *, days: int, words: str) -> CaseEvent:
    """批准延期: as many days as were asked for, or fewer, to a due that still lies ahead; she reads why and until
    when."""
    access.require(actor, Action.EXTEND, case)
    _require_days(days, asked_days(case))
    if due_with(case, days) < clock.now():
        raise Refusal(N_("延到的日子已经过了。请多批几天，或者不批。"), field="days")
    _require_words(words, N_("请写一句告诉她：为什么要晚几天。"))
    event = workflow.record(case, Action.EXTEND, actor, days=days)
    contents.add_words(case, words, n=event.n, audience=Audience.HER)
    return event


def refuse(case: Case, actor: Person, *, words: str) -> CaseEvent:
    """不批延期: the due stays; why stays among staff."""
    access.require(actor, Action.REFUSE_EXTENSION, case)
    asked_days(case)
    _require_words(words, N_("请写明为什么不批。"))
    event = workflow.record(case, Action.REFUSE_EXTENSION, actor)
    contents.add_words(case, words, n=event.n, audience=Audience.STAFF)
    return event


def due_with(case: Case, days: int) -> datetime:
    """The handling due (UTC) as so many working days would make it."""
    return clocks.handling_dues(case, extension_days=days)[0]


def asked_days(case: Case) -> int:
    """How many were asked for; Conflict where no request is open."""
    if case.extension_asked_days is None:
        raise Conflict(N_("没有等着答复的延期申请。"))
    return case.extension_asked_days


def _require_days(days: int, most: int) -> None:
    if not 1 <= days <= most:
        raise Refusal(N_("请写 1 到 {most} 之间的工作日数。"), field="days", most=most)


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise Refusal(sentence, field="words")
