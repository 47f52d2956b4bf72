"""站内通知: everybody's own list. A case that no longer exists for its reader takes its notices along."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from feedback import access, db
from feedback.models.cases import Case
from feedback.models.notices import Notice, Via
from feedback.models.people import Person

PAGE = 30
MOST_COUNTED = 99
"""Unread notices are counted so far; beyond that there are "more"."""
LONGEST_ID = 18
"""Digits of an id."""


@dataclass(frozen=True)
class Page:
    """Some notices, the newest first, and where the next page begins ('' at the end)."""

    notices: Sequence[Notice]
    after: str = ""


def page(person: Person, *, after: str = "", most: int = PAGE) -> Page:
    """The person's own notices, behind the one whose id is `after`."""
    query = _of(person)
    if after.isdecimal() and len(after) <= LONGEST_ID:
        query = query.where(Notice.id < int(after))
    loaded = (joinedload(Notice.event), joinedload(Notice.sign), joinedload(Notice.alert), joinedload(Notice.case),
              joinedload(Notice.plate_flag))
    found = list(db.session.scalars(query.order_by(Notice.id.desc()).limit(most + 1).options(*loaded)))
    return Page(found[:most], str(found[most - 1].id) if len(found) > most else "")


def unread(person: Person) -> int:
    """How many came since the person last looked; MOST_COUNTED + 1 stands for more. Reads so many rows at most."""
    newest = _of(person).order_by(Notice.id.desc()).limit(MOST_COUNTED + 1).with_only_columns(Notice.made_at).subquery()
    query = select(func.count()).select_from(newest)
    if person.notices_looked_at is not None:
        query = query.where(newest.c.made_at > person.notices_looked_at)
    return db.session.scalar(query) or 0


def look(person: Person, seen: Sequence[Notice]) -> None:
    """From now on what has come up to the newest of these is read. Not up to now: a notice is dated when its batch
    begins, and shows when the batch is written."""
    newest = max((notice.made_at for notice in seen), default=None)
    if newest is None or (person.notices_looked_at is not None and newest <= person.notices_looked_at):
        return
    db.write()
    person.notices_looked_at = newest
    db.session.flush()


def openable(person: Person, notices: Sequence[Notice]) -> frozenset[int]:
    """The ids of the cases among these notices that the person may still open."""
    wanted = {notice.case_id for notice in notices if notice.case_id is not None}
    known = access.facts(person).where(Case.id.in_(wanted)).with_only_columns(Case.id)
    return frozenset(db.session.scalars(known))


def _of(person: Person) -> Select[Notice]:
    exists_still = select(Case.id).where(Case.id == Notice.case_id, access.not_shut_out(person)).exists()
    return select(Notice).where(
        Notice.person_id == person.id, Notice.via == Via.LIST, Notice.dropped_at.is_(None),
        or_(Notice.case_id.is_(None), exists_still),
    )
