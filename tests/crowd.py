"""人多的镇: any number of micro-grids and of cases, written by the database itself, for benches and for plans."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import LargeBinary, String, cast, func, insert, literal, select, text

from feedback import db
from feedback.models.cases import Case, CaseEvent
from feedback.models.figures import CaseFigures
from feedback.models.kinds import Action, Channel, Kind
from feedback.models.notices import Notice, Via
from feedback.models.people import Person, Role, Service, Team, TeamKind
from feedback.models.places import Area, Level
from feedback.stats import reached, sums
from tests import builders

FACTS_OF_EVENT = (
    "status", "area_code", "team_id", "owner_id", "kind", "is_urgent", "channel", "is_marked", "is_visit_wanted",
    "response_due_at", "handling_due_at", "handling_due_original_at",
)


def microgrids(place: builders.Place, count: int) -> None:
    """So many more micro-grids of the place's grid, each with its team and a guardian."""
    db.write()
    run = db.session.connection()
    codes = [f"{place.grid.code}{n:03d}" for n in range(2, count + 2)]
    names = [f"crowd{code}" for code in codes]
    run.execute(insert(Area), [{"code": code, "name": code, "parent_code": place.grid.code} for code in codes])
    run.execute(insert(Team), [{"area_code": code, "kind": TeamKind.AREA, "name": code} for code in codes])
    run.execute(insert(Person), [
        {"username": name, "staff_number": name[-12:], "name": name, "must_change_password": False} for name in names
    ])
    rows = run.execute(select(Person.username, Person.id).where(Person.username.in_(names)))
    people = {row.username: row.id for row in rows}
    run.execute(insert(Service), [
        {"person_id": people[name], "area_code": code, "role": Role.GUARDIAN, "from_on": date(2026, 1, 1)}
        for name, code in zip(names, codes, strict=True)
    ])


def cases(count: int, *, is_owned: bool = False, after: int = 0, **facts: Any) -> None:
    """So many cases with these facts, dealt out to the micro-grids in turn; owned by their guardians or by nobody.

    Where it is called again, `after` is how many there are already.
    """
    db.write()
    first = literal(after + 1).label("i")
    numbers = select(first).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < after + count))
    seats = (
        select(Team.id, Team.area_code, Service.person_id, (func.row_number().over(order_by=Team.id) - 1).label("n"))
        .join(Service, Service.area_code == Team.area_code)
        .where(func.length(Team.area_code) == Level.MICROGRID.digits)
        .subquery()
    )
    number_of_seats = db.session.scalar(select(func.count()).select_from(seats)) or 1
    name = literal("b") + cast(numbers.c.i, String)
    digest = cast(name, LargeBinary) if db.is_sqlite() else func.convert_to(name, "UTF8")
    shared = {"kind": Kind.HELP, "channel": Channel.DOOR, "events_count": 1, "figured_count": 1, **facts}
    columns: dict[str, Any] = {
        "number": name, "receipt_digest": digest, "area_code": seats.c.area_code, "team_id": seats.c.id,
        **({"owner_id": seats.c.person_id} if is_owned else {}),
        **{key: literal(value, getattr(Case, key).type) for key, value in shared.items()},
    }
    rows = select(*columns.values()).join_from(numbers, seats, seats.c.n == numbers.c.i % number_of_seats)
    db.session.execute(insert(Case).from_select(list(columns), rows))


def events(told: Any) -> None:
    """The first event of every case that has none yet, told at that instant."""
    columns: dict[str, Any] = {
        "case_id": Case.id, "n": literal(1), "action": literal(Action.SUBMIT, CaseEvent.action.type),
        "at": Case.filed_at, "by_her": literal(True), "told_at": literal(told, CaseEvent.told_at.type),
        **{name: getattr(Case, name) for name in FACTS_OF_EVENT},
    }
    without = ~select(CaseEvent.id).where(CaseEvent.case_id == Case.id).exists()
    db.session.execute(insert(CaseEvent).from_select(list(columns), select(*columns.values()).where(without)))


def notices(sent: Any) -> None:
    """A notice of every event in the list of whoever owns the case, there since that instant."""
    instant = literal(sent, Notice.sent_at.type)
    columns: dict[str, Any] = {
        "event_id": CaseEvent.id, "case_id": CaseEvent.case_id, "person_id": CaseEvent.owner_id,
        "via": literal(Via.LIST, Notice.via.type), "made_at": instant, "sent_at": instant,
    }
    rows = select(*columns.values()).where(CaseEvent.owner_id.is_not(None))
    db.session.execute(insert(Notice).from_select(list(columns), rows))


def figures() -> None:
    """What is kept of every case beside it, as of one that was received and no more."""
    same = ("area_code", "filed_at", "team_id", "kind", "category_id")
    columns: dict[str, Any] = {
        "case_id": Case.id, "filed_on": func.date(Case.filed_at), "case_by_id": Case.owner_id, "marks": literal(1),
        "repeat_digits": literal(0), **{name: getattr(Case, name) for name in same},
    }
    db.session.execute(insert(CaseFigures).from_select(list(columns), select(*columns.values())))
    reached.say(reached.MADE_OF, sums.MADE_OF)


@contextmanager
def without_indexes(*models: type[db.Base]) -> Iterator[None]:
    """Many rows are written in the block, as in one transaction; the indexes of their tables are built at its end, and
    PostgreSQL takes it on trust that what they point to is there."""
    indexes = [one for model in models for one in db.Base.metadata.tables[model.__tablename__].indexes]
    db.session.commit()
    for one in indexes:
        one.drop(db.engine())
    if not db.is_sqlite():
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    db.session.commit()
    for one in indexes:
        one.create(db.engine())


def analyse() -> None:
    """The database looks at how much there is of what, as it does by itself after a while."""
    db.session.commit()
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.exec_driver_sql("ANALYZE" if db.is_sqlite() else "VACUUM ANALYZE")
