"""送达: real servers that take, refuse, hang and hang up; and addresses that lead where nobody may go."""

import base64
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote

import pytest

import config as settings
from config import Config, ConfigError
from feedback.errors import Refusal
from feedback.models.notices import Via
from feedback.notifications import ways
from feedback.notifications.ways import bots, faults, mail, reaching
from feedback.notifications.ways.faults import Failed
from tests import sink
from tests.sink import Mood

KEY = "a-key-of-sixteen-signs"
MESSAGE = {"title": "户廉码：有一件事要您看", "text": "湖东村有一件求助到了您这里。", "link": "https://h.example.cn/g/cases/1",
           "message_id": "6ffb3a1e-6d5c-4fd0-9f0c-1f9a5c1f7f11"}


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here waits long."""
    monkeypatch.setattr(mail, "SECONDS", 0.5)
    monkeypatch.setattr(reaching, "SECONDS", 0.5)


@pytest.fixture
def postbox(now: datetime, patience: None) -> Iterator[sink.Mailbox]:
    with sink.mail_server() as box:
        using(smtp_url=box.url)
        yield box
    using()


@pytest.fixture
def gateway(now: datetime, patience: None) -> Iterator[sink.Gateway]:
    with sink.gateway() as it:
        it.hangs_for = 1.0
        using(sms_url=f"http://{it.host}/sms", sms_key=KEY, notice_hosts_inside=("127.0.0.1",))
        yield it
    using()


def using(**changed: Any) -> None:
    ways.use(replace(Config(smtp_from="notice@h.example.cn"), **changed))


def sent(via: Via, address: str) -> Failed | None:
    """What went wrong; None where it went out."""
    try:
        ways.send(via, address, **MESSAGE)
    except Failed as failed:
        return failed
    return None


# ---------------------------------------------------------------- mail


def test_a_mail_carries_the_id_the_title_the_text_and_the_link(postbox: sink.Mailbox) -> None:
    assert sent(Via.EMAIL, "zhou@example.cn") is None
    (arrived,) = postbox.mails
    assert arrived["Message-ID"] == f"<{MESSAGE['message_id']}@h.example.cn>"
    assert (arrived["Subject"], arrived["To"]) == (MESSAGE["title"], "zhou@example.cn")
    assert arrived.get_content().splitlines() == [MESSAGE["text"], MESSAGE["link"]]


def test_a_refused_mail_surely_did_not_arrive(postbox: sink.Mailbox) -> None:
    postbox.mood = Mood.REFUSES
    failed = sent(Via.EMAIL, "zhou@example.cn")
    assert failed is not None
    assert (failed.fault, failed.is_unsure, failed.is_hanging) == (faults.NO_MAILBOX, False, False)


def test_a_mailbox_that_has_moved_is_a_mailbox(postbox: sink.Mailbox) -> None:
    postbox.mood = Mood.FORWARDS
    assert sent(Via.EMAIL, "zhou@example.cn") is None
    assert len(postbox.mails) == 1


def test_of_a_mail_that_was_taken_without_a_word_nobody_knows(postbox: sink.Mailbox) -> None:
    postbox.mood = Mood.TAKES_AND_HANGS_UP
    failed = sent(Via.EMAIL, "zhou@example.cn")
    assert failed is not None
    assert failed.is_unsure
    assert len(postbox.mails) == 1


def test_a_mail_server_that_says_nothing_is_left_alone_and_surely_took_nothing(now: datetime, patience: None) -> None:
    with sink.silent_server() as port:
        using(smtp_url=f"smtp://127.0.0.1:{port}")
        failed = sent(Via.EMAIL, "zhou@example.cn")
    using()
    assert failed is not None
    assert (failed.is_unsure, failed.is_hanging) == (False, True)


def test_no_mail_server_at_all_is_no_mystery(now: datetime, patience: None) -> None:
    using(smtp_url=f"smtp://127.0.0.1:{sink.free_port()}")
    failed = sent(Via.EMAIL, "zhou@example.cn")
    using()
    assert failed is not None
    assert (failed.fault, failed.is_unsure, failed.is_hanging) == (faults.UNREACHED, False, False)


def test_a_password_is_not_given_to_a_server_elsewhere_that_does_not_encrypt(
    postbox: sink.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_is_this_machine", lambda host: False)
    using(smtp_url=postbox.url.replace("//", "//notice:secret@"))
    failed = sent(Via.EMAIL, "zhou@example.cn")
    assert failed is not None
    assert (failed.fault, postbox.tries) == (faults.NO_TLS, 0)


def test_whoever_answers_a_byte_at_a_time_is_not_waited_for(
    gateway: sink.Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "LONGEST", 0.3)
    gateway.mood = Mood.HANGS
    failed = sent(Via.SMS, "13800000027")
    assert failed is not None
    assert (failed.is_unsure, failed.is_hanging) == (True, True)
    assert len(gateway.posts) == 1


@pytest.mark.parametrize(("via", "first"), [(Via.EMAIL, b""), (Via.SMS, b"HTTP/1.1 200 OK\r\nX-Endless: ")])
def test_of_a_wait_that_was_given_up_nothing_stays_behind(
    now: datetime, monkeypatch: pytest.MonkeyPatch, via: Via, first: bytes
) -> None:
    monkeypatch.setattr(ways, "LONGEST", 0.2)
    with sink.dripping_server(first) as port:
        using(smtp_url=f"smtp://127.0.0.1:{port}", sms_url=f"http://127.0.0.1:{port}/", sms_key=KEY,
              notice_hosts_inside=("127.0.0.1",))
        assert sent(via, {Via.EMAIL: "zhou@example.cn", Via.SMS: "13800000027"}[via]) is not None
        left = [thread for thread in threading.enumerate() if thread.name == "sending"]
        for thread in left:
            thread.join(2)
        assert not any(thread.is_alive() for thread in left)
    using()


@pytest.mark.parametrize("via", [Via.EMAIL, Via.SMS])
def test_who_waits_for_a_name_has_sent_nothing_and_sends_nothing_afterwards(
    postbox: sink.Mailbox, gateway: sink.Gateway, monkeypatch: pytest.MonkeyPatch, via: Via
) -> None:
    using(smtp_url=postbox.url, sms_url=f"http://{gateway.host}/sms", sms_key=KEY, notice_hosts_inside=("127.0.0.1",))
    resolve, answered = socket.getaddrinfo, threading.Event()

    def slowly(*args: Any, **named: Any) -> Any:
        if threading.current_thread().name == "sending":
            answered.wait(5)
        return resolve(*args, **named)

    monkeypatch.setattr(ways, "LONGEST", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    failed = sent(via, {Via.EMAIL: "zhou@example.cn", Via.SMS: "13800000027"}[via])
    sending = [thread for thread in threading.enumerate() if thread.name == "sending"]
    answered.set()
    for thread in sending:
        thread.join(5)
    assert failed is not None
    assert (failed.fault, failed.is_unsure, failed.is_hanging) == (faults.UNREACHED, False, True)
    assert (postbox.mails, gateway.posts) == ([], [])


@pytest.mark.parametrize("address", ["zhou", "zhou@", "@example.cn", "zhou@example", "a b@example.cn", "a@b..cn",
                                     "zhou@example.cn\nBcc: x@example.cn", "<zhou@example.cn>", "周@example.cn"])
def test_what_is_no_mailbox_is_refused_with_a_sentence(postbox: sink.Mailbox, address: str) -> None:
    with pytest.raises(Refusal):
        ways.check(Via.EMAIL, address)


# ---------------------------------------------------------------- gateways


def test_a_gateway_can_check_who_posts_and_knows_the_message_again(gateway: sink.Gateway) -> None:
    address = ways.check(Via.WEBHOOK, f"http://{KEY}@{gateway.host}/in?a=1")
    assert sent(Via.WEBHOOK, address) is None
    (post,) = gateway.posts
    assert post.path == "/in?a=1"
    assert post.is_signed(KEY)
    assert not post.is_signed("another-key-of-sixteen")
    assert post.headers["x-message-id"] == post.said["id"] == MESSAGE["message_id"]
    assert KEY not in str(post.headers)
    assert {name: post.said[name] for name in ("title", "text", "link")} == {
        name: MESSAGE[name] for name in ("title", "text", "link")
    }


def test_an_sms_goes_signed_to_the_gateway_with_the_number(gateway: sink.Gateway) -> None:
    assert sent(Via.SMS, ways.check(Via.SMS, "138 0000 0027")) is None
    (post,) = gateway.posts
    assert (post.path, post.said["to"]) == ("/sms", "13800000027")
    assert post.is_signed(KEY)
    assert post.said["text"] == f"{MESSAGE['text']} {MESSAGE['link']}"


@pytest.mark.parametrize(("mood", "status", "is_unsure", "is_hanging"), [
    (Mood.REFUSES, 200, False, False),
    (Mood.TAKES, 404, False, False),
    (Mood.TAKES, 429, False, False),
    (Mood.HANGS, 200, True, True),
    (Mood.TAKES_AND_HANGS_UP, 200, True, False),
])
def test_what_a_gateway_does_says_whether_the_message_may_have_arrived(
    gateway: sink.Gateway, mood: Mood, status: int, is_unsure: bool, is_hanging: bool
) -> None:
    gateway.mood, gateway.status = mood, status
    failed = sent(Via.WEBHOOK, f"http://{KEY}@{gateway.host}/in")
    assert failed is not None
    assert (failed.is_unsure, failed.is_hanging) == (is_unsure, is_hanging)


def test_no_redirect_is_followed(gateway: sink.Gateway) -> None:
    gateway.status, gateway.location = 307, f"http://{gateway.host}/elsewhere"
    failed = sent(Via.WEBHOOK, f"http://{KEY}@{gateway.host}/in")
    assert failed is not None
    assert failed.fault == faults.MOVED
    assert [post.path for post in gateway.posts] == ["/in"]


def test_of_a_long_answer_only_the_beginning_is_read(gateway: sink.Gateway) -> None:
    gateway.answer = b"x" * 5_000_000
    answer = reaching.post(f"http://{gateway.host}/in", b"{}", {}, inside=("127.0.0.1",))
    assert len(answer.body) == reaching.MOST_READ


@pytest.mark.parametrize("address", ["https://h.example.cn/in", "https://short@h.example.cn/in",
                                     f"https://{KEY}:x@h.example.cn/in"])
def test_a_gateway_needs_a_key_to_sign_with(gateway: sink.Gateway, address: str) -> None:
    with pytest.raises(Refusal):
        ways.check(Via.WEBHOOK, address)


# ---------------------------------------------------------------- inside the network

INSIDE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "0.0.0.0", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fec0::1", "3fff::1", "5f00::1",
    "192.88.99.1",
]
OUTSIDE = ["1.1.1.1", "223.5.5.5", "101.37.0.1", "2400:3200::1", "::ffff:223.5.5.5", "64:ff9b::df05:505"]
WRITTEN_OTHERWISE = ["2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "0", "10.1"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_reached_whatever_it_is_wrapped_in(address: str) -> None:
    assert not reaching.may_be_reached(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_reached(address: str) -> None:
    assert reaching.may_be_reached(ip_address(address))


@pytest.mark.parametrize("host", [*WRITTEN_OTHERWISE, "localhost", "intranet", "localhost.", "127.0.0.1", "[::1]",
                                  "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254"])
def test_an_address_inside_is_refused_when_it_is_written_down(host: str) -> None:
    with pytest.raises(Refusal):
        reaching.checked(f"https://{host}/in", inside=())


@pytest.mark.parametrize("url", [
    "http://h.example.cn/", "ftp://h.example.cn/", "file:///etc/passwd", "https:///in", "h.example.cn", "",
    "https://h.example.cn/\r\nHost: x", "https://h.example.cn/a b", "https://h.example.cn\\@127.0.0.1/",
    "https://h.example.cn:99999/", "https://[::1/", "https://h.example.cn/#x", "https://例.cn/",
])
def test_what_is_no_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(Refusal):
        reaching.checked(url, inside=())


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_inside_is_not_followed_even_where_it_also_leads_out(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (one, 443)) for one in answers])
    monkeypatch.setattr(socket, "create_connection", unreachable)
    with pytest.raises(Failed) as failed:
        reaching.post("https://h.example.cn/in", b"{}", {}, inside=())
    assert failed.value.fault == faults.INTERNAL


def unreachable(*_args: object) -> None:
    raise AssertionError("nobody may be connected to")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[object] = []

    def resolve(host: str, *_args: object, **_named: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(0, 0, 0, "", ("1.1.1.1" if len(asked) == 1 else "127.0.0.1", 443))]

    def connect(address: object, *_args: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Failed):
        reaching.post("https://h.example.cn/in", b"{}", {}, inside=())
    assert connected == [("1.1.1.1", 443)]
    assert asked == ["h.example.cn"]


# ---------------------------------------------------------------- bots

TOKEN = "0123456789abcdef0123"
BOTS = {
    Via.DINGTALK: f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    Via.WECOM: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
    Via.FEISHU: f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}",
}
SAYS_YES = {Via.DINGTALK: b'{"errcode":0,"errmsg":"ok"}', Via.WECOM: b'{"errcode":0}', Via.FEISHU: b'{"code":0}'}
SAYS_NO = {Via.DINGTALK: b'{"errcode":310000}', Via.WECOM: b'{"errcode":93000}', Via.FEISHU: b'{"code":19001}'}


@pytest.fixture
def bot(gateway: sink.Gateway, monkeypatch: pytest.MonkeyPatch) -> sink.Gateway:
    """The three services, on this machine."""
    post = reaching.post

    def here(url: str, body: bytes, headers: dict[str, str], *, inside: tuple[str, ...]) -> reaching.Answer:
        path = url.partition("://")[2].partition("/")[2]
        return post(f"http://{gateway.host}/{path}", body, headers, inside=("127.0.0.1",))

    monkeypatch.setattr(reaching, "post", here)
    return gateway


@pytest.mark.parametrize("via", BOTS)
def test_a_bot_posts_the_text_to_its_services_own_address(bot: sink.Gateway, via: Via) -> None:
    bot.answer = SAYS_YES[via]
    assert sent(via, ways.check(via, BOTS[via])) is None
    (post,) = bot.posts
    assert BOTS[via].endswith(post.path)
    text = post.said["content"]["text"] if via is Via.FEISHU else post.said["text"]["content"]
    assert text == f"{MESSAGE['title']}\n{MESSAGE['text']}\n{MESSAGE['link']}"
    assert bots.KEYWORD in text


@pytest.mark.parametrize("via", BOTS)
def test_a_bot_that_answers_200_and_says_no_did_not_take_it(bot: sink.Gateway, via: Via) -> None:
    bot.answer = SAYS_NO[via]
    failed = sent(via, BOTS[via])
    assert failed is not None
    assert (failed.fault, failed.is_unsure) == (faults.REFUSED, False)


@pytest.mark.parametrize("via", BOTS)
def test_a_bots_answer_that_can_not_be_read_leaves_it_open(bot: sink.Gateway, via: Via) -> None:
    bot.answer = b"<html>"
    failed = sent(via, BOTS[via])
    assert failed is not None
    assert failed.is_unsure


def test_a_dingtalk_bot_with_a_secret_is_signed_to(bot: sink.Gateway) -> None:
    address = ways.check(Via.DINGTALK, BOTS[Via.DINGTALK].replace("//", "//SECabcdef0123456789@"))
    assert sent(Via.DINGTALK, address) is None
    (post,) = bot.posts
    query = dict(pair.split("=", 1) for pair in post.path.partition("?")[2].split("&"))
    assert query["access_token"] == TOKEN
    assert query["timestamp"].isdecimal()
    assert len(base64.b64decode(unquote(query["sign"]))) == 32
    assert "SEC" not in post.path


@pytest.mark.parametrize("via", BOTS)
def test_a_bot_may_be_named_by_its_token_alone(via: Via) -> None:
    assert ways.check(via, TOKEN) == BOTS[via]


@pytest.mark.parametrize("via", BOTS)
@pytest.mark.parametrize("address", ["https://h.example.cn/?access_token=0123456789&key=0123456789", "x",
                                     "a b c d e f g", "http://127.0.0.1/", "0123456789/../../x", "https://[",
                                     "01234567@89?x=1"])
def test_an_address_of_another_service_is_no_bots(via: Via, address: str) -> None:
    with pytest.raises(Refusal):
        ways.check(via, address)


def test_a_long_digest_is_cut_where_the_service_would_refuse_all_of_it_and_keeps_its_link(bot: sink.Gateway) -> None:
    bot.answer = SAYS_YES[Via.WECOM]
    line = "· 湖东村一件投诉超期一个工作日，还没有人联系村民，已督办。期限是 11 月 20 日 17:30。"
    ways.send(Via.WECOM, TOKEN, **{**MESSAGE, "text": "\n".join([line] * 20)})
    said = bot.posts[0].said["text"]["content"]
    assert len(said.encode()) <= 2000
    lines = said.splitlines()
    assert (lines[0], lines[1], lines[-2:]) == (MESSAGE["title"], line, ["…", MESSAGE["link"]])
    assert set(lines[1:-2]) == {line}


def test_one_endless_line_is_cut_too(bot: sink.Gateway) -> None:
    bot.answer = SAYS_YES[Via.WECOM]
    bots.send(Via.WECOM, TOKEN, text="户廉码" + "很长" * 2000, link="", message_id="1", inside=())
    assert 1000 < len(bot.posts[0].said["text"]["content"].encode()) <= 2000


# ---------------------------------------------------------------- what this installation has


def test_only_ways_the_installation_has_are_offered(now: datetime) -> None:
    using()
    always = [Via.DINGTALK, Via.WECOM, Via.FEISHU, Via.WEBHOOK]
    assert ways.offered() == always
    with pytest.raises(Refusal):
        ways.check(Via.EMAIL, "zhou@example.cn")
    using(smtp_url="smtp://localhost", sms_url="https://h.example.cn", sms_key=KEY)
    assert ways.offered() == [Via.EMAIL, *always, Via.SMS]
    using()


GOOD = {"HLM_ALLOW_HTTP": "1", "HLM_SMTP_URL": "smtps://notice:pw@mail.example.cn", "HLM_SMTP_FROM": "a@example.cn",
        "HLM_SMS_URL": "http://gateway.inside/sms", "HLM_SMS_KEY": KEY, "HLM_NOTICE_HOSTS_INSIDE": "Gateway.inside"}


@pytest.mark.parametrize(("name", "value"), [
    ("HLM_SMTP_URL", "mail.example.cn"), ("HLM_SMTP_URL", "https://mail.example.cn"), ("HLM_SMTP_FROM", ""),
    ("HLM_SMS_URL", "gateway"), ("HLM_SMS_KEY", "short"), ("HLM_NOTICE_HOSTS_INSIDE", ""),
    ("HLM_SMTP_URL", "smtp://mail.example.cn:99999"), ("HLM_SMTP_URL", "smtp://notice:pw#1@mail.example.cn"),
    ("HLM_SMS_URL", "https://gateway.example.cn:port/"),
])
def test_a_wrong_setting_is_named_without_the_password_in_it(name: str, value: str) -> None:
    assert settings.load(GOOD).notice_hosts_inside == ("gateway.inside",)
    with pytest.raises(ConfigError, match="HLM_") as error:
        settings.load({**GOOD, name: value})
    assert "pw" not in str(error.value)
