"""送达方式: everybody's own ways; an address is sealed, shown covered, and never in a trail."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from config import Config
from feedback import clock, db, sealing
from feedback.errors import Refusal
from feedback.models.kinds import Action
from feedback.models.notices import Notice, Route, Via
from feedback.models.people import Person
from feedback.models.records import StaffAct, StaffEvent
from feedback.notifications import routes, ways
from tests import builders

MAIL = "zhou.yihe@example.cn"
BOT = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef9f3c"


@pytest.fixture
def aunt(config: Config, database: Engine, now: datetime) -> Person:
    ways.use(replace(config, **builders.EVERY_WAY))
    return builders.a_person(builders.a_township().microgrid, username="aunt")


def trails() -> list[StaffEvent]:
    return list(db.session.scalars(select(StaffEvent).order_by(StaffEvent.id)))


def test_a_way_is_set_changed_and_removed_and_each_leaves_a_trail(aunt: Person) -> None:
    routes.set(aunt, Via.EMAIL, MAIL)
    routes.set(aunt, Via.EMAIL, "yihe@example.com")
    assert [(one.via, routes.opened(one)) for one in routes.of(aunt)] == [(Via.EMAIL, "yihe@example.com")]
    routes.remove(aunt, Via.EMAIL)
    assert routes.of(aunt) == []
    assert [(one.act, one.actor, one.facts["set"]) for one in trails()] == [
        (StaffAct.NOTICE, aunt, True), (StaffAct.NOTICE, aunt, True), (StaffAct.NOTICE, aunt, False)]


def test_removing_what_is_not_there_is_no_act(aunt: Person) -> None:
    routes.remove(aunt, Via.SMS)
    assert trails() == []


def test_the_ways_of_a_person_stand_in_one_order(aunt: Person) -> None:
    for via, address in ((Via.SMS, "13800000027"), (Via.DINGTALK, BOT), (Via.EMAIL, MAIL)):
        routes.set(aunt, via, address)
    assert [one.via for one in routes.of(aunt)] == [Via.EMAIL, Via.DINGTALK, Via.SMS]


def test_neither_the_table_nor_the_trail_holds_an_address(aunt: Person) -> None:
    route = routes.set(aunt, Via.EMAIL, MAIL)
    assert b"zhou" not in route.address
    assert "zhou" not in str([one.facts for one in trails()])


def test_a_sealed_address_opens_for_its_own_person_and_way_only(aunt: Person) -> None:
    uncle = builders.a_person(aunt.services[0].area)
    mine = routes.set(aunt, Via.EMAIL, MAIL)
    for stolen in (Route(person_id=uncle.id, via=Via.EMAIL, address=mine.address),
                   Route(person_id=aunt.id, via=Via.SMS, address=mine.address)):
        with pytest.raises(sealing.Unsealable):
            routes.opened(stolen)


@pytest.mark.parametrize(
    ("via", "address", "shown"),
    [
        (Via.EMAIL, MAIL, "z***@example.cn"),
        (Via.SMS, "13800000027", "138****0027"),
        (Via.DINGTALK, BOT, "oapi.dingtalk.com/…9f3c"),
        (Via.WEBHOOK, "https://gateway.example.cn/in", "gateway.example.cn/…"),
        (Via.WEBHOOK, "https://me:secret@gateway.example.cn", "gateway.example.cn/…"),
        (Via.WEBHOOK, "https://secret-of-sixteen@gateway.example.cn?token=0123456789ab", "gateway.example.cn/…89ab"),
    ],
)
def test_an_address_is_shown_covered(aunt: Person, via: Via, address: str, shown: str) -> None:
    route = Route(person_id=aunt.id, via=via, address=routes.sealed(aunt, via, address))
    assert routes.masked(route) == shown


@pytest.mark.parametrize("address", ["", "   ", "a" * 501])
def test_an_empty_or_endless_address_is_refused(aunt: Person, address: str) -> None:
    with pytest.raises(Refusal):
        routes.set(aunt, Via.EMAIL, address)
    assert routes.of(aunt) == []


@pytest.mark.parametrize(
    ("via", "address"),
    [(Via.LIST, MAIL), (Via.EMAIL, "zhou"), (Via.DINGTALK, MAIL), (Via.WEBHOOK, "http://127.0.0.1/in"),
     (Via.SMS, "1380000002")],
)
def test_an_address_to_which_nothing_could_go_is_refused_in_a_sentence(aunt: Person, via: Via, address: str) -> None:
    with pytest.raises(Refusal) as refused:
        routes.set(aunt, via, address)
    assert (refused.value.field, routes.of(aunt)) == ("address", [])
    assert str(refused.value)


def test_the_last_message_that_did_not_arrive_is_known(aunt: Person) -> None:
    routes.set(aunt, Via.EMAIL, MAIL)
    case = builders.a_case(builders.a_household(aunt.services[0].area))

    def tried(**became: object) -> Notice:
        event = builders.an_event(case, Action.ADD)
        notice = Notice(event=event, case=case, person_id=aunt.id, via=Via.EMAIL, made_at=clock.now(), **became)
        db.session.add(notice)
        db.session.flush()
        return notice

    tried()
    assert routes.undelivered(aunt, Via.EMAIL) is None
    refused = tried(tries=1, fault="no such mailbox")
    tried()
    assert routes.undelivered(aunt, Via.EMAIL) is refused
    assert routes.undelivered(aunt, Via.SMS) is None
    tried(sent_at=clock.now())
    assert routes.undelivered(aunt, Via.EMAIL) is None
