"""门禁: who may open which address. Nobody, unless the view says otherwise.

A view names its callers: `@role_required(Role.TOWNSHIP)`, `@staff_may(Action.RESPOND)`, `@signed_in`, or, in a room
for the public, `@everybody`. The names stand on the view itself, so that a test lists every address beside them.
That a case is this person's to see and to act on is asked again by the rules, case by case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from feedback import access, db, workflow
from feedback.errors import Busy
from feedback.identity import devices, second_factor
from feedback.models.kinds import Action
from feedback.models.people import Person, Role, SignIn
from feedback.web.auth import badge
from feedback.workflow import Who

View = TypeVar("View", bound=Callable[..., object])

PUBLIC_ROOMS = frozenset({"door", "follow", "noticeboard", "machines", "gallery"})
"""Blueprints without a sign-in; every other view names its callers or is closed."""

HANDLERS = frozenset({Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP, Role.DISCIPLINE})
ROLES_OF: dict[Who, frozenset[Role]] = {
    Who.OWNER: HANDLERS,
    Who.HOLDER: HANDLERS,
    Who.ABOVE: HANDLERS,
    Who.READER: HANDLERS,
    Who.HER_GUARDIAN: frozenset({Role.GUARDIAN}),
    Who.VILLAGE: frozenset({Role.VILLAGE}),
    Who.TOWNSHIP: frozenset({Role.TOWNSHIP}),
    Who.DISCIPLINE: frozenset({Role.DISCIPLINE}),
}
"""Which roles can stand in a relation to some case; villager and system have no sign-in."""


@dataclass(frozen=True)
class Guard:
    """Who may call a view: the public, anybody signed in (`roles` empty), or those who serve in a role."""

    is_public: bool = False
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_beginning: bool = False
    """May be called before the first password is changed and the second factor set up."""
    is_for_machines: bool = False
    """Another machine calls, with its token; `web/api/bearer.py` asks for it. No sign-in of staff opens it."""

    def lets_in(self, person: Person) -> bool:
        return not self.roles or access.has_role(person, *self.roles)

    def __str__(self) -> str:
        if self.is_public:
            return "everybody"
        if self.is_for_machines:
            return "machines"
        return " ".join(sorted(self.roles)) or "signed in"


def everybody(view: View) -> View:
    """Needs no sign-in."""
    return _marked(view, Guard(is_public=True))


def signed_in(view: View) -> View:
    """Any member of staff."""
    return _marked(view, Guard())


def beginning(view: View) -> View:
    """Any member of staff, also one whose password or second factor is still to be set up."""
    return _marked(view, Guard(is_beginning=True))


def machines(view: View) -> View:
    """Another machine, by its token."""
    return _marked(view, Guard(is_for_machines=True))


def role_required(*roles: Role) -> Callable[[View], View]:
    """Those who serve in one of the roles today; a township's own teams count as the township."""
    return lambda view: _marked(view, Guard(roles=frozenset(roles)))


def staff_may(action: Action) -> Callable[[View], View]:
    """Those whose role can do the action to some case; whether to this one, the rule asks."""
    return role_required(*(role for who in workflow.WHO[action] for role in ROLES_OF.get(who, frozenset())))


def _marked(view: View, guard: Guard) -> View:
    view.guard = guard  # type: ignore[attr-defined]
    return view


def of(app: Flask, endpoint: str) -> Guard | None:
    """The guard of an endpoint; None means that nobody may call it."""
    guard = getattr(app.view_functions.get(endpoint), "guard", None)
    if guard is None and endpoint.partition(".")[0] in PUBLIC_ROOMS:
        return Guard(is_public=True)
    return guard


def ask() -> ResponseReturnValue | None:
    """Before every request: lets it pass, sends to the sign-in page, or refuses."""
    if request.endpoint is None:
        return None
    guard = of(current_app, request.endpoint)
    if guard is not None and (guard.is_public or guard.is_for_machines):
        return None
    g.sign_in = _sign_in()
    if g.sign_in is None:
        return _to_sign_in()
    if guard is None or not guard.lets_in(current_staff()):
        abort(403)
    return None if guard.is_beginning else _first_things_first(current_staff())


def current_staff() -> Person:
    """Who is signed in on this request."""
    return current_sign_in().person


def current_sign_in() -> SignIn:
    """The device that sends this request."""
    sign_in: SignIn | None = g.get("sign_in")
    if sign_in is None:
        abort(401)
    return sign_in


def staff_or_nobody() -> Person | None:
    """Who is signed in, on a page that is for everybody."""
    if "sign_in" not in g:
        g.sign_in = _sign_in()
    return g.sign_in.person if g.sign_in else None


def _sign_in() -> SignIn | None:
    key = session.get(badge.KEY)
    if not isinstance(key, str):
        return None
    found = devices.find(key, badge.terms())
    if found is not None and devices.was_long_unseen(found):
        _write_down_use(found)
    return found


def _write_down_use(sign_in: SignIn) -> None:
    """Nobody is kept from reading because others are writing: then it is written down the next time."""
    try:
        devices.see(sign_in)
        db.session.commit()
    except Busy:
        db.session.rollback()


def _to_sign_in() -> ResponseReturnValue:
    if request.method != "GET":
        abort(401)
    here = request.full_path.removesuffix("?")
    return redirect(url_for("auth.show_sign_in", next=here))


def _first_things_first(person: Person) -> ResponseReturnValue | None:
    """A first password is changed, and a second factor set up, before anything else."""
    first = ""
    if person.must_change_password:
        first = "auth.show_password"
    elif second_factor.is_needed(person) and not second_factor.is_set_up(person):
        first = "auth.show_second_factor"
    if not first:
        return None
    if request.method == "GET":
        session[badge.GOING_TO] = request.full_path.removesuffix("?")
    return redirect(url_for(first))
