"""一件诉求的经过: one case of the demo year, played step by step until its end or until today.

The common steps go straight through `workflow.record`; the rare ones through the very rules the doors call.
Whoever acts is on the team, present that day and not shut out, and nothing happens after now.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from feedback import closure, worklist
from feedback.demo import letters
from feedback.demo.handling import Handling
from feedback.demo.steps import Moved, NotYet
from feedback.models.kinds import Action, Answer, Outcome, Status
from feedback.models.places import Level
from feedback.workflow import Who

RATINGS = {5: 52, 4: 28, 3: 11, 2: 6, 1: 3}


class Life(Handling):
    """Plays one case."""

    def play(self) -> None:
        """From the filing on, as far as today."""
        with suppress(NotYet):
            self._begin()
            while True:
                with suppress(Moved):
                    self._play_on()
                    self._afterwards()
                    self._stand()
        self._be_heard()

    def stand(self) -> None:
        """Nobody has done anything yet."""
        with suppress(NotYet):
            self._stand()
        self._be_heard()

    def _be_heard(self) -> None:
        if self.at >= self.hearing.since:
            with self.pen.written():
                self.hearing.tell(min(self.at, self.until))

    # ---------------------------------------------------------------- until somebody owns it

    def _begin(self) -> None:
        if self.case.status is Status.NEW:
            self._look_first()
        if self.case.status is Status.CLOSED:
            return
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
        self._wait_until(self.case.wakes_at, any_hour=True)

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
