"""月报: what was issued month by month, one report on the page, as a PDF and as its very bytes; and issuing it.

A page shows a report from its own bytes; only a preview is worked out. What does not fit its checksum is shown as it
is stored, with that said above it.
"""

from itertools import takewhile
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from feedback import access, clock, db, monthly, paper
from feedback.errors import Missing, Refusal
from feedback.models.monthly import MonthlyReport, checksum
from feedback.models.people import Role
from feedback.models.places import Area
from feedback.monthly import Month
from feedback.monthly.composing import LEVELS
from feedback.stats.endings import Ending
from feedback.stats.facts import Exclusion
from feedback.supervision import lists
from feedback.web.auth import current_staff, role_required
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here
from feedback.words import N_

SHOWN = 13
"""So many months are listed, this one first, as far back as there are cases; and every one that was issued."""
MEDIA_TYPES = {"pdf": "application/pdf", "json": "application/json"}


@bp.get("/reports")
@here.watchers
def show_reports() -> ResponseReturnValue:
    area = _reported(here.area())
    issued = monthly.of_area(area.code)
    months = sorted({*_lately(area), *issued}, reverse=True)
    return render_template(
        "township/reports.html", area=area, above=here.trail(area), below=_below(area),
        months={month: issued.get(month, []) for month in months}, over=set(filter(monthly.may_be_issued, months)),
        may_issue=access.may_issue(current_staff(), area.code),
    )


@bp.get("/reports/<area_code>/<month>")
@here.watchers
def show_report(area_code: str, month: str) -> ResponseReturnValue:
    """The newest version; before there is one, what it would say now."""
    area, of = _reported(here.of_code(area_code)), Month.read(month)
    return _shown(area, of, monthly.newest(area.code, of))


@bp.get("/reports/<area_code>/<month>/<int:version>")
@here.watchers
def show_report_version(area_code: str, month: str, version: int) -> ResponseReturnValue:
    area, of = _reported(here.of_code(area_code)), Month.read(month)
    return _shown(area, of, _version(area, of, version))


@bp.get("/reports/<area_code>/<month>/<int:version>.<form>")
@here.watchers
def save_report(area_code: str, month: str, version: int, form: str) -> ResponseReturnValue:
    """The report as a PDF, or as the bytes of which the checksum is."""
    area, of = _reported(here.of_code(area_code)), Month.read(month)
    report = _version(area, of, version)
    if form not in MEDIA_TYPES:
        raise Missing
    content = report.content if form == "json" else _printed(report)
    name = f"hulianma-{area.code}-{of}-{version}.{form}"
    return content, {"Content-Type": MEDIA_TYPES[form], "Content-Disposition": f'attachment; filename="{name}"'}


@bp.post("/reports/<area_code>/<month>")
@role_required(Role.TOWNSHIP)
def issue_report(area_code: str, month: str) -> ResponseReturnValue:
    area, of, seen = _reported(here.of_code(area_code)), Month.read(month), request.form.get("seen", "")
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 5):
        raise Refusal(N_("这一页不完整，请刷新再试。"))
    report = monthly.issue(area, of, current_staff(), seen=int(seen), reason=request.form.get("reason", ""))
    version = report.version
    db.session.commit()
    flash(_("已印发第 %(n)s 版。", n=version))
    return redirect(url_for(".show_report_version", area_code=area_code, month=month, version=version), 303)


def _lately(area: Area) -> list[Month]:
    """This month and the last ones, from the one in which the area's first case was filed."""
    latest = Month.of(clock.today())
    begun = takewhile(lambda one: lists.had_begun(current_staff(), area.code, one.to_on),
                      map(latest.earlier, range(1, SHOWN)))
    return [latest, *begun]


def _reported(area: Area) -> Area:
    """The area, if its month is reported at all."""
    if area.level not in LEVELS:
        raise Missing
    return area


def _version(area: Area, month: Month, version: int) -> MonthlyReport:
    report = monthly.find(area.code, month, version)
    if report is None:
        raise Missing
    return report


def _shown(area: Area, month: Month, report: MonthlyReport | None) -> str:
    if report is None and month > Month.of(clock.today()):
        raise Missing
    said = monthly.preview(area, month) if report is None else report.says
    return render_template(
        "township/report.html", area=area, month=str(month), issued=report, said=said,
        versions=monthly.versions(area.code, month), found=checksum(report.content) if report else "",
        may_issue=access.may_issue(current_staff(), area.code), is_over=monthly.may_be_issued(month),
        may_print=paper.is_possible(), **_words(),
    )


def _printed(report: MonthlyReport) -> bytes:
    if not report.is_intact:
        raise Refusal(N_("这一版的内容和校验和对不上，不能打印。"))
    return paper.pdf(render_template("township/report_paper.html", said=report.says, version=report.version,
                                     checksum=report.checksum, **_words()))


def _words() -> dict[str, Any]:
    return {"exclusions": list(Exclusion), "endings": list(Ending)}


def _below(area: Area) -> list[Area]:
    """The areas one level down whose months are reported too."""
    found = db.session.scalars(select(Area).where(Area.parent_code == area.code).order_by(Area.code))
    return [one for one in found if one.level in LEVELS]
