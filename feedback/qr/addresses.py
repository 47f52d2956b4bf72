"""网址: the address a code says, cut where its way of writing changes.

BASE_URL's scheme is a byte segment, host, port, path and token one alphanumeric segment in upper case: that
keeps version 3 at level Q for hosts of up to 18 characters.
"""

from typing import Final
from urllib.parse import urlsplit

from qrcode import util

DOOR_PATH: Final = "/D/"
BOARD_PATH: Final = "/V/"
"""Where everybody reads a village's board."""


def address(base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH) -> str:
    """The address exactly as the code says it."""
    return b"".join(segments(base_url, token, lower_host=lower_host, path=path)).decode("ascii")


def segments(
    base_url: str, token: str, *, lower_host: bool = False, path: str = DOOR_PATH
) -> tuple[bytes, bytes]:
    """The address in two: what is written as bytes, and what as alphanumeric characters.

    The host joins the bytes where it is wanted in lower case, or holds a character (IPv6's brackets) that
    the alphanumeric set lacks.
    """
    parts = urlsplit(base_url)
    scheme = f"{parts.scheme}://".encode("ascii")
    host = b":".join(each.encode("idna") for each in parts.netloc.split(":"))  # a port is no part of a name
    where = f"{path}{token}".upper().encode("ascii")
    wanted = host.lower() if lower_host else host.upper()
    if set(wanted) <= set(util.ALPHA_NUM):
        return scheme, wanted + where
    return scheme + wanted, where
