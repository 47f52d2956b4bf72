"""发现: titles say what the table shows, with its numbers."""

from feedback.models.kinds import Answer
from feedback.stats import Row, counted, findings
from feedback.stats.row import of_group
from tests.stories import Story


def row(*stories: Story, name: str = "湖东村") -> Row:
    cases = [counted.of(story.facts()) for story in stories]
    return of_group((name,), (name,), lambda whose: cases)


def handled(n: int, late: int = 0, answer: Answer | None = Answer.SOLVED) -> list[Story]:
    told = []
    for place in range(n):
        story = Story().assigned().responded().reported("2026-11-10 10:00" if place < late else "2026-11-04 10:00")
        told.append(story.confirmed("2026-11-12 10:00", answer) if answer else story.silent("2026-11-20 10:00"))
    return told


def test_the_headline_compares_and_says_what_villagers_say() -> None:
    mixed = [*handled(8), *handled(2, answer=Answer.NOT_SOLVED)]
    assert str(findings.headline(row(*mixed), row(*handled(10, late=5)), "上期")) == (
        "办得比上期准时，但回了话的每 5 件里，有一件说没解决"
    )
    assert str(findings.headline(row(*handled(10, late=5)), row(*handled(10)), "上期")) == "办得不如上期准时"
    assert str(findings.headline(row(*handled(10)), row(*handled(10)), " 9 月")) == "办得和 9 月一样准时"


def test_too_few_cases_make_no_headline_of_rates() -> None:
    assert str(findings.headline(row(*handled(5, answer=Answer.NOT_SOLVED), *handled(10)), row(), "上期")) == (
        "回了话的每 3 件里，有一件说没解决"
    )
    assert str(findings.headline(row(*handled(3)), row(), "上期")) == "受理 3 件，还不够比较"
    content = findings.headline(row(*handled(5, answer=Answer.ACCEPTED)), row(), "上期")
    assert str(content) == "回了话的 5 件里，5 件说没解决"


def test_late_cases_are_placed_where_most_of_them_are() -> None:
    east, south, north = row(*handled(6, late=5), name="湖东"), row(*handled(6, late=3), name="岭头"), row(*handled(6))
    assert str(findings.late_by_place([north, east, south])) == "晚办 8 件，其中 5 件在湖东"
    assert str(findings.late_by_place([north])) == "没有晚办的"
    even = [row(*handled(6, late=1), name=name) for name in "甲乙丙丁戊"]
    assert str(findings.late_by_place(even)) == "晚办 5 件，分散在 5 处"


def test_what_is_booked_in_the_township_itself_is_not_placed_in_the_township() -> None:
    own, east, south = row(*handled(6, late=5), name="梁弄镇"), row(*handled(6, late=4), name="湖东"), row(*handled(6))
    assert str(findings.late_by_place([own, east, south], own="梁弄镇")) == "晚办 9 件，分散在 2 处"
    assert str(findings.late_by_place([own, east], own="湖东")) == "晚办 9 件，其中 5 件在梁弄镇"


def test_silence_is_told_with_the_kind_it_is_most_common_in() -> None:
    silent, spoken = handled(5, answer=None), handled(5)
    told = findings.unconfirmed(row(*silent, *spoken), [row(*silent, name="投诉"), row(*spoken, name="咨询")])
    assert str(told) == "办结 10 件，5 件没等到村民一句话，投诉的比例最高"
    assert str(findings.unconfirmed(row(*spoken), [row(*spoken)])) == "办结 5 件，0 件没等到村民一句话"
    assert str(findings.unconfirmed(row(), [])) == "还没有办结的"
    alike = [row(*silent, name=name) for name in ("投诉", "求助")]
    assert str(findings.unconfirmed(row(*silent, *silent), alike)) == "办结 10 件，10 件没等到村民一句话"


def test_the_present_is_told_even_when_there_is_nothing_to_tell() -> None:
    assert str(findings.overdue_places([0, 2, 5, 0], 7)) == "超期 7 件，在 2 个微网格"
    assert str(findings.overdue_places([0], 0)) == "现在没有超期的"
    assert str(findings.slowest(19)) == "最慢的一件等了 19 天，还没有结果"
    assert str(findings.slowest(None)) == "现在没有在办的"


