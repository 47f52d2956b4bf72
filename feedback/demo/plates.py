"""演示的门牌: printed in one run, hung within three weeks by the guardians, walked once a quarter since.

What is the same at every door is written with a few statements: what `runs`, `walks.hang` and `walks.find_fine` would
leave. What was wrong with a plate goes through their own verbs: see `troubles`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from random import Random
from typing import Any

from sqlalchemy import bindparam, insert, literal, select, update

from feedback import access, clock, codes, db
from feedback.codes import quarters, runs
from feedback.codes.quarters import Quarter
from feedback.demo.cast import Cast
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person
from feedback.models.places import Household, Level, as_walked
from feedback.models.prints import PlatePrint, PrintRun, RunKind, RunState
from feedback.models.records import StaffAct, StaffEvent
from feedback.models.walks import Finding, PlateCheck
from feedback.sheets import Format, Layout
from feedback.tokens import tail

BASE_URL = "https://h.example.cn"
PRINTED, HUNG, HANGING = timedelta(days=2), timedelta(days=6), 20
"""So long after the codes were issued; the last micro-grid is hung so many days after the first."""
EMPTY = 0.006
"""Of the houses: nobody opens, and the plate lies in the guardian's drawer."""
EMPTY_HERE = (3, 7)
"""The same in the printed micro-grid, by their place on the way."""
MISSED = 0.025
"""Doors that a round passes by."""
IN_TWO = 0.4
"""Rounds that take two afternoons."""
AFTERNOON = time(13, 20)
BYTES_A_PLATE = 560


