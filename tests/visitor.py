"""来访者: a test client that takes endpoint names or paths, looks at every page it meets, and fills in forms.

    page = client.get("door.show", token=token, status=200, title="有事您说")
    receipt = client.submit(page, kind="help", text="路灯坏了")
"""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
VOID = {"input", "br", "hr", "img", "meta", "link", "source", "wbr", "area", "base", "col", "embed", "track"}


@dataclass
class Form:
    """A form as the page offers it: where it goes, and what is already in it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a browser without scripts sees: title, words, forms, links, and what an id stands for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.language = ""
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: Counter[str] = Counter()
        self._labels_for: set[str] = set()
        self._unlabelled: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def faults(self) -> list[str]:
        """What is wrong with this page for anybody who can't see it, or for a form without its mark."""
        found = [f"id {name} is given {count} times" for name, count in self.ids.items() if count > 1]
        found += [f"{name} has no label" for identity, name in self._unlabelled if identity not in self._labels_for]
        found += [f"the form to {form.action} has no CSRF token" for form in self.forms
                  if form.method == "post" and "csrf_token" not in form.names]
        if not self.title.strip():
            found.append("no title")
        if not self.language:
            found.append("no language")
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if "id" in at:
            self.ids[at["id"]] += 1
        match tag:
            case "html":
                self.language = at.get("lang", "")
            case "a" if "href" in at:
                self.links.append(at["href"])
            case "label" if "for" in at:
                self._labels_for.add(at["for"])
            case "form":
                self.forms.append(Form(at.get("action", ""), at.get("method", "get").lower()))
            case "input" | "textarea" | "select" | "button":
                self._control(tag, at)
            case "option" if self._select and self.forms and ("selected" in at):
                self.forms[-1].fields[self._select] = [at.get("value", "")]

    def _control(self, tag: str, at: dict[str, str]) -> None:
        kind, name = at.get("type", "text" if tag == "input" else tag), at.get("name", "")
        if kind not in UNLABELLED and tag != "button":
            named = {"aria-label", "aria-labelledby"} & at.keys() or "label" in self._open
            if not named:
                self._unlabelled.append((at.get("id", ""), name or kind))
        if not name or not self.forms or "disabled" in at:
            return
        form = self.forms[-1]
        form.names.add(name)
        if tag == "button" or kind in {"submit", "image"}:
            form.buttons.append((name, at.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.fields.setdefault(name, [""])
        elif kind in {"radio", "checkbox"}:
            if "checked" in at:
                form.fields.setdefault(name, []).append(at.get("value", "on"))
        elif kind != "file":
            form.fields.setdefault(name, []).append(at.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in {"script", "style"}:
            return
        if "title" in self._open and "svg" not in self._open:
            self.title += data
            return
        if self._textarea and self.forms:
            self.forms[-1].fields[self._textarea] = [data.removeprefix("\n")]
        self.words.append(data)


class Visitor(FlaskClient):
    """A browser without scripts; every HTML page it is given is looked at."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's, but the place may be an endpoint; `status` and `title` are what is expected."""
        status, title = kwargs.pop("status", None), kwargs.pop("title", None)
        kwargs.setdefault("buffered", True)  # a browser reads what it is given to the end
        if args and isinstance(args[0], str) and not args[0].startswith(("/", "http")):
            with self.application.test_request_context():
                values = {name: kwargs.pop(name) for name in self._parameters(args[0]) if name in kwargs}
                args = (url_for(args[0], **values), *args[1:])
        response = super().open(*args, **kwargs)
        where = response.request.path
        assert status is None or response.status_code == status, f"{where}: {response.status}, not {status}"
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 307, 308}:
            page = Page(response.get_data(as_text=True))
            assert not page.faults, f"{where}: {'; '.join(page.faults)}"
            assert title is None or title in page.title, f"{where}: its title is {page.title!r}, not {title!r}"
        return response

    def submit(self, seen: TestResponse, *, to: str = "", button: str = "", status: int | None = None,
               title: str | None = None, **fields: Any) -> TestResponse:
        """Fills in the form of a page that was seen and sends it, hidden fields and all.

        `to` is part of its action, where a page has several; otherwise the form that has these fields, before all
        one in which they already are what is sent.
        `button` is the value of the button pressed.
        """
        form = self._form(seen, to, button, fields)
        data: dict[str, Any] = {**form.fields, **fields}
        data.update((name, value) for name, value in form.buttons if button and value == button)
        path = form.action or seen.request.full_path.removesuffix("?")
        return self.open(path, method=form.method.upper(), data=data, status=status, title=title)

    def _form(self, seen: TestResponse, to: str, button: str, fields: dict[str, Any]) -> Form:
        forms, found = Page(seen.get_data(as_text=True)).forms, []
        for form in forms:
            pressed = not button or any(value == button for _, value in form.buttons)
            if to in form.action and pressed and fields.keys() <= form.names and (form.method == "post" or to):
                found.append(form)
        if found:
            return max(found, key=lambda form: sum(form.fields.get(name) == [fields[name]] for name in fields))
        offered = "; ".join(f"{form.method} {form.action!r} {sorted(form.names)}" for form in forms)
        raise AssertionError(f"{seen.request.path} offers no form to {to!r} with {sorted(fields)}, only: {offered}")

    def _parameters(self, endpoint: str) -> set[str]:
        return {name for rule in self.application.url_map.iter_rules(endpoint) for name in rule.arguments}


def page_of(response: TestResponse) -> Page:
    """The page as a browser without scripts sees it."""
    return Page(response.get_data(as_text=True))
