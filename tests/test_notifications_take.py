"""谁听到什么: from an event to the rows of its notices; one fact one message, and nobody shut out hears of it."""

from datetime import datetime, timedelta
from itertools import product
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, select, update

from feedback import clock, contents, db, ladder, notifications, recusal, teams, workflow
from feedback.ladder import Clock, Rung
from feedback.models.cases import Case, CaseEvent
from feedback.models.contents import Field
from feedback.models.kinds import About, Action, Answer, Kind, Outcome, Status
from feedback.models.notices import Notice, Route, Sign, SignKind, Via
from feedback.models.people import Person, Role, Team, TeamKind
from feedback.models.places import Household
from feedback.notifications import outbox, recipients, routes, texts
from tests import builders


class Town(SimpleNamespace):
    place: builders.Place
    home: Household


@pytest.fixture
def town(database: Engine, now: datetime) -> Town:
    """Two guardians, a micro-grid's and a grid's leader, village, township and discipline: everybody by name."""
    place = builders.a_township()
    posts: dict[str, tuple[object, Role, bool]] = {
        "aunt": (place.microgrid, Role.GUARDIAN, False),
        "uncle": (place.microgrid, Role.GUARDIAN, True),
        "grid": (place.grid, Role.GUARDIAN, True),
        "clerk": (place.village, Role.VILLAGE, False),
        "secretary": (place.village, Role.VILLAGE, True),
        "officer": (place.township, Role.TOWNSHIP, False),
        "mayor": (place.township, Role.TOWNSHIP, True),
        "inspector": (place.township, Role.DISCIPLINE, False),
    }
    people = {
        name: builders.a_person(area, role, username=name, name=f"某{name}", is_leader=leads)  # type: ignore[arg-type]
        for name, (area, role, leads) in posts.items()
    }
    builders.a_team(place.township, TeamKind.DISCIPLINE, "纪委")
    return Town(place=place, home=builders.a_household(place.microgrid, "湖东路 27 号"), people=people)


def a_case(town: Town, **overrides: object) -> Case:
    case = builders.a_case(town.home, **overrides)
    taken()
    return case


def taken() -> set[tuple[str, str]]:
    """Takes what there is; who was told of which act, by name."""
    db.session.commit()
    before = set(db.session.scalars(select(Notice.id)))
    while db.in_turn(notifications.take):
        pass
    found = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    return {
        (notice.event.action.value if notice.event else "sign", notice.person.username if notice.person else "her")
        for notice in found if notice.id not in before
    }


def told(town: Town, case: Case, action: Action, *, by: str | None = None, **facts: object) -> str:
    """Who hears when this happens, in the order of their names."""
    actor = town.people[by].id if by else None
    builders.an_event(case, action, actor_id=actor, **facts)
    return " ".join(sorted(name for _action, name in taken()))


def held_by(town: Town, level: str) -> Team:
    return builders.team_of(getattr(town.place, level))


# ---------------------------------------------------------------- the table




