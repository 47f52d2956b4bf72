"""办一步: one act on one case, the same way for each: show its page, ask the rule, commit, go back to the case.

Two people at once: one wins, the other is told who was quicker, and keeps every word.
"""

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from feedback import access, contents, db, workflow
from feedback.errors import Conflict, Refusal
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.models.people import Person
from feedback.web import safety, wording
from feedback.web.auth import current_staff
from feedback.web.desk import bp, cards, offers
from feedback.web.desk.forms import ActForm
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _

Photos = Sequence[contents.Stored]
Step = Callable[[Case, Person], object]
StepWithPhotos = Callable[[Case, Person, Photos], object]
WORDS = ("words", "why_no_visit")
"""Fields whose words nobody wants to type twice."""


def opened(number: str, action: Action) -> Case:
    """The case for the page of an act: it exists for the person, nothing overtook it, and the act is possible."""
    sees = request.form.get("n", type=int) if action not in workflow.QUIET else None
    case = access.case_or_404(current_staff(), number, facts_only=True, seen_n=sees)
    access.require(current_staff(), action, case)
    return case


def is_sent(form: ActForm) -> bool:
    """Whether a good form was sent just now (else its page is shown, with what is wrong)."""
    return request.method == "POST" and not safety.is_stale() and bool(form.validate())


def page(
    case: Case, action: Action, form: ActForm, *, intro: str = "", refused: Refusal | None = None
) -> ResponseReturnValue:
    """The page of an act; a refusal stands at its field. Photos that came with it have to be chosen again."""
    form.n.data = case.events_count
    wrong = {name: str(errors[0]) for name, errors in form.errors.items() if name in form and errors}
    if refused is not None:
        wrong[refused.field or ""] = sentence_of(refused)
    reads = access.may_read(current_staff(), case)
    status = refused.status if refused else 400 if form.errors or safety.is_stale() else 200
    return render_template(
        "desk/act.html", case=case, action=action, form=form, wrong=wrong, intro=intro, photos_lost=bool(_sent()),
        title=wording.translate(offers.WORDS[action]), is_stale=safety.is_stale(),
        place=cards.place(case, with_door=reads), words=contents.words_of(case, 1) if reads else "",
    ), status


def do(number: str, action: Action, form: ActForm, step: Step, *, intro: str = "") -> ResponseReturnValue:
    """Shows the page of an act, or does it and goes back to the case."""
    return do_with_photos(number, action, form, lambda case, person, photos: step(case, person), intro=intro)


def do_with_photos(
    number: str, action: Action, form: ActForm, step: StepWithPhotos, *, intro: str = ""
) -> ResponseReturnValue:
    """The same for an act that may bring photos: they are developed before anybody has to wait."""
    case = opened(number, action)
    if not is_sent(form):
        return page(case, action, form, intro=intro)
    photos = _taken(case)
    seen = None if action in workflow.QUIET else form.n.data
    try:
        case = access.case_or_404(current_staff(), number, for_change=True, seen_n=seen, facts_only=True)
        step(case, current_staff(), photos)
    except Refusal as refused:
        db.session.rollback()
        if refused.field is None or refused.field not in form:
            raise
        return page(opened(number, action), action, form, intro=intro, refused=refused)
    db.session.commit()
    return done(number, action)


def done(number: str, action: Action) -> ResponseReturnValue:
    """Back to the case where the person still sees it, else to the queue."""
    person = current_staff()
    flash(_("已记下：%(what)s。", what=wording.translate(action.label)))
    still = db.session.scalar(access.facts(person).where(Case.number == number))
    return redirect(url_for("desk.show_case", number=number) if still else url_for("desk.show_queue"), 303)


@bp.errorhandler(Conflict)
def overtaken(conflict: Conflict) -> ResponseReturnValue:
    """Who was quicker, or what the case has become; what was written stands there to be copied."""
    db.session.rollback()
    number = (request.view_args or {}).get("number", "")
    still = db.session.scalar(access.facts(current_staff()).where(Case.number == number))
    kept = [words for name in WORDS if (words := request.form.get(name, "").strip())]
    return render_template("desk/overtaken.html", sentence=sentence_of(conflict), kept=kept,
                           number=number if still else None), conflict.status


def _sent() -> list[FileStorage]:
    return [sent for sent in request.files.getlist("photos") if sent.filename]


def _taken(case: Case) -> Photos:
    """The photos of this form, developed and stored; a bad one stops the act with its sentence."""
    uploads = [sent.read() for sent in _sent()]
    if not uploads:
        return []
    taken = contents.take_photos(case, uploads)
    for fault in taken.faults.values():
        raise fault
    return taken.stored
