"""接口: a signed POST to a gateway: somebody's own (浙政钉 and the like), or the installation's for SMS.

The receiver checks `X-HLM-Signature: sha256=…`, the HMAC-SHA256 of "timestamp.body" under the shared key, with
`X-HLM-Timestamp` in seconds since 1970, and knows a message again by `X-Message-Id`.
"""

import json
import re
from collections.abc import Mapping

from feedback import clock, phones, sealing
from feedback.errors import Refusal
from feedback.notifications.ways import reaching
from feedback.words import N_

KEY = re.compile(r"[A-Za-z0-9._~-]{16,100}")
LONGEST_SMS = 200
"""Characters; of a longer text only the title is sent."""


def check(address: str, *, inside: tuple[str, ...]) -> str:
    """A gateway's address with the signing key before the @; Refusal else."""
    parts = reaching.checked(address, inside=inside)
    if parts.password is not None or not KEY.fullmatch(parts.username or ""):
        raise Refusal(N_("地址里要有签名口令（16 位以上的字母和数字）：https://口令@主机/路径"), field="address")
    return address


def check_number(number: str) -> str:
    """A mobile number as it is kept; Refusal else."""
    number = phones.plain(number)
    if not phones.MOBILE.fullmatch(number):
        raise Refusal(phones.trouble_with(number) or N_("短信要发到手机，请写手机号"), field="address")
    return number


def send(address: str, *, title: str, text: str, link: str, message_id: str, inside: tuple[str, ...]) -> None:
    """Raises Failed."""
    parts = reaching.checked(address, inside=inside)
    url = address.replace(f"//{parts.username}@", "//", 1)
    content = {"id": message_id, "title": title, "text": text, "link": link}
    _post(url, parts.username or "", content, inside=inside)


def send_sms(gateway: str, key: str, number: str, *, title: str, text: str, link: str, message_id: str,
             inside: tuple[str, ...]) -> None:
    """Raises Failed."""
    words = text if len(text) <= LONGEST_SMS else title
    content = {"id": message_id, "to": number, "text": f"{words} {link}".strip()}
    _post(gateway, key, content, inside=inside)


def _post(url: str, key: str, content: Mapping[str, str], *, inside: tuple[str, ...]) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    timestamp = str(int(clock.now().timestamp()))
    signature = sealing.mac(key.encode(), f"{timestamp}.".encode() + body).hex()
    reaching.post(url, body, {
        "X-Message-Id": content["id"], "X-HLM-Timestamp": timestamp, "X-HLM-Signature": f"sha256={signature}",
    }, inside=inside)
