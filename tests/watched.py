"""盯着的镇: a township with some of everything that supervision looks at, lived through the rules day by day.

One case is late and its letter unanswered, one nobody took up, one waits for more time, one letter was answered, a
card was appealed against; street lamps came five times in a day, and the second micro-grid has been silent.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select

from feedback import (
    appeals,
    cards,
    clock,
    db,
    escalation,
    extensions,
    intake,
    receipts,
    routing,
    urging,
    workflow,
    worklist,
)
from feedback.cards import Card
from feedback.models.cases import Case
from feedback.models.kinds import Contact
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.rules import Category
from feedback.supervision import signs
from tests import builders

WORDS = "屋后的水沟堵了，水往灶间倒灌。"
DEMAND = "已经拖了两个星期，请说明原因，本周内办好。"
REPLY = "水管工请不到，周五一定来。"
APPEAL = "那几天停电，镇里都知道。"
DOOR = "湖东路 27 号"


def at(text: str) -> datetime:
    """`2026-11-02 09:00` on the wall in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


class Watched:
    """The township on the morning of 19 November 2026."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.silent = self.place.next_microgrid()
        self.silent_code = self.silent.code
        self.aunt = builders.a_person(self.place.microgrid, name="周一禾", username="zhou")
        self.uncle = builders.a_person(self.place.microgrid, name="陈二木")
        self.village = builders.a_person(self.place.village, Role.VILLAGE, name="李四土", is_leader=True)
        self.leader = builders.a_person(self.place.township, Role.TOWNSHIP, name="陈书记", username="chen",
                                       is_leader=True)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP, name="赵五山")
        self.discipline = builders.a_person(self.place.township, Role.DISCIPLINE, name="钱六水")
        self.auditor = builders.a_person(self.place.township, Role.AUDITOR)
        self.lamp = Category(area_code=self.place.township.code, name="路灯")
        db.session.add(self.lamp)
        self.doors = [builders.a_household(self.place.microgrid, DOOR if n == 27 else f"湖东路 {n} 号")
                      for n in range(27, 33)]
        for household in (*self.doors, builders.a_household(self.silent, "溪边 1 号")):
            builders.a_code(household).issued_at = at("2026-08-01 09:00")
        db.session.commit()
        self.late = self._filed(0, "2026-11-02 09:00")
        self._taken(self.late, "2026-11-02 10:00")
        self._until("2026-11-11 09:00")
        self._answered_letter()
        self._until("2026-11-17 09:00")
        self.nobodys = self._filed(2, "2026-11-17 09:30")
        self.asking = self._filed(3, "2026-11-18 08:30")
        self._taken(self.asking, "2026-11-18 09:00")
        self._asked()
        self._until("2026-11-18 21:00")
        for door in range(1, 6):
            self._filed(door, f"2026-11-19 09:{door}0", category=self.lamp)
        with clock.fixed(at("2026-11-19 09:55")):
            db.write()
            signs.look()
            signs.look()
            db.session.commit()
        self._appealed()

    def case(self, number: str) -> Case:
        return db.session.scalars(select(Case).where(Case.number == number)).one()

    def late_about_cadres(self) -> str:
        """A complaint about the village's cadres, filed weeks ago and as late as can be; its number."""
        number = self._filed(4, "2026-11-02 08:00", about="cadre", kind="complaint")
        self._until("2026-11-18 20:00")
        return number

    def _filed(self, door: int, when: str, category: Category | None = None, **fields: str) -> str:
        """The number of a case filed there and then."""
        with clock.fixed(at(when)):
            household: Household = db.session.merge(self.doors[door])
            word = secrets.token_hex(8)  # the name of the door for its receipt: nothing of another test slows it
            letter = intake.read({"kind": "help", "text": WORDS, "receipt": receipts.mint(word), **fields}, word)
            case = intake.file(letter, intake.Doorway(household.microgrid, household, None)).case
            case.category_id = category.id if category else None
            routing.route(case)
            number = case.number
            db.session.commit()
        return number

    def _taken(self, number: str, when: str) -> None:
        with clock.fixed(at(when)):
            db.write()
            worklist.respond(self.case(number), self.aunt, contact=Contact.PHONE, words="明天来看。")
            db.session.commit()

    def _answered_letter(self) -> None:
        """An officer supervises before anything is late, and is answered in time."""
        self.answered = self._filed(1, "2026-11-11 10:00")
        self._taken(self.answered, "2026-11-11 10:30")
        for when, who, words in (("2026-11-11 11:00", self.officer, DEMAND), ("2026-11-12 09:00", self.aunt, REPLY)):
            with clock.fixed(at(when)):
                db.write()
                case = self.case(self.answered)
                give = urging.supervise if who is self.officer else urging.answer_letter
                give(case, db.session.get_one(Person, who.id), words=words)
                db.session.commit()

    def _asked(self) -> None:
        with clock.fixed(at("2026-11-18 10:00")):
            db.write()
            extensions.ask(self.case(self.asking), self.aunt, days=3, words="要等水管工。")
            db.session.commit()

    def _appealed(self) -> None:
        """The owner of the late case appeals against its first yellow card."""
        with clock.fixed(at("2026-11-19 09:58")):
            db.write()
            case = self.case(self.late)
            card = next(one for one in cards.given(workflow.events(case)) if one.card is not Card.BLUE)
            appeals.appeal(case, self.aunt, n=card.n, words=APPEAL)
            db.session.commit()

    def _until(self, when: str) -> None:
        """A round of the timer every eight hours, from the first thing to do, and one then."""
        instant = min(filter(None, db.session.scalars(select(Case.wakes_at))))
        while instant < at(when):
            self._round(instant)
            instant += timedelta(hours=8)
        self._round(at(when))

    def _round(self, instant: datetime) -> None:
        with clock.fixed(instant):
            while db.in_turn(escalation.climb):
                pass
