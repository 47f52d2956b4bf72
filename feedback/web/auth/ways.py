"""怎样通知我: one's own ways of hearing: set, changed, taken away, tried out."""

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField

from feedback import db
from feedback.errors import Missing, Refusal
from feedback.models.notices import Via
from feedback.models.people import Person
from feedback.notifications import routes, ways
from feedback.web import wording
from feedback.web.auth import bp
from feedback.web.auth.guard import current_staff, signed_in
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

ADDRESSES = {
    Via.EMAIL: (N_("邮箱"), N_("例如 zhou@example.cn")),
    Via.DINGTALK: (N_("机器人的 Webhook 地址"), N_("钉钉群 → 机器人 → 自定义，复制地址。选了“加签”的，写成 https://SEC…@oapi.dingtalk.com/…")),
    Via.WECOM: (N_("机器人的 Webhook 地址"), N_("企业微信群 → 群机器人，复制地址")),
    Via.FEISHU: (N_("机器人的 Webhook 地址"), N_("飞书群 → 群机器人 → 自定义机器人，复制地址")),
    Via.WEBHOOK: (N_("接收消息的地址"), N_("向单位的信息员要，写成 https://口令@地址；口令至少 16 位，用来签名")),
    Via.SMS: (N_("手机号"), N_("您自己的手机")),
}
"""What an address is called, and where it is found."""


class AddressForm(FlaskForm):  # type: ignore[misc]
    address = StringField(_l("地址"))


@bp.get("/account/notices")
@signed_in
def show_ways() -> ResponseReturnValue:
    person = current_staff()
    mine = {route.via: wording.translate(routes.masked(route)) for route in routes.of(person)}
    return render_template("auth/ways.html", ways=[(via, mine.get(via, "")) for via in _shown(set(mine))],
                           undelivered={via: _undelivered(person, via) for via in mine})


@bp.get("/account/notices/<via>")
@signed_in
def show_way(via: str) -> ResponseReturnValue:
    form = AddressForm()
    chosen = _offered(via)
    if chosen is Via.SMS:
        form.address.data = current_staff().phone
    return _way_page(chosen, form)


@bp.post("/account/notices/<via>")
@signed_in
def set_way(via: str) -> ResponseReturnValue:
    form, chosen = AddressForm(), _offered(via)
    if not form.validate_on_submit():
        return _way_page(chosen, form)
    try:
        routes.set(current_staff(), chosen, form.address.data or "")
    except Refusal as refusal:
        return _way_page(chosen, form, refusal)
    db.session.commit()
    flash(_("已记下。发一条试试，看收不收得到。"))
    return _back()


@bp.post("/account/notices/<via>/remove")
@signed_in
def remove_way(via: str) -> ResponseReturnValue:
    chosen = _named(via)
    routes.remove(current_staff(), chosen)
    db.session.commit()
    flash(_("不再用%(via)s通知您。站内通知照旧。", via=wording.translate(chosen.label)))
    return _back()


@bp.post("/account/notices/<via>/try")
@signed_in
def try_way(via: str) -> ResponseReturnValue:
    """Sending takes as long as the other side takes: no transaction is open meanwhile."""
    chosen = _offered(via)
    trial = routes.trial(current_staff(), chosen)
    db.session.rollback()
    fault = routes.try_out(trial, link=current_app.extensions["config"].base_url + url_for("desk.show_notices"))
    if fault:
        flash(_("没有发出去：%(why)s", why=wording.translate(fault)), "closed")
    else:
        flash(_("已发出。一两分钟里没收到，请看看地址对不对。"))
    return _back()


def _undelivered(person: Person, via: Via) -> str:
    """What became of the last message by this way, where it did not arrive: nobody else tells him."""
    last = routes.undelivered(person, via)
    if last is None:
        return ""
    return _("%(when)s的通知没有送到：%(why)s", when=wording.moment(last.made_at), why=wording.translate(last.fault))


def _shown(mine: set[Via]) -> list[Via]:
    """What this installation can send by, and what the person has set before."""
    offered = set(ways.offered())
    return [via for via in Via if via in offered | mine]


def _named(via: str) -> Via:
    if via not in set(Via) - {Via.LIST}:
        raise Missing
    return Via(via)


def _offered(via: str) -> Via:
    chosen = _named(via)
    if chosen not in ways.offered():
        raise Missing
    return chosen


def _way_page(via: Via, form: AddressForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    label, hint = ADDRESSES[via]
    page = render_template("auth/way.html", via=via, form=form, label=label, hint=hint,
                           refused=sentence_of(refusal) if refusal else "")
    return page, refusal.status if refusal else 200


def _back() -> Response:
    return redirect(url_for("auth.show_ways"), 303)
