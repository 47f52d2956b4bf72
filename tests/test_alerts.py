"""预警: when a rule is raised and when it is over, from which cases, who hears of it, and what its past would show."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from feedback import access, alerts, clock, db, notifications, recusal, stats
from feedback.alerts import course, looking, rules, spells, trial
from feedback.alerts.course import Reading
from feedback.alerts.rules import BURST, Rule
from feedback.errors import Conflict, Forbidden, Missing, Refusal
from feedback.models.alerts import Alert, AlertRule, Ended, Per, Side
from feedback.models.cases import Case
from feedback.models.kinds import About, Action, Status
from feedback.models.notices import Notice
from feedback.models.people import Person, Role
from feedback.models.places import Household
from feedback.models.records import StaffAct, StaffEvent
from feedback.notifications import moot, texts
from feedback.stats.definitions import RATES
from feedback.stats.grouping import answering
from tests import builders, lives

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
VILLAGE, TOWNSHIP, MICROGRID = (builders.CODES[level] for level in ("village", "township", "microgrid"))
FIRST = date(2026, 9, 1)

ON_TIME = Rule(key="village_on_time", name="村里按时办结少", measure="handling_on_time", per=Per.VILLAGE,
               side=Side.BELOW, threshold=80, window_days=7, lasting_days=2, is_on=True)
REPEATED_BURST = Rule(key="handler_burst", name="连着反馈", measure=BURST, per=Per.HANDLER, side=Side.ABOVE,
                      threshold=3, window_days=2, minutes=10, is_on=True)


def changed(rule: Rule, **values: Any) -> Rule:
    return Rule(**{**rule.__dict__, **values})


def at(day: int, hour: float = 12) -> datetime:
    """An hour of the so-many-th day, on the wall in Shanghai."""
    return clock.start_of(FIRST + day * DAY) + hour * HOUR


class Town:
    """One village, a guardian in it, a leader and an officer of the township."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.guardian = builders.a_person(self.place.microgrid)
        self.leader = builders.a_person(self.place.township, Role.TOWNSHIP, is_leader=True)
        self.officer = builders.a_person(self.place.township, Role.TOWNSHIP)
        self.auditor = builders.a_person(self.place.township, Role.AUDITOR)
        self.door = builders.a_household(self.place.microgrid)

    def filed(self, day: int, *, hours: float | None, by: Person | None = None, **facts: Any) -> Case:
        """A case filed at noon and due in a day; reported back after so many hours, or never."""
        filed_at = at(day)
        due = {"handling_due_at": filed_at + DAY, "handling_due_original_at": filed_at + DAY}
        case = builders.a_case(self.door, filed_at=filed_at, **{**due, **facts})
        if hours is not None:
            self.reported(case, filed_at + hours * HOUR, by)
        return case

    def reported(self, case: Case, when: datetime, by: Person | None = None) -> None:
        actor_id = (by or self.guardian).id
        builders.an_event(case, Action.REPORT_BACK, at=when, actor_id=actor_id, owner_id=actor_id,
                          status=Status.REPORTED_BACK)

    def switch_on(self, rule: Rule) -> None:
        rules.set_rule(self.leader, TOWNSHIP, rule)
        db.session.commit()


@pytest.fixture
def town(database: Engine) -> Town:
    with clock.fixed(at(0)):
        town = Town()
        db.session.commit()
    return town


def look_on(day: int) -> list[Alert]:
    """The rounds of the night after that day has ended; every alert there is then."""
    with clock.fixed(at(day + 1, 0.1)):
        while db.in_turn(looking.look):
            pass
    return list(db.session.scalars(select(Alert).order_by(Alert.id)))


def tell(day: int) -> list[Notice]:
    with clock.fixed(at(day + 1, 9)):
        while db.in_turn(notifications.take):
            pass
    return list(db.session.scalars(select(Notice).where(Notice.alert_id.is_not(None)).order_by(Notice.id)))


# ---------------------------------------------------------------- days that hold

