"""The demo township: as large as the real one, by the rules, honest in its figures, and the same each time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feedback import (
    access,
    clock,
    contents,
    db,
    demo,
    intake,
    ladder,
    policies,
    qr,
    sealing,
    stats,
    teams,
    timer,
    workflow,
)
from feedback.cards import Card
from feedback.cli.demo import in_the_terminal
from feedback.codes import flags, ledger, quarters, walks
from feedback.demo import letters, places, seasons
from feedback.demo.letters import Season
from feedback.demo.people import GUARDIANS
from feedback.errors import Refusal
from feedback.models.cases import Case, CaseEvent, Recusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Kind, Outcome, Status
from feedback.models.notices import Notice, SignKind, Via
from feedback.models.people import Person
from feedback.models.places import Area, Household
from feedback.models.prints import PlatePrint, PrintRun, RunKind, RunState
from feedback.models.walks import Finding, PlateCheck, PlateFlag, Settled
from feedback.notifications import inbox
from feedback.supervision import cards, signs
from feedback.supervision import letters as supervision_letters
from tests.conftest import hurry
from tests.schema import Bench

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
CASES, HOMES, SEED = 520, 2_000, 8

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.usefixtures("township"), pytest.mark.timeout(900)]
"""The first test waits for two years to be written."""


class Step(NamedTuple):
    """What must be the same each time."""

    at: datetime
    action: Action
    status: Status
    outcome: Outcome | None


class Told(NamedTuple):
    """A year: what was done about cases, and what was found at plates and done about it."""

    steps: list[Step]
    checks: list[tuple[object, ...]]
    flags: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def twice(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Told]]:
    """The demo built twice from one seed; the second one stays."""
    sealing.use(sealing.Keys(b"0123456789abcdef0123456789abcdef", "a key for tests only, never for a town"))
    told: list[Told] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "HOUSEHOLDS", HOMES)
        for _ in range(2):
            folder = tmp_path_factory.mktemp("demo")
            bench.fill(folder)
            engine = db.connect(bench.url_for(folder))
            hurry(engine)
            with clock.fixed(NOW):
                demo.build(cases=CASES, seed=SEED)
            told.append(_story())
            if len(told) == 1:
                db.disconnect()
                bench.tidy()
    yield told
    db.disconnect()
    bench.tidy()


@pytest.fixture
def township(twice: list[Told]) -> Iterator[None]:
    with clock.fixed(NOW):
        yield
    db.session.rollback()


def _story() -> Told:
    rows = db.session.execute(
        select(CaseEvent.at, CaseEvent.action, CaseEvent.status, CaseEvent.outcome)
        .join(Case, Case.id == CaseEvent.case_id).order_by(Case.number, CaseEvent.n)
    ).all()
    checks = select(PlateCheck.at, Household.door, PlateCheck.finding).join(PlateCheck.household)
    flags = select(PlateFlag.raised_at, Household.door, PlateFlag.reason, PlateFlag.settled, PlateFlag.settled_at)
    told = Told(
        [Step(*row) for row in rows],
        [tuple(row) for row in db.session.execute(checks.order_by(PlateCheck.at, Household.door))],
        [tuple(row) for row in db.session.execute(
            flags.join(PlateFlag.household).order_by(PlateFlag.raised_at, Household.door))],
    )
    db.session.rollback()
    return told


def lives() -> dict[int, list[CaseEvent]]:
    """Each case's events in their order."""
    found: defaultdict[int, list[CaseEvent]] = defaultdict(list)
    for event in db.session.scalars(select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.n)):
        found[event.case_id].append(event)
    return found


def test_the_same_seed_gives_the_same_year(twice: list[Told]) -> None:
    assert len(twice[0].steps) > 5 * CASES
    assert len(twice[0].checks) > 3 * HOMES
    assert len(twice[0].flags) > 20
    assert twice[0] == twice[1]


def test_it_is_as_large_as_it_says() -> None:
    summary = demo.summary()
    assert summary == demo.Summary("梁弄镇", 18, 159, GUARDIANS, HOMES, CASES)
    assert demo.state() is demo.State.THERE
    active = select(func.count()).select_from(DoorCode).where(DoorCode.ended_at.is_(None))
    assert db.session.scalar(active) == HOMES - 1
    assert db.session.scalar(select(func.count()).where(DoorCode.state == CodeState.REVOKED)) == 1


def test_every_microgrid_has_three_guardians_or_four() -> None:
    codes = set(db.session.scalars(select(Household.microgrid_code)))
    assert len(codes) == 159
    sizes = [len(teams.members(teams.of(code))) for code in codes]
    assert set(sizes) <= {3, 4, 5}


def test_every_step_of_every_case_is_one_the_table_allows() -> None:
    for events in lives().values():
        before: Status | None = None
        for place, event in enumerate(events, 1):
            assert event.n == place
            assert event.status in workflow.TABLE[event.action][before]
            before = event.status


