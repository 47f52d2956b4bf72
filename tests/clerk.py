"""细心的文书: somebody who keeps the township's clocks by hand, and knows nothing of how the program does it.

The clerk reads facts only (who did what to which case, and when), has the working days of 2026 on a sheet of paper,
and says what must happen at an instant because time has passed: which rungs are told, what closes by silence, what
comes back, what is given back. Nothing here is shared with the ladder, the clocks, the timer or the notices.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from sqlalchemy import select

from feedback import db
from feedback.models.cases import Case, CaseEvent
from feedback.models.kinds import Action, Answer, Kind, Outcome, Status
from feedback.models.people import Absence, Person, Role, Service, Team, TeamKind

# ---------------------------------------------------------------- the sheet of paper

WALL = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
OPENS, CLOSES = time(9, 30), time(17, 30)
OFF = {
    *(date(2026, 1, n) for n in (1, 2, 3)),
    *(date(2026, 2, n) for n in range(15, 24)),
    *(date(2026, 4, n) for n in (4, 5, 6)),
    *(date(2026, 5, n) for n in range(1, 6)),
    *(date(2026, 6, n) for n in (19, 20, 21)),
    *(date(2026, 9, n) for n in (25, 26, 27)),
    *(date(2026, 10, n) for n in range(1, 8)),
    date(2027, 1, 1),
}
MADE_UP = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10),
}


def is_working(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def day_of(instant: datetime) -> date:
    return instant.astimezone(WALL).date()


def at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, WALL).astimezone(UTC)


def later(day: date, count: int) -> date:
    """The `count`-th working day after a day."""
    while count:
        day += DAY
        count -= is_working(day)
    return day


def counts_as(instant: datetime) -> date:
    """The working day as which something written then counts."""
    wall = instant.astimezone(WALL)
    day = wall.date() if wall.time() <= CLOSES else wall.date() + DAY
    while not is_working(day):
        day += DAY
    return day


def closes_between(since: datetime, until: datetime) -> list[datetime]:
    """The closes of office after one instant, up to and including another."""
    days = (day_of(since) + n * DAY for n in range((day_of(until) - day_of(since)).days + 1))
    return [at(day, CLOSES) for day in days if is_working(day) and since < at(day, CLOSES) <= until]


def office_time(since: datetime, until: datetime) -> timedelta:
    total, day = timedelta(), day_of(since)
    while day <= day_of(until):
        if is_working(day):
            total += max(timedelta(), min(at(day, CLOSES), until) - max(at(day, OPENS), since))
        day += DAY
    return total


def office_time_before(instant: datetime, left: timedelta) -> datetime:
    """The last instant from which so much office time is left until another (a close of office, or any instant)."""
    day = day_of(instant)
    while True:
        if is_working(day) and (end := min(at(day, CLOSES), instant)) > at(day, OPENS):
            here = end - at(day, OPENS)
            if left <= here:
                return end - left
            left -= here
        day -= DAY


# ---------------------------------------------------------------- what is promised

URGENT = timedelta(hours=2), timedelta(hours=24)
WORKING_DAYS = {Kind.ENQUIRY: (1, 2), Kind.HELP: (1, 5), Kind.COMPLAINT: (1, 5), Kind.SUGGESTION: (1, 15)}
TO_ANSWER_A_LETTER = 2  # working days
ASKING = 5  # closes of office for which her not answering stops the clock
SILENCE = timedelta(days=7)
SECOND = timedelta(seconds=1)
OPEN = {Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS}
EXCLUDED = {Outcome.WITHDRAWN, Outcome.MERGED, Outcome.DECLINED, Outcome.INVALID}
RUNGS = ("half", "near", "overdue", "day_over")


class Limit(NamedTuple):
    """Hours that run day and night, or working days."""

    hours: timedelta | None = None
    days: int = 0

    def end(self, filed: datetime) -> datetime:
        return filed + self.hours if self.hours else at(later(counts_as(filed), self.days), CLOSES)

    def moved(self, due: datetime, waits: Iterable[tuple[datetime, datetime]]) -> datetime:
        """The due after waits for her; one that had passed before a wait began stays."""
        for since, until in sorted(waits):
            if since <= due and self.hours:
                due += until - since
            elif since <= due:
                due = at(later(day_of(due), len(closes_between(since, until))), CLOSES)
        return due

    def rung(self, n: int, filed: datetime, due: datetime) -> datetime:
        """When the rung is reached: half of the time used, four fifths, the due passed, a working day more."""
        if n == 2:
            return due + SECOND
        if n == 3:
            return (due + DAY if self.hours else at(later(day_of(due), 1), CLOSES)) + SECOND
        left = (0.5, 0.2)[n] * (self.hours or office_time(filed, self.end(filed)))
        left = timedelta(seconds=round(left.total_seconds()))
        return due - left if self.hours else office_time_before(due, left)


def limits(kind: Kind, is_urgent: bool) -> tuple[Limit, Limit]:
    if is_urgent:
        return Limit(URGENT[0]), Limit(URGENT[1])
    response, handling = WORKING_DAYS[kind]
    return Limit(days=response), Limit(days=handling)


class Must(NamedTuple):
    """What time alone must do to a case."""

    case_id: int
    action: Action
    reason: str | None = None


# ---------------------------------------------------------------- one case in the clerk's book


@dataclass
class Book:
    """One case, as the clerk has followed it; `told` counts the rungs of each clock."""

    case_id: int
    filed: datetime
    kind: Kind
    is_urgent: bool
    status: Status = Status.NEW
    team_id: int = 0
    owner_id: int | None = None
    is_answered_for: bool = False
    """Somebody has made contact."""
    told: dict[str, int] = field(default_factory=lambda: {"response": 0, "handling": 0})
    asked: datetime | None = None
    questions: list[tuple[datetime, datetime]] = field(default_factory=list)
    silences: list[tuple[datetime, datetime]] = field(default_factory=list)
    hers_since: datetime | None = None
    """Since when it waits for her word, or has ended."""
    silent_since: datetime | None = None
    more_days: int | None = None
    is_supervised: bool = False
    letter_due: datetime | None = None
    waits_for_letter: bool = False
    """The last letter was to be answered, and is not: late or not."""
    outcome: Outcome | None = None
    answer: Answer | None = None
    look_again_on: date | None = None

    def heed(self, event: CaseEvent) -> None:
        """One more fact."""
        before, self.status = self.status, event.status
        self.kind, self.is_urgent = event.kind, event.is_urgent
        self.team_id, self.owner_id = event.team_id, event.owner_id
        self.is_answered_for |= event.status is Status.IN_PROGRESS
        self.answer = event.answer or self.answer
        self.outcome = event.outcome or self.outcome
        self._wait(event)
        self._silence(event, before)
        match event.action:
            case Action.EXTEND:
                self.more_days = event.days
            case Action.SUPERVISE:
                self.is_supervised, self.letter_due = True, event.until_at
                self.waits_for_letter = event.until_at is not None
            case Action.END_SUPERVISION:
                self.is_supervised, self.letter_due = False, None
            case Action.ANSWER_SUPERVISION:
                self.letter_due, self.waits_for_letter = None, False
            case Action.WITHDRAW:
                self.is_supervised = False
            case _:
                pass

    def _wait(self, event: CaseEvent) -> None:
        if event.action is Action.ASK:
            self.asked = event.at
        elif self.asked is not None and (event.action is Action.ANSWER or self.status is not Status.IN_PROGRESS):
            self.questions.append((self.asked, event.at))
            self.asked = None
        if self.status not in OPEN:
            self.hers_since = self.hers_since or event.at
            self.letter_due, self.waits_for_letter = None, False
        else:
            self._opens(event.at)

    def _opens(self, now: datetime) -> None:
        if self.hers_since is not None:
            self.silences.append((self.hers_since, now))
            self.hers_since = self.look_again_on = self.outcome = None

    def _silence(self, event: CaseEvent, before: Status) -> None:
        if self.status is not Status.REPORTED_BACK:
            self.silent_since = None
        elif before is not self.status or event.by_her or event.action is Action.REPORT_BACK:
            self.silent_since = event.at

    # ------------------------------------------------------------ the clocks

    def due(self, clock: str) -> datetime:
        response, handling = limits(self.kind, self.is_urgent)
        if clock == "response":
            return response.end(self.filed)
        base, waits = handling.end(self.filed), [*self._counted(), *self.silences]
        due = handling.moved(base, waits)
        if self.more_days is None:
            return due
        return max(due, handling.moved(at(later(day_of(base), self.more_days), CLOSES), waits))

    def _counted(self) -> list[tuple[datetime, datetime]]:
        """Her thinking counts for five closes of office in all; an open question as if it took all that is left."""
        left, counted = ASKING, []
        open_one = [(self.asked, at(later(day_of(self.asked), ASKING + 1), CLOSES))] if self.asked else []
        for since, until in sorted([*self.questions, *open_one]):
            closes = closes_between(since, until)[:left]
            if left:
                left -= len(closes)
                counted.append((since, until if left else closes[-1]))
        return counted

    def next_rung(self) -> tuple[datetime, str] | None:
        """The next thing to be told of, and its reason."""
        found = []
        if self.status in OPEN:
            response, handling = limits(self.kind, self.is_urgent)
            running = {"handling": handling} if self.is_answered_for else {"response": response, "handling": handling}
            for clock, limit in running.items():
                n = self.told[clock]
                if n < len(RUNGS):
                    found.append((limit.rung(n, self.filed, self.due(clock)), f"{clock}_{RUNGS[n]}"))
            if self.letter_due is not None:
                found.append((self.letter_due + SECOND, "letter_overdue"))
        return min(found, key=lambda one: one[0], default=None)

    def next_at(self) -> datetime | None:
        """When time alone does something to this case."""
        if self.status is Status.REPORTED_BACK and self.silent_since is not None:
            return self.silent_since + SILENCE
        if self.status is Status.CLOSED:
            return at(self.look_again_on, time()) if self._comes_back() and self.look_again_on else None
        following = self.next_rung()
        return following[0] if following else None

    def _comes_back(self) -> bool:
        return self.look_again_on is not None and self.outcome not in EXCLUDED and self.answer is not Answer.SOLVED

    def must(self, now: datetime) -> Iterator[Must]:
        """What is to happen now, in its order; the clerk's book goes on with it."""
        if self.status is Status.REPORTED_BACK and (closes := self.next_at()) is not None and closes <= now:
            self.status, self.silent_since = Status.CLOSED, None
            yield Must(self.case_id, Action.CLOSE)
        if self.status is Status.CLOSED and (returns := self.next_at()) is not None and returns <= now:
            self._opens(now)
            self.status = Status.ASSIGNED
            yield Must(self.case_id, Action.REOPEN, "look_again")
        while (following := self.next_rung()) is not None and following[0] <= now:
            yield Must(self.case_id, Action.REMIND, following[1])
            clock, _, rung = following[1].partition("_")
            if clock == "letter":
                self.letter_due = None
                continue
            self.told[clock] += 1
            if rung == RUNGS[-1] and not self.is_supervised:
                self.is_supervised, self.letter_due = True, at(later(counts_as(now), TO_ANSWER_A_LETTER), CLOSES)
                yield Must(self.case_id, Action.SUPERVISE, following[1])

    def let_go(self, now: datetime) -> Must:
        """The owner is gone, or nobody is left in the team."""
        if self.asked is not None:
            self.questions.append((self.asked, now))
            self.asked = None
        action = Action.ASSIGN if self.status is Status.NEW else Action.RELEASE
        self.status = Status.NEW if self.status is Status.ASSIGNED else Status.ASSIGNED
        self.owner_id = None
        return Must(self.case_id, action, "absent")


