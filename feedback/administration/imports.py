"""导入: a handed-in file of areas, households or people, as far as the administrator's own area goes.

The rules of the files are the roster's. Here it is asked whose places and people a file touches: a row beyond the
administrator's area is a bad row like any other, and then nothing of the file is taken.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from feedback import access, db, roster
from feedback.administration import authority
from feedback.administration.uploads import Upload
from feedback.errors import Refusal
from feedback.models.people import Person, Role
from feedback.roster import Plan, Slip
from feedback.tables import SHOWN_LENGTH, BadRow, Row
from feedback.words import N_

PLACE_COLUMNS = ("microgrid", "area", "code", "parent")
"""Where a row says its place, whichever file it is."""


def plan(by: Person, upload: Upload) -> Plan:
    """What the file would change, and every row it can't take. Reads only."""
    planned = roster.plan(upload.kind, upload.data, file_name=upload.file_name)
    _refuse_foreign(by, planned)
    return planned


def apply(by: Person, upload: Upload, *, with_passwords: bool = False) -> tuple[Plan, Sequence[Slip]]:
    """Takes the whole file, or refuses with the number of its bad rows. Returns slips for first passwords, if asked."""
    planned = plan(by, upload)
    if planned.is_refused:
        raise Refusal(N_("有 {count} 行不能导入，一行都没有导入"), count=len(planned.bad_rows))
    slips = roster.slips_for(planned) if with_passwords else []
    return roster.apply(planned, by=by, slips=slips), slips


def _refuse_foreign(by: Person, planned: Plan) -> None:
    scope = access.scope(by)
    known = {bad.line for bad in planned.bad_rows}
    for row, column in _places(planned.rows):
        if row.line not in known and not scope.covers(row.cells[column], Role.ADMIN):
            planned.bad_rows.append(_bad(row, column, N_("这个地方不归您管。")))
    for row in _of_foreign_people(by, planned):
        if row.line not in known:
            planned.bad_rows.append(_bad(row, "username", N_("这个人也在别处任职，由上一级的管理员改。")))
    planned.bad_rows.sort(key=lambda bad: bad.line)


def _places(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        column = next((name for name in PLACE_COLUMNS if row.cells.get(name)), None)
        if column is not None:
            yield row, column


def _of_foreign_people(by: Person, planned: Plan) -> list[Row]:
    """Rows that would change somebody who also serves where the administrator does not."""
    if planned.kind is not roster.Kind.STAFF:
        return []
    named = {row.cells["username"].lower(): row for row in planned.rows}
    people = db.session.scalars(select(Person).where(Person.username.in_(named)))
    return [named[one.username] for one in people if one.services and not authority.manages(by, one)]


def _bad(row: Row, column: str, reason: str) -> BadRow:
    return BadRow(row.line, column, row.cells[column][:SHOWN_LENGTH], reason)
