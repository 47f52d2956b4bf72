"""演示的人: 480 guardians, the village cadres, the township, its own teams, discipline, auditor, administrator.

All of them are invented. Only those in SIGN_INS have a password, and it is printed with the demo.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from feedback.demo import places
from feedback.demo.places import Microgrid
from feedback.models.people import Role

PASSWORD = "yanshi-2026"  # noqa: S105 - printed with every demo; a real installation makes its own
GUARDIANS = 480
OWN_TEAMS = {
    "自然资源所": ("宅基地",),
    "农业农村办": ("农技", "农田水利", "防汛"),
    "综合执法队": ("污水", "垃圾", "停车", "治安"),
}
"""The township's own teams, and what they are good at."""

_HEADER = ("username", "name", "phone", "role", "area", "leader", "team")
Line = tuple[str, ...]


class SignIn(NamedTuple):
    """A printed sign-in: who it is in the demo, and what to try with it."""

    username: str
    role: Role
    what: str


SIGN_INS = (
    SignIn("shouhu1", Role.GUARDIAN, "守护人，管打印出来的那一户"),
    SignIn("shouhu2", Role.GUARDIAN, "同一微网格的另一位守护人"),
    SignIn("cun1", Role.VILLAGE, "村书记"),
    SignIn("zhen1", Role.TOWNSHIP, "镇干部"),
    SignIn("jiwei1", Role.DISCIPLINE, "纪委"),
    SignIn("shenji1", Role.AUDITOR, "审计"),
    SignIn("guanli1", Role.ADMIN, "管理员"),
)


class _Register:
    """Writes the lines of the staff file; no two people of one name."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._names: set[str] = set()
        self._serial = 0
        self.lines: list[Line] = []

    def add(self, username: str, role: Role, *areas: str, leader: bool = False, team: str = "") -> None:
        name = places.name(self._rng)
        while name in self._names:
            name = places.name(self._rng)
        self._names.add(name)
        self._serial += 1
        phone = f"1380000{self._serial:04}"
        for area in areas:
            self.lines.append((username, name, phone, role.value, area, "yes" if leader else "", team))


def staff_csv(area: str, grid: list[Microgrid], rng: Random) -> bytes:
    """Everybody, as a file of staff. The first micro-grid is the one of the printed sign-ins."""
    register = _Register(rng)
    _guardians(register, grid, rng)
    for number, (village, _, _) in enumerate(places.villages(area), 1):
        register.add("cun1" if village == grid[0].village else f"c{number:02}a", Role.VILLAGE, village, leader=True)
        for letter in "bc":
            register.add(f"c{number:02}{letter}", Role.VILLAGE, village)
    register.add("zhen1", Role.TOWNSHIP, area, leader=True)
    for number in range(2, 7):
        register.add(f"zhen{number}", Role.TOWNSHIP, area)
    for number, team in enumerate(OWN_TEAMS):
        register.add(f"dui{number}a", Role.TOWNSHIP, area, leader=True, team=team)
        register.add(f"dui{number}b", Role.TOWNSHIP, area, team=team)
    register.add("jiwei1", Role.DISCIPLINE, area, leader=True)
    register.add("jiwei2", Role.DISCIPLINE, area)
    register.add("shenji1", Role.AUDITOR, area)
    register.add("guanli1", Role.ADMIN, area)
    return places.table(_HEADER, register.lines)


def _guardians(register: _Register, grid: list[Microgrid], rng: Random) -> None:
    """Three a micro-grid, a fourth where most doors are; a few look after the next one too."""
    extra = GUARDIANS - 3 * len(grid)
    largest = {one.code for one in sorted(grid, key=lambda one: (-one.doors, one.code))[:extra]}
    for number, one in enumerate(grid):
        for place in range(4 if one.code in largest else 3):
            areas = [one.code]
            following = grid[number + 1] if number + 1 < len(grid) else None
            if place == 2 and following is not None and following.village == one.village and rng.random() < 0.08:
                areas.append(following.code)
            is_printed = number == 0 and place < 2
            username = f"shouhu{place + 1}" if is_printed else f"g{number + 1:03}{'abcd'[place]}"
            register.add(username, Role.GUARDIAN, *areas, leader=place == 0)
