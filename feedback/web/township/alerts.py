"""预警: the alerts of an area as they stand and those that are over, each with its reason and a way into its cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback import access, alerts, db, sealing
from feedback.administration import authority
from feedback.alerts.spells import CALM
from feedback.models.alerts import Alert, Side
from feedback.models.cases import Case
from feedback.models.people import Person, TeamKind
from feedback.notifications import texts
from feedback.stats.members import Part
from feedback.web import wording
from feedback.web.auth import current_staff
from feedback.web.desk.notices import say
from feedback.web.languages import gettext as _
from feedback.web.township import bp, here, window


@dataclass(frozen=True)
class Line:
    """One alert as the page says it."""

    alert: Alert
    reason: str
    href: str
    """The list of the cases behind its number; '' of a burst, which has them at hand."""
    cases: Sequence[Case]
    words: str
    may_answer: bool

    @property
    def now(self) -> str:
        """「15 / 22 件 = 68.2%」, as at the day looked at last; '' of a burst, which does not change."""
        one = self.alert
        if one.burst_at is not None:
            return ""
        rate = alerts.saying.percent(one.now_n, one.now_of)
        return _("%(n)s / %(of)s 件 = %(rate)s", n=one.now_n, of=one.now_of, rate=rate)


@bp.get("/alerts")
@here.watchers
def show_alerts() -> ResponseReturnValue:
    person, area, after = current_staff(), here.area(), request.args.get("after", "")
    standing = [] if after else alerts.lists.standing(person, area.code)
    past, following = alerts.lists.past(person, area.code, after=after)
    lines = [[_line(person, one) for one in each] for each in (standing, past)]
    return render_template("township/alerts.html", area=area, standing=lines[0], past=lines[1], after=following,
                           calm=CALM, most=alerts.lists.MOST_WORDS, rules=_rules(person, area.code))


@bp.post("/alerts/<int:alert_id>/answer")
@here.overseers
def answer_alert(alert_id: int) -> ResponseReturnValue:
    alert = alerts.lists.answer(current_staff(), alert_id, request.form.get("words", ""))
    code = alert.area_code
    db.session.commit()
    flash(_("已记下。"))
    return redirect(url_for(".show_alerts", area=code), 303)


def _rules(person: Person, area_code: str) -> str:
    """Where the rules are set, for those who may."""
    may = access.scope(person).covers(area_code, *authority.RULING)
    return url_for("admin.show_alert_rules", area=area_code) if may else ""


def _line(person: Person, alert: Alert) -> Line:
    reason = say(texts.Said(*alerts.saying.of(alert, texts.subject(alert))))
    return Line(alert, reason, _href(alert), alerts.lists.burst(person, alert), _words(alert),
                alerts.lists.may_answer(person, alert))


def _words(alert: Alert) -> str:
    try:
        return alerts.lists.words_of(alert)
    except sealing.Unsealable:
        return _("（文字打不开）")


def _href(alert: Alert) -> str:
    if alert.burst_at is not None:
        return ""
    narrowed: dict[str, Any] = {}
    if alert.person is not None:
        narrowed = {"handler": alert.person.staff_number}
    elif alert.team is not None:
        is_area = alert.team.kind is TeamKind.AREA
        narrowed = {"team": alert.team.area_code if is_area else f"{alert.team.area_code}/{alert.team.name}"}
    elif alert.place_code is not None and alert.place_code != alert.area_code:
        narrowed = {"place": alert.place_code}
    part = Part.MISSING if alert.side is Side.BELOW else Part.N
    narrowed |= window.Window(alert.from_on, alert.to_on).args
    return url_for("township.show_cases", figure=alert.measure, part=part.value, area=alert.area_code, **narrowed)


@bp.app_template_filter("since_words")
def since(alert: Alert) -> str:
    """「11 月 8 日起，11 月 21 日夜里响的」."""
    return _("%(begun)s起这样，按%(day)s的数响的", begun=wording.day(alert.begun_on), day=wording.day(alert.to_on))


