"""量一量: a county of any size, made once and used by many benches: the same seed gives the same county.

    python -m bench.county [--cases 5000000] [--database URL] [--folder FOLDER]

A township of the demo lives a year by the real rules, at a fixed instant; what was closed in it happens a second time a
year earlier; and its events are counted by the real `rollup.keep_up`. This template is then copied as often as the
size asks, by INSERT … SELECT: each copy has households, cases and events of its own, in one of twenty townships whose
people, teams and categories the copies share. So every case of the county has a life that happened; what is kept
beside it is what was kept in the template; and the sums of a township are those of the template times its copies.
`--verify N` proves it for N villages and months, `hulianma rollup verify` for every case and sum. Rows lie in the order
of time, as they would.

What is left out: reminders, notes and looks at names (silent in the figures; a county has some seven events a case),
words and photos, notices.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    delete,
    event,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from config import load
from feedback import clock, db, demo, installation, migrations, stats
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.figures import CaseFigures, FigureCell
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, Service, Team
from feedback.models.places import Area, Household, Level
from feedback.models.records import Instance
from feedback.models.rules import Category
from feedback.stats import By, rollup, sums

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
"""The county is as at this instant: benches stop the clock here."""
YEAR_BEFORE = timedelta(weeks=52)
LEFT_OUT = {Action.REMIND, Action.NOTE, Action.REVEAL}
COUNTY, TEMPLATE = "330281", demo.AREA
TOWNSHIPS, LIVED = 20, 150
FOLDER = Path(tempfile.gettempdir()) / "hulianma-county"
WEIGHTS = (3, 4, 5, 6, 7)
"""How many of the copies this or that township gets."""
STRIDE = 1_000_000
"""Ids of people, teams and codes of a township begin at its number times this."""
AT_ONCE = 400_000
"""Rows of one INSERT."""

PER_TOWNSHIP = {"team_id", "ended_by_team_id", "owner_id", "typed_by_id", "actor_id", "code_id",
                "response_by_id", "handling_by_id", "case_by_id"}
PER_COPY = {"case_id", "main_case_id", "household_id"}
COPIED = (Household, Case, CaseEvent, CaseFigures)

Rows = list[dict[str, Any]]


class Template:
    """The lived township: its rows with ids in the order of time, from one; read from a small database."""

    def __init__(self, connection: Connection) -> None:
        def rows(model: Any, *where: Any) -> Rows:
            return [dict(row._mapping) for row in connection.execute(select(model.__table__).where(*where))]

        cases = sorted(rows(Case), key=lambda one: (one["filed_at"], one["id"]))
        events = sorted(rows(CaseEvent), key=lambda one: (one["at"], one["case_id"], one["n"]))
        used = {one["household_id"] for one in cases}
        homes = [one for one in rows(Household) if one["id"] in used]
        place = {one["id"]: n for n, one in enumerate(cases, start=1)}
        home = {one["id"]: n for n, one in enumerate(homes, start=1)}
        ids = {"case_id": place, "main_case_id": place, "household_id": home}
        self.of = {
            Household: [{**one, "id": home[one["id"]]} for one in homes],
            Case: [_renamed(one, ids) | {"id": place[one["id"]]} for one in cases],
            CaseEvent: [_renamed(one, ids) | {"id": n} for n, one in enumerate(events, start=1)],
            CaseFigures: [_renamed(one, ids) for one in rows(CaseFigures)],
        }
        self.cells = rows(FigureCell)
        self.said = rows(Instance, Instance.key.startswith("figures"))
        self.registers = {model: rows(model) for model in (Area, Team, Person, Service, Category)}
        self.codes = [
            {**one, "household_id": None, "replaced_by_id": None} for one in rows(DoorCode)
            if one["id"] in {event["code_id"] for event in events} | {case["code_id"] for case in cases}
        ]


def _renamed(row: dict[str, Any], ids: dict[str, dict[int, int]]) -> dict[str, Any]:
    """With the ids by which the copies are reckoned; none where the other is not copied."""
    return row | {name: known.get(row[name]) for name, known in ids.items() if name in row}


# ---------------------------------------------------------------- the template


def template(folder: Path, cases: int, seed: int) -> Template:
    """Lives it, where it does not lie in the folder already."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"template-{seed}-{cases}-{migrations.newest()}-{sums.MADE_OF}.db"
    if not file.exists():
        making = file.with_suffix(".making")
        making.unlink(missing_ok=True)
        _open(f"sqlite:///{making}", folder)
        _hurry(db.engine())
        migrations.upgrade(db.engine())
        with clock.fixed(NOW, everywhere=True):
            demo.build(TEMPLATE, cases=cases, seed=seed)
            _prune()
            _a_year_before()
            while db.in_turn(rollup.keep_up):
                pass
        db.disconnect()
        making.rename(file)
    _open(f"sqlite:///{file}", folder)
    with db.engine().connect() as connection:
        found = Template(connection)
    db.disconnect()
    return found


