"""扫码的门: the page behind a plate, and what becomes of what is written there.

One letter, one receipt. Whatever keeps a letter from being filed, the same page comes back with every word and
every good photo. A code that is revoked or mistyped explains itself and still takes a letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from config import PHOTOS_PER_FORM
from feedback import closure, codes, db, intake, matters, publicity, routing
from feedback.codes import Found, Meaning
from feedback.errors import Missing, Refusal
from feedback.intake.letters import TEXT_LENGTH
from feedback.models.cases import Case
from feedback.models.kinds import Outcome, Status
from feedback.models.places import Area, Level
from feedback.models.rules import TextKey
from feedback.web import phone, safety, signboard, story, wording
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

bp = Blueprint("door", __name__)

NO_CODE = "no-code"
"""What names the door, for its receipts and its pace, where what was scanned is no code of ours."""
PAGES = {Meaning.ACTIVE: "door/door.html", Meaning.REVOKED: "door/revoked.html", Meaning.REPLACED: "door/revoked.html"}
STATUSES = {Meaning.UNKNOWN: 404, Meaning.MISTYPED: 404}
PLACES = {"kind": "kind-1"}
"""Where the error summary leads, if not to the field of the same name."""


@dataclass
class Shown:
    """A letter as the form shows it: what was typed, what is wrong with it, what was kept."""

    letter: intake.Letter
    notice: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Field and sentence, in the order of the form."""
    photos_kept: int = 0
    is_conflict: bool = False

    @property
    def wrong(self) -> dict[str, str]:
        """Field → its sentence (of photos, all of them)."""
        found: dict[str, str] = {}
        for name, sentence in self.faults:
            found[name] = f"{found[name]} {sentence}" if name in found else sentence
        return found

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """What the summary lists: a place on the page and a sentence."""
        return [(PLACES.get(name, name), sentence) for name, sentence in self.faults]


@bp.get("/")
def start() -> ResponseReturnValue:
    """A page for typing a plate's code; what was typed leads to its door."""
    typed = request.args.get("code", "")
    if not typed:
        return render_template("door/start.html", code_error="")
    found = codes.resolve(typed)
    if not found.token:
        sentence = _("是 12 个字母和数字，没有 O、I、L、U。请对着门牌再看看。")
        return render_template("door/start.html", code_error=sentence), 400
    return redirect(url_for(".show", token=found.token), 303)


@bp.get("/d/<token>")
@bp.get("/D/<token>", endpoint="show_upper")
def show(token: str) -> ResponseReturnValue:
    """The door."""
    found = codes.resolve(token)
    return _page(found, Shown(intake.blank(_name_of(found))), status=STATUSES.get(found.meaning, 200))


