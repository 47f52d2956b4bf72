"""Chinese first, English complete: every source string has its English, with the same values in it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

TOP = Path(__file__).resolve().parents[1]
ENGLISH = TOP / "feedback/translations/en/LC_MESSAGES/messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.js", "jinja2")]
HAN = re.compile(r"[\u3400-\u9fff]")
VALUES = re.compile(r"%\((\w+)\)[sd]|(?<!%)\{(\w*)[^}]*\}")

KEPT = {"问", "帮", "诉", "议", "中文", "户廉码"}
"""Signs drawn as pictures, a language's own name, and the name of the thing: the same in English."""

CHINESE_ONLY = {
    "feedback/demo": "what demo villagers say",
    "feedback/plates": "a plate is Chinese print",
    "feedback/sheets": "a sheet is Chinese print",
    "feedback/cli": "Chinese words a file may hold",
    "feedback/roster": "Chinese words a file may hold",
    "feedback/tables": "Chinese words a file may hold",
    "feedback/fonts": "characters a font must have",
    "feedback/administration/holidays.py": "the words of the notice it reads",
    "feedback/matters/alike.py": "signs and words of the texts it compares",
    "feedback/publicity.py": "是 and 否 are the values of a switch",
    "feedback/web/auth/badge.py": "names that phones give themselves",
    "feedback/export/legend.py": "both languages side by side, in the file itself",
    "feedback/web/api/description.py": "both languages side by side, in the description itself",
    "feedback/web/api/shapes.py": "both languages side by side, in the description itself",
    "feedback/web/wording.py": "how a date is written in Chinese, beside how it is in English",
    "feedback/notifications/texts.py": "how a date is written in a message, which goes out in Chinese",
    "feedback/web/township/window.py": "how a month is written in Chinese, beside how it is in English",
}
"""Where Chinese stands that nobody translates, and why."""


def marked() -> dict[str, str]:
    """Every string marked for translation, and a place where it stands."""
    found: dict[str, str] = {}
    for folder in ("feedback", "templates"):
        for file, line, message, _, _ in extract_from_dir(str(TOP / folder), METHODS, keywords=KEYWORDS):
            text = message[0] if isinstance(message, tuple) else message
            if text:
                found.setdefault(text, f"{folder}/{file}:{line}")
    return found


@cache
def english() -> dict[str, list[str]]:
    """Source string → its English; a counted one has two."""
    with ENGLISH.open("rb") as file:
        messages = [message for message in read_po(file, locale="en") if message.id]
    return {both(message.id)[0]: both(message.string) for message in messages}


def both(text: object) -> list[str]:
    """One string, or the two of a counted one."""
    return [str(each) for each in text] if isinstance(text, list | tuple) else [str(text)]


def test_every_marked_string_has_its_english() -> None:
    missing = [f"{place}: {text}" for text, place in marked().items() if not all(english().get(text, [""]))]
    assert not missing, f"{len(missing)} without English (make messages, then fill them in):\n" + "\n".join(missing)


def test_no_english_is_left_of_a_string_that_is_gone() -> None:
    assert not english().keys() - marked().keys()


def test_the_english_has_the_same_values_in_it() -> None:
    wrong = [text for text, said in english().items()
             if any(set(VALUES.findall(each)) != set(VALUES.findall(text)) for each in said)]
    assert not wrong


def test_the_english_is_english() -> None:
    names = re.compile("户廉码|是|否|放假|上班")  # the name of the thing; what a switch or a cell of a file is set to
    assert not [each for said in english().values() for each in said if HAN.search(names.sub("", each))]


def templates() -> list[Path]:
    return sorted((TOP / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(TOP)))
def test_no_chinese_stands_in_a_template_unmarked(template: Path) -> None:
    if "gallery" in template.parts:
        pytest.skip("samples of the component gallery")
    unmarked = [f"line {line}: {text.strip()[:60]}" for line, text in bare_chinese(template.read_text("utf-8"))]
    assert not unmarked, "\n".join(unmarked)


def bare_chinese(source: str) -> Iterator[tuple[int, str]]:
    """Chinese in a template that is neither a comment nor inside a call to gettext."""
    tokens = list(Environment(extensions=["jinja2.ext.i18n"]).lex(source))
    in_trans = False
    calls: list[str] = []
    before = ["", ""]
    for line, kind, value in tokens:
        if kind == "name" and value in {"trans", "endtrans"}:
            in_trans = value == "trans"
        elif kind == "operator" and value == "(":
            calls.append(before[-1])
        elif kind == "operator" and value == ")" and calls:
            calls.pop()
        is_marked = in_trans or bool(calls and calls[-1] in {"_", "gettext", "ngettext", "N_"})
        if kind in {"data", "string"} and HAN.search(value) and value.strip("\"' \n") not in KEPT and not is_marked:
            yield line, value
        if kind != "whitespace":
            before = [before[-1], value]


def python_files() -> list[Path]:
    return [path for path in sorted((TOP / "feedback").rglob("*.py"))
            if not any(str(path.relative_to(TOP)).startswith(place) for place in CHINESE_ONLY)]


@pytest.mark.parametrize("file", python_files(), ids=lambda path: str(path.relative_to(TOP)))
def test_no_chinese_stands_in_code_unmarked(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    fine: set[int] = set()
    for node in ast.walk(tree):
        name = getattr(node, "func", None)
        called = getattr(name, "id", getattr(name, "attr", ""))
        if isinstance(node, ast.Call) and called in {"N_", "_", "_l", "gettext", "ngettext", "lazy_gettext"}:
            fine.update(id(each) for each in ast.walk(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            fine.add(id(node.value))  # a docstring
    unmarked = [f"line {node.lineno}: {node.value[:60]}" for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value)
                and id(node) not in fine and node.value not in KEPT and node.value not in marked_here(tree)]
    assert not unmarked, "\n".join(unmarked)


def marked_here(tree: ast.Module) -> set[str]:
    """Strings marked elsewhere in the same file count as marked: a table of labels may repeat one."""
    return {node.args[0].value for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_" and node.args
            and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)}
