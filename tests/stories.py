"""案子的故事: made-up lives of cases as bare facts, for figures that need no database.

Story("2026-11-02 09:00").then(Action.RESPOND, "2026-11-02 10:00", Status.IN_PROGRESS).facts("2026-11-30 12:00")
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from feedback import clock
from feedback.models.kinds import Action, Answer, Channel, Kind, Outcome, Status
from feedback.stats.facts import Facts, State, Step, fold

LATER = "2026-12-31 12:00"
RESPONSE_DUE = "2026-11-03 17:30"
HANDLING_DUE = "2026-11-09 17:30"
_numbers = count(1)


class Event(NamedTuple):
    """All that an event says to a figure."""

    case_id: int
    n: int
    action: Action
    at: datetime
    actor_id: int | None
    by_her: bool
    status: Status
    area_code: str
    team_id: int
    owner_id: int | None
    kind: Kind
    category_id: int | None
    channel: Channel
    is_marked: bool
    is_visit_wanted: bool
    household_id: int | None
    witnessed: bool | None
    of_n: int | None
    code_id: int | None
    outcome: Outcome | None
    answer: Answer | None
    rating: int | None
    response_due_at: datetime
    handling_due_at: datetime
    handling_due_original_at: datetime

    @property
    def step(self) -> Step:
        return Step._make(getattr(self, name) for name in Step._fields)

    @property
    def state(self) -> State:
        return State._make(getattr(self, name) for name in State._fields)


def at(text: str) -> datetime:
    """`2026-11-20 17:30` on the wall in Shanghai, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)


class Story:
    """A case filed on Monday 2 November; response due on Tuesday, handling due on the Monday after."""

    def __init__(self, filed: str = "2026-11-02 09:00", **facts: Any) -> None:
        first = Event(
            case_id=next(_numbers),
            n=1,
            action=Action.SUBMIT,
            at=at(filed),
            actor_id=None,
            by_her=True,
            status=Status.NEW,
            area_code="330281114201001001",
            team_id=1,
            owner_id=None,
            kind=Kind.COMPLAINT,
            category_id=None,
            channel=Channel.DOOR,
            is_marked=False,
            is_visit_wanted=True,
            household_id=1,
            witnessed=None,
            of_n=None,
            code_id=None,
            outcome=None,
            answer=None,
            rating=None,
            response_due_at=at(RESPONSE_DUE),
            handling_due_at=at(HANDLING_DUE),
            handling_due_original_at=at(HANDLING_DUE),
        )
        self.events = [first._replace(**facts)]

    def then(self, action: Action, when: str, status: Status | None = None, **facts: Any) -> "Story":
        """The next event; what is not said stays as it was, what belongs to one event only is empty again."""
        last = self.events[-1]
        fresh: dict[str, Any] = dict.fromkeys(
            ("actor_id", "witnessed", "of_n", "code_id", "outcome", "answer", "rating")
        )
        moved = {"n": last.n + 1, "action": action, "at": at(when), "by_her": False}
        self.events.append(last._replace(**{**fresh, **moved, "status": status or last.status, **facts}))
        return self

    def assigned(self, when: str = "2026-11-02 09:00") -> "Story":
        return self.then(Action.ASSIGN, when, Status.ASSIGNED)

    def responded(self, when: str = "2026-11-02 10:00", by: int = 7) -> "Story":
        return self.then(Action.RESPOND, when, Status.IN_PROGRESS, actor_id=by, owner_id=by)

    def visited(self, when: str = "2026-11-03 10:00", by: int = 7) -> "Story":
        return self.then(Action.VISIT, when, actor_id=by, code_id=1)

    def reported(self, when: str = "2026-11-04 10:00", by: int = 7) -> "Story":
        return self.then(Action.REPORT_BACK, when, Status.REPORTED_BACK, actor_id=by, outcome=Outcome.RESOLVED)

    def confirmed(self, when: str = "2026-11-05 10:00", answer: Answer = Answer.SOLVED) -> "Story":
        return self.then(Action.CONFIRM, when, Status.CLOSED, by_her=True, answer=answer)

    def disputed(self, when: str = "2026-11-05 10:00", **facts: Any) -> "Story":
        return self.then(
            Action.DISPUTE,
            when,
            **{
                "status": Status.ASSIGNED,
                "by_her": True,
                "answer": Answer.NOT_SOLVED,
                "owner_id": None,
                **facts,
            },
        )

    def silent(self, when: str = "2026-11-11 10:00") -> "Story":
        return self.then(Action.CLOSE, when, Status.CLOSED)

    def rated(self, rating: int, when: str = "2026-11-06 10:00", **facts: Any) -> "Story":
        return self.then(Action.RATE, when, **{"by_her": True, "rating": rating, **facts})

    def ended(self, outcome: Outcome, when: str, by: int | None = None) -> "Story":
        """Out of the counted ones: withdrawn, merged, declined or invalid."""
        action = {Outcome.WITHDRAWN: Action.WITHDRAW, Outcome.MERGED: Action.MERGE}.get(outcome, Action.DECLINE)
        return self.then(action, when, Status.CLOSED, outcome=outcome, actor_id=by, by_her=by is None)

    def facts(self, as_at: str = LATER) -> Facts:
        """As the case stood then."""
        events = [event for event in self.events if event.at <= at(as_at)]
        (facts,) = fold([event.step for event in events], {events[-1].case_id: events[-1].state}, at(as_at))
        return facts
