"""公开栏的规矩: whoever knows the rules and every board there is still can't tell a number of fewer than five."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import product
from random import Random
from typing import NamedTuple

import pytest

from feedback.models.kinds import Kind
from feedback.stats import marks, public
from feedback.stats.counted import Counted
from feedback.stats.public import Deed, Matters, Said, Side, Told, Word

FILED_AT = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
MATTERS = {1: "路灯", 2: "水渠", 3: "垃圾"}
SMALL = range(1, public.K)


class Kept(NamedTuple):
    """What the board asks of one case."""

    matter: int | None = None
    word: Word = Word.NO_WORD
    is_late: bool = False
    is_late_to_contact: bool = False
    is_due: bool = True
    hours: float | None = 3.0


SAID = (Word.SOLVED, Word.NOT_SOLVED, Word.NO_WORD)
EVERY = [
    Kept(matter, word, is_late, is_late_to_contact)
    for matter, word in product((None, *MATTERS), SAID)
    for is_late, is_late_to_contact in product((False, True), repeat=2)
]


def a_case(kept: Kept) -> Counted:
    keys = {"received", "response_on_time.of"}
    keys |= set() if kept.is_late_to_contact else {"response_on_time.n"}
    if kept.is_due:
        keys |= {"handling_on_time.of"} | (set() if kept.is_late else {"handling_on_time.n"})
    if kept.word is not Word.NO_WORD:
        keys |= {"resolution.of"} | ({"resolution.n"} if kept.word is Word.SOLVED else set())
    seconds = None if kept.hours is None else int(kept.hours * 3600)
    bits = sum(1 << marks.PLACE[key] for key in keys)
    return Counted(0, "330281114201001001", FILED_AT, FILED_AT.date(), 1, Kind.HELP, kept.matter, None, None, None,
                   bits, 0, seconds, seconds, None, None)


def told(kept: Iterable[Kept]) -> Told:
    return public.told(map(a_case, kept), MATTERS)


# ---------------------------------------------------------------- what is told


def test_what_is_large_enough_is_told_as_it_is() -> None:
    cases = [Kept(1, Word.SOLVED)] * 12 + [Kept(2, Word.NOT_SOLVED, True, True)] * 6 + [Kept(None, Word.NO_WORD)] * 7
    assert told(cases) == Told(
        total=25, contacted=Deed(19, 6), answered=Deed(19, 6), contacted_within=4, answered_within=4,
        said=Said(((Word.SOLVED, 12), (Word.NOT_SOLVED, 6), (Word.NO_WORD, 7))),
        matters=Matters((("路灯", 12), ("水渠", 6)), 7),
    )


def test_of_fewer_than_ten_nothing_is_told_not_even_how_many() -> None:
    assert told([Kept()] * 9) == told([]) == Told()
    assert told([Kept()] * 10).total == 10


def test_what_is_not_due_yet_is_not_among_them() -> None:
    assert told([Kept()] * 10 + [Kept(is_due=False, word=Word.SOLVED)] * 20) == told([Kept()] * 10)


@pytest.mark.parametrize(("missed", "expected"), [
    (0, Deed(20, 0)), (1, Deed(few=Side.MISSED)), (4, Deed(few=Side.MISSED)), (5, Deed(15, 5)), (15, Deed(5, 15)),
    (16, Deed(few=Side.DONE)), (19, Deed(few=Side.DONE)), (20, Deed(0, 20)),
])
def test_a_promise_missed_one_to_four_times_is_told_as_fewer_than_five(missed: int, expected: Deed) -> None:
    assert public.deed(20, missed) == expected


@pytest.mark.parametrize(("counts", "expected"), [
    ((20, 3, 14), Said(((Word.SOLVED, 20), (Word.ALL_BUT_SOLVED, 17)))),
    ((20, 14, 0), Said(((Word.SOLVED, 20), (Word.ALL_BUT_SOLVED, 14)))),
    ((20, 2, 2), Said(few=Word.ALL_BUT_SOLVED)),
    ((3, 6, 14), Said(((Word.ANSWERED, 9), (Word.NO_WORD, 14)), few=Word.SOLVED)),
    ((0, 20, 0), Said(few=Word.SOLVED)),
    ((4, 20, 4), Said(few=Word.SOLVED)),
])
def test_a_small_word_is_told_together_with_another(counts: tuple[int, int, int], expected: Said) -> None:
    assert public.said(*counts) == expected


def test_silence_is_never_told_as_a_good_word() -> None:
    for counts in product(range(14), repeat=3):
        found = public.said(*counts)
        assert all(n == counts[0] for word, n in found.parts if word is Word.SOLVED), counts
        assert not (found.few is Word.ALL_BUT_SOLVED and counts[1] + counts[2] >= public.K), counts


def test_matters_are_told_with_enough_others_beside_them() -> None:
    assert public.matters(["路灯"] * 8 + ["水渠"] * 3 + [""] * 2) == Matters((("路灯", 8),), 5)
    assert public.matters(["路灯"] * 8 + ["水渠"] * 6 + ["垃圾"] * 2) == Matters((("路灯", 8),), 8)
    assert public.matters(["路灯"] * 12) == Matters((), 12)


def test_half_of_all_is_told_in_steps_and_what_nobody_answered_counts_as_longest() -> None:
    def within(*hours: float | None) -> int | None:
        return told(Kept(hours=one) for one in hours).answered_within

    assert within(*[0.1] * 10) == 1
    assert within(*[4.1] * 5, *[90.0] * 5) == 8
    assert within(*[25.0] * 6, *[None] * 4) == 48
    assert within(*[1.0] * 4, *[None] * 6) is None


def test_what_was_told_is_read_again_as_it_was() -> None:
    for seed in range(40):
        one = told(Random(seed).choices(EVERY, k=Random(seed).randint(5, 60)))
        assert Told.from_json(one.as_json()) == one


# ---------------------------------------------------------------- who knows the rules


def given_away(boards: Mapping[object, Sequence[Mapping[str, int]]]) -> list[object]:
    """Boards after which a number of one to four is certain: all that could be behind them agree on it."""
    return [
        (board, name) for board, behind in boards.items() for name in behind[0]
        if len({counts[name] for counts in behind}) == 1 and behind[0][name] in SMALL
    ]


def behind_every_board(rule: Callable[..., object], parts: int, upto: int) -> dict[object, list[dict[str, int]]]:
    """What is told → all that could be behind it, of wholes up to so many."""
    found: defaultdict[object, list[dict[str, int]]] = defaultdict(list)
    for counts in product(range(upto), repeat=parts):
        if public.FEWEST <= sum(counts) <= upto:
            names = {f"{place}": n for place, n in enumerate(counts)}
            sums = {"1+2": counts[1] + counts[2], "0+1": counts[0] + counts[1]} if parts == 3 else {}
            found[sum(counts), rule(*counts)].append(names | sums)
    return found


def test_no_part_of_two_can_be_told_from_a_board_and_its_rules() -> None:
    boards = behind_every_board(lambda done, missed: public.deed(done + missed, missed), 2, 60)
    assert not given_away(boards)


def test_no_word_of_three_can_be_told_from_a_board_and_its_rules() -> None:
    assert not given_away(behind_every_board(public.said, 3, 26))


def test_no_matter_can_be_told_from_a_board_and_its_rules() -> None:
    def of(*counts: int) -> Matters:
        names = (*MATTERS.values(), "")
        return public.matters([name for name, n in zip(names, counts, strict=True) for _ in range(n)])

    assert not given_away(behind_every_board(of, 4, 15))


def test_such_an_attack_finds_what_hiding_only_the_small_ones_gives_away() -> None:
    def naive(*counts: int) -> tuple[int | None, ...]:
        return tuple(None if 0 < n < public.K else n for n in counts)

    assert given_away(behind_every_board(naive, 3, 20))


# ---------------------------------------------------------------- who adds and subtracts

Equation = tuple[dict[int, int], int]
"""So many of each kind of case (a place, a month and what the case is) add up to a number."""


def equations(board: Told, offset: int) -> list[Equation]:
    """Every number of a board as a sum over the kinds of cases there are."""
    def over(holds: Callable[[Kept], bool], n: int | None) -> list[Equation]:
        return [] if n is None else [({offset + at: 1 for at, one in enumerate(EVERY) if holds(one)}, n)]

    found = over(lambda one: True, board.total)
    found += over(lambda one: one.is_late, board.answered.missed)
    found += over(lambda one: not one.is_late, board.answered.done)
    found += over(lambda one: one.is_late_to_contact, board.contacted.missed)
    for word, n in board.said.parts:
        found += over(lambda one, word=word: one.word in meant(word), n)  # type: ignore[misc]
    for name, n in board.matters.most:
        found += over(lambda one, name=name: MATTERS.get(one.matter or 0) == name, n)  # type: ignore[misc]
    return found


def meant(word: Word) -> set[Word]:
    several = {Word.ANSWERED: {Word.SOLVED, Word.NOT_SOLVED}, Word.ALL_BUT_SOLVED: {Word.NOT_SOLVED, Word.NO_WORD}}
    return several.get(word, {word})


class Sums:
    """What follows from equations by adding and subtracting them."""

    def __init__(self, known: Iterable[Equation]) -> None:
        self._rows: list[tuple[int, dict[int, Fraction], Fraction]] = []
        for sums, n in known:
            left, total = self._reduced(sums, n)
            if left:
                pivot = min(left)
                row = {key: factor / left[pivot] for key, factor in left.items()}
                self._rows.append((pivot, row, total / left[pivot]))

    def solved(self, wanted: Mapping[int, int]) -> Fraction | None:
        """What a sum of kinds must be; None where the equations do not say."""
        left, total = self._reduced(wanted, 0)
        return None if left else -total

    def _reduced(self, sums: Mapping[int, int], n: int) -> tuple[dict[int, Fraction], Fraction]:
        left, total = {key: Fraction(factor) for key, factor in sums.items()}, Fraction(n)
        for pivot, row, value in self._rows:
            if factor := left.get(pivot):
                left = {key: left.get(key, Fraction()) - factor * row.get(key, Fraction()) for key in left | row}
                total -= factor * value
        return {key: factor for key, factor in left.items() if factor}, total


def asked_for() -> list[Callable[[Kept], bool]]:
    """What the curious would like to know of a month: each matter, each word, each deed, and any two of them."""
    single: list[Callable[[Kept], bool]] = [
        *(lambda one, matter=matter: one.matter == matter for matter in (None, *MATTERS)),
        *(lambda one, word=word: one.word is word for word in SAID),
        lambda one: one.is_late, lambda one: not one.is_late, lambda one: one.is_late_to_contact,
        lambda one: not one.is_late_to_contact,
    ]
    return single + [lambda one, a=a, b=b: a(one) and b(one) for a in single for b in single]


@pytest.mark.parametrize("seed", range(40))
def test_all_boards_side_by_side_give_no_small_number_by_adding_and_subtracting(seed: int) -> None:
    chance = Random(seed)
    known: list[Equation] = []
    months: list[tuple[int, Counter[Kept]]] = []
    for place in range(4):  # two villages, two months: other cases, each
        cases = chance.choices(EVERY, weights=[chance.random() ** 4 for _ in EVERY], k=chance.randint(10, 45))
        known += equations(told(cases), place * len(EVERY))
        months.append((place * len(EVERY), Counter(cases)))
    assert len(known) > 12
    sums = Sums(known)
    for offset, cases_of in months:
        for holds in asked_for():
            wanted = {offset + at: 1 for at, one in enumerate(EVERY) if holds(one)}
            there = sum(n for one, n in cases_of.items() if holds(one))
            assert sums.solved(wanted) is None or there not in SMALL, (seed, offset, there)


def test_such_a_sum_finds_what_a_second_total_would_give_away() -> None:
    cases = [Kept(1, Word.SOLVED)] * 20 + [Kept(2, Word.SOLVED, is_late=True)] * 3
    known = equations(told(cases), 0)
    late = {at: 1 for at, one in enumerate(EVERY) if one.is_late}
    assert Sums(known).solved(late) is None
    known.append(({at: 1 for at, one in enumerate(EVERY) if not one.is_late}, 20))
    assert Sums(known).solved(late) == 3
