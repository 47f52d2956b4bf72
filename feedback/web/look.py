"""外观: one design system for three rooms; its colours, type and spacing are in `style/tokens.css` only.

A room's page carries its styles inside: tokens, then what all rooms share, then the room's own. They are
read and minified once, when the application starts; a developer with the gallery on sees each change.
"""

import re
from pathlib import Path

from flask import Flask, request
from markupsafe import Markup

from config import Config
from feedback.web import safety

ROOMS = ("villager", "desk", "township")
PAPERS = ("poster",)
"""Dressed like a room of its own; what hangs on a wall."""
SHARED_SHEETS = ("tokens", "base")
ROOM_OF_PATH = {
    "g": "desk", "login": "desk", "logout": "desk", "account": "desk", "t": "township", "admin": "township",
}


class Wardrobe:
    """The minified styles and scripts of every room, read once."""

    def __init__(self, templates: Path, *, is_fresh: bool) -> None:
        self._templates = templates
        self._is_fresh = is_fresh
        self._read: dict[str, str] = {}

    def sheet(self, room: str) -> str:
        """One room's styles."""
        names = (*SHARED_SHEETS, room)
        return "".join(self._kept(f"style/{name}.css") for name in names)

    def style(self, room: str) -> Markup:
        """The style element of one room's page."""
        return _element("style", self.sheet(room))

    def further(self, name: str) -> Markup:
        """The style element of what only some pages have."""
        return _element("style", self.plain(name))

    def plain(self, name: str) -> Markup:
        """The rules themselves, for a page that is printed and not sent."""
        return Markup(self._kept(f"style/{name}.css"))  # noqa: S704

    def script(self, name: str) -> Markup:
        """A script element; the page works without it."""
        return _element("script", self._kept(f"script/{name}.js"))

    def _kept(self, name: str) -> str:
        if name not in self._read or self._is_fresh:
            text = (self._templates / name).read_text("utf-8")
            self._read[name] = minify_css(text) if name.endswith(".css") else minify_js(text)
        return self._read[name]


def _element(tag: str, ours: str) -> Markup:
    """An inline element with this answer's nonce; its content is a file of ours."""
    return Markup('<{} nonce="{}">{}</{}>').format(tag, safety.nonce(), Markup(ours), tag)  # noqa: S704


def dress(app: Flask, config: Config) -> None:
    """What layouts need: inlined styles and scripts, the room's layout, whether this is a demo."""
    wardrobe = Wardrobe(Path(str(app.template_folder)), is_fresh=config.gallery)
    for name in (*ROOMS, *PAPERS):
        wardrobe.sheet(name)
    app.jinja_env.auto_reload = config.gallery
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        style=wardrobe.style, sheet=wardrobe.further, plain_sheet=wardrobe.plain, script=wardrobe.script,
        is_demo=config.demo,
    )
    app.context_processor(lambda: {"layout": f"layouts/{room()}.html"})


def room() -> str:
    """Whose room this address is in."""
    return ROOM_OF_PATH.get(request.path.lower().split("/")[1], "villager")


def minify_css(text: str) -> str:
    """The same rules without comments and the spaces that only people need."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", text)
    text = re.sub(r":\s+", ":", text)
    return text.replace(";}", "}").strip()


def minify_js(text: str) -> str:
    """The same program without indentation, empty lines and lines that are only a comment."""
    kept = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in kept if line and not line.startswith("//"))
