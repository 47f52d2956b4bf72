"""指标的定义: each figure on the lives of cases that try its edges. No database."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import workflow
from feedback.models.kinds import Action, Answer, Channel, Kind, Outcome, Status
from feedback.stats import Row, Share, Spread, counted
from feedback.stats.definitions import COUNTS, DURATIONS, RATES, Whose
from feedback.stats.facts import SILENT, Exclusion, Facts, Verdict
from feedback.stats.grouping import answering
from feedback.stats.row import nearest_rank, of_group
from tests.stories import LATER, Story


def row(*stories: Story, as_at: str = LATER) -> Row:
    cases = [counted.of(story.facts(as_at)) for story in stories]
    return of_group(("all",), ("合计",), lambda whose: cases)


def share(key: str, *stories: Story, as_at: str = LATER) -> tuple[int, int]:
    found = row(*stories, as_at=as_at).rates[key]
    return found.n, found.of


def test_what_is_not_read_changes_no_status_and_is_spoken_of_by_no_figure() -> None:
    stays = {
        action for action, ways in workflow.TABLE.items() if all(after == (before,) for before, after in ways.items())
    }
    assert stays - {Action.RATE, Action.WITNESS} == SILENT


# ---------------------------------------------------------------- the clocks


@pytest.mark.parametrize(
    ("story", "as_at", "verdict"),
    [
        (Story().assigned().responded("2026-11-03 17:30"), LATER, Verdict.ON_TIME),
        (Story().assigned().responded("2026-11-03 17:31"), LATER, Verdict.LATE),
        (Story().assigned(), LATER, Verdict.LATE),
        (Story().assigned(), "2026-11-03 17:30", Verdict.NOT_YET_DUE),
        (Story().assigned(), "2026-11-03 17:31", Verdict.LATE),
        (Story().assigned().responded("2026-11-02 10:00"), "2026-11-02 12:00", Verdict.NOT_YET_DUE),
        (Story(), LATER, Verdict.LATE),
        # a guardian who is at the door has made contact
        (
            Story().assigned().then(Action.VISIT, "2026-11-02 11:00", Status.IN_PROGRESS, actor_id=7, owner_id=7),
            LATER,
            Verdict.ON_TIME,
        ),
        # released and responded to again: the first contact was the response
        (
            Story()
            .assigned()
            .responded("2026-11-03 10:00")
            .then(Action.RELEASE, "2026-11-03 11:00", Status.ASSIGNED, owner_id=None)
            .responded("2026-11-20 10:00"),
            LATER,
            Verdict.ON_TIME,
        ),
    ],
)
def test_a_response_is_judged_once_its_due_has_passed(story: Story, as_at: str, verdict: Verdict) -> None:
    assert story.facts(as_at).response is verdict


@pytest.mark.parametrize(
    ("story", "as_at", "verdict"),
    [
        (Story().assigned().responded().reported("2026-11-09 17:30"), LATER, Verdict.ON_TIME),
        (Story().assigned().responded().reported("2026-11-09 17:31"), LATER, Verdict.LATE),
        (Story().assigned().responded(), LATER, Verdict.LATE),
        (Story().assigned().responded().reported(), "2026-11-09 17:30", Verdict.NOT_YET_DUE),
        # a further answer is not the first one
        (
            Story().assigned().responded().reported("2026-11-09 09:00").reported("2026-11-10 09:00"),
            LATER,
            Verdict.ON_TIME,
        ),
        # a dispute begins again, under the due that her silence moved
        (Story().assigned().responded().reported().disputed(), LATER, Verdict.LATE),
        (
            Story()
            .assigned()
            .responded()
            .reported("2026-11-09 17:00")
            .disputed("2026-11-11 10:00")
            .responded("2026-11-11 11:00", by=8)
            .reported("2026-11-12 10:00", by=8),
            LATER,
            Verdict.LATE,
        ),
        # a third dispute is her word and moves nothing
        (
            Story().assigned().responded().reported().disputed("2026-11-20 10:00", status=Status.REPORTED_BACK),
            LATER,
            Verdict.ON_TIME,
        ),
        # to be handled anew by somebody unrecused is no reopening
        (
            Story().assigned().responded().reported().then(Action.RECUSE, "2026-11-06 10:00", Status.ASSIGNED),
            LATER,
            Verdict.ON_TIME,
        ),
        # follow-up: not solved
        (
            Story()
            .assigned()
            .responded()
            .reported()
            .silent()
            .then(Action.FOLLOW_UP, "2026-11-12 10:00", Status.ASSIGNED, answer=Answer.NOT_SOLVED, actor_id=9),
            LATER,
            Verdict.LATE,
        ),
    ],
)
def test_a_handling_is_judged_at_the_first_answer_of_its_last_round(story: Story, as_at: str, verdict: Verdict) -> None:
    assert story.facts(as_at).handling is verdict


def test_a_wait_that_moved_the_due_is_honoured() -> None:
    moved = Story("2026-11-02 09:00").assigned().responded()
    moved.then(Action.ASK, "2026-11-03 10:00", handling_due_at=moved.events[0].handling_due_at.replace(day=16))
    assert moved.facts("2026-11-12 10:00").handling is Verdict.NOT_YET_DUE
    assert moved.facts("2026-11-17 10:00").handling is Verdict.LATE


@pytest.mark.parametrize(
    ("ended_at", "response", "handling"),
    [
        ("2026-11-03 09:00", Verdict.NOT_JUDGED, Verdict.NOT_JUDGED),
        ("2026-11-03 17:30", Verdict.NOT_JUDGED, Verdict.NOT_JUDGED),
        ("2026-11-03 17:31", Verdict.LATE, Verdict.NOT_JUDGED),
        ("2026-11-09 17:31", Verdict.LATE, Verdict.LATE),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.WITHDRAWN, Outcome.MERGED, Outcome.DECLINED, Outcome.INVALID])
def test_lateness_is_not_laundered_by_ending_a_case_another_way(
    outcome: Outcome, ended_at: str, response: Verdict, handling: Verdict
) -> None:
    facts = Story().assigned().ended(outcome, ended_at, by=9).facts()
    assert (facts.response, facts.handling) == (response, handling)
    assert not facts.is_counted


def test_an_excluded_case_that_was_on_time_is_in_neither_part_of_the_rate() -> None:
    story = Story().assigned().responded().reported().ended(Outcome.WITHDRAWN, "2026-11-20 10:00")
    assert share("response_on_time", story) == (0, 0)
    assert share("handling_on_time", story) == (0, 0)


def test_a_late_response_stays_late_when_the_case_is_declined_afterwards() -> None:
    story = Story().assigned().responded("2026-11-04 10:00").ended(Outcome.MERGED, "2026-11-05 10:00", by=9)
    assert share("response_on_time", story) == (0, 1)
    assert share("handling_on_time", story) == (0, 0)


def test_not_yet_due_is_shown_apart() -> None:
    stories = [Story().assigned(), Story().assigned().responded()]
    early = row(*stories, as_at="2026-11-02 12:00")
    assert early.rates["response_on_time"] == Share(0, 0)
    assert early.response_not_yet_due == Share(1, 2)
    assert early.handling_not_yet_due == 2
    assert row(*stories).handling_not_yet_due == 0


def test_an_extension_is_told_beside_the_rate() -> None:
    granted = Story().assigned().responded()
    granted.then(Action.NOTE, "2026-11-06 10:00", handling_due_at=granted.events[0].handling_due_at.replace(day=20))
    granted.reported("2026-11-19 10:00")
    assert share("handling_on_time", granted) == (1, 1)
    assert share("handling_on_time_original", granted) == (0, 1)
    assert share("extended", granted) == (1, 1)


# ---------------------------------------------------------------- counting


def test_counted_is_received_without_the_excluded_each_by_its_reason() -> None:
    reasons = {
        Outcome.WITHDRAWN: Exclusion.WITHDRAWN,
        Outcome.MERGED: Exclusion.MERGED,
        Outcome.DECLINED: Exclusion.DECLINED,
        Outcome.INVALID: Exclusion.INVALID,
    }
    told = row(Story().assigned(), *(Story().assigned().ended(one, "2026-11-02 11:00", by=9) for one in reasons))
    assert told.excluded == dict.fromkeys(reasons.values(), 1)
    assert (told.received, told.excluded_in_all, told.counted, told.open) == (5, 4, 1, 1)


def test_what_is_out_of_scope_by_an_answer_is_counted() -> None:
    story = Story().assigned().responded()
    story.then(Action.REPORT_BACK, "2026-11-04 10:00", Status.REPORTED_BACK, outcome=Outcome.OUT_OF_SCOPE)
    assert row(story.silent()).counted == 1


@pytest.mark.parametrize("action", [Action.DISPUTE, Action.UNMERGE])
def test_what_is_taken_out_again_is_counted_again(action: Action) -> None:
    story = Story().assigned().ended(Outcome.MERGED, "2026-11-02 11:00", by=9)
    assert row(story).counted == 0
    assert row(story.then(action, "2026-11-03 11:00", Status.ASSIGNED, by_her=True)).counted == 1
    assert row(story, as_at="2026-11-02 12:00").counted == 0


def test_marked_filings_still_new_are_to_check_and_received() -> None:
    told = row(Story(is_marked=True), Story(is_marked=True).assigned(), Story())
    assert (told.received, told.to_check) == (3, 1)


# ---------------------------------------------------------------- her word


def answered() -> Story:
    return Story().assigned().responded().visited().reported()


@pytest.mark.parametrize(
    ("story", "resolution", "accepted"),
    [
        (answered().confirmed(), (1, 1), (0, 1)),
        (answered().confirmed(answer=Answer.ACCEPTED), (0, 1), (1, 1)),
        (answered().disputed(), (0, 1), (0, 1)),
        (answered().silent(), (0, 0), (0, 0)),
        (answered().silent().confirmed("2026-11-20 10:00"), (1, 1), (0, 1)),
        (answered().confirmed().disputed("2026-11-20 10:00"), (0, 1), (0, 1)),
        (answered().disputed(answer=None), (0, 1), (0, 1)),
        (answered().disputed().ended(Outcome.WITHDRAWN, "2026-11-21 10:00"), (0, 0), (0, 0)),
    ],
)
def test_her_last_word_is_the_answer(story: Story, resolution: tuple[int, int], accepted: tuple[int, int]) -> None:
    assert share("resolution", story) == resolution
    assert share("accepted", story) == accepted


def test_only_the_last_rating_of_a_case_counts_and_four_is_satisfied() -> None:
    stories = [answered().confirmed().rated(one) for one in (1, 2, 3, 4, 5)]
    assert share("satisfaction", *stories) == (2, 5)
    assert share("satisfaction", answered().confirmed().rated(5).rated(1, "2026-11-07 10:00")) == (0, 1)


def test_what_others_wrote_down_for_her_is_told_apart() -> None:
    followed = answered().silent()
    followed.then(Action.FOLLOW_UP, "2026-11-12 10:00", answer=Answer.SOLVED, rating=5, actor_id=9)
    typed = Story(channel=Channel.IN_PERSON).assigned().responded().reported().confirmed().rated(5)
    told = row(followed, typed)
    assert told.rates["resolution"] == Share(0, 0)
    assert told.rates["satisfaction"] == Share(0, 0)
    assert told.rates["participation"] == Share(0, 2)
    assert (told.recorded_answers, told.recorded_ratings) == (2, 2)


def test_a_follow_up_does_not_replace_her_own_word() -> None:
    story = answered().disputed("2026-11-20 10:00", status=Status.REPORTED_BACK).silent("2026-11-28 10:00")
    story.then(Action.FOLLOW_UP, "2026-11-29 10:00", answer=Answer.SOLVED, actor_id=9)
    assert share("resolution", story) == (0, 1)


@pytest.mark.parametrize(
    ("story", "unconfirmed", "participation"),
    [
        (answered().silent(), (1, 1), (0, 1)),
        (answered().silent().rated(2, "2026-11-20 10:00"), (1, 1), (1, 1)),
        (answered().silent().confirmed("2026-11-20 10:00"), (0, 1), (1, 1)),
        (answered().confirmed(), (0, 1), (1, 1)),
        (answered(), (0, 0), (0, 0)),
        # an old dispute does not stand for a word on the new answer
        (
            answered().disputed().responded("2026-11-06 10:00").reported("2026-11-07 10:00").silent(),
            (1, 1),
            (1, 1),
        ),
        # her third dispute does
        (
            answered().disputed("2026-11-06 10:00", status=Status.REPORTED_BACK).silent("2026-11-13 10:00"),
            (0, 1),
            (1, 1),
        ),
        (answered().silent().disputed("2026-11-12 10:00", status=Status.CLOSED), (0, 1), (1, 1)),
        # an officer asked her afterwards: no silence any more, and no taking part of her own
        (
            answered().silent().then(Action.FOLLOW_UP, "2026-11-12 10:00", answer=Answer.SOLVED, actor_id=9),
            (0, 1),
            (0, 1),
        ),
    ],
)
def test_silence_is_unconfirmed_and_never_satisfied(
    story: Story, unconfirmed: tuple[int, int], participation: tuple[int, int]
) -> None:
    assert share("unconfirmed", story) == unconfirmed
    assert share("participation", story) == participation


# ---------------------------------------------------------------- visits and rounds


def witnessed(came: bool) -> Story:
    story = answered()
    return story.then(Action.WITNESS, "2026-11-04 12:00", by_her=True, witnessed=came, of_n=4)


@pytest.mark.parametrize(
    ("story", "visited"),
    [
        (answered().confirmed(), (1, 1)),
        (witnessed(True).confirmed(), (1, 1)),
        (witnessed(False).confirmed(), (0, 1)),
        (witnessed(False).visited("2026-11-04 15:00").confirmed(), (1, 1)),
        (Story().assigned().responded().reported().confirmed(), (0, 1)),
        (answered(), (0, 0)),
        (Story(is_visit_wanted=False).assigned().responded().visited().reported().confirmed(), (0, 0)),
        (Story(kind=Kind.ENQUIRY).assigned().responded().visited().reported().confirmed(), (0, 0)),
        (Story(kind=Kind.HELP).assigned().responded().visited().reported().silent(), (1, 1)),
    ],
)
def test_a_visit_counts_by_the_scan_unless_she_denies_it(story: Story, visited: tuple[int, int]) -> None:
    assert story.events[3].action is not Action.WITNESS
    assert share("visited", story) == visited


@pytest.mark.parametrize(
    ("story", "reopened"),
    [
        (answered().confirmed(), (0, 1)),
        (answered().disputed(), (1, 1)),
        (answered().silent().then(Action.REOPEN, "2026-11-20 10:00", Status.ASSIGNED), (1, 1)),
        (answered().silent().then(Action.FOLLOW_UP, "2026-11-20 10:00", Status.ASSIGNED), (1, 1)),
        (answered().silent().then(Action.FOLLOW_UP, "2026-11-20 10:00", answer=Answer.SOLVED), (0, 1)),
        (Story().assigned().responded(), (0, 0)),
    ],
)
def test_a_dispute_or_a_reopening_makes_another_round(story: Story, reopened: tuple[int, int]) -> None:
    assert share("reopened", story) == reopened


# ---------------------------------------------------------------- whose it is


def test_each_figure_goes_to_whoever_did_it() -> None:
    told = answered().disputed().responded("2026-11-06 10:00", by=8).reported("2026-11-07 10:00", by=8).facts()
    assert answering(told, Whose.RESPONSE) == 7
    assert answering(told, Whose.HANDLING) == answering(told, Whose.CASE) == 8


def test_what_nobody_has_taken_up_belongs_to_the_holding_team() -> None:
    assert [answering(Story().assigned().facts(), whose) for whose in Whose] == [None, None, None]
    again = answered().disputed().facts()
    assert answering(again, Whose.HANDLING) is None
    assert answering(Story().assigned().responded().facts(), Whose.HANDLING) == 7


def test_whoever_declines_answers_for_it_but_not_for_the_lateness_before() -> None:
    facts = Story().assigned().ended(Outcome.DECLINED, "2026-11-20 10:00", by=9).facts()
    assert answering(facts, Whose.CASE) == 9
    assert answering(facts, Whose.RESPONSE) is None


# ---------------------------------------------------------------- numbers


def test_a_rate_needs_five() -> None:
    assert Share(4, 4).rate is None
    assert Share(4, 5).rate == 0.8
    assert Share(4, 5).as_json() == {"n": 4, "of": 5, "rate": 0.8}
    assert Share(0, 0).as_json() == {"n": 0, "of": 0, "rate": None}
    points = Share(9, 10).points_above(Share(4, 5))
    assert points == pytest.approx(10)
    assert Share(9, 10).points_above(Share(4, 4)) is None


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60).map(sorted), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    found = nearest_rank(values, percent)
    assert found in values
    below = [value for value in values if value < found]
    assert 100 * sum(value <= found for value in values) >= percent * len(values)
    assert 100 * len(below) < percent * len(values)


def test_times_are_natural_seconds_from_filing() -> None:
    assert Spread.over([]) == Spread(None, None, 0)
    assert Spread.over(range(10, 0, -1)) == Spread(5, 9, 10)
    told = row(answered().confirmed())
    assert told.durations["response_seconds"] == Spread(3600, 3600, 1)
    assert told.durations["handling_seconds"].median == (2 * 24 + 1) * 3600
    assert told.durations["closing_seconds"].median == (3 * 24 + 1) * 3600


def test_the_composite_is_off_until_weights_are_given() -> None:
    told = row(*(answered().confirmed() for _ in range(5)))
    assert told.composite() is None
    assert told.composite({"resolution": 3, "reopened": 1}) == 0.75
    assert told.composite({"resolution": 1, "satisfaction": 1}) is None


def test_every_figure_is_defined_once_in_words_and_found_in_the_json() -> None:
    keys = [figure.key for figure in (*RATES, *DURATIONS)]
    assert len(keys) == len(set(keys))
    assert all(figure.label and figure.definition for figure in (*RATES, *DURATIONS))
    assert set(row().as_json()) == {"key", *keys, *COUNTS}


MOVES: list[Callable[[Story, str], Story]] = [
    lambda story, when: story.responded(when),
    lambda story, when: story.visited(when),
    lambda story, when: story.reported(when),
    lambda story, when: story.confirmed(when),
    lambda story, when: story.disputed(when),
    lambda story, when: story.silent(when),
    lambda story, when: story.rated(5, when),
    lambda story, when: story.ended(Outcome.WITHDRAWN, when),
    lambda story, when: story.then(Action.REOPEN, when, Status.ASSIGNED),
]


@given(st.lists(st.lists(st.sampled_from(MOVES), max_size=12), max_size=8), st.integers(2, 28))
def test_parts_never_exceed_their_whole_whatever_happens(
    lives: list[list[Callable[[Story, str], Story]]], day: int
) -> None:
    stories = []
    for life in lives:
        story = Story().assigned()
        for hour, move in enumerate(life):
            story = move(story, f"2026-11-{2 + hour:02d} 10:00")
        stories.append(story)
    told = row(*stories, as_at=f"2026-11-{day:02d} 12:00")
    assert told.received == told.counted + told.excluded_in_all
    assert told.counted == told.open + told.closed
    for key, found in told.rates.items():
        assert 0 <= found.n <= found.of <= told.received, key
    response = told.rates["response_on_time"].of + told.response_not_yet_due.of
    assert told.counted <= response <= told.received
    handling = told.rates["handling_on_time"].of + told.handling_not_yet_due
    assert told.counted <= handling <= told.received


def test_facts_are_those_of_the_instant_asked_for() -> None:
    story = (
        answered().disputed().responded("2026-11-06 10:00").reported("2026-11-07 10:00").confirmed("2026-11-08 10:00")
    )
    seen: list[Facts] = [story.facts(f"2026-11-{day:02d} 12:00") for day in (2, 4, 5, 8)]
    assert [facts.last.status for facts in seen] == [
        Status.IN_PROGRESS,
        Status.REPORTED_BACK,
        Status.ASSIGNED,
        Status.CLOSED,
    ]
    assert [facts.answer for facts in seen] == [None, None, Answer.NOT_SOLVED, Answer.SOLVED]
