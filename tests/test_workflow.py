"""诉求的一生: the whole table, every status reached and left, and the clocks that one writer keeps."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feedback import access, attendance, clock, closure, contents, db, recusal, routing, workflow, worklist
from feedback.errors import Conflict, Forbidden, Refusal
from feedback.models.cases import Case, CaseEvent
from feedback.models.codes import DoorCode
from feedback.models.contents import Audience
from feedback.models.kinds import Action, Answer, Contact, Kind, Outcome, Status
from feedback.models.people import Person, Role
from feedback.workflow import TABLE, WHO, Who
from tests import builders

THURSDAY = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


@dataclass
class Town:
    place: builders.Place
    aunt: Person
    uncle: Person
    secretary: Person
    deputy: Person
    officer: Person
    second: Person
    discipline: Person
    code: DoorCode


@pytest.fixture
def town(database: Engine) -> Iterator[Town]:
    with clock.fixed(THURSDAY):
        place = builders.a_township()
        yield Town(
            place,
            builders.a_person(place.microgrid),
            builders.a_person(place.microgrid),
            builders.a_person(place.village, Role.VILLAGE),
            builders.a_person(place.village, Role.VILLAGE),
            builders.a_person(place.township, Role.TOWNSHIP),
            builders.a_person(place.township, Role.TOWNSHIP),
            builders.a_person(place.township, Role.DISCIPLINE),
            builders.a_code(builders.a_household(place.microgrid)),
        )


def a_case(town: Town, **overrides: object) -> Case:
    assert town.code.household is not None
    case = builders.a_case(town.code.household, code_id=town.code.id, **overrides)
    contents.new_key(case)
    db.session.flush()
    return case


def reported(town: Town) -> Case:
    """A case the aunt has responded to, visited and reported back on."""
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    worklist.visit(case, town.aunt, town.code)
    worklist.report_back(case, town.aunt, outcome=Outcome.RESOLVED, words="清好了。")
    return case


def at(hours: float) -> AbstractContextManager[None]:
    return clock.fixed(THURSDAY + timedelta(hours=hours))


def events(case: Case) -> list[Action]:
    return list(db.session.scalars(select(CaseEvent.action).where(CaseEvent.case_id == case.id).order_by(CaseEvent.n)))


def test_every_action_has_a_row_and_somebody_who_may_do_it() -> None:
    assert set(TABLE) == set(Action) == set(WHO)
    assert all(TABLE[action] and WHO[action] for action in Action)


def test_every_status_can_be_reached_and_left() -> None:
    moves = {(before, after) for row in TABLE.values() for before, targets in row.items() for after in targets}
    for status in Status:
        assert any(after is status and before is not status for before, after in moves), f"{status} is never reached"
        assert any(before is status and after is not status for before, after in moves), f"{status} is never left"


def test_nobody_but_the_villager_the_timer_or_a_reasoned_decline_or_merge_leads_to_closed() -> None:
    closing = {
        action for action, row in TABLE.items()
        for before, targets in row.items() if Status.CLOSED in targets and before is not Status.CLOSED
    }
    assert closing == {Action.CONFIRM, Action.WITHDRAW, Action.CLOSE, Action.DECLINE, Action.MERGE}
    assert WHO[Action.CONFIRM] == WHO[Action.WITHDRAW] == {Who.VILLAGER}
    assert WHO[Action.CLOSE] == {Who.SYSTEM}


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.SUBMIT])
@pytest.mark.parametrize("status", list(Status))
def test_an_action_goes_where_the_table_says_or_is_refused_with_nothing_written(
    town: Town, action: Action, status: Status
) -> None:
    owner = town.aunt.id if status not in {Status.NEW, Status.ASSIGNED} else None
    case = a_case(town, status=status, owner_id=owner)
    before = len(events(case))
    targets = TABLE[action].get(status, ())
    if not targets:
        with pytest.raises(Conflict):
            workflow.record(case, action, town.aunt)
        assert case.status is status
        assert len(events(case)) == before
    for target in targets[:1]:
        event = workflow.record(case, action, town.aunt, to=target)
        assert (case.status, event.status, event.n) == (target, target, before + 1)


def test_nothing_is_recorded_without_the_turn_to_write(town: Town) -> None:
    case = a_case(town)
    db.session.commit()
    with pytest.raises(RuntimeError):
        workflow.record(case, Action.NOTE, town.aunt)


def test_the_first_to_respond_owns_it_and_the_second_is_told_who_was_quicker(town: Town) -> None:
    case = a_case(town)
    seen = case.events_count
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    assert case.owner_id == town.aunt.id
    with pytest.raises(Conflict, match=town.aunt.name):
        workflow.require_unchanged(case, seen)
    with pytest.raises(Conflict):
        worklist.respond(case, town.uncle, contact=Contact.PHONE)


def test_her_added_words_do_not_spoil_what_a_guardian_is_doing(town: Town) -> None:
    case = a_case(town)
    seen = case.events_count
    closure.add(case, words="还有一处也漏。")
    workflow.require_unchanged(case, seen)


def test_help_needs_a_visit_or_a_written_reason_before_the_answer(town: Town) -> None:
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    with pytest.raises(Refusal, match="上门"):
        worklist.report_back(case, town.aunt, outcome=Outcome.RESOLVED, words="好了。")
    worklist.report_back(case, town.aunt, outcome=Outcome.RESOLVED, words="好了。", why_no_visit="她在外地。")
    assert [piece.text for piece in contents.words(case, {Audience.HER})] == ["好了。"]


def test_a_visit_is_only_counted_at_her_own_door(town: Town) -> None:
    case = a_case(town)
    other = builders.a_code(builders.a_household(town.place.microgrid))
    with pytest.raises(Refusal):
        worklist.visit(case, town.aunt, other)


def test_a_visit_she_denies_does_not_count(town: Town) -> None:
    case = a_case(town)
    visit = worklist.visit(case, town.aunt, town.code)
    assert case.owner_id == town.aunt.id
    visited_at = case.visited_at
    assert visited_at is not None
    closure.witness(case, of_n=visit.n, yes=False)
    assert case.visited_at is None
    with pytest.raises(Conflict):
        closure.witness(case, of_n=visit.n, yes=True)


def test_silence_closes_after_seven_days_as_unconfirmed(town: Town) -> None:
    case = reported(town)
    with at(24 * 7 - 1):
        assert closure.close_silent() == 0
    with at(24 * 7):
        assert closure.close_silent() == 1
    assert case.status is Status.CLOSED
    assert case.is_unconfirmed
    assert case.answer is None


def test_her_word_after_the_answer_starts_the_seven_days_again(town: Town) -> None:
    case = reported(town)
    with at(24 * 5):
        closure.add(case, words="我看看再说。")
    with at(24 * 7):
        assert closure.close_silent() == 0
    with at(24 * 12):
        assert closure.close_silent() == 1


def test_a_late_yes_makes_an_unconfirmed_case_confirmed(town: Town) -> None:
    case = reported(town)
    with at(24 * 8):
        closure.close_silent()
    with at(24 * 9):
        closure.confirm(case, says=Answer.SOLVED)
    assert not case.is_unconfirmed
    with at(24 * 60), pytest.raises(Conflict):
        closure.confirm(case, says=Answer.SOLVED)


def test_accepted_is_only_offered_when_it_was_not_resolved(town: Town) -> None:
    case = reported(town)
    with pytest.raises(Refusal):
        closure.confirm(case, says=Answer.ACCEPTED)
    assert case.status is Status.REPORTED_BACK


def test_a_dispute_goes_one_level_up_to_somebody_else_on_the_original_clock(town: Town) -> None:
    case = reported(town)
    original = case.handling_due_original_at
    with at(30):
        closure.dispute(case, words="没有弄好。")
    assert case.status is Status.ASSIGNED
    assert case.team.area_code == town.place.village.code
    assert case.area_code == town.place.microgrid.code
    assert (case.owner_id, case.reported_at) == (None, None)
    assert case.handling_due_original_at == original
    assert case.handling_due_at > original
    worklist.respond(case, town.secretary, contact=Contact.PHONE)


def test_at_the_top_a_dispute_goes_to_another_officer_and_onto_the_discipline_list(town: Town) -> None:
    case = reported(town)
    closure.dispute(case)
    worklist.respond(case, town.secretary, contact=Contact.PHONE)
    worklist.visit(case, town.secretary, town.code)
    worklist.report_back(case, town.secretary, outcome=Outcome.RESOLVED, words="好了。")
    closure.dispute(case)
    worklist.respond(case, town.officer, contact=Contact.PHONE)
    worklist.report_back(case, town.officer, outcome=Outcome.EXPLAINED, words="讲清楚了。")
    third = closure.dispute(case, words="还是没好。")
    assert case.status is Status.REPORTED_BACK
    assert third.answer is Answer.NOT_SOLVED
    with at(24 * 8):
        closure.close_silent()
    assert not case.is_unconfirmed


def test_after_a_dispute_the_new_owner_is_never_the_old_one(town: Town) -> None:
    case = a_case(town, team=builders.team_of(town.place.township))
    worklist.respond(case, town.officer, contact=Contact.PHONE)
    worklist.report_back(case, town.officer, outcome=Outcome.EXPLAINED, words="讲了。", why_no_visit="电话里说清了。")
    closure.dispute(case)
    assert case.is_on_discipline_list
    with pytest.raises(Forbidden):
        worklist.respond(case, town.officer, contact=Contact.PHONE)
    worklist.respond(case, town.second, contact=Contact.PHONE)


def test_waiting_for_her_answer_moves_the_handling_due_and_never_the_response_due(town: Town) -> None:
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    due, response_due = case.handling_due_at, case.response_due_at
    worklist.ask(case, town.aunt, words="是哪一段？")
    assert case.next_due_at is not None
    assert case.next_due_at > due
    with at(24):
        closure.answer(case, words="桥边。")
    assert clock.local(case.handling_due_at).isoformat() == "2026-11-25T17:30:00+08:00"  # one close of office later
    assert case.response_due_at == response_due


def test_only_one_question_is_open_at_a_time(town: Town) -> None:
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    worklist.ask(case, town.aunt, words="是哪一段？")
    with pytest.raises(Conflict):
        worklist.ask(case, town.aunt, words="几时？")
    worklist.report_back(case, town.aunt, outcome=Outcome.RESOLVED, words="好了。", why_no_visit="在电话里说的。")
    assert events(case)[-1] is Action.REPORT_BACK
    closure.answer(case, words="晚了一点：桥边。")
    assert events(case)[-1] is Action.ADD


def test_follow_up_is_by_somebody_who_never_touched_the_case_and_is_not_by_her(town: Town) -> None:
    case = reported(town)
    closure.dispute(case)
    worklist.respond(case, town.secretary, contact=Contact.PHONE)
    worklist.report_back(case, town.secretary, outcome=Outcome.RESOLVED, words="好了。")
    with pytest.raises(Forbidden):
        closure.follow_up(case, town.secretary, says=Answer.SOLVED, words="", consents=True)
    with pytest.raises(Refusal):
        closure.follow_up(case, town.officer, says=Answer.SOLVED, words="", consents=False)
    event = closure.follow_up(case, town.officer, says=Answer.SOLVED, words="电话里她说好了。", consents=True)
    assert not event.by_her
    assert case.status is Status.REPORTED_BACK


def test_merging_keeps_both_receipts_and_her_objection_takes_it_out_above_the_merging_team(town: Town) -> None:
    main, case = a_case(town), a_case(town)
    closure.merge(case, town.secretary, main, words="是同一件事。")
    assert case.outcome is Outcome.MERGED
    with pytest.raises(Conflict):
        closure.merge(main, town.secretary, case, words="倒过来。")
    closure.dispute(case, words="不是一回事。")
    assert case.status is Status.ASSIGNED
    assert case.team.area_code == town.place.township.code
    assert case.main_case_id is None


def test_cases_with_other_people_shut_out_are_not_merged(town: Town) -> None:
    main, case = a_case(town), a_case(town)
    recusal.shut_out(main, town.uncle)
    with pytest.raises(Conflict):
        closure.merge(case, town.secretary, main, words="是同一件事。")


def test_withdrawn_and_invalid_cases_cannot_be_disputed(town: Town) -> None:
    case = a_case(town)
    closure.withdraw(case)
    with pytest.raises(Conflict):
        closure.dispute(case)
    other = a_case(town)
    closure.decline(other, town.secretary, outcome=Outcome.INVALID, words="没有写内容。")
    with pytest.raises(Conflict):
        closure.dispute(other)


def test_a_decline_she_objects_to_goes_up(town: Town) -> None:
    case = a_case(town)
    closure.decline(case, town.secretary, outcome=Outcome.DECLINED, words="请找供电所。")
    closure.dispute(case)
    assert case.team.area_code == town.place.township.code


def test_a_longer_due_only_comes_from_above_with_words_to_her(town: Town) -> None:
    case = a_case(town, kind=Kind.ENQUIRY)
    change: dict[str, Any] = {"kind": Kind.SUGGESTION, "category": None, "is_urgent": False}
    with pytest.raises(Forbidden):
        worklist.classify(case, town.aunt, **change, words="她是提建议。")
    with pytest.raises(Refusal):
        worklist.classify(case, town.secretary, **change)
    worklist.classify(case, town.secretary, **change, words="您这是建议，要开会商量。")
    assert case.kind is Kind.SUGGESTION
    assert not case.is_visit_wanted


def test_the_holder_cannot_talk_himself_out_of_the_visit(town: Town) -> None:
    late = THURSDAY + timedelta(days=30)
    case = a_case(town, response_due_at=late, handling_due_original_at=late)
    with pytest.raises(Forbidden, match="上门"):
        worklist.classify(case, town.aunt, kind=Kind.ENQUIRY, category=None, is_urgent=False, words="她只是问。")
    assert case.is_visit_wanted
    assert case.kind is Kind.HELP


def test_whoever_handled_a_case_never_holds_her_new_receipt(town: Town) -> None:
    case = reported(town)
    builders.a_service(town.aunt, town.place.village, Role.VILLAGE)
    closure.dispute(case)
    assert case.owner_id != town.aunt.id
    with pytest.raises(Forbidden):
        closure.reissue_receipt(case, town.aunt)
    assert len(closure.reissue_receipt(case, town.deputy)) == 16


def test_an_absent_owners_cases_are_given_back_and_an_empty_team_passes_them_up(town: Town) -> None:
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    builders.an_absence(town.aunt)
    assert attendance.give_back() == 1
    assert (case.status, case.owner_id) == (Status.ASSIGNED, None)
    builders.an_absence(town.uncle)
    assert attendance.move_up() == 1
    assert case.status is Status.NEW
    assert case.team.area_code == town.place.village.code
    assert attendance.give_back() == attendance.move_up() == 0


def test_routing_asks_the_micro_grid_or_leaves_it_with_the_village(town: Town) -> None:
    case = a_case(town, status=Status.NEW, team=builders.team_of(town.place.village))
    routing.route(case)
    assert (case.status, case.team.area_code) == (Status.ASSIGNED, town.place.microgrid.code)
    marked = a_case(town, status=Status.NEW, team=builders.team_of(town.place.village), is_marked=True)
    routing.route(marked)
    assert marked.status is Status.NEW


def test_what_she_adds_is_no_longer_than_what_she_may_file(town: Town) -> None:
    case = a_case(town)
    closure.add(case, words="长" * closure.MOST_WORDS)
    with pytest.raises(Refusal):
        closure.add(case, words="长" * (closure.MOST_WORDS + 1))


def test_a_dispute_passes_by_a_level_where_only_the_old_owner_is(town: Town) -> None:
    builders.an_absence(town.deputy)
    builders.a_service(town.aunt, town.place.village, Role.VILLAGE)
    builders.an_absence(town.secretary)
    case = a_case(town)
    worklist.respond(case, town.aunt, contact=Contact.PHONE)
    worklist.report_back(case, town.aunt, outcome=Outcome.EXPLAINED, words="讲了。", why_no_visit="电话里说清了。")
    closure.dispute(case)
    assert case.team_id == builders.team_of(town.place.township).id


def test_two_cases_merged_into_each_other_at_once_do_not_both_vanish(town: Town) -> None:
    numbers = (a_case(town).number, a_case(town).number)
    secretary = town.secretary.id
    db.session.commit()
    both_are_held = threading.Barrier(2, timeout=1)

    def merge(into: str, number: str) -> None:
        with clock.fixed(THURSDAY), suppress(Refusal):
            actor = db.session.get_one(Person, secretary)
            case = access.case_or_404(actor, number, for_change=True)
            with suppress(threading.BrokenBarrierError):
                both_are_held.wait()
            closure.merge(case, actor, access.case_or_404(actor, into), words="同一件事。")
            db.session.commit()
        db.session.remove()

    threads = [threading.Thread(target=merge, args=pair) for pair in (numbers, numbers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    closed = db.session.scalars(select(Case).where(Case.number.in_(numbers), Case.closed_at.is_not(None))).all()
    assert len(closed) <= 1