# ---------------------------------------------------------------- who serves where


class Post(NamedTuple):
    """Somebody's post."""

    person_id: int
    area_code: str
    role: Role
    is_leader: bool
    team_id: int | None
    from_on: date
    to_on: date | None


class Queue(NamedTuple):
    """A team."""

    id: int
    area_code: str
    kind: TeamKind


@dataclass
class Register:
    """Who serves in which team, and who is away, as the office's files say now."""

    posts: list[Post]
    days_away: list[tuple[int, date, date]]
    teams: dict[int, Queue]
    left: set[int]
    """Accounts that are closed."""

    @classmethod
    def read(cls) -> "Register":
        def rows(*columns: Any) -> list[Any]:
            return list(db.session.execute(select(*columns)))

        posts = rows(Service.person_id, Service.area_code, Service.role, Service.is_leader, Service.team_id,
                     Service.from_on, Service.to_on)
        return cls(
            [Post(*row) for row in posts],
            [tuple(row) for row in rows(Absence.person_id, Absence.from_on, Absence.to_on)],
            {row.id: Queue(*row) for row in rows(Team.id, Team.area_code, Team.kind)},
            set(db.session.scalars(select(Person.id).where(Person.is_active.is_(False)))),
        )

    def serves(self, service: Post, team: Queue) -> bool:
        if team.kind is TeamKind.OWN or service.team_id is not None:
            return service.team_id == team.id
        role = Role.DISCIPLINE if team.kind is TeamKind.DISCIPLINE else ROLE_OF[len(team.area_code)]
        return service.area_code == team.area_code and service.role is role

    def members(self, team_id: int, day: date) -> set[int]:
        team = self.teams[team_id]
        return {
            one.person_id
            for one in self.posts
            if one.from_on <= day and (one.to_on is None or day <= one.to_on) and self.serves(one, team)
        } - self.left

    def leaders(self, team_id: int, day: date) -> set[int]:
        leading = [one for one in self.posts if one.is_leader]
        return Register(leading, [], self.teams, self.left).members(team_id, day)

    def away(self, day: date) -> set[int]:
        return {person_id for person_id, first, last in self.days_away if first <= day <= last}

    def present(self, team_id: int, day: date) -> set[int]:
        return self.members(team_id, day) - self.away(day)

    def above(self, team_id: int) -> int | None:
        """The team one level up; none above the township and the discipline office."""
        team = self.teams[team_id]
        if team.kind is TeamKind.DISCIPLINE or (team.kind is TeamKind.AREA and len(team.area_code) <= TOWNSHIP):
            return None
        code = team.area_code
        if team.kind is TeamKind.AREA:
            code = code[:VILLAGE] if len(code) > VILLAGE else code[:TOWNSHIP]
        return next(one.id for one in self.teams.values() if one.kind is TeamKind.AREA and one.area_code == code)


