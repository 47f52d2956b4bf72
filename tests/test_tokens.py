"""门码: every slip a person makes in typing a code is noticed, and none of hers is held against her."""

import re

from hypothesis import given
from hypothesis import strategies as st

from feedback import tokens

SOME = [tokens.new() for _ in range(8)]
PAYLOADS = st.lists(st.integers(0, 31), min_size=11, max_size=11)


def token_of(values: list[int]) -> str:
    return "".join(tokens.ALPHABET[value] for value in [*values, tokens._check(values)])


def test_a_new_token_is_twelve_characters_of_the_alphabet_and_valid() -> None:
    for _ in range(200):
        token = tokens.new()
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", token)
        assert tokens.is_valid(token)
        assert tokens.normalise(token) == token


def test_every_place_takes_every_character_over_time() -> None:
    drawn = [tokens.new() for _ in range(2000)]
    for place in range(tokens.LENGTH):
        assert {token[place] for token in drawn} == set(tokens.ALPHABET)


def test_the_check_is_linear_so_that_slips_can_be_proved_by_their_difference() -> None:
    """check(a ⊕ b) = check(a) ⊕ check(b): whether an error is noticed depends on the error alone."""
    units = [[1 << bit if place == at else 0 for place in range(11)] for at in range(11) for bit in range(5)]
    for one in units:
        for other in units:
            both = [a ^ b for a, b in zip(one, other, strict=True)]
            assert tokens._check(both) == tokens._check(one) ^ tokens._check(other)


def test_every_single_slip_is_noticed() -> None:
    for token in SOME:
        for place in range(tokens.LENGTH):
            for wrong in tokens.ALPHABET:
                slipped = token[:place] + wrong + token[place + 1:]
                assert tokens.is_valid(slipped) is (wrong == token[place])


def test_every_exchange_of_any_two_places_is_noticed() -> None:
    """All pairs of places and of characters, on a token that is zero elsewhere; by linearity on any."""
    for first in range(tokens.LENGTH):
        for second in range(first + 1, tokens.LENGTH):
            for one in range(32):
                for other in range(one + 1, 32):
                    change = ["0"] * tokens.LENGTH
                    change[first] = change[second] = tokens.ALPHABET[one ^ other]
                    assert not tokens.is_valid("".join(change))


@given(PAYLOADS, st.integers(0, 11), st.integers(0, 11))
def test_an_exchange_in_a_real_token_is_noticed(values: list[int], first: int, second: int) -> None:
    token = token_of(values)
    moved = list(token)
    moved[first], moved[second] = moved[second], moved[first]
    assert tokens.is_valid("".join(moved)) is (token[first] == token[second])


@given(PAYLOADS)
def test_a_token_is_understood_however_it_is_written(values: list[int]) -> None:
    token = token_of(values)
    assert tokens.normalise(tokens.grouped(token)) == token
    assert tokens.normalise(tokens.grouped(token).replace(" ", "-").lower()) == token
    assert tokens.normalise(f"  {token.replace('0', 'o').replace('1', 'l')}\n") == token
    assert tokens.normalise(token.replace("0", "O").replace("1", "i")) == token
    assert tokens.normalise("".join(chr(ord(each) + 0xFEE0) for each in token)) == token


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_a_token_or_nothing(text: str) -> None:
    token = tokens.normalise(text)
    assert token is None or re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", token)
    assert isinstance(tokens.is_valid(text), bool)


def test_what_cannot_be_a_token_is_nothing() -> None:
    for text in ("", "7K3M 9QX2 VB4", "7K3M 9QX2 VB4TT", "7K3M 9QX2 VB4U", "7K3M 9QX2 VB4号", "ß" * 12):
        assert tokens.normalise(text) is None


def test_the_tail_is_four_characters_and_the_groups_lose_nothing() -> None:
    token = SOME[0]
    assert tokens.tail(token) == token[8:]
    assert tokens.grouped(token).replace(" ", "") == token
    assert [len(group) for group in tokens.grouped(token).split()] == [4, 4, 4]
