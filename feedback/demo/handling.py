"""演示里的办理: who responds, passes on, asks, visits and answers, and how long it takes."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedback import closure, extensions, worklist
from feedback.demo import letters
from feedback.demo.beside import Beside
from feedback.demo.people import OWN_TEAMS
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Contact, Kind, Outcome, Status
from feedback.models.people import TeamKind
from feedback.models.places import Level
from feedback.workflow import Who

_ANSWERS = (Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.NOT_POSSIBLE_NOW, Outcome.OUT_OF_SCOPE)
OUTCOMES: dict[Kind, dict[Outcome, int]] = {
    kind: dict(zip(_ANSWERS, of, strict=True))
    for kind, of in {
        Kind.ENQUIRY: (24, 70, 1, 5), Kind.HELP: (80, 9, 8, 3), Kind.COMPLAINT: (66, 17, 12, 5),
        Kind.SUGGESTION: (48, 21, 27, 4),
    }.items()
}
"""In a hundred answers of each kind: resolved, explained, not possible now, out of scope."""


class Handling(Beside):
    """From ASSIGNED to the answer."""

    def _handle(self) -> None:
        if self.case.status is Status.ASSIGNED:
            self._respond()
            self._pass_on()
        if self.case.status is not Status.IN_PROGRESS:
            return
        if self._chance(0.12):
            self._wait(hours=self.rng.uniform(0.5, 20))
            self._do(Action.NOTE, self._owner, self.rng.choice(letters.NOTES), audience=Audience.STAFF)
        if self._chance(0.05):
            self._wait(hours=self.rng.uniform(1, 30), any_hour=True)
            self._do(Action.ADD, Who.VILLAGER, self.rng.choice(letters.ADDED))
        if self._chance(0.05):
            self._ask()
        ready_at = self._ready_at()
        if ready_at > self.case.handling_due_at and self._chance(0.45):
            ready_at = self._ask_for_longer(ready_at)
        self._visit(ready_at)
        self._report_back()

    def _pass_on(self) -> None:
        """To the village, to a team of the township, or back: where the matter is another's."""
        case, level = self.case, len(self.case.team.area_code)
        if case.disputes or self.is_again or case.about is not None or case.household is None:
            return
        if level == Level.MICROGRID.digits and self._chance(0.07):
            self._wait(hours=self.rng.uniform(2, 20))
            with self._by_the_rules():
                worklist.escalate(case, self._owner, words=self.rng.choice(letters.ESCALATED))
            self._respond()
            if self._chance(0.35):
                self._to_own_team()
        elif level == Level.MICROGRID.digits and self._chance(0.012):
            self._wait(hours=self.rng.uniform(1, 8))
            owner = self._owner
            with self._by_the_rules():
                worklist.send_back(case, owner, words=self.rng.choice(letters.SENT_BACK))
            self._wait(hours=self.rng.uniform(1, 6))
            with self._by_the_rules():
                worklist.assign(case, self._handler(), self.cast.team(case.area_code))
            self._passed_over = frozenset({owner.id})
            self._respond()

    def _to_own_team(self) -> None:
        name = next((team for team, matters in OWN_TEAMS.items() if self.letter.category in matters), None)
        if name is None:
            return
        self._wait(hours=self.rng.uniform(1, 10))
        with self._by_the_rules():
            worklist.escalate(self.case, self._owner, words=self.rng.choice(letters.ESCALATED))
        self._wait(hours=self.rng.uniform(0.5, 5))
        with self._by_the_rules():
            worklist.transfer(self.case, self._handler(), self.cast.own_team(name), words=letters.TRANSFERRED[0])
        self._respond()

    def _ask(self) -> None:
        self._wait(hours=self.rng.uniform(1, 12))
        self.is_asked = True
        with self._by_the_rules():
            worklist.ask(self.case, self._owner, words=self.rng.choice(letters.QUESTIONS))
        if self._chance(0.75):
            self._wait(hours=self.rng.uniform(0.5, 40), any_hour=True)
            with self._by_the_rules():
                closure.answer(self.case, words=self.rng.choice(letters.ANSWERS))

    def _ready_at(self) -> datetime:
        """When the work is done: most within the limit, some a little and a few far beyond it. What is late is
        hurried: the ladder tells those above."""
        case = self.case
        if case.disputes or self.is_again:
            return self.at + timedelta(hours=self.rng.lognormvariate(3.3, 0.6))
        factor = self.rng.lognormvariate(-0.8, 0.5) * self.temper.of(case.area_code)
        return case.filed_at + (case.handling_due_at - case.filed_at) * (factor if factor < 1 else 1 + (factor - 1) / 2)

    def _ask_for_longer(self, ready_at: datetime) -> datetime:
        """Asks the level above for some working days more, before the due; when the work is then done."""
        case, above = self.case, self._above()
        if case.extension_days is not None or case.is_urgent or case.about is not None or not above:
            return ready_at
        self._wait_until(self.at + (case.handling_due_at - self.at) * self.rng.uniform(0.5, 0.95))
        if self.at >= case.handling_due_at:
            return ready_at
        days = self.rng.choice((2, 3, 3, 5, 5, 8))
        with self._by_the_rules():
            extensions.ask(case, self._owner, days=days, words=self.rng.choice(letters.WHY_LONGER))
        self._wait(hours=self.rng.uniform(1, 20))
        officer = self.rng.choice(above)
        if self._chance(0.28):
            with self._by_the_rules():
                extensions.refuse(case, officer, words=self.rng.choice(letters.NOT_LONGER))
            return ready_at
        with self._by_the_rules():
            granted = max(1, days - self.rng.choice((0, 0, 1)))
            extensions.grant(case, officer, days=granted, words=self.rng.choice(letters.LONGER))
        in_time = case.handling_due_at - timedelta(hours=self.rng.uniform(1, 20))
        return ready_at if self._chance(0.15) else min(ready_at, in_time)

    def _visit(self, ready_at: datetime) -> None:
        case, home = self.case, self.case.household
        code = self.cast.codes.get(case.household_id)
        is_needed = case.is_visit_wanted and case.visited_at is None
        if home is None or code is None or not ((is_needed and self._chance(0.93)) or self._chance(0.04)):
            self._wait_until(ready_at)
            return
        self._wait_until(max(self.at, ready_at - timedelta(hours=self.rng.uniform(0.2, 20))))
        visitor = self._owner
        is_guardian = case.team.kind is TeamKind.AREA and case.team.area_code == home.microgrid_code
        if not is_guardian and case.area_code == home.microgrid_code and self._chance(0.6):
            near = self.cast.present(self.cast.team(home.microgrid_code), self._day)
            visitor = self.rng.choice(near) if near else visitor
        self._do(Action.VISIT, visitor, code=code, contact=Contact.IN_PERSON)
        self._wait_until(max(self.at, ready_at))

    def _report_back(self) -> None:
        case = self.case
        outcome = self._pick(OUTCOMES[case.kind])
        if case.disputes and self._chance(0.6):
            outcome = Outcome.RESOLVED
        words = {
            Outcome.RESOLVED: self.letter.reply,
            Outcome.EXPLAINED: self.letter.reply if case.kind is Kind.ENQUIRY else self.rng.choice(letters.EXPLAINED),
            Outcome.NOT_POSSIBLE_NOW: self.rng.choice(letters.NOT_POSSIBLE),
            Outcome.OUT_OF_SCOPE: self.rng.choice(letters.OUT_OF_SCOPE),
        }[outcome]
        is_unvisited = case.is_visit_wanted and case.visited_at is None
        event = self._do(Action.REPORT_BACK, self._owner, words, outcome=outcome,
                         reason="no_visit" if is_unvisited else None)
        if is_unvisited:
            why = self.rng.choice(letters.NO_VISIT)
            self.pen.say(case, why, n=event.n, at=event.at, audience=Audience.STAFF)
        if outcome is Outcome.NOT_POSSIBLE_NOW:
            case.look_again_on = self._day + timedelta(days=self.rng.randint(30, 120))
        if case.is_supervised:
            self._plan(self._end_supervision, hours=self.rng.uniform(2, 60))

    def _respond(self) -> None:
        case = self.case
        allowed = case.response_due_at - case.filed_at
        if case.responded_at is None:
            factor = self.rng.lognormvariate(-1.5, 0.85) * self.temper.of(case.area_code)
            self._wait_until(max(case.filed_at + allowed * factor, self.at))
        else:
            self._wait(hours=self.rng.lognormvariate(1.9, 0.7))
        who = self._handler()
        contact = Contact.PHONE if self.case.is_urgent else self._pick(
            {Contact.PHONE: 55, Contact.IN_PERSON: 25, Contact.MESSAGE: 20})
        words = self.rng.choice(letters.RESPONDED)
        if contact is Contact.MESSAGE:
            words = words or letters.RESPONDED[0]
        if contact is Contact.PHONE and self._chance(0.4):
            self._do(Action.REVEAL, who)
            self._wait(hours=0.05)
        self._do(Action.RESPOND, who, words, contact=contact)
        if case.category_id is None and self._chance(0.85):
            self._wait(hours=0.05)
            case.category_id = self.cast.categories[self.letter.category].id
            self._do(Action.CLASSIFY, who)
