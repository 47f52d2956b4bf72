"""许多案子的一年: cases that live at random, but only as the table of the workflow allows; seeded.

For figures: every action that a figure knows of happens, in every order that is possible.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from feedback import clock, db, workflow
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import Action, Answer, Channel, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.rules import Category
from feedback.workflow import Who
from tests import builders

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
PAUSES = [timedelta(minutes=20), timedelta(hours=3), timedelta(hours=9), timedelta(hours=26), timedelta(days=6)]
HERS = frozenset({Action.ANSWER, Action.CONFIRM, Action.DISPUTE, Action.RATE, Action.WITNESS, Action.WITHDRAW})
FROM_TIME = frozenset({Action.CLOSE})
LIVELY = [
    *[Action.RESPOND, Action.REPORT_BACK, Action.CLOSE] * 8, *[Action.CONFIRM] * 8, *[Action.VISIT, Action.RATE] * 3,
    *[Action.FOLLOW_UP, Action.WITNESS] * 3, *[Action.DISPUTE, Action.ASK, Action.ANSWER] * 2,
    Action.WITHDRAW, Action.DECLINE, Action.MERGE, Action.UNMERGE, Action.REOPEN, Action.CLASSIFY,
    Action.RELEASE, Action.TRANSFER, Action.RECUSE, Action.ESCALATE, Action.NOTE,
]  # fmt: skip


class Township:
    """Two villages, their people, some households and two categories."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.place = builders.a_township()
        villages = [self.place, self.place.next_village()]
        microgrids = [villages[0].microgrid, villages[0].next_microgrid(), villages[1].microgrid]
        self.people = [builders.a_person(area) for area in microgrids for _ in range(2)]
        self.people += [builders.a_person(village.village, Role.VILLAGE) for village in villages]
        self.people += [builders.a_person(self.place.township, Role.TOWNSHIP)]
        self.households = [builders.a_household(area) for area in microgrids for _ in range(20)]
        self.teams = [builders.team_of(area) for area in (*microgrids, self.place.village, self.place.township)]
        self.teams += [builders.a_team(self.place.township)]
        self.categories = [Category(area_code=self.place.township.code, name=name) for name in ("=路灯", "水渠")]
        db.session.add_all(self.categories)
        db.session.flush()
        self.codes: dict[int, DoorCode] = {}

    def code(self, household: Household) -> DoorCode:
        if household.id not in self.codes:
            self.codes[household.id] = builders.a_code(household)
        return self.codes[household.id]

    def live(self, cases: int, *, since: datetime = NOW - timedelta(days=200)) -> list[Case]:
        """So many cases filed between then and now, each as far as it came."""
        with clock.fixed(NOW):
            return [self._live(since) for _ in range(cases)]

    def _live(self, since: datetime) -> Case:
        chance = self.chance
        filed_at = since + timedelta(seconds=chance.randrange(int((NOW - since).total_seconds())))
        household = chance.choice(self.households)
        case = builders.a_case(
            household,
            filed_at=filed_at,
            kind=chance.choice(list(Kind)),
            channel=chance.choice([Channel.DOOR] * 5 + [Channel.IN_PERSON]),
            is_visit_wanted=chance.random() < 0.7,
            is_marked=chance.random() < 0.1,
            category_id=chance.choice([None, *(one.id for one in self.categories)]),
        )
        when = filed_at
        for _ in range(chance.randrange(16)):
            when += chance.choice(PAUSES)
            if when > NOW:
                break
            possible = [action for action in LIVELY if self._fits(case, action)]
            with clock.fixed(when):
                self._happen(case, chance.choice(possible), household)
        return case

    def _fits(self, case: Case, action: Action) -> bool:
        if not workflow.is_possible(case, action):
            return False
        if action in {Action.ASK, Action.ANSWER}:
            return (case.asked_at is None) is (action is Action.ASK)
        if case.is_excluded and case.status is Status.CLOSED:
            return action in {Action.UNMERGE, Action.DISPUTE, Action.NOTE, Action.RATE}
        return True

    def _happen(self, case: Case, action: Action, household: Household) -> None:
        chance = self.chance
        by: workflow.By = chance.choice(self.people)
        if action in HERS:
            by = Who.VILLAGER
        elif action in FROM_TIME:
            by = Who.SYSTEM
        workflow.record(case, action, by, **self._facts(case, action, household))

    def _facts(self, case: Case, action: Action, household: Household) -> dict[str, Any]:
        chance = self.chance
        match action:
            case Action.VISIT:
                return {"code": self.code(household)}
            case Action.REPORT_BACK:
                return {"outcome": chance.choice([Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.OUT_OF_SCOPE])}
            case Action.CONFIRM:
                return {"answer": chance.choice([Answer.SOLVED, Answer.ACCEPTED])}
            case Action.DISPUTE:
                third = case.disputes >= workflow.MOVING_DISPUTES
                return {"answer": Answer.NOT_SOLVED, "to": case.status if third else Status.ASSIGNED}
            case Action.FOLLOW_UP:
                answer = chance.choice(list(Answer))
                to = Status.ASSIGNED if answer is Answer.NOT_SOLVED else case.status
                return {"answer": answer, "to": to, "rating": chance.choice([None, 2, 5])}
            case Action.RATE:
                return {"rating": chance.randint(1, 5)}
            case Action.WITNESS:
                return {"witnessed": chance.random() < 0.6, "of_n": case.events_count}
            case Action.WITHDRAW:
                return {"outcome": Outcome.WITHDRAWN}
            case Action.MERGE:
                return {"outcome": Outcome.MERGED}
            case Action.DECLINE:
                return {"outcome": chance.choice([Outcome.DECLINED, Outcome.INVALID])}
            case Action.TRANSFER | Action.ESCALATE:
                return {"team": chance.choice(self.teams)}
            case Action.CLASSIFY:
                case.kind, case.category_id = chance.choice(list(Kind)), chance.choice(self.categories).id
            case Action.RECUSE:
                case.area_code = case.area_code[:12]
        return {}


def numbers(cases: Sequence[Case]) -> set[str]:
    return {case.number for case in cases}


__all__ = ["NOW", "Person", "Township", "numbers"]
