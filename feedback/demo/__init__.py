"""演示: a township as it would really run, with invented people and a year of cases.

One seed gives one township and one year up to the same instant; only tokens, keys, receipts and staff numbers
are random each time. A database that holds anything else is refused: a demo is never mixed with real people.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from sqlalchemy import Select, distinct, func, select

from feedback import clock, db, policies, receipts
from feedback.demo import places, today, township, warned
from feedback.demo.cast import Cast
from feedback.demo.history import History
from feedback.demo.people import PASSWORD, SIGN_INS
from feedback.demo.plates import BASE_URL, Plates
from feedback.demo.troubles import Troubles
from feedback.errors import Refusal
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.people import Person, Role, Service
from feedback.models.places import Area, Household, Level
from feedback.models.records import Instance
from feedback.stats import boards, rollup
from feedback.words import N_

CASES = 6_000
SEED = 330281114
AREA = places.TOWNSHIP
MARK, FINISHED = "demo", "demo_finished"
YEAR = timedelta(days=365)
BEFORE = timedelta(days=30)
"""So long before the first case the codes were issued, and the plates printed and hung."""


class State(StrEnum):
    """What the database is, as far as a demo goes."""

    NONE = "none"
    UNFINISHED = "unfinished"
    THERE = "there"


@dataclass(frozen=True)
class Door:
    """The door that the demo prints: the two printed guardians serve there."""

    microgrid_code: str
    village: str
    door: str
    token: str


@dataclass(frozen=True)
class Summary:
    """How large the demo is."""

    township: str
    villages: int
    microgrids: int
    guardians: int
    households: int
    cases: int


def state() -> State:
    """Whether the database holds a demo, whole or cut short."""
    if db.session.get(Instance, MARK) is None:
        return State.NONE
    return State.THERE if db.session.get(Instance, FINISHED) is not None else State.UNFINISHED


def require_free() -> None:
    """Raises Refusal where the database holds anything at all."""
    for table in (Area, Person, Household, Case):
        if db.session.scalar(select(func.count()).select_from(table)):
            raise Refusal(N_("这个数据库里已经有别的数据，不能放演示进去。请换一个空的。"))


def build(
    area: str = AREA,
    *,
    cases: int = CASES,
    seed: int = SEED,
    base_url: str = BASE_URL,
    progress: Callable[[int], object] = lambda cases: None,
) -> None:
    """The whole demo, committed as it grows; `progress` is told of each batch of cases. Raises Refusal.

    `base_url` is where the plates lead to.
    """
    require_free()
    until = clock.now()
    since = until - YEAR - BEFORE
    _mark(MARK, area)
    rng = Random(seed)  # noqa: S311 - a demo is to be the same each time
    township.settle(area, rng, since=since)
    with _written(area) as cast:
        _hang(Plates(cast, Random(f"{seed} plates"), since=since, until=until, base_url=base_url))  # noqa: S311
        History(cast, rng, until).write(cases, progress)
        today.leave_open(cast, until)
    township.leave_traces(rng)
    township.issue_reports(area)
    warned.look_back(area, until)
    for step in (rollup.keep_up, boards.publish):
        while db.in_turn(step):
            pass
    _mark(FINISHED, f"seed {seed}")


def door() -> Door:
    """The door whose code is printed: the first one of the first micro-grid."""
    row = db.session.execute(
        select(DoorCode.token, Household.door, Household.village_code, Household.microgrid_code).join(Household)
        .where(DoorCode.ended_at.is_(None)).order_by(Household.microgrid_code, Household.id).limit(1)
    ).one()
    return Door(row.microgrid_code, db.session.get_one(Area, row.village_code).name, row.door, row.token)


def receipt() -> str:
    """The receipt of a case that waits for her word, in groups; '' where the year left none."""
    kept = db.session.get(Instance, township.RECEIPT)
    return " ".join(receipts.groups(kept.value)) if kept else ""


def summary() -> Summary:
    """How many of everything there are."""
    def count(what: Select[int]) -> int:
        return db.session.scalar(what) or 0

    length = func.length(Area.code)
    guardians = select(func.count(distinct(Service.person_id))).where(Service.role == Role.GUARDIAN)
    return Summary(
        township=db.session.get_one(Area, db.session.get_one(Instance, MARK).value).name,
        villages=count(select(func.count()).where(length == Level.VILLAGE.digits)),
        microgrids=count(select(func.count()).where(length == Level.MICROGRID.digits)),
        guardians=count(guardians),
        households=count(select(func.count()).select_from(Household)),
        cases=count(select(func.count()).select_from(Case)),
    )


def _hang(hung: Plates) -> None:
    hung.print_and_hang()
    hung.walk()
    Troubles(hung).happen()
    db.session.commit()


@contextmanager
def _written(area: str) -> Iterator[Cast]:
    """While so much is written in one go."""
    held = db.session()
    held.expire_on_commit = False
    gc.disable()  # a tenth of the time: so many objects are looked through, and few of them are rubbish
    try:
        db.write()  # before anything is read: it begins anew and forgets what was read before
        with policies.calendars_kept():
            yield Cast(area)
    finally:
        gc.enable()
        held.expire_on_commit = True
        db.session.remove()


def _mark(key: str, value: str) -> None:
    db.write()
    db.session.add(Instance(key=key, value=value))
    db.session.commit()


__all__ = [
    "AREA", "CASES", "PASSWORD", "SEED", "SIGN_INS", "Door", "State", "Summary", "build", "door", "receipt",
    "require_free", "state", "summary",
]