RATE = {"least": 5, "threshold": 80}
READINGS = {
    "below": (ON_TIME, Reading(3, 5), True),
    "exactly at the threshold": (ON_TIME, Reading(4, 5), False),
    "a hair below": (ON_TIME, Reading(79_999, 100_000), True),
    "above": (ON_TIME, Reading(5, 5), False),
    "too few": (ON_TIME, Reading(0, 4), False),
    "too few for this rule": (changed(ON_TIME, least=10), Reading(0, 9), False),
    "enough for this rule": (changed(ON_TIME, least=10), Reading(0, 10), True),
    "nothing": (ON_TIME, Reading(), False),
    "over a ceiling": (changed(ON_TIME, side=Side.ABOVE, threshold=20), Reading(2, 9), True),
    "at a ceiling": (changed(ON_TIME, side=Side.ABOVE, threshold=20), Reading(1, 5), False),
    "so many at once": (REPEATED_BURST, Reading(3, 3), True),
    "fewer at once": (REPEATED_BURST, Reading(2, 2), False),
}


@pytest.mark.parametrize("what", READINGS)
def test_whether_a_day_holds(what: str) -> None:
    rule, reading, expected = READINGS[what]
    assert spells.holds(rule, reading) is expected


HISTORIES = {
    "never": ("........", 2, []),
    "one day is not enough": (".#..#...", 2, []),
    "raised on the second day": (".##.....", 2, [(1, 2, 5)]),
    "stands to the end": (".######", 2, [(1, 2, None)]),
    "a better day does not end it": (".##.#..#...#", 2, [(1, 2, 10)]),
    "raised again after it was over": ("##...##...", 2, [(0, 1, 4), (5, 6, 9)]),
    "one day is enough": ("#...#", 1, [(0, 0, 3), (4, 4, None)]),
    "from the first day": ("##", 2, [(0, 1, None)]),
    "a gap begins it anew": ("##.##.##", 3, []),
}
"""Days that hold (#) and days that do not → begun on, raised on, over on."""


@pytest.mark.parametrize("what", HISTORIES)
def test_when_it_is_raised_and_when_it_is_over(what: str) -> None:
    days, lasting, expected = HISTORIES[what]
    found = spells.over(FIRST, [day == "#" for day in days], lasting)
    assert [
        tuple((on - FIRST).days if on else None for on in (one.begun_on, one.raised_on, one.ended_on)) for one in found
    ] == expected


# ---------------------------------------------------------------- the figures of each day


@pytest.mark.slow
def test_every_figure_of_every_day_is_what_the_figures_say_as_at_its_end(database: Engine) -> None:
    township = lives.Township(seed=11)
    township.live(250, since=lives.NOW - timedelta(days=60))
    db.session.commit()
    last = clock.local(lives.NOW).date() - DAY
    days = [last - n * DAY for n in (0, 1, 2, 9, 23)]
    first = min(days)
    lives_read = course.read(TOWNSHIP, first - 20 * DAY, last)
    open_to_all = set(db.session.scalars(select(Case.id).where(access.open_to_all())))
    checked = 0
    for day in days:
        cohort = stats.read(TOWNSHIP, day - 20 * DAY, day, as_at=clock.end_of(day) - timedelta(microseconds=1))
        for rate in RATES:
            if rate.key not in rules.MEASURES:
                continue
            for per in Per:
                rule = changed(ON_TIME, measure=rate.key, per=per, window_days=21)
                expected: dict[object, tuple[int, int]] = {}
                for facts in cohort.cases:
                    subject = {Per.VILLAGE: facts.area_code[:12] if len(facts.area_code) > 9 else None,
                               Per.TOWNSHIP: TOWNSHIP, Per.TEAM: facts.team_id,
                               Per.HANDLER: answering(facts, rate.whose)}[per]
                    if facts.last.case_id in open_to_all and subject is not None and rate.among(facts):
                        n, of = expected.get(subject, (0, 0))
                        expected[subject] = (n + rate.holds(facts), of + 1)
                found = course.of_rate(rule, TOWNSHIP, lives_read, first, last)
                readings = {one: each[(day - first).days] for one, each in found.items()}
                assert {one: (r.n, r.of) for one, r in readings.items() if r.of} == expected, (rate.key, per, day)
                checked += len(expected)
    assert checked > 200


