"""苗头: five of one sort within a day, and sixty days without a word: when they are told, when they end, to whom."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from feedback import clock, db, recusal, workflow
from feedback.models.cases import Case
from feedback.models.codes import DoorCode
from feedback.models.kinds import About, Action, Outcome
from feedback.models.notices import Sign, SignKind
from feedback.models.people import Role
from feedback.models.rules import Category
from feedback.supervision import signs
from tests import builders

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VILLAGE, TOWNSHIP, MICROGRID = (builders.CODES[level] for level in ("village", "township", "microgrid"))


class Town:
    """One village with a micro-grid of six doors whose codes have hung for a year."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.place = builders.a_township()
        self.guardian = builders.a_person(self.place.microgrid)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP)
        self.households = [builders.a_household(self.place.microgrid) for _ in range(6)]
        self.codes = [builders.a_code(household) for household in self.households]
        self.hung(now - timedelta(days=365))
        self.lamp = Category(area_code=TOWNSHIP, name="路灯")
        self.canal = Category(area_code=TOWNSHIP, name="水渠")
        db.session.add_all([self.lamp, self.canal])
        db.session.flush()

    def hung(self, at: datetime) -> None:
        for code in self.codes:
            code.issued_at = at
        db.session.flush()

    def filed(self, door: int, ago: timedelta = HOUR, category: Category | None = None, **facts: Any) -> Case:
        category_id = category.id if category else None
        return builders.a_case(self.households[door], filed_at=self.now - ago, category_id=category_id, **facts)

    def lamps(self, doors: Iterable[int], **facts: Any) -> list[Case]:
        return [self.filed(door, category=self.lamp, **facts) for door in doors]


@pytest.fixture
def town(database: Engine, now: datetime) -> Town:
    town = Town(now)
    db.session.commit()
    db.write()
    return town


def looked(kind: SignKind = SignKind.BURST) -> list[Sign]:
    """The signs there are after a whole round."""
    while signs.look():
        pass
    return list(db.session.scalars(select(Sign).where(Sign.kind == kind).order_by(Sign.id)))


# ---------------------------------------------------------------- bursts


def test_the_fifth_case_of_one_category_in_one_village_makes_one_sign(town: Town) -> None:
    town.lamps([0, 1, 2, 3])
    assert looked() == []
    town.lamps([4])
    (sign,) = looked()
    assert (sign.area_code, sign.category_id, sign.count) == (VILLAGE, town.lamp.id, 5)
    assert (sign.on, sign.at, sign.told_at) == (clock.today(), clock.now(), None)
    town.lamps([5])
    assert looked() == [sign]


def test_cases_without_a_category_are_a_group_of_their_own(town: Town) -> None:
    for door in range(5):
        town.filed(door)
    town.lamps([0, 1, 2, 3])
    (sign,) = looked()
    assert sign.category_id is None


WHAT_MAKES_NO_BURST: dict[str, Callable[[Town], object]] = {
    "of another category": lambda town: town.filed(4, category=town.canal),
    "of another village": lambda town: builders.a_case(
        builders.a_household(town.place.next_village().microgrid), category_id=town.lamp.id),
    "filed a day before": lambda town: town.filed(4, DAY, town.lamp),
    "about a guardian": lambda town: town.filed(4, category=town.lamp, about=About.GUARDIAN, about_area_code=MICROGRID),
    "about a cadre": lambda town: town.filed(4, category=town.lamp, about=About.CADRE, about_area_code=VILLAGE),
    "for the discipline office alone": lambda town: town.filed(4, category=town.lamp, is_for_discipline_alone=True),
    "filed in a flood": lambda town: town.filed(4, category=town.lamp, is_marked=True),
    "from which somebody is recused": lambda town: recusal.shut_out(town.filed(4, category=town.lamp), town.guardian),
    "without a village": lambda town: town.filed(4, category=town.lamp, area_code=TOWNSHIP),
}
"""The fifth case that is none."""


@pytest.mark.parametrize("what", WHAT_MAKES_NO_BURST)
def test_what_does_not_count_for_a_burst(town: Town, what: str) -> None:
    town.lamps([0, 1, 2, 3])
    WHAT_MAKES_NO_BURST[what](town)
    assert looked() == []
    town.lamps([5])
    assert len(looked()) == 1


def test_one_household_alone_is_no_burst_however_often_it_speaks(town: Town) -> None:
    town.lamps([0] * 7)
    assert looked() == []
    town.lamps([1])
    assert len(looked()) == 1


