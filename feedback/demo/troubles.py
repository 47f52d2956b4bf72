"""演示里出了毛病的门牌: found by the guardians, printed again and hung, put right, or still to be looked at.

All of it by the verbs of `walks`, `flags` and `runs`, in the order in which it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from sqlalchemy import select

from feedback import clock, db, notifications
from feedback.codes import flags, quarters, reprints, runs, walks
from feedback.demo.hearing import LATELY
from feedback.demo.plates import Plates
from feedback.models.people import Person
from feedback.models.places import Household, Level
from feedback.models.walks import Finding, PlateFlag
from feedback.sheets import Format, Layout

IN_A_QUARTER = (
    Finding.DAMAGED, Finding.SILENT, Finding.DAMAGED, Finding.GONE, Finding.OTHERS, Finding.DAMAGED, Finding.SILENT,
    Finding.DAMAGED, Finding.FOREIGN,
)
"""What was wrong in each past quarter."""
PRINTED_AGAIN, HUNG_AGAIN = timedelta(days=4), (6, 15)
"""After the end of the quarter, and the days from the first to the last of hanging."""
PUT_RIGHT = timedelta(days=3)
"""After which the plates of two doors hang where they belong."""
WORDED = timedelta(hours=5)
WORDS = "贴的那张已经揭下来留着了。问过这一户和左右邻居，没有人在上面付过钱。"
"""What the village writes about a pasted-over sticker."""


@dataclass(frozen=True)
class Lately:
    """Something of the last days: how many days ago, and where, by the micro-grid's place in the order of codes; none:
    anywhere. `after` days it was settled, by whatever settles it."""

    days: int
    finding: Finding
    place: int | None = None
    after: int | None = None


REPRINTED = 8
"""So many days ago what was found before was printed again."""
LAST_DAYS = (
    Lately(13, Finding.DAMAGED, after=7), Lately(12, Finding.SILENT, after=8), Lately(11, Finding.GONE, after=7),
    Lately(10, Finding.DAMAGED), Lately(9, Finding.DAMAGED, place=1),
    Lately(9, Finding.FOREIGN, after=0), Lately(7, Finding.OTHERS, after=3), Lately(6, Finding.DAMAGED),
    Lately(5, Finding.SILENT), Lately(5, Finding.GONE), Lately(4, Finding.OTHERS), Lately(4, Finding.DAMAGED, place=2),
    Lately(3, Finding.SILENT, place=1), Lately(2, Finding.GONE, place=0), Lately(2, Finding.DAMAGED),
    Lately(1, Finding.OTHERS, place=0),
)
STICKER = timedelta(minutes=25)
"""So long ago a sticker was found on a plate of the printed village; nobody has gone yet."""


@dataclass
class Troubles:
    """What goes wrong with the plates of a township, and what people do about it."""

    plates: Plates
    _acts: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)
    _order: Iterator[int] = field(default_factory=count)

    def happen(self) -> None:
        """All of it until now; what was found in the last two weeks is told at its instant, to whom it concerns."""
        for quarter, found in self.plates.checks.items():
            if quarter.ends_at <= self.plates.until and quarter != min(self.plates.checks):
                self._in_quarter(quarter, list(found))
        self._lately()
        for at, _, act in sorted(self._acts, key=lambda one: one[:2]):
            with clock.fixed(at):
                act()
                self._tell(at)

    def _in_quarter(self, quarter: quarters.Quarter, walked: list[int]) -> None:
        homes = {home.id: home for some in self.plates.walks.values() for home in some}
        for finding, home_id in zip(IN_A_QUARTER, self.plates.rng.sample(walked, len(IN_A_QUARTER)), strict=True):
            home, (at, person) = homes[home_id], self.plates.checks[quarter][home_id]
            if self._takes(home):
                self._found(at, person, home, finding)
                self._settled(at, home, finding, quarter.ends_at + timedelta(days=self.plates.rng.randint(*HUNG_AGAIN)))
        self._at(quarter.ends_at + PRINTED_AGAIN + timedelta(hours=9), self._print_again)

    def _lately(self) -> None:
        today = clock.local(self.plates.until).date()
        self._at(_on(today - timedelta(days=REPRINTED)), self._print_again)
        for one in LAST_DAYS:
            day = today - timedelta(days=one.days)
            home = self._home(one.place)
            [(_, at)] = self.plates.afternoon([home], day)
            self._found(at, self.plates.somebody(home.microgrid_code, day), home, one.finding)
            if one.after is not None:
                self._settled(at, home, one.finding, at + timedelta(days=one.after))
        home = self._home(1)
        person = self.plates.somebody(home.microgrid_code, today)
        self._found(self.plates.until - STICKER, person, home, Finding.FOREIGN)

    # ---------------------------------------------------------------- what happens

    def _found(self, at: datetime, person: Person, home: Household, finding: Finding) -> None:
        code, next_door = self.plates.cast.codes[home.id], self._neighbour(home)
        match finding:
            case Finding.DAMAGED:
                self._at(at, lambda: walks.spoil(person, code))
            case Finding.OTHERS:
                theirs = self.plates.cast.codes[next_door.id]
                self._at(at, lambda: walks.find_other(person, theirs, home))
            case _:
                self._at(at, lambda: walks.report(person, home, finding))

    def _settled(self, at: datetime, home: Household, finding: Finding, hung_at: datetime) -> None:
        """By whatever settles it: a word, the right plate on both doors, or a new plate."""
        if finding is Finding.FOREIGN:
            self._at(at + WORDED, lambda: self._say(home))
        elif finding is Finding.OTHERS:
            right_at = at + PUT_RIGHT
            for nth, each in enumerate((home, self._neighbour(home))):
                self._scan(right_at + timedelta(minutes=2 * nth), each, walks.find_fine)
        else:
            [(_, at)] = self.plates.afternoon([home], clock.local(hung_at).date())
            self._scan(at, home, walks.hang)

    def _scan(self, at: datetime, home: Household, step: Callable[..., object]) -> None:
        person = self.plates.somebody(home.microgrid_code, clock.local(at).date())
        code = self.plates.cast.codes[home.id]
        self._at(at, lambda: step(person, code))

    def _say(self, home: Household) -> None:
        standing = select(PlateFlag).where(PlateFlag.household_id == home.id, PlateFlag.settled_at.is_(None))
        flag = db.session.scalars(standing).one()
        team = self.plates.cast.team(home.microgrid_code[:Level.VILLAGE.digits])
        flags.settle_by_word(self.plates.cast.present(team, clock.today())[0], flag.id, WORDS)

    def _print_again(self) -> None:
        """补印: one run of all that is damaged by then."""
        area = self.plates.cast.areas[self.plates.cast.area_code]
        if tokens := reprints.damaged(area.code):
            self.plates.finish(runs.order_again(tokens, area, layout=Layout.TWO_BY_FIVE, form=Format.PDF,
                                                base_url=self.plates.base_url, by=self.plates.orders))

    def _tell(self, at: datetime) -> None:
        if at >= self.plates.until - LATELY:
            notifications.take()
            return
        for flag in db.session.scalars(select(PlateFlag).where(PlateFlag.told_at.is_(None))):
            flag.told_at = flag.raised_at

    # ---------------------------------------------------------------- where

    def _at(self, at: datetime, act: Callable[[], object]) -> None:
        if at < self.plates.until:
            self._acts.append((at, next(self._order), act))

    def _home(self, place: int | None) -> Household:
        """A door whose plate hangs, with a neighbour whose plate hangs too; to neither has anything happened."""
        microgrids = list(self.plates.walks)
        while True:
            microgrid = self.plates.rng.choice(microgrids[3:]) if place is None else microgrids[place]
            home = self.plates.rng.choice(self.plates.walks[microgrid][1:])
            if home.id in self.plates.hung and self._takes(home):
                return home

    def _takes(self, home: Household) -> bool:
        two = {home.id, self._neighbour(home).id}
        if two & self._taken or not two <= self.plates.hung.keys():
            return False
        self._taken |= two
        return True

    def _neighbour(self, home: Household) -> Household:
        """The next door on the way, of the last one the one before."""
        homes = self.plates.walks[home.microgrid_code]
        place = homes.index(home)
        return homes[place + 1] if place + 1 < len(homes) else homes[place - 1]


def _on(day: date) -> datetime:
    return datetime.combine(day, time(10, 10), clock.SHANGHAI)
