"""一步一步: time passes for one case of the demo, somebody acts, and it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from feedback import clock, closure, db, workflow
from feedback.demo.cast import Cast
from feedback.demo.letters import Letter
from feedback.demo.writing import Pen
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Audience
from feedback.models.kinds import Action
from feedback.models.people import Person
from feedback.models.places import Level
from feedback.models.records import StaffAct, StaffEvent
from feedback.workflow import By

T = TypeVar("T")

WAKING = (time(7, 20), time(20, 30))
"""Outside these hours nobody is rung or visited, unless it is urgent."""


class NotYet(Exception):
    """The next step lies after now: the case stands where it stands."""


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
    at: datetime = field(init=False)
    is_asked: bool = False
    _passed_over: frozenset[int] = frozenset()
    """Who owned it before and shall not again."""
    _to_witness: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = self.case.filed_at

    def _wait(self, *, hours: float, any_hour: bool = False) -> None:
        self._wait_until(self.at + timedelta(hours=max(hours, 0.02)), any_hour=any_hour)

    def _wait_until(self, at: datetime, *, any_hour: bool = False) -> None:
        at = max(at, self.at + timedelta(seconds=self.rng.randint(40, 240)))
        self.at = at if any_hour or self.case.is_urgent else _while_awake(at, self.rng)
        if self.at >= self.until:
            raise NotYet

    def _do(
        self, action: Action, by: By, words: str = "", *, audience: Audience = Audience.HER, **facts: Any
    ) -> CaseEvent:
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
        with self.pen.written(), clock.fixed(self.at):
            yield

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
            raise NotYet
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