def test_time_runs_forward_and_stops_now() -> None:
    for events in lives().values():
        instants = [event.at for event in events]
        assert instants == sorted(instants)
        assert instants[-1] <= NOW


def test_cases_stand_in_every_status_and_end_in_every_way() -> None:
    assert set(db.session.scalars(select(Case.status))) == set(Status)
    assert set(db.session.scalars(select(Case.kind))) == set(Kind)
    assert set(db.session.scalars(select(CaseEvent.outcome).where(CaseEvent.outcome.is_not(None)))) == set(Outcome)


def test_only_a_villager_a_reason_or_silence_closes_a_case() -> None:
    closers = {
        event.action for events in lives().values() for before, event in pairwise(events)
        if event.status is Status.CLOSED and before.status is not Status.CLOSED
    }
    assert closers <= {Action.CONFIRM, Action.CLOSE, Action.WITHDRAW, Action.DECLINE, Action.MERGE}
    assert {Action.CONFIRM, Action.CLOSE} <= closers


def test_whoever_takes_a_case_is_there_and_after_a_dispute_somebody_else() -> None:
    for events in lives().values():
        owners_before: set[int] = set()
        for event in events:
            if event.action is Action.DISPUTE:
                owners_before |= {one.owner_id for one in events[: event.n] if one.owner_id is not None}
            if event.action is Action.RESPOND:
                assert event.actor is not None
                assert event.actor_id not in owners_before
                assert not teams.is_away(event.actor, clock.local(event.at).date())


def test_nobody_shut_out_ever_touches_a_case() -> None:
    shut_out = {(row.case_id, row.person_id) for row in db.session.scalars(select(Recusal))}
    assert shut_out
    acted = {(event.case_id, event.actor_id) for events in lives().values() for event in events}
    assert not shut_out & acted


def test_words_open_for_her_and_for_staff() -> None:
    case = db.session.scalars(select(Case).where(Case.status == Status.CLOSED, Case.about.is_(None))).first()
    assert case is not None
    texts = {letter.words for letter in letters.LETTERS}
    assert contents.words_of(case, 1) in texts
    notes = db.session.scalars(select(CaseEvent).where(CaseEvent.action == Action.NOTE)).first()
    assert notes is not None
    assert contents.words_of(notes.case, notes.n, (Audience.STAFF,)) in letters.NOTES
    assert contents.words_of(notes.case, notes.n, (Audience.HER,)) == ""


def test_deadlines_are_those_the_rules_promise() -> None:
    for case in db.session.scalars(select(Case).where(Case.status == Status.CLOSED).limit(40)):
        promise = policies.promise(case.area_code, case.kind, case.is_urgent, filed_at=case.filed_at)
        assert case.response_due_at == promise.response_due_at
        assert case.handling_due_original_at == promise.handling_due_at


def test_the_figures_add_up() -> None:
    today = clock.today()
    [whole] = stats.figures(demo.AREA, today - timedelta(days=366), today)
    assert whole.received == CASES
    assert whole.counted + sum(whole.excluded.values()) == CASES
    by_kind = stats.figures(demo.AREA, today - timedelta(days=366), today, by=[stats.By.KIND])
    assert sum(row.counted for row in by_kind) == whole.counted
    open_now = db.session.scalar(select(func.count()).where(Case.status != Status.CLOSED))
    assert whole.open == open_now
    on_time = whole.rates["handling_on_time"]
    assert 0.6 < on_time.n / on_time.of < 0.99


def test_a_round_right_after_the_demo_finds_nothing_to_do() -> None:
    before = db.session.execute(select(func.count(CaseEvent.id), func.max(CaseEvent.told_at))).one()
    notices = db.session.scalar(select(func.count(Notice.id)))
    db.session.rollback()
    report = timer.tick()
    assert not any(report.done.values()), report.done
    assert not report.failed
    assert db.session.execute(select(func.count(CaseEvent.id), func.max(CaseEvent.told_at))).one() == before
    assert db.session.scalar(select(func.count(Notice.id))) == notices


def test_every_open_case_stands_on_the_rung_its_clocks_say() -> None:
    moving = {Action.ASK, Action.EXTEND, Action.DISPUTE, Action.FOLLOW_UP, Action.REOPEN, Action.RECUSE}
    compared = 0
    for case in db.session.scalars(select(Case).where(Case.next_due_at.is_not(None))):
        has_moved = any(event.action in moving for event in workflow.events(case))
        policy, calendar = policies.of(case), policies.calendar_of(case.area_code)
        for which in ladder.running(case):
            steps = ladder.LADDER[which]
            reached = sum(ladder.instant(case, which, step, policy, calendar) <= NOW for step in steps)
            told = ladder.told(case, which)
            assert told == reached or (has_moved and told > reached), case.number
            compared += told > 0
        assert case.wakes_at is None or case.wakes_at > NOW
    assert compared