@bp.post("/d/<token>")
@bp.post("/D/<token>", endpoint="file_upper")
@safety.keeps_words
def file(token: str) -> ResponseReturnValue:
    """Files what was written, once; else the page again, with everything on it."""
    found = codes.resolve(token)
    letter = intake.read(request.form, door=_name_of(found))
    try:
        intake.take_photos(letter, uploads())
        _require_fresh(letter)
        doorway = _doorway(found)
        filed = intake.file(letter, doorway)
        if filed.is_new and not (filed.joins and closure.join(filed.case, filed.joins)):
            routing.route(filed.case, code_works=doorway.code_works)
        db.session.commit()
    except Refusal as refused:
        return _again(found, letter, refused)
    return receipt_page(filed.case, filed.digits, back=request.path, photo_faults=_of_photos(letter))


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is done with her words."""
    found = signboard.townships()
    texts = publicity.of(found[0].code if len(found) == 1 else "")
    return render_template("door/privacy.html", texts=texts, retention_years=_retention_years())


@bp.get("/village/<area_code>")
def village(area_code: str) -> ResponseReturnValue:
    """What a place has published: its affairs, and how things are done."""
    area = db.session.get(Area, area_code)
    if area is None:
        raise Missing
    texts = publicity.of(area.code)
    return render_template("door/village.html", place=signboard.place_of(area), texts=texts,
                           affairs=texts[TextKey.VILLAGE_AFFAIRS], guides=texts[TextKey.GUIDES],
                           area_code=area.code, is_village=area.level is Level.VILLAGE)


def receipt_page(
    case: Case, digits: str, *, back: str, photo_faults: Sequence[str] = (),
) -> ResponseReturnValue:
    """收到了: the receipt, what happens next and by when. Shown by the answer to her form, never by an address."""
    place = signboard.place_of(case.area)
    where = story.where(case)
    received = _("%(when)s 收到您的%(kind)s，已送到%(where)s。", when=wording.moment(case.filed_at),
                 kind=wording.translate(case.kind.label), where=where)
    if case.outcome is Outcome.MERGED:
        received = _("%(when)s 收到您的%(kind)s，和村里已有人反映的那一件一起办。", when=wording.moment(case.filed_at),
                     kind=wording.translate(case.kind.label))
    elif case.status is Status.NEW:
        received = _("%(when)s 收到您的%(kind)s，先到%(where)s，看过就派给经办人。", when=wording.moment(case.filed_at),
                     kind=wording.translate(case.kind.label), where=where)
    what = _("已送到%(where)s", where=where) if case.outcome is not Outcome.MERGED else _("您说也遇到，记下了")
    done = story.Step("done", wording.moment_week(case.filed_at), what)
    return render_template(
        "door/receipt.html", case=case, digits=digits, place=place, texts=publicity.of(case.area_code),
        received=received, steps=[done, *story.ahead(case)], back=back, photo_faults=photo_faults,
        may_remember=case.about is None, remembered=phone.holds(digits),
    )


# ---------------------------------------------------------------- inside


def _name_of(found: Found) -> str:
    """What names the door: codes that nobody registered are one door, however many are made up."""
    return found.token if found.code is not None else NO_CODE


def _doorway(found: Found) -> intake.Doorway:
    """Where a letter through this code belongs: the household's micro-grid, the village that issued the code, or
    the township she chose."""
    if found.area is not None:
        return intake.Doorway(found.area, found.household, found.code, code_works=found.household is not None)
    return intake.Doorway(_chosen_township(), code_works=False)


def uploads() -> list[bytes]:
    """The photos of a form, in its order."""
    return [upload.read() for upload in request.files.getlist("photos") if upload.filename]


def _chosen_township() -> Area:
    """The township a letter without a working code is for: the only one, or the one she chose."""
    there = signboard.townships()
    chosen = there if len(there) == 1 else [area for area in there if area.code == request.form.get("township")]
    if not there:
        raise Missing
    if not chosen:
        raise Refusal(N_("请选您在哪个镇街"), field="township")
    return chosen[0]


def _require_fresh(letter: intake.Letter) -> None:
    """A page whose token is too old is shown again, with everything on it."""
    if safety.is_stale():
        if letter.form is None:
            letter.renew()
        raise intake.Renewed


def _again(found: Found, letter: intake.Letter, refused: Refusal) -> ResponseReturnValue:
    """The same page with every word and the good photos."""
    db.session.rollback()
    intake.keep(letter)
    db.session.commit()
    shown = Shown(letter, photos_kept=len(intake.photos_kept(letter)))
    match refused:
        case intake.Incomplete():
            shown.faults = [(fault.field or "text", sentence_of(fault)) for fault in refused.faults]
            shown.faults += [("photos", sentence) for sentence in _of_photos(letter)]
        case intake.UsedReceipt():
            shown.is_conflict = True
        case Refusal(field=str(name)):
            shown.faults = [(name, sentence_of(refused))]
        case _:
            shown.notice = sentence_of(refused)
    return _page(found, shown, status=refused.status)


def _of_photos(letter: intake.Letter) -> list[str]:
    """A sentence for each photo that could not be taken in; the others were."""
    return [_("第 %(n)s 张照片：%(why)s", n=place, why=sentence_of(fault))
            for place, fault in letter.taken.faults.items()]


def _page(found: Found, shown: Shown, *, status: int) -> ResponseReturnValue:
    there = signboard.townships() if found.area is None else []
    if found.area is None and not there:
        raise Missing
    board = signboard.of(found.area or there[0])
    return render_template(
        PAGES.get(found.meaning, "door/unknown.html"), form=shown, letter=shown.letter, board=board,
        place=board.place, texts=board.texts, guardians=board.guardians, area_code=_public_code(board.area),
        tail=found.tail, guardian_link=f"/g/d/{found.token}", offers_no_door=found.household is not None,
        tells_door=found.code is not None, recent=matters.recent(board.area.code, found.household),
        townships=[("", _("请选"))] + [(area.code, area.name) for area in there] if len(there) > 1 else [],
        most_photos=PHOTOS_PER_FORM, most_words=TEXT_LENGTH, retention_years=_retention_years(),
    ), status


def _public_code(area: Area) -> str:
    """The village (or what lies above it): an address never says more of a door."""
    return area.prefix(Level.VILLAGE) or area.code


def _retention_years() -> int:
    days: int = current_app.extensions["config"].retention_days
    return max(1, round(days / 365))
