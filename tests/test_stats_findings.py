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
    assert str(findings.headline(row(*mixed), row(*handled(10, late=5)))) == (
        "办得比上期准时，但回了话的每 5 件里，有一件说没解决"
    )
    assert str(findings.headline(row(*handled(10, late=5)), row(*handled(10)))) == "办得不如上期准时"
    assert str(findings.headline(row(*handled(10)), row(*handled(10)))) == "办得和上期一样准时"


def test_too_few_cases_make_no_headline_of_rates() -> None:
    assert str(findings.headline(row(*handled(5, answer=Answer.NOT_SOLVED), *handled(10)), row())) == (
        "回了话的每 3 件里，有一件说没解决"
    )
    assert str(findings.headline(row(*handled(3)), row())) == "受理 3 件，还不够比较"
    assert str(findings.headline(row(*handled(5, answer=Answer.ACCEPTED)), row())) == ("回了话的 5 件里，5 件说没解决")


def test_late_cases_are_placed_where_most_of_them_are() -> None:
    east, south, north = row(*handled(6, late=5), name="湖东"), row(*handled(6, late=3), name="岭头"), row(*handled(6))
    assert str(findings.late_by_place([north, east, south])) == "晚办 8 件，其中 5 件在湖东"
    assert str(findings.late_by_place([north])) == "没有晚办的"
    even = [row(*handled(6, late=1), name=name) for name in "甲乙丙丁戊"]
    assert str(findings.late_by_place(even)) == "晚办 5 件，分散在 5 处"


def test_silence_is_told_with_the_kind_it_is_most_common_in() -> None:
    silent, spoken = handled(5, answer=None), handled(5)
    told = findings.unconfirmed(row(*silent, *spoken), [row(*silent, name="投诉"), row(*spoken, name="咨询")])
    assert str(told) == "办结 10 件，5 件没等到村民一句话，投诉最多"
    assert str(findings.unconfirmed(row(*spoken), [row(*spoken)])) == "办结 5 件，0 件没等到村民一句话"
    assert str(findings.unconfirmed(row(), [])) == "还没有办结的"


def test_the_present_is_told_even_when_there_is_nothing_to_tell() -> None:
    assert str(findings.overdue_places([0, 2, 5, 0])) == "超期 7 件，在 2 个微网格"
    assert str(findings.overdue_places([0])) == "现在没有超期的"
    assert str(findings.slowest(19)) == "最慢的一件等了 19 天，还没有结果"
    assert str(findings.slowest(None)) == "现在没有在办的"
