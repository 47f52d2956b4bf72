"""印发: writes a report down as it is issued, once, and finds what was issued.

It is composed as at an instant shortly before, when everything that had happened is surely stored: a later reading
of the same events can find nothing new before it. The row, its version and the staff event are one transaction;
of two who press at once the second is told of the first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from feedback import access, clock, db
from feedback.errors import Conflict, Forbidden, Refusal
from feedback.identity import trail
from feedback.models.monthly import MonthlyReport, checksum
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.models.records import StaffAct
from feedback.monthly import changes, composing
from feedback.monthly.months import Month
from feedback.words import N_

SETTLED = timedelta(minutes=1)
"""What happened longer ago than this is stored: no request takes as long."""
LONGEST_REASON = 200


def may_be_issued(month: Month) -> bool:
    """Whether the month is over, and all of it stored."""
    return _settled_at() >= month.ends_at


def issue(area: Area, month: Month, by: Person, *, seen: int, reason: str = "") -> MonthlyReport:
    """The next version. `seen` is the newest one the person knew of (0: none): after that it is a correction, with
    a reason in words. Raises Conflict where there is a newer one, Refusal for a month that is not over."""
    if not access.may_issue(by, area.code):
        raise Forbidden(N_("月报由镇里印发，这一步不归您做。"))
    if area.level not in composing.LEVELS:
        raise Refusal(N_("月报只有县、镇、村三级。"))
    if not may_be_issued(month):
        raise Refusal(N_("这个月还没有过完，只能先看，不能印发。"))
    why = _reason(reason) if seen else ""
    said = composing.compose(area, month, _settled_at())
    db.write()
    db.session.execute(select(Area.code).where(Area.code == area.code).with_for_update(key_share=True))
    last = newest(area.code, month)
    if (last.version if last else 0) != seen:
        raise Conflict(N_("刚才已经有人印发过这个月的月报，您的没有再印。请看新的一版。"))
    said |= {"version": seen + 1, "issued_by": {"name": by.name, "number": by.staff_number}, "correction": None}
    if last is not None:
        said["correction"] = _correction(last, said, why)
    return _written(area, month, by, composing.canonical(said), version=seen + 1)


def _settled_at() -> datetime:
    return clock.now() - SETTLED


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise Refusal(N_("请写一句为什么更正，最多 {limit} 个字。"), field="reason", limit=LONGEST_REASON)
    return words


def _correction(last: MonthlyReport, said: dict[str, Any], reason: str) -> dict[str, Any]:
    changed = changes.between(last.says, said)
    if not changed and last.is_intact:
        raise Refusal(N_("现在算出来，没有一个数和上一版不同，不用更正。"))
    return {
        "of": last.version, "of_checksum": last.checksum, "reason": reason,
        "changes": [{"where": list(one.where), "old": one.old, "new": one.new} for one in changed],
    }


def _written(area: Area, month: Month, by: Person, content: bytes, *, version: int) -> MonthlyReport:
    report = MonthlyReport(area_code=area.code, month=str(month), version=version, issued_at=clock.now(),
                           issued_by_id=by.id, content=content, checksum=checksum(content))
    db.session.add(report)
    db.session.flush()
    trail.leave(StaffAct.REPORT, by, subject=f"{area.code} {month}", area=area.code, version=version,
                checksum=report.checksum)
    return report


def versions(area_code: str, month: Month) -> Sequence[MonthlyReport]:
    """All versions of a report, the first one first."""
    of_month = MonthlyReport.month == str(month)
    return db.session.scalars(
        select(MonthlyReport).where(MonthlyReport.area_code == area_code, of_month).order_by(MonthlyReport.version)
    ).all()


def newest(area_code: str, month: Month) -> MonthlyReport | None:
    """The version that holds."""
    return next(reversed(versions(area_code, month)), None)


def find(area_code: str, month: Month, version: int) -> MonthlyReport | None:
    return next((one for one in versions(area_code, month) if one.version == version), None)


def of_area(area_code: str) -> dict[Month, list[MonthlyReport]]:
    """Every version of an area's reports by month, the last month first."""
    found: dict[Month, list[MonthlyReport]] = {}
    rows = db.session.scalars(
        select(MonthlyReport).where(MonthlyReport.area_code == area_code)
        .order_by(MonthlyReport.month.desc(), MonthlyReport.version)
    )
    for report in rows:
        found.setdefault(Month.read(report.month), []).append(report)
    return found


def every() -> Sequence[MonthlyReport]:
    """All reports ever issued, by area, month and version."""
    return db.session.scalars(
        select(MonthlyReport).order_by(MonthlyReport.area_code, MonthlyReport.month, MonthlyReport.version)
    ).all()