FACTS: list[tuple[str, str, Action, dict[str, object], str]] = [
    # held at, standing (owner or status), action, facts, who hears
    ("microgrid", "assigned", Action.TRANSFER, {"by": "clerk"}, "aunt uncle"),
    ("microgrid", "assigned", Action.RELEASE, {"by": "aunt"}, "uncle"),
    ("village", "new", Action.SEND_BACK, {"by": "aunt"}, "clerk secretary"),
    ("village", "assigned", Action.ESCALATE, {"by": "aunt"}, "clerk secretary"),
    ("village", "assigned", Action.DISPUTE, {"by_her": True, "answer": Answer.NOT_SOLVED}, "clerk secretary"),
    ("village", "assigned", Action.FOLLOW_UP, {"by": "officer", "answer": Answer.NOT_SOLVED}, "clerk secretary"),
    ("village", "assigned", Action.REOPEN, {}, "clerk secretary"),
    ("village", "assigned", Action.UNMERGE, {"by": "clerk"}, "secretary"),
    ("township", "assigned", Action.RECUSE, {"by": "clerk"}, "mayor officer"),
    ("microgrid", "aunt", Action.HAND_OVER, {"by": "uncle"}, "aunt"),
    ("microgrid", "aunt", Action.ANSWER, {"by_her": True}, "aunt"),
    ("microgrid", "aunt", Action.ADD, {"by_her": True}, "aunt"),
    ("microgrid", "assigned", Action.ADD, {"by_her": True}, "aunt uncle"),
    ("microgrid", "aunt", Action.REMIND, {"by_her": True}, "aunt"),
    ("microgrid", "assigned", Action.REMIND, {"by": "clerk"}, "aunt uncle"),
    ("microgrid", "aunt", Action.CONFIRM, {"by_her": True, "answer": Answer.SOLVED}, "aunt"),
    ("microgrid", "aunt", Action.RATE, {"by_her": True, "rating": 5}, "aunt"),
    ("microgrid", "aunt", Action.WITHDRAW, {"by_her": True}, "aunt"),
    ("microgrid", "aunt", Action.WITNESS, {"by_her": True, "witnessed": False}, "secretary"),
    ("microgrid", "aunt", Action.WITNESS, {"by_her": True, "witnessed": True}, ""),
    ("microgrid", "aunt", Action.ASK_EXTENSION, {"by": "aunt", "days": 3}, "clerk secretary"),
    ("village", "clerk", Action.ASK_EXTENSION, {"by": "clerk", "days": 3}, "mayor officer"),
    ("township", "officer", Action.ASK_EXTENSION, {"by": "officer", "days": 3}, "mayor"),
    ("microgrid", "aunt", Action.EXTEND, {"by": "clerk", "days": 3}, "aunt"),
    ("microgrid", "aunt", Action.REFUSE_EXTENSION, {"by": "clerk"}, "aunt"),
    ("microgrid", "aunt", Action.SUPERVISE, {"by": "officer"}, "aunt grid uncle"),
    ("microgrid", "aunt", Action.SUPERVISE, {}, "aunt grid uncle"),
    ("microgrid", "aunt", Action.ANSWER_SUPERVISION, {"by": "aunt"}, "mayor"),
    ("microgrid", "aunt", Action.APPEAL, {"by": "aunt", "of_n": 1}, "mayor"),
    ("microgrid", "aunt", Action.DECIDE_APPEAL, {"by": "mayor", "of_n": 1}, ""),
    ("microgrid", "aunt", Action.RESPOND, {"by": "aunt"}, ""),
    ("microgrid", "aunt", Action.NOTE, {"by": "aunt"}, ""),
    ("microgrid", "aunt", Action.VISIT, {"by": "aunt"}, ""),
    ("microgrid", "aunt", Action.CLOSE, {}, ""),
]


def standing(town: Town, level: str, stand: str) -> Case:
    """A case held at a level: new, assigned, or owned by somebody."""
    status = {"new": Status.NEW, "assigned": Status.ASSIGNED}.get(stand, Status.IN_PROGRESS)
    owner = town.people[stand].id if status is Status.IN_PROGRESS else None
    return a_case(town, team=held_by(town, level), status=status, owner_id=owner)


@pytest.mark.parametrize(("level", "stand", "action", "facts", "who"), FACTS)
def test_each_fact_is_told_to_whom_it_concerns(
    town: Town, level: str, stand: str, action: Action, facts: dict[str, object], who: str
) -> None:
    assert told(town, standing(town, level, stand), action, **facts) == who  # type: ignore[arg-type]


RUNG_TOLD = {
    ("microgrid", Rung.HALF): "aunt uncle",
    ("microgrid", Rung.NEAR): "aunt grid uncle",
    ("microgrid", Rung.OVERDUE): "secretary",
    ("microgrid", Rung.DAY_OVER): "mayor",
    ("village", Rung.HALF): "clerk secretary",
    ("village", Rung.NEAR): "clerk secretary",
    ("village", Rung.OVERDUE): "mayor",
    ("village", Rung.DAY_OVER): "mayor",
    ("township", Rung.HALF): "mayor officer",
    ("township", Rung.NEAR): "mayor officer",
    ("township", Rung.OVERDUE): "mayor",
    ("township", Rung.DAY_OVER): "mayor",
}


