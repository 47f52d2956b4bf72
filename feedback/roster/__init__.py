"""花名册: areas, households and staff as offices hand them in; all of a file or nothing of it.

`plan` sets a file beside the database and says what it would change and which rows it can't take; `apply`
does it. Nobody and nothing is removed by a file: what it doesn't name stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from sqlalchemy import func, select, update

from feedback import db
from feedback.errors import Refusal
from feedback.identity import passwords, trail
from feedback.identity.passwords import Slip
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.roster.areas import FIRST_GRID, AreasPlan
from feedback.roster.households import HouseholdsPlan
from feedback.roster.plans import Change, Difference, Effect, Kind, Plan, Progress
from feedback.roster.staff import LEVELS, StaffPlan
from feedback.words import N_

_PLANS: dict[Kind, type[Plan]] = {
    Kind.AREAS: AreasPlan, Kind.HOUSEHOLDS: HouseholdsPlan, Kind.STAFF: StaffPlan,
}
_IMPORT_LOCK = 0x484C4D01
"""PostgreSQL's advisory lock of imports: two files at once would each miss what the other adds."""


def plan(
    kind: Kind, source: bytes | BinaryIO, *, file_name: str = "", progress: Progress = iter
) -> Plan:
    """What the file would change. Reads only. Raises Refusal when the file as a whole can't be read."""
    return _PLANS[Kind(kind)](source, file_name=file_name, progress=progress)


def apply(planned: Plan, *, by: Person | None = None, slips: Sequence[Slip] = ()) -> Plan:
    """Does what the plan says, compared once more under the write lock; returns the plan as it was done.

    `slips` (from `slips_for`) give first passwords to people who have none. Raises Refusal when the file
    has a bad row; then nothing was changed. The door commits.
    """
    hashes = passwords.hashes([slip.password for slip in slips])
    db.write()
    if not db.is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))
    planned.compare()
    if planned.is_refused:
        raise Refusal(N_("有 {count} 行不能导入，一行都没有导入"), count=len(planned.bad_rows))
    if planned.changes:
        planned.write()
    for slip, password_hash in zip(slips, hashes, strict=True):
        has_none = (Person.username == slip.username, Person.password_hash.is_(None))
        db.session.execute(update(Person).where(*has_none).values(password_hash=password_hash))
    if planned.changes or slips:
        trail.leave(StaffAct.IMPORT, by, subject=planned.file_name[-120:], kind=planned.kind, new=planned.new,
                    changed=planned.changed, same=planned.same, passwords=len(slips))
    db.session.flush()
    return planned


def slips_for(planned: Plan) -> list[Slip]:
    """New first passwords for people of a staff file who could not sign in otherwise; of other files, none."""
    return planned.slips() if isinstance(planned, StaffPlan) else []


__all__ = [
    "FIRST_GRID", "LEVELS", "AreasPlan", "Change", "Difference", "Effect", "HouseholdsPlan", "Kind", "Plan",
    "Slip", "StaffPlan", "apply", "plan", "slips_for",
]
