"""说法: how the township's pages say and draw what the rules found: findings, bars, dues."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask import url_for
from markupsafe import Markup

from feedback import access, charts, clock, ladder, stats
from feedback.models.cases import Case
from feedback.models.people import Person, Role, Team, TeamKind
from feedback.models.places import Level
from feedback.stats.endings import Ending
from feedback.stats.findings import Finding
from feedback.web import promises, wording
from feedback.web.auth import current_staff
from feedback.web.desk import dues
from feedback.web.languages import gettext as _
from feedback.web.township import board, bp, here, window
from feedback.words import N_

Section = tuple[str, str, str]
"""A section of the head: its name, its words, its address."""


class Due(NamedTuple):
    """When a case is due, in words, and how heavily it is drawn."""

    words: str
    weight: str
    doubt: str


@bp.app_template_filter("finding")
def finding(found: Finding) -> str:
    """A finding in the reader's language; its values that are words are translated too."""
    values = {name: wording.translate(one) if isinstance(one, str) else one for name, one in found.values.items()}
    return wording.translate(found.sentence, **values)


@bp.app_template_filter("spark")
def spark(trend: Sequence[float | None], words: str, scale: tuple[float, float] = (0.0, 1.0)) -> Markup:
    return charts.sparkline(trend, words, low=scale[0], high=scale[1])


@bp.app_template_filter("barred")
def barred(share: stats.Share, words: str) -> Markup:
    return charts.bar(share.n, share.of, words)


@bp.app_template_filter("long")
def long(n: int, most: int, words: str) -> Markup:
    return charts.length(n, most, words)


@bp.app_template_filter("by_month")
def by_month(rows: Sequence[stats.Row]) -> Markup:
    """How many came in, month by month; the table below says the same."""
    this = window.this_month().from_on.isoformat()[:7]
    drawn = [charts.Column(row.received, str(int(row.key[0][-2:])), row.key[0] < this) for row in rows]
    said = [f"{window.month_words(row.key[0])} {row.received}" for row in rows]
    return charts.columns(drawn, _("各月受理的件数：%(months)s", months=_("，").join(said)))


@bp.app_template_filter("told_whom")
def told_whom(rungs: int) -> str:
    """Whom so many rungs have told: 「提醒到经办人和负责人」."""
    return wording.translate(TOLD[rungs])


TOLD = (
    N_("还没提醒"), N_("提醒到队里"), N_("提醒到经办人和负责人"), N_("报到上一级"), N_("报到镇街，开始督办"),
)


@bp.app_template_filter("stack")
def stack(parts: Mapping[Ending, int], kind: str) -> Markup:
    """How the closed cases of one kind ended, as one bar; the same in words for who can't see it."""
    said = [f"{wording.translate(ending.label)} {n}" for ending, n in parts.items() if n]
    drawn = [charts.Part(n, FILLS[ending]) for ending, n in parts.items()]
    return charts.stacked(drawn, _("%(kind)s：%(parts)s", kind=kind, parts=_("，").join(said) or _("还没有办结的")))


@bp.app_template_filter("swatch")
def swatch(ending: Ending) -> Markup:
    return charts.swatch(FILLS[ending])


FILLS = {
    Ending.UNCONFIRMED: charts.Fill.HATCH,
    Ending.NOT_SOLVED: charts.Fill.MIDDLE,
    Ending.SOLVED: charts.Fill.FULL,
    Ending.RECORDED: charts.Fill.SOFT,
}


@bp.app_template_filter("stuck")
def stuck(case: Case) -> str:
    """Who has it and what it waits for: 「湖东村 · 办理中，等她答复」."""
    state = wording.translate(case.status.label)
    waits = case.asked_at is not None and case.closed_at is None
    return f"{case.team.name} · " + (_("%(state)s，等她答复", state=state) if waits else state)


@bp.app_template_filter("waited")
def waited(case: Case) -> int:
    return board.days_since(case)


@bp.app_template_filter("due_words")
def due_words(case: Case) -> Due:
    return Due(dues.headline(case), dues.weight(case).value, promises.unsure_of(case))


