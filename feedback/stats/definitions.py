"""指标: what every figure means, once. Screens, exports, the command line and the pages of `docs/` read this table.

A share is a numerator over a denominator of cases; one whose denominator is under five is not a rate. Whose
figure it is (a response's, a handling's, a case's) decides under which handler it is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feedback.models.kinds import Answer, Kind
from feedback.stats.facts import DUE_PASSED, Facts, Verdict
from feedback.words import N_

FEWEST_FOR_A_RATE = 5
SATISFIED = 4
"""The lowest of the five ratings that counts as satisfied."""

Holds = Callable[[Facts], bool]


class Whose(StrEnum):
    """Which of a case's handlers answers for a figure."""

    RESPONSE = "response"
    HANDLING = "handling"
    CASE = "case"


@dataclass(frozen=True)
class Rate:
    """A share of cases: those of `among` for which `holds`, over all of `among`."""

    key: str
    label: str
    definition: str
    among: Holds
    holds: Holds
    whose: Whose = Whose.HANDLING


@dataclass(frozen=True)
class Duration:
    """Natural seconds from filing to an instant of a counted case; None where it has not come."""

    key: str
    label: str
    definition: str
    until: Callable[[Facts], datetime | None]
    whose: Whose = Whose.HANDLING


def _wanted_a_visit(case: Facts) -> bool:
    return case.is_closed and case.last.is_visit_wanted and case.last.kind in {Kind.HELP, Kind.COMPLAINT}


RATES = (
    Rate(
        "response_on_time",
        N_("按时响应率"),
        N_("响应期限已到的计件中，期限内有人接手并联系上的占多少。期限到了之后才撤回、并案或不予受理的，照算超期。"),
        among=lambda case: case.response in DUE_PASSED,
        holds=lambda case: case.response is Verdict.ON_TIME,
        whose=Whose.RESPONSE,
    ),
    Rate(
        "handling_on_time",
        N_("按时办结率"),
        N_(
            "办理期限已到的计件中，期限内把结果告诉村民的占多少；看受理、最近一次不满意或重办之后的第一次反馈，"
            "按批准延期后的期限。期限到了之后才撤回、并案或不予受理的，照算超期。"
        ),
        among=lambda case: case.handling in DUE_PASSED,
        holds=lambda case: case.handling is Verdict.ON_TIME,
    ),
    Rate(
        "handling_on_time_original",
        N_("按原期限办结率"),
        N_("同按时办结率，但不算延期，按原来的期限。"),
        among=lambda case: case.handling_by_original in DUE_PASSED,
        holds=lambda case: case.handling_by_original is Verdict.ON_TIME,
    ),
    Rate(
        "extended",
        N_("延期率"),
        N_("办理期限已到的计件中，批准过延期的占多少。"),
        among=lambda case: case.handling in DUE_PASSED,
        holds=lambda case: case.is_extended,
    ),
    Rate(
        "resolution",
        N_("解决率"),
        N_("村民最后一句话是“解决了”的，占回了话的计件多少。别人替她记的话另列。"),
        among=lambda case: case.is_counted and case.answer is not None,
        holds=lambda case: case.answer is Answer.SOLVED,
    ),
    Rate(
        "accepted",
        N_("可以接受"),
        N_("村民最后一句话是“没解决，可以接受”的，占回了话的计件多少。"),
        among=lambda case: case.is_counted and case.answer is not None,
        holds=lambda case: case.answer is Answer.ACCEPTED,
    ),
    Rate(
        "satisfaction",
        N_("满意率"),
        N_("每件取最后一次评价，四分和五分占评过分的计件多少。别人替她记的评价另列。"),
        among=lambda case: case.is_counted and case.rating is not None,
        holds=lambda case: (case.rating or 0) >= SATISFIED,
    ),
    Rate(
        "participation",
        N_("参评率"),
        N_("村民回了话或评了分的，占已办结的计件多少。"),
        among=lambda case: case.is_closed,
        holds=lambda case: case.answer is not None or case.rating is not None,
    ),
    Rate(
        "unconfirmed",
        N_("未确认率"),
        N_(
            "没等到村民回话就到期办结、之后也没有回话的，占已办结的计件多少。没回话不算满意；回访时记下的话算回话，但另列。"
        ),
        among=lambda case: case.is_closed,
        holds=lambda case: case.is_unconfirmed,
    ),
    Rate(
        "visited",
        N_("上门率"),
        N_("扫过门上的码、村民没有否认的，占已办结、要上门的求助和投诉多少。"),
        among=_wanted_a_visit,
        holds=lambda case: bool(case.scans),
    ),
    Rate(
        "reopened",
        N_("重办率"),
        N_("村民不满意过或重办过的，占反馈过的计件多少。"),
        among=lambda case: case.is_counted and case.was_reported_back,
        holds=lambda case: case.was_reopened,
    ),
    Rate(
        "repeated",
        N_("重复率"),
        N_("同一户此前九十天内说过同一类事（未归类的看种类），占计件多少；前后两件都要记在所查的区域内。"),
        among=lambda case: case.is_counted,
        holds=lambda case: case.is_repeated,
    ),
)

DURATIONS = (
    Duration(
        "response_seconds",
        N_("响应用时"),
        N_("从受理到有人接手并联系上，自然时间；中位数，和九成之内的时间（第 ⌈p·n⌉ 小的一件）。"),
        until=lambda case: case.responded_at,
        whose=Whose.RESPONSE,
    ),
    Duration(
        "handling_seconds",
        N_("办理用时"),
        N_("从受理到把结果告诉村民（最近一次不满意或重办之后的第一次反馈），自然时间。"),
        until=lambda case: case.handled_at,
    ),
    Duration(
        "closing_seconds",
        N_("办结用时"),
        N_("从受理到办结，自然时间。"),
        until=lambda case: case.closed_at,
    ),
)

COUNTS: Mapping[str, tuple[str, str]] = {
    "received": (N_("受理"), N_("这段日子里提交的全部诉求，首尾两天都算（北京时间）。")),
    "excluded": (N_("剔除"), N_("撤回、并案、不归这里管而不予受理、无效的。")),
    "counted": (N_("计件"), N_("受理减剔除。")),
    "open": (N_("未办结"), N_("计件中还没有办结的，包括等村民回话的。")),
    "to_check": (N_("待核"), N_("短时间内大量提交、还没有人核过的；也在受理数里。")),
    "not_yet_due": (N_("未到期"), N_("期限还没到的计件，不进按时率；其中已响应的另列。")),
    "recorded_for_her": (N_("代记"), N_("回访时记下的、或代录诉求上的回话和评价，不进解决率和满意率。")),
}

COMPOSITE: Mapping[str, float] = {}
"""综合分: weights by key of a rate. Empty: there is no composite until a township sets one."""
