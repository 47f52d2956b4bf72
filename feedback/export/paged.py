"""一页一页: the facts of cases and of their events for another machine, so many cases at a time, oldest first.

The columns are those of the exported files, as JSON values: true and false, numbers, null for what is not there. A page
begins after the case with which the page before ended, so that what is filed meanwhile neither repeats nor skips one;
all events of a case are on one page. Households go by a name that is good for this client only, staff are left out
unless the client may read them, and a case merged into one that does not exist for the client names none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_

from feedback import access, clock, db, sealing
from feedback.errors import Missing
from feedback.export import legend, lines
from feedback.export.names import Names
from feedback.models.cases import Case, CaseEvent
from feedback.models.clients import ApiClient, Reads
from feedback.models.people import Person, Team, TeamKind
from feedback.models.places import Area, Level
from feedback.models.rules import Category
from feedback.stats import cohort, fresh
from feedback.stats.facts import fold

TICKS = frozenset({
    "urgent", "marked", "visit_wanted", "witnessed", "scanned", "by_her", "unconfirmed", "visited", "reported_back",
    "reopened", "repeated",
})  # fmt: skip
"""Columns that say yes or no."""
NUMBERS = frozenset({"n", "of_n", "rating", "recorded_rating"})
PEOPLE = frozenset({"owner", "responder", "handler", "actor"})
"""Columns that hold a staff number."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Stretch:
    """Cases booked in an area and filed from a Shanghai day to another, both included, that exist for a client."""

    client: ApiClient
    area_code: str
    from_on: date
    to_on: date

    def page(self, after: str, limit: int) -> tuple[list[int], str]:
        """The ids of up to so many cases after the one of that number; and the last one's number, where more follow."""
        key = tuple_(Case.filed_at, Case.id)
        query = self._cases().order_by(Case.filed_at, Case.id).limit(limit + 1)
        if after:
            query = query.where(key > _place(after))
        found = db.session.execute(query).all()
        return [row.id for row in found[:limit]], found[limit - 1].number if len(found) > limit else ""

    def _cases(self) -> Select[int, str]:
        start, end = clock.start_of(self.from_on), clock.end_of(self.to_on)
        return (
            access.facts(self.client).with_only_columns(Case.id, Case.number)
            .where(_booked(self.area_code), Case.filed_at >= start, Case.filed_at < end)
        )


def cases(asked: Stretch, after: str, limit: int) -> tuple[list[Record], str]:
    """One record a case as it stands now, and after which case the next page begins."""
    ids, last = asked.page(after, limit)
    wanted, now = Case.id.in_(ids), clock.now()
    names = PageNames(asked.client, ids)
    own = {row.id: row for row in db.session.execute(select(Case.id, Case.number, Case.is_urgent).where(wanted))}
    states = {one.state.case_id: one.state for one in cohort.filings(wanted, asked.area_code, now)}
    found = {facts.last.case_id: facts for facts in fold(cohort.steps(wanted, now), states, now)}
    repeats = fresh.repeat_digits(ids, without=_hidden(asked.client, wanted))
    records = []
    for facts in (found[id_] for id_ in ids if id_ in found):
        facts.is_repeated = repeats.get(facts.last.case_id, 0) >= len(asked.area_code)
        records.append(_record(legend.CASES, lines.case(facts, own[facts.last.case_id], names), asked.client))
    return records, last


def events(asked: Stretch, after: str, limit: int) -> tuple[list[Record], str]:
    """Every event of so many cases, in their order, and after which case the next page begins."""
    ids, last = asked.page(after, limit)
    names = PageNames(asked.client, ids)
    rows = db.session.execute(
        select(*CaseEvent.__table__.c).where(CaseEvent.case_id.in_(ids)).order_by(CaseEvent.case_id, CaseEvent.n)
    ).all()
    order = {id_: place for place, id_ in enumerate(ids)}
    numbers = _numbers(select(Case).where(Case.id.in_(ids)))
    mains = _numbers(access.facts(asked.client).where(Case.id.in_({row.main_case_id for row in rows} - {None})))
    return [
        _record(legend.EVENTS, lines.event(row, numbers[row.case_id], mains.get(row.main_case_id, ""), names),
                asked.client)
        for row in sorted(rows, key=lambda row: order[row.case_id])
    ], last


class PageNames(Names):
    """What stands on one page for people, teams, categories and households: only those of its cases are read."""

    def __init__(self, client: ApiClient, ids: Sequence[int]) -> None:
        self._client = client
        columns = (CaseEvent.actor_id, CaseEvent.owner_id, CaseEvent.team_id, CaseEvent.category_id)
        rows = db.session.execute(select(*columns).where(CaseEvent.case_id.in_(ids)).distinct()).all()
        actors, owners, teams, categories = ({row[place] for row in rows} - {None} for place in range(4))
        people = select(Person.id, Person.staff_number).where(Person.id.in_(actors | owners))
        named = select(Team.id, Team.area_code, Team.kind, Team.name).where(Team.id.in_(teams))
        called = select(Category.id, Category.name).where(Category.id.in_(categories))
        self.people = dict(db.session.execute(people).all())
        self.categories = dict(db.session.execute(called).all())
        self.teams = {id_: code if kind is TeamKind.AREA else f"{code}/{name}"
                      for id_, code, kind, name in db.session.execute(named)}

    def household(self, id_: int | None) -> str:
        """The same on every page for this client, and another for any other."""
        return "" if id_ is None else f"H{sealing.keys().pseudonym(self._client.digest, f'household {id_}')}"


def _record(columns: legend.Columns, row: Sequence[legend.Cell], client: ApiClient) -> Record:
    hidden = frozenset() if Reads.PEOPLE in client.reads else PEOPLE
    return {name: _value(name, cell) for name, cell in zip(columns, row, strict=True) if name not in hidden}


def _value(name: str, cell: legend.Cell) -> Any:
    if cell == "" or cell is None:
        return None
    return cell == "yes" if name in TICKS else cell


def _booked(area_code: str) -> ColumnElement[bool]:
    """In the area; of a village or less place by place, so that the few of a small area are found by its index."""
    if len(area_code) < Level.VILLAGE.digits:
        return access.within(Case.area_code, area_code)
    places = select(Area.code).where(access.within(Area.code, area_code))
    return Case.area_code.in_(db.session.scalars(places).all())


def _place(number: str) -> Any:
    """Where the case of that number stands in the order of filing."""
    row = db.session.execute(select(Case.filed_at, Case.id).where(Case.number == number)).one_or_none()
    if row is None:
        raise Missing
    return tuple(row)


def _hidden(client: ApiClient, wanted: ColumnElement[bool]) -> Collection[int]:
    """What does not exist for the client among all cases of these households."""
    homes = select(Case.household_id).where(wanted, Case.household_id.is_not(None))
    found = select(Case.id).where(Case.household_id.in_(homes), ~access.not_shut_out(client))
    return set(db.session.scalars(found))


def _numbers(query: Select[Case]) -> dict[int, str]:
    return dict(db.session.execute(query.with_only_columns(Case.id, Case.number)).all())
