"""规矩: categories, deadlines and calendar days that an area sets for itself; the nearest one upward holds.

A deadline is never changed: a new version is set beside it, and holds for what is filed from its instant on.
Promises already made keep the version of their day.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from feedback import clock, db, deadlines, policies
from feedback.administration import authority
from feedback.errors import Missing, Refusal
from feedback.identity import trail
from feedback.models.kinds import Kind
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.models.rules import CalendarDay, Category, DeadlinePolicy
from feedback.words import N_

MAX_CATEGORY = 40
MOST = {deadlines.Unit.HOURS: 24 * 60, deadlines.Unit.DAYS: 60, deadlines.Unit.WORKING_DAYS: 60}
"""The longest limit of each unit: about two months, the longest an administration may promise."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One version of one rule, as it is to be. Without `effective_at` it holds at once."""

    kind: Kind | None
    category_id: int | None
    is_urgent: bool
    response: deadlines.Limit
    handling: deadlines.Limit
    close_of_office: time = deadlines.CLOSE_OF_OFFICE
    effective_at: datetime | None = None


# ---- categories

def categories(area_code: str) -> list[Category]:
    """Categories that hold in the area: its own and those from above, by name."""
    known = Category.area_code.in_(policies.upward(area_code))
    return list(db.session.scalars(select(Category).where(known).order_by(Category.is_active.desc(), Category.name)))


def add_category(by: Person, area_code: str, name: str) -> Category:
    name = _category_name(name)
    db.write()
    authority.require_ruling(by, area_code)
    _require_free(area_code, name)
    category = Category(area_code=area_code, name=name)
    db.session.add(category)
    db.session.flush()
    trail.leave(StaffAct.CATEGORY, by, subject=name, change="added", area=area_code)
    return category


def change_category(by: Person, category: Category, *, name: str, is_active: bool) -> None:
    """Another name, or no longer (or again) offered; cases that have it keep it."""
    name = _category_name(name)
    db.write()
    authority.require_ruling(by, category.area_code)
    facts: dict[str, object] = {}
    if name != category.name:
        _require_free(category.area_code, name)
        facts["name"], category.name = [category.name, name], name
    if is_active != category.is_active:
        facts["active"], category.is_active = is_active, is_active
    if facts:
        trail.leave(StaffAct.CATEGORY, by, subject=name, change="changed", area=category.area_code, **facts)


def category_or_404(by: Person, category_id: int) -> Category:
    """A category the person may change."""
    category = db.session.get(Category, category_id)
    if category is None:
        raise Missing
    authority.require_ruling(by, category.area_code)
    return category


def _category_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_CATEGORY:
        raise Refusal(N_("名称不能空，最多 {limit} 个字"), field="name", limit=MAX_CATEGORY)
    return name


def _require_free(area_code: str, name: str) -> None:
    taken = select(Category.id).where(Category.area_code.in_(policies.upward(area_code)), Category.name == name)
    if db.session.scalar(taken) is not None:
        raise Refusal(N_("已经有“{name}”这一类。"), field="name", name=name)


# ---- deadlines

def versions(area_code: str) -> list[DeadlinePolicy]:
    """Every version ever set for the area itself, the newest first."""
    return list(
        db.session.scalars(
            select(DeadlinePolicy)
            .where(DeadlinePolicy.area_code == area_code)
            .order_by(DeadlinePolicy.effective_at.desc(), DeadlinePolicy.id.desc())
        )
    )


def set_limits(by: Person, area_code: str, limits: Limits) -> DeadlinePolicy:
    """A new version. It never reaches back: what was filed before keeps its promise."""
    db.write()
    policy = proposed(by, area_code, limits)
    db.session.add(policy)
    db.session.flush()
    trail.leave(
        StaffAct.POLICY,
        by,
        subject=area_code,
        kind=limits.kind.value if limits.kind else None,
        category=limits.category_id,
        urgent=limits.is_urgent,
        response=[limits.response.amount, limits.response.unit.value],
        handling=[limits.handling.amount, limits.handling.unit.value],
        close=limits.close_of_office.strftime("%H:%M"),
        effective=policy.effective_at.isoformat(),
    )
    return policy


def proposed(by: Person, area_code: str, limits: Limits) -> DeadlinePolicy:
    """The version as it would be set now, stored nowhere. Raises Refusal where it couldn't be."""
    now = clock.now()
    effective_at = limits.effective_at or now
    authority.require_ruling(by, area_code)
    if effective_at < now:
        raise Refusal(N_("不能改过去的期限：已经答应的不变。"), field="effective_on")
    for limit, field in ((limits.response, "response_amount"), (limits.handling, "handling_amount")):
        if limit.amount > MOST[limit.unit]:
            raise Refusal(N_("最长两个月。"), field=field)
    if limits.category_id is not None:
        category = db.session.get(Category, limits.category_id)
        if category is None or category.area_code not in policies.upward(area_code):
            raise Refusal(N_("没有这一类。"), field="category_id")
    _require_response_first(area_code, limits, effective_at)
    return DeadlinePolicy(
        area_code=area_code, kind=limits.kind, category_id=limits.category_id, is_urgent=limits.is_urgent,
        response_amount=limits.response.amount, response_unit=limits.response.unit,
        handling_amount=limits.handling.amount, handling_unit=limits.handling.unit,
        close_of_office=limits.close_of_office, effective_at=effective_at, set_by_id=by.id,
    )


def _require_response_first(area_code: str, limits: Limits, filed_at: datetime) -> None:
    calendar = policies.calendar_of(area_code)
    response = deadlines.due(limits.response, filed_at, calendar, limits.close_of_office)
    handling = deadlines.due(limits.handling, filed_at, calendar, limits.close_of_office)
    if handling < response:
        raise Refusal(N_("办结的期限不能早过响应的期限。"), field="handling_amount")


# ---- calendar days

def days(area_code: str, year: int) -> list[CalendarDay]:
    """The days an area has decided about in a year, in order."""
    own = (CalendarDay.area_code == area_code, CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(db.session.scalars(select(CalendarDay).where(*own).order_by(CalendarDay.day)))


def set_day(by: Person, area_code: str, day: date, is_working: bool | None) -> None:
    """Working, not working, or (None) as the calendar above has it. Dues already promised stay."""
    db.write()
    authority.require_ruling(by, area_code)
    if day < clock.today():
        raise Refusal(N_("过去的日子不能改：已经答应的不变。"), field="day")
    own = (CalendarDay.area_code == area_code, CalendarDay.day == day)
    row = db.session.scalar(select(CalendarDay).where(*own))
    before = row.is_working if row else None
    if before == is_working:
        return
    if row is None:
        db.session.add(CalendarDay(area_code=area_code, day=day, is_working=bool(is_working)))
    elif is_working is None:
        db.session.delete(row)
    else:
        row.is_working = is_working
    trail.leave(StaffAct.CALENDAR, by, subject=day.isoformat(), area=area_code, working=[before, is_working])
