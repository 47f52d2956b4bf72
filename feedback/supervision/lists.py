"""名单: the cases behind a number, page by page: those of this moment, and those of a period's figures.

A page goes on after an instant and an id, never by counting rows. The instant is what the list is ordered by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from feedback import access, clock, db, workflow
from feedback.models.cases import Case
from feedback.models.kinds import ANSWERED_BY_STAFF, Kind, Status
from feedback.models.people import Person, Role, Team, TeamKind
from feedback.models.places import Level
from feedback.models.rules import Category
from feedback.supervision.hands import Place
from feedback.supervision.pages import key_of, keyset
from feedback.words import N_

PAGE = 30
NO_CATEGORY = "-"
"""In an address: the cases that have no category yet."""
NOBODY = "-"
"""In an address: the cases that nobody has taken up."""


class Now(StrEnum):
    """Which cases, as they stand at this moment. DISCIPLINE: taken by the discipline office, or put on its list."""

    OPEN = "open"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    SUPERVISED = "supervised"
    EXTENSION = "extension"
    WAITING = "waiting"
    NEW = "new"
    FOLLOW_UP = "follow_up"
    DISCIPLINE = "discipline"

    @property
    def label(self) -> str:
        return {
            Now.OPEN: N_("在办"),
            Now.DUE_TODAY: N_("今天到期"),
            Now.OVERDUE: N_("超期"),
            Now.SUPERVISED: N_("督办中"),
            Now.EXTENSION: N_("等批延期"),
            Now.WAITING: N_("等村民回话"),
            Now.NEW: N_("待受理"),
            Now.FOLLOW_UP: N_("可以回访"),
            Now.DISCIPLINE: N_("纪委名单"),
        }[self]


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What a list is narrowed to; an empty value narrows nothing."""

    area_code: str
    told_under: str = ""
    """The code of a place in it; its own code for what is booked in the area itself, as in the figures."""
    kind: Kind | None = None
    category: str = ""
    """Its name; NO_CATEGORY for those that have none yet."""
    team: str = ""
    """Its area's code; an own team's has its name behind it, as in the figures."""
    owner: str = ""
    """A staff number, or NOBODY."""
    place: Place | None = None
    """Where it stands on its ladder."""


@dataclass(frozen=True)
class Page:
    """Some cases, and where the next page begins ('' at the end)."""

    cases: Sequence[Case]
    after: str = ""


def offered(viewer: Person) -> list[Now]:
    """The lists there are for the viewer: the discipline office's own is for nobody else."""
    is_discipline = access.has_role(viewer, Role.DISCIPLINE)
    return [which for which in Now if which is not Now.DISCIPLINE or is_discipline]


def standing(viewer: Person, which: Now, narrowed: Narrowed, *, after: str = "", most: int = PAGE) -> Page:
    """The cases of a list of this moment whose facts the viewer may know, the most pressing first."""
    query = _narrowed(access.facts(viewer).where(_holds(which)), narrowed)
    return _page(query, _ORDER[which], after=after, most=most)


def count(viewer: Person, which: Now, narrowed: Narrowed) -> int:
    """How many there are in all."""
    query = _narrowed(access.facts(viewer).where(_holds(which)), narrowed)
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def picked(viewer: Person, ids: Sequence[int], follows: int | None = None) -> Page:
    """Those of a page of cases picked for a figure that the viewer may know, in the order given.

    The next page begins behind the id `follows`.
    """
    rows = db.session.scalars(access.facts(viewer).where(Case.id.in_(ids)).options(*_WITH))
    by_id = {case.id: case for case in rows.unique()}
    return Page([by_id[id_] for id_ in ids if id_ in by_id], "" if follows is None else str(follows))


def slowest(viewer: Person, area_code: str, most: int) -> list[Case]:
    """The cases longest open."""
    query = _narrowed(access.facts(viewer).where(_holds(Now.OPEN)), Narrowed(area_code=area_code))
    return list(_page(query, Case.filed_at, after="", most=most).cases)


def had_begun(viewer: Person, area_code: str, on: date) -> bool:
    """Whether somebody had filed in the area by the end of a Shanghai day. (A county is all there is.)"""
    query = select(Case.id).where(Case.filed_at < clock.end_of(on), access.not_shut_out(viewer)).limit(1)
    if len(area_code) > Level.COUNTY.digits:
        query = query.where(access.within(Case.area_code, area_code))
    return db.session.scalar(query) is not None


