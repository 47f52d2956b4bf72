"""一件诉求的经过: one case of the demo year, played step by step until its end or until today.

The common steps go straight through `workflow.record`; the rare ones through the very rules the doors call.
Whoever acts is on the team, present that day and not shut out, and nothing happens after now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feedback import closure, worklist
from feedback.demo import letters
from feedback.demo.people import OWN_TEAMS
from feedback.demo.steps import NotYet, Steps
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Contact, Kind, Outcome, Status
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
RATINGS = {5: 52, 4: 28, 3: 11, 2: 6, 1: 3}


class Life(Steps):
    """Plays one case."""

    def play(self) -> None:
        """From the filing on, as far as today."""
        try:
            self._begin()
            self._play_on()
            self._afterwards()
        except NotYet:
            pass

    # ---------------------------------------------------------------- until somebody owns it

    def _begin(self) -> None:
        if self.case.status is Status.NEW:
            self._look_first()
        if self._chance(0.02):
            self._wait(hours=self.rng.uniform(0.5, 8), any_hour=True)
            with self._by_the_rules():
                closure.withdraw(self.case)
            return
        if self._chance(0.012) and len(self.case.team.area_code) == Level.MICROGRID.digits:
            self._decline()
        elif self._chance(0.015):
            self._merge()

    def _look_first(self) -> None:
        """Marked, or nobody was there: the village looks, and assigns it or says it is nothing."""
        self._wait(hours=self.rng.lognormvariate(1.2, 0.6))
        cadre = self._handler()
        home = self.case.household
        with self._by_the_rules():
            if home is None or (self.case.is_marked and self._chance(0.8)):
                closure.decline(self.case, cadre, outcome=Outcome.INVALID, words=letters.DECLINED[1])
            else:
                worklist.assign(self.case, cadre, self.cast.team(home.microgrid_code))

    def _decline(self) -> None:
        self._wait(hours=self.rng.lognormvariate(1.5, 0.6))
        cadre = self.rng.choice(self.cast.present(self.cast.team(self.case.area_code[:12]), self._day))
        outcome = Outcome.DECLINED if self._chance(0.7) else Outcome.INVALID
        with self._by_the_rules():
            closure.decline(self.case, cadre, outcome=outcome, words=letters.DECLINED[outcome is Outcome.INVALID])

    def _merge(self) -> None:
        """Into an earlier case of the same village on the same matter that was open then."""
        village = self.case.area_code[:12]
        mains = [
            one for one in self.recent
            if one.area_code[:12] == village and one.about is None and self.case.about is None
            and one.main_case_id is None and one.id != self.case.id and len(one.area_code) == Level.MICROGRID.digits
            and (one.closed_at is None or one.closed_at > self.at + timedelta(hours=12))
        ]
        if not mains or self.case.status is not Status.ASSIGNED or len(self.case.area_code) < 18:
            return
        self._wait(hours=self.rng.uniform(1, 8))
        main = self.rng.choice(mains)
        if main.closed_at is not None and main.closed_at <= self.at:
            return
        cadre = self.rng.choice(self.cast.present(self.cast.team(village), self._day))
        self._do(Action.MERGE, cadre, letters.MERGED[0], outcome=Outcome.MERGED, main_case=main)
        self.case.ended_by_team_id = self.cast.team(village).id

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

    # ---------------------------------------------------------------- until she has an answer

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
        self._visit()
        self._report_back()

    def _pass_on(self) -> None:
        """To the village, to a team of the township, or back: where the matter is another's."""
        case, level = self.case, len(self.case.team.area_code)
        if case.disputes or case.about is not None or case.household is None:
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
        """When the work is done: most within the limit, some a little and a few far beyond it."""
        case = self.case
        if case.disputes:
            return self.at + timedelta(hours=self.rng.lognormvariate(3.3, 0.6))
        factor = self.rng.lognormvariate(-0.8, 0.5) * self.temper.of(case.area_code)
        return case.filed_at + (case.handling_due_at - case.filed_at) * factor

    def _visit(self) -> None:
        case, home, ready_at = self.case, self.case.household, self._ready_at()
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
        if self.is_asked or case.disputes:
            with self.pen.written():
                pass  # the waits for her are counted from what is in the database
        event = self._do(Action.REPORT_BACK, self._owner, words, outcome=outcome,
                         reason="no_visit" if is_unvisited else None)
        if is_unvisited:
            why = self.rng.choice(letters.NO_VISIT)
            self.pen.say(case, why, n=event.n, at=event.at, audience=Audience.STAFF)
        if outcome is Outcome.NOT_POSSIBLE_NOW:
            case.look_again_on = self._day + timedelta(days=self.rng.randint(30, 120))

    # ---------------------------------------------------------------- her word, or her silence

    def _hear_from_her(self) -> None:
        case = self.case
        if case.status is not Status.REPORTED_BACK:
            return
        draw = self.rng.random()
        was_late = case.reported_at is not None and case.reported_at > case.handling_due_at
        if draw < 0.46:
            self._wait_her(100)
            self._witness()
            self._confirm()
        elif draw < (0.53 if not was_late else 0.62):
            self._wait_her(120)
            self._dispute()
        elif draw < 0.66 and self._chance(0.35):
            self._wait_her(90)
            self._follow_up()
            self._silent_close()
        else:
            self._silent_close()

    def _wait_her(self, most_hours: float) -> None:
        self._wait_until(self.at + timedelta(hours=min(self.rng.lognormvariate(2.6, 1.0), most_hours)), any_hour=True)

    def _witness(self) -> None:
        """Did somebody ring, did somebody come: one in three says."""
        if not self._chance(0.34):
            return
        for n in self._to_witness:
            if self._chance(0.965):
                self._do(Action.WITNESS, Who.VILLAGER, of_n=n, witnessed=True)
            else:
                with self._by_the_rules():
                    closure.witness(self.case, of_n=n, yes=False)
            self._wait(hours=0.02, any_hour=True)
        self._to_witness.clear()

    def _confirm(self) -> None:
        is_accepted = self.case.outcome is not Outcome.RESOLVED and self._chance(
            0.12 if self.case.outcome is Outcome.EXPLAINED else 0.6)
        self._do(Action.CONFIRM, Who.VILLAGER, answer=Answer.ACCEPTED if is_accepted else Answer.SOLVED)
        if self._chance(0.62):
            self._wait(hours=0.02, any_hour=True)
            rating = self._pick(RATINGS)
            self._do(Action.RATE, Who.VILLAGER, rating=min(rating, 4) if is_accepted else rating)

    def _dispute(self) -> None:
        if self.case.owner_id is not None:
            self._passed_over |= {self.case.owner_id}
        with self._by_the_rules():
            closure.dispute(self.case, words=self.rng.choice(letters.DISPUTES))

    def _follow_up(self) -> None:
        """An officer of the township, who had nothing to do with it, asks her."""
        case = self.case
        officers = self.cast.present(self.cast.team(self.cast.area_code), self._day)
        able = [one for one in officers if one.id not in {case.owner_id, case.typed_by_id, *self._passed_over}]
        if not able or case.team.area_code == self.cast.area_code or case.about is not None:
            return
        says = Answer.SOLVED if self._chance(0.8) else Answer.ACCEPTED
        with self._by_the_rules():
            closure.follow_up(case, self.rng.choice(able), says=says, consents=True, words=letters.FOLLOWED_UP[0])

    def _silent_close(self) -> None:
        if self.case.wakes_at is None:
            raise AssertionError("a case reported back wakes when her silence has lasted")
        late = timedelta(seconds=self.rng.randint(1, 60))
        self._wait_until(self.case.wakes_at + late, any_hour=True)
        self._do(Action.CLOSE, Who.SYSTEM)

    def _afterwards(self) -> None:
        """Within thirty days she may still say something."""
        if not self.case.is_unconfirmed or not self._chance(0.09):
            return
        self._wait(hours=self.rng.uniform(2, 600), any_hour=True)
        if self._chance(0.5):
            self._confirm()
        elif self._chance(0.4):
            self._dispute()
            self._play_on()
        else:
            self._follow_up()

    def _play_on(self) -> None:
        while self.case.status is not Status.CLOSED:
            self._handle()
            self._hear_from_her()
