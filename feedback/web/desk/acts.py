"""办件: what the members of the holding team do with a case, each a page with one form."""

from flask import request
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from feedback import access, contents, db, matters, recusal, worklist
from feedback.administration import rules
from feedback.errors import Refusal
from feedback.models.cases import Case
from feedback.models.kinds import Action, Contact, Kind, Outcome
from feedback.models.people import Person, Team
from feedback.models.rules import Category
from feedback.web import wording
from feedback.web.auth import current_staff, staff_may
from feedback.web.desk import act, bp
from feedback.web.desk.forms import (
    AssignForm,
    ClassifyForm,
    HandOverForm,
    NoteForm,
    PerhapsWordsForm,
    ReportBackForm,
    RespondForm,
    TeamForm,
    TransferForm,
    WordsInsideForm,
    WordsToHerForm,
    choices,
)
from feedback.web.languages import gettext as _
from feedback.words import N_

BOTH = ("GET", "POST")


@bp.route("/cases/<number>/respond", methods=BOTH)
@staff_may(Action.RESPOND)
def respond(number: str) -> ResponseReturnValue:
    form = RespondForm()
    return act.do(number, Action.RESPOND, form, lambda case, person: worklist.respond(
        case, person, contact=Contact(form.contact.data), words=form.words.data or ""))


@bp.route("/cases/<number>/note", methods=BOTH)
@staff_may(Action.NOTE)
def note(number: str) -> ResponseReturnValue:
    form = NoteForm()
    return act.do_with_photos(number, Action.NOTE, form, lambda case, person, photos: worklist.note(
        case, person, words=form.words.data or "", photos=photos))


@bp.route("/cases/<number>/ask", methods=BOTH)
@staff_may(Action.ASK)
def ask(number: str) -> ResponseReturnValue:
    form = WordsToHerForm()
    intro = _("她答复以前，期限停着，最多停 5 个工作日。急的事请打电话问。")
    return act.do(number, Action.ASK, form, lambda case, person: worklist.ask(
        case, person, words=form.words.data), intro=intro)


@bp.route("/cases/<number>/report-back", methods=BOTH)
@staff_may(Action.REPORT_BACK)
def report_back(number: str) -> ResponseReturnValue:
    form = ReportBackForm()
    case = act.opened(number, Action.REPORT_BACK)
    if case.visited_at is not None or not case.is_visit_wanted:
        del form.why_no_visit
    return act.do_with_photos(number, Action.REPORT_BACK, form, lambda case, person, photos: worklist.report_back(
        case, person, outcome=Outcome(form.outcome.data), words=form.words.data, photos=photos,
        look_again_on=form.look_again_on.data, why_no_visit=form.why_no_visit.data or "" if form.why_no_visit else "",
    ), intro=_("她会看到结果，7 天内说解决没解决。"))


@bp.route("/cases/<number>/release", methods=BOTH)
@staff_may(Action.RELEASE)
def release(number: str) -> ResponseReturnValue:
    form = PerhapsWordsForm()
    return act.do(number, Action.RELEASE, form, lambda case, person: worklist.release(
        case, person, words=form.words.data or ""), intro=_("放回以后，队里谁都可以接。期限不变。"))


@bp.route("/cases/<number>/hand-over", methods=BOTH)
@staff_may(Action.HAND_OVER)
def hand_over(number: str) -> ResponseReturnValue:
    form, case = HandOverForm(), act.opened(number, Action.HAND_OVER)
    people = {one.username: one for one in recusal.available(case.team, case) if one.id != case.owner_id}
    form.to.choices = choices({name: one.name for name, one in people.items()}, _("请选"))
    return act.do(number, Action.HAND_OVER, form, lambda case, person: worklist.hand_over(
        case, person, people[form.to.data], words=form.words.data or ""), intro=_("期限不变。"))


