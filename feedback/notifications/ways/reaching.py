"""连出去: one POST to an address somebody typed, without becoming his hands inside the network.

The name is resolved once, every address it has is checked, and the connection goes to a checked one: what the name
says a moment later does not matter. No redirect is followed, no proxy asked, and of the answer little is read.
"""

import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from feedback.errors import Refusal
from feedback.notifications.ways import handing
from feedback.notifications.ways.faults import BROKEN, BUSY, INTERNAL, MOVED, REFUSED, UNREACHED, UNSURE, Failed
from feedback.words import N_

SECONDS = 5.0
"""For each step: connecting, sending, waiting for the answer."""
MOST_READ = 8 * 1024
"""Bytes of an answer that are looked at."""
TOO_MANY = 429
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NOT_PUBLIC = tuple(ipaddress.ip_network(one) for one in ("fec0::/10", "3fff::/20", "5f00::/16", "192.88.99.0/24"))
"""Site-local (RFC 3879), documentation (RFC 9637), segment routing (RFC 9602) and the 6to4 relay (RFC 7526), which
Python takes for global."""
CLEAN = re.compile(r"[\x21-\x7e]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


def checked(url: str, *, inside: Collection[str]) -> SplitResult:
    """The parts of an address that may be posted to; Refusal with a sentence else. Names are resolved only later."""
    broken = Refusal(N_("地址不对，要以 https:// 开头，中间没有空格"), field="address")
    if not CLEAN.fullmatch(url) or "\\" in url:
        raise broken
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise broken from None
    is_inside = host in inside
    if not host or parts.fragment or parts.scheme not in ({"https", "http"} if is_inside else {"https"}):
        raise broken
    literal = _literal(host)
    is_public = "." in host.strip(".") if literal is None else may_be_reached(literal)
    if not is_inside and not is_public:
        raise Refusal(INTERNAL, field="address")
    return parts


def may_be_reached(address: Address) -> bool:
    """Whether the address lies in the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if int(address) >> 32 == 0:  # ::127.0.0.1, as it was written long ago
            inner.append(ipaddress.IPv4Address(int(address)))
        if not all(one is None or may_be_reached(one) for one in inner):
            return False
        if address.ipv4_mapped is not None or address in NAT64:
            return True
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def post(url: str, body: bytes, headers: Mapping[str, str], *, inside: Collection[str]) -> Answer:
    """Posts and gives the answer of a server that took it. Raises Failed, and Refusal for a broken address."""
    parts = checked(url, inside=inside)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _Pinned(host, port, _resolved(host, port, is_inside=host in inside), is_tls=parts.scheme == "https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        try:
            connection.connect()
            handing.begin()
            connection.request("POST", path, body, {"Content-Type": "application/json; charset=utf-8", **headers})
        except OSError as error:
            raise Failed(UNREACHED, is_hanging=isinstance(error, TimeoutError)) from error
        try:
            response = connection.getresponse()
            answer = Answer(response.status, response.read(MOST_READ))
        except (OSError, http.client.HTTPException) as error:
            raise Failed(UNSURE, is_unsure=True, is_hanging=isinstance(error, TimeoutError)) from error
    finally:
        connection.close()
    _require_taken(answer.status)
    return answer


def _require_taken(status: int) -> None:
    match status // 100:
        case 2:
            return
        case 3:
            raise Failed(MOVED)
        case 4:
            raise Failed(BUSY if status == TOO_MANY else REFUSED)
        case _:
            raise Failed(BROKEN)


def _literal(host: str) -> Address | None:
    """The address that the host itself is, also in the ways in which only old libraries write one (127.1, 0x7f000001);
    None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _resolved(host: str, port: int, *, is_inside: bool) -> str:
    """One address of the host, all of them checked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(UNREACHED) from error
    addresses = [str(one[4][0]) for one in found]
    if not is_inside and not all(may_be_reached(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise Failed(INTERNAL)
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked; a certificate must still be the name's."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address, self._is_tls = address, is_tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), SECONDS)
        handing.through(self.sock)
        if self._is_tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
            handing.through(self.sock)
