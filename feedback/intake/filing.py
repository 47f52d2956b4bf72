"""提交: a letter becomes a case, once.

The receipt is the key: the same receipt with the same letter gives the same case again, with another letter it
is refused and nothing is stored. Where a case belongs is decided here from the door; whom it is about may move
it up (`recusal`), and who gets it is `routing`'s.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

import config
from feedback import (
    access,
    clock,
    contents,
    db,
    matters,
    photos,
    policies,
    receipts,
    recusal,
    sealing,
    teams,
    throttle,
    workflow,
)
from feedback.errors import Busy, Forbidden, Refusal
from feedback.intake import drafts
from feedback.intake.letters import Incomplete, Letter, Renewed, UsedReceipt, faults
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.contents import Audience, Field
from feedback.models.kinds import VISITED_KINDS, About, Action, AnswerBy, Channel, Kind, Status
from feedback.models.people import Person
from feedback.models.places import Area, Household, Level
from feedback.models.rules import Category
from feedback.words import N_
from feedback.workflow import Who

FLOOD = 5
FLOOD_WINDOW = timedelta(hours=1)
"""A household's filings beyond so many within so long are marked: somebody looks first."""
NUMBER_DIGITS = 10


@dataclass(frozen=True)
class Doorway:
    """Through which door a letter comes: the area it belongs to (a micro-grid where the household is known),
    the household behind it, and the code that was scanned."""

    area: Area
    household: Household | None = None
    code: DoorCode | None = None
    code_works: bool = True
    """False where the code was revoked or mistyped: somebody looks first."""


@dataclass(frozen=True)
class Typist:
    """代录: who writes it down for her, how she said it, and that she agreed."""

    person: Person
    channel: Channel
    has_consent: bool


@dataclass(frozen=True)
class Filed:
    """The case, its receipt, and whether it was filed just now or had been before."""

    case: Case
    digits: str
    is_new: bool
    joins: Case | None = None
    """The case that hers is to be merged into at her word (我也遇到)."""


def take_photos(letter: Letter, uploads: Sequence[bytes]) -> None:
    """Takes the photos in; a bad one becomes a sentence in `letter.taken.faults`. Slow, and slower still for a
    door that sends too often: call it before `db.write()` and before any change.
    """
    letter.uploads = uploads
    if letter.form is None:
        return
    digest = receipts.digest(letter.form.digits)
    if (before := _filed_under(digest)) is not None:
        letter.taken.faults.update(_unusable(before, uploads))
        return
    throttle.filings.pause(letter.door)
    draft = drafts.of(digest)
    letter.waiting = len(drafts.photos(draft)) if draft else 0
    if uploads:
        letter.key = drafts.key_of(draft) if draft else sealing.new_case_key()
        room = config.PHOTOS_PER_FORM - letter.waiting
        letter.taken = contents.develop(letter.key, uploads, most=room)


def _unusable(case: Case, uploads: Sequence[bytes]) -> dict[int, Refusal]:
    """Which photos of a letter sent again were bad, and so are not missed in the case it was filed as."""
    if case.wrapped_key is None:
        return {}
    key, bad = contents.key_of(case), {}
    held = contents.names_of_photos(case)
    for place, uploaded in enumerate(uploads, 1):
        if sealing.photo_name(key, uploaded) in held:
            continue
        try:
            photos.develop(uploaded)
        except Refusal as refused:
            bad[place] = refused
    return bad


def file(letter: Letter, doorway: Doorway, *, typist: Typist | None = None) -> Filed:
    """Files the letter, or gives the case it was filed as before.

    Raises Incomplete, Renewed or UsedReceipt (all NotFiled): nothing is stored then.
    """
    if letter.form is None:
        letter.renew()
        raise Renewed
    digest = receipts.digest(letter.form.digits)
    if (before := _filed_under(digest)) is not None:
        return _again(before, letter)
    if found := [*faults(letter), *_faults_of_typist(typist)]:
        raise Incomplete(found)
    if not letter.form.is_good:
        letter.renew()
        raise Renewed
    drafts.hold(digest)
    if (before := _filed_under(digest)) is not None:
        return _again(before, letter)
    category, main = _met_before(letter, doorway, typist)
    case = _file_now(letter, doorway, digest, typist, category)
    joins = None if case.is_marked or case.is_urgent else main
    return Filed(case, letter.form.digits, is_new=True, joins=joins)


def _filed_under(digest: bytes) -> Case | None:
    return db.session.scalar(select(Case).where(Case.receipt_digest == digest))


def _again(case: Case, letter: Letter) -> Filed:
    """The same answer to the same letter; UsedReceipt to another one."""
    if letter.form is None or case.wrapped_key is None or not _is_same(case, letter):
        letter.key = None
        letter.renew()
        letter.renewed_from = None
        raise UsedReceipt
    return Filed(case, letter.form.digits, is_new=False)


def _is_same(case: Case, letter: Letter) -> bool:
    """Same words and choices, and no photo that the case does not hold. (Fewer are fine: those of an earlier
    showing of the form waited here and are not sent again.)"""
    key = contents.key_of(case)
    if not secrets.compare_digest(case.request_digest, letter.digest(key)):
        return False
    held = contents.names_of_photos(case)
    return all(
        sealing.photo_name(key, uploaded) in held
        for place, uploaded in enumerate(letter.uploads, 1)
        if place not in letter.taken.faults
    )


