"""巡码: the guardian walks the round, hangs what is new, and scans every door of his micro-grid once a quarter.

A round is the doors of a micro-grid that have a plate, in walking order; it begins with the quarter and needs no row of
its own. What is scanned proves which code hangs there; at which door it hangs only he who stands there can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from feedback import access, clock, codes, db
from feedback.codes import flags, quarters
from feedback.codes.quarters import Quarter
from feedback.errors import Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Area, Household, Level, as_walked
from feedback.models.prints import PlatePrint, PrintRun
from feedback.models.walks import Finding, PlateCheck, Settled
from feedback.tokens import tail
from feedback.words import N_

BY_HAND = (Finding.SILENT, Finding.GONE, Finding.FOREIGN)
"""What he can find at a door without a scan of ours."""
MOST_DOORS = 1_000


@dataclass(frozen=True)
class Door:
    """One door of a round: its code, and what was found there this quarter."""

    household: Household
    code: DoorCode
    check: PlateCheck | None

    @property
    def has_plate(self) -> bool:
        """Whether a plate was ever made for it, so that it can be walked."""
        return self.code.printed_at is not None or self.code.hung_at is not None

    @property
    def hangs(self) -> bool:
        return self.code.state is CodeState.HUNG


@dataclass(frozen=True)
class Round:
    """A micro-grid in one quarter; every list in walking order."""

    microgrid: Area
    quarter: Quarter
    doors: Sequence[Door]
    """All that have a code."""

    @property
    def waiting(self) -> list[Door]:
        """Doors whose plate does not hang yet, or has to be hung anew."""
        return [door for door in self.doors if not door.hangs]

    @property
    def walked(self) -> list[Door]:
        """Doors there is a plate to look for."""
        return [door for door in self.doors if door.has_plate]

    @property
    def checked(self) -> int:
        return sum(door.check is not None for door in self.walked)

    def next_for(self, person: Person) -> Door | None:
        """The door he comes to next: the first unchecked one behind the last he checked today, else of all; None
        where every door is checked."""
        walked = self.walked
        last = self._last_of(person)
        ahead = [*walked[last + 1:], *walked[:last + 1]]
        return next((door for door in ahead if door.check is None), None)

    def is_walking(self, person: Person) -> bool:
        """Whether he has checked a door of it today."""
        return self._last_of(person) >= 0

    def _last_of(self, person: Person) -> int:
        today = clock.today()
        own = [
            (door.check.at, place) for place, door in enumerate(self.walked)
            if door.check is not None and door.check.by_id == person.id and clock.local(door.check.at).date() == today
        ]
        return max(own)[1] if own else -1


@dataclass(frozen=True)
class AtHand:
    """A plate he has just scanned, as far as it is his to say something about."""

    is_his: bool
    """Whether he tends the door whose code it is; if not, it may still hang at one he tends."""
    state: CodeState
    check: PlateCheck | None = None
    next: Household | None = None
    """The door he would have come to on his round, where it is another one."""


@dataclass(frozen=True)
class Figures:
    """Of one area: doors with a plate, those checked in the quarter, and those of them that were fine."""

    area: Area
    doors: int
    checked: int
    fine: int


# ---------------------------------------------------------------- rounds, as they stand


def of(microgrid: Area) -> Round:
    """The round of a micro-grid in the quarter that runs."""
    quarter = quarters.now()
    return Round(microgrid, quarter, _doors(access.within(Household.microgrid_code, microgrid.code), quarter))


def at_hand(person: Person, code: DoorCode) -> AtHand | None:
    """What he may be asked about the plate he has just scanned; None for one who tends no plates."""
    home = code.household
    if home is None or not access.has_role(person, Role.GUARDIAN, Role.VILLAGE):
        return None
    if not access.may_tend(person, home.microgrid_code):
        return AtHand(False, code.state)
    walk = of(home.microgrid)
    mine = next((door for door in walk.doors if door.household.id == home.id), None)
    ahead = walk.next_for(person) if walk.is_walking(person) else None
    is_elsewhere = ahead is not None and ahead.household.id != home.id
    return AtHand(True, code.state, mine.check if mine else None, ahead.household if ahead and is_elsewhere else None)


def doors_of(person: Person) -> list[Door]:
    """The doors with a plate that he may stand at, micro-grid by micro-grid."""
    tended = access.scope(person).of(Role.GUARDIAN, Role.VILLAGE)
    found = _doors(access.within_any(Household.microgrid_code, tended), quarters.now())
    return [door for door in found if door.has_plate][:MOST_DOORS]


def household_or_404(person: Person, village_code: str, door: str) -> Household:
    """A door whose plate he tends; else Missing."""
    query = select(Household).where(Household.village_code == village_code, Household.door == door)
    household = db.session.scalar(query)
    if household is None or not access.may_tend(person, household.microgrid_code):
        raise Missing
    return household


def figures(area: Area, quarter: Quarter) -> list[Figures]:
    """The round in each area one level down (of a village: in each micro-grid), with its denominator, as at the
    quarter's end or now."""
    at = min(quarter.ends_at, clock.now())
    digits = {Level.COUNTY: Level.TOWNSHIP, Level.TOWNSHIP: Level.VILLAGE}.get(area.level, Level.MICROGRID).digits
    below = func.substr(Household.microgrid_code, 1, digits)
    is_fine = case((PlateCheck.finding == Finding.FINE, 1), else_=0)
    rows = db.session.execute(
        select(below, func.count(), func.count(PlateCheck.id), func.sum(is_fine))
        .join(DoorCode, DoorCode.household_id == Household.id)
        .outerjoin(PlateCheck, _of_quarter(quarter))
        .where(
            access.within(Household.microgrid_code, area.code),
            or_(DoorCode.printed_at <= at, DoorCode.hung_at <= at, _was_printed(at)),
            or_(DoorCode.ended_at.is_(None), DoorCode.ended_at > at),
        )
        .group_by(below).order_by(below)
    ).all()
    names = {one.code: one for one in db.session.scalars(select(Area).where(Area.code.in_([row[0] for row in rows])))}
    return [Figures(names[code], doors, checked, int(fine)) for code, doors, checked, fine in rows]


