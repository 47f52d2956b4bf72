"""答应的日子: what a page says beside a due: that its year is not known yet, and what it was before an extension."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from feedback import db, policies
from feedback.models.cases import Case, CaseEvent
from feedback.web import wording
from feedback.web.languages import gettext as _


def teach(app: Flask) -> None:
    """The words every template may put beside a due."""
    app.jinja_env.globals.update(unsure=unsure, unsure_of=unsure_of, unsure_in=unsure_in)


def unsure(area_code: str, due_at: datetime) -> str:
    """「2027 年的放假安排还没有公布或录入…」 where the due lies in such a year, else nothing."""
    return unsure_in(policies.uncertain_year(area_code, due_at))


def unsure_of(case: Case) -> str:
    """The same of the clocks that still run on a case."""
    return unsure_in(policies.uncertain_year_of(case))


def unsure_in(year: int | None) -> str:
    """The same of a year found already."""
    if year is None:
        return ""
    return _("%(year)s 年的放假安排还没有公布或录入，日期先照周末和法定节假日算。", year=year)


def extended(case: Case) -> str:
    """「原定 11 月 25 日 17:30，经批准延到 12 月 2 日 17:30」; nothing where nobody extended it."""
    if case.extension_days is None:
        return ""
    original_at = db.session.scalar(
        select(CaseEvent.handling_due_original_at)
        .where(CaseEvent.case_id == case.id).order_by(CaseEvent.n.desc()).limit(1)
    )
    if original_at is None or original_at == case.handling_due_at:
        return ""
    return _("原定 %(before)s，经批准延到 %(after)s", before=wording.moment(original_at),
             after=wording.moment(case.handling_due_at))


def beside(case: Case) -> list[str]:
    """What there is to say of the handling due, in sentences."""
    extension = extended(case)
    return [said for said in (extension and _("%(extension)s。", extension=extension), unsure_of(case)) if said]
