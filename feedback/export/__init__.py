"""导出: cases, their events and the figures as tables that a spreadsheet opens as they are.

No personal data: people by staff number, households by a pseudonym that is good for one file only. From
`events` alone every figure can be worked out again; the repeat share needs a file that begins 90 days before
the window.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from feedback import access, clock, db, stats
from feedback.export.files import Cell, Format, Table, write
from feedback.models.cases import Case, CaseEvent
from feedback.models.people import Person, Team, TeamKind
from feedback.models.rules import Category
from feedback.stats.definitions import DURATIONS, RATES
from feedback.stats.facts import Exclusion, Facts

PER_FETCH = 2_000

EVENT_COLUMNS = (
    "case", "n", "action", "at", "actor", "post", "actor_area", "status", "area", "team", "owner", "kind",
    "category", "urgent", "channel", "marked", "visit_wanted", "contact", "witnessed", "of_n", "scanned", "outcome",
    "reason", "answer", "rating", "by_her", "main_case", "household", "response_due", "handling_due",
    "handling_due_original", "policy",
)  # fmt: skip
"""`of_n`: which event she bears witness to; `scanned`: the door's code was read at this visit."""

CASE_COLUMNS = (
    "case", "filed_at", "area", "team", "owner", "kind", "category", "urgent", "channel", "marked", "visit_wanted",
    "household", "status", "responded_at", "responder", "handled_at", "handler", "closed_at", "closed_by", "excluded",
    "answer", "rating", "recorded_answer", "recorded_rating", "response", "handling", "handling_by_original",
    "unconfirmed", "visited", "reported_back", "reopened", "repeated", "response_due", "handling_due",
    "handling_due_original",
)  # fmt: skip


def events(area_code: str, from_on: date, to_on: date, *, viewer: Person | None = None) -> Table:
    """Every event of the cases booked in an area and filed from a day to a day, both included."""
    return Table(EVENT_COLUMNS, _event_rows(_filed(area_code, from_on, to_on, viewer), _Register()))


def cases(area_code: str, from_on: date, to_on: date, *, viewer: Person | None = None) -> Table:
    """One row a case as it stands now, with what each figure makes of it."""
    cohort = stats.read(area_code, from_on, to_on, viewer=viewer)
    wanted = _filed(area_code, from_on, to_on, viewer)
    own = {row.id: row for row in db.session.execute(select(Case.id, Case.number, Case.is_urgent).where(wanted))}
    register = _Register()
    return Table(CASE_COLUMNS, (_case_row(case, own[case.last.case_id], register) for case in cohort.cases))


def figures(rows: Sequence[stats.Row], by: Sequence[stats.By] = ()) -> Table:
    """The figures of each group: every share with both its parts, times in seconds."""
    columns = [*(one.value for one in by or ()), *([] if by else ["key"])]
    columns += ["received", *(f"excluded_{reason}" for reason in Exclusion), "counted", "open", "to_check"]
    for rate in RATES:
        columns += [f"{rate.key}_n", f"{rate.key}_of", f"{rate.key}_rate"]
    for duration in DURATIONS:
        columns += [f"{duration.key}_median", f"{duration.key}_p90", f"{duration.key}_n"]
    columns += ["not_yet_due_response", "not_yet_due_responded", "not_yet_due_handling"]
    columns += ["recorded_answers", "recorded_ratings"]
    return Table(tuple(columns), (_figure_row(row) for row in rows))


def _filed(area_code: str, from_on: date, to_on: date, viewer: Person | None) -> ColumnElement[bool]:
    wanted = and_(
        access.within(Case.area_code, area_code),
        Case.filed_at >= clock.start_of(from_on),
        Case.filed_at < clock.end_of(to_on),
    )
    return wanted if viewer is None else and_(wanted, access.not_shut_out(viewer))


