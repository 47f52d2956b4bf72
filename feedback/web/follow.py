"""查进度: her way back to her case with the sixteen digits, and everything she may say on it.

The receipt travels in the body of a POST, never in an address. A wrong one and an unknown one look alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from config import PHOTOS_PER_FORM
from feedback import closure, contents, db, intake, publicity, workflow
from feedback.errors import Missing, Refusal
from feedback.intake.letters import TEXT_LENGTH
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import EXCLUDED, Action, Answer, Contact, Outcome, Status
from feedback.web import door, phone, safety, signboard, story, wording
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

bp = Blueprint("follow", __name__)

SIGNS = {"enquiry": "问", "help": "帮", "complaint": "诉", "suggestion": "议"}
RATINGS = ((5, N_("很满意")), (4, N_("满意")), (3, N_("一般")), (2, N_("不满意")), (1, N_("很不满意")))
TITLE_LENGTH = 28
"""Characters of her words that make the title of her page."""


@dataclass
class Said:
    """What she just sent, as the page shows it again."""

    notice: str = ""
    fault: str = ""
    text: str = ""
    status: int = 200
    photo_faults: list[str] = field(default_factory=list)


@bp.get("/c")
def show() -> ResponseReturnValue:
    """The case that is open in this browser, else a field for the receipt and the list of this phone."""
    digits = phone.opened_digits()
    if not digits:
        return _entry()
    try:
        case, digits = intake.find(digits, remote=request.remote_addr)
    except Missing:
        phone.close_case()
        return _entry()
    return _case_page(case, digits, Said())


@bp.post("/c")
@safety.keeps_words
def act() -> ResponseReturnValue:
    """Opens a case with its receipt; with an action, does it and shows the case as it then stands."""
    action = request.form.get("action", "")
    if action in ON_PHONE and not safety.is_stale():
        return ON_PHONE[action]()
    written = request.form.get("receipt", "") or _from_list() or (phone.opened_digits() if action else "")
    try:
        case, digits = intake.find(written, remote=request.remote_addr)
    except Refusal as refused:
        return _entry(refused)
    if safety.is_stale() and action:
        said = Said(notice=_("这一页放得久了，刚才那一步没有记下。请再按一次。"), text=_text(), status=400)
        return _case_page(case, digits, said)
    if action == "remember":
        return _remember(case, digits)
    return _case_page(case, digits, _do(action, case, digits) if action else Said())


@bp.get("/c/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    """One photo of the case that is open in this browser."""
    digits = phone.opened_digits()
    if not digits:
        raise Missing
    case, digits = intake.find(digits, remote=request.remote_addr)
    return Response(contents.photo_bytes(case, photo_id, {Audience.HER}), mimetype="image/jpeg")


# ---------------------------------------------------------------- what she does


def _do(action: str, case: Case, digits: str) -> Said:
    """Does one of her actions and commits; what can't be done is a sentence, and her words stay."""
    said = Said(text=_text())
    try:
        perform = ACTIONS.get(action)
        if perform is None:
            raise Refusal(N_("这一步没有看懂。请再按一次。"))
        uploads = door.uploads() if action in WITH_PHOTOS else []
        taken = contents.take_photos(case, uploads) if uploads else contents.Taken()
        case, digits = intake.find(digits, remote=request.remote_addr, for_change=True)
        if not _was_done(case, action):
            _require_unchanged(case)
            perform(case, taken)
        db.session.commit()
    except Refusal as refused:
        db.session.rollback()
        return Said(fault=sentence_of(refused), text=said.text, status=refused.status)
    said.text, said.notice = "", _done(action, case)
    said.photo_faults = [sentence_of(fault) for fault in taken.faults.values()]
    return said


def _answer(case: Case, taken: contents.Taken) -> None:
    closure.answer(case, words=_text(), photos=taken.stored)


def _add(case: Case, taken: contents.Taken) -> None:
    closure.add(case, words=_text(), photos=taken.stored)


