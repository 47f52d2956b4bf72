"""Published texts: the nearest word upward holds, and every change leaves the word before."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from feedback import db, publicity
from feedback.errors import Forbidden, Refusal
from feedback.models.people import Absence, Person, Role, Service
from feedback.models.places import Area
from feedback.models.records import StaffEvent
from feedback.models.rules import TextKey

TOWN, VILLAGE, MICROGRID = "330281114", "330281114200", "330281114200001001"

pytestmark = pytest.mark.usefixtures("database", "now")


def person(username: str, role: Role, area: str, *, leader: bool = False) -> Person:
    made = Person(username=username, staff_number=username, name=f"{username}名", phone="13800138000")
    made.services.append(Service(area_code=area, role=role, is_leader=leader, from_on=date(2026, 1, 1)))
    db.session.add(made)
    db.session.flush()
    return made


@pytest.fixture
def clerk() -> Person:
    """A township clerk, in a township with one village and one micro-grid."""
    db.write()
    for code in (TOWN, VILLAGE, VILLAGE + "001", MICROGRID):
        db.session.add(Area(code=code, name=code, parent_code=code[:-3] if code != TOWN else None))
        db.session.flush()
    return person("clerk", Role.TOWNSHIP, TOWN)


def test_the_nearest_word_upward_holds_and_an_emptied_one_gives_way(clerk: Person) -> None:
    publicity.publish(TOWN, TextKey.HOTLINE, "0574-62000000", by=clerk)
    assert publicity.of(MICROGRID).hotline == "0574-62000000"
    publicity.publish(VILLAGE, TextKey.HOTLINE, "0574-62000001", by=clerk)
    assert publicity.of(MICROGRID).hotline == "0574-62000001"
    assert publicity.of(TOWN).hotline == "0574-62000000"
    publicity.publish(VILLAGE, TextKey.HOTLINE, "", by=clerk)
    assert publicity.of(MICROGRID).hotline == "0574-62000000"
    assert publicity.own(VILLAGE) == {TextKey.HOTLINE: ""}


def test_what_nobody_set_is_empty_and_the_duty_phone_falls_back_to_the_hotline(clerk: Person) -> None:
    assert publicity.of(MICROGRID).privacy == ""
    publicity.publish(TOWN, TextKey.HOTLINE, "0574-62000000", by=clerk)
    assert publicity.of(MICROGRID).duty_phone == "0574-62000000"


def test_a_change_leaves_the_word_before_and_no_change_leaves_nothing(clerk: Person) -> None:
    for words in ("0574-62000000", "0574-62000000", "0574-62000001"):
        publicity.publish(TOWN, TextKey.HOTLINE, words, by=clerk)
    facts = [event.facts for event in db.session.scalars(select(StaffEvent).order_by(StaffEvent.id))]
    assert [(one["before"], one["after"]) for one in facts] == [
        ("", "0574-62000000"), ("0574-62000000", "0574-62000001")]


@pytest.mark.parametrize(
    ("key", "words"),
    [(TextKey.HOTLINE, "打给我"), (TextKey.SHOW_GUARDIANS, "好"), (TextKey.PLATE_PURPOSE, "一二三四五六七八九十一二三"),
     (TextKey.PLATE_TITLE, "一二三四五六七"), (TextKey.PLATE_COLOUR, "green"), (TextKey.PLATE_COLOUR, "#7FAF9F"),
     (TextKey.PRIVACY, "字" * 5001)],
)
def test_words_that_do_not_fit_are_refused(clerk: Person, key: TextKey, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        publicity.publish(TOWN, key, words, by=clerk)
    assert caught.value.field == key.value


def test_only_the_township_or_the_administrator_speaks_for_an_area(clerk: Person) -> None:
    cadre = person("cadre", Role.VILLAGE, VILLAGE)
    with pytest.raises(Forbidden):
        publicity.publish(VILLAGE, TextKey.HOTLINE, "12345", by=cadre)


def test_guardians_are_named_only_once_switched_on_and_while_present(clerk: Person) -> None:
    person("b", Role.GUARDIAN, MICROGRID)
    person("a", Role.GUARDIAN, MICROGRID, leader=True)
    away = person("c", Role.GUARDIAN, MICROGRID)
    away.absences.append(Absence(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30)))
    db.session.flush()
    assert publicity.guardians(MICROGRID) == []
    publicity.publish(TOWN, TextKey.SHOW_GUARDIANS, publicity.YES, by=clerk)
    assert [one.name for one in publicity.guardians(MICROGRID)] == ["a名", "b名"]
    assert publicity.guardians(VILLAGE) == []
    publicity.publish(VILLAGE, TextKey.SHOW_GUARDIANS, publicity.NO, by=clerk)
    assert publicity.guardians(MICROGRID) == []