def _prune() -> None:
    """Takes out the silent events, numbers the rest anew, and shares the categories among all townships."""
    db.write()
    run = db.session.connection()
    columns = CaseEvent.__table__.c
    lives: dict[int, list[Any]] = {}
    for row in run.execute(select(columns.id, columns.case_id, columns.n, columns.action, columns.of_n)
                           .order_by(columns.case_id, columns.n)):
        lives.setdefault(row.case_id, []).append(row)
    run.execute(delete(CaseEvent).where(CaseEvent.action.in_(LEFT_OUT)))
    for case_id, rows in lives.items():
        rest = [row for row in rows if row.action not in LEFT_OUT]
        number = {row.n: n for n, row in enumerate(rest, start=1)}
        for row in rest:
            run.execute(update(CaseEvent).where(columns.id == row.id)
                        .values(n=number[row.n], of_n=number.get(row.of_n)))
        run.execute(update(Case).where(Case.id == case_id).values(events_count=len(rest)))
    run.execute(update(Category).values(area_code=COUNTY))
    db.session.commit()
    db.in_turn(forget)


def _a_year_before() -> None:
    """What is closed for good happened a year before, too."""
    db.write()
    run = db.session.connection()
    settled = select(Case.id).where(Case.status == Status.CLOSED, Case.look_again_on.is_(None))
    after = run.scalar(select(func.max(Case.id))) or 0
    for model, key in ((Case, Case.id), (CaseEvent, CaseEvent.case_id)):
        rows = []
        for row in run.execute(select(model.__table__).where(key.in_(settled))):
            moved = {name: _earlier(value) for name, value in row._mapping.items() if name != "main_case_id"}
            if model is Case:
                digest = b"a year before" + moved["receipt_digest"][13:]
                moved |= {"id": moved["id"] + after, "number": f"y{moved['id']}", "receipt_digest": digest}
            else:
                moved["case_id"] += after
                del moved["id"]
            rows.append(moved)
        run.execute(insert(model), rows)
    db.session.commit()


def _earlier(value: Any) -> Any:
    return value - YEAR_BEFORE if isinstance(value, datetime) else value


# ---------------------------------------------------------------- the copies


def made(url: str, folder: Path, *, cases: int, seed: int = 1, lived: int = LIVED,
         townships: int = TOWNSHIPS) -> int:
    """Opens the county at the address, and makes it where it is not there yet; how many cases it has."""
    _open(url, folder)
    migrations.upgrade(db.engine())
    said = db.session.get(Instance, "county")
    if said is not None:
        return int(said.value.split()[0])
    db.disconnect()
    source = template(folder, lived, seed)
    _open(url, folder)
    copies = max(1, round(cases / len(source.of[Case])))
    count = copies * len(source.of[Case])
    with _loading(db.engine()):
        _write(source, copies, seed, townships)
    db.write()
    db.session.add(Instance(key="county", value=f"{count} cases, seed {seed}"))
    db.session.commit()
    return count


def _write(source: Template, copies: int, seed: int, townships: int) -> None:
    dealt = _dealt(copies, seed, townships)
    metadata = MetaData()
    deal = Table("bench_copy", metadata, Column("g", Integer, primary_key=True), Column("t", Integer),
                 Column("code", String(9)))
    staging = {model: _staging(_table(model), metadata) for model in COPIED}
    with db.engine().begin() as run:
        metadata.create_all(run)
        run.execute(insert(deal), [{"g": g, "t": t, "code": _code(t)} for g, t in enumerate(dealt)])
        for model, table in staging.items():
            run.execute(insert(table), source.of[model])
        _registers(run, source, townships)
        run.execute(insert(FigureCell), list(_cells(source.cells, [dealt.count(t) for t in range(townships)])))
        run.execute(insert(Instance), source.said)
    for model, table in staging.items():
        begun = time.perf_counter()
        _copy(_table(model), table, deal, copies, len(source.of[model]))
        said = f"{len(source.of[model]) * copies:>12,} {model.__tablename__}"
        print(f"{said:<30} {time.perf_counter() - begun:6.0f} s", flush=True)
    with db.engine().begin() as run:
        metadata.drop_all(run)


