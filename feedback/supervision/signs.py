"""苗头: what a leader wants to know before anybody complains of it: much of one sort at once, or nothing for months.

A sign counts only what everybody who serves there may know of: a case about somebody, or from which somebody is shut
out, is part of none, and nobody can tell from a sign that there is such a case.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, distinct, func, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, clock, db
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Outcome
from feedback.models.notices import Sign, SignKind
from feedback.models.people import Person, Role
from feedback.models.places import Area, Household, Level
from feedback.models.records import Instance
from feedback.supervision.pages import key_of, keyset

BURST = 5
"""So many cases in one village and category …"""
HOUSEHOLDS = 2
"""… from at least so many households …"""
WITHIN = timedelta(hours=24)
"""… within so long are a burst; the next one is told no sooner after it."""
SILENCE = timedelta(days=60)
"""So long without a case or a visit, though the codes hang there, is a silence."""
FRESH = timedelta(days=7)
"""A burst is of the present for so long; a silence until it is broken."""
BATCH = 500
"""Micro-grids looked at in one step."""
PAGE = 30
SEEN_BY = (Role.VILLAGE, Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR)
LOOKED, ALL = "silence looked for", "all"
"""Where it is kept how far this day's look at the micro-grids has come."""


def look() -> int:
    """One batch of the timer: bursts of the last 24 hours and silences just broken, each round; then, once a Shanghai
    day, which micro-grids have fallen silent. Says how much it did; 0 when nothing is left."""
    return _bursts() + _broken() or _silences()


# ---------------------------------------------------------------- for pages


def standing(viewer: Person, area_code: str, most: int | None = None) -> list[Sign]:
    """The signs of now in an area, as far as they are the viewer's to know, the newest first."""
    query = _known(viewer, area_code).where(_is_of_now()).order_by(Sign.at.desc(), Sign.id.desc()).limit(most)
    return list(db.session.scalars(query.options(*_WITH)))


def count(viewer: Person, area_code: str) -> int:
    """How many signs of now there are in an area."""
    query = _known(viewer, area_code).where(_is_of_now())
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def past(viewer: Person, area_code: str, *, after: str = "") -> tuple[list[Sign], str]:
    """Those that are over, the newest first, and where the next page begins ('' at the end)."""
    query = _known(viewer, area_code).where(~_is_of_now())
    if (start := keyset(after)) is not None:
        at, id_ = start
        query = query.where(or_(Sign.at < at, and_(Sign.at == at, Sign.id < id_)))
    query = query.order_by(Sign.at.desc(), Sign.id.desc()).limit(PAGE + 1).options(*_WITH)
    found = list(db.session.scalars(query))
    return found[:PAGE], key_of(found[PAGE - 1].at, found[PAGE - 1].id) if len(found) > PAGE else ""


def cases(viewer: Person, sign: Sign) -> Sequence[Case]:
    """The cases of a burst that the viewer may read, in the order in which they came; a silence has none."""
    if sign.kind is SignKind.SILENCE:
        return []
    in_it = (
        *_counted(sign.at - WITHIN, sign.at), access.within(Case.area_code, sign.area_code),
        Case.category_id.is_not_distinct_from(sign.category_id),
    )
    query = access.cases(viewer).where(*in_it).order_by(Case.filed_at, Case.id)
    return db.session.scalars(query.options(joinedload(Case.household), joinedload(Case.area))).unique().all()


def days(sign: Sign) -> int:
    """How many days a silence has lasted by now, or had when it was broken."""
    return sign.count + ((sign.ended_at or clock.now()) - sign.at).days


_WITH = (joinedload(Sign.category), joinedload(Sign.area).joinedload(Area.parent).joinedload(Area.parent))


def _known(viewer: Person, area_code: str) -> Select[Sign]:
    theirs = access.within_any(Sign.area_code, access.scope(viewer).of(*SEEN_BY))
    return select(Sign).where(access.within(Sign.area_code, area_code), theirs)


def _is_of_now() -> ColumnElement[bool]:
    return or_(
        and_(Sign.kind == SignKind.SILENCE, Sign.ended_at.is_(None)),
        and_(Sign.kind == SignKind.BURST, Sign.at > clock.now() - FRESH),
    )


# ---------------------------------------------------------------- what counts