class Plates:
    """The plates of the township, from the day the codes were issued until now."""

    def __init__(self, cast: Cast, rng: Random, *, since: datetime, until: datetime, base_url: str = BASE_URL) -> None:
        self.cast, self.rng, self.since, self.until, self.base_url = cast, rng, since, until, base_url
        self.orders = next(one for one in cast.people.values() if one.username == "guanli1")
        self.walks = {
            microgrid: sorted(homes, key=lambda one: as_walked(one.door)) for microgrid, homes in cast.doors.items()
        }
        self.hung: dict[int, datetime] = {}
        """When the plate of each household was hung; of an empty house never."""
        self.checks: dict[Quarter, dict[int, tuple[datetime, Person]]] = {}
        """What was found fine in each quarter since."""

    def print_and_hang(self) -> None:
        """One run for all doors; a plate for each that somebody opens. From the others nobody writes."""
        with clock.fixed(self.since + PRINTED):
            area = self.cast.areas[self.cast.area_code]
            self.finish(runs.order(area, layout=Layout.TWO_BY_FIVE, form=Format.PDF, base_url=self.base_url,
                                   by=self.orders))
        trail: list[dict[str, Any]] = []
        hung: list[dict[str, Any]] = []
        first = clock.local(self.since + HUNG).date()
        for place, (microgrid, homes) in enumerate(self.walks.items()):
            day = first + timedelta(days=self.rng.randrange(HANGING))
            is_empty = [place_here in EMPTY_HERE if place == 0 else self.rng.random() < EMPTY
                        for place_here in range(len(homes))]
            person = self.somebody(microgrid, day)
            for home, at in self.afternoon([one for one, empty in zip(homes, is_empty, strict=True) if not empty], day):
                code = self.cast.codes[home.id]
                self.hung[home.id] = at
                self._fine(quarters.of(day), home, at, person)
                hung.append({"code": code.id, "at": at})
                trail.append({"at": at, "actor_id": person.id, "act": StaffAct.CODE, "subject": microgrid,
                              "facts": {"state": CodeState.HUNG, "tail": tail(code.token)}})
            self.cast.doors[microgrid] = [one for one in self.cast.doors[microgrid] if one.id in self.hung]
        hangs = update(DoorCode).where(DoorCode.id == bindparam("code"))
        db.session.connection().execute(hangs.values(state=CodeState.HUNG, hung_at=bindparam("at")), hung)
        db.session.connection().execute(insert(StaffEvent), sorted(trail, key=itemgetter("at")))

    def walk(self) -> None:
        """The rounds of each quarter since, the one that runs as far as it has come."""
        present = quarters.of(clock.local(self.until).date())
        quarter = quarters.of(clock.local(self.since).date()).after()
        while quarter <= present:
            for place, microgrid in enumerate(self.walks):
                is_here = place == 0 and quarter == present
                days = self._half_done(microgrid) if is_here else self._walked(quarter, microgrid)
                self._round(quarter, microgrid, days)
            quarter = quarter.after()
        said = [
            {"household_id": home, "quarter": quarter.key, "finding": Finding.FINE, "code_id": self.cast.codes[home].id,
             "at": at, "by_id": person.id}
            for quarter, found in self.checks.items() for home, (at, person) in found.items()
        ]
        db.session.connection().execute(insert(PlateCheck), said)

    def finish(self, run: PrintRun) -> None:
        """The run was printed, checked and fetched by the plate maker, at this hour; its files are long gone."""
        runs.begin(run)
        if run.kind is RunKind.AREA:
            printed = select(literal(run.id), DoorCode.id).join(Household, DoorCode.household_id == Household.id).where(
                access.within(Household.microgrid_code, run.area_code), DoorCode.ended_at.is_(None))
            db.session.execute(insert(PlatePrint).from_select(["run_id", "code_id"], printed))
        made = select(PlatePrint.code_id).where(PlatePrint.run_id == run.id)
        now = clock.now()
        marks = update(DoorCode).where(DoorCode.id.in_(made)).values(state=CodeState.PRINTED, printed_at=now)
        db.session.connection().execute(marks)
        run.state, run.beat_at = RunState.READY, None
        run.done = run.fresh = run.checked = run.plates
        run.finished_at = now + timedelta(seconds=2 + run.plates // 400)
        run.checked_at = run.finished_at + timedelta(seconds=4 + run.plates // 60)
        run.removed_at = now + timedelta(days=1)
        run.files = len({home.village_code for home in self._homes_of(run)})
        run.size = BYTES_A_PLATE * run.plates
        run.digest = hashlib.sha256(f"{run.area_code} {run.id}".encode()).hexdigest()
        codes.leave_event(run.ordered_by_id, run.area_code, state=CodeState.PRINTED, count=run.plates,
                          layout=run.layout, run=run.id)

    def somebody(self, microgrid: str, day: date) -> Person:
        """A guardian who is there that day; where none is, somebody of the village."""
        there = self.cast.present(self.cast.team(microgrid), day)
        return self.rng.choice(there or self.cast.present(self.cast.team(microgrid[:Level.VILLAGE.digits]), day))

    def afternoon(self, homes: Sequence[Household], day: date) -> Iterator[tuple[Household, datetime]]:
        """The doors as they are reached, one every minute or so."""
        at = datetime.combine(day, AFTERNOON, clock.SHANGHAI) + timedelta(seconds=self.rng.randrange(7_200))
        for home in homes:
            at += timedelta(seconds=self.rng.randint(35, 120))
            yield home, at

    def _homes_of(self, run: PrintRun) -> Iterator[Household]:
        made = set(runs.code_ids(run))
        return (home for homes in self.walks.values() for home in homes if self.cast.codes[home.id].id in made)

    def _round(self, quarter: Quarter, microgrid: str, days: Sequence[tuple[Sequence[Household], date]]) -> None:
        for homes, day in days:
            person = self.somebody(microgrid, day)
            for home, at in self.afternoon(homes, day):
                hung = self.hung.get(home.id)
                is_walked = hung is not None and quarters.of(clock.local(hung).date()) < quarter
                if is_walked and at < self.until and self.rng.random() >= MISSED:
                    self._fine(quarter, home, at, person)

    def _walked(self, quarter: Quarter, microgrid: str) -> list[tuple[Sequence[Household], date]]:
        """In one afternoon of the quarter, or in two."""
        homes, last = self.walks[microgrid], quarter.after().from_on - timedelta(days=1)
        day = quarter.from_on + timedelta(days=self.rng.randint(3, 80))
        half = self.rng.randrange(len(homes)) if self.rng.random() < IN_TWO else len(homes)
        return [(homes[:half], day), (homes[half:], min(day + timedelta(days=self.rng.randint(1, 14)), last))]

    def _half_done(self, microgrid: str) -> list[tuple[Sequence[Household], date]]:
        """In the printed micro-grid, yesterday: all but the printed door, to the middle."""
        homes = self.walks[microgrid]
        return [(homes[1:len(homes) // 2], clock.local(self.until).date() - timedelta(days=1))]

    def _fine(self, quarter: Quarter, home: Household, at: datetime, person: Person) -> None:
        self.checks.setdefault(quarter, {})[home.id] = (at, person)
