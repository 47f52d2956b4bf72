"""她的话: everything she may say on her case, each done once and committed, or told why not with her words kept."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import request
from sqlalchemy import select

from feedback import closure, contents, db, intake, urging, workflow
from feedback.errors import Conflict, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Outcome, Status
from feedback.web import door, story
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_


@dataclass
class Said:
    """What she just sent, as the page shows it again."""

    notice: str = ""
    fault: str = ""
    text: str = ""
    status: int = 200
    photo_faults: list[str] = field(default_factory=list)
    asks_why: str = ""
    """She said "not solved" and nothing else: the action under which her page asks what is not, at once."""


def perform(action: str, case: Case, digits: str) -> Said:
    """Does one of her actions and commits; what can't be done is a sentence, and her words stay."""
    said = Said(text=text())
    try:
        act = ACTIONS.get(action)
        if act is None:
            raise Refusal(N_("这一步没有看懂。请再按一次。"))
        uploads = door.uploads() if action in WITH_PHOTOS else []
        taken = contents.take_photos(case, uploads) if uploads else contents.Taken()
        case, digits = intake.find(digits, remote=request.remote_addr, for_change=True)
        is_apart = case.outcome is Outcome.MERGED
        if not _was_done(case, action):
            _require_unchanged(case)
            act(case, taken)
        db.session.commit()
    except Refusal as refused:
        db.session.rollback()
        return Said(fault=sentence_of(refused), text=said.text, status=refused.status)
    if action == "dispute" and not said.text and not is_apart:
        said.asks_why = "add" if workflow.is_possible(case, Action.ADD) else "dispute"
    said.text, said.notice = "", _done(action, case, is_apart=is_apart)
    said.photo_faults = [sentence_of(fault) for fault in taken.faults.values()]
    return said


def _answer(case: Case, taken: contents.Taken) -> None:
    closure.answer(case, words=text(), photos=taken.stored)


def _add(case: Case, taken: contents.Taken) -> None:
    closure.add(case, words=text(), photos=taken.stored)


def _confirm(case: Case, taken: contents.Taken) -> None:
    said = request.form.get("answer", "")
    if said not in {Answer.SOLVED, Answer.ACCEPTED}:
        raise Refusal(N_("请选一个：解决了，还是没解决。"), field="answer")
    closure.confirm(case, says=Answer(said))


def _dispute(case: Case, taken: contents.Taken) -> None:
    closure.dispute(case, words=text(), photos=taken.stored)


def _remind(case: Case, taken: contents.Taken) -> None:
    urging.remind_by_her(case)


def _rate(case: Case, taken: contents.Taken) -> None:
    said = request.form.get("rating", "")
    closure.rate(case, rating=int(said) if said in {"1", "2", "3", "4", "5"} else 0)


def _withdraw(case: Case, taken: contents.Taken) -> None:
    closure.withdraw(case)


def _witness(case: Case, taken: contents.Taken) -> None:
    """Each of `came` and `contacted` speaks of the visit or the response named by `of`, else of the latest."""
    spoken = False
    for name, what in (("came", Action.VISIT), ("contacted", Action.RESPOND)):
        said = request.form.get(name, "")
        if said not in {"yes", "no"}:
            continue
        open_ones = [event.n for event in closure.to_witness(case) if event.action is what]
        of = request.form.get("of", type=int)
        closure.witness(case, of_n=of if of is not None else max(open_ones, default=0), yes=said == "yes")
        spoken = True
    if not spoken:
        raise Refusal(N_("请选有，还是没有。"))


ACTIONS: dict[str, Callable[[Case, contents.Taken], None]] = {
    "answer": _answer, "add": _add, "confirm": _confirm, "dispute": _dispute, "rate": _rate, "withdraw": _withdraw,
    "witness": _witness, "remind": _remind,
}
WITH_PHOTOS = {"answer", "add", "dispute"}


def text() -> str:
    """What she typed."""
    return request.form.get("text", "").strip()


def _require_unchanged(case: Case) -> None:
    """Refuses where something that matters happened since the page she looks at."""
    seen = request.form.get("n", type=int)
    if seen is None:
        return
    try:
        workflow.require_unchanged(case, seen)
    except Conflict as overtaken:
        raise Conflict(N_("刚才有了新的进展，您这一步没有记下。请看看下面，再按一次。")) from overtaken


def _was_done(case: Case, action: str) -> bool:
    """Whether the same press arrived before: the same action of hers, the same words, after what she had seen."""
    seen = request.form.get("n", type=int)
    if seen is None:
        return False
    later = db.session.scalars(
        select(CaseEvent).where(
            CaseEvent.case_id == case.id, CaseEvent.n > seen, CaseEvent.by_her, CaseEvent.action == Action(action),
        )
    )
    return any(_is_same(case, event) for event in later)


def _is_same(case: Case, event: CaseEvent) -> bool:
    match event.action:
        case Action.RATE:
            return str(event.rating) == request.form.get("rating")
        case Action.WITNESS:
            return str(event.of_n) == request.form.get("of")
        case Action.CONFIRM:
            return event.answer is not None and event.answer.value == request.form.get("answer")
        case _:
            return contents.words_of(case, event.n, {Audience.HER}) == text()


def _done(action: str, case: Case, *, is_apart: bool) -> str:
    """What was recorded, in a sentence. `is_apart`: hers was merged before."""
    if action == "dispute" and is_apart and case.status is Status.ASSIGNED:
        return _("已记下：您要单独办。交给%(team)s，期限照旧。", team=case.team.name)
    if action == "dispute":
        if case.status is Status.ASSIGNED:
            return _("已记下：没解决。交给%(team)s重办，换人，期限照旧。", team=case.team.name)
        return _("已记下：没解决。已经重办过两次，这次不再换人；可以打镇里的电话。")
    return {
        "answer": _("已记下您的答复。"), "add": _("已补上。"), "confirm": _("已记下。这件事办结了，30 天内还能改口。"),
        "rate": _("已记下您的评价。"), "remind": _("催过了，已提醒%(whom)s。", whom=story.urged(case)),
        "withdraw": _("已撤回。"), "witness": _("已记下，谢谢您说一声。"),
    }[action]
