"""A receipt is minted for one form at one door, is good for a day, and is read however it was written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import clock, receipts, sealing

NOW = datetime(2026, 11, 19, 1, 42, tzinfo=UTC)
DOOR = "7K3M9QX2VB4T"


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    before = sealing._keys
    sealing.use(sealing.Keys(data_key=b"d" * 32, secret_key="s" * 40))
    yield
    sealing._keys = before


def test_a_form_gives_its_digits_back_at_its_door() -> None:
    with clock.fixed(NOW):
        field = receipts.field_for("0027190533647718", DOOR)
        assert receipts.opened(field, DOOR) == receipts.Form("0027190533647718", NOW)


def test_the_hidden_field_shows_no_digits_and_is_short() -> None:
    field = receipts.field_for("4827190533647718", DOOR)
    assert "4827" not in field
    assert len(field) <= 60
    assert field.replace("-", "").replace("_", "").isalnum()


def test_a_form_of_one_door_is_not_taken_at_another() -> None:
    assert receipts.opened(receipts.mint(DOOR), "7K3M9QX2VB4V") is None


@given(st.text(max_size=80))
def test_nobody_makes_up_a_form(text: str) -> None:
    sealing.use(sealing.Keys(data_key=b"d" * 32, secret_key="s" * 40))
    assert receipts.opened(text, DOOR) is None


def test_every_changed_character_is_noticed() -> None:
    field = receipts.mint(DOOR)
    for index, character in enumerate(field[:-1]):  # the last one carries spare bits
        other = "A" if character != "A" else "B"
        assert receipts.opened(field[:index] + other + field[index + 1 :], DOOR) is None


@pytest.mark.parametrize(
    ("later", "is_good"),
    [(timedelta(0), True), (timedelta(hours=24, seconds=-1), True), (timedelta(hours=24), False),
     (timedelta(days=400), False), (timedelta(minutes=-5), True), (timedelta(hours=-1), False)],
)
def test_a_form_is_good_for_a_day(later: timedelta, *, is_good: bool) -> None:
    with clock.fixed(NOW):
        field = receipts.mint(DOOR)
    with clock.fixed(NOW + later):
        form = receipts.opened(field, DOOR)
        assert form is not None
        assert form.is_good is is_good


def test_no_two_forms_share_a_receipt() -> None:
    forms = [receipts.opened(receipts.mint(DOOR), DOOR) for _ in range(500)]
    assert len({form.digits for form in forms if form}) == 500


@pytest.mark.parametrize(
    "text",
    ["4827190533647718", " 4827 1905 3364 7718 ", "4827-1905-3364-7718", "4827\u30001905\u30003364\u30007718",
     "４８２７１９０５３３６４７７１８", "4827\n1905\n3364\n7718\n", "4827.1905.3364.7718",
     "4827—1905—3364—7718", "\u200e4827 1905 3364 7718", "4827\xa01905\xa03364\xa07718"],
)
def test_a_receipt_is_read_however_it_was_written_down(text: str) -> None:
    assert receipts.parse(text) == "4827190533647718"


@pytest.mark.parametrize(
    "text",
    ["", "482719053364771", "48271905336477180", "4827 1905 3364 771O", "四八二七", "٤٨٢٧١٩٠٥٣٣٦٤٧٧١٨",
     "1" * 5000],
)
def test_what_is_no_receipt_is_nothing(text: str) -> None:
    assert receipts.parse(text) is None


@given(st.integers(0, 10**16 - 1))
def test_groups_read_back_as_the_same_receipt(number: int) -> None:
    digits = f"{number:016d}"
    assert receipts.parse(" ".join(receipts.groups(digits))) == digits


def test_the_database_keeps_a_mac_and_nothing_of_the_digits() -> None:
    kept = receipts.digest("4827190533647718")
    assert len(kept) == 32
    assert kept == receipts.digest("4827190533647718")
    assert kept != receipts.digest("4827190533647719")
