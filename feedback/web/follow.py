"""查进度: her way back to her case with the sixteen digits, and what its page offers her now.

The receipt travels in the body of a POST, never in an address. A wrong one and an unknown one look alike.
"""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from config import PHOTOS_PER_FORM
from feedback import clocks, closure, contents, intake, publicity, urging, workflow
from feedback.errors import Missing, Refusal
from feedback.intake.letters import TEXT_LENGTH
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import EXCLUDED, Action, Answer, Contact, Outcome, Status
from feedback.web import her_word, phone, safety, signboard, story, wording
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

bp = Blueprint("follow", __name__)

SIGNS = {"enquiry": "问", "help": "帮", "complaint": "诉", "suggestion": "议"}
RATINGS = ((5, N_("很满意")), (4, N_("满意")), (3, N_("一般")), (2, N_("不满意")), (1, N_("很不满意")))
TITLE_LENGTH = 28
"""Characters of her words that make the title of her page."""


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
    return _case_page(case, digits, her_word.Said())


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
        notice = _("这一页放得久了，刚才那一步没有记下。请再按一次。")
        return _case_page(case, digits, her_word.Said(notice, text=her_word.text(), status=400))
    if action == "remember":
        return _remember(case, digits)
    return _case_page(case, digits, her_word.perform(action, case, digits) if action else her_word.Said())


@bp.get("/c/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    """One photo of the case that is open in this browser."""
    digits = phone.opened_digits()
    if not digits:
        raise Missing
    case, digits = intake.find(digits, remote=request.remote_addr)
    return Response(contents.photo_bytes(case, photo_id, {Audience.HER}), mimetype="image/jpeg")


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
    page = _case_page(case, digits, her_word.Said(notice=_("已记在这部手机。下次打开“我的事”，输查询码后四位就行。")))
    answer = make_response(page)
    phone.remember(answer, case, digits)
    return answer


def _from_list() -> str:
    """The receipt of a line of the list, completed by the four digits she typed."""
    return phone.receipt_of(request.form.get("item", -1, type=int), request.form.get("tail", "").strip())


# ---------------------------------------------------------------- pages


def _entry(refused: Refusal | None = None) -> ResponseReturnValue:
    """The field for the receipt; after a wrong one the sentence, what was typed, and words that came with it."""
    item = request.form.get("item", type=int)
    return render_template(
        "door/follow.html", mine=phone.remembered(), signs=SIGNS, item=item,
        problem=sentence_of(refused) if refused else "", typed=request.form.get("receipt", ""), kept=her_word.text(),
    ), refused.status if refused else 200


def _case_page(case: Case, digits: str, said: her_word.Said) -> ResponseReturnValue:
    phone.open_case(digits)
    happened = workflow.events(case)
    page = render_template(
        "door/case.html", case=case, digits=digits, said=said, title=_title(case), status=_status(case),
        steps=story.told(case, happened), n=case.events_count, offers=_offers(case), ask=_question(case, happened),
        last_report=_last_report(case, happened), witness=_to_witness(case), closes_at=closure.closes_at(case),
        hers_until=closure.hers_until(case), texts=publicity.of(case.area_code),
        place=signboard.place_of(case.area), may_remember=case.about is None and not phone.holds(digits),
        most_words=TEXT_LENGTH, most_photos=PHOTOS_PER_FORM, sign=SIGNS[case.kind.value],
        ratings=[(value, wording.translate(words)) for value, words in RATINGS],
        late=story.late(case, happened), has_urged=urging.reminded_today(case, None),
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
        case Status.NEW | Status.ASSIGNED if case.is_overdue and case.responded_at is None:
            return _("超期，还没人联系"), "overdue"
        case Status.NEW | Status.ASSIGNED if case.is_overdue:
            return _("超期，还没有办好"), "overdue"
        case Status.NEW:
            return _("等着派人"), ""
        case Status.ASSIGNED:
            return _("等人接手"), ""
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
        "remind": case.status in clocks.OPEN,
        "withdraw": workflow.is_possible(case, Action.WITHDRAW),
    }
    return {name for name, holds in found.items() if holds}


def _question(case: Case, happened: Sequence[CaseEvent]) -> tuple[str, str] | None:
    """The open question: who asks, and what."""
    if case.asked_at is None:
        return None
    event = [one for one in happened if one.action is Action.ASK][-1]
    return story.who(event), contents.words_of(case, event.n, {Audience.HER})


def _last_report(case: Case, happened: Sequence[CaseEvent]) -> story.Report | None:
    """The answer she is asked about."""
    if case.outcome is None or case.outcome is Outcome.WITHDRAWN:
        return None
    last = [one for one in happened if one.action in {Action.REPORT_BACK, Action.DECLINE, Action.MERGE}]
    return story.report(case, last[-1]) if last and not last[-1].by_her else None


def _to_witness(case: Case) -> list[tuple[CaseEvent, str]]:
    """The visits and responses she has not spoken on yet, latest first, at most two."""
    if not closure.still_hers(case) or not workflow.is_possible(case, Action.WITNESS):
        return []
    asked = [event for event in closure.to_witness(case) if event.contact is not Contact.MESSAGE]
    return [(event, story.who(event)) for event in reversed(asked)][:2]

