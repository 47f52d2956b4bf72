"""要看的门牌: a door's plate that somebody has to look at, with its reason, until it is settled.

What is found last holds, with two exceptions: what leads people to a foreign page stays until an officer says what was
done about it, and that the code of a door hangs elsewhere says nothing about what was found at the door itself.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from feedback import access, clock, db, sealing
from feedback.codes import leave_event
from feedback.errors import Conflict, Missing, Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.walks import Finding, PlateFlag, Settled
from feedback.words import N_

SEEN_BY = (Role.VILLAGE, Role.TOWNSHIP, Role.DISCIPLINE, Role.AUDITOR)
MOST = 100
"""Of one list; the number of all stands above it."""
MOST_WORDS = 200
NEEDS_A_WORD = frozenset({Finding.FOREIGN})
"""What no scan settles."""
NEEDS_A_NEW_PLATE = NEEDS_A_WORD | {Finding.DAMAGED}
"""What it does not settle that the old plate answers."""
PRINTED_ANEW = frozenset({Finding.DAMAGED, Finding.SILENT, Finding.GONE})
"""After which the door needs another plate with the same code."""


# ---------------------------------------------------------------- for pages


def standing(viewer: Person, area_code: str, reason: Finding | None = None) -> Sequence[PlateFlag]:
    """What the viewer may know of in an area, the urgent first, then the newest; MOST of it."""
    home, other = aliased(Household), aliased(Household)
    query = _known(viewer, area_code).join(PlateFlag.household.of_type(home))
    query = query.outerjoin(PlateFlag.other.of_type(other)).options(
        contains_eager(PlateFlag.household.of_type(home)).joinedload(home.village),
        contains_eager(PlateFlag.other.of_type(other)).joinedload(other.village),
        joinedload(PlateFlag.raised_by),
    )
    if reason is not None:
        query = query.where(PlateFlag.reason == reason)
    order = (PlateFlag.reason != Finding.FOREIGN, PlateFlag.id.desc())
    return db.session.scalars(query.order_by(*order).limit(MOST)).all()


def counts(viewer: Person, area_code: str) -> Mapping[Finding, int]:
    """How many there are for each reason; those of which there are none are not in it."""
    query = _known(viewer, area_code).with_only_columns(PlateFlag.reason, func.count()).group_by(PlateFlag.reason)
    found = dict(db.session.execute(query).all())
    return {reason: found[reason] for reason in reversed(Finding) if reason in found}


def printed_again(standing: Sequence[PlateFlag]) -> frozenset[int]:
    """Of what stands: the households whose plate was printed anew meanwhile, and only has to be hung."""
    doors = [flag.household_id for flag in standing if flag.reason in PRINTED_ANEW]
    printed = select(DoorCode.household_id).where(
        DoorCode.household_id.in_(doors), DoorCode.ended_at.is_(None), DoorCode.state == CodeState.PRINTED)
    return frozenset(one for one in db.session.scalars(printed) if one is not None)


def waiting(viewer: Person) -> int:
    """How many wait for a word of the viewer's own village."""
    mine = access.within_any(PlateFlag.area_code, access.scope(viewer).of(Role.VILLAGE))
    return db.session.scalar(select(func.count()).where(PlateFlag.settled_at.is_(None), mine)) or 0


def may_know(viewer: Person, flag: PlateFlag) -> bool:
    return access.scope(viewer).covers(flag.area_code, *SEEN_BY)


def _known(viewer: Person, area_code: str) -> Select[PlateFlag]:
    theirs = access.within_any(PlateFlag.area_code, access.scope(viewer).of(*SEEN_BY))
    inside = access.within(PlateFlag.area_code, area_code)
    return select(PlateFlag).where(PlateFlag.settled_at.is_(None), inside, theirs)


# ---------------------------------------------------------------- their life


def held(*household_ids: int | None) -> Mapping[int | None, DoorCode]:
    """Begins the write: the active codes of these doors, always in the same order, so that no two who change what is
    known of a door ever wait for each other."""
    db.write()
    query = select(DoorCode).where(DoorCode.household_id.in_(household_ids), DoorCode.ended_at.is_(None))
    query = query.order_by(DoorCode.id).with_for_update(of=DoorCode).execution_options(populate_existing=True)
    return {code.household_id: code for code in db.session.scalars(query)}


def put(household: Household, reason: Finding, *, by: Person, other: Household | None = None) -> None:
    """Somebody has to look at the door's plate. Who calls holds its code."""
    flag = _of(household.id)
    if flag is not None:
        is_the_same = flag.reason is reason and flag.other_id == (other.id if other else None)
        if is_the_same or flag.reason in NEEDS_A_WORD or reason is Finding.ASTRAY:
            return
        _end(flag, Settled.FOUND_ANEW, by=by)
    db.session.add(PlateFlag(
        household_id=household.id, area_code=household.microgrid_code, reason=reason,
        other_id=other.id if other else None, raised_at=clock.now(), raised_by_id=by.id,
    ))
    db.session.flush()


def settle(household: Household, settled: Settled, *, by: Person) -> None:
    """A scan at the door settles what it can. Who calls holds its code."""
    flag, stays = _of(household.id), NEEDS_A_WORD if settled is Settled.HUNG else NEEDS_A_NEW_PLATE
    if flag is not None and flag.reason not in stays:
        _end(flag, settled, by=by)


def settle_by_word(person: Person, flag_id: int, words: str) -> PlateFlag:
    """An officer of the village or the township says what was done about it; once."""
    flag = db.session.get(PlateFlag, flag_id)
    if flag is None or not access.may_settle(person, flag.area_code):
        raise Missing
    held(flag.household_id, flag.other_id)
    db.session.refresh(flag, with_for_update=True)
    if flag.settled_at is not None:
        raise Conflict(N_("这一处已经处理过了。"))
    words = words.strip()
    if not words or len(words) > MOST_WORDS:
        raise Refusal(N_("请写一句怎么处理的，最多 {limit} 个字。"), field="words", limit=MOST_WORDS)
    flag.words = sealing.keys().seal_text(words, "plate flag", flag.id)
    _end(flag, Settled.WORD, by=person)
    leave_event(person.id, flag.area_code, flag=flag.reason, settled=Settled.WORD, door=flag.household.door)
    return flag


def _of(household_id: int) -> PlateFlag | None:
    """What stands of one door."""
    query = select(PlateFlag).where(PlateFlag.household_id == household_id, PlateFlag.settled_at.is_(None))
    return db.session.scalar(query.with_for_update(of=PlateFlag))


def _end(flag: PlateFlag, settled: Settled, *, by: Person) -> None:
    """And with another's code on this door that one's code is no longer astray."""
    flag.settled, flag.settled_at, flag.settled_by_id = settled, clock.now(), by.id
    db.session.flush()
    if flag.reason is Finding.OTHERS and flag.other_id is not None:
        twin = _of(flag.other_id)
        if twin is not None and twin.reason is Finding.ASTRAY and twin.other_id == flag.household_id:
            _end(twin, settled, by=by)
