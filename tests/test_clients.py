"""接口客户端: who gets a token, how long it is good, and what exists for a machine in figures of every kind."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, inspect, select

from feedback import access, clock, db, stats
from feedback.administration import clients
from feedback.errors import Conflict, Forbidden, Missing, Refusal
from feedback.identity import clients as tokens
from feedback.models.cases import Case, Recusal
from feedback.models.clients import ApiClient, Reads
from feedback.models.kinds import About
from feedback.models.people import Role
from feedback.models.records import StaffAct, StaffEvent
from feedback.stats import By, reached, rolled, rollup
from tests import builders
from tests.conftest import NOW
from tests.lives import Township
from tests.test_cli import environment, run

__all__ = ["environment"]
pytestmark = pytest.mark.usefixtures("environment")

COUNTY, TOWNSHIP, VILLAGE = (builders.CODES[level] for level in ("county", "township", "village"))
NEXT_YEAR = date(2027, 11, 19)
YEAR = date(2026, 1, 1), date(2026, 11, 30)
TOLD: list[tuple[By, ...]] = [(), (By.AREA,), (By.KIND,), (By.MONTH, By.CATEGORY), (By.TEAM,), (By.HANDLER,)]


@pytest.fixture(autouse=True)
def stopped(database: Engine) -> Iterator[None]:
    with clock.fixed(NOW, everywhere=True):
        yield


@pytest.fixture
def place() -> builders.Place:
    made = builders.a_township()
    db.session.commit()
    return made


def a_client(name: str = "县平台", **overrides: object) -> tuple[ApiClient, str]:
    given: dict[str, object] = {"area_code": TOWNSHIP, "reads": [Reads.FIGURES], "expires_on": NEXT_YEAR, **overrides}
    made = clients.add(None, name=name, **given)  # type: ignore[arg-type]
    db.session.commit()
    return made


def left() -> list[tuple[str, object]]:
    """What the staff events say of clients, in order."""
    found = select(StaffEvent).where(StaffEvent.act == StaffAct.API_CLIENT).order_by(StaffEvent.id)
    return [(one.subject, one.facts["change"]) for one in db.session.scalars(found)]


# ---------------------------------------------------------------- tokens


def test_two_at_once_of_one_name_are_one_and_a_sentence(place: builders.Place) -> None:
    """Who comes second has looked before the first one wrote: the database alone can tell."""
    first, _ = a_client()
    columns = [column.name for column in inspect(ApiClient).columns if column.name not in {"id", "digest"}]
    db.session.add(ApiClient(digest=b"another", **{name: getattr(first, name) for name in columns}))
    with pytest.raises(Conflict, match="别人做了同样的事"):
        db.session.flush()
    db.session.rollback()
    assert [one.name for one in clients.within()] == ["县平台"]


def test_the_token_opens_and_nothing_kept_here_does(place: builders.Place) -> None:
    client, token = a_client()
    assert tokens.find(token) == client
    assert len(token) == 47
    columns = {name: getattr(client, name) for name in inspect(ApiClient).columns.keys()}  # noqa: SIM118
    assert not [name for name, value in columns.items() if token in str(value) or token.encode() in bytes(
        value if isinstance(value, bytes) else b"")]
    assert tokens.find(client.digest.hex()) is None
    assert not [event for event in db.session.scalars(select(StaffEvent)) if token in str(event.facts)]


@pytest.mark.parametrize("token", ["", "hlm_", "hlm_" + "A" * 43, "hlm_" + "é" * 43, "x" * 100_000, "hlm_\0"])
def test_another_token_opens_nothing(place: builders.Place, token: str) -> None:
    a_client()
    assert tokens.find(token) is None


def test_a_token_is_good_until_the_end_of_its_last_day_in_shanghai(place: builders.Place) -> None:
    _, token = a_client(expires_on=date(2026, 11, 20))
    end = clock.end_of(date(2026, 11, 20))
    with clock.fixed(end - timedelta(seconds=1)):
        assert tokens.find(token)
    with clock.fixed(end):
        assert tokens.find(token) is None


def test_a_revoked_token_opens_nothing_from_now_on(place: builders.Place) -> None:
    client, token = a_client()
    clients.revoke(None, client)
    clients.revoke(None, client)
    db.session.commit()
    assert tokens.find(token) is None
    assert left() == [("县平台", "added"), ("县平台", "revoked")]


def test_each_request_is_counted_for_its_day(place: builders.Place) -> None:
    client, _ = a_client()
    for instant in (NOW, NOW, NOW + timedelta(days=1)):
        with clock.fixed(instant):
            tokens.note_use(client)
            db.session.commit()
    assert tokens.uses(client) == {date(2026, 11, 20): 1, date(2026, 11, 19): 2}
    last = tokens.last_used([client])[client.id]
    assert (last.day, last.requests) == (date(2026, 11, 20), 1)


# ---------------------------------------------------------------- who gives them


def test_an_administrator_gives_tokens_for_his_own_area_only(place: builders.Place) -> None:
    admin = builders.a_person(place.township, Role.ADMIN)
    elsewhere = builders.a_person(builders.an_area("330281115", "邻镇"), Role.ADMIN)
    officer = builders.a_person(place.township, Role.TOWNSHIP)
    client, _ = clients.add(admin, name="镇大屏", area_code=TOWNSHIP, reads=[Reads.FIGURES], expires_on=NEXT_YEAR)
    for other in (elsewhere, officer):
        with pytest.raises(Forbidden):
            clients.add(other, name="别人的", area_code=TOWNSHIP, reads=[Reads.FIGURES], expires_on=NEXT_YEAR)
        with pytest.raises(Missing):
            clients.of(other, client.id)
    with pytest.raises(Forbidden):
        clients.add(admin, name="全县", area_code=COUNTY, reads=[Reads.FIGURES], expires_on=NEXT_YEAR)
    assert clients.of(admin, client.id) == client


@pytest.mark.parametrize(("wrong", "field"), [
    ({"area_code": VILLAGE}, "area_code"), ({"area_code": "999999"}, "area_code"), ({"reads": []}, "reads"),
    ({"reads": [Reads.PEOPLE]}, "reads"), ({"expires_on": date(2026, 11, 18)}, "expires_on"),
    ({"expires_on": date(2029, 1, 1)}, "expires_on"), ({"name": " "}, "name"), ({"name": "字" * 61}, "name"),
    ({"name": "\0"}, "name"), ({"name": "县平台"}, "name"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(
    place: builders.Place, wrong: dict[str, object], field: str
) -> None:
    a_client()
    with pytest.raises(Refusal) as refused:
        a_client(**{"name": "另一个", **wrong})  # type: ignore[arg-type]
    assert refused.value.field == field


def test_another_name_leaves_the_token_as_it_is(place: builders.Place) -> None:
    client, token = a_client()
    clients.rename(None, client, "市平台")
    db.session.commit()
    found = tokens.find(token)
    assert found is not None
    assert found.name == "市平台"
    assert left()[-1] == ("市平台", "renamed")


def test_the_command_gives_a_token_once_and_lists_it_without(place: builders.Place) -> None:
    given = run("api", "add", "县平台", "--area", TOWNSHIP, "--reads", "figures, cases", "--until", "2027-01-31")
    token = given.stdout.strip()
    assert given.exit_code == 0
    listed = run("api", "list")
    assert listed.stdout.split("\t") == ["县平台", TOWNSHIP, "figures,cases", "2027-01-31", "never", "good\n"]
    assert run("api", "list", "--area", "44").stdout == ""
    assert tokens.find(token)


def test_the_command_takes_a_token_away(place: builders.Place) -> None:
    token = run("api", "add", "县平台", "--area", TOWNSHIP, "--until", "2027-01-31").stdout.strip()
    assert run("api", "revoke", "县平台").exit_code == 0
    assert run("api", "list", "--area", "330281").stdout.endswith("revoked\n")
    assert tokens.find(token) is None


@pytest.mark.parametrize("command", [
    ("revoke", "没有的"), ("add", "县平台", "--area", "999999", "--until", "2027-01-31"),
    ("add", "县平台", "--area", TOWNSHIP, "--until", "2027-01-31", "--reads", "words"),
    ("add", "县平台", "--area", VILLAGE, "--until", "2027-01-31"),
])  # fmt: skip
def test_the_command_refuses_in_one_sentence(place: builders.Place, command: tuple[str, ...]) -> None:
    refused = run("api", *command)
    assert refused.exit_code != 0
    assert refused.stderr.strip()
    assert "Traceback" not in refused.stderr


# ---------------------------------------------------------------- what exists for a machine


@pytest.fixture
def town() -> Township:
    made = Township(7)
    made.live(60)
    db.session.commit()
    while db.in_turn(rollup.keep_up):
        pass
    return made


def some(every: int, of: int) -> list[Case]:
    return [case for case in db.session.scalars(select(Case).order_by(Case.id)) if case.id % of == every]


def figures(client: ApiClient | None, code: str) -> list[object]:
    """The figures of an area told in every way, from what is kept and from the events."""
    as_at = reached.counted_up_to()
    found: list[object] = []
    for by in TOLD:
        kept = rolled.figures(code, *YEAR, by=by, viewer=client)
        assert kept == stats.figures(code, *YEAR, as_at=as_at, by=by, viewer=client), by
        found.append(kept)
    return found


def test_what_is_for_the_discipline_office_alone_is_in_no_number_of_a_machine(town: Township) -> None:
    client, _ = a_client(reads=list(Reads))
    alone = some(0, 3)
    db.write()
    for case in alone:
        case.is_for_discipline_alone = True
    db.session.commit()
    open_ones = sum(case.closed_at is None for case in alone)
    standing = stats.open_now(TOWNSHIP).total, stats.open_now(TOWNSHIP, viewer=client).total
    assert open_ones
    assert sum(one.open + one.awaiting_her_word for one in standing[:1]) - open_ones == (
        standing[1].open + standing[1].awaiting_her_word)
    for code in (TOWNSHIP, VILLAGE):
        of_all, of_the_client = figures(None, code), figures(client, code)
        assert of_all != of_the_client
    known = set(db.session.scalars(access.facts(client).with_only_columns(Case.id)))
    assert known
    assert not known & {case.id for case in alone}


def test_one_that_has_just_gone_to_the_discipline_office_is_gone_from_the_village_at_once(town: Township) -> None:
    client, _ = a_client()
    before = rolled.figures(VILLAGE, *YEAR, viewer=client)[0].received
    case = next(case for case in some(0, 1) if case.area_code.startswith(VILLAGE))
    db.write()
    case.is_for_discipline_alone, case.area_code = True, TOWNSHIP
    db.session.commit()
    assert rolled.figures(VILLAGE, *YEAR, viewer=client)[0].received == before - 1


def test_a_machine_is_nobody_so_what_is_about_a_person_counts_as_for_the_township(town: Township) -> None:
    client, _ = a_client(reads=list(Reads))
    person = builders.a_person(town.place.microgrid)
    before = figures(client, TOWNSHIP)
    db.write()
    for case in some(1, 3):
        case.about, case.about_area_code = About.GUARDIAN, town.place.microgrid.code
        db.session.add(Recusal(case_id=case.id, person_id=person.id, at=NOW))
    db.session.commit()
    assert figures(client, TOWNSHIP) == before == figures(None, TOWNSHIP)


def test_a_machine_knows_of_no_case_outside_its_area(town: Township) -> None:
    elsewhere = builders.an_area("330281115", "邻镇")
    client, _ = a_client(area_code=elsewhere.code, reads=list(Reads))
    assert db.session.scalars(access.facts(client)).all() == []
