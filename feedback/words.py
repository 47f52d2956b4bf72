"""文字: marks words for translation below the web, where no language is chosen yet.

Source strings are Chinese. `N_` marks one and gives it back unchanged; the page that shows it translates it.
"""

import gettext
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self


def N_(text: str) -> str:  # noqa: N802 - gettext's own name, which extractors look for
    """The text itself, marked for the catalog."""
    return text


def english(text: str) -> str:
    """What the catalog has for it in English, for a paper that says everything in both languages."""
    return _catalog().gettext(text) if text else ""


@cache
def _catalog() -> gettext.NullTranslations:
    return gettext.translation("messages", Path(__file__).parent / "translations", ["en"], fallback=True)


class Labelled(StrEnum):
    """A closed list whose members say what people call them: `HOURS = "hours", N_("小时")`."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