class _Register:
    """What stands for people, teams, categories and households in one file."""

    def __init__(self) -> None:
        self._households: dict[int, int] = {}
        people = db.session.execute(select(Person.id, Person.staff_number))
        teams = db.session.execute(select(Team.id, Team.area_code, Team.kind, Team.name))
        categories = db.session.execute(select(Category.id, Category.name))
        self.people = dict(people.all())
        self.categories = dict(categories.all())
        self.teams = {id_: code if kind is TeamKind.AREA else f"{code}/{name}" for id_, code, kind, name in teams}

    def person(self, id_: int | None) -> str:
        return "" if id_ is None else self.people[id_]

    def category(self, id_: int | None) -> str:
        return "" if id_ is None else self.categories[id_]

    def household(self, id_: int | None) -> str:
        """Its place among the households of this file: the same one is the same here, and another elsewhere."""
        return "" if id_ is None else f"H{self._households.setdefault(id_, len(self._households) + 1)}"


def _event_rows(wanted: ColumnElement[bool], register: _Register) -> Iterator[Sequence[Cell]]:
    main = Case.__table__.alias()
    rows = db.session.execute(
        select(*CaseEvent.__table__.c, Case.number.label("number"), main.c.number.label("main_number"))
        .join(Case, Case.id == CaseEvent.case_id)
        .outerjoin(main, main.c.id == CaseEvent.main_case_id)
        .where(wanted)
        .order_by(CaseEvent.case_id, CaseEvent.n)
        .execution_options(yield_per=PER_FETCH)
    )
    for row in rows:
        yield (
            row.number, row.n, row.action, _instant(row.at), register.person(row.actor_id), row.post or "",
            row.actor_area_code or "", row.status, row.area_code, register.teams[row.team_id],
            register.person(row.owner_id), row.kind, register.category(row.category_id), _yes(row.is_urgent),
            row.channel, _yes(row.is_marked), _yes(row.is_visit_wanted), row.contact or "", _yes(row.witnessed),
            row.of_n, _yes(row.code_id is not None), row.outcome or "", row.reason or "", row.answer or "", row.rating,
            _yes(row.by_her), row.main_number or "", register.household(row.household_id),
            _instant(row.response_due_at), _instant(row.handling_due_at), _instant(row.handling_due_original_at),
            "" if row.policy_id is None else str(row.policy_id),
        )  # fmt: skip


def _case_row(case: Facts, own: Any, register: _Register) -> Sequence[Cell]:
    last = case.last
    return (
        own.number, _instant(case.filed_at), last.area_code, register.teams[last.team_id],
        register.person(last.owner_id), last.kind, register.category(last.category_id), _yes(own.is_urgent),
        last.channel, _yes(last.is_marked), _yes(last.is_visit_wanted), register.household(last.household_id),
        last.status, _instant(case.responded_at), register.person(case.responder_id), _instant(case.handled_at),
        register.person(case.handler_id), _instant(case.closed_at), case.closed_by or "", case.exclusion or "",
        case.answer or "", case.rating, case.recorded_answer or "", case.recorded_rating, case.response,
        case.handling, case.handling_by_original, _yes(case.is_unconfirmed), _yes(bool(case.scans)),
        _yes(case.was_reported_back), _yes(case.was_reopened), _yes(case.is_repeated),
        _instant(last.response_due_at), _instant(last.handling_due_at), _instant(last.handling_due_original_at),
    )  # fmt: skip


def _figure_row(row: stats.Row) -> Sequence[Cell]:
    cells: list[Cell] = [*row.key, row.received, *row.excluded.values(), row.counted, row.open, row.to_check]
    for share in row.rates.values():
        cells += [share.n, share.of, share.rate]
    for spread in row.durations.values():
        cells += [spread.median, spread.p90, spread.n]
    waiting = row.response_not_yet_due
    cells += [waiting.of, waiting.n, row.handling_not_yet_due, row.recorded_answers, row.recorded_ratings]
    return cells


def _instant(value: datetime | None) -> str:
    return "" if value is None else clock.local(value).isoformat()


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


__all__ = ["CASE_COLUMNS", "EVENT_COLUMNS", "Cell", "Format", "Table", "cases", "events", "figures", "write"]
