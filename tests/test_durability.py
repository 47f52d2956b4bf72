"""耐久: the bench measures what it says: the same damage for every code, and shares with what chance leaves open."""

import numpy as np
import pytest

from bench import durability, scores
from bench.codings import CODINGS
from bench.grades import DAMAGES
from feedback.plates import Form

pytestmark = [pytest.mark.fonts, pytest.mark.skipif(bool(durability.missing()), reason="a library is not there")]


@pytest.fixture(scope="module")
def stand() -> durability.Stand:
    return durability.printed(Form.LABEL, durability.BASE_URL, durability.seeded(2, seed=1), CODINGS, seed=1)


def test_a_new_plate_is_read_by_every_decoder_whatever_its_code(stand: durability.Stand) -> None:
    assert DAMAGES[0].name == "none"
    assert all(all(read) for read in durability.success(stand, DAMAGES[0], 0))


def test_a_seed_gives_the_same_photograph_again_and_each_sample_another(stand: durability.Stand) -> None:
    outdoors = next(each for each in DAMAGES if each.name == "five years outdoors")
    first, again, other = (durability.photographs(stand, outdoors, sample)[0] for sample in (0, 0, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_hides_half_of_a_code_is_too_much_for_all(stand: durability.Stand) -> None:
    ours = stand.plates[0][0].copy()
    ours[:, : ours.shape[1] // 4] = 255
    half = durability.Stand(stand.place, stand.codes, stand.versions, [[ours] * len(CODINGS)], stand.addresses, 1)
    assert not any(any(read) for read in durability.success(half, DAMAGES[0], 0))


def test_shares_and_differences_are_told_with_their_intervals() -> None:
    low, high = scores.wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    ours, theirs = np.ones((50, 3), bool), np.ones((50, 3), bool)
    theirs[:25] = False
    points, low, high = scores.difference(ours, theirs)
    assert points == -50
    assert low < -50 < high
