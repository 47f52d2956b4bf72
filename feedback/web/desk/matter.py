"""同一件事: what the page of a case says of its category, of others like it, and of how many households met it."""

from dataclasses import dataclass, field

from flask import url_for

from feedback import access, contents, db, matters
from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.models.people import Person
from feedback.models.rules import Category
from feedback.web import wording
from feedback.web.desk import cards
from feedback.web.languages import gettext as _
from feedback.web.languages import ngettext


@dataclass(frozen=True)
class Twin:
    """A case that is likely the same: where it is, whose, how far, why it looks so, and the way to merge into it."""

    href: str
    title: str
    state: str
    why: str
    merge_href: str = ""


@dataclass(frozen=True)
class Matter:
    """What stands on the page; each empty where there is nothing to say."""

    category: str = ""
    suggested: list[tuple[str, str]] = field(default_factory=list)
    """Address of the form with it chosen, and the category's name."""
    also_met: str = ""
    twins: list[Twin] = field(default_factory=list)


def of(case: Case, person: Person, *, reads: bool) -> Matter:
    """The matter of a case as this reader may see it: one who may know only facts is told no likeness."""
    category = db.session.get(Category, case.category_id) if case.category_id else None
    households = matters.also_met(case, person)
    return Matter(
        category.name if category else "",
        _suggested(case, person) if reads else [],
        ngettext("%(num)s 户也遇到", "%(num)s 户也遇到", households) if households else "",
        [_twin(case, one) for one in matters.duplicates(case, person)] if reads and case.closed_at is None else [],
    )


def _suggested(case: Case, person: Person) -> list[tuple[str, str]]:
    """While it has no category, for those who may set it."""
    if case.category_id is not None or not access.may(person, Action.CLASSIFY, case):
        return []
    found = matters.suggested(contents.words_of(case, 1), case.area_code)
    return [(url_for("desk.classify", number=case.number, suggested=one.id), one.name) for one in found]


def _twin(case: Case, one: matters.Alike) -> Twin:
    whose = _("就是这一户") if one.is_same_household else cards.door(one.case)
    merge = url_for("desk.merge", number=case.number, into=one.case.number) if one.may_take_it else ""
    return Twin(
        url_for("desk.show_case", number=one.case.number), f"{wording.day(one.case.filed_at)} {whose}",
        wording.translate(one.case.status.label), _("都提到：%(words)s", words="、".join(one.shared)), merge,
    )
