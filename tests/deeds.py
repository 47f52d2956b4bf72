"""做什么: what people do next to a case that year, each through the rule that the pages call.

A deed is drawn by weight from what its status invites; who does it is drawn from those who stand there. Many are
refused, as they should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from feedback import (
    appeals,
    cards,
    clock,
    closure,
    db,
    extensions,
    recusal,
    teams,
    urging,
    workflow,
    worklist,
)
from feedback.errors import Refusal
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import Answer, Contact, Kind, Outcome, Status
from feedback.models.people import Person, Team, TeamKind
from feedback.models.places import Level
from feedback.models.rules import Category

WORDS = "试写一句。"
OUTCOMES = {Outcome.RESOLVED: 60, Outcome.EXPLAINED: 20, Outcome.NOT_POSSIBLE_NOW: 14, Outcome.OUT_OF_SCOPE: 6}

Act = Callable[[Case], object]


class Deed(NamedTuple):
    """What somebody does, how often of a hundred, and in which statuses."""

    name: str
    weights: dict[Status, int]


N, A, P, R, C = Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.REPORTED_BACK, Status.CLOSED
DEEDS = (
    Deed("assign", {N: 70}),
    Deed("decline", {N: 5, A: 2}),
    Deed("respond", {A: 62}),
    Deed("visit", {A: 8, P: 14, R: 1}),
    Deed("hand_over", {P: 3}),
    Deed("release", {P: 2}),
    Deed("classify", {N: 2, A: 4, P: 4, R: 1}),
    Deed("ask", {P: 8}),
    Deed("answer", {P: 7}),
    Deed("add", {N: 2, A: 3, P: 3, R: 2}),
    Deed("note", {N: 1, A: 2, P: 4, R: 1, C: 1}),
    Deed("report_back", {P: 34, R: 2}),
    Deed("confirm", {R: 34, C: 5}),
    Deed("dispute", {R: 16, C: 3}),
    Deed("rate", {R: 4, C: 5}),
    Deed("witness", {A: 1, P: 2, R: 5, C: 2}),
    Deed("follow_up", {R: 6, C: 2}),
    Deed("withdraw", {N: 2, A: 2, P: 1, R: 1}),
    Deed("transfer", {N: 2, A: 3, P: 3}),
    Deed("send_back", {A: 2, P: 2}),
    Deed("escalate", {A: 3, P: 4}),
    Deed("recuse", {N: 1, A: 2, P: 2, R: 1, C: 1}),
    Deed("recuse_to_discipline", {A: 1, P: 1}),
    Deed("ask_extension", {P: 8}),
    Deed("decide_extension", {P: 7}),
    Deed("remind_by_her", {N: 4, A: 5, P: 4}),
    Deed("remind", {A: 3, P: 3}),
    Deed("supervise", {A: 3, P: 3, R: 1}),
    Deed("answer_letter", {A: 4, P: 6}),
    Deed("end_supervision", {P: 2, R: 2, C: 2}),
    Deed("appeal", {P: 4, R: 3, C: 3}),
    Deed("decide_appeal", {P: 4, R: 3, C: 4}),
    Deed("merge", {N: 1, A: 3, P: 2}),
    Deed("unmerge", {C: 4}),
    Deed("reopen", {C: 3}),
    Deed("nothing", {R: 30, C: 60}),
)


@dataclass
class Deeds:
    """What may be done to one case, by whom."""

    case: Case
    rng: Random
    officers: Sequence[int]

    def next(self) -> tuple[str, Act]:
        """The name of a deed, and the deed: it is handed the case again, held for writing."""
        fitting = [deed for deed in DEEDS if self.case.status in deed.weights]
        deed = self.rng.choices(fitting, [deed.weights[self.case.status] for deed in fitting])[0]
        act: Act = getattr(self, f"_{deed.name}")
        return deed.name, act

    def _one(self, people: Sequence[Person]) -> Person:
        if not people:
            raise Refusal("今天没有人在。")
        return self.rng.choice(people)

    def _member(self, case: Case) -> Person:
        return self._one(recusal.available(case.team, case))

    def _above(self, case: Case) -> Person:
        higher = teams.above(case.team)
        return self._one(teams.present(higher if higher is not None else case.team))

    def _owner(self, case: Case) -> Person:
        return case.owner if case.owner is not None else self._member(case)

    def _village(self, case: Case) -> Person:
        if len(case.area_code) < Level.VILLAGE.digits or self.rng.random() < 0.3:
            return self._officer(case)
        return self._one(teams.present(teams.of(case.area_code[: Level.VILLAGE.digits])))

    def _officer(self, case: Case) -> Person:
        return db.session.get_one(Person, self.rng.choice(self.officers))

    # ---------------------------------------------------------------- staff

    def _assign(self, case: Case) -> None:
        code = case.household.microgrid_code if case.household else case.area_code
        worklist.assign(case, self._village(case), teams.of(code))

    def _decline(self, case: Case) -> None:
        outcome = self.rng.choice([Outcome.DECLINED, Outcome.INVALID])
        closure.decline(case, self._village(case), outcome=outcome, words=WORDS)

    def _respond(self, case: Case) -> None:
        worklist.respond(case, self._member(case), contact=self.rng.choice(list(Contact)), words=WORDS)

    def _visit(self, case: Case) -> None:
        if case.household is None:
            raise Refusal("没有门。")
        near = teams.present(teams.of(case.household.microgrid_code))
        code = db.session.scalars(
            select(DoorCode).where(DoorCode.household_id == case.household_id, DoorCode.ended_at.is_(None))
        ).first()
        if code is None:
            raise Refusal("没有码。")
        worklist.visit(case, self._one(near), code)

    def _hand_over(self, case: Case) -> None:
        worklist.hand_over(case, self._owner(case), self._member(case))

    def _release(self, case: Case) -> None:
        worklist.release(case, self._owner(case))

    def _classify(self, case: Case) -> None:
        who = self.rng.choice([self._member, self._above, self._village])(case)
        category = self.rng.choice(db.session.scalars(select(Category).order_by(Category.id)).all())
        kind = self.rng.choice([case.kind, case.kind, *Kind])
        urgent = self.rng.random() < (0.7 if case.is_urgent else 0.15)
        worklist.classify(case, who, kind=kind, category=category, is_urgent=urgent, words=WORDS)

    def _ask(self, case: Case) -> None:
        worklist.ask(case, self._owner(case), words=WORDS)

    def _note(self, case: Case) -> None:
        worklist.note(case, self._member(case), words=WORDS)

    def _report_back(self, case: Case) -> None:
        outcome = self.rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        day = clock.today() + timedelta(days=self.rng.randint(1, 60))
        worklist.report_back(case, self._owner(case), outcome=outcome, words=WORDS, why_no_visit=WORDS,
                             look_again_on=day if outcome is Outcome.NOT_POSSIBLE_NOW else None)

    def _follow_up(self, case: Case) -> None:
        says = self.rng.choice([Answer.SOLVED, Answer.ACCEPTED, Answer.NOT_SOLVED])
        closure.follow_up(case, self._officer(case), says=says, words=WORDS, consents=True)

    def _transfer(self, case: Case) -> None:
        village = case.area_code[: Level.VILLAGE.digits]
        near = db.session.scalars(
            select(Team).where(Team.area_code.startswith(village) | (Team.kind == TeamKind.OWN)).order_by(Team.id)
        ).all()
        worklist.transfer(case, self._village(case), self.rng.choice(near), words=WORDS)

    def _send_back(self, case: Case) -> None:
        worklist.send_back(case, self._member(case), words=WORDS)

    def _escalate(self, case: Case) -> None:
        worklist.escalate(case, self._owner(case), words=WORDS)

    def _recuse(self, case: Case) -> None:
        person = self._owner(case)
        worklist.recuse(case, self.rng.choice([person, self._above(case)]), person, words=WORDS)

    def _recuse_to_discipline(self, case: Case) -> None:
        worklist.recuse_to_discipline(case, self._member(case), words=WORDS)

    def _ask_extension(self, case: Case) -> None:
        extensions.ask(case, self._owner(case), days=self.rng.randint(1, 15), words=WORDS)

    def _decide_extension(self, case: Case) -> None:
        days = case.extension_asked_days
        if days is None:
            raise Refusal("没有申请。")
        if self.rng.random() < 0.75:
            extensions.grant(case, self._above(case), days=self.rng.randint(1, days), words=WORDS)
        else:
            extensions.refuse(case, self._above(case), words=WORDS)

    def _remind(self, case: Case) -> None:
        urging.remind(case, self._above(case), words=WORDS)

    def _supervise(self, case: Case) -> None:
        urging.supervise(case, self._officer(case), words=WORDS)

    def _answer_letter(self, case: Case) -> None:
        urging.answer_letter(case, self._owner(case), words=WORDS)

    def _end_supervision(self, case: Case) -> None:
        urging.end_supervision(case, self._officer(case))

    def _appeal(self, case: Case) -> None:
        given = cards.given(workflow.events(case))
        if not given:
            raise Refusal("没有牌。")
        card = self.rng.choice(given)
        owner = db.session.get(Person, card.owner_id) if card.owner_id else self._member(case)
        if owner is None:
            raise Refusal("没有人。")
        appeals.appeal(case, owner, n=card.n, words=WORDS)

    def _decide_appeal(self, case: Case) -> None:
        waiting = [card for card in cards.given(workflow.events(case)) if card.is_waiting]
        if not waiting:
            raise Refusal("没有申诉。")
        appeals.decide(case, self._officer(case), n=waiting[0].n, upholds=self.rng.random() < 0.5, words=WORDS)

    def _merge(self, case: Case) -> None:
        village = case.area_code[: Level.VILLAGE.digits]
        mains = db.session.scalars(
            select(Case).where(Case.area_code.startswith(village), Case.id != case.id, Case.closed_at.is_(None))
            .order_by(Case.id)
        ).all()
        if not mains:
            raise Refusal("没有别的。")
        closure.merge(case, self._village(case), self.rng.choice(mains), words=WORDS)

    def _unmerge(self, case: Case) -> None:
        closure.unmerge(case, self._village(case), words=WORDS)

    def _reopen(self, case: Case) -> None:
        closure.reopen(case, self._village(case), words=WORDS)

    # ---------------------------------------------------------------- she

    def _answer(self, case: Case) -> None:
        if case.asked_at is None:
            raise Refusal("没有问她。")
        closure.answer(case, words=WORDS)

    def _add(self, case: Case) -> None:
        closure.add(case, words=WORDS)

    def _confirm(self, case: Case) -> None:
        closure.confirm(case, says=self.rng.choice([Answer.SOLVED, Answer.SOLVED, Answer.ACCEPTED]))

    def _dispute(self, case: Case) -> None:
        closure.dispute(case, words=WORDS)

    def _rate(self, case: Case) -> None:
        closure.rate(case, rating=self.rng.randint(1, 5))

    def _witness(self, case: Case) -> None:
        there = closure.to_witness(case)
        if not there:
            raise Refusal("没有可证实的。")
        closure.witness(case, of_n=self.rng.choice(there).n, yes=self.rng.random() < 0.8)

    def _withdraw(self, case: Case) -> None:
        closure.withdraw(case)

    def _remind_by_her(self, case: Case) -> None:
        urging.remind_by_her(case)

    def _nothing(self, case: Case) -> None:
        pass
