"""Whoever comes too often waits; nobody is locked out."""

import threading
from datetime import timedelta

import pytest

from feedback import throttle


class Time:
    """A monotonic clock that only sleeping and the test move."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def brake(time: Time) -> throttle.Brake:
    pace = throttle.Pace(free=5, leak=timedelta(seconds=30), longest=3.0)
    return throttle.Brake(pace, monotonic=time.monotonic, sleep=time.sleep)


def test_the_first_few_turns_cost_nothing(brake: throttle.Brake, time: Time) -> None:
    for _ in range(5):
        with brake.turn("a"):
            brake.add("a")
    assert time.slept == []
    assert brake.is_over("a")


def test_further_turns_wait_longer_up_to_a_limit(brake: throttle.Brake, time: Time) -> None:
    for _ in range(30):
        with brake.turn("a"):
            brake.add("a")
    assert time.slept == sorted(time.slept)
    assert time.slept[-1] == 3.0


def test_even_the_worst_guesser_gets_a_turn_in_the_end(brake: throttle.Brake, time: Time) -> None:
    brake.add("a", 1_000_000)
    with brake.turn("a"):
        pass
    assert time.slept == [3.0]


def test_the_count_leaks_away(brake: throttle.Brake, time: Time) -> None:
    brake.add("a", 5)
    time.seconds += 30
    assert brake.level("a") == pytest.approx(4)
    time.seconds += 3600
    assert brake.level("a") == 0


def test_one_key_does_not_slow_another(brake: throttle.Brake, time: Time) -> None:
    brake.add("a", 100)
    with brake.turn("b"):
        pass
    assert time.slept == []


def test_while_a_turn_waits_another_of_the_same_key_is_told_to_press_again() -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waiting.set()
        go_on.wait(5)

    brake = throttle.Brake(throttle.Pace(free=1, leak=timedelta(hours=1), longest=2.0), sleep=sleep)
    brake.add("a", 4)

    def guess() -> None:
        with brake.turn("a"):
            pass

    guesser = threading.Thread(target=guess)
    guesser.start()
    waiting.wait(5)
    with pytest.raises(throttle.TooFast) as refused, brake.turn("a"):
        pass
    with brake.turn("b"):
        pass
    go_on.set()
    guesser.join(5)
    assert refused.value.status == 429
    assert "2 秒" in str(refused.value)
    with brake.turn("a"):
        pass


def test_a_turn_that_fails_gives_its_place_back(brake: throttle.Brake) -> None:
    brake.add("a", 20)
    for _ in range(2):
        with pytest.raises(KeyError), brake.turn("a"):
            raise KeyError


def test_forgotten_keys_bound_the_memory(brake: throttle.Brake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "KEYS_KEPT", 10)
    for number in range(100):
        brake.add(str(number))
    assert len(brake._counts) == 10
    assert brake.level("99") == 1


def test_counting_is_exact_under_threads() -> None:
    brake = throttle.Brake(throttle.Pace(free=10_000, leak=timedelta(days=999), longest=1.0))

    def knock() -> None:
        for _ in range(500):
            brake.add("a")

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert brake.level("a") == pytest.approx(2000, abs=0.01)


@pytest.mark.parametrize(
    ("remote", "key"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
     ("::ffff:192.0.2.7", "192.0.2.7"), (None, "unknown"), ("not an address", "unknown")],
)
def test_an_address_counts_as_its_household_network(remote: str | None, key: str) -> None:
    assert throttle.address(remote) == key
