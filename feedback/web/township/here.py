"""所看的地方: which area a page is about, and who may look; both from the person's own hats."""

from flask import request

from feedback import access, db
from feedback.errors import Missing
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.web.auth import current_staff, role_required

WATCHERS = access.WATCHERS
watchers = role_required(*WATCHERS)
overseers = role_required(Role.TOWNSHIP, Role.DISCIPLINE)


def widest(person: Person) -> Area | None:
    """The widest area the person watches over; none for one who works only in an own team."""
    codes = sorted(access.scope(person).of(*WATCHERS), key=lambda code: (len(code), code))
    return db.session.get(Area, codes[0]) if codes else None


def area() -> Area:
    """The area asked for with `area=`, else the person's widest. Missing where it is not theirs to watch."""
    return of_code(request.args.get("area", ""))


def of_code(asked: str) -> Area:
    """The area of a code, without one the person's widest. Missing where it is not theirs to watch."""
    person = current_staff()
    found = db.session.get(Area, asked) if asked else widest(person)
    if found is None or not access.scope(person).covers(found.code, *WATCHERS):
        raise Missing
    return found


def may_see_handlers(person: Person, area_code: str) -> bool:
    """Whether the person leads there: figures by handler are for leaders, so that nobody is put up to be stared at."""
    return any(area_code.startswith(code) for code in access.led(person, *WATCHERS))


def trail(shown: Area) -> list[Area]:
    """The areas above the one shown, as far as the person watches them, the widest first."""
    scope = access.scope(current_staff())
    found: list[Area] = []
    step = shown.parent
    while step is not None and scope.covers(step.code, *WATCHERS):
        found.insert(0, step)
        step = step.parent
    return found