def _met_before(letter: Letter, doorway: Doorway, typist: Typist | None) -> tuple[Category | None, Case | None]:
    """我也遇到: the category she chose and the case to join, if any. What is urgent, marked for checking or about
    somebody, and what leaves no household to count, goes its own way.
    """
    if not letter.also or letter.about or letter.no_door or doorway.household is None or typist is not None:
        return None, None
    return matters.chosen(letter.also, doorway.area.code)


def _file_now(
    letter: Letter, doorway: Doorway, digest: bytes, typist: Typist | None, category: Category | None
) -> Case:
    draft = drafts.of(digest)
    key = drafts.key_of(draft) if draft else letter.key or sealing.new_case_key()
    if letter.taken.stored and key != letter.key:
        raise Busy(N_("这一页正在别处送出，请再按一次。您写的都还在。"))
    case = _case_of(letter, doorway, typist, category)
    case.receipt_digest, case.request_digest = digest, letter.digest(key)
    contents.give_key(case, key)
    db.session.add(case)
    db.session.flush()
    _set_aside(case, letter)
    workflow.record(case, Action.SUBMIT, typist.person if typist else Who.VILLAGER,
                    reason="consent" if typist else None)
    if draft is not None:
        drafts.become(draft, case)
    _store(case, letter)
    throttle.filings.add(letter.door)
    return case


def _store(case: Case, letter: Letter) -> None:
    written = {Field.WORDS: letter.words, Field.NAME: letter.clean_name, Field.PHONE: letter.clean_phone}
    contents.add_all([
        contents.Said(case, kind, text, 1, Audience.HER, case.filed_at) for kind, text in written.items() if text
    ])
    if letter.taken.stored:
        held = contents.names_of_photos(case)
        contents.attach(case, [photo for photo in letter.taken.stored if photo.name not in held], n=1)


# ---------------------------------------------------------------- what kind of case it is


def _case_of(letter: Letter, doorway: Doorway, typist: Typist | None, category: Category | None) -> Case:
    kind, now = Kind(letter.kind), clock.now()
    household = None if letter.no_door else doorway.household
    area_code = doorway.area.code[: Level.TOWNSHIP.digits] if letter.no_door else doorway.area.code
    about = About(letter.about) if letter.about else None
    about_area_code = _area_complained_about(about, doorway)
    if typist is not None and not access.may_type_for(typist.person, doorway.area.code, about, about_area_code):
        raise Forbidden(N_("这件说的可能包括您自己，请让她扫门上的码自己说，或请别人代写。"))
    category_id = category.id if category else None
    promise = policies.promise(area_code, kind, letter.urgent, category_id=category_id, filed_at=now)
    answer_by = AnswerBy(letter.answer_by) if letter.answer_by else None
    return Case(
        number=_new_number(), area_code=area_code, kind=kind, category_id=category_id,
        is_urgent=letter.urgent, status=Status.NEW,
        team=teams.of(area_code) if letter.no_door else teams.waiting(area_code),
        household=household, code=doorway.code if household else None,
        about=about, about_area_code=about_area_code, answer_by=answer_by,
        channel=typist.channel if typist else Channel.DOOR, typed_by_id=typist.person.id if typist else None,
        is_marked=typist is None and _is_flood(letter, household, now),
        is_visit_wanted=household is not None and kind in VISITED_KINDS
        and answer_by not in {AnswerBy.PHONE, AnswerBy.PAGE},
        filed_at=now, arrived_at=now, events_count=0, policy_id=promise.policy_id,
        response_due_at=promise.response_due_at, handling_due_at=promise.handling_due_at,
        handling_due_original_at=promise.handling_due_at,
    )


def _area_complained_about(about: About | None, doorway: Doorway) -> str | None:
    """The micro-grid whose guardians, or the village whose cadres, the letter is about; None where unknown.

    An ended code names no house, but its guardians are still those of the door on which it hung.
    """
    if about is About.GUARDIAN:
        hung_on = doorway.code.household if doorway.code else None
        return doorway.area.prefix(Level.MICROGRID) or (hung_on.microgrid_code if hung_on else None)
    return doorway.area.prefix(Level.VILLAGE) if about is About.CADRE else None


def _set_aside(case: Case, letter: Letter) -> None:
    """A case about somebody's service is booked past them; one without its door stays the township's."""
    if case.about is None:
        return
    recusal.set_aside(case)
    if letter.no_door or len(case.area_code) < Level.VILLAGE.digits:
        recusal.book(case, recusal.taking(case, teams.of(case.area_code[: Level.TOWNSHIP.digits])))


def _is_flood(letter: Letter, household: Household | None, now: datetime) -> bool:
    if throttle.filings.is_over(letter.door):
        return True
    if household is None:
        return False
    recent = db.session.scalar(
        select(func.count()).where(Case.household_id == household.id, Case.filed_at > now - FLOOD_WINDOW)
    )
    return (recent or 0) >= FLOOD


def _new_number() -> str:
    """诉求编号: ten random digits that may be told to anybody; they open nothing."""
    while True:
        number = str(10 ** (NUMBER_DIGITS - 1) + secrets.randbelow(9 * 10 ** (NUMBER_DIGITS - 1)))
        if db.session.scalar(select(Case.id).where(Case.number == number)) is None:
            return number


def _faults_of_typist(typist: Typist | None) -> list[Refusal]:
    if typist is None:
        return []
    found = []
    if typist.channel is Channel.DOOR:
        found.append(Refusal(N_("请选她是怎么说的：当面、电话还是写在纸上"), field="channel"))
    if not typist.has_consent:
        found.append(Refusal(N_("要她本人同意才能代写"), field="consent"))
    return found