@pytest.mark.slow
@pytest.mark.parametrize("rule", [
    changed(ON_TIME, window_days=14, lasting_days=3),
    changed(ON_TIME, key="own", measure="unconfirmed", side=Side.ABOVE, threshold=30, window_days=30, lasting_days=1),
    changed(ON_TIME, key="own", measure="response_on_time", per=Per.HANDLER, window_days=30, threshold=70),
    REPEATED_BURST,
], ids=lambda rule: rule.measure)
def test_the_nights_raise_and_end_what_the_test_on_past_data_shows(database: Engine, rule: Rule) -> None:
    township = lives.Township(seed=5)
    township.live(160, since=lives.NOW - timedelta(days=45))
    if rule.is_burst:
        _hurry(township)
    officer = township.people[-1]
    with clock.fixed(lives.NOW - timedelta(days=60)):
        rules.set_rule(officer, TOWNSHIP, rule)
    db.session.commit()
    first_at = db.session.scalar(select(func.min(Case.filed_at)))
    assert first_at is not None
    with clock.fixed(lives.NOW):
        shown = trial.of(rule, TOWNSHIP)
    assert shown.from_on == clock.local(first_at).date()
    day = shown.from_on
    while day <= shown.to_on:
        with clock.fixed(clock.end_of(day) + MINUTE):
            while db.in_turn(looking.look):
                pass
        day += DAY
    raised = {(one.subject, one.begun_on, one.to_on, one.ended_on, one.n, one.of)
              for one in db.session.scalars(select(Alert))}
    assert raised == {
        (str(one.subject), one.spell.begun_on, one.spell.raised_on, one.spell.ended_on, one.reading.n, one.reading.of)
        for one in shown.rings
    }
    assert raised


def _hurry(township: lives.Township) -> None:
    cases = db.session.scalars(select(Case).where(access.open_to_all()).limit(3)).all()
    for minute, case in enumerate(cases):
        builders.an_event(case, Action.REPORT_BACK, at=lives.NOW - 9 * DAY + minute * MINUTE,
                          actor_id=township.people[0].id, area_code=MICROGRID)


# ---------------------------------------------------------------- raised once


def five_late(town: Town, days: Sequence[int] = range(5)) -> None:
    for day in days:
        town.filed(day, hours=40)
    db.session.commit()


