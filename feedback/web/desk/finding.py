"""找一件: by its number, or by a door; only what the reader may see anyway."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from feedback import access, db, queue
from feedback.models.cases import Case
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.web.auth import current_staff, role_required
from feedback.web.auth.guard import HANDLERS
from feedback.web.desk import bp, cards

MOST_DOORS = 20
SHORTEST = 1
LONGEST = 40


@bp.get("/find")
@role_required(*HANDLERS)
def find() -> ResponseReturnValue:
    person, asked = current_staff(), request.args.get("q", "").strip()[:LONGEST]
    if asked.isdecimal() and db.session.scalar(access.facts(person).where(Case.number == asked)):
        return redirect(url_for(".show_case", number=asked))
    found = doors(person, asked)
    there = [(one, cards.of(queue.of_household(person, one.id, most=5), person)) for one in found]
    return render_template("desk/find.html", asked=asked, doors=there, most=MOST_DOORS)


def doors(person: Person, text: str) -> list[Household]:
    """Doors in the person's own area that have the text in their name, the shortest names first."""
    if len(text) < SHORTEST:
        return []
    served = access.scope(person).of(Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)
    query = select(Household).where(
        access.within_any(Household.microgrid_code, served), Household.door.contains(text, autoescape=True)
    )
    return list(db.session.scalars(query.order_by(Household.village_code, Household.door).limit(MOST_DOORS)))