def test_what_came_in_is_told_as_a_part_of_what_came_before() -> None:
    assert str(findings.received(138, 107, " 9 月")) == "比 9 月多 29%"
    assert str(findings.received(80, 107, "上期")) == "比上期少 25%"
    assert str(findings.received(1000, 1001, "上期")) == "和上期差不多"
    assert str(findings.received(3.0, 1.5, " 10 月", a_day=True)) == "每天比 10 月多 100%"


def test_matters_are_told_by_which_comes_most_and_which_is_late() -> None:
    lamps, water = row(*handled(6, late=1), name="路灯"), row(*handled(4, late=3), name="水渠")
    assert str(findings.categories([water, lamps])) == "“路灯”最多，6 件"
    assert str(findings.late_categories([water, lamps])) == "晚办最多的是“水渠”，3 件"
    assert str(findings.late_categories([row(*handled(2), name="路灯")])) == "没有晚办的"
    assert str(findings.categories([])) == str(findings.categories([row()])) == "还没有归好类的"


def test_no_matter_is_put_before_one_that_is_as_common_or_as_late() -> None:
    lamps, water = row(*handled(4, late=1), name="路灯"), row(*handled(4, late=1), name="水渠")
    assert str(findings.categories([lamps, water])) == "“路灯”等 2 类最多，各 4 件"
    assert str(findings.late_categories([lamps, water])) == "晚办的分散在 2 类"


def test_what_is_overdue_above_the_micro_grids_is_never_left_out() -> None:
    assert str(findings.overdue_places([0, 2, 5], 8)) == "超期 8 件，其中 1 件记在村里或镇里，其余在 2 个微网格"
    assert str(findings.overdue_places([0], 3)) == "超期 3 件，都记在村里或镇里"
    assert str(findings.overdue_places([4], 4, is_wide=True)) == "超期 4 件，在 1 个村社"


def test_the_ladder_is_told_by_the_highest_rung_that_was_reached() -> None:
    assert str(findings.rungs([9, 3, 2, 1, 4])) == "4 件超期一个工作日，已经报到镇街"
    assert str(findings.rungs([9, 3, 2, 1, 0])) == "1 件超期，已经报到上一级"
    assert str(findings.rungs([9, 3, 2, 0, 0])) == "没有超期的，2 件快到期"
    assert str(findings.rungs([9, 3, 0, 0, 0])) == "没有快到期的，3 件时间过半"
    assert str(findings.rungs([9, 0, 0, 0, 0])) == "在办 9 件，时间都还没过半"
    assert str(findings.rungs([0, 0, 0, 0, 0])) == "现在没有在办的"


def again(n: int, *, of: int, name: str = "") -> Row:
    """A row in which so many of the cases are repeats."""
    stories = [Story() for _ in range(of)]
    cases = [counted.of(story.facts()) for story in stories]
    cases = [case._replace(marks=case.marks | (counted.REPEATED if at < n else 0)) for at, case in enumerate(cases)]
    return of_group((name,), (name,), lambda whose: cases)


def test_repeats_are_placed_only_where_one_place_has_most_of_them() -> None:
    east, south = again(3, of=6, name="湖东"), again(1, of=4, name="岭头")
    assert str(findings.repeats(again(4, of=10), [south, east])) == "4 件是同一户为同一类事再来，湖东最多"
    assert str(findings.repeats(again(3, of=10), [again(0, of=4), east])) == "3 件是同一户为同一类事再来，都在湖东"
    assert str(findings.repeats(again(6, of=12), [east, east])) == "6 件是同一户为同一类事再来"
    assert str(findings.repeats(again(0, of=9), [south])) == "没有人为同一类事再来"


def test_loads_name_nobody() -> None:
    assert str(findings.loads([5, 2, 1], 3)) == "3 人手上有 8 件，最多的一人 5 件；还有 3 件没有人接"
    assert str(findings.loads([5], 0)) == "1 人手上有 5 件，最多的一人 5 件"
    assert str(findings.loads([], 3)) == "3 件还没有人接"
    assert str(findings.loads([], 0)) == "现在没有在办的"


def test_the_busiest_month_is_named() -> None:
    assert str(findings.busiest([("2026 年 8 月", 183), ("2026 年 9 月", 107)])) == "2026 年 8 月受理最多，183 件"
    assert str(findings.busiest([])) == str(findings.busiest([("2026 年 8 月", 0)])) == "还没有受理过"