def _confirm(case: Case, taken: contents.Taken) -> None:
    said = request.form.get("answer", "")
    if said not in {Answer.SOLVED, Answer.ACCEPTED}:
        raise Refusal(N_("请选一个：解决了，还是没解决。"), field="answer")
    closure.confirm(case, says=Answer(said))


def _dispute(case: Case, taken: contents.Taken) -> None:
    closure.dispute(case, words=_text(), photos=taken.stored)


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
    "witness": _witness,
}
WITH_PHOTOS = {"answer", "add", "dispute"}


def _text() -> str:
    return request.form.get("text", "").strip()


def _require_unchanged(case: Case) -> None:
    """Refuses where something that matters happened since the page she looks at."""
    seen = request.form.get("n", type=int)
    if seen is not None:
        workflow.require_unchanged(case, seen)


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
            return contents.words_of(case, event.n, {Audience.HER}) == _text()


def _done(action: str, case: Case) -> str:
    """What was recorded, in a sentence."""
    if action == "dispute":
        if case.status is Status.ASSIGNED:
            return _("已记下：没解决。交给%(team)s重办，换人，期限照旧。", team=case.team.name)
        return _("已记下：没解决。已经重办过两次，这次不再换人；可以打镇里的电话。")
    return {
        "answer": _("已记下您的答复。"), "add": _("已补上。"), "confirm": _("已记下。这件事办结了，30 天内还能改口。"),
        "rate": _("已记下您的评价。"), "withdraw": _("已撤回。"), "witness": _("已记下，谢谢您说一声。"),
    }[action]


# ---------------------------------------------------------------- what stays on this phone


def _leave() -> ResponseReturnValue:
    phone.close_case()
    return redirect(url_for(".show"), 303)


def _forget() -> ResponseReturnValue:
    answer = redirect(url_for(".show"), 303)
    assert isinstance(answer, Response)
    phone.forget(answer, request.form.get("item", -1, type=int))
    return answer


ON_PHONE: dict[str, Callable[[], ResponseReturnValue]] = {"leave": _leave, "forget": _forget}


def _remember(case: Case, digits: str) -> ResponseReturnValue:
    """She pressed 「记在这部手机」, on the receipt or on her case; a case about somebody is never remembered."""
    if case.about is not None:
        raise Refusal(N_("说到人的事，不记在手机上。"))
    page = _case_page(case, digits, Said(notice=_("已记在这部手机。下次打开“我的事”，输查询码后四位就行。")))
    answer = make_response(page)
    phone.remember(answer, case, digits)
    return answer


def _from_list() -> str:
    """The receipt of a line of the list, completed by the four digits she typed."""
    return phone.receipt_of(request.form.get("item", -1, type=int), request.form.get("tail", "").strip())


# ---------------------------------------------------------------- pages


def _entry(refused: Refusal | None = None) -> ResponseReturnValue:
    """The field for the receipt; after a wrong one the sentence, and what was typed."""
    item = request.form.get("item", type=int)
    return render_template(
        "door/follow.html", mine=phone.remembered(), signs=SIGNS, item=item,
        problem=sentence_of(refused) if refused else "", typed=request.form.get("receipt", ""),
    ), refused.status if refused else 200


def _case_page(case: Case, digits: str, said: Said) -> ResponseReturnValue:
    phone.open_case(digits)
    happened = story.events(case)
    page = render_template(
        "door/case.html", case=case, digits=digits, said=said, title=_title(case), status=_status(case),
        steps=story.told(case, happened), n=case.events_count, offers=_offers(case), ask=_question(case, happened),
        last_report=_last_report(case, happened), witness=_to_witness(case), closes_at=closure.closes_at(case),
        hers_until=closure.hers_until(case), texts=publicity.of(case.area_code),
        place=signboard.place_of(case.area), may_remember=case.about is None and not phone.holds(digits),
        most_words=TEXT_LENGTH, most_photos=PHOTOS_PER_FORM, sign=SIGNS[case.kind.value],
        ratings=[(value, wording.translate(words)) for value, words in RATINGS],
        wants_to_withdraw=request.form.get("view") == "withdraw",
    )
    return page, said.status