def test_merged_cases_count_as_one_for_each_household(town: Town) -> None:
    main, *merged = town.lamps([0, 1, 1, 1, 2, 3])
    for case in merged:
        workflow.record(case, Action.MERGE, town.officer, outcome=Outcome.MERGED, main_case=main)
    assert looked() == []
    merged = town.lamps([4])
    workflow.record(merged[0], Action.MERGE, town.officer, outcome=Outcome.MERGED, main_case=main)
    (sign,) = looked()
    assert sign.count == 5


def test_a_village_hears_again_of_the_same_matter_no_sooner_than_a_day_later(town: Town) -> None:
    town.lamps(range(5))
    looked()
    for hours, signs_by_then in ((23, 1), (24, 2)):
        with clock.fixed(town.now + hours * HOUR):
            town.lamps(range(5), ago=-(hours * HOUR - HOUR))
            assert len(looked()) == signs_by_then


def test_two_matters_and_two_villages_are_told_apart(town: Town) -> None:
    town.lamps(range(5))
    for door in range(5):
        town.filed(door, category=town.canal)
    other = town.place.next_village().microgrid
    for _ in range(5):
        builders.a_case(builders.a_household(other), category_id=town.lamp.id)
    assert [(sign.area_code, sign.category_id) for sign in looked()] == [
        (VILLAGE, town.lamp.id), (VILLAGE, town.canal.id), (other.code[:12], town.lamp.id),
    ]


def test_the_look_for_bursts_reads_the_last_days_cases_by_their_index(town: Town, database: Engine) -> None:
    if not db.is_sqlite():
        pytest.skip("the plan of a small table on PostgreSQL says nothing")
    asked: list[tuple[str, Any]] = []
    event.listen(database, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    signs.look()
    words, values = next(one for one in asked if "GROUP BY" in one[0])
    plan = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)]
    assert any("ix_case_filed" in step for step in plan), plan


# ---------------------------------------------------------------- silences


def test_a_micro_grid_is_silent_after_sixty_days_and_not_before(town: Town) -> None:
    town.filed(0, timedelta(days=60) - timedelta(seconds=1))
    assert looked(SignKind.SILENCE) == []
    with clock.fixed(town.now + DAY):
        (sign,) = looked(SignKind.SILENCE)
    assert (sign.area_code, sign.on, sign.count) == (MICROGRID, date(2026, 9, 20), 60)
    assert sign.told_at is None


def test_where_nothing_ever_happened_the_silence_begins_with_the_codes(town: Town) -> None:
    town.hung(datetime(2026, 8, 1, 20, tzinfo=UTC))
    (sign,) = looked(SignKind.SILENCE)
    assert (sign.on, sign.count) == (date(2026, 8, 2), 109)


def test_a_visit_is_as_good_as_a_case(town: Town) -> None:
    case = town.filed(0, timedelta(days=90))
    with clock.fixed(town.now - timedelta(days=59)):
        workflow.record(case, Action.VISIT, town.guardian, code=town.codes[0])
    assert looked(SignKind.SILENCE) == []
    with clock.fixed(town.now + 2 * DAY):
        (sign,) = looked(SignKind.SILENCE)
    assert sign.on == date(2026, 9, 21)


CODES_THAT_DO_NOT_HANG: dict[str, Callable[[DoorCode, datetime], object]] = {
    "issued too lately": lambda code, now: setattr(code, "issued_at", now - timedelta(days=59)),
    "ended": lambda code, now: setattr(code, "ended_at", now - DAY),
    "gone": lambda code, now: db.session.delete(code),
}


@pytest.mark.parametrize("why", CODES_THAT_DO_NOT_HANG)
def test_without_codes_that_have_hung_long_enough_nobody_could_speak(town: Town, why: str) -> None:
    for code in town.codes:
        CODES_THAT_DO_NOT_HANG[why](code, town.now)
    db.session.flush()
    assert looked(SignKind.SILENCE) == []


def test_a_silence_is_told_once_a_spell(town: Town) -> None:
    town.filed(0, timedelta(days=100))
    (sign,) = looked(SignKind.SILENCE)
    for days in range(1, 4):
        with clock.fixed(town.now + days * DAY):
            assert looked(SignKind.SILENCE) == [sign]


@pytest.mark.parametrize("late", [HOUR, 3 * DAY], ids=["the timer runs", "the timer was dead for days"])
def test_a_case_ends_the_silence_and_the_next_one_is_another(town: Town, late: timedelta) -> None:
    (first,) = looked(SignKind.SILENCE)
    case = town.filed(0, -HOUR)
    with clock.fixed(town.now + HOUR + late):
        looked()
        assert first.ended_at == case.filed_at
    with clock.fixed(town.now + 61 * DAY):
        _, second = looked(SignKind.SILENCE)
    assert (second.on, second.ended_at) == (clock.local(case.filed_at).date(), None)


