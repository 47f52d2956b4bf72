"""成批的方阵: what is made by the thousand is, bit for bit, what `qrcode` makes; another decoder reads it."""

from random import Random
from typing import Any

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode import exceptions, util

from feedback import qr, tokens
from feedback.qr import Level, Mode, Segment, affine, square
from feedback.qr.batch import VERSIONS
from feedback.qr.masks import AT_ONCE, Scores

LEVELS = list(Level)
Payload = tuple[Segment, ...]
CHARACTERS = {Mode.ALPHANUMERIC: util.ALPHA_NUM, Mode.BYTES: bytes(range(256))}


def fits(payload: Payload, version: int, level: Level) -> bool:
    bits = sum(4 + util.length_in_bits(part.mode.value, version) for part in payload)
    bits += sum(8 * len(part.text) if part.mode is Mode.BYTES else (11 * len(part.text) + 1) // 2 for part in payload)
    return bits <= int(util.BIT_LIMIT_TABLE[square.CORRECTION[level]][version])


def drawn_at_random(random: Random, version: int, level: Level, count: int) -> list[Payload]:
    """Payloads of one shape, one to three segments that fit."""
    while True:
        shape = [(random.choice(list(Mode)), random.randint(1, 24 * version)) for _ in range(random.randint(1, 3))]
        like = tuple(Segment(mode, text_at_random(random, mode, length)) for mode, length in shape)
        if fits(like, version, level):
            return [tuple(changed(random, part) for part in like) for _ in range(count)]


def text_at_random(random: Random, mode: Mode, length: int) -> bytes:
    return bytes(random.choices(CHARACTERS[mode], k=length))


def changed(random: Random, part: Segment) -> Segment:
    """Its last five characters are others."""
    kept = max(0, len(part.text) - 5)
    return Segment(part.mode, part.text[:kept] + text_at_random(random, part.mode, len(part.text) - kept))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", LEVELS)
def test_random_payloads_of_every_version_and_level_are_qrcode_s_own(version: int, level: Level) -> None:
    payloads = drawn_at_random(Random(f"{version}{level}"), version, level, count=30)
    made = qr.drawn(payloads, version, level)
    assert list(made) == [square.best(payload, version, level) for payload in payloads]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_points_of_any_modules_under_any_mask_are_qrcode_s_own(version: int) -> None:
    """Of modules that no payload would give too: all alike, long runs, finder patterns side by side."""
    size, random = 17 + 4 * version, Random(version)
    inverted = affine.masks(version, Level.Q, scored=True)
    squares = [modules_at_random(random, size) for _ in range(9)]
    rows = np.array([[int("".join(map(str, row)), 2) for row in modules] for modules in squares], np.uint64)
    scores = Scores(inverted)
    words = np.zeros((scores.lines.words(rows).shape[1], AT_ONCE), np.uint64)
    words[:, :len(squares)] = scores.lines.words(rows).T
    points, best = scores.points(words), scores.best(words)
    for number, row in enumerate(rows):
        under = [unpacked(row ^ mask, size) for mask in inverted]
        expected = [util.lost_point(modules) for modules in under]
        assert points[:, number].tolist() == expected
        assert best[number] == expected.index(min(expected))


def modules_at_random(random: Random, size: int) -> list[list[int]]:
    """Runs and finder-like patterns, along rows or columns; the lower left corner is dark, as it always is."""
    stretches = ["00000", "111111", "10111010000", "00001011101", "01", "110"]
    kinds = [list(map(int, one)) for one in random.sample(stretches, k=random.randint(1, len(stretches)))]
    modules = []
    for _ in range(size):
        row: list[int] = []
        while len(row) < size:
            row += random.choice(kinds)
        start = random.randint(0, len(row) - size)
        modules.append(row[start:start + size])
    if random.random() < 0.5:
        modules = [list(column) for column in zip(*modules, strict=True)]
    modules[-1][0] = 1
    return modules


def unpacked(rows: Any, size: int) -> list[list[bool | None]]:
    return [[digit == "1" for digit in f"{int(row):0{size}b}"] for row in rows]


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Payload], int, Level]:
    version, level = draw(st.sampled_from(VERSIONS)), draw(st.sampled_from(LEVELS))
    lengths = draw(st.lists(st.tuples(st.sampled_from(Mode), st.integers(0, 9)), min_size=1, max_size=4))
    payloads = draw(st.lists(
        st.tuples(*[
            st.lists(st.sampled_from(CHARACTERS[mode]), min_size=length, max_size=length).map(
                lambda text, mode=mode: Segment(mode, bytes(text)))  # type: ignore[misc]
            for mode, length in lengths
        ]),
        min_size=1, max_size=4,
    ))
    return payloads, version, level


@given(batches())
@settings(max_examples=25, deadline=None)
def test_any_segments_of_any_lengths_are_qrcode_s_own(batch: tuple[list[Payload], int, Level]) -> None:
    payloads, version, level = batch
    payloads = [payload for payload in payloads if fits(payload, version, level)]
    made = qr.drawn(payloads, version, level)
    assert list(made) == [square.best(payload, version, level) for payload in payloads]


