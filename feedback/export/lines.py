"""行: an exported line of each event, of each case with what every figure makes of it, and of each group's figures."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, select, type_coerce

from feedback import access, clock, db, stats
from feedback.db import Choice
from feedback.export import walk
from feedback.export.legend import Cell
from feedback.export.names import Names
from feedback.export.walk import Asked
from feedback.models.cases import Case, CaseEvent
from feedback.stats import By, cohort, fresh
from feedback.stats.facts import Facts, fold

_EVENT = CaseEvent.__table__.c


def events(asked: Asked, as_at: datetime) -> Iterator[Sequence[Cell]]:
    """The events of the cases up to the instant, case by case, in their order."""
    names = Names()
    columns = [_plain(column) for column in _EVENT]
    for ids in walk.portions(asked):
        numbers = _numbers(Case.id.in_(ids))
        query = select(*columns).where(_EVENT.case_id.in_(ids), _EVENT.at <= as_at).order_by(_EVENT.case_id, _EVENT.n)
        rows = db.session.execute(query).all()
        merged = {row.main_case_id for row in rows if row.main_case_id is not None}
        mains = _numbers(Case.id.in_(merged) & asked.seen) if merged else {}
        for row in rows:
            yield event(row, numbers[row.case_id], mains.get(row.main_case_id, ""), names)


def cases(asked: Asked, as_at: datetime) -> Iterator[Sequence[Cell]]:
    """The cases as they stand at the instant."""
    names = Names()
    hidden = set(db.session.scalars(access.shut_out(asked.viewer))) if asked.viewer is not None else set()
    for ids in walk.portions(asked):
        wanted = Case.id.in_(ids)
        own = {row.id: row for row in db.session.execute(select(Case.id, Case.number, Case.is_urgent).where(wanted))}
        states = {one.state.case_id: one.state for one in cohort.filings(wanted, asked.area_code, as_at)}
        repeats = fresh.repeat_digits(ids, without=hidden)
        for facts in fold(cohort.steps(wanted, as_at), states, as_at):
            facts.is_repeated = repeats.get(facts.last.case_id, 0) >= len(asked.area_code)
            yield case(facts, own[facts.last.case_id], names)


def _numbers(wanted: ColumnElement[bool]) -> dict[int, str]:
    return dict(db.session.execute(select(Case.id, Case.number).where(wanted)).all())


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The words of closed lists as they are stored: members of them would only be turned into words again."""
    return type_coerce(column, String).label(column.name) if isinstance(column.type, Choice) else column


def event(row: Any, number: str, main_number: str, names: Names) -> Sequence[Cell]:
    """One event."""
    return (
        number, row.n, row.action, _instant(row.at), names.person(row.actor_id), row.post or "",
        row.actor_area_code or "", row.status, row.area_code, names.teams[row.team_id],
        names.person(row.owner_id), row.kind, names.category(row.category_id), _yes(row.is_urgent),
        row.channel, _yes(row.is_marked), _yes(row.is_visit_wanted), row.contact or "", _yes(row.witnessed),
        row.of_n, _yes(row.code_id is not None), row.outcome or "", row.reason or "", row.answer or "", row.rating,
        _yes(row.by_her), main_number, names.household(row.household_id),
        _instant(row.response_due_at), _instant(row.handling_due_at), _instant(row.handling_due_original_at),
        "" if row.policy_id is None else str(row.policy_id),
    )  # fmt: skip


def case(case: Facts, own: Any, names: Names) -> Sequence[Cell]:
    """One case, as it stands."""
    last = case.last
    return (
        own.number, _instant(case.filed_at), last.area_code, names.teams[last.team_id],
        names.person(last.owner_id), last.kind, names.category(last.category_id), _yes(own.is_urgent),
        last.channel, _yes(last.is_marked), _yes(last.is_visit_wanted), names.household(last.household_id),
        last.status, _instant(case.responded_at), names.person(case.responder_id), _instant(case.handled_at),
        names.person(case.handler_id), _instant(case.closed_at), case.closed_by or "", case.exclusion or "",
        case.answer or "", case.rating, case.recorded_answer or "", case.recorded_rating, case.response,
        case.handling, case.handling_by_original, _yes(case.is_unconfirmed), _yes(bool(case.scans)),
        _yes(case.was_reported_back), _yes(case.was_reopened), _yes(case.is_repeated),
        _instant(last.response_due_at), _instant(last.handling_due_at), _instant(last.handling_due_original_at),
    )  # fmt: skip


def figures(row: stats.Row, by: Sequence[By]) -> Sequence[Cell]:
    """One group; an area's code is followed by its name."""
    named = [name for group, name in zip(by, row.names, strict=False) if group is By.AREA]
    cells: list[Cell] = [*row.key, *named, row.received, *row.excluded.values(), row.counted, row.open, row.to_check]
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