def test_a_visit_ends_the_silence_too(town: Town) -> None:
    case = town.filed(0, timedelta(days=100))
    (sign,) = looked(SignKind.SILENCE)
    with clock.fixed(town.now + HOUR):
        workflow.record(case, Action.VISIT, town.guardian, code=town.codes[0])
        looked()
    assert sign.ended_at == town.now + HOUR


def test_a_case_about_somebody_breaks_no_silence_so_nobody_can_tell(town: Town) -> None:
    (sign,) = looked(SignKind.SILENCE)
    town.filed(0, about=About.GUARDIAN, about_area_code=MICROGRID)
    recusal.shut_out(town.filed(1), town.guardian)
    looked()
    assert sign.ended_at is None


def test_the_micro_grids_are_looked_at_once_a_shanghai_day_in_batches(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [town.place.next_microgrid() for _ in range(4)]
    for area in more[:3]:
        builders.a_code(builders.a_household(area)).issued_at = town.now - timedelta(days=61)
    monkeypatch.setattr(signs, "BATCH", 2)
    db.session.flush()
    done = [signs.look() for _ in range(4)]
    assert done == [2, 2, 1, 0]
    assert len(looked(SignKind.SILENCE)) == 4
    late = builders.a_code(builders.a_household(more[3]))
    late.issued_at = town.now - timedelta(days=61)
    for at, signs_by_then in (("23:59:59", 4), ("00:00:00", 5)):
        day = date(2026, 11, 19) if at[0] == "2" else date(2026, 11, 20)
        with clock.fixed(datetime.fromisoformat(f"{day} {at}").replace(tzinfo=clock.SHANGHAI)):
            assert len(looked(SignKind.SILENCE)) == signs_by_then


# ---------------------------------------------------------------- whose they are to know


def test_signs_are_for_those_who_lead_or_watch_the_place_and_for_nobody_else(town: Town) -> None:
    other = town.place.next_village()
    elsewhere = builders.an_area("330281115", "邻镇")
    town.lamps(range(5))
    looked()
    seen = {
        name: len(signs.standing(builders.a_person(area, role), area.code))
        for name, role, area in (
            ("guardian", Role.GUARDIAN, town.place.microgrid), ("village", Role.VILLAGE, town.place.village),
            ("other village", Role.VILLAGE, other.village), ("township", Role.TOWNSHIP, town.place.township),
            ("other township", Role.TOWNSHIP, elsewhere), ("discipline", Role.DISCIPLINE, town.place.township),
            ("auditor", Role.AUDITOR, town.place.township), ("admin", Role.ADMIN, town.place.township),
        )
    }
    assert seen == {"guardian": 0, "village": 1, "other village": 0, "township": 1, "other township": 0,
                    "discipline": 1, "auditor": 1, "admin": 0}


def test_a_burst_is_of_the_present_for_a_week_and_a_silence_until_it_is_broken(town: Town) -> None:
    town.hung(town.now - timedelta(days=10))
    town.lamps(range(5))
    looked()
    for days, counts in ((6, (1, 0)), (8, (0, 1))):
        with clock.fixed(town.now + days * DAY):
            standing = signs.standing(town.officer, TOWNSHIP)
            assert (len(standing), len(signs.past(town.officer, TOWNSHIP)[0])) == counts
            assert signs.count(town.officer, TOWNSHIP) == counts[0]
    with clock.fixed(town.now + 61 * DAY):
        looked()
    with clock.fixed(town.now + 90 * DAY):
        (silence,) = signs.standing(town.officer, TOWNSHIP)
        assert signs.days(silence) == 90


def test_a_burst_opens_to_the_cases_that_counted_and_the_reader_may_read(town: Town) -> None:
    counted = town.lamps(range(5))
    town.filed(5, category=town.canal)
    town.filed(5, 25 * HOUR, town.lamp)
    (sign,) = looked()
    assert list(signs.cases(town.officer, sign)) == counted
    assert list(signs.cases(builders.a_person(town.place.next_village().village, Role.VILLAGE), sign)) == []
    recusal.shut_out(counted[0], town.officer)
    assert list(signs.cases(town.officer, sign)) == counted[1:]


def test_past_signs_go_on_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "PAGE", 2)
    for days in range(20, 25):
        at = town.now - days * DAY
        db.session.add(Sign(kind=SignKind.BURST, area_code=VILLAGE, on=clock.local(at).date(), count=5, at=at))
    found: list[Sign] = []
    after = "-"
    while after:
        page, after = signs.past(town.officer, TOWNSHIP, after=after)
        found += page
    assert [sign.on.day for sign in found] == [30, 29, 28, 27, 26]
    assert len(set(found)) == 5