def _dealt(copies: int, seed: int, townships: int) -> list[int]:
    """Which township each copy is of; no two that follow each other lie together for a reason."""
    weights = [WEIGHTS[t % len(WEIGHTS)] for t in range(townships)]
    found = [t for t, weight in enumerate(weights) for _ in range(copies * weight // sum(weights))]
    found += [n % townships for n in range(copies - len(found))]
    Random(seed).shuffle(found)
    return found


def _table(model: type[db.Base]) -> Table:
    return db.Base.metadata.tables[model.__tablename__]


def _staging(table: Table, metadata: MetaData) -> Table:
    """The template's rows of a table, in the database of the county; without keys to other tables."""
    columns = [Column(one.name, one.type, primary_key=one.primary_key, autoincrement=False) for one in table.c]
    return Table(f"bench_{table.name}", metadata, *columns)


def _code(township: int) -> str:
    return f"{COUNTY}{101 + township}"


def _moved(code: str | None, township: int) -> str | None:
    return code if code is None or len(code) < len(TEMPLATE) else _code(township) + code[len(TEMPLATE) :]


def _copy(target: Table, staging: Table, deal: Table, copies: int, rows: int) -> None:
    """All copies of a few rows of the template at a time: what happened at one time lies together."""
    names = [one.name for one in target.c]
    chosen = select(*(_copied(target, staging.c[name], deal, copies) for name in names))
    chosen = chosen.select_from(staging).join(deal, literal(True))  # every row with every copy
    key = staging.c.case_id if "id" not in staging.c else staging.c.id
    step = max(1, AT_ONCE // copies)
    for start in range(1, rows + 1, step):
        with db.engine().begin() as run:
            run.execute(insert(target).from_select(names, chosen.where(key.between(start, start + step - 1))))


def _copied(target: Table, column: Any, deal: Table, copies: int) -> Any:
    """A column of a copy: its own ids, its township's people and areas, all else as it was lived."""
    name = column.name
    if name in PER_COPY or name == "id":
        return (column - 1) * copies + deal.c.g + 1
    if name in PER_TOWNSHIP:
        return column + deal.c.t * STRIDE
    if name.endswith("area_code") or name in {"microgrid_code", "village_code"}:
        below = deal.c.code + func.substr(column, len(TEMPLATE) + 1)
        return case((func.length(column) >= len(TEMPLATE), below), else_=column)
    number = _number((column.table.c.id - 1) * copies + deal.c.g + 1) if "id" in column.table.c else None
    if name == "number":
        return number
    if name == "door":
        return column + "-" + cast(deal.c.g, String)
    if name == "receipt_digest":
        return func.convert_to(number, "UTF8") if not db.is_sqlite() else cast(number, column.type)
    return column


def _number(value: Any) -> Any:
    """Eleven signs, in the order of the numbers."""
    return literal("b") + func.substr(cast(value + 10**10, String), 2)


def _registers(run: Connection, source: Template, townships: int) -> None:
    """Areas, teams, people and their hats, and the door codes that were scanned, of every township."""
    areas = source.registers[Area]
    run.execute(insert(Area), {"code": COUNTY, "name": "县"})
    run.execute(insert(Category), source.registers[Category])
    people = [{**one, "password_hash": None, "totp_secret": None} for one in source.registers[Person]]
    for t in range(townships):
        own = [{**one, "code": _moved(one["code"], t), "parent_code": _moved(one["parent_code"], t) or COUNTY}
               for one in sorted(areas, key=lambda one: len(one["code"])) if len(one["code"]) >= len(TEMPLATE)]
        run.execute(insert(Area), own)
        run.execute(insert(Team), [_of(one, t) for one in source.registers[Team]])
        run.execute(insert(Person), [
            {**_of(one, t), "username": f"{one['username'][:30]}-{t}", "staff_number": f"c{t:02}{one['id']:06}"}
            for one in people
        ])
        run.execute(insert(Service), [_of(one, t) | {"person_id": one["person_id"] + t * STRIDE}
                                      for one in source.registers[Service]])
        run.execute(insert(DoorCode), [_of(one, t) | {"token": f"{t:02}{one['id']:010}"} for one in source.codes])


def _of(row: dict[str, Any], township: int) -> dict[str, Any]:
    """A row of the registers as it is in a township."""
    moved = {name: _moved(value, township) if name.endswith("_code") else value for name, value in row.items()}
    for name in ("id", "team_id"):
        if row.get(name) is not None:
            moved[name] = row[name] + township * STRIDE
    return moved


def _cells(cells: Rows, copies: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The template's sums, times the copies in each township."""
    for cell in cells:
        total = sums.read(SimpleNamespace(**cell))
        held = {times: SimpleNamespace() for times in set(copies)}
        for times, row in held.items():
            sums.write(row, sums.Sums(total.marks * times, [one * times for one in total.durations]))
        for t, times in enumerate(copies):
            if times:
                yield {**cell, **vars(held[times]), "area_code": _moved(cell["area_code"], t)}


# ---------------------------------------------------------------- quickly


def _open(url: str, folder: Path) -> None:
    installation.open_with(load({"HLM_ALLOW_HTTP": "1", "HLM_DATABASE_URL": url, "HLM_DATA_DIR": str(folder)}))


def _hurry(engine: Engine) -> None:
    """What is made once need not survive a power cut while it is made."""
    wanted = ("synchronous=OFF", "journal_mode=OFF", "secure_delete=OFF", "foreign_keys=OFF", "cache_size=-2000000",
              "temp_store=FILE")

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        if engine.dialect.name == "sqlite":
            for pragma in wanted:
                connection.execute(f"PRAGMA {pragma}")
        else:
            connection.execute("SET session_replication_role = replica; SET synchronous_commit = off;"
                               " SET maintenance_work_mem = '1GB'; SET statement_timeout = 0")
            connection.commit()

    engine.dispose()


@contextmanager
def _loading(engine: Engine) -> Iterator[None]:
    """Without the indexes of what is copied, which are built at the end; then the database looks at what there is."""
    _hurry(engine)
    indexes = [index for model in COPIED for index in _table(model).indexes]
    uniques = [] if engine.dialect.name == "sqlite" else [
        f'ALTER TABLE {model.__tablename__} {{}} CONSTRAINT "{name}" {definition}' for model in COPIED
        for name, definition in _uniques(engine, model.__tablename__)
    ]
    _do(engine, [one.format("DROP").rsplit("UNIQUE", 1)[0] for one in uniques])
    with engine.begin() as run:
        for index in indexes:
            index.drop(run)
    yield
    begun = time.perf_counter()
    for index in indexes:
        with engine.begin() as run:
            index.create(run)
    _do(engine, [one.format("ADD") for one in uniques])
    _do(engine, ["ANALYZE"] if engine.dialect.name == "sqlite" else [*_next_ids(engine), "VACUUM ANALYZE"])
    print(f"{'indexes, and a look at it all':<30} {time.perf_counter() - begun:6.0f} s", flush=True)
    db.disconnect()
    _open(engine.url.render_as_string(hide_password=False), Path(tempfile.gettempdir()))


def _uniques(engine: Engine, table: str) -> Iterable[tuple[str, str]]:
    with engine.connect() as run:
        found = run.execute(text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                                 " WHERE contype = 'u' AND conrelid = CAST(:name AS regclass)"), {"name": table}).all()
    return [(row[0], row[1]) for row in found]


def _next_ids(engine: Engine) -> list[str]:
    """PostgreSQL counts ids apart from the rows: it goes on behind the last."""
    with engine.connect() as run:
        names = run.execute(text("SELECT sequencename FROM pg_sequences")).scalars().all()
    tables = [name.removesuffix("_id_seq") for name in names if name.endswith("_id_seq")]
    return [f"SELECT setval('{name}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {name}))" for name in tables]


def _do(engine: Engine, statements: Iterable[str]) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        for statement in statements:
            plain.exec_driver_sql(statement)


# ---------------------------------------------------------------- proof, and the command


def forget() -> None:
    """Nothing is kept: the next rounds make it anew."""
    for model in (CaseFigures, FigureCell):
        db.session.execute(delete(model))
    db.session.execute(delete(Instance).where(Instance.key.startswith("figures")))
    db.session.execute(update(Case).values(figured_count=0).execution_options(synchronize_session=False))


def differing(count: int) -> str | None:
    """The first of so many villages and months, from all over, whose figures are not what their events say."""
    chance = Random(count)
    found = select(Area.code).where(func.length(Area.code) == Level.VILLAGE.digits)
    villages = db.session.scalars(found.order_by(Area.code)).all()
    for _ in range(count):
        village, year, month = chance.choice(villages), *chance.choice([(2025, 3), (2026, 2), (2026, 10), (2026, 11)])
        days = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        for by in ([], [By.KIND]):
            kept = stats.view(village, *days).rows(*days, by)
            if kept != stats.figures(village, *days, as_at=NOW, by=by):
                return f"{village} in {year}-{month}"
    return None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=200_000)
    arguments.add_argument("--database", help="an empty PostgreSQL database; default: a SQLite file in the folder")
    arguments.add_argument("--folder", type=Path, default=FOLDER)
    arguments.add_argument("--lived", type=int, default=LIVED, help="cases of the demo that is copied")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--verify", type=int, default=10, help="villages and months looked at again")
    given = arguments.parse_args()
    url = given.database or f"sqlite:///{given.folder / f'county-{given.cases}.db'}"
    given.folder.mkdir(parents=True, exist_ok=True)
    count = made(url, given.folder, cases=given.cases, seed=given.seed, lived=given.lived)
    events = db.session.scalar(select(func.max(CaseEvent.id)))
    print(f"{count:,} cases, {events:,} events: {url}")
    with clock.fixed(NOW, everywhere=True):
        print(f"of {given.verify} villages' months these differ from their events: {differing(given.verify) or 'none'}")


if __name__ == "__main__":
    main()
