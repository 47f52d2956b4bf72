"""What is sealed opens with its own key, at its own place, unchanged, and not otherwise."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import sealing

KEY = bytes(range(32))
PLACE = ("case", 7, 42, "words")


@pytest.fixture
def keys() -> sealing.Keys:
    return sealing.Keys(data_key=b"d" * 32, secret_key="s" * 40)


@pytest.fixture(autouse=True)
def _keys_as_before() -> Iterator[None]:
    before = sealing._keys
    yield
    sealing._keys = before


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_again(plain: bytes) -> None:
    assert sealing.unseal(KEY, sealing.seal(KEY, plain, *PLACE), *PLACE) == plain


def test_every_changed_bit_is_noticed() -> None:
    sealed = sealing.seal(KEY, "路灯坏了".encode(), *PLACE)
    for index in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[index] ^= 1 << bit
            with pytest.raises(sealing.Unsealable):
                sealing.unseal(KEY, bytes(changed), *PLACE)


def test_every_shortened_value_is_noticed() -> None:
    sealed = sealing.seal(KEY, b"words", *PLACE)
    for length in range(len(sealed)):
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(KEY, sealed[:length], *PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [("case", 8, 42, "words"), ("case", 7, 43, "words"), ("case", 7, 42, "phone"), ("draft", 7, 42, "words"),
     ("case", 74, 2, "words"), ("case", "7", "42word", "s"), ("case", 7, 42), ()],
)
def test_a_value_moved_to_another_place_does_not_open(elsewhere: tuple[str | int, ...]) -> None:
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(KEY, sealing.seal(KEY, b"words", *PLACE), *elsewhere)


def test_another_key_does_not_open() -> None:
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(bytes(32), sealing.seal(KEY, b"words", *PLACE), *PLACE)


def test_the_same_words_never_look_the_same() -> None:
    assert sealing.seal(KEY, b"same", *PLACE) != sealing.seal(KEY, b"same", *PLACE)


def test_a_case_key_opens_only_under_its_data_key_and_at_its_case(keys: sealing.Keys) -> None:
    case_key = sealing.new_case_key()
    wrapped = keys.wrap(case_key, "case", "A1")
    assert case_key not in wrapped
    assert keys.unwrap(wrapped, "case", "A1") == case_key
    with pytest.raises(sealing.Unsealable):
        keys.unwrap(wrapped, "case", "A2")
    with pytest.raises(sealing.WrongDataKey):
        sealing.Keys(data_key=b"e" * 32, secret_key="s" * 40).unwrap(wrapped, "case", "A1")


def test_each_purpose_has_a_key_of_its_own(keys: sealing.Keys) -> None:
    made = [keys._wrapping, keys._receipts, keys._forms, keys._register, keys.data_key, keys.secret_key.encode()]
    assert len(set(made)) == len(made)


def test_receipts_outlive_a_change_of_the_secret_key_and_not_of_the_data_key(keys: sealing.Keys) -> None:
    digits = "4827190533647718"
    new_secret = sealing.Keys(data_key=b"d" * 32, secret_key="x" * 40)
    new_data = sealing.Keys(data_key=b"e" * 32, secret_key="s" * 40)
    assert new_secret.receipt_digest(digits) == keys.receipt_digest(digits)
    assert new_data.receipt_digest(digits) != keys.receipt_digest(digits)


def test_personal_data_outside_a_case_opens_at_its_place_only(keys: sealing.Keys) -> None:
    sealed = keys.seal_text("王阿婆", "household", "330281114201", "12号")
    assert keys.unseal_text(sealed, "household", "330281114201", "12号") == "王阿婆"
    with pytest.raises(sealing.Unsealable):
        keys.unseal_text(sealed, "household", "330281114201", "13号")


def test_the_same_photo_has_one_name_in_its_case_and_another_in_another() -> None:
    assert sealing.photo_name(KEY, b"photo") == sealing.photo_name(KEY, b"photo")
    assert sealing.photo_name(KEY, b"photo") != sealing.photo_name(bytes(32), b"photo")
    assert len(sealing.photo_name(KEY, b"photo")) == 64


def test_keys_never_show_in_a_trace(keys: sealing.Keys) -> None:
    assert repr(keys) == "Keys()"


def test_a_short_data_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealing.Keys(data_key=b"short", secret_key="s" * 40)


def test_without_keys_nothing_is_sealed() -> None:
    sealing._keys = None
    with pytest.raises(RuntimeError):
        sealing.keys()