def test_rungs_are_told_at_their_instants_and_one_by_one() -> None:
    reasons = [reason for reason, _ in sorted(ladder.REASONS.items(), key=lambda one: one[1][0])]
    for events in lives().values():
        told = [event.reason for event in events if event.action is Action.REMIND and event.reason is not None]
        for which in ladder.Clock:
            own = [reason for reason in told if reason.startswith(which.value)]
            assert own == [reason for reason in reasons if reason.startswith(which.value)][: len(own)]
        for event in events:
            if event.reason == "response_overdue":
                assert event.at == event.response_due_at + timedelta(seconds=1)


def test_a_year_by_the_clock_leaves_letters_extensions_and_appeals_of_every_sort() -> None:
    officer = db.session.scalars(select(Person).where(Person.username == "zhen1")).one()
    today = clock.today()
    actions = Counter(event.action for events in lives().values() for event in events)
    assert actions[Action.SUPERVISE] > actions[Action.ANSWER_SUPERVISION] > 0
    assert actions[Action.ASK_EXTENSION] > actions[Action.EXTEND] > actions[Action.REFUSE_EXTENSION] > 0
    assert actions[Action.REMIND] > actions[Action.REOPEN] > 0
    drawn = cards.drawn(officer, demo.AREA, today - timedelta(days=365), today)
    assert {one.given.card for one in drawn} == set(Card)
    assert any(one.given.decided_n is not None for one in drawn)
    assert cards.waiting(officer, demo.AREA)
    settled = supervision_letters.settled(officer, demo.AREA, today - timedelta(days=365), today)
    assert {supervision_letters.State.ANSWERED, supervision_letters.State.SETTLED} <= {one.state for one in settled}
    assert {sign.kind for sign in signs.standing(officer, demo.AREA)} == set(SignKind)


def test_lists_hold_only_what_was_heard_lately_in_the_order_it_came() -> None:
    rows = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert {row.via for row in rows} == {Via.LIST}
    assert [row.made_at for row in rows] == sorted(row.made_at for row in rows)
    assert rows[0].made_at >= NOW - timedelta(days=14)
    assert rows[-1].made_at <= NOW
    for row in rows:
        happened = row.event.at if row.event is not None else row.sign.at if row.sign is not None else (
            row.plate_flag.raised_at if row.plate_flag is not None else NOW)
        assert timedelta() <= row.made_at - happened <= timedelta(minutes=1)
    for username in ("shouhu1", "cun1", "zhen1"):
        person = db.session.scalars(select(Person).where(Person.username == username)).one()
        assert 0 < inbox.unread(person) < inbox.MOST_COUNTED


def test_the_village_that_signs_in_finds_something_to_assign() -> None:
    cadre = db.session.scalars(select(Person).where(Person.username == "cun1")).one()
    waiting = db.session.scalars(access.cases(cadre).where(Case.status == Status.NEW)).all()
    assert len(waiting) >= 3
    assert all(access.may(cadre, Action.ASSIGN, case) for case in waiting)


def test_plates_were_issued_printed_and_hung_in_this_order_before_anybody_wrote() -> None:
    first = select(PlatePrint.code_id, func.min(PrintRun.begun_at).label("at")).group_by(PlatePrint.code_id)
    printed = first.join(PrintRun, PrintRun.id == PlatePrint.run_id).subquery()
    first_case = select(func.min(Case.filed_at)).scalar_subquery()
    codes = select(func.count()).select_from(DoorCode).join(printed, printed.c.code_id == DoorCode.id)
    assert db.session.scalar(codes.where(DoorCode.issued_at < printed.c.at)) == HOMES
    hung = db.session.scalar(codes.where(DoorCode.hung_at.is_not(None))) or 0
    assert 0.98 * HOMES < hung < HOMES
    assert db.session.scalar(codes.where(DoorCode.hung_at > printed.c.at)) == hung
    once = codes.where(DoorCode.printed_at == printed.c.at, DoorCode.hung_at.is_not(None))
    assert db.session.scalar(once)
    assert db.session.scalar(once.where(DoorCode.hung_at < first_case)) == db.session.scalar(once)


def test_nobody_writes_from_a_door_whose_plate_never_hung() -> None:
    drawer = select(DoorCode.household_id).where(DoorCode.hung_at.is_(None), DoorCode.printed_at.is_not(None))
    assert db.session.scalar(select(func.count()).select_from(drawer.subquery()))
    assert not db.session.scalar(select(func.count()).select_from(Case).where(Case.household_id.in_(drawer)))