@pytest.mark.parametrize(("base_url", "version", "level"), [
    ("https://a.cn", 3, Level.H),
    ("https://h.example.cn", 3, Level.Q),
    ("https://hu.liangnong.gov.cn", 4, Level.H),
    ("http://192.168.1.23:8000", 3, Level.Q),
    ("http://[::1]:8000", 3, Level.Q),
    ("https://a-host-of-some-length.liangnong.yuyao.gov.cn", 5, Level.Q),
    ("https://a-host-of-quite-some-length-indeed.huimin.liangnong.yuyao.gov.cn:8443", 6, Level.Q),
])
@pytest.mark.parametrize("lower_host", [False, True])
def test_a_run_is_what_its_plates_are_one_by_one(base_url: str, version: int, level: Level, lower_host: bool) -> None:
    named = [tokens.new() for _ in range(12)]
    made = qr.matrices(base_url, named, lower_host=lower_host)
    assert list(made) == [qr.matrix(base_url, token, lower_host=lower_host) for token in named]
    if not lower_host:
        assert (made.version, made.level) == (version, level)


def test_the_arrays_are_what_they_say() -> None:
    made = qr.matrices("https://h.example.cn", [tokens.new() for _ in range(5)])
    assert (len(made), made.size) == (5, 29)
    assert (made.masks.dtype.name, made.masks.shape) == ("uint8", (5,))
    assert (made.rows.dtype.name, made.rows.shape) == ("uint64", (5, 29))
    assert made[-1] == list(made)[4]
    assert int(made.rows[0, 0]) >> 22 == 0b1111111


def test_what_lies_in_several_portions_is_all_there_and_another_decoder_reads_it() -> None:
    named = [tokens.new() for _ in range(5000)]
    made = qr.matrices("https://h.example.cn", named)
    assert len(made) == len(named)
    for number in (0, 1, 255, 256, 511, 512, 3071, 3072, 3327, 3328, 4999):
        matrix = made[number]
        assert matrix == qr.matrix("https://h.example.cn", named[number])
    wide = 8 * (made.size + 2 * qr.QUIET_ZONE)
    for number in range(0, 5000, 50):
        bits = made.rows[number][:, None] >> np.arange(made.size - 1, -1, -1, dtype=np.uint64) & np.uint64(1)
        grey = np.pad(255 * (1 - bits.astype(np.uint8)), qr.QUIET_ZONE, constant_values=255).repeat(8, 0).repeat(8, 1)
        assert grey.shape == (wide, wide)
        found: Any
        (found,) = zxingcpp.read_barcodes(grey)
        assert found.text == qr.address("https://h.example.cn", named[number])
        assert found.extra["DataMask"] == int(made.masks[number])


def test_no_tokens_are_no_squares() -> None:
    made = qr.matrices("https://h.example.cn", [])
    assert (len(made), made.rows.shape[1]) == (0, made.size)


@pytest.mark.parametrize("length", [6, 9, 11, 13])
def test_tokens_may_be_of_any_one_length(length: int) -> None:
    named = ["".join(Random(number).choices("0123456789abcdefghjkmnpqrstvwxyz", k=length)) for number in range(4)]
    assert list(qr.matrices("https://h.example.cn", named)) == [qr.matrix("https://h.example.cn", one) for one in named]


def test_tokens_of_different_lengths_are_made_where_one_version_and_level_hold_for_all() -> None:
    named = ["7K3M9QX2VB4T", "7K3M9QX2VB4", "7K3M9QX2VB"]
    assert list(qr.matrices("https://h.example.cn", named)) == [qr.matrix("https://h.example.cn", one) for one in named]
    with pytest.raises(ValueError, match="more than one version or level"):
        qr.matrices("https://h.example.cn", ["7K3M9QX2VB4T", "7"])


@pytest.mark.parametrize("version", [7, 12])
def test_larger_squares_come_from_qrcode_itself(version: int) -> None:
    payloads = [(Segment(Mode.BYTES, bytes([65 + number]) * 80),) for number in range(2)]
    made = qr.drawn(payloads, version, Level.M)
    assert list(made) == [square.best(payload, version, Level.M) for payload in payloads]
    assert made.size == made[0].size == 17 + 4 * version


def test_a_character_that_can_t_be_written_is_refused_and_a_payload_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="can not be represented"):
        qr.drawn([(Segment(Mode.ALPHANUMERIC, b"7k3m"),)], 1, Level.Q)
    with pytest.raises(exceptions.DataOverflowError):
        qr.drawn([(Segment(Mode.BYTES, b"x" * 80),)], 1, Level.Q)


def test_what_was_changed_in_one_run_is_not_changed_in_the_next() -> None:
    first = qr.matrices("https://h.example.cn", ["7K3M9QX2VB4T"])
    before = first[0]
    first.rows[:] = 0
    assert qr.matrices("https://h.example.cn", ["7K3M9QX2VB4T"])[0] == before