def _title(case: Case) -> str:
    words = contents.words_of(case, 1, {Audience.HER}).split("\n")[0].strip()
    if not words:
        return _("您说的事")
    return words if len(words) <= TITLE_LENGTH else words[:TITLE_LENGTH] + "…"


def _status(case: Case) -> tuple[str, str]:
    """The tag under the title: words and weight."""
    match case.status:
        case Status.NEW:
            return _("等着派人"), ""
        case Status.ASSIGNED:
            return (_("超期，还没人联系"), "overdue") if case.is_overdue else (_("等人接手"), "")
        case Status.IN_PROGRESS if case.asked_at is not None:
            return _("等您答复"), "today"
        case Status.IN_PROGRESS:
            return (_("超期，还在办"), "overdue") if case.is_overdue else (_("办理中"), "")
        case Status.REPORTED_BACK:
            return _("等您回话"), "today"
    return _closed_words(case), ""


def _closed_words(case: Case) -> str:
    if case.outcome in EXCLUDED:
        return {
            Outcome.WITHDRAWN: _("已撤回"), Outcome.MERGED: _("并到另一件一起办"),
            Outcome.DECLINED: _("不予受理"), Outcome.INVALID: _("按无效处理"),
        }[case.outcome]
    if case.is_unconfirmed:
        return _("已办结，未确认")
    return {
        Answer.SOLVED: _("已办结，您说解决了"), Answer.ACCEPTED: _("已办结，您说可以接受"),
        Answer.NOT_SOLVED: _("已办结，您说没解决"), None: _("已办结，未确认"),
    }[case.answer]


def _offers(case: Case) -> set[str]:
    """What she may do now; what can't be done is absent, not grey."""
    hers, asked_of_her = closure.still_hers(case), case.outcome not in EXCLUDED
    found = {
        "answer": case.status is Status.IN_PROGRESS and case.asked_at is not None,
        "add": workflow.is_possible(case, Action.ADD),
        "confirm": workflow.is_possible(case, Action.CONFIRM) and hers and asked_of_her
        and not (case.closed_at is not None and case.answer is Answer.SOLVED),
        "accept": case.outcome is not Outcome.RESOLVED,
        "dispute": workflow.is_possible(case, Action.DISPUTE) and hers
        and case.outcome not in {Outcome.WITHDRAWN, Outcome.INVALID},
        "rate": workflow.is_possible(case, Action.RATE) and hers and asked_of_her,
        "withdraw": workflow.is_possible(case, Action.WITHDRAW),
    }
    return {name for name, holds in found.items() if holds}


def _question(case: Case, happened: list[CaseEvent]) -> tuple[str, str] | None:
    """The open question: who asks, and what."""
    if case.asked_at is None:
        return None
    event = [one for one in happened if one.action is Action.ASK][-1]
    return story.who(event), contents.words_of(case, event.n, {Audience.HER})


def _last_report(case: Case, happened: list[CaseEvent]) -> story.Report | None:
    """The answer she is asked about."""
    if case.outcome is None or case.outcome is Outcome.WITHDRAWN:
        return None
    last = [one for one in happened if one.action in {Action.REPORT_BACK, Action.DECLINE, Action.MERGE}]
    return story.report(case, last[-1]) if last else None


def _to_witness(case: Case) -> list[tuple[CaseEvent, str]]:
    """The visits and responses she has not spoken on yet, latest first, at most two."""
    if not closure.still_hers(case) or not workflow.is_possible(case, Action.WITNESS):
        return []
    asked = [event for event in closure.to_witness(case) if event.contact is not Contact.MESSAGE]
    return [(event, story.who(event)) for event in reversed(asked)][:2]

