"""一件事: its whole story on one page, and at the bottom only what the reader may do with it now."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import access, contents, db, queue, worklist
from feedback.identity import devices
from feedback.models.cases import Case
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Role
from feedback.roster import contacts
from feedback.web.auth import current_sign_in, current_staff, role_required, staff_may
from feedback.web.auth.guard import HANDLERS
from feedback.web.desk import bp, cards, dues, matter, notices, offers, standing, telling
from feedback.web.desk.forms import ActForm
from feedback.web.languages import gettext as _


@bp.get("/cases/<number>")
@role_required(*HANDLERS, Role.AUDITOR)
def show_case(number: str) -> ResponseReturnValue:
    person = current_staff()
    case = access.case_or_404(person, number, facts_only=True)
    reads = access.may_read(person, case)
    contact = _masked(case) if reads else None
    return render_template(
        "desk/case.html", case=case, reads=reads, words=contents.words_of(case, 1) if reads else "",
        wordless=cards.wordless(case), pictures=telling.pictures(case).get(1, []) if reads else [],
        contact=contact, place=cards.place(case, with_door=reads), holder=cards.holder(case, person),
        team=telling.members_words(case), response=dues.response(case), handling=dues.handling(case),
        weight=dues.weight(case), steps=telling.story(case, person, with_words=reads),
        offers=offers.of(case, person, can_call=contact is not None and _has_phone(case, contact)),
        next_step=_next_step(case, person),
        standing=standing.of(case, person, with_words=reads), earlier=_earlier(case, person),
        main=_main_case(case, person), told=notices.told(case, person), matter=matter.of(case, person, reads=reads),
    )


@bp.get("/cases/<number>/photos/<int:photo_id>")
@role_required(*HANDLERS)
def photo(number: str, photo_id: int) -> ResponseReturnValue:
    case = access.case_or_404(current_staff(), number)
    return Response(contents.photo_bytes(case, photo_id), mimetype="image/jpeg")


@bp.get("/cases/<number>/contact")
@staff_may(Action.REVEAL)
def show_contact(number: str) -> ResponseReturnValue:
    """What is left of her name and number, and the button that shows all of it and is written down."""
    person = current_staff()
    case = access.case_or_404(person, number)
    access.require(person, Action.REVEAL, case)
    if not devices.is_proved(current_sign_in()):
        return redirect(url_for("auth.show_proof", next=request.path))
    return render_template("desk/contact.html", case=case, contact=_masked(case), place=cards.place(case),
                           form=ActForm(n=case.events_count), is_shown=False)


@bp.post("/cases/<number>/contact")
@staff_may(Action.REVEAL)
def reveal(number: str) -> ResponseReturnValue:
    """Shown on this answer only; looking again is another event."""
    if not devices.is_proved(current_sign_in()):
        return redirect(url_for("auth.show_proof", next=request.path))
    person = current_staff()
    case = access.case_or_404(person, number, for_change=True)
    worklist.reveal(case, person)
    page = render_template("desk/contact.html", case=case, contact=contents.contact(case), is_shown=True,
                           registered=contacts.of(case.household) if case.household else None,
                           place=cards.place(case))
    db.session.commit()
    return page


def _masked(case: Case) -> contents.Contact | None:
    """Her name and number, covered; None where nobody can be reached."""
    found = contents.contact(case).masked
    return found if found.name or _has_phone(case, found) else None


def _has_phone(case: Case, found: contents.Contact) -> bool:
    """Whether there is a number to ring: hers, or the one registered for the household."""
    return bool(found.phone) or (case.household is not None and bool(case.household.phone))


def _next_step(case: Case, person: Person) -> tuple[str, str] | None:
    """What is missing before the next thing can be done, as a heading and a sentence."""
    if case.owner_id == person.id and case.status is Status.IN_PROGRESS and worklist.needs_reason(case):
        return _("下一步：上门"), _("到了门口，用微信扫门上的码，点“我是守护人”。扫过就能写反馈。")
    if case.asked_at is not None and case.closed_at is None:
        if case.is_overdue:
            return _("等她答复"), _("问她的话她还没有答。期限已经过了，等待不再顺延。")
        return _("等她答复"), _("问她的话她还没有答。等待的时间不算在期限里，最多 5 个工作日。")
    return None


def _main_case(case: Case, person: Person) -> Case | None:
    """The case this one was merged into, where the reader may read that one."""
    return case.main_case if case.main_case is not None and access.may_read(person, case.main_case) else None


def _earlier(case: Case, person: Person) -> list[cards.Card]:
    """The household's other cases, among those the reader may read."""
    if case.household_id is None or not access.may_read(person, case):
        return []
    others = [one for one in queue.of_household(person, case.household_id) if one.id != case.id]
    return cards.of(others, person, with_offers=False)