@bp.app_template_filter("why_late")
def why_late(case: Case) -> list[str]:
    """Of an overdue case: which clocks ran out and how long ago, how far it was told, what is under way."""
    found = [_ran_out(case, which) for which in ladder.running(case) if _due(case, which) < clock.now()]
    if not found:
        return []
    if case.asked_at is not None:
        found.append(_("等村民答复"))
    if case.extension_asked_at is not None:
        found.append(_("等批延期 %(n)s 个工作日", n=case.extension_asked_days))
    if case.supervision_due_at is not None:
        found.append(_("督办单 %(when)s 前回复", when=wording.moment(case.supervision_due_at)))
    return found


def _ran_out(case: Case, which: ladder.Clock) -> str:
    """「没人联系，晚了 16 小时 30 分，已提醒到“超期”」."""
    late = dues.length(clock.now() - _due(case, which))
    is_response = which is ladder.Clock.RESPONSE
    words = _("没人联系，晚了 %(much)s", much=late) if is_response else _("没有结果，晚了 %(much)s", much=late)
    told = ladder.LADDER[which][: ladder.told(case, which)]
    return _("%(what)s，已提醒到“%(rung)s”", what=words, rung=wording.translate(told[-1].rung.label)) if told else words


def _due(case: Case, which: ladder.Clock) -> datetime:
    return case.response_due_at if which is ladder.Clock.RESPONSE else case.handling_due_at


@bp.app_template_filter("team_words")
def team_words(team: Team) -> str:
    """A team with its place: 「湖东村一组」, an own one by its name."""
    return wording.area(team.area) if team.kind is TeamKind.AREA else wording.translate(team.name)


@bp.app_template_filter("month")
def month(key: str) -> str:
    return window.month_words(key)


@bp.app_template_filter("place")
def place(case: Case, with_door: bool = False) -> str:
    """Where it is booked, and for who may read it behind which door: 「湖东村 · 湖东路 3 号」."""
    where = case.area.parent if case.area.level is Level.MICROGRID else case.area
    village = where.parent if where is not None and where.level is Level.GRID else where
    name = village.name if village is not None else case.area.name
    return f"{name} · {case.household.door}" if with_door and case.household is not None else name


@bp.app_template_filter("fact")
def fact(value: object) -> str:
    """One value of a staff event as it was written down: before and after as `甲 → 乙`."""
    if isinstance(value, list):
        return " → ".join("—" if one is None else str(one) for one in value)
    return str(value)


def level_below(area_code: str) -> str:
    """What the places in the ranked table are: 「村社」 under a township."""
    deeper = [level for level in Level if level.digits > len(area_code)]
    return deeper[0].label if deeper else Level.MICROGRID.label


@bp.app_context_processor
def head() -> dict[str, object]:
    return {"sections": sections}


def sections(current: str) -> list[Section]:
    """Where this person can go from here; the one they are in is always among them."""
    person = current_staff()
    found: list[Section] = []
    if here.widest(person) is not None:
        found += [
            ("overview", _("总览"), url_for("township.show_overview")),
            ("cases", _("名单"), url_for("township.show_cases", now="overdue")),
            ("figures", _("指标"), url_for("township.show_figures")),
            ("reports", _("月报"), url_for("township.show_reports")),
            ("supervision", _("监督"), url_for("township.show_letters")),
        ]
    if access.has_role(person, Role.TOWNSHIP, Role.DISCIPLINE, Role.VILLAGE, Role.GUARDIAN):
        found.insert(1, ("desk", _("办件"), "/g/"))
    if access.has_role(person, Role.AUDITOR):
        found.append(("audit", _("审计"), url_for("township.show_staff_events")))
    return found + _administration(person)


def _administration(person: Person) -> list[Section]:
    if access.has_role(person, Role.ADMIN):
        return [("admin", _("管理"), "/admin/")]
    if access.scope(person).of(Role.TOWNSHIP):
        return [("admin", _("公示与规矩"), "/admin/")]
    return []