def test_the_last_quarters_plates_are_nearly_all_checked_and_this_ones_are_under_way() -> None:
    township = db.session.get_one(Area, demo.AREA)
    share = {
        quarter: sum(row.checked for row in rows) / sum(row.doors for row in rows)
        for quarter in (quarters.now(), quarters.now().before())
        if (rows := walks.figures(township, quarter))
    }
    assert 0.4 < share[quarters.now()] < 0.8
    assert 0.94 < share[quarters.now().before()] < 1
    for check in db.session.scalars(select(PlateCheck)):
        assert check.at <= NOW
        assert check.quarter == quarters.of(clock.local(check.at).date()).key


def test_plates_with_every_trouble_stand_and_others_have_been_put_right_in_every_way() -> None:
    officer = db.session.scalars(select(Person).where(Person.username == "zhen1")).one()
    assert set(flags.counts(officer, demo.AREA)) == set(Finding) - {Finding.FINE}
    settled = set(db.session.scalars(select(PlateFlag.settled).where(PlateFlag.settled.is_not(None))))
    assert {Settled.HUNG, Settled.FINE, Settled.WORD} <= settled
    for flag in db.session.scalars(select(PlateFlag)):
        assert flag.settled_at is None or flag.raised_at < flag.settled_at <= NOW
    again = db.session.scalars(select(PrintRun).where(PrintRun.kind == RunKind.REPRINT)).all()
    assert again
    assert all(run.state is RunState.READY for run in again)
    assert sum(ledger.life_of(run).get(CodeState.HUNG, 0) for run in again) > 10


def test_the_village_and_the_guardians_that_sign_in_have_plates_to_look_after() -> None:
    cadre = db.session.scalars(select(Person).where(Person.username == "cun1")).one()
    guardian = db.session.scalars(select(Person).where(Person.username == "shouhu1")).one()
    reasons = {flag.reason for flag in flags.standing(cadre, demo.door().microgrid_code[:12])}
    assert {Finding.FOREIGN, Finding.SILENT, Finding.DAMAGED, Finding.GONE, Finding.OTHERS} <= reasons
    walk = walks.of(db.session.get_one(Area, demo.door().microgrid_code))
    assert 0 < walk.checked < len(walk.walked)
    assert walk.waiting
    printed = next(door for door in walk.doors if door.household.door == demo.door().door)
    assert printed.hangs
    assert printed.check is None
    assert walk.next_for(guardian) is not None


def test_only_the_printed_people_can_sign_in() -> None:
    able = set(db.session.scalars(select(Person.username).where(Person.password_hash.is_not(None))))
    assert able == {sign_in.username for sign_in in demo.SIGN_INS}


def test_the_printed_door_is_served_by_the_printed_guardians_and_the_receipt_opens_a_case() -> None:
    members = teams.members(teams.of(demo.door().microgrid_code))
    assert {"shouhu1", "shouhu2"} <= {person.username for person in members}
    case, _ = intake.find(demo.receipt(), remote=None)
    assert case.status is Status.REPORTED_BACK


def test_a_demo_is_never_mixed_with_anything() -> None:
    with pytest.raises(Refusal):
        demo.build(cases=1)


def test_the_year_has_its_rhythm() -> None:
    festival = seasons.SPRING_FESTIVALS[2026]
    assert seasons.season(festival) is Season.FESTIVAL
    assert seasons.weight(festival) < 0.3
    typhoon = festival.replace(month=8, day=7)
    assert seasons.season(typhoon) is Season.TYPHOON
    assert seasons.weight(typhoon) > 3 * seasons.weight(typhoon + timedelta(days=14))


def test_every_letter_has_a_category_of_the_demo_and_there_are_many() -> None:
    assert {letter.category for letter in letters.LETTERS} == set(letters.CATEGORIES)
    assert len({letter.words for letter in letters.LETTERS}) == len(letters.LETTERS) >= 60
    for season in Season:
        assert {letter.kind for letter in letters.LETTERS if letter.season in {Season.ANY, season}} == set(Kind)


def test_the_code_in_the_terminal_is_the_code() -> None:
    matrix = qr.matrix("http://192.168.1.20:8000", demo.door().token)
    lines = in_the_terminal(matrix, is_coloured=False).splitlines()
    size = matrix.size + 2 * qr.QUIET_ZONE
    for row in range(matrix.size):
        for column in range(matrix.size):
            halves = lines[(row + qr.QUIET_ZONE) // 2][2 + column + qr.QUIET_ZONE]
            is_light = halves in ("█▀" if (row + qr.QUIET_ZONE) % 2 == 0 else "█▄")
            assert is_light is not matrix.is_dark(row, column)
    assert {len(line) for line in lines} == {2 + size}


def test_a_township_code_has_nine_digits(tmp_path: Path) -> None:
    from feedback.cli import main

    result = CliRunner().invoke(main, ["demo", "--area", "33028", "--out", str(tmp_path)])
    assert result.exit_code != 0