def test_it_is_raised_once_stands_while_it_holds_and_is_over_after_calm_days(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    assert look_on(4) == []  # four have come due by the end of the day
    assert look_on(5) == []  # the fifth too, for one day
    (alert,) = look_on(6)
    assert (alert.place_code, alert.n, alert.of, alert.begun_on) == (VILLAGE, 0, 5, FIRST + 5 * DAY)
    assert (alert.from_on, alert.to_on, alert.raised_at) == (FIRST, FIRST + 6 * DAY, at(7, 0.1))
    for day in (7, 8):
        assert [one.ended_on for one in look_on(day)] == [None]  # four of them in the window: too few, a calm day
    (alert,) = look_on(9)
    assert (alert.ended_on, alert.ended) == (FIRST + 9 * DAY, Ended.CALM)
    assert (alert.n, alert.of, alert.now_n, alert.now_of) == (0, 5, 0, 2)


def test_rules_of_long_and_short_windows_are_read_together_and_judged_apart(town: Town) -> None:
    town.switch_on(changed(ON_TIME, window_days=90, lasting_days=1))
    town.switch_on(changed(ON_TIME, key="own_short", window_days=3, lasting_days=1))
    five_late(town, [0, 1, 2, 3, 4, 40])
    assert {(one.rule_key, one.of) for one in look_on(41)} == {("village_on_time", 6)}


def test_a_township_is_read_without_a_turn_to_write(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    reading: list[bool] = []

    def noted(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "JOIN feedback_case" in statement:
            reading.append(db.is_writing())

    event.listen(db.engine(), "before_cursor_execute", noted)
    (alert,) = look_on(6)
    assert reading == [False]
    assert alert.told_at is None


def test_two_rounds_of_one_night_raise_nothing_twice(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    look_on(6)
    with clock.fixed(at(7, 1)):
        db.in_turn(lambda: looking.look_at(TOWNSHIP, FIRST + 6 * DAY))
    assert len(look_on(6)) == 1


def test_the_same_alert_written_by_two_at_once_is_one(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    look_on(6)
    db.write()
    alert = db.session.scalars(select(Alert)).one()
    alert.ended_on = FIRST  # as if the other had not seen it
    db.session.commit()
    with clock.fixed(at(7, 1)):
        db.in_turn(lambda: looking.look_at(TOWNSHIP, FIRST + 6 * DAY))
    assert len(list(db.session.scalars(select(Alert)))) == 1


def test_after_days_of_standstill_only_what_holds_now_is_raised_and_once(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    five_late(town, range(20, 27))
    (alert,) = look_on(28)
    assert alert.begun_on == FIRST + 27 * DAY
    look_on(14)
    assert len(look_on(28)) == 1


def test_a_day_is_looked_at_once_whatever_number_of_rounds_it_has(town: Town) -> None:
    town.switch_on(changed(ON_TIME, lasting_days=1))
    look_on(5)
    five_late(town)
    assert look_on(5) == []
    assert len(look_on(6)) == 1


def test_a_township_that_can_not_be_looked_at_holds_up_no_other(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A rule over a figure that is no more, written by another version of the program, in the township before ours."""
    code = f"{town.place.county.code}001"
    first, *_, microgrid = [builders.an_area(code + "001" * more, "头一个镇的地方") for more in range(4)]
    builders.a_case(builders.a_household(microgrid), filed_at=at(1))
    facts = ON_TIME.__dict__ | {"measure": "no such figure"}
    db.session.add(AlertRule(area_code=first.code, set_at=at(0), set_by_id=town.leader.id, **facts))
    town.switch_on(ON_TIME)
    five_late(town)
    assert [alert.area_code for alert in look_on(6)] == [TOWNSHIP]
    assert f"the alerts of {first.code}" in caplog.text


def test_what_is_filed_after_midnight_is_of_the_next_day(town: Town) -> None:
    town.switch_on(changed(REPEATED_BURST, window_days=1))
    cases = [town.filed(0, hours=None) for _ in range(3)]
    for case, minutes in zip(cases, (-2, -1, 0), strict=True):
        town.reported(case, at(2, 0) + minutes * MINUTE)
    db.session.commit()
    assert look_on(1) == []
    (alert,) = look_on(2)
    assert (alert.person_id, alert.n, alert.burst_at) == (town.guardian.id, 3, at(2, 0))


def test_a_burst_is_of_different_cases_within_the_minutes(town: Town) -> None:
    town.switch_on(REPEATED_BURST)
    cases = [town.filed(0, hours=None) for _ in range(3)]
    for minutes in (0, 1, 2, 3):
        town.reported(cases[0], at(1) + minutes * MINUTE)  # one case, again and again
    town.reported(cases[1], at(1) + 4 * MINUTE)
    town.reported(cases[2], at(1) + 13 * MINUTE)  # ten minutes after the last of the first
    db.session.commit()
    assert look_on(1) == []
    town.reported(builders.a_case(town.door, filed_at=at(0)), at(1) + 11 * MINUTE)
    db.session.commit()
    (alert,) = look_on(2)
    assert alert.n == 3
    assert len(alerts.lists.burst(town.leader, alert)) == 3


# ---------------------------------------------------------------- rules change


def test_a_rule_that_is_switched_off_ends_what_it_raised(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    look_on(6)
    with clock.fixed(at(7)):
        town.switch_on(changed(ON_TIME, is_on=False))
    (alert,) = look_on(7)
    assert (alert.ended, alert.ended_on) == (Ended.SWITCHED_OFF, FIRST + 7 * DAY)
    assert len(look_on(8)) == 1


def test_what_stands_is_judged_by_the_rule_as_it_is_by_now_and_keeps_its_own_reason(town: Town) -> None:
    town.switch_on(ON_TIME)
    for day in range(12):
        town.filed(day, hours=40 if day % 2 else 10)
    db.session.commit()
    (alert,) = look_on(7)
    with clock.fixed(at(8)):
        town.switch_on(changed(ON_TIME, threshold=20))
    for day in (8, 9, 10):
        (alert,) = look_on(day)
    assert (alert.ended, alert.threshold) == (Ended.CALM, 80)


def test_the_rules_that_come_with_the_house_are_off_and_raise_nothing(town: Town) -> None:
    five_late(town)
    assert len(rules.holding(TOWNSHIP)) == 4
    assert rules.in_force(TOWNSHIP) == []
    assert [alert for day in range(5, 25) for alert in look_on(day)] == []


def test_the_nearest_area_upward_has_the_say(town: Town) -> None:
    county = builders.a_person(town.place.county, Role.TOWNSHIP)
    db.session.commit()
    rules.set_rule(county, town.place.county.code, ON_TIME)
    rules.set_rule(county, town.place.county.code, changed(ON_TIME, key="own_1", name="县里的"))
    rules.set_rule(town.leader, TOWNSHIP, changed(ON_TIME, threshold=60))
    db.session.commit()
    assert {(one.key, one.threshold) for one in rules.in_force(TOWNSHIP)} == {("village_on_time", 60), ("own_1", 80)}
    rules.set_rule(county, town.place.county.code, changed(ON_TIME, threshold=90))
    assert rules.of_key(TOWNSHIP, "village_on_time").rule.threshold == 60
    with pytest.raises(Forbidden):
        rules.set_rule(town.leader, town.place.county.code, ON_TIME)
    with pytest.raises(Forbidden):
        rules.set_rule(town.guardian, TOWNSHIP, ON_TIME)


def test_every_change_is_a_version_with_who_made_it_and_the_same_again_is_none(town: Town) -> None:
    town.switch_on(ON_TIME)
    town.switch_on(ON_TIME)
    town.switch_on(changed(ON_TIME, threshold=70))
    assert [row.threshold for row in db.session.scalars(select(AlertRule).order_by(AlertRule.id))] == [80, 70]
    events = db.session.scalars(select(StaffEvent).where(StaffEvent.act == StaffAct.ALERT).order_by(StaffEvent.id))
    changes = [(one.actor_id, one.facts["before"]["threshold"], one.facts["after"]["threshold"]) for one in events]
    assert changes == [(town.leader.id, 80, 80), (town.leader.id, 80, 70)]


def test_the_same_rule_under_another_key_is_a_button_pressed_twice(town: Town) -> None:
    for key in ("own_1", "own_2"):
        town.switch_on(changed(ON_TIME, key=key))
    town.switch_on(changed(ON_TIME, key="own_3", threshold=70))
    assert [row.key for row in db.session.scalars(select(AlertRule).order_by(AlertRule.id))] == ["own_1", "own_3"]


REFUSED: dict[str, dict[str, Any]] = {
    "name": {"name": "  "}, "threshold": {"threshold": 100}, "window_days": {"window_days": 0},
    "lasting_days": {"lasting_days": 61}, "least": {"least": 4},
    "measure": {"key": "own_2", "measure": "repeated"}, "minutes": {"key": "own_2", **REPEATED_BURST.__dict__,
                                                                    "minutes": 0},
    "per": {**REPEATED_BURST.__dict__, "per": Per.VILLAGE, "key": "own_2"},
}


@pytest.mark.parametrize("name", ["两行\n的名字", "回车\r", "\x00", "字" * 41])
def test_a_rule_has_a_name_that_fits_one_line(town: Town, name: str) -> None:
    """It stands in messages."""
    with pytest.raises(Refusal):
        town.switch_on(changed(ON_TIME, name=f"一{name}二"))


@pytest.mark.parametrize("field", REFUSED)
def test_what_can_be_no_rule_is_refused_at_its_field(town: Town, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        rules.set_rule(town.leader, TOWNSHIP, Rule(**{**ON_TIME.__dict__, **REFUSED[field]}))
    assert refusal.value.field == field


def test_what_a_rule_is_about_does_not_change_under_its_alerts(town: Town) -> None:
    with pytest.raises(Refusal):
        rules.set_rule(town.leader, TOWNSHIP, changed(ON_TIME, per=Per.TEAM))


# ---------------------------------------------------------------- what nobody may learn from an alert

SHUT: dict[str, dict[str, Any]] = {
    "about a guardian": {"about": About.GUARDIAN, "about_area_code": MICROGRID},
    "about a cadre": {"about": About.CADRE, "about_area_code": VILLAGE},
    "for the discipline office alone": {"is_for_discipline_alone": True},
}


@pytest.mark.parametrize("what", [*SHUT, "from which somebody is recused"])
def test_a_case_that_does_not_exist_for_somebody_is_part_of_no_alert_and_no_trial(town: Town, what: str) -> None:
    town.switch_on(changed(ON_TIME, lasting_days=1))
    town.switch_on(REPEATED_BURST)
    five_late(town, range(4))
    case = town.filed(4, hours=40, **SHUT.get(what, {}))
    if what not in SHUT:
        recusal.shut_out(case, town.officer)
    db.session.commit()
    assert look_on(5) == []
    with clock.fixed(at(6)):
        assert trial.of(changed(ON_TIME, lasting_days=1), TOWNSHIP).rings == []
    five_late(town, [4])
    assert len(look_on(6)) == 1


# ---------------------------------------------------------------- who hears


def raised_for_a_handler(town: Town, by: Person | None = None) -> Alert:
    town.switch_on(REPEATED_BURST)
    for case in [town.filed(0, hours=None) for _ in range(3)]:
        town.reported(case, at(1), by)
    db.session.commit()
    return next(one for one in look_on(1) if one.person_id is not None)


def test_the_leader_hears_of_a_village_once_with_the_numbers(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    look_on(6)
    (notice,) = tell(6)
    assert notice.person_id == town.leader.id
    with clock.fixed(at(7)):
        said = texts.of(notice).plain()
    assert said == "湖东村 9 月 1 日至 9 月 7 日受理的，按时办结率 0 / 5 件 = 0.0%，低于 80%，已连续 2 天。"
    look_on(7)
    assert tell(7) == [notice]


def test_who_is_killed_between_raising_and_telling_leaves_it_to_the_next_round(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    (alert,) = look_on(6)
    assert alert.told_at is None
    db.session.remove()
    assert len(tell(6)) == 1
    assert len(tell(8)) == 1


def test_all_officers_hear_where_nobody_leads_but_never_of_a_person(town: Town) -> None:
    db.write()
    town.leader.services[0].is_leader = False
    db.session.commit()
    town.switch_on(ON_TIME)
    five_late(town)
    look_on(6)
    assert {one.person_id for one in tell(6)} == {town.leader.id, town.officer.id}
    raised = raised_for_a_handler(town)
    assert [one for one in tell(8) if one.alert_id == raised.id] == []


def test_of_a_person_the_leaders_hear_without_a_name(town: Town) -> None:
    alert = raised_for_a_handler(town)
    (notice,) = tell(1)
    assert notice.person_id == town.leader.id
    said = texts.of(notice).plain()
    assert town.guardian.name not in said
    assert "先听他说" in said
    for person, knows in ((town.leader, True), (town.officer, False), (town.auditor, False), (town.guardian, False)):
        assert alerts.lists.may_know(person, alert) is knows


def test_nobody_hears_of_himself_but_those_above(town: Town) -> None:
    county = builders.a_person(town.place.county, Role.TOWNSHIP, is_leader=True)
    db.session.commit()
    alert = raised_for_a_handler(town, by=town.leader)
    assert [one.person_id for one in tell(1)] == [county.id]
    assert not alerts.lists.may_know(town.leader, alert)


def test_who_serves_in_the_village_does_not_know_of_its_alert(town: Town) -> None:
    builders.a_service(town.leader, town.place.village, Role.VILLAGE)
    cadre = builders.a_person(town.place.village, Role.VILLAGE, is_leader=True)
    db.session.commit()
    town.switch_on(ON_TIME)
    five_late(town)
    (alert,) = look_on(6)
    assert [one.person_id for one in tell(6)] == [town.officer.id]
    known = {person.id for person in (town.leader, cadre, town.officer, town.auditor)
             if alerts.lists.may_know(person, alert)}
    assert known == {town.officer.id, town.auditor.id}


def test_a_notice_of_what_is_over_is_not_sent(town: Town) -> None:
    alert = raised_for_a_handler(town)
    (notice,) = tell(1)
    assert not moot.is_moot(notice, ())
    db.write()
    alert.ended_on = FIRST
    assert moot.is_moot(notice, ())


# ---------------------------------------------------------------- answered


def test_it_is_answered_once_in_ones_own_name_and_the_words_are_sealed(town: Town) -> None:
    alert = raised_for_a_handler(town)
    for stranger in (town.officer, town.guardian, town.auditor):
        with pytest.raises(Missing):
            alerts.lists.answer(stranger, alert.id, "看过了")
        db.session.rollback()
    with pytest.raises(Refusal):
        alerts.lists.answer(town.leader, alert.id, "   ")
    with clock.fixed(at(2)):
        assert alerts.lists.waiting(town.leader, TOWNSHIP) == 1
        alerts.lists.answer(town.leader, alert.id, "问过他了，是晚上一起补录的。")
        db.session.commit()
    alert = db.session.get_one(Alert, alert.id)
    assert (alert.answered_by_id, alert.answered_at) == (town.leader.id, at(2))
    assert alerts.lists.words_of(alert) == "问过他了，是晚上一起补录的。"
    assert "补录".encode() not in (alert.answer or b"")
    assert alerts.lists.waiting(town.leader, TOWNSHIP) == 0
    with pytest.raises(Conflict):
        alerts.lists.answer(town.leader, alert.id, "再写一遍")


def test_an_auditor_sees_and_does_not_answer(town: Town) -> None:
    town.switch_on(ON_TIME)
    five_late(town)
    (alert,) = look_on(6)
    assert list(alerts.lists.standing(town.auditor, TOWNSHIP)) == [alert]
    with pytest.raises(Missing):
        alerts.lists.answer(town.auditor, alert.id, "看过了")


def test_who_leads_an_own_team_alone_knows_of_nobodys_alert(town: Town) -> None:
    team = builders.a_team(town.place.township)
    both = builders.a_person(town.place.township, Role.TOWNSHIP)
    builders.a_service(both, town.place.township, Role.TOWNSHIP, team_id=team.id, is_leader=True)
    db.session.commit()
    assert access.led(both, *access.WATCHERS) == ()
    assert access.led(town.leader, *access.WATCHERS) == (TOWNSHIP,)


# ---------------------------------------------------------------- past data


def test_a_trial_stores_nothing_and_reads_no_more_than_it_may(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    five_late(town)
    with clock.fixed(at(40)):
        found = trial.of(ON_TIME, TOWNSHIP)
        assert (found.from_on, found.to_on) == (FIRST, FIRST + 39 * DAY)
        (ring,) = found.rings
        assert (ring.subject, ring.reading, ring.spell.raised_on) == (VILLAGE, Reading(0, 5), FIRST + 6 * DAY)
        assert trial.of(ON_TIME, town.place.county.code).rings == found.rings
        monkeypatch.setattr(trial, "MOST_CASES", 4)
        assert trial.of(ON_TIME, TOWNSHIP).from_on == FIRST + 10 * DAY
        monkeypatch.setattr(trial, "PERIODS", (60,))
        monkeypatch.setattr(trial, "MOST_AT_ALL", 4)
        with pytest.raises(Refusal, match="一时算不出来"):
            trial.of(ON_TIME, TOWNSHIP)
    assert not db.session.new
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 0


def test_a_place_without_a_case_has_an_empty_past(town: Town) -> None:
    with clock.fixed(at(40)):
        assert trial.of(ON_TIME, TOWNSHIP).rings == []


def test_midnight_in_shanghai_is_where_the_days_part(town: Town) -> None:
    door: Household = town.door
    for hour in (-0.01, 0, 23.99):
        builders.a_case(door, filed_at=at(3, hour))
    db.session.commit()
    found = course.read(TOWNSHIP, FIRST + 3 * DAY, FIRST + 3 * DAY)
    assert sorted(life[0].step.at for life in found) == [at(3, 0), at(3, 23.99)]
    assert clock.local(at(3, 0)).time() == time(0)