def _counted(since: Any, until: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL: the case counts for a burst seen at `until` that began after `since`."""
    return Case.filed_at > since, Case.filed_at <= until, Case.is_marked.is_(False), access.open_to_all()


# ---------------------------------------------------------------- bursts


def _bursts() -> int:
    """Writes down each burst that was not told within the last 24 hours."""
    now, made = clock.now(), 0
    groups = db.session.execute(_groups(), {"since": now - WITHIN, "until": now}).all()
    for code, category_id, number in groups:
        if not _was_told(code, category_id, since=now - WITHIN):
            db.session.add(Sign(kind=SignKind.BURST, area_code=code, category_id=category_id, on=clock.today(),
                                count=number, at=now))
            made += 1
    db.session.flush()
    return made


@cache
def _groups() -> Select[Any]:
    """SQL: village, category and number of what was said often enough after `since`, up to `until`."""
    village = func.substr(Case.area_code, 1, Level.VILLAGE.digits)
    each = case((Case.outcome == Outcome.MERGED, -Case.household_id), else_=Case.id)
    said = func.count(distinct(each))  # merged ones as one for each household
    return (
        select(village, Case.category_id, said)
        .where(*_counted(bindparam("since"), bindparam("until")), func.length(Case.area_code) >= Level.VILLAGE.digits)
        .group_by(village, Case.category_id)
        .having(said >= BURST, func.count(distinct(Case.household_id)) >= HOUSEHOLDS)
        .order_by(village, Case.category_id)
    )


def _was_told(village_code: str, category_id: int | None, *, since: datetime) -> bool:
    query = select(Sign.id).where(
        Sign.kind == SignKind.BURST, Sign.area_code == village_code, Sign.at > since,
        Sign.category_id.is_not_distinct_from(category_id),
    )
    return db.session.scalar(query.limit(1)) is not None


# ---------------------------------------------------------------- silences


def _silences() -> int:
    """Looks at one batch of micro-grids, where today's look has not come to its end."""
    today, looked = clock.today().isoformat(), db.session.get(Instance, LOOKED)
    day, _, after = looked.value.partition(" ") if looked else ("", "", "")
    if day == today and after == ALL:
        return 0
    begun = (Area.code > after,) if day == today else ()
    codes = db.session.scalars(
        select(Area.code).where(func.length(Area.code) == Level.MICROGRID.digits, *begun)
        .order_by(Area.code).limit(BATCH)
    ).all()
    _end(db.session.scalars(_stand().where(Sign.area_code.in_(codes))).all())
    for code in _without_a_case(codes):
        _begin(code)
    db.session.merge(Instance(key=LOOKED, value=f"{today} {codes[-1] if len(codes) == BATCH else ALL}"))
    db.session.flush()
    return len(codes)


def _without_a_case(codes: Sequence[str]) -> Sequence[str]:
    """Those where codes have hung long enough, nobody has spoken for as long, and no silence stands yet."""
    since = clock.now() - SILENCE
    hung = (
        select(DoorCode.id).join(Household, Household.id == DoorCode.household_id)
        .where(Household.microgrid_code == Area.code, DoorCode.ended_at.is_(None), DoorCode.issued_at <= since)
    )
    spoken = select(Case.id).where(Case.area_code == Area.code, Case.filed_at > since, access.open_to_all())
    stands = select(Sign.id).where(
        Sign.kind == SignKind.SILENCE, Sign.area_code == Area.code, Sign.ended_at.is_(None)
    )
    query = select(Area.code).where(Area.code.in_(codes), hung.exists(), ~spoken.exists(), ~stands.exists())
    return db.session.scalars(query.order_by(Area.code)).all()


def _begin(code: str) -> None:
    """Writes the silence down, unless somebody came to a door meanwhile; each spell once."""
    now = clock.now()
    last = max(filter(None, (_last_heard([code]).get(code), _issued_at(code))))
    on = clock.local(last).date()
    same = select(Sign.id).where(Sign.kind == SignKind.SILENCE, Sign.area_code == code, Sign.on == on)
    if last <= now - SILENCE and db.session.scalar(same) is None:
        db.session.add(Sign(kind=SignKind.SILENCE, area_code=code, on=on, count=(now - last).days, at=now))


def _broken() -> int:
    """Ends the silences in which a case or a visit came within the last 24 hours; earlier ones end with the day."""
    standing = db.session.scalars(_just_heard(), {"since": clock.now() - WITHIN}).all()
    return _end(standing)


@cache
def _just_heard() -> Select[Sign]:
    """SQL: the standing silences of where a case or a visit came after `since`."""
    since: Any = bindparam("since")
    spoken = select(Case.area_code).where(Case.filed_at > since)
    visits = select(CaseEvent.area_code).where(CaseEvent.at > since, CaseEvent.action == Action.VISIT)
    return _stand().where(or_(Sign.area_code.in_(spoken), Sign.area_code.in_(visits)))


def _stand() -> Select[Sign]:
    return select(Sign).where(Sign.kind == SignKind.SILENCE, Sign.ended_at.is_(None))


def _end(standing: Sequence[Sign]) -> int:
    """Ends those of the standing silences that are broken."""
    heard, ended = _last_heard([sign.area_code for sign in standing]), 0
    for sign in standing:
        last = heard.get(sign.area_code)
        if last is not None and clock.local(last).date() > sign.on:
            sign.ended_at, ended = last, ended + 1
    db.session.flush()
    return ended


def _last_heard(codes: Sequence[str]) -> dict[str, datetime]:
    """When a case was last filed in each of the micro-grids, or a door visited; those where nothing ever was are not
    in it."""
    if not codes:
        return {}
    rows = db.session.execute(
        select(Case.area_code, func.max(Case.filed_at), func.max(Case.visited_at))
        .where(Case.area_code.in_(codes), access.open_to_all())
        .group_by(Case.area_code)
    )
    return {code: max(filter(None, (filed_at, visited_at))) for code, filed_at, visited_at in rows}


def _issued_at(code: str) -> datetime | None:
    """Since when a code that is active now has hung in a micro-grid."""
    return db.session.scalar(
        select(func.min(DoorCode.issued_at)).join(Household, Household.id == DoorCode.household_id)
        .where(Household.microgrid_code == code, DoorCode.ended_at.is_(None))
    )