TOWNSHIP, VILLAGE, GRID, MICROGRID = 9, 12, 15, 18
ROLE_OF = {TOWNSHIP: Role.TOWNSHIP, VILLAGE: Role.VILLAGE, MICROGRID: Role.GUARDIAN}


# ---------------------------------------------------------------- the clerk


class Clerk:
    """Follows every case by its facts; `must` says what is due by now, and is asked before the program acts."""

    def __init__(self) -> None:
        self.books: dict[int, Book] = {}
        self.register = Register.read()
        self._read_up_to = 0
        self._next_at: dict[int, datetime] = {}

    def read(self) -> list[CaseEvent]:
        """The facts since the last reading, all heeded."""
        newer = select(CaseEvent).where(CaseEvent.id > self._read_up_to).order_by(CaseEvent.id)
        events = list(db.session.scalars(newer.execution_options(populate_existing=True)))
        for event in events:
            if event.action is Action.SUBMIT:
                self.books[event.case_id] = Book(event.case_id, event.at, event.kind, event.is_urgent)
            book = self.books[event.case_id]
            book.heed(event)
            if event.action is Action.REPORT_BACK:
                book.look_again_on = db.session.scalar(select(Case.look_again_on).where(Case.id == event.case_id))
            self._read_up_to = event.id
        self._look_ahead({event.case_id for event in events})
        return events

    def _look_ahead(self, case_ids: Iterable[int]) -> None:
        """When time next does something to these cases, noted on the margin."""
        for case_id in case_ids:
            if (due := self.books[case_id].next_at()) is not None:
                self._next_at[case_id] = due
            else:
                self._next_at.pop(case_id, None)

    def look_up(self) -> None:
        """Somebody's post or days away have changed."""
        self.register = Register.read()

    def next_at(self) -> datetime | None:
        """The next instant at which time alone does something."""
        return min(self._next_at.values(), default=None)

    def must(self, now: datetime) -> list[Must]:
        """All that time alone does by now."""
        found: list[Must] = []
        for book in self.books.values():
            is_due = (due := self._next_at.get(book.case_id)) is not None and due <= now
            if is_due and book.status not in OPEN:
                found += book.must(now)
            let_go = list(self._let_go(book, now))
            found += let_go
            if is_due or let_go:
                found += book.must(now)
        self._look_ahead({must.case_id for must in found})
        return found

    def _let_go(self, book: Book, now: datetime) -> Iterator[Must]:
        if book.status not in OPEN:
            return
        today = day_of(now)
        if book.status is Status.IN_PROGRESS and book.owner_id not in self.register.present(book.team_id, today):
            yield book.let_go(now)
        if book.status in {Status.NEW, Status.ASSIGNED} and not self.register.present(book.team_id, today):
            higher = self.register.above(book.team_id)
            while higher is not None and not self.register.present(higher, today):
                higher = self.register.above(higher)
            if higher is not None:
                book.team_id = higher
                yield book.let_go(now)
