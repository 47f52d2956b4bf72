"""预警规矩: each rule tried on the area's own past before it is set; nothing is stored until the second press."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from feedback.alerts import rules, saying, trial
from feedback.alerts.rules import Rule
from feedback.alerts.trial import Ring, Trial
from feedback.models.alerts import Per, Side
from feedback.models.places import Area
from feedback.notifications import texts
from feedback.web import wording
from feedback.web.admin import bp, start
from feedback.web.admin.rules import SAVE
from feedback.web.admin.sheet import NEEDED, Sheet, rulers
from feedback.web.auth import current_staff
from feedback.web.desk.notices import say
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext
from feedback.web.township import here

NEW = "new"
MOST_SHOWN = 60
"""Alerts of a trial that are named; the rest is counted."""


def _number(name: str) -> tuple[Any, ...]:
    least, most = rules.RANGES[name]
    between = _l("写 %(least)s 到 %(most)s 之间的数", least=least, most=most)
    return InputRequired(NEEDED), NumberRange(least, most, between)


class RuleSheet(Sheet):
    name = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=rules.MOST_NAME)])
    measure = SelectField(_l("看什么"), [InputRequired(NEEDED)])
    per = SelectField(_l("看谁的"), [InputRequired(NEEDED)])
    side = SelectField(_l("低了响，还是高了响"), [InputRequired(NEEDED)])
    threshold = IntegerField(_l("到多少"), _number("threshold"),
                             description=_l("写百分之几，正好等于的不响；“几分钟里连着反馈”的，写至少几件"))
    window_days = IntegerField(_l("看最近几天"), _number("window_days"), description=_l("这些天里受理的件，头尾都算"))
    lasting_days = IntegerField(_l("连续几天这样才响"), _number("lasting_days"))
    least = IntegerField(_l("至少几件才算"), _number("least"), description=_l("件数少，一两件就变很多；最少 5 件"))
    minutes = IntegerField(_l("几分钟里"), [Optional(), NumberRange(1, rules.RANGES["minutes"][1])],
                           description=_l("只用于“几分钟里连着反馈”"))
    is_on = BooleanField(_l("打开这一条"))

    def rule(self, before: Rule) -> Rule:
        """The rule as it is filled in; what the form does not ask stays as it was."""
        asked = {one.name: one.data for one in self.asked}
        kinds = {"per": Per, "side": Side}
        values: dict[str, Any] = {n: kinds[n](value) if n in kinds else value for n, value in asked.items()}
        values["minutes"] = values.get("minutes", before.minutes) or 0
        return replace(before, **values)


@dataclass(frozen=True)
class Told:
    """One alert of a trial as the page says it."""

    ring: Ring
    reason: str


@bp.get("/alerts")
@rulers
def show_alert_rules() -> ResponseReturnValue:
    area = start.ruled()
    return render_template("admin/alerts.html", holding=rules.holding(area.code), described=described, new=NEW,
                           section="alerts", **start.about(area))


@bp.route("/alerts/<rule_key>", methods=("GET", "POST"))
@rulers
def change_alert_rule(rule_key: str) -> ResponseReturnValue:
    """What it would have raised, first; it is set by the button under that."""
    area = start.ruled()
    before = _before(area, rule_key)
    form = _sheet(before, is_new=rule_key == NEW)
    if request.form.get("step") == SAVE:
        if form.is_done(lambda: rules.set_rule(current_staff(), area.code, form.rule(before))):
            flash(_("已定下。从今晚零点后起照这个看。"))
            return redirect(url_for(".show_alert_rules", area=area.code), 303)
        return _page(area, rule_key, before, form)
    return _page(area, rule_key, before, form, form.tried(lambda: _tried(area, form.rule(before))))


def _before(area: Area, key: str) -> Rule:
    if key == NEW:
        return Rule(key=rules.new_key(), name="", measure="handling_on_time", per=Per.VILLAGE, side=Side.BELOW,
                    threshold=80, window_days=28, lasting_days=7)
    return rules.of_key(area.code, key).rule


def _sheet(before: Rule, *, is_new: bool) -> RuleSheet:
    name = wording.translate(before.name) if before.name else ""
    form = RuleSheet(data={**before.__dict__, "name": name, "minutes": before.minutes or None})
    form.measure.choices = [(key, wording.translate(label)) for key, label in rules.MEASURES.items()]
    form.per.choices = [(per.value, wording.translate(per.label)) for per in Per]
    form.side.choices = [(side.value, wording.translate(side.label)) for side in Side]
    unasked = set() if is_new else {"measure", "per", "side"} | ({"least"} if before.is_burst else {"minutes"})
    for field in unasked:
        del form[field]
    return form


def _tried(area: Area, rule: Rule) -> Trial:
    return trial.of(rules.proposed(current_staff(), area.code, rule), area.code)


def _page(area: Area, key: str, before: Rule, form: RuleSheet, tried: Trial | None = None) -> ResponseReturnValue:
    page = render_template(
        "admin/alert_rule.html", form=form, key=key, before=None if key == NEW else before, tried=tried, save=SAVE,
        told=_told(area, tried) if tried else (), among=_among(tried) if tried else "", described=described,
        section="alerts", **start.about(area),
    )
    return page, form.status


def _told(area: Area, tried: Trial) -> Sequence[Told]:
    """The alerts of a trial, the newest first; people by name for those who lead there alone."""
    shown = tried.rings[:MOST_SHOWN]
    is_open = tried.rule.per is not Per.HANDLER or here.may_see_handlers(current_staff(), area.code)
    names = trial.names(tried.rule.per, [ring.subject for ring in shown]) if is_open else {}
    return [
        Told(ring, say(texts.Said(*saying.of_trial(
            tried.rule, ring.reading, ring.from_on, ring.spell.raised_on, names.get(ring.subject, _("一位经办人")),
        ))))
        for ring in shown
    ]


def _among(tried: Trial) -> str:
    """「分在 3 个村」."""
    n = tried.subjects
    return {
        Per.VILLAGE: ngettext("分在 %(num)s 个村", "分在 %(num)s 个村", n),
        Per.TEAM: ngettext("分在 %(num)s 支队", "分在 %(num)s 支队", n),
        Per.HANDLER: ngettext("分在 %(num)s 位经办人", "分在 %(num)s 位经办人", n),
        Per.TOWNSHIP: ngettext("%(num)s 个镇街", "%(num)s 个镇街", n),
    }[tried.rule.per]


def described(rule: Rule) -> str:
    """The rule in one sentence."""
    values = {"per": wording.translate(rule.per.label), "measure": wording.translate(rules.MEASURES[rule.measure]),
              "side": wording.translate(rule.side.label)}
    if rule.is_burst:
        return _("%(per)s，最近 %(days)s 天里，%(minutes)s 分钟内反馈过 %(n)s 件以上（含 %(n)s 件）",
                 per=values["per"], minutes=rule.minutes, n=rule.threshold, days=rule.window_days)
    lasting = _("，连续 %(days)s 天", days=rule.lasting_days) if rule.lasting_days > 1 else ""
    return _("%(per)s，最近 %(days)s 天受理的，%(measure)s%(side)s %(threshold)s%%%(lasting)s；至少 %(least)s 件",
             days=rule.window_days, threshold=rule.threshold, least=rule.least, lasting=lasting, **values)
