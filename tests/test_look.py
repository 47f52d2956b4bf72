"""One design system: every component stands in the gallery, and the gallery hinders nobody."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import Engine

from config import Config
from feedback.web import create_app, look
from tests import browser
from tests.browser import Live
from tests.visitor import Visitor

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
INSIDE_OTHERS = {"form"}
"""Shown by every form of the gallery."""


@pytest.fixture
def gallery(config: Config, database: Engine) -> Flask:
    app = create_app(replace(config, gallery=True))
    app.testing = True
    app.test_client_class = Visitor
    return app


@pytest.fixture
def shown(config: Config, database: Engine) -> Iterator[Live]:
    with browser.served(replace(config, gallery=True)) as it:
        yield it


def test_every_component_is_in_the_gallery() -> None:
    gallery = "".join(path.read_text("utf-8") for path in (TEMPLATES / "gallery").glob("*.html"))
    there = set(re.findall(r'"components/(\w+)\.html"', gallery))
    assert {path.stem for path in (TEMPLATES / "components").glob("*.html")} - INSIDE_OTHERS == there - INSIDE_OTHERS


@pytest.mark.parametrize("room", look.ROOMS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_gallery_shows_each_room_in_each_language(gallery: Flask, room: str, language: str) -> None:
    client = gallery.test_client()
    client.get(f"/gallery/{room}?lang={language}")
    client.get(f"/gallery/{room}", status=200)


def test_there_is_no_gallery_in_production(client: Visitor) -> None:
    client.get("/gallery/", status=404)


@pytest.mark.browser
@pytest.mark.parametrize("room", look.ROOMS)
def test_no_component_hinders_anybody(chromium: Browser, shown: Live, room: str) -> None:
    device = browser.DESKTOP if room == "township" else browser.PHONE
    with browser.visiting(chromium, shown, device) as page:
        page.goto(f"/gallery/{room}")
        assert browser.hindrances(page) == []
        assert browser.is_within_its_width(page)


def test_colours_are_named_in_one_place_only() -> None:
    """Besides white, and what is printed or sits in a picture, every colour is a token."""
    for sheet in (TEMPLATES / "style").glob("*.css"):
        if sheet.stem == "tokens":
            continue
        screen = sheet.read_text("utf-8").split("@media print")[0]
        assert set(re.findall(r"#[0-9A-Fa-f]{3,6}\b", screen)) <= {"#fff"}, sheet.name


def test_villager_pages_need_no_young_browser() -> None:
    sheets = (TEMPLATES / "style" / f"{name}.css" for name in ("tokens", "base", "villager"))
    styles = "".join(sheet.read_text("utf-8") for sheet in sheets)
    code = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    assert not re.search(r":has\(|\bgap:|\binset:|text-size-adjust|aspect-ratio|:is\(|:where\(", code)


def test_minifying_keeps_what_matters() -> None:
    css = "/* note */\na:hover > b ,\n.c { color : red;\n margin: 0 -4px; }\n@media (max-width: 9px) { i { top: 0 } }"
    assert look.minify_css(css) == "a:hover>b,.c{color :red;margin:0 -4px}@media (max-width:9px){i{top:0}}"
    assert look.minify_js("// note\n  var a = 1; // kept\n\n  b();\n") == "var a = 1; // kept\nb();"
