"""一年: a township of eighteen villages, and everything people do there in 2026, by the rules the pages call.

One seed decides who writes what, who dawdles, who is away and who has left. Nobody acts but through the real
rules; what they refuse is not done, as on a page. Time passes through `timer.tick`: at each instant at which the
clerk or the program itself says that something is due, each day at seven in the morning, and a few hours after
whatever happened. After each round the clerk's books are laid beside what the program did, told and wrote.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from itertools import count
from random import Random

from sqlalchemy import func, select

from feedback import access, clock, codes, db, intake, routing, teams, timer
from feedback.administration import posts
from feedback.errors import Missing, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.kinds import About, Action, AnswerBy, Channel, Kind
from feedback.models.notices import Notice, Route, Via
from feedback.models.people import Person, Role, Service, TeamKind
from feedback.models.places import Area, Household
from feedback.models.rules import Category
from feedback.notifications import routes
from tests import builders
from tests.clerk import DAY, RUNGS, WALL, Clerk, Must, at, day_of
from tests.crier import Crier, Told
from tests.deeds import Deeds
from tests.postman import Letter, Postman, is_night, readers

YEAR = date(2026, 1, 5), date(2026, 12, 11)
"""The days on which people write."""
VILLAGES, MICROGRIDS, DOORS, GUARDIANS, CADRES, OFFICERS = 18, 2, 3, 3, 2, 5
MOST_EVENTS = 26
NEXT_WAKING = select(func.min(Case.wakes_at))
ROUNDS = (time(7), time(12), time(18), time(22))
HER_HOURS, THEIR_HOURS = (time(5), time(23)), (time(7, 40), time(20, 40))
KINDS = {Kind.ENQUIRY: 30, Kind.HELP: 34, Kind.COMPLAINT: 24, Kind.SUGGESTION: 12}
PACES = {0.25: 40, 0.6: 25, 1.2: 20, 2.5: 15}
"""How large a part of the time to the next due somebody takes, and how many in a hundred are like that."""
CATEGORIES = ("路灯", "道路", "用水")


@dataclass(order=True)
class Turn:
    """Something that somebody will do at an instant."""

    at: datetime
    order: int
    act: Callable[[], object] = field(compare=False)


@dataclass
class Town:
    """Doors and officers of the township, by their ids."""

    doors: list[int]
    officers: list[int]
    admin_id: int

    @property
    def admin(self) -> Person:
        return db.session.get_one(Person, self.admin_id)

    @classmethod
    def settle(cls, every_nth_has_mail: int) -> Town:
        place = builders.a_township()
        code = place.township.code
        builders.a_team(place.township, TeamKind.DISCIPLINE, "纪委")
        own = builders.a_team(place.township)
        for name in CATEGORIES:
            db.session.add(Category(area_code=code, name=name))
        officers = [
            builders.a_person(place.township, Role.TOWNSHIP, is_leader=n == 0) for n in range(OFFICERS)
        ]
        for person in (builders.a_person(place.microgrid) for _ in range(2)):
            person.services[0].area_code, person.services[0].role = code, Role.TOWNSHIP
            person.services[0].team_id = own.id
        for _ in range(2):
            builders.a_person(place.township, Role.DISCIPLINE)
        admin = builders.a_person(place.township, Role.ADMIN)
        doors: list[Household] = []
        for n in range(VILLAGES):
            here = place if n == 0 else place.next_village()
            for number in range(CADRES):
                builders.a_person(here.village, Role.VILLAGE, is_leader=number == 0)
            for microgrid in [here.microgrid, *(here.next_microgrid() for _ in range(MICROGRIDS - 1))]:
                for number in range(GUARDIANS):
                    builders.a_person(microgrid, Role.GUARDIAN, is_leader=number == 0)
                for _ in range(DOORS):
                    doors.append(builders.a_household(microgrid))
                    builders.a_code(doors[-1])
        for n, person in enumerate(db.session.scalars(select(Person).order_by(Person.id))):
            if n % every_nth_has_mail == 0:
                address = routes.sealed(person, Via.EMAIL, f"{person.id}@example.cn")
                db.session.add(Route(person_id=person.id, via=Via.EMAIL, address=address))
        db.session.commit()
        return cls([one.id for one in doors], [one.id for one in officers], admin.id)


class Year:
    """The township's year, or some part of it; `mails` is where those arrive that the program sends. `dead` are the
    days on which the timer does not run, the first one of them and the day on which it runs again."""

    def __init__(
        self,
        seed: int,
        cases: int,
        mails: Sequence[EmailMessage],
        *,
        days: tuple[date, date] = YEAR,
        dead: tuple[date, date] | None = None,
        every_nth_has_mail: int = 3,
    ) -> None:
        self.rng = Random(seed)
        self.first, self.last = days
        self.dead = None if dead is None else (at(dead[0], time()), at(dead[1], time(8)))
        self.agenda: list[Turn] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.sent: Counter[datetime] = Counter()
        """Mails by the instant of the round that sent them."""
        self.by_time: Counter[datetime] = Counter()
        """What time alone did, by the instant of the round that did it."""
        self.paces: dict[int, float] = {}
        self._mails = mails
        self._told_up_to = 0
        self._order = count()
        self._letters = count()
        self._tick_at: datetime | None = None
        self.now = at(self.first, time())
        with clock.fixed(self.now, everywhere=True):
            self.town = Town.settle(every_nth_has_mail)
            self.clerk = Clerk()
            self.postman = Postman(readers())
        self._plan(cases)

    # ---------------------------------------------------------------- the plan of the year

    def _plan(self, cases: int) -> None:
        days = [self.first + n * DAY for n in range((self.last - self.first).days + 1)]
        share = len(days) / 340
        for day in self.rng.choices(days, k=cases):
            self._later(self._instant(day, HER_HOURS), self._files)
        for day in self.rng.sample(days[5:], round(60 * share)):
            self._later(at(day, time(7, 35)), self._goes_away)
        for day in self.rng.sample(days[20:], round(6 * share)):
            self._later(at(day, time(18, 10)), self._leaves)
        for day in self.rng.sample(days[10:], round(5 * share)):
            self._later(at(day, time(9, 5)), self._loses_a_code)
        for day in days:
            self._later(at(day, time(7)), self._tick_now)

    def _instant(self, day: date, hours: tuple[time, time]) -> datetime:
        first, last = at(day, hours[0]), at(day, hours[1])
        return first + timedelta(seconds=self.rng.randrange(int((last - first).total_seconds())))

    def _later(self, when: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self.agenda, Turn(when.replace(microsecond=0), next(self._order), act))

    def _in_their_hours(self, when: datetime) -> datetime:
        wall = when.astimezone(WALL)
        if THEIR_HOURS[0] <= wall.time() <= THEIR_HOURS[1]:
            return when
        day = wall.date() + DAY if wall.time() > THEIR_HOURS[1] else wall.date()
        return self._instant(day, (THEIR_HOURS[0], time(9, 30)))

    # ---------------------------------------------------------------- time passes

    def days(self) -> Iterator[date]:
        """Lets the year pass; gives each day when it is over."""
        day = self.first
        while self.agenda:
            turn = self.agenda[0]
            self._time_until(turn.at)
            if day_of(turn.at) > day:
                yield day
                day = day_of(turn.at)
                continue
            heapq.heappop(self.agenda)
            self.now = turn.at
            with clock.fixed(turn.at, everywhere=True):
                turn.act()
                db.session.rollback()
            if self._tick_at is None:
                self._tick_at = _next_round(turn.at)
        yield day

    def _time_until(self, until: datetime) -> None:
        """Every round of the timer up to an instant."""
        while True:
            due = [one for one in (self.clerk.next_at(), self._program_next(), self._tick_at) if one is not None]
            nearest = max(min(due, default=until), self.now)
            if self.is_dead(nearest) and self.dead is not None:
                nearest = self.dead[1]
            if not due or nearest > until:
                return
            self._tick(nearest)

    def is_dead(self, instant: datetime) -> bool:
        return self.dead is not None and self.dead[0] <= instant < self.dead[1]

    def _program_next(self) -> datetime | None:
        return db.session.scalar(NEXT_WAKING)

    def _tick(self, now: datetime) -> None:
        self.now, self._tick_at = now, None
        with clock.fixed(now, everywhere=True):
            self.clerk.read()
            expected = self.clerk.must(now)
            arrived = len(self._mails)
            report = timer.tick()
            assert not report.failed, report.failed
            since = self._told_up_to
            self.clerk.read()
            events = db.session.scalars(select(CaseEvent).where(CaseEvent.id > since).order_by(CaseEvent.id)).all()
            self._told_up_to = events[-1].id if events else since
            found = [_as_must(event) for event in events if _is_by_time(event)]
            assert sorted(found) == sorted(expected), f"{now.astimezone(WALL):%m-%d %H:%M:%S}"
            for must in found:
                if must.action is Action.REOPEN:
                    self._go_on(db.session.get_one(Case, must.case_id))
            self.by_time[now] += len(found)
            crier = Crier(self.clerk.register, now)
            told = self._compare_notices(events, crier)
            self.postman.hand_in(told, events, now)
            self._compare_mails(self._mails[arrived:], crier)
            late = db.session.scalars(select(Case.id).where(Case.wakes_at <= now)).all()
            assert not late, f"{now.astimezone(WALL):%m-%d %H:%M:%S}: still to be woken"
            db.session.rollback()

    def _compare_notices(self, events: Sequence[CaseEvent], crier: Crier) -> set[Told]:
        """What the lists show is what the clerk would have told, to nobody else, and nothing is left untold."""
        assert not db.session.scalars(select(CaseEvent.id).where(CaseEvent.told_at.is_(None))).all()
        if not events:
            return set()
        ids = [event.id for event in events]
        notices = db.session.execute(
            select(Notice.person_id, Notice.event_id).where(Notice.event_id.in_(ids), Notice.via == Via.LIST)
        ).all()
        told = [(row.person_id, row.event_id) for row in notices]
        expected = crier.must_tell(events)
        by_id = {event.id: (event.action.value, event.reason) for event in events}
        assert len(told) == len(set(told))
        wrong = {(person, by_id[event]) for person, event in expected ^ set(told)}
        assert not wrong, (self.now.astimezone(WALL), expected - set(told), set(told) - expected, wrong)
        return expected

    def _compare_mails(self, mails: Sequence[EmailMessage], crier: Crier) -> None:
        """What arrived is what the postman would have brought: one mail a person, about these facts."""
        go, thrown = self.postman.take_out(self.now, self.clerk.books, crier)
        assert not is_night(self.now) or all(letter.is_urgent for letter in go)
        matters = Postman.matters(go)
        if mails:
            matters += self._signs_sent()
        urgent = {f"{letter.person_id}@example.cn" for letter in go if letter.is_urgent}
        wanted = {f"{person}@example.cn": number for person, number in matters.items()}
        found = {str(mail["To"]): str(mail["Subject"]) for mail in mails}
        assert len(mails) == len(found), "one mail a person"
        assert found.keys() == wanted.keys(), self.now.astimezone(WALL)
        for to, subject in found.items():
            assert to in urgent if "急事" in subject else _number_in(subject) == wanted[to]
        self._compare_rows(go, thrown)
        self.sent[self.now] += len(mails)

    def _compare_rows(self, go: Sequence[Letter], thrown: Sequence[Letter]) -> None:
        """Each fact is in the one mail that went, and what holds no longer is in none."""
        if not (go or thrown):
            return
        rows = db.session.execute(
            select(Notice.person_id, Notice.event_id, Notice.sent_at, Notice.dropped_at)
            .where(Notice.via == Via.EMAIL, Notice.event_id.in_({letter.event_id for letter in [*go, *thrown]}))
        ).all()
        for letters, column in ((go, 2), (thrown, 3)):
            then = {(row[0], row[1]) for row in rows if row[column] == self.now}
            assert then == {(letter.person_id, letter.event_id) for letter in letters}, self.now.astimezone(WALL)

    def _signs_sent(self) -> Counter[int]:
        """How many signs each reader was written of just now: the clerk keeps no book of them."""
        rows = select(Notice.person_id).where(Notice.sign_id.is_not(None), Notice.sent_at == self.now,
                                              Notice.via == Via.EMAIL)
        found = Counter(person for person in db.session.scalars(rows) if person is not None)
        assert not (found and is_night(self.now))
        return found

    def check_rungs(self) -> None:
        """Of each clock of each case the rungs were told once each, in their order, none left out."""
        told: dict[tuple[int, str], list[str]] = defaultdict(list)
        rungs = select(CaseEvent.case_id, CaseEvent.reason).where(
            CaseEvent.action == Action.REMIND, CaseEvent.actor_id.is_(None), CaseEvent.by_her.is_(False)
        )
        for case_id, reason in db.session.execute(rungs.order_by(CaseEvent.case_id, CaseEvent.n)):
            which, _, rung = str(reason).partition("_")
            told[case_id, which].append(rung)
        for (case_id, which), climbed in told.items():
            if which != "letter":
                assert climbed == list(RUNGS[: len(climbed)]), (case_id, which)
                assert len(climbed) == self.clerk.books[case_id].told[which]

    def _tick_now(self) -> None:
        self._tick_at = self.now

    # ---------------------------------------------------------------- people come and go

    def _someone(self) -> Person:
        roles = (Role.GUARDIAN, Role.GUARDIAN, Role.GUARDIAN, Role.VILLAGE, Role.TOWNSHIP)
        role = self.rng.choice(roles)
        people = db.session.scalars(
            select(Person).join(Service).where(Service.role == role, Service.to_on.is_(None)).order_by(Person.id)
        ).all()
        return self.rng.choice(people)

    def _goes_away(self) -> None:
        """Sometimes a whole team at once."""
        person = self._someone()
        away = [person]
        if self.rng.random() < 0.25 and (team := access.my_teams(person)):
            away = teams.members(team[0])
        days = timedelta(days=self.rng.randint(0, 9))
        with self._acting("away"):
            for one in away:
                posts.add_absence(self.town.admin, one, clock.today(), clock.today() + days)
        self.clerk.look_up()

    def _leaves(self) -> None:
        """Service ends today, and somebody follows tomorrow."""
        person = self._someone()
        with self._acting("leaves"):
            for service in teams.serving(person.services):
                posts.end(self.town.admin, service, clock.today())
                heir = builders.a_person(service.area, service.role, is_leader=service.is_leader)
                heir.services[0].from_on, heir.services[0].team_id = clock.today() + DAY, service.team_id
        self.clerk.look_up()

    def _loses_a_code(self) -> None:
        code = db.session.scalars(
            select(DoorCode).where(DoorCode.ended_at.is_(None), DoorCode.household_id.is_not(None))
            .order_by(DoorCode.id)
        ).all()
        with self._acting("code"):
            codes.revoke(self.rng.choice(code).token, reason="门板换了")

    @contextmanager
    def _acting(self, name: str) -> Iterator[None]:
        """One press of a button: committed, or refused and nothing is changed."""
        try:
            yield
            db.session.commit()
            self.done[name] += 1
        except (Refusal, Missing) as refused:
            db.session.rollback()
            self.refused[f"{name}: {refused}"] += 1

    # ---------------------------------------------------------------- she writes

    def _files(self) -> None:
        rng = self.rng
        door = db.session.get_one(Household, rng.choice(self.town.doors))
        code = db.session.scalars(
            select(DoorCode).where(DoorCode.household_id == door.id).order_by(DoorCode.id.desc())
        ).first()
        no_door = rng.random() < 0.05
        letter = intake.blank(f"door {next(self._letters)}")
        letter.kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        letter.text = f"试写第 {next(self._letters)} 件"
        letter.urgent = rng.random() < 0.12
        letter.about = rng.choices(["", *About], [92, 4, 4])[0]
        letter.no_door = no_door
        letter.answer_by = rng.choice(["", AnswerBy.PAGE, AnswerBy.PHONE] if no_door else ["", *AnswerBy])
        letter.phone = "13700000000" if letter.answer_by == AnswerBy.PHONE or rng.random() < 0.3 else ""
        works = code is not None and code.is_active
        place = door.microgrid if works else db.session.get_one(Area, door.village_code)
        doorway = intake.Doorway(place, door if works else None, code, code_works=works)
        typist = None
        if rng.random() < 0.06 and (near := teams.present(teams.of(door.microgrid_code))):
            typist = intake.Typist(rng.choice(near), Channel.IN_PERSON, has_consent=True)
        with self._acting("submit"):
            filed = intake.file(letter, doorway, typist=typist)
            routing.route(filed.case, code_works=works)
            case_id = filed.case.id
            self.paces[case_id] = rng.choices(list(PACES), list(PACES.values()))[0]
            self._go_on(filed.case)

    # ---------------------------------------------------------------- one case goes on

    def _step(self, case_id: int) -> None:
        """Somebody does something to the case, or to another thing about it; then it waits for the next."""
        case = db.session.get(Case, case_id)
        if case is None:
            return
        name, act = Deeds(case, self.rng, self.town.officers).next()
        db.session.rollback()
        with self._acting(name):
            db.write()
            held = db.session.get_one(Case, case_id, with_for_update={"of": Case}, populate_existing=True)
            act(held)
        self._go_on(db.session.get_one(Case, case_id))

    def _go_on(self, case: Case) -> None:
        """Most of what is closed stays so; a few open cases everybody forgets, and only the ladder does not."""
        case_id = case.id
        is_at_rest = case.closed_at is not None and self.rng.random() < 0.6
        if not is_at_rest and case.events_count < MOST_EVENTS:
            self._later(self._next_step(case), lambda: self._step(case_id))

    def _next_step(self, case: Case) -> datetime:
        """Some are quick and some dawdle past every rung; she takes her time too."""
        rng, now = self.rng, clock.now()
        pace = self.paces[case.id]
        if case.next_due_at is None:
            return now + timedelta(hours=rng.lognormvariate(3.2, 1.2))
        left = max(case.next_due_at - now, timedelta(hours=20))
        return self._in_their_hours(now + left * pace * rng.uniform(0.15, 0.9) + timedelta(minutes=3))


def _next_round(instant: datetime) -> datetime:
    """When the timer runs because somebody did something: real ones run each minute, and mostly find nothing."""
    return min(at(day, hour) for day in (day_of(instant), day_of(instant) + DAY) for hour in ROUNDS
               if at(day, hour) > instant)


def _number_in(subject: str) -> int:
    """Of how many matters a mail speaks, by its subject."""
    found = re.search(r"\d+", subject)
    return int(found[0]) if found else 1


def _is_by_time(event: CaseEvent) -> bool:
    """Nobody did it; nor does it follow from what somebody did: a first team, the case of a main one withdrawn."""
    if event.actor_id is not None or event.by_her or event.action is Action.UNMERGE:
        return False
    return event.action is not Action.ASSIGN or event.reason is not None


def _as_must(event: CaseEvent) -> Must:
    return Must(event.case_id, event.action, event.reason)
