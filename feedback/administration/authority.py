"""谁能管: the administrator his own area; rules and published texts the township too. Nobody beyond his area."""

from sqlalchemy import select

from feedback import access, db, teams
from feedback.errors import Forbidden, Missing
from feedback.models.people import Person, Role
from feedback.models.places import Area, Level
from feedback.words import N_

RULING = (Role.ADMIN, Role.TOWNSHIP)
"""Who sets categories, deadlines, calendar days and published texts."""


def areas(person: Person, *roles: Role) -> list[Area]:
    """The areas the person has in these roles (default: administrator), the widest first."""
    codes = access.scope(person).of(*(roles or (Role.ADMIN,)))
    found = [db.session.get(Area, code) for code in sorted(set(codes), key=lambda code: (len(code), code))]
    return [area for area in found if area is not None]


def require(person: Person, area_code: str, *roles: Role) -> Area:
    """The area, where the person may change it in one of the roles (default: administrator); else Forbidden."""
    area = db.session.get(Area, area_code)
    if area is None or not access.scope(person).covers(area_code, *(roles or (Role.ADMIN,))):
        raise Forbidden(N_("这个地方不归您管。"))
    return area


def require_ruling(person: Person, area_code: str, lowest: Level = Level.TOWNSHIP) -> Area:
    """The area, where the person may set its rules; rules below the `lowest` level do not exist."""
    area = require(person, area_code, *RULING)
    if len(area_code) > lowest.digits:
        raise Forbidden(N_("这一级不设自己的规矩。"))
    return area


def manages(admin: Person, person: Person) -> bool:
    """Whether the administrator may change the person: somebody who serves elsewhere too is not his alone."""
    scope = access.scope(admin)
    current = teams.serving(person.services)
    known = [service.area_code for service in current or person.services]
    return bool(known) and all(scope.covers(code, Role.ADMIN) for code in known)


def person_or_404(admin: Person, username: str) -> Person:
    """The person of that account, where the administrator may know of them: they serve or served in his area."""
    person = db.session.scalar(select(Person).where(Person.username == username))
    scope = access.scope(admin)
    if person is None or not any(scope.covers(one.area_code, Role.ADMIN) for one in person.services):
        raise Missing
    return person


def require_managed(admin: Person, person: Person) -> None:
    """Raises Forbidden where the person also serves in an area the administrator does not have."""
    if not manages(admin, person):
        raise Forbidden(N_("{name}也在别处任职，由上一级的管理员改。"), name=person.name)
