"""管理: who may change what, and what a change leaves behind; the pages are in test_admin."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from feedback import clock, db, policies, roster, teams
from feedback.administration import authority, imports, people, places, posts, rules, uploads
from feedback.administration.posts import Post
from feedback.administration.uploads import Upload
from feedback.deadlines import Limit, Unit
from feedback.errors import Forbidden, Missing, Refusal
from feedback.models.kinds import Kind
from feedback.models.people import Person, Role
from feedback.models.places import Area
from feedback.models.records import StaffAct, StaffEvent
from tests import builders

TOWNSHIP, VILLAGE, GRID, MICROGRID = (builders.CODES[one] for one in ("township", "village", "grid", "microgrid"))
TODAY = date(2026, 11, 19)


class Town:
    """A township, its administrator, a village leader, a grid leader and a guardian."""

    def __init__(self) -> None:
        self.place = builders.a_township()
        self.admin = builders.a_person(self.place.township, Role.ADMIN)
        self.village = builders.a_person(self.place.village, Role.VILLAGE, is_leader=True)
        self.grid = builders.a_person(self.place.grid, is_leader=True)
        self.guardian = builders.a_person(self.place.microgrid)
        self.other = builders.an_area("330281115", "别的镇")


@pytest.fixture
def town(database: Engine, now: object) -> Town:
    return Town()


def acts() -> list[StaffAct]:
    return list(db.session.scalars(select(StaffEvent.act).order_by(StaffEvent.id)))


def post(role: Role = Role.GUARDIAN, area_code: str = MICROGRID, **overrides: object) -> Post:
    return Post(**{"role": role, "area_code": area_code, "from_on": TODAY, **overrides})  # type: ignore[arg-type]


# ---------------------------------------------------------------- whose days away


def test_a_leader_sets_days_away_for_the_people_led_and_everybody_their_own(town: Town) -> None:
    assert posts.led_by(town.village) == [town.grid, town.guardian]
    assert posts.led_by(town.grid) == [town.guardian]
    assert posts.led_by(town.guardian) == []
    for by in (town.village, town.grid, town.guardian, town.admin):
        posts.add_absence(by, town.guardian, TODAY, TODAY)
    with pytest.raises(Forbidden):
        posts.add_absence(town.guardian, town.grid, TODAY, TODAY)


def test_who_comes_back_early_is_present_again_today(town: Town) -> None:
    absence = posts.add_absence(town.guardian, town.guardian, TODAY - timedelta(days=2), TODAY + timedelta(days=2))
    assert teams.is_away(town.guardian)
    posts.end_absence(town.guardian, town.guardian, absence.id)
    assert not teams.is_away(town.guardian)
    assert absence.to_on == TODAY - timedelta(days=1)


def test_days_away_of_more_than_a_year_are_the_end_of_a_post(town: Town) -> None:
    with pytest.raises(Refusal, match="一年"):
        posts.add_absence(town.guardian, town.guardian, TODAY, TODAY + timedelta(days=400))


# ---------------------------------------------------------------- posts


def test_the_same_post_is_not_held_twice_at_once_but_again_later(town: Town) -> None:
    with pytest.raises(Refusal, match="已经有这个任职"):
        posts.add(town.admin, town.guardian, post())
    (service,) = town.guardian.services
    posts.end(town.admin, service, TODAY - timedelta(days=1))
    posts.add(town.admin, town.guardian, post())
    assert len(town.guardian.services) == 2


def test_an_own_team_is_for_officers_of_its_own_township(town: Town) -> None:
    team = places.add_team(town.admin, town.place.township, "自然资源所")
    with pytest.raises(Refusal, match="不在这个镇街"):
        posts.add(town.admin, town.guardian, post(team_id=team.id))
    service = posts.add(town.admin, town.guardian, post(Role.TOWNSHIP, TOWNSHIP, team_id=team.id))
    assert teams.is_member(town.guardian, team)
    assert service.team == team


def test_the_last_administrator_does_not_end_the_own_post(town: Town) -> None:
    with pytest.raises(Refusal, match="自己的管理员任职"):
        posts.end(town.admin, town.admin.services[0], TODAY)


# ---------------------------------------------------------------- people and places


def test_every_change_of_a_person_leaves_one_event_and_no_change_leaves_none(town: Town) -> None:
    person = people.add(town.admin, username="xin", name="新", phone="", post=post())
    people.change(town.admin, person, name="新", phone="")
    people.change(town.admin, person, name="新名", phone="")
    people.deactivate(town.admin, person)
    people.deactivate(town.admin, person)
    assert acts() == [StaffAct.PERSON, StaffAct.ROLE, StaffAct.PERSON, StaffAct.PERSON]


def test_only_the_own_area_is_found_and_changed(town: Town) -> None:
    stranger = builders.a_person(town.other, Role.TOWNSHIP)
    with pytest.raises(Missing):
        authority.person_or_404(town.admin, stranger.username)
    with pytest.raises(Forbidden):
        places.rename(town.admin, town.other, "改名")
    with pytest.raises(Forbidden):
        people.add(town.guardian, username="xin", name="新", phone="", post=post())


def test_a_village_needs_its_national_code_and_a_grid_is_numbered(town: Town) -> None:
    with pytest.raises(Refusal, match="国家统计局"):
        places.add(town.admin, town.place.township, "新村")
    places.add(town.admin, town.place.township, "新村", "330281114299")
    places.add(town.admin, town.place.grid, "二组")
    assert db.session.get_one(Area, "330281114299001").name == roster.FIRST_GRID
    assert db.session.get_one(Area, f"{GRID}002").name == "二组"


def test_a_name_is_not_given_twice_below_one_place(town: Town) -> None:
    second = town.place.next_microgrid()
    with pytest.raises(Refusal, match="已经有"):
        places.rename(town.admin, second, town.place.microgrid.name)


# ---------------------------------------------------------------- rules


def test_a_deadline_for_one_category_goes_before_that_of_its_kind(town: Town) -> None:
    category = rules.add_category(town.admin, TOWNSHIP, "路灯")
    for category_id, days in ((None, 4), (category.id, 3)):
        rules.set_limits(town.admin, TOWNSHIP, rules.Limits(
            kind=Kind.HELP if category_id is None else None, category_id=category_id, is_urgent=False,
            response=Limit(1, Unit.DAYS), handling=Limit(days, Unit.DAYS),
        ))
    now = clock.now()
    held = policies.promise(MICROGRID, Kind.HELP, False, category_id=category.id, filed_at=now)
    assert held.handling_due_at == now + timedelta(days=3)
    assert policies.promise(MICROGRID, Kind.HELP, False, filed_at=now).handling_due_at == now + timedelta(days=4)


def test_rules_are_the_townships_and_not_a_villages(town: Town) -> None:
    with pytest.raises(Forbidden):
        rules.add_category(town.village, TOWNSHIP, "路灯")
    with pytest.raises(Forbidden, match="这一级不设"):
        rules.add_category(town.admin, VILLAGE, "路灯")


# ---------------------------------------------------------------- files


def an_upload(*rows: str) -> Upload:
    return Upload(roster.Kind.HOUSEHOLDS, "户.csv", "\n".join(["microgrid,door", *rows]).encode())


def test_a_kept_file_is_sealed_to_who_brought_it(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    name = uploads.keep(folder, town.admin, an_upload(f"{MICROGRID},秘密 1 号"))
    assert "秘密".encode() not in (folder / name).read_bytes()
    assert uploads.find(folder, town.admin, name) == an_upload(f"{MICROGRID},秘密 1 号")
    for person, asked in ((town.guardian, name), (town.admin, "0" * 32), (town.admin, "../" + name), (town.admin, "")):
        with pytest.raises(Refusal, match="不在了"):
            uploads.find(folder, person, asked)
    uploads.forget(folder, town.admin, name)
    assert not list(folder.iterdir())


def test_a_file_that_touches_another_area_is_refused_whole(town: Town) -> None:
    upload = an_upload(f"{MICROGRID},新村 1 号", "330281115001001001,新村 2 号")
    planned = imports.plan(town.admin, upload)
    assert [bad.line for bad in planned.bad_rows] == [3]
    with pytest.raises(Refusal, match="1 行不能导入"):
        imports.apply(town.admin, upload)


def test_an_import_does_not_rename_somebody_who_serves_elsewhere(town: Town) -> None:
    stranger: Person = builders.a_person(town.other, Role.TOWNSHIP, username="linzhen")
    data = f"username,name,role,area\nLinZhen,改名,township,{TOWNSHIP}\n".encode()
    (bad,) = imports.plan(town.admin, Upload(roster.Kind.STAFF, "人.csv", data)).bad_rows
    assert (bad.line, bad.column) == (2, "username")
    assert stranger.name != "改名"
