"""代录: staff write down what she says, where she agrees. The receipt is hers: it goes on a slip, not to the typist."""

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from feedback import access, db, intake, routing
from feedback.errors import Missing, Refusal
from feedback.models.kinds import Channel
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.web import safety, story
from feedback.web.auth import current_staff, role_required
from feedback.web.desk import bp, cards, finding
from feedback.web.faults import sentence_of

TYPISTS = (Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)


@dataclass(frozen=True)
class Sheet:
    """The form as it is shown: what is written on it, and what is wrong."""

    letter: intake.Letter
    channel: str = ""
    has_consent: bool = False
    wrong: dict[str, str] | None = None


@bp.get("/new")
@role_required(*TYPISTS)
def choose_door() -> ResponseReturnValue:
    asked = request.args.get("q", "").strip()[:finding.LONGEST]
    return render_template("desk/choose_door.html", asked=asked, doors=finding.doors(current_staff(), asked))


@bp.get("/new/<village_code>/<path:door>")
@role_required(*TYPISTS)
def show_sheet(village_code: str, door: str) -> ResponseReturnValue:
    household = _household(village_code, door)
    return _sheet_page(household, Sheet(intake.blank(_door_word(household))))


@bp.post("/new/<village_code>/<path:door>")
@role_required(*TYPISTS)
@safety.keeps_words
def file(village_code: str, door: str) -> ResponseReturnValue:
    household = _household(village_code, door)
    letter = intake.read(request.form, door=_door_word(household))
    sheet = Sheet(letter, request.form.get("channel", ""), bool(request.form.get("consent")), {})
    intake.take_photos(letter, [sent.read() for sent in request.files.getlist("photos") if sent.filename])
    try:
        filed = _filed(letter, household, sheet)
    except intake.NotFiled as refused:
        db.session.rollback()
        intake.keep(letter)
        db.session.commit()
        return _sheet_page(household, sheet, refused)
    page = render_template("desk/slip.html", case=filed.case, digits=filed.digits, place=cards.place(filed.case),
                           phone=letter.clean_phone, promised=story.promised(filed.case))
    db.session.commit()
    return page


def _filed(letter: intake.Letter, household: Household, sheet: Sheet) -> intake.Filed:
    if safety.is_stale():
        raise intake.Incomplete([])
    channel = Channel(sheet.channel) if sheet.channel in set(Channel) else Channel.DOOR
    doorway = intake.Doorway(area=household.microgrid, household=household)
    typist = intake.Typist(current_staff(), channel, sheet.has_consent)
    filed = intake.file(letter, doorway, typist=typist)
    if filed.is_new:
        routing.route(filed.case)
    return filed


def _household(village_code: str, door: str) -> Household:
    """The household of that door, where the person may write for it."""
    household = db.session.scalar(
        select(Household).where(Household.village_code == village_code, Household.door == door)
    )
    if household is None or not access.scope(current_staff()).covers(household.microgrid_code, *TYPISTS):
        raise Missing
    return household


def _door_word(household: Household) -> str:
    """Names this desk and door for the form's receipt."""
    return f"desk {current_staff().id} {household.id}"


def _sheet_page(household: Household, sheet: Sheet, refused: intake.NotFiled | None = None) -> ResponseReturnValue:
    faults: list[Refusal] = [*refused.faults, *sheet.letter.taken.faults.values()] if refused else []
    wrong = {fault.field or "": sentence_of(fault) for fault in faults}
    person: Person = current_staff()
    return render_template(
        "desk/on_behalf.html", household=household, letter=sheet.letter, sheet=sheet, wrong=wrong,
        refused=sentence_of(refused) if refused and not faults else "", is_stale=safety.is_stale(),
        kept=len(intake.photos_kept(sheet.letter)), channels=[one for one in Channel if one is not Channel.DOOR],
        place=f"{household.village.name} {household.door}", person=person,
    ), refused.status if refused else 200
