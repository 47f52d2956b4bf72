"""登录: account and password, then six digits for those who need them, then back to where one was going."""

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from feedback import access, db, identity
from feedback.errors import Refusal
from feedback.identity import devices, second_factor
from feedback.models.people import Person, Role
from feedback.web import safety
from feedback.web.auth import badge, bp
from feedback.web.auth.forms import CodeForm, SignInForm
from feedback.web.auth.guard import beginning, current_sign_in, everybody, staff_or_nobody
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _


@bp.get("/login")
@everybody
def show_sign_in() -> ResponseReturnValue:
    person = staff_or_nobody()
    target = badge.local_path(request.args.get("next"))
    if person is not None:
        return redirect(target or home_of(person))
    return _sign_in_page(SignInForm(next=target))


@bp.post("/login")
@everybody
@safety.keeps_words
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if safety.is_stale() or not form.validate_on_submit():
        return _sign_in_page(form)
    try:
        person = identity.check_password(
            form.username.data, form.password.data, address=request.remote_addr or "",
            known_device=badge.known_device(form.username.data),
        )
    except Refusal as refusal:
        return _sign_in_page(form, refusal)
    if not _asks_for_code(person):
        return _enter(person, is_kept=form.is_kept.data, target=form.next.data)
    badge.passed_first_step(person, is_kept=form.is_kept.data, proof=badge.proof_of(person))
    return redirect(url_for(".show_code", next=badge.local_path(form.next.data) or None))


@bp.get("/login/code")
@everybody
def show_code() -> ResponseReturnValue:
    person = _half_in()
    if person is None:
        return redirect(url_for(".show_sign_in"))
    return _code_page(person, CodeForm(next=badge.local_path(request.args.get("next"))))


@bp.post("/login/code")
@everybody
def give_code() -> ResponseReturnValue:
    person, form, half = _half_in(), CodeForm(), badge.half()
    if person is None or half is None:
        return redirect(url_for(".show_sign_in"))
    if not form.validate_on_submit():
        return _code_page(person, form)
    try:
        identity.check_code(
            person, form.code.data, address=request.remote_addr or "",
            known_device=badge.known_device(person.username),
        )
    except Refusal as refusal:
        return _code_page(person, form, refusal)
    return _enter(person, is_kept=bool(half["kept"]), target=form.next.data)


@bp.post("/logout")
@beginning
def sign_out() -> ResponseReturnValue:
    devices.end(current_sign_in())
    db.session.commit()
    badge.take_off()
    flash(_("已退出。"))
    return redirect(url_for(".show_sign_in"))


def home_of(person: Person) -> str:
    """Where the person's day begins: the room of the highest hat."""
    if access.has_role(person, Role.ADMIN):
        return "/admin/"
    if access.has_role(person, Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR):
        return "/t/"
    return "/g/"


def _asks_for_code(person: Person) -> bool:
    """One who needs a second factor and has none yet sets it up right after signing in."""
    return second_factor.is_needed(person) and second_factor.is_set_up(person)


def _enter(person: Person, *, is_kept: bool, target: str | None) -> Response:
    key = devices.begin(person, device=badge.device_name(), is_kept=is_kept)
    kept = is_kept and devices.may_be_kept(person)
    answer = redirect(badge.local_path(target) or home_of(person), 303)
    username = person.username
    db.session.commit()
    badge.put_on(key, is_kept=kept)
    badge.remember_device(answer, username)  # type: ignore[arg-type]
    return answer


def _half_in() -> Person | None:
    """Who has given the right password a moment ago, unless it was changed since."""
    half = badge.half()
    person = db.session.get(Person, half["id"]) if half else None
    if half is None or person is None or not person.is_active or badge.proof_of(person) != half["proof"]:
        session.pop(badge.HALF, None)
        return None
    return person


def _sign_in_page(form: SignInForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    words = sentence_of(refusal) if refusal else _("这一页放得久了，请再输一次密码。") if safety.is_stale() else ""
    status = refusal.status if refusal else 400 if form.errors or safety.is_stale() else 200
    days = badge.settings().phone_session_days
    return render_template("auth/sign_in.html", form=form, refused=words, days=days), status


def _code_page(person: Person, form: CodeForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    shown = second_factor.code_now(person) if current_app.extensions["config"].demo else ""
    words = sentence_of(refusal) if refusal else ""
    status = refusal.status if refusal else 400 if form.errors else 200
    return render_template("auth/code.html", form=form, refused=words, shown=shown), status