def _was_printed(at: datetime) -> ColumnElement[bool]:
    """Whether a run had made its plate by then: a later one, or its hanging, takes the place of its instants."""
    made = select(PlatePrint.run_id).join(PrintRun, PrintRun.id == PlatePrint.run_id)
    return made.where(PlatePrint.code_id == DoorCode.id, PrintRun.begun_at <= at).exists()


def _doors(inside: ColumnElement[bool], quarter: Quarter) -> list[Door]:
    rows = db.session.execute(
        select(Household, DoorCode, PlateCheck)
        .join(DoorCode, and_(DoorCode.household_id == Household.id, DoorCode.ended_at.is_(None)))
        .outerjoin(PlateCheck, _of_quarter(quarter))
        .where(inside)
    )
    doors = [Door(*row) for row in rows]
    return sorted(doors, key=lambda one: (one.household.microgrid_code, as_walked(one.household.door)))


def _of_quarter(quarter: Quarter) -> ColumnElement[bool]:
    return and_(PlateCheck.household_id == Household.id, PlateCheck.quarter == quarter.key)


# ---------------------------------------------------------------- what he says at a door


def hang(person: Person, code: DoorCode) -> Household:
    """已上墙: the plate he has just scanned hangs at its door, and answers."""
    household, code = _at_home(person, code)
    if code.state is not CodeState.HUNG:
        codes.hang(code)
        codes.leave_event(person.id, household.microgrid_code, state=code.state, tail=tail(code.token))
    _note(household, Finding.FINE, person, code)
    flags.settle(household, Settled.HUNG, by=person)
    return household


