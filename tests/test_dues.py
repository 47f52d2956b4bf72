"""期限的说法: what the desk says of a due is true on days off too."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from feedback import clock, db
from feedback.deadlines import Unit
from feedback.models.cases import Case
from feedback.models.kinds import Kind, Outcome, Status
from feedback.models.rules import DeadlinePolicy
from feedback.web.desk import dues
from tests import builders

BEFORE = datetime(2026, 9, 30, 10, tzinfo=UTC)
"""Wednesday, 18:00 in Shanghai, the eve of seven days off."""


def a_case_of_natural_days(amount: int) -> Case:
    place = builders.a_township()
    rule = DeadlinePolicy(
        area_code=place.township.code, kind=Kind.HELP, is_urgent=False, response_amount=2, response_unit=Unit.HOURS,
        handling_amount=amount, handling_unit=Unit.DAYS, effective_at=BEFORE - timedelta(days=1),
    )
    db.session.add(rule)
    db.session.flush()
    due = BEFORE + timedelta(days=amount)
    return builders.a_case(
        builders.a_household(place.microgrid), filed_at=BEFORE, responded_at=BEFORE, status=Status.IN_PROGRESS,
        policy_id=rule.id, handling_due_at=due, handling_due_original_at=due, next_due_at=due,
    )


@pytest.mark.parametrize(("amount", "says"), [(5, "10 月 5 日 18:00 前"), (12, "还有 4 个工作日")])
def test_days_that_run_through_a_holiday_are_not_called_none(app: Flask, amount: int, says: str) -> None:
    case = a_case_of_natural_days(amount)
    with clock.fixed(BEFORE + timedelta(hours=1)), app.test_request_context():
        assert says in dues.headline(case)
        assert "还有 0 个工作日" not in dues.handling(case)


@pytest.mark.parametrize(("hours", "says"), [(1, "不再办理"), (30, "超期，11 月 3 日 17:00 到期")])
def test_nobody_is_late_for_a_call_on_what_had_ended_by_then(app: Flask, hours: int, says: str) -> None:
    filed = datetime(2026, 11, 2, 9, tzinfo=UTC)
    case = builders.a_case(
        builders.a_household(builders.a_township().microgrid), filed_at=filed, status=Status.CLOSED,
        closed_at=filed + timedelta(hours=hours), outcome=Outcome.MERGED, next_due_at=None,
    )
    with clock.fixed(filed + timedelta(days=20)), app.test_request_context():
        assert dues.response(case) == says
        assert case.is_response_late is (hours > 24)