_WITH = (joinedload(Case.area), joinedload(Case.team), joinedload(Case.owner), joinedload(Case.household))

_ORDER: dict[Now, InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime]] = {
    Now.OPEN: Case.next_due_at,
    Now.DUE_TODAY: Case.next_due_at,
    Now.OVERDUE: Case.next_due_at,
    Now.NEW: Case.next_due_at,
    Now.SUPERVISED: Case.supervised_at,
    Now.EXTENSION: Case.next_due_at,
    Now.WAITING: Case.wakes_at,
    Now.FOLLOW_UP: Case.reported_at,
    Now.DISCIPLINE: Case.filed_at,
}


def _holds(which: Now) -> ColumnElement[bool]:
    now = clock.now()
    is_open = and_(Case.closed_at.is_(None), Case.next_due_at.is_not(None))
    match which:
        case Now.OPEN:
            return is_open
        case Now.DUE_TODAY:
            return and_(is_open, Case.next_due_at >= now, Case.next_due_at < clock.end_of(clock.today()))
        case Now.OVERDUE:
            return and_(is_open, Case.next_due_at < now)
        case Now.NEW:
            return and_(is_open, Case.status == Status.NEW)
        case Now.SUPERVISED:
            return and_(Case.closed_at.is_(None), Case.supervised_at.is_not(None))
        case Now.EXTENSION:
            return and_(is_open, Case.extension_asked_at.is_not(None))
        case Now.WAITING:
            return and_(Case.closed_at.is_(None), Case.next_due_at.is_(None), Case.status == Status.REPORTED_BACK)
        case Now.FOLLOW_UP:
            return _unheard(now)
        case Now.DISCIPLINE:
            office = select(Team.id).where(Team.kind == TeamKind.DISCIPLINE)
            return or_(Case.is_on_discipline_list.is_(True), Case.team_id.in_(office))


def _unheard(now: datetime) -> ColumnElement[bool]:
    """Answered, and not a word from her since; her thirty days are not over."""
    return and_(
        Case.status.in_((Status.REPORTED_BACK, Status.CLOSED)),
        Case.outcome.in_(ANSWERED_BY_STAFF),
        or_(Case.closed_at.is_(None), Case.closed_at >= now - workflow.HER_WORD_LASTS),
        or_(Case.answered_at.is_(None), Case.answered_at < Case.reported_at),
    )


def _narrowed(query: Select[Case], to: Narrowed) -> Select[Case]:
    query = query.where(access.within(Case.area_code, to.area_code))
    if to.told_under == to.area_code:
        query = query.where(Case.area_code == to.area_code)
    elif to.told_under:
        query = query.where(access.within(Case.area_code, to.told_under))
    if to.kind is not None:
        query = query.where(Case.kind == to.kind)
    if to.category == NO_CATEGORY:
        query = query.where(Case.category_id.is_(None))
    elif to.category:
        query = query.where(Case.category_id.in_(select(Category.id).where(Category.name == to.category)))
    if to.team:
        code, _, own = to.team.partition("/")
        is_own = Team.name == own if own else Team.kind == TeamKind.AREA
        query = query.where(Case.team_id.in_(select(Team.id).where(Team.area_code == code, is_own)))
    if to.owner == NOBODY:
        query = query.where(Case.owner_id.is_(None))
    elif to.owner:
        query = query.where(Case.owner_id.in_(select(Person.id).where(Person.staff_number == to.owner)))
    if to.place is not None:
        query = query.where(to.place.holds)
    return query


def _page(
    query: Select[Case],
    column: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime],
    *,
    after: str,
    most: int,
) -> Page:
    start = keyset(after)
    if start is not None:
        query = query.where(or_(column > start[0], and_(column == start[0], Case.id > start[1])))
    query = query.order_by(column, Case.id).limit(most + 1).options(*_WITH)
    found = list(db.session.scalars(query).unique())
    page = Page(found[:most])
    if len(found) <= most:
        return page
    last = found[most - 1]
    instant: datetime = getattr(last, column.key)
    return replace(page, after=key_of(instant, last.id))