def find_fine(person: Person, code: DoorCode) -> Household:
    """The code he scanned hangs at its own door. A plate that waits for another one stays a damaged one."""
    household, code = _at_home(person, code)
    if code.state is CodeState.DAMAGED:
        _found(household, Finding.DAMAGED, person, code)
    else:
        _note(household, Finding.FINE, person, code)
        flags.settle(household, Settled.FINE, by=person)
    return household


def spoil(person: Person, code: DoorCode) -> Household:
    """坏了，要重印: it still answers, and hardly."""
    household, code = _at_home(person, code)
    _found(household, Finding.DAMAGED, person, code)
    return household


def find_other(person: Person, code: DoorCode, at: Household) -> Household:
    """He stands at one door, and its plate carries the code of another: both are to be looked at."""
    _require_tended(person, at)
    if code.household is None:
        raise Missing
    if code.household_id == at.id:
        return find_fine(person, code)
    owner_id, code_id, at_id = code.household_id, code.id, at.id
    held = flags.held(owner_id, at_id)
    if held.get(owner_id) is None or held[owner_id].id != code_id:
        raise Refusal(ENDED)
    here, owner = db.session.get_one(Household, at_id), db.session.get_one(Household, owner_id)
    _note(here, Finding.OTHERS, person, held[owner_id])
    flags.put(here, Finding.OTHERS, by=person, other=owner)
    flags.put(owner, Finding.ASTRAY, by=person, other=here)
    _trail(here, Finding.OTHERS, person, held[owner_id], of=owner.door)
    return here


def report(person: Person, household: Household, finding: Finding) -> Household:
    """What he finds at a door without a scan of ours: no plate, one that does not answer, or a foreign page."""
    _require_tended(person, household)
    if finding not in BY_HAND:
        raise Refusal(N_("请选这一户的码怎么了。"))
    household_id = household.id
    code = flags.held(household_id).get(household_id)
    if code is None:
        raise Refusal(N_("这一户没有能用的码，不用查。"))
    here = db.session.get_one(Household, household_id)
    _found(here, finding, person, code)
    return here


ENDED = N_("这张码刚刚停用了。请再扫一次门上的码。")


def _found(household: Household, finding: Finding, person: Person, code: DoorCode) -> None:
    """Writes down what is wrong, and what follows: another plate, or somebody who looks."""
    if finding in flags.PRINTED_ANEW and code.state is not CodeState.DAMAGED:
        if code.state is CodeState.ISSUED:  # whoever scans it has it in front of him
            codes.hang(code)
        codes.damage(code)
    _note(household, finding, person, code if finding is Finding.DAMAGED else None)
    flags.put(household, finding, by=person)
    _trail(household, finding, person, code)


def _at_home(person: Person, code: DoorCode) -> tuple[Household, DoorCode]:
    """The door of a code he tends, and its row, held; a code that has ended meanwhile is refused."""
    if code.household is None:
        raise Missing
    _require_tended(person, code.household)
    household_id, code_id = code.household.id, code.id
    held = flags.held(household_id).get(household_id)
    if held is None or held.id != code_id:
        raise Refusal(ENDED)
    return db.session.get_one(Household, household_id), held


def _require_tended(person: Person, household: Household) -> None:
    if not access.may_tend(person, household.microgrid_code):
        raise Missing


def _note(household: Household, finding: Finding, person: Person, code: DoorCode | None) -> None:
    """What was found at the door this quarter; what is found later takes its place."""
    key = quarters.now().key
    check = db.session.scalar(
        select(PlateCheck).where(PlateCheck.household_id == household.id, PlateCheck.quarter == key)
    )
    said = {"finding": finding, "code_id": code.id if code else None, "at": clock.now(), "by_id": person.id}
    if check is None:
        db.session.add(PlateCheck(household_id=household.id, quarter=key, **said))
    else:
        for name, value in said.items():
            setattr(check, name, value)
    db.session.flush()


def _trail(household: Household, finding: Finding, person: Person, code: DoorCode, **more: str) -> None:
    codes.leave_event(person.id, household.microgrid_code, found=finding, door=household.door, tail=tail(code.token),
                      **more)