@bp.route("/cases/<number>/send-back", methods=BOTH)
@staff_may(Action.SEND_BACK)
def send_back(number: str) -> ResponseReturnValue:
    form = WordsInsideForm()
    return act.do(number, Action.SEND_BACK, form, lambda case, person: worklist.send_back(
        case, person, words=form.words.data), intro=_("退回上一级，由他们重新派单。期限不变。"))


@bp.route("/cases/<number>/escalate", methods=BOTH)
@staff_may(Action.ESCALATE)
def escalate(number: str) -> ResponseReturnValue:
    form = WordsInsideForm()
    return act.do(number, Action.ESCALATE, form, lambda case, person: worklist.escalate(
        case, person, words=form.words.data), intro=_("上一级接过去办。期限不变。"))


@bp.route("/cases/<number>/assign", methods=BOTH)
@staff_may(Action.ASSIGN)
def assign(number: str) -> ResponseReturnValue:
    form = AssignForm()
    offer_teams(form, act.opened(number, Action.ASSIGN))
    return act.do(number, Action.ASSIGN, form, lambda case, person: worklist.assign(
        case, person, chosen_team(form, case, person), words=form.words.data or ""))


@bp.route("/cases/<number>/transfer", methods=BOTH)
@staff_may(Action.TRANSFER)
def transfer(number: str) -> ResponseReturnValue:
    form = TransferForm()
    offer_teams(form, act.opened(number, Action.TRANSFER))
    return act.do(number, Action.TRANSFER, form, lambda case, person: worklist.transfer(
        case, person, chosen_team(form, case, person), words=form.words.data), intro=_("期限不变。"))


@bp.route("/cases/<number>/classify", methods=BOTH)
@staff_may(Action.CLASSIFY)
def classify(number: str) -> ResponseReturnValue:
    case = act.opened(number, Action.CLASSIFY)
    form = ClassifyForm(kind=case.kind.value, category=str(case.category_id or ""), is_urgent=case.is_urgent,
                        suggested=request.args.get("suggested", ""))
    offered = {str(one.id): one for one in categories_for(case)}
    form.category.choices = choices({key: one.name for key, one in offered.items()}, _("还没有归类"))
    offer_likely(form, case)
    return act.do(number, Action.CLASSIFY, form, lambda case, person: worklist.classify(
        case, person, kind=Kind(form.kind.data), category=offered.get(chosen_category(form)),
        is_urgent=form.is_urgent.data, words=form.words.data or ""), intro=_("两个期限都从她说的那一刻重新算。"))


def offer_likely(form: ClassifyForm, case: Case) -> None:
    """The categories her words suggest, above the full list, to one who reads her words."""
    reads = access.may_read(current_staff(), case)
    likely = matters.suggested(contents.words_of(case, 1), case.area_code) if reads else []
    if likely:
        below = SelectChoice("", _("按下面选的"))
        form.suggested.choices = [*choices({str(one.id): one.name for one in likely}), below]
    else:
        del form.suggested


def chosen_category(form: ClassifyForm) -> str:
    """A suggestion that was taken, else what the full list says."""
    taken = form.suggested.data if form.suggested else ""
    return str(taken or form.category.data)


def categories_for(case: Case) -> list[Category]:
    """Categories on offer for the case, and the one it has."""
    offered = [one for one in rules.categories(case.area_code) if one.is_active]
    own = db.session.get(Category, case.category_id) if case.category_id else None
    return offered if own is None or own in offered else [own, *offered]


def offer_teams(form: TeamForm, case: Case) -> None:
    """The teams the person may send the case to."""
    reachable = worklist.reachable_teams(case, current_staff())
    form.team.choices = choices({team_key(team): wording.translate(team.name) for team in reachable}, _("请选"))


def chosen_team(form: TeamForm, case: Case, person: Person) -> Team:
    """The team that was chosen, as it is reachable at this moment."""
    for team in worklist.reachable_teams(case, person):
        if team_key(team) == form.team.data:
            return team
    raise Refusal(N_("这一队现在不能接，请再选一队。"), field="team")


def team_key(team: Team) -> str:
    """What stands for a team in a form."""
    return f"{team.area_code} {team.id}"
