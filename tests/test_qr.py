"""二维码: version, level and mask are chosen once and for all, and an independent decoder reads them back."""

from typing import Any

import pytest
import zxingcpp
from PIL import Image

from feedback import qr, tokens

TOKEN = "7K3M9QX2VB4T"
DRAWN = """
    1fcb727f 105f3441 175b855d 174e325d 174baf5d 1046ff41 1fd5557f 000c9f00
    0ec8a506 1a85a479 09cd835a 12138b25 0270cba7 19bb886d 02d520bb 0caa349a
    04d188ea 09ac4090 1452886c 03a3fce4 0ed2fdf4 00180d1a 1fca5754 1059cb10
    174791ff 17540a18 175e8929 10512496 1fcb126a
"""
"""The square of the look's sample plate, row by row: a plate printed today must look like yesterday's."""


def picture(matrix: qr.Matrix, scale: int = 6) -> Image.Image:
    """The square with its quiet zone, in grey."""
    side = matrix.size + 2 * qr.QUIET_ZONE
    modules = Image.new("L", (side, side), color=255)
    for row in range(matrix.size):
        for column in range(matrix.size):
            if matrix.is_dark(row, column):
                modules.putpixel((column + qr.QUIET_ZONE, row + qr.QUIET_ZONE), 0)
    return modules.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def decoded(matrix: qr.Matrix) -> Any:
    (found,) = zxingcpp.read_barcodes(picture(matrix))
    return found


@pytest.mark.parametrize("length", range(4, 19))
def test_a_host_of_up_to_eighteen_characters_stays_at_version_three(length: int) -> None:
    matrix = qr.matrix("https://" + "h" * (length - 3) + ".cn", TOKEN)
    assert matrix.version == 3
    assert matrix.level in (qr.Level.Q, qr.Level.H)


@pytest.mark.parametrize(("base_url", "version", "level"), [
    ("https://h.example.cn", 3, qr.Level.Q),
    ("https://a.cn", 3, qr.Level.H),
    ("https://h.liangnong.gov.cn", 3, qr.Level.Q),
    ("https://hu.liangnong.gov.cn", 4, qr.Level.H),
    ("http://192.168.1.23:8000", 3, qr.Level.Q),
    ("http://192.168.100.100:8000", 4, qr.Level.H),
])
def test_the_smallest_version_at_q_and_h_where_free(base_url: str, version: int, level: qr.Level) -> None:
    matrix = qr.matrix(base_url, TOKEN)
    assert (matrix.version, matrix.level) == (version, level)
    assert matrix.size == 17 + 4 * version


@pytest.mark.parametrize("base_url", [
    "https://h.example.cn", "http://192.168.1.23:8000", "http://localhost:8000", "http://[::1]:8000",
    "https://a-host-of-quite-some-length.liangnong.yuyao.gov.cn:8443",
])
@pytest.mark.parametrize("lower_host", [False, True])
def test_another_decoder_reads_the_same_address_level_and_mask(base_url: str, lower_host: bool) -> None:
    token = tokens.new()
    matrix = qr.matrix(base_url, token, lower_host=lower_host)
    found = decoded(matrix)
    assert found.text == qr.address(base_url, token, lower_host=lower_host)
    assert found.extra["Version"] == str(matrix.version)
    assert found.extra["ECLevel"] == matrix.level
    assert found.extra["DataMask"] == matrix.mask


def test_the_address_is_the_base_url_s_own_with_everything_after_the_scheme_in_upper_case() -> None:
    assert qr.address("https://h.example.cn", TOKEN) == "https://H.EXAMPLE.CN/D/7K3M9QX2VB4T"
    assert qr.address("http://localhost:8000/", TOKEN) == "http://LOCALHOST:8000/D/7K3M9QX2VB4T"
    assert qr.segments("https://h.example.cn", TOKEN) == (b"https://", b"H.EXAMPLE.CN/D/7K3M9QX2VB4T")


def test_a_switch_leaves_the_host_in_lower_case_at_the_price_of_bytes() -> None:
    assert qr.address("https://H.example.cn", TOKEN, lower_host=True) == "https://h.example.cn/D/7K3M9QX2VB4T"
    eighteen = "https://" + "h" * 15 + ".cn"
    assert qr.matrix(eighteen, TOKEN).version == 3
    assert qr.matrix(eighteen, TOKEN, lower_host=True).version == 4
    assert qr.segments("http://10.0.0.7", TOKEN, lower_host=True)[0] == b"http://"


def test_a_host_in_chinese_is_printed_as_the_network_knows_it() -> None:
    assert qr.address("https://户廉码.cn", TOKEN).startswith("https://XN--")


def test_a_port_is_no_part_of_a_name_in_chinese() -> None:
    assert qr.address("https://户廉码.中国:8443", TOKEN) == f"https://XN--WYT49EFT1A.XN--FIQS8S:8443/D/{TOKEN}"
    assert qr.address("http://[::1]:8000", TOKEN) == f"http://[::1]:8000/D/{TOKEN}"


def test_the_runs_are_exactly_the_dark_modules() -> None:
    matrix = qr.matrix("https://h.example.cn", TOKEN)
    painted = {(row, column + step) for row, column, length in matrix.runs() for step in range(length)}
    everywhere = [(row, column) for row in range(matrix.size) for column in range(matrix.size)]
    assert painted == {place for place in everywhere if matrix.is_dark(*place)}


def test_the_same_address_gives_the_same_square_bit_for_bit() -> None:
    matrix = qr.matrix("https://h.example.cn", TOKEN)
    assert (matrix.version, matrix.level, matrix.mask) == (3, qr.Level.Q, 3)
    assert matrix.rows == tuple(int(row, 16) for row in DRAWN.split())


def test_mud_over_a_twelfth_of_the_square_does_not_matter() -> None:
    matrix = qr.matrix("https://h.example.cn", TOKEN)
    grey = picture(matrix)
    grey.paste(128, (14 * 6, 15 * 6, 22 * 6, 23 * 6))
    (found,) = zxingcpp.read_barcodes(grey)
    assert found.text == qr.address("https://h.example.cn", TOKEN)
