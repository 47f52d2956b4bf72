"""时间上的办法: more time, urging, the letter of supervision and its answer, appeals against cards."""

from flask.typing import ResponseReturnValue

from feedback import appeals, cards, clock, contents, extensions, urging, workflow
from feedback.cards import Given
from feedback.deadlines import LONGEST_EXTENSION
from feedback.errors import Missing
from feedback.models.cases import Case
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.web import languages, wording
from feedback.web.auth import current_staff, staff_may
from feedback.web.desk import act, bp, standing
from feedback.web.desk.acts import BOTH
from feedback.web.desk.forms import (
    ActForm,
    AnswerLetterForm,
    AppealForm,
    AskExtensionForm,
    DecideAppealForm,
    ExtendForm,
    RefuseExtensionForm,
    SuperviseForm,
    WordsInsideForm,
    choices,
)
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext


@bp.route("/cases/<number>/ask-extension", methods=BOTH)
@staff_may(Action.ASK_EXTENSION)
def ask_extension(number: str) -> ResponseReturnValue:
    form, case = AskExtensionForm(), act.opened(number, Action.ASK_EXTENSION)
    offer_days(form, case, LONGEST_EXTENSION)
    return act.do(number, Action.ASK_EXTENSION, form, lambda case, person: extensions.ask(
        case, person, days=int(form.days.data), words=form.words.data), intro=_now_due(case))


@bp.route("/cases/<number>/extend", methods=BOTH)
@staff_may(Action.EXTEND)
def extend(number: str) -> ResponseReturnValue:
    case = act.opened(number, Action.EXTEND)
    asked = extensions.asked_days(case)
    form = ExtendForm(days=str(asked))
    offer_days(form, case, asked)
    return act.do(number, Action.EXTEND, form, lambda case, person: extensions.grant(
        case, person, days=int(form.days.data), words=form.words.data),
        intro=_said(standing.request(case, current_staff())))


@bp.route("/cases/<number>/refuse-extension", methods=BOTH)
@staff_may(Action.REFUSE_EXTENSION)
def refuse_extension(number: str) -> ResponseReturnValue:
    form, case = RefuseExtensionForm(), act.opened(number, Action.REFUSE_EXTENSION)
    return act.do(number, Action.REFUSE_EXTENSION, form, lambda case, person: extensions.refuse(
        case, person, words=form.words.data), intro=_said(standing.request(case, current_staff())))


@bp.route("/cases/<number>/remind", methods=BOTH)
@staff_may(Action.REMIND)
def remind(number: str) -> ResponseReturnValue:
    form = WordsInsideForm()
    return act.do(number, Action.REMIND, form, lambda case, person: urging.remind(
        case, person, words=form.words.data), intro=_("持件队会看到。同一件一天催一次。"))


@bp.route("/cases/<number>/supervise", methods=BOTH)
@staff_may(Action.SUPERVISE)
def supervise(number: str) -> ResponseReturnValue:
    case = act.opened(number, Action.SUPERVISE)
    form = SuperviseForm(until_on=clock.local(urging.letter_due_at(case)).date())
    intro = _("持件队会看到为什么督办，要在这一天下班前回复。")
    if case.reported_at is not None:
        del form.until_on
        intro = _("持件队会看到为什么督办。已经反馈过，不用再回复。")
    return act.do(number, Action.SUPERVISE, form, lambda case, person: urging.supervise(
        case, person, words=form.words.data, until_on=form.until_on.data if form.until_on else None), intro=intro)


@bp.route("/cases/<number>/answer-supervision", methods=BOTH)
@staff_may(Action.ANSWER_SUPERVISION)
def answer_supervision(number: str) -> ResponseReturnValue:
    form, case = AnswerLetterForm(), act.opened(number, Action.ANSWER_SUPERVISION)
    return act.do(number, Action.ANSWER_SUPERVISION, form, lambda case, person: urging.answer_letter(
        case, person, words=form.words.data), intro=_said(standing.letter(case, current_staff())))


@bp.route("/cases/<number>/end-supervision", methods=BOTH)
@staff_may(Action.END_SUPERVISION)
def end_supervision(number: str) -> ResponseReturnValue:
    return act.do(number, Action.END_SUPERVISION, ActForm(), urging.end_supervision)


@bp.route("/cases/<number>/cards/<int:n>/appeal", methods=BOTH)
@staff_may(Action.APPEAL)
def appeal(number: str, n: int) -> ResponseReturnValue:
    form, case = AppealForm(), act.opened(number, Action.APPEAL)
    return act.do(number, Action.APPEAL, form, lambda case, person: appeals.appeal(
        case, person, n=n, words=form.words.data),
        intro=_("%(card)s。由没有经手的镇干部答复，写明理由。", card=standing.title(_card(case, n))))


@bp.route("/cases/<number>/cards/<int:n>/decide", methods=BOTH)
@staff_may(Action.DECIDE_APPEAL)
def decide_appeal(number: str, n: int) -> ResponseReturnValue:
    form, case = DecideAppealForm(), act.opened(number, Action.DECIDE_APPEAL)
    return act.do(number, Action.DECIDE_APPEAL, form, lambda case, person: appeals.decide(
        case, person, n=n, upholds=form.decision.data == cards.UPHELD, words=form.words.data),
        intro=_appealed(case, _card(case, n)))


def offer_days(form: AskExtensionForm | ExtendForm, case: Case, most: int) -> None:
    """So many working days, each with the due it would give."""
    form.days.choices = choices({str(days): _until(case, days) for days in range(1, most + 1)}, _("请选"))


def _until(case: Case, days: int) -> str:
    """「3 个工作日，到 11 月 12 日（周四）17:30」."""
    until = wording.moment_week(extensions.due_with(case, days))
    return ngettext("%(num)s 个工作日，到 %(until)s", "%(num)s 个工作日，到 %(until)s", days, until=until)


def _now_due(case: Case) -> str:
    return _("现在的期限是 %(due)s。上一级批了才算，一件事只延一次；为什么晚、晚到哪天，会告诉她。",
             due=wording.moment_week(case.handling_due_at))


def _said(item: standing.Item | None) -> str:
    """What stands open, as the introduction of the page that settles it."""
    if item is None:
        return ""
    heading = _("%(heading)s：%(words)s", heading=item.heading, words=item.words) if item.words else item.heading
    return languages.gap().join([heading if item.words else _("%(heading)s。", heading=heading), item.sentence])


def _appealed(case: Case, card: Given) -> str:
    """The card, on whom it stands, and what was said against it."""
    said = {"card": standing.title(card), "whom": standing.whom(card, current_staff())}
    words = contents.words_of(case, card.appeal_n or 0, {Audience.STAFF})
    return _("%(card)s，%(whom)s申诉：%(words)s", words=words, **said)


def _card(case: Case, n: int) -> Given:
    """The card that event drew; Missing where it drew none."""
    for one in cards.given(workflow.events(case)):
        if one.n == n:
            return one
    raise Missing
