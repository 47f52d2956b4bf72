"""What the documents say is what the code does: generated pages are current, links lead somewhere."""

import re
from pathlib import Path

import pytest

from docs import pages
from feedback import cli

LINK = re.compile(r"\]\(([^)#\s]+)")


@pytest.mark.parametrize("name", pages.every())
def test_a_generated_page_is_current(name: str) -> None:
    assert (pages.HERE / name).read_text("utf-8") == pages.every()[name], "make docs writes it anew"


PAGES = [pages.TOP / "README.md", *sorted(pages.HERE.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_command_and_every_setting_is_documented() -> None:
    documented = (pages.HERE / "commands.md").read_text("utf-8")
    missing = [name for name in cli.main.commands if f"`{name}" not in documented]
    assert not missing
    variables = set(re.findall(r"HLM_[A-Z_]+", (pages.TOP / "config.py").read_text("utf-8")))
    settings = (pages.HERE / "settings.md").read_text("utf-8")
    assert not {name for name in variables if name not in settings}


def test_every_module_has_a_rule_that_begins_with_its_chinese_word() -> None:
    files = [path for path in (pages.TOP / "feedback").rglob("*.py") if "versions" not in path.parts]
    begins_in_chinese = re.compile("[^:]*[\u3400-\u9fff]")
    silent = [path for path in files if not begins_in_chinese.match(pages.rule_of(path))]
    assert not silent
