"""登录与门禁: the way in for staff, each person's own devices and password, and who may open which address."""

from flask import Blueprint, g
from werkzeug.local import LocalProxy

from feedback.models.people import Person
from feedback.web.auth import guard
from feedback.web.auth.guard import (
    Guard,
    beginning,
    current_sign_in,
    current_staff,
    everybody,
    role_required,
    signed_in,
    staff_may,
    staff_or_nobody,
)

bp = Blueprint("auth", __name__)
bp.before_app_request(guard.ask)


@bp.app_context_processor
def who_is_here() -> dict[str, object]:
    """`staff` and `home` in every template: who is signed in, where a page asked for it, and their own room."""
    return {"staff": LocalProxy(_who), "home": LocalProxy(_home)}


def _who() -> Person | None:
    here = g.get("sign_in")
    return here.person if here else None


def _home() -> str:
    person = _who()
    return sign_in.home_of(person) if person else "/"


from feedback.web.auth import account, sign_in, ways  # noqa: E402, F401 - their views belong to `bp`

__all__ = ["Guard", "beginning", "bp", "current_sign_in", "current_staff", "everybody", "role_required", "signed_in",
           "staff_may", "staff_or_nobody"]