@pytest.mark.parametrize(("level", "rung"), RUNG_TOLD)
@pytest.mark.parametrize("which", Clock)
def test_each_rung_climbs_from_the_team_that_holds_the_case(town: Town, level: str, rung: Rung, which: Clock) -> None:
    case = standing(town, level, "assigned")
    assert told(town, case, Action.REMIND, reason=ladder.reason(which, rung)) == RUNG_TOLD[level, rung]


def test_an_owned_case_near_its_due_is_its_owners_and_the_leaders(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    assert told(town, case, Action.REMIND, reason="handling_near") == "aunt grid uncle"


def test_where_there_is_a_county_team_it_stands_above_the_township(town: Town) -> None:
    builders.a_person(town.place.county, Role.TOWNSHIP, username="county")
    db.session.add(Team(area_code=town.place.county.code, kind=TeamKind.AREA, name="余姚市"))
    db.session.flush()
    case = standing(town, "township", "officer")
    assert told(town, case, Action.REMIND, reason="handling_overdue") == "county"


def test_a_letter_nobody_answered_is_told_to_who_gave_it_and_to_who_should_have_answered(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    told(town, case, Action.SUPERVISE, by="officer")
    assert told(town, case, Action.REMIND, reason=ladder.LETTER_OVERDUE) == "aunt grid officer uncle"
    assert told(town, case, Action.ANSWER_SUPERVISION, by="aunt") == "officer"


def test_where_who_gave_a_letter_is_away_the_townships_leaders_hear_of_it(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    told(town, case, Action.SUPERVISE, by="officer")
    builders.an_absence(town.people["officer"])
    assert told(town, case, Action.REMIND, reason=ladder.LETTER_OVERDUE) == "aunt grid mayor uncle"
    assert told(town, case, Action.ANSWER_SUPERVISION, by="aunt") == "mayor"


def test_who_appealed_hears_what_was_decided_though_he_is_away_today(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    told(town, case, Action.APPEAL, by="aunt", of_n=1)
    builders.an_absence(town.people["aunt"])
    assert told(town, case, Action.DECIDE_APPEAL, by="mayor", of_n=1) == "aunt"


ABOVE_ALL = [
    # who owns it in the township, who is away, who hears what is over
    ("officer", "", "mayor"),
    ("mayor", "", "officer"),
    ("officer", "mayor", "inspector"),
    ("mayor", "officer", "inspector"),
    ("officer", "mayor inspector", "officer"),
]


@pytest.mark.parametrize(("owner", "away", "who"), ABOVE_ALL)
@pytest.mark.parametrize("rung", [Rung.OVERDUE, Rung.DAY_OVER])
def test_what_is_over_in_the_township_is_told_to_another_than_who_owns_it(
    town: Town, rung: Rung, owner: str, away: str, who: str
) -> None:
    case = standing(town, "township", owner)
    for name in away.split():
        builders.an_absence(town.people[name])
    assert told(town, case, Action.REMIND, reason=ladder.reason(Clock.HANDLING, rung)) == who


def test_an_owner_with_a_second_hat_above_is_not_told_as_his_own_superior(town: Town) -> None:
    builders.a_service(town.people["clerk"], town.place.township, Role.TOWNSHIP, is_leader=True)
    case = standing(town, "village", "clerk")
    for rung in (Rung.OVERDUE, Rung.DAY_OVER):
        assert told(town, case, Action.REMIND, reason=ladder.reason(Clock.HANDLING, rung)) == "mayor"


def test_who_appealed_hears_what_was_decided(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    told(town, case, Action.APPEAL, by="aunt", of_n=1)
    told(town, case, Action.APPEAL, by="uncle", of_n=2)
    assert told(town, case, Action.DECIDE_APPEAL, by="mayor", of_n=1) == "aunt"


def test_a_level_with_nobody_there_passes_it_up(town: Town) -> None:
    case = standing(town, "microgrid", "assigned")
    for name in ("aunt", "uncle"):
        builders.an_absence(town.people[name])
    assert told(town, case, Action.TRANSFER, by="clerk") == "secretary"
    for name in ("clerk", "secretary"):
        builders.an_absence(town.people[name])
    assert told(town, case, Action.REMIND, reason="handling_overdue") == "mayor"


def test_an_owner_who_is_away_today_is_not_waited_for(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    builders.an_absence(town.people["aunt"])
    assert told(town, case, Action.ANSWER, by_her=True) == "uncle"


def test_one_who_has_left_hears_nothing(town: Town) -> None:
    case = standing(town, "microgrid", "assigned")
    db.write()
    town.people["aunt"].is_active = False
    assert told(town, case, Action.TRANSFER, by="clerk") == "uncle"


REPEATED = {
    Rung.HALF: "aunt grid uncle", Rung.NEAR: "aunt grid secretary uncle", Rung.OVERDUE: "mayor secretary",
    Rung.DAY_OVER: "mayor",
}


@pytest.mark.parametrize("rung", Rung)
def test_a_household_that_said_the_same_before_is_heard_one_rung_higher(town: Town, rung: Rung) -> None:
    with clock.fixed(clock.now() - timedelta(days=30), everywhere=True):
        a_case(town)
    case = standing(town, "microgrid", "assigned")
    assert told(town, case, Action.REMIND, reason=ladder.reason(Clock.HANDLING, rung)) == REPEATED[rung]


# ---------------------------------------------------------------- one fact, one message


def test_filing_and_assigning_are_one_message(town: Town) -> None:
    builders.a_case(town.home)
    assert taken() == {("assign", "aunt"), ("assign", "uncle")}


def test_a_filing_that_nobody_was_asked_to_act_on_is_told_to_who_holds_it(town: Town) -> None:
    case = builders.a_new_case(town.home)
    workflow.record(case, Action.SUBMIT, workflow.Who.VILLAGER)
    assert taken() == {("submit", "clerk"), ("submit", "secretary")}


def test_what_is_closed_by_now_is_no_arrival(town: Town) -> None:
    builders.a_case(town.home, status=Status.CLOSED, closed_at=clock.now(), outcome=Outcome.MERGED)
    db.session.execute(update(CaseEvent).values(status=Status.ASSIGNED))
    assert taken() == set()


def test_taking_twice_tells_once(town: Town) -> None:
    builders.a_case(town.home)
    taken()
    db.write()
    db.session.execute(update(CaseEvent).values(told_at=None))
    assert taken() == set()
    assert db.session.scalar(select(CaseEvent.id).where(CaseEvent.told_at.is_(None))) is None


@pytest.mark.parametrize("batch", [1, 200])
def test_a_fact_that_can_not_be_told_stops_no_other_and_waits_in_sight(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, batch: int
) -> None:
    builders.a_case(town.home)
    taken()
    broken = [builders.an_event(builders.a_case(town.home), Action.ANSWER, by_her=True) for _ in range(2)]
    sound = builders.a_case(town.home)
    of_event = recipients.of_event

    def sometimes(event: CaseEvent, known: recipients.Known) -> list[Person]:
        if event in broken:
            raise KeyError("nobody knows")
        return of_event(event, known)

    monkeypatch.setattr(outbox, "BATCH", batch)
    monkeypatch.setattr(recipients, "of_event", sometimes)
    with caplog.at_level("CRITICAL", logger="feedback.notifications.outbox"):
        taken()
    told_of = set(db.session.scalars(select(Notice.case_id)))
    assert sound.id in told_of
    assert db.session.scalars(select(CaseEvent).where(CaseEvent.told_at.is_(None))).all() == broken
    monkeypatch.undo()
    assert ("answer", "aunt") in taken()


def test_paperwork_on_an_urgent_case_wakes_nobody(town: Town) -> None:
    case = standing(town, "microgrid", "aunt")
    db.write()
    case.is_urgent = True
    urgent = set()
    for action in recipients.TOLD:
        event = builders.an_event(case, action, witnessed=False, days=3, of_n=1)
        taken()
        if any(notice.is_urgent for notice in db.session.scalars(select(Notice).where(Notice.event_id == event.id))):
            urgent.add(action)
    assert {Action.ADD, Action.ANSWER, Action.WITHDRAW, Action.ASK_EXTENSION} <= urgent
    assert not urgent & {Action.APPEAL, Action.DECIDE_APPEAL, Action.EXTEND, Action.REFUSE_EXTENSION,
                         Action.ANSWER_SUPERVISION, Action.CONFIRM, Action.RATE}


def test_each_way_a_person_has_set_gets_its_own_row_and_the_list_at_once(town: Town) -> None:
    aunt = town.people["aunt"]
    db.session.add(Route(person_id=aunt.id, via=Via.EMAIL, address=routes.sealed(aunt, Via.EMAIL, "a@example.cn")))
    builders.a_case(town.home)
    taken()
    rows = db.session.scalars(select(Notice).where(Notice.person_id == aunt.id).order_by(Notice.id)).all()
    assert [(row.via, row.sent_at is not None, row.next_try_at is not None) for row in rows] == [
        (Via.LIST, True, False), (Via.EMAIL, False, True),
    ]


def test_a_sign_is_for_the_villages_officers_and_the_townships_leaders(town: Town) -> None:
    burst = Sign(kind=SignKind.BURST, area_code=town.place.village.code, on=clock.today(), count=5, at=clock.now())
    silence = Sign(kind=SignKind.SILENCE, area_code=town.place.microgrid.code, on=clock.today(), count=60,
                   at=clock.now())
    db.write()
    db.session.add_all([burst, silence])
    assert taken() == {("sign", name) for name in ("clerk", "secretary", "mayor")}
    said = {texts.of(notice).plain() for notice in db.session.scalars(select(Notice))}
    assert said == {
        "湖东村一天里来了 5 件，还没有归类。请您看一看是不是一件事。",
        "湖东村一组已经 60 天没有人反映事情，也没有人上门。请您问一问。",
    }


def test_the_outbox_is_read_from_its_own_index(town: Town) -> None:
    statement = select(CaseEvent.id).where(CaseEvent.told_at.is_(None)).order_by(CaseEvent.id).limit(200)
    if not db.is_sqlite():
        pytest.skip("an empty table is read whole by PostgreSQL")
    compiled = str(statement.compile(compile_kwargs={"literal_binds": True}))
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    assert "ix_case_event_untold" in str(plan)


# ---------------------------------------------------------------- nobody shut out


@pytest.mark.parametrize("about", About)
def test_nobody_a_case_is_about_hears_of_it_whatever_happens(town: Town, about: About) -> None:
    shut_out = {About.GUARDIAN: {"aunt", "uncle"}, About.CADRE: {"clerk", "secretary"}}[about]
    area = town.place.microgrid if about is About.GUARDIAN else town.place.village
    case = builders.a_case(town.home, about=about, about_area_code=area.code)
    for action, team in product(Action, ("microgrid", "village", "township")):
        db.write()
        case.team_id = held_by(town, team).id
        told(town, case, action, witnessed=False, team_id=case.team_id)
    for reason in [*ladder.REASONS, ladder.LETTER_OVERDUE]:
        told(town, case, Action.REMIND, reason=reason)
    heard = {notice.person.username for notice in db.session.scalars(select(Notice)) if notice.person}
    assert heard
    assert not heard & shut_out


def test_one_who_is_recused_later_hears_nothing_from_then_on(town: Town) -> None:
    case = standing(town, "microgrid", "assigned")
    db.write()
    recusal.shut_out(case, town.people["aunt"])
    heard = {told(town, case, action, witnessed=False) for action in Action}
    assert not any("aunt" in names for names in heard)


def test_what_is_for_the_discipline_office_alone_is_told_to_nobody_else(town: Town) -> None:
    office = teams.discipline_of(town.place.township.code)
    case = builders.a_case(town.home, team=office, is_for_discipline_alone=True, about=About.CADRE,
                           about_area_code=town.place.village.code)
    heard = {told(town, case, action, witnessed=False) for action in Action}
    heard |= {told(town, case, Action.REMIND, reason=reason) for reason in [*ladder.REASONS, ladder.LETTER_OVERDUE]}
    assert heard == {"inspector", ""}


# ---------------------------------------------------------------- what a notice says

SECRETS = ("水沟", "王秀英", "13800000027", "湖东路 27 号", "27", "某aunt")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("about", [None, *About])
def test_no_text_gives_away_what_she_said_who_she_is_or_where_she_lives(
    town: Town, kind: Kind, about: About | None
) -> None:
    area_code = town.place.microgrid.code if about else None
    case = builders.a_case(town.home, kind=kind, about=about, about_area_code=area_code)
    contents.new_key(case)
    for field, words in ((Field.WORDS, "水沟堵了"), (Field.NAME, "王秀英"), (Field.PHONE, "13800000027")):
        contents.add(case, field, words, n=1)
    events = [builders.an_event(case, action, witnessed=False, days=3, until_at=clock.now()) for action in Action]
    events += [builders.an_event(case, Action.REMIND, reason=reason)
               for reason in [*ladder.REASONS, ladder.LETTER_OVERDUE]]
    events += [builders.an_event(case, Action.SUPERVISE), builders.an_event(case, Action.REMIND, by_her=True)]
    for event in events:
        if event.action not in recipients.TOLD:
            continue
        notice = Notice(event=event, case=case, is_urgent=False)
        said = texts.of(notice).plain()
        message = texts.message([notice], overdue=0)
        assert not any(secret in said + message.title + message.text for secret in SECRETS), said
        if about is None:
            assert "湖东村" in said
            assert kind.label in said
        else:
            assert said == texts.A_MATTER
    for action in texts.TO_HER:
        said = texts.to_her(builders.an_event(case, action), "https://h.example.cn").plain()
        assert "https://h.example.cn/c " in said
        assert not any(secret in said for secret in (*SECRETS, case.number, kind.label, "湖东村"))


@pytest.mark.parametrize("action", [
    Action.SUBMIT, Action.TRANSFER, Action.SEND_BACK, Action.RELEASE, Action.DISPUTE, Action.REMIND,
])
@pytest.mark.parametrize("status", [Status.NEW, Status.ASSIGNED])
@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize("is_urgent", [False, True])
def test_nobody_is_given_a_day_that_is_over(
    town: Town, action: Action, status: Status, is_answered: bool, is_urgent: bool
) -> None:
    now = clock.now()
    for due, is_late in ((now + timedelta(hours=1), False), (now - timedelta(hours=1), True)):
        case = builders.a_case(town.home, status=status, responded_at=now - timedelta(days=1) if is_answered else None)
        event = builders.an_event(
            case, action, is_urgent=is_urgent, response_due_at=due, handling_due_at=due, by_her=True
        )
        said = texts.of(Notice(event=event, case=case, is_urgent=is_urgent)).plain()
        assert ("已经超期" in said) is is_late
        assert ("最晚" in said) is not is_late


@pytest.mark.parametrize("which", Clock)
@pytest.mark.parametrize("rung", [Rung.HALF, Rung.NEAR])
def test_what_was_to_be_told_before_the_due_says_after_it_that_it_is_late(
    town: Town, which: Clock, rung: Rung
) -> None:
    case = builders.a_case(town.home)
    due = {"response_due_at": clock.now() - timedelta(days=1), "handling_due_at": clock.now() - timedelta(days=1)}
    event = builders.an_event(case, Action.REMIND, reason=ladder.reason(which, rung), **due)
    said = texts.of(Notice(event=event, case=case)).plain()
    assert "超期了" in said
    assert not any(wrong in said for wrong in ("快到期", "过了一半", "最晚"))


def test_a_message_that_goes_out_after_the_due_says_that_it_is_late_and_the_list_keeps_what_was_true(
    town: Town, now: datetime
) -> None:
    due = {"response_due_at": now + timedelta(hours=1), "handling_due_at": now + timedelta(hours=1)}
    case = builders.a_case(town.home, **due)
    event = builders.an_event(case, Action.REMIND, reason=ladder.reason(Clock.HANDLING, Rung.NEAR))
    notice = Notice(event=event, case=case)
    assert "快到期了" in texts.message([notice], overdue=0).text
    with clock.fixed(now + timedelta(days=1)):
        assert "超期了" in texts.message([notice], overdue=0).text
        assert "快到期了" in texts.of(notice).plain()
        case.handling_due_at = now + timedelta(days=3)  # more time was granted
        assert "超期了" not in texts.message([notice], overdue=0).text
