"""码的登记: the codes of an area and where each is in its life, for the page on which they are managed."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from feedback import access, db
from feedback.administration import authority
from feedback.errors import Conflict, Missing
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Area, Household, Level
from feedback.models.prints import PrintRun
from feedback.words import N_

PAGE = 50


def life(area: Area) -> Mapping[CodeState, int]:
    """How many codes of the area are where in their life."""
    rows = db.session.execute(
        select(DoorCode.state, func.count()).where(_inside(area)).group_by(DoorCode.state)
    )
    counts = dict(rows.all())
    return {state: counts.get(state, 0) for state in CodeState}


def page(
    area: Area, *, state: CodeState | None = None, door: str = "", after: int = 0
) -> tuple[list[DoorCode], int]:
    """Codes of the area by their ids, of one state or of doors with a text in them; where the next page begins."""
    query = (
        select(DoorCode)
        .where(_inside(area), DoorCode.id > after)
        .order_by(DoorCode.id)
        .limit(PAGE + 1)
        .options(joinedload(DoorCode.household), joinedload(DoorCode.village), joinedload(DoorCode.replaced_by))
    )
    if state is not None:
        query = query.where(DoorCode.state == state)
    if door:
        doors = select(Household.id).where(Household.door.contains(door, autoescape=True))
        query = query.where(DoorCode.household_id.in_(doors))
    found = list(db.session.scalars(query))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def code_or_404(by: Person, code_id: int) -> DoorCode:
    """A code of the administrator's area; else Missing."""
    code = db.session.get(DoorCode, code_id)
    if code is None:
        raise Missing
    authority.require(by, code.village_code)
    return code


def run_or_404(by: Person, number: int) -> PrintRun:
    """A print run of the administrator's area; else Missing."""
    run = db.session.get(PrintRun, number)
    if run is None or not access.scope(by).covers(run.area_code, Role.ADMIN):
        raise Missing
    return run


def own_run(by: Person, number: int) -> PrintRun:
    """One that was ordered on a page. What is printed on the command line goes on there. Raises Conflict."""
    run = run_or_404(by, number)
    if run.folder:
        raise Conflict(N_("这一批是在服务器上用命令印的，请在那里接着办。"))
    return run


def _inside(area: Area) -> ColumnElement[bool]:
    """SQL: the code was issued in the area; below the village it is its household that lies there."""
    if len(area.code) <= Level.VILLAGE.digits:
        return access.within(DoorCode.village_code, area.code)
    return DoorCode.household_id.in_(select(Household.id).where(access.within(Household.microgrid_code, area.code)))
