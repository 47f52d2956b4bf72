"""What every answer and every request carries, whoever wrote the page."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from feedback.web import create_app
from feedback.web.safety import keeps_words
from tests.visitor import Visitor, page_of

WORDS = "一整段写了很久的话，不能丢。"


@pytest.fixture
def secure(config: Config, database: Engine) -> FlaskClient:
    app = create_app(replace(config, base_url="https://h.example.cn", allow_http=False))
    app.testing = True
    return FlaskClient(app, app.response_class)


def test_over_https_cookies_are_bound_to_this_host_and_sent_nowhere_else(secure: FlaskClient) -> None:
    answer = secure.get("/c?big=1", base_url="https://h.example.cn")
    switched = answer.headers["Set-Cookie"]
    cookie = secure.get("/c", base_url="https://h.example.cn").headers["Set-Cookie"]
    for set_cookie, name in ((switched, "__Host-big="), (cookie, "__Host-session=")):
        assert set_cookie.startswith(name)
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in set_cookie.split(";")}
        assert "Domain" not in set_cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_over_https_only_its_own_host_is_answered(secure: FlaskClient) -> None:
    assert secure.get("/", base_url="https://localhost").status_code == 400
    assert secure.get("/", base_url="https://h.example.cn.evil.cn").status_code == 400
    assert secure.get("/", base_url="https://h.example.cn").status_code == 200


def test_over_http_cookies_carry_no_promise_that_http_cannot_keep(client: Visitor) -> None:
    answer = client.get("/c?big=1")
    assert answer.headers["Set-Cookie"].startswith("big=1")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def test_every_post_needs_this_browsers_token(app: Flask, client: Visitor) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()) and not rule.arguments:
            client.post(rule.rule, data={"text": WORDS}, status=404 if rule.rule == "/c" else 400)


def test_a_post_that_came_too_late_brings_the_words_back(app: Flask, client: Visitor) -> None:
    app.add_url_rule("/t/try", "door.try", lambda: "done", methods=["POST"])
    page = client.post("/t/try", data={"words": WORDS, "password": "a secret of mine"}, status=400)
    assert WORDS in page.get_data(as_text=True)
    assert "a secret of mine" not in page.get_data(as_text=True)


def test_only_a_view_that_says_so_sees_a_post_without_a_good_token(app: Flask, client: Visitor) -> None:
    answer = ("shown", 200, {"Content-Type": "text/plain"})
    app.add_url_rule("/renew", "door.renew", keeps_words(lambda: answer), methods=["POST"])
    app.add_url_rule("/act", "door.act", lambda: answer, methods=["POST"])
    client.post("/renew", status=200)
    client.post("/act", status=400)


def test_a_switch_leads_back_to_the_same_page_without_itself(client: Visitor) -> None:
    answer = client.get("/?code=abc&lang=en&big=1", status=303)
    assert answer.headers["Location"] == "/?code=abc"
    assert client.get("/?lang=fr", status=200)


def test_a_page_that_does_not_exist_says_so_in_a_sentence(client: Visitor) -> None:
    assert "没有找到" in page_of(client.get("/nowhere", status=404)).text
