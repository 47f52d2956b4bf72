"""我的: one's own password, second factor, devices, and the password asked again before contacts are shown."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from qrcode.main import QRCode

from feedback import db, identity
from feedback.errors import Missing, Refusal
from feedback.identity import devices, passwords, second_factor
from feedback.models.people import Person
from feedback.web.auth import badge, bp
from feedback.web.auth.forms import CodeForm, PasswordForm, ProofForm
from feedback.web.auth.guard import beginning, current_sign_in, current_staff, signed_in
from feedback.web.auth.sign_in import home_of
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _
from feedback.words import N_

SETTING_UP = "totp"
"""Where the session keeps a secret until a code proves that the person's phone has it."""


@bp.get("/account/")
@signed_in
def show_account() -> ResponseReturnValue:
    person = current_staff()
    signed = devices.of(person, badge.terms())
    return render_template("auth/account.html", devices=signed, this=current_sign_in())


@bp.post("/account/devices/<int:device>/end")
@signed_in
def end_device(device: int) -> ResponseReturnValue:
    mine = {one.id: one for one in devices.of(current_staff(), badge.terms())}
    if device not in mine:
        raise Missing
    devices.end(mine[device])
    db.session.commit()
    flash(_("那台设备已退出。"))
    return redirect(url_for(".show_account"))


@bp.get("/account/password")
@beginning
def show_password() -> ResponseReturnValue:
    return _password_page(PasswordForm())


@bp.post("/account/password")
@beginning
def change_password() -> ResponseReturnValue:
    form, person = PasswordForm(), current_staff()
    if not form.validate_on_submit():
        return _password_page(form)
    try:
        identity.check_password_again(person, form.password.data, device=_this_device())
        _choose(person, form)
    except Refusal as refusal:
        return _password_page(form, refusal)
    db.session.commit()
    flash(_("密码已换。别的设备都已退出。"))
    return _on_the_way(person)


@bp.get("/account/second-factor")
@beginning
def show_second_factor() -> ResponseReturnValue:
    return _second_factor_page(CodeForm())


@bp.post("/account/second-factor")
@beginning
def set_up_second_factor() -> ResponseReturnValue:
    form, person, secret = CodeForm(), current_staff(), session.get(SETTING_UP, "")
    if _is_settled(person) or not form.validate_on_submit():
        return _second_factor_page(form)
    if not second_factor.fits(secret, form.code.data):
        return _second_factor_page(form, _("动态码不对。看看手机的时间准不准，等下一个六位数再输"))
    second_factor.enrol(person, secret)
    second_factor.spend(person, form.code.data)
    db.session.commit()
    session.pop(SETTING_UP, None)
    flash(_("已设好。以后登录要看一眼这部手机上的六位数。"))
    return _on_the_way(person)


@bp.get("/account/proof")
@signed_in
def show_proof() -> ResponseReturnValue:
    return render_template("auth/proof.html", form=ProofForm(next=badge.local_path(request.args.get("next"))))


@bp.post("/account/proof")
@signed_in
def give_proof() -> ResponseReturnValue:
    form, person = ProofForm(), current_staff()
    if not form.validate_on_submit():
        return render_template("auth/proof.html", form=form), 400
    try:
        identity.check_password_again(person, form.password.data, device=_this_device())
    except Refusal as refusal:
        return render_template("auth/proof.html", form=form, refused=sentence_of(refusal)), refusal.status
    devices.prove(current_sign_in())
    db.session.commit()
    return redirect(badge.local_path(form.next.data) or home_of(person))


def _on_the_way(person: Person) -> ResponseReturnValue:
    """To where the person was going before this had to be done first: the very door, for a guardian's first scan."""
    return redirect(badge.local_path(session.pop(badge.GOING_TO, None)) or home_of(person))


def _this_device() -> str:
    return f"sign-in {current_sign_in().id}"


def _choose(person: Person, form: PasswordForm) -> None:
    if form.new_password.data != form.again.data:
        raise Refusal(N_("两遍写得不一样"), field="again")
    passwords.choose(person, form.new_password.data, at=current_sign_in())


def _password_page(form: PasswordForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    refused = {refusal.field: sentence_of(refusal)} if refusal else {}
    status = refusal.status if refusal else 400 if form.errors else 200
    is_first = current_staff().must_change_password
    page = render_template("auth/password.html", form=form, refused=refused, is_first=is_first,
                           shortest=passwords.SHORTEST)
    return page, status


def _is_settled(person: Person) -> bool:
    """Whether there is nothing to set up; a lost second factor is the administrator's to take away."""
    return second_factor.is_set_up(person) or not second_factor.is_needed(person)


def _second_factor_page(form: CodeForm, refused: str = "") -> ResponseReturnValue:
    person = current_staff()
    if person.must_change_password:
        return redirect(url_for(".show_password"))
    if _is_settled(person):
        return redirect(home_of(person))
    secret = session.setdefault(SETTING_UP, second_factor.new_secret())
    picture = _dark_modules(second_factor.address(person, secret))
    shown = second_factor.code_of(secret) if current_app.extensions["config"].demo else ""
    page = render_template("auth/second_factor.html", form=form, secret=secret, picture=picture, refused=refused,
                           shown=shown)
    return page, 400 if refused or form.errors else 200


def _dark_modules(words: str) -> tuple[int, str]:
    """A QR code for an app's camera: modules along one side, quiet zone included, and the path of the dark ones."""
    code: QRCode[Any] = QRCode(border=4)
    code.add_data(words)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path
