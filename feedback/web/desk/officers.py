"""村镇的办法: what officers of the village and the township, and the discipline office, do with a case."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from feedback import access, closure, contents, db, recusal, worklist
from feedback.errors import Missing, Refusal
from feedback.models.cases import Case
from feedback.models.kinds import Action, Answer, Outcome
from feedback.models.people import Person
from feedback.web import story
from feedback.web.auth import current_staff, staff_may
from feedback.web.desk import act, bp, cards
from feedback.web.desk.acts import BOTH
from feedback.web.desk.forms import (
    ActForm,
    DeclineForm,
    EraseForm,
    FollowUpForm,
    HideForm,
    MergeForm,
    PerhapsWordsForm,
    RecuseForm,
    WordsToHerForm,
    choices,
)
from feedback.web.languages import gettext as _
from feedback.words import N_
from feedback.workflow import Who

MYSELF, TO_DISCIPLINE = "me", "discipline"


@bp.route("/cases/<number>/decline", methods=BOTH)
@staff_may(Action.DECLINE)
def decline(number: str) -> ResponseReturnValue:
    form = DeclineForm()
    return act.do(number, Action.DECLINE, form, lambda case, person: closure.decline(
        case, person, outcome=Outcome(form.outcome.data), words=form.words.data))


@bp.route("/cases/<number>/merge", methods=BOTH)
@staff_may(Action.MERGE)
def merge(number: str) -> ResponseReturnValue:
    form = MergeForm(into=request.args.get("into", ""))
    return act.do(number, Action.MERGE, form, lambda case, person: closure.merge(
        case, person, _main_case(person, form), words=form.words.data),
        intro=_("同一件事才并。两边的查询码都照样能用。"))


@bp.route("/cases/<number>/unmerge", methods=BOTH)
@staff_may(Action.UNMERGE)
def unmerge(number: str) -> ResponseReturnValue:
    form = PerhapsWordsForm()
    return act.do(number, Action.UNMERGE, form, lambda case, person: closure.unmerge(
        case, person, words=form.words.data or ""), intro=_("拆开以后单独办，期限照旧。"))


@bp.route("/cases/<number>/reopen", methods=BOTH)
@staff_may(Action.REOPEN)
def reopen(number: str) -> ResponseReturnValue:
    form = WordsToHerForm()
    return act.do(number, Action.REOPEN, form, lambda case, person: closure.reopen(
        case, person, words=form.words.data), intro=_("再办一次，期限照旧。"))


@bp.route("/cases/<number>/follow-up", methods=BOTH)
@staff_may(Action.FOLLOW_UP)
def follow_up(number: str) -> ResponseReturnValue:
    form = FollowUpForm()
    return act.do(number, Action.FOLLOW_UP, form, lambda case, person: closure.follow_up(
        case, person, says=Answer(form.says.data), words=form.words.data or "", consents=form.consents.data),
        intro=_("打电话或当面问她：解决了没有。记的是她的话，注明不是她自己填的。"))


@bp.route("/cases/<number>/recuse", methods=BOTH)
@staff_may(Action.RECUSE)
def recuse(number: str) -> ResponseReturnValue:
    form, case = RecuseForm(), act.opened(number, Action.RECUSE)
    others = _who_may_be_recused(case, current_staff())
    form.person.choices = choices({
        MYSELF: _("我自己回避"), TO_DISCIPLINE: _("转给纪委：话里说有人贪、拿、要"),
        **{name: _("请%(name)s回避", name=one.name) for name, one in others.items()},
    })
    return act.do(number, Action.RECUSE, form, lambda case, person: _recused(case, person, form, others),
                  intro=_("回避以后，这件事对回避的人就不存在了，由上一级受理。"))


@bp.route("/cases/<number>/reissue-receipt", methods=BOTH)
@staff_may(Action.REISSUE_RECEIPT)
def reissue_receipt(number: str) -> ResponseReturnValue:
    """The new digits stand on the slip of this answer only."""
    form, case = ActForm(), act.opened(number, Action.REISSUE_RECEIPT)
    if not act.is_sent(form):
        intro = _("问清楚是她本人再补。旧的查询码从现在起不能用。")
        return act.page(case, Action.REISSUE_RECEIPT, form, intro=intro)
    case = access.case_or_404(current_staff(), number, for_change=True)
    digits = closure.reissue_receipt(case, current_staff())
    page = render_template("desk/slip.html", case=case, digits=digits, place=cards.place(case), phone="",
                           promised=story.promised(case))
    db.session.commit()
    return page


@bp.route("/cases/<number>/hide", methods=BOTH)
@staff_may(Action.HIDE)
def hide(number: str) -> ResponseReturnValue:
    form, case = HideForm(), act.opened(number, Action.HIDE)
    said = {str(one.id): one.text[:40] for one in contents.words(case) if not one.is_hidden}
    taken = {str(one.id): _("照片 %(n)s", n=place)
             for place, one in enumerate(contents.photos_of(case), 1) if not one.is_hidden}
    form.pieces.choices = choices(said | taken)
    return act.do(number, Action.HIDE, form, lambda case, person: _hidden(case, person, form),
                  intro=_("她要求屏蔽的，谁也不再看到；办过什么都还在。"))


@bp.route("/cases/<number>/erase", methods=BOTH)
@staff_may(Action.ERASE)
def erase(number: str) -> ResponseReturnValue:
    form = EraseForm()
    return act.do(number, Action.ERASE, form, lambda case, person: closure.erase(case, person),
                  intro=_("文字、称呼、电话、照片全部删除，只留下哪天办过什么。"))


def _main_case(person: Person, form: MergeForm) -> Case:
    """The case to merge into, by the number that was typed."""
    try:
        return access.case_or_404(person, form.into.data.strip())
    except Missing as missing:
        raise Refusal(N_("没有找到要并到的那一件。"), field="into") from missing


def _who_may_be_recused(case: Case, person: Person) -> dict[str, Person]:
    """Members of the holding team, for those who may say so of others."""
    if not access.relations(person, case) & {Who.ABOVE, Who.DISCIPLINE}:
        return {}
    people = {one.username: one for one in recusal.available(case.team, case) if one.id != person.id}
    return people | ({case.owner.username: case.owner} if case.owner and case.owner_id != person.id else {})


def _recused(case: Case, person: Person, form: RecuseForm, others: dict[str, Person]) -> None:
    words = form.words.data or ""
    if form.person.data == TO_DISCIPLINE:
        worklist.recuse_to_discipline(case, person, words=words)
    else:
        worklist.recuse(case, person, others.get(form.person.data, person), words=words)


def _hidden(case: Case, person: Person, form: HideForm) -> None:
    if not form.pieces.data:
        raise Refusal(N_("请选要屏蔽的。"), field="pieces")
    closure.hide(case, person, piece_ids=[int(piece) for piece in form.pieces.data])
