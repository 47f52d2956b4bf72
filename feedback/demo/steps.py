"""一步一步: time passes for one case of the demo, somebody acts, and it is written down.

While time passes, the case is woken at its own instants, as the timer would wake it: its rungs are told, silence
closes it, what was not possible is looked at again, and what an absent owner held goes back to his team.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, NoReturn, TypeVar

from feedback import attendance, clock, closure, db, escalation, ladder, workflow
from feedback.demo.cast import Cast
from feedback.demo.hearing import Hearing
from feedback.demo.letters import Letter
from feedback.demo.writing import Pen
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Status
from feedback.models.people import Person
from feedback.models.places import Level
from feedback.models.records import StaffAct, StaffEvent
from feedback.workflow import By, Who

T = TypeVar("T")

WAKING = (time(7, 20), time(20, 30))
"""Outside these hours nobody is rung or visited, unless it is urgent."""


ARRIVED = frozenset({Status.NEW, Status.ASSIGNED})
"""A team has just got it, and is told while it waits there."""
COUNTING = frozenset({Action.CLASSIFY, Action.REPORT_BACK})
"""Steps at which the dues are counted anew."""


class NotYet(Exception):
    """The next step lies after now: the case stands where it stands."""


class Moved(Exception):
    """Time alone has brought the case back to its team: what was planned no longer holds."""


@dataclass
class Temper:
    """How a village or a micro-grid works: multiplies every delay; below 1 is quick."""

    by_area: dict[str, float] = field(default_factory=dict)

    def of(self, area_code: str) -> float:
        return self.by_area.get(area_code, self.by_area.get(area_code[: Level.VILLAGE.digits], 1.0))


@dataclass
class Steps:
    """One case and its instant: `at` is that of the next step. A step after now raises NotYet."""

    case: Case
    letter: Letter
    cast: Cast
    pen: Pen
    rng: Random
    until: datetime
    temper: Temper
    recent: Sequence[Case]
    hearing: Hearing
    at: datetime = field(init=False)
    is_asked: bool = False
    is_again: bool = False
    """A matter that was not possible is looked at again."""
    _passed_over: frozenset[int] = frozenset()
    """Who owned it before and shall not again."""
    _to_witness: list[int] = field(default_factory=list)
    _plans: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    """What people will do beside the handling, the earliest first."""
    _planned: int = 0

    def __post_init__(self) -> None:
        self.at = self.case.filed_at

    def _wait(self, *, hours: float, any_hour: bool = False) -> None:
        self._wait_until(self.at + timedelta(hours=max(hours, 0.02)), any_hour=any_hour)

    def _wait_until(self, at: datetime, *, any_hour: bool = False) -> None:
        at = max(at, self.at + timedelta(seconds=self.rng.randint(40, 240)))
        at = at if any_hour or self.case.is_urgent else _while_awake(at, self.rng)
        self._let_pass(min(at, self.until))
        self.at = at
        if self.at >= self.until:
            raise NotYet

    def _stand(self) -> NoReturn:
        """Nobody does anything any more until now."""
        self._let_pass(self.until)
        raise NotYet

    # ---------------------------------------------------------------- time alone

    def _let_pass(self, to: datetime) -> None:
        """What time alone does up to an instant, and what people have planned beside the handling."""
        while (acts := self._next()) is not None and acts[0] <= to:
            self.at = max(self.at, acts[0])
            acts[1]()

    def _next(self) -> tuple[datetime, Callable[[], None]] | None:
        found: list[tuple[datetime, Callable[[], None]]] = []
        if self.case.wakes_at is not None:
            found.append((self.case.wakes_at, self._wake))
        if self._plans:
            found.append((self._plans[0][0], lambda: heappop(self._plans)[2]()))
        if (away_at := self._owner_away_at()) is not None:
            found.append((away_at, self._give_back))
        return min(found, key=lambda one: one[0], default=None)

    def _plan(self, act: Callable[[], None], *, hours: float) -> None:
        at = _while_awake(self.at + timedelta(hours=hours), self.rng)
        self._planned += 1
        heappush(self._plans, (at, self._planned, act))

    def _wake(self) -> None:
        """What the timer does to a case whose instant has come."""
        if self.case.status is Status.CLOSED:
            self.is_again = True
            with self._by_the_rules():
                closure.look_again_one(self.case)
            raise Moved
        if self.case.status is Status.REPORTED_BACK:
            self._do(Action.CLOSE, Who.SYSTEM)
            return
        told = {each: ladder.told(self.case, each) for each in ladder.Clock}
        self._store_where_waits_count(Action.REMIND)
        with clock.fixed(self.at):
            escalation.climb_one(self.case)
        self._hear_of({
            step.rung for each, before in told.items()
            for step in ladder.LADDER[each][before : ladder.told(self.case, each)]
        })

    def _hear_of(self, rungs: set[ladder.Rung]) -> None:
        """What people do because of the rungs just told."""

    def _give_back(self) -> None:
        with self._by_the_rules():
            workflow.record(self.case, Action.RELEASE, Who.SYSTEM, reason=attendance.ABSENT)
        raise Moved

    def _owner_away_at(self) -> datetime | None:
        """When the owner of a case in progress is next away."""
        if self.case.status is not Status.IN_PROGRESS:
            return None
        later = [one.from_on for one in self._owner.absences if one.to_on >= self._day]
        return max(clock.start_of(min(later)), self.at) if later else None

    # ---------------------------------------------------------------- somebody acts

    def _do(
        self, action: Action, by: By, words: str = "", *, audience: Audience = Audience.HER, **facts: Any
    ) -> CaseEvent:
        self._store_where_waits_count(action)
        with clock.fixed(self.at):
            event = workflow.record(self.case, action, by, **facts)
        self.pen.say(self.case, words, n=event.n, at=event.at, audience=audience)
        if action is Action.REVEAL and isinstance(by, Person):
            db.session.add(StaffEvent(at=event.at, actor_id=by.id, act=StaffAct.REVEAL, subject=self.case.number))
        if action in closure.WITNESSED:
            self._to_witness.append(event.n)
        return event

    @contextmanager
    def _by_the_rules(self) -> Iterator[None]:
        """For a rare step: the rules themselves, at this instant, with everything before it written."""
        with self.pen.written():
            with clock.fixed(self.at):
                yield
            if self.case.status in ARRIVED:
                self.hearing.tell(self.at)

    def _store_where_waits_count(self, action: Action) -> None:
        """The waits for her are counted from what is in the database."""
        case = self.case
        has_waits = self.is_asked or self.is_again or case.disputes > 0
        if case.extension_days is not None or (has_waits and action in COUNTING):
            with self.pen.written():
                pass

    @property
    def _day(self) -> date:
        return clock.local(self.at).date()

    def _chance(self, of: float) -> bool:
        return self.rng.random() < of

    def _pick(self, weights: dict[T, int]) -> T:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _handler(self) -> Person:
        """Somebody of the holding team who may take it: present, not shut out, and not the last owner."""
        present = self.cast.present(self.case.team, self._day)
        able = [person for person in present if person.id not in self._passed_over] or present
        if not able:
            self._stand()
        return self.rng.choices(able, [3, 2, 1, 1, 1, 1, 1, 1][: len(able)])[0]

    @property
    def _owner(self) -> Person:
        if self.case.owner_id is None:
            raise AssertionError("only a case in progress is asked for its owner")
        return self.cast.people[self.case.owner_id]


def _while_awake(at: datetime, rng: Random) -> datetime:
    """The same instant, or the next morning where people sleep."""
    local = clock.local(at)
    if WAKING[0] <= local.time() <= WAKING[1]:
        return at
    day = local.date() + timedelta(days=local.time() > WAKING[1])
    return datetime.combine(day, WAKING[0], clock.SHANGHAI) + timedelta(minutes=rng.randint(0, 150))
