"""上门: the door's code is scanned, and this door's open cases offer themselves.

The token comes in the address of the door page's own link and goes no further: the session remembers which door
this sign-in scanned and when, and no page of the desk shows a token or its address.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from feedback import access, clock, codes, db, queue, worklist
from feedback.codes import flags, walks
from feedback.errors import Refusal
from feedback.models.cases import Case
from feedback.models.codes import CodeState, DoorCode
from feedback.models.kinds import Action
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.walks import Settled
from feedback.web.auth import current_sign_in, current_staff, role_required, staff_may
from feedback.web.auth.guard import HANDLERS
from feedback.web.desk import bp, cards
from feedback.web.desk.forms import ActForm
from feedback.web.languages import gettext as _
from feedback.words import N_

SCANNED = "door"
SCAN_LASTS = timedelta(minutes=30)
"""So long after the scan the visit can be written down."""
TOO_LONG_AGO = N_("扫码已经过了半小时。请再扫一次门上的码。")


@dataclass(frozen=True)
class Scan:
    """Which door this sign-in scanned, and when."""

    code: DoorCode
    household: Household
    at: datetime


@bp.get("/d/<token>")
@role_required(*HANDLERS)
def scan(token: str) -> ResponseReturnValue:
    """Remembers the door and goes on to an address without its token."""
    found = codes.resolve(token)
    if found.code is None or found.household is None:
        return render_template("desk/no_door.html", meaning=found.meaning), 404
    session[SCANNED] = [current_sign_in().id, found.code.id, int(clock.now().timestamp())]
    return redirect(url_for(".show_door"))


@bp.get("/door")
@role_required(*HANDLERS)
def show_door() -> ResponseReturnValue:
    seen, person = scanned(), current_staff()
    if seen is None:
        return render_template("desk/no_door.html", meaning=None), 404
    here = [case for case in queue.of_household(person, seen.household.id) if case.closed_at is None]
    visits = [case for case in here if access.may(person, Action.VISIT, case)]
    others = [case for case in here if case not in visits]
    return render_template(
        "desk/door.html", place=f"{seen.household.village.name} {seen.household.door}", at=seen.at,
        visits=list(zip(cards.of(visits, person), visits, strict=True)), others=cards.of(others, person),
        type_for_her=_may_type(person, seen.household), household=seen.household,
        at_hand=walks.at_hand(person, seen.code),
    )


@bp.post("/cases/<number>/visit")
@staff_may(Action.VISIT)
def visit(number: str) -> ResponseReturnValue:
    form, seen = ActForm(), scanned()
    if seen is None:
        raise Refusal(TOO_LONG_AGO)
    code_id = seen.code.id
    if not form.validate_on_submit():
        return redirect(url_for(".show_door"))
    case = access.case_or_404(current_staff(), number, for_change=True, seen_n=form.n.data)
    record(case, current_staff(), db.session.get_one(DoorCode, code_id))
    db.session.commit()
    flash(_("上门已记下。"))
    return redirect(url_for(".show_case", number=number), 303)


def record(case: Case, person: Person, code: DoorCode) -> None:
    """The visit; and a code that was scanned on its door hangs there."""
    worklist.visit(case, person, code)
    if code.state in {CodeState.ISSUED, CodeState.PRINTED}:
        codes.hang(code)
        if code.household is not None:
            flags.settle(code.household, Settled.HUNG, by=person)


def scanned() -> Scan | None:
    """The door this very sign-in scanned a moment ago."""
    kept = session.get(SCANNED)
    if not isinstance(kept, list) or kept[0] != current_sign_in().id:
        return None
    at = datetime.fromtimestamp(kept[2], UTC)
    code = db.session.get(DoorCode, kept[1])
    if code is None or code.household is None or not code.is_active or clock.now() - at > SCAN_LASTS:
        return None
    return Scan(code, code.household, at)


def _may_type(person: Person, household: Household) -> bool:
    covered = access.scope(person)
    return covered.covers(household.microgrid_code, Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)
