"""机器人: a message into a group of DingTalk, WeCom or Feishu, by the bot that somebody added there.

Apprise knows these services: what a token may look like, the address behind it, how DingTalk wants it signed. The
post itself is ours: these services answer "200" also when they refuse a message and say so only in the answer's
body, which Apprise does not read. A bot that wants a keyword gets 户廉码: every message holds it.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from feedback.errors import Refusal
from feedback.models.notices import Via
from feedback.notifications.ways import reaching
from feedback.notifications.ways.faults import REFUSED, UNSURE, Failed
from feedback.words import N_

KEYWORD = "户廉码"
HOSTS = {Via.DINGTALK: "oapi.dingtalk.com", Via.WECOM: "qyapi.weixin.qq.com", Via.FEISHU: "open.feishu.cn"}
TOKENS = {
    Via.DINGTALK: re.compile(r"[A-Za-z0-9]{8,200}"),
    Via.WECOM: re.compile(r"[A-Za-z0-9_-]{8,200}"),
    Via.FEISHU: re.compile(r"[A-Za-z0-9_-]{8,200}"),
}
MOST_BYTES = {Via.DINGTALK: 19_000, Via.WECOM: 2_000, Via.FEISHU: 19_000}
"""Of the text, in UTF-8; what is longer would be refused whole."""


def check(via: Via, address: str) -> str:
    """The bot's Webhook address as it is kept (DingTalk's with its signing secret before an @); Refusal else."""
    secret, token = _parts(via, address)
    may_sign = via is Via.DINGTALK and TOKENS[via].fullmatch(secret)
    if not TOKENS[via].fullmatch(token) or (secret and not may_sign):
        raise Refusal(N_("地址不对，请从机器人的设置里复制整个 Webhook 地址"), field="address")
    url = _bot(via, address)[0]
    return url.replace("https://", f"https://{secret}@") if secret else url


def send(via: Via, address: str, *, text: str, link: str, message_id: str, inside: tuple[str, ...]) -> None:
    """Raises Failed. What is too long loses its last lines, never the link."""
    url, signature = _bot(via, address)
    text = text if KEYWORD in text else f"{KEYWORD}\n{text}"
    text = f"{_shortened(text, MOST_BYTES[via] - len(link.encode()) - 1)}\n{link}".strip()
    content: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    if via is Via.FEISHU:
        content = {"msg_type": "text", "content": {"text": text}}
    if signature:
        url += "&" + urlencode(signature)
    body = json.dumps(content).encode()
    answer = reaching.post(url, body, {"X-Message-Id": message_id}, inside=inside)
    try:
        said = json.loads(answer.body)
        code = said.get("errcode", said.get("code", said.get("StatusCode")))
    except (ValueError, AttributeError) as error:
        raise Failed(UNSURE, is_unsure=True) from error
    if code != 0:
        raise Failed(REFUSED)


def _parts(via: Via, address: str) -> tuple[str, str]:
    """Signing secret ('' where there is none) and token, of a whole Webhook address or of a token alone."""
    secret = ""
    if "://" not in address:
        secret, _, token = address.rpartition("@")
        return secret, token
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    if parts.scheme != "https" or parts.hostname != HOSTS[via]:
        return "", ""
    names = {Via.DINGTALK: "access_token", Via.WECOM: "key"}
    if via in names:
        token = parse_qs(parts.query).get(names[via], [""])[0]
    else:
        token = parts.path.rstrip("/").rpartition("/")[2]
    return parts.username or "", token


def _bot(via: Via, address: str) -> tuple[str, dict[str, str]]:
    """The address to post to, and what DingTalk wants added to it where the bot has a signing secret."""
    secret, token = _parts(via, address)
    match via:
        case Via.WECOM:
            return NotifyWeComBot(key=token).api_url, {}
        case Via.FEISHU:
            return NotifyFeishu(token=token).notify_url.format(token=token).rstrip("/"), {}
    bot = NotifyDingTalk(token=token, secret=secret or None)
    url = bot.notify_url.format(token=token)
    if not secret:
        return url, {}
    timestamp, signature = bot.get_signature()
    return url, {"timestamp": timestamp, "sign": unquote(signature)}


def _shortened(text: str, most: int) -> str:
    """Whole lines of it, and a sign that there were more; of a single long line its beginning."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    kept = encoded[: most - 4].decode(errors="ignore")
    return f"{kept.rpartition(chr(10))[0] or kept}\n…"
