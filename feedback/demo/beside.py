"""旁边的事: what people do because a clock runs out, while somebody else handles the case.

She urges, the level above says a word, a letter of supervision is answered or not, a card is appealed against and
the appeal decided. All of it by the very rules the pages call; what they would refuse by then is not done.
"""

from __future__ import annotations

from feedback import access, appeals, cards, clocks, urging, workflow
from feedback.demo import letters
from feedback.demo.steps import Steps
from feedback.ladder import Rung
from feedback.models.kinds import Action, Status
from feedback.models.people import Person, TeamKind
from feedback.models.places import Level


class Beside(Steps):
    """What happens to a case beside its handling."""

    def _hear_of(self, rungs: set[Rung]) -> None:
        if self.case.about is not None or self.case.is_for_discipline_alone:
            return
        if Rung.OVERDUE in rungs:
            for of, act, most in ((0.3, self._urge, 20), (0.25, self._remind, 26), (0.1, self._appeal, 70)):
                if self._chance(of):
                    self._plan(act, hours=self.rng.uniform(1, most))
        elif Rung.NEAR in rungs and self._chance(0.05):
            self._plan(self._urge, hours=self.rng.uniform(0.5, 10))
        if Rung.DAY_OVER in rungs and self.case.supervision_due_at is not None and self._chance(0.85):
            self._plan(self._answer_letter, hours=self.rng.lognormvariate(2.8, 0.8))

    def _above(self) -> list[Person]:
        """Who is there one level up from the team that holds it, up to the township."""
        team = self.case.team
        if team.kind is TeamKind.DISCIPLINE or (team.area_code == self.cast.area_code and team.kind is TeamKind.AREA):
            return []
        is_microgrid = len(team.area_code) == Level.MICROGRID.digits
        higher = team.area_code[: Level.VILLAGE.digits] if is_microgrid else self.cast.area_code
        return self.cast.present(self.cast.team(higher), self._day)

    def _urge(self) -> None:
        with self._by_the_rules():
            if self.case.status in clocks.OPEN and not urging.reminded_today(self.case, None):
                urging.remind_by_her(self.case)

    def _remind(self) -> None:
        with self._by_the_rules():
            officer = self._able(self._above(), Action.REMIND) if self.case.status in clocks.OPEN else None
            if officer is not None and not urging.reminded_today(self.case, officer):
                urging.remind(self.case, officer, words=self.rng.choice(letters.REMINDED))

    def _answer_letter(self) -> None:
        case = self.case
        with self._by_the_rules():
            if workflow.open_letter(case) is None:
                return
            is_owned = case.status is Status.IN_PROGRESS
            members = [self._owner] if is_owned else self.cast.present(case.team, self._day)
            if (member := self._able(members, Action.ANSWER_SUPERVISION)) is not None:
                urging.answer_letter(case, member, words=self.rng.choice(letters.LETTER_ANSWERS))

    def _end_supervision(self) -> None:
        if not self.case.is_supervised:
            return
        with self._by_the_rules():
            officers = self.cast.present(self.cast.team(self.cast.area_code), self._day)
            if (officer := self._able(officers, Action.END_SUPERVISION)) is not None:
                urging.end_supervision(self.case, officer)

    def _appeal(self) -> None:
        """Whoever got the last card for a clock that ran out; the township decides within days."""
        case = self.case
        with self._by_the_rules():
            given = [one for one in cards.given(workflow.events(case)) if one.why in cards.OVERDUE]
            owner = self.cast.people.get(given[-1].owner_id or 0)
            if owner is None or not appeals.may_appeal(case, owner, given[-1]):
                return
            appeals.appeal(case, owner, n=given[-1].n, words=self.rng.choice(letters.APPEALED))
        self._plan(self._decide, hours=self.rng.uniform(8, 90))

    def _decide(self) -> None:
        case = self.case
        with self._by_the_rules():
            [card] = [one for one in cards.given(workflow.events(case)) if one.is_waiting][:1]
            officers = self.cast.present(self.cast.team(self.cast.area_code), self._day)
            able = [one for one in officers if appeals.may_decide(case, one, card)]
            if able:
                upholds = self._chance(0.4)
                words = self.rng.choice(letters.UPHELD if upholds else letters.REJECTED)
                appeals.decide(case, self.rng.choice(able), n=card.n, upholds=upholds, words=words)

    def _able(self, people: list[Person], action: Action) -> Person | None:
        """The first of them who may do it now."""
        return next((one for one in people if access.may(one, action, self.case)), None)
