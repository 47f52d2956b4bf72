"""登录与门禁: the way in for staff, each person's own devices and password, and who may open which address."""

from flask import Blueprint, g

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
    """`staff` in every template: who is signed in, where a page asked for it."""
    here = g.get("sign_in")
    return {"staff": here.person if here else None}


from feedback.web.auth import account, sign_in  # noqa: E402, F401 - their views belong to `bp`

__all__ = ["Guard", "beginning", "bp", "current_sign_in", "current_staff", "everybody", "role_required", "signed_in",
           "staff_may", "staff_or_nobody"]
