"""演示的一年: some six thousand cases of a township, from a year ago until now, each by the rules of its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from random import Random

from feedback import clock, contents, db, deadlines, policies, receipts, recusal, sealing, workflow, worklist
from feedback.demo import letters, seasons
from feedback.demo.cast import Cast
from feedback.demo.hearing import Hearing
from feedback.demo.letters import LETTERS, Letter, Season
from feedback.demo.life import Life
from feedback.demo.steps import Temper
from feedback.demo.writing import BATCH, Pen
from feedback.models.cases import Case
from feedback.models.contents import Field
from feedback.models.kinds import VISITED_KINDS, About, Action, AnswerBy, Channel, Kind, Status
from feedback.models.people import Person
from feedback.models.places import Household, Level
from feedback.workflow import Who

KINDS = {Kind.ENQUIRY: 31, Kind.HELP: 34, Kind.COMPLAINT: 22, Kind.SUGGESTION: 13}
ANSWERS_BY = {AnswerBy.PHONE: 34, AnswerBy.VISIT: 36, AnswerBy.PAGE: 18, None: 12}
CHANNELS = {Channel.DOOR: 90, Channel.IN_PERSON: 5, Channel.BY_PHONE: 4, Channel.ON_PAPER: 1}
FLOOD = 6
"""Letters from one door within an hour, of which the last is marked."""
RECENT = timedelta(days=12)
BUSY_LATELY = timedelta(days=9)
"""So long the printed micro-grid has been busy, so that its guardians find something to do."""
ACCUSING = Letter(Kind.COMPLAINT, "其他", "听人讲，领补助的名单要先送两条烟才写得上去。", "")
WAITING = Letter(Kind.HELP, "路灯", "门口那盏灯不亮两天了，晚上下台阶看不见。", "")
"""What the printed door wrote half an hour ago: nobody has answered yet, and somebody is to come."""
STRAYS = (
    Letter(Kind.HELP, "道路", "新修的桥栏杆松了一根，牌子上的码磨花了，只认得出是我们村。", ""),
    Letter(Kind.ENQUIRY, "宅基地", "老房子拆了，门牌也没了，现在住在女儿家，补办材料找谁？", ""),
    Letter(Kind.COMPLAINT, "垃圾", "路边那堆旧家具放了半个月，旁边那块码是撕掉一半的。", ""),
)
"""What came through codes that had ended, to the printed village: there somebody has to say who acts."""
BURSTING = Letter(Kind.HELP, "用水", "今天早上龙头里放出来的水是浑的，烧开也不敢喝。",
                  "主管漏进了泥水，已经补好，冲了两遍。")
"""What many doors of the printed village wrote within hours yesterday."""
BURST = 8
QUIET = (40, 90)
"""Micro-grids, by their place in the order of codes, that hardly ever say anything."""
FLOODING = Letter(Kind.ENQUIRY, "其他", "试一试。", "您好，看到您送了几次空白的，有事请再说。")


Filing = tuple[datetime, Household, Letter]
"""When somebody writes, from which door, and what."""


class History:
    """Writes the year. `rng` decides everything, so that the same seed gives the same year up to the same now."""

    def __init__(self, cast: Cast, rng: Random, until: datetime) -> None:
        self.cast, self.rng, self.until = cast, rng, until
        self.pen = Pen()
        self.temper = Temper(_tempers(cast, rng))
        self._by_season = {
            (season, kind): [one for one in LETTERS if one.kind is kind and one.season in {Season.ANY, season}]
            for season in Season for kind in Kind
        }
        self._calendar = policies.calendar_of(cast.area_code)  # a demo sets no limits of its own: the defaults hold
        self._numbers: set[str] = set()
        self._recent: list[Case] = []
        self._homes = [
            (code, self.rng.lognormvariate(0, 0.5) * (0.02 if place in QUIET else 1))
            for place, code in enumerate(cast.microgrids)
        ]
        self.hearing = Hearing(until)

    def write(self, count: int, progress: Callable[[int], object]) -> None:
        """So many cases; `progress` is told how many were added with each batch."""
        for some in self._batches(self._filings(count)):
            with self.pen.held():
                lives = [self._file(at, home, letter) for at, home, letter in some]
                with self.pen.written():
                    pass  # so that each case has its id
                for life in lives:
                    self._submit(life)
                    if life.letter in {WAITING, *STRAYS}:
                        life.stand()
                    else:
                        life.play()
                    self._recent.append(life.case)
                with self.pen.written():
                    self._look(some[-1][0])
            self._recent = [one for one in self._recent if one.filed_at > some[-1][0] - RECENT]
            progress(len(some))

    def _batches(self, filings: Sequence[Filing]) -> Iterator[Sequence[Filing]]:
        """Many at once; day by day as soon as each day is looked at for signs."""
        old = [one for one in filings if one[0] < self.hearing.looks_from]
        for start in range(0, len(old), BATCH):
            yield old[start : start + BATCH]
        for _, day in groupby(filings[len(old) :], key=lambda one: clock.local(one[0]).date()):
            yield list(day)

    def _look(self, at: datetime) -> None:
        if at >= self.hearing.looks_from:
            self.hearing.look(at)
        else:
            self.hearing.pass_over()

    # ---------------------------------------------------------------- who writes what, when

    def _filings(self, count: int) -> list[Filing]:
        floods = FLOOD * (2 if count >= 500 else 0)
        printed = self.cast.doors[self.cast.microgrids[0]]
        found: list[Filing] = []
        lately = BURST + len(STRAYS) if floods else 0
        for at in seasons.instants(max(count - floods - lately - 1, 0), self.until, self.rng):
            season = seasons.season(clock.local(at).date())
            kind = self.rng.choices(list(KINDS), list(KINDS.values()))[0]
            if season is Season.TYPHOON and self.rng.random() < 0.6:
                kind = Kind.HELP
            letter = self._letter(season, kind)
            if found and self.rng.random() < 0.035:
                _, home, letter = self.rng.choice(found[-900:])
            elif self.until - at < BUSY_LATELY and self.rng.random() < 0.1:
                home = self.rng.choice(printed)
            else:
                home = self._home()
            found.append((at, home, letter))
        if count:
            found.append((self.until - timedelta(minutes=35), printed[0], WAITING))
        if floods:
            for ends in (self.until - timedelta(days=self.rng.randint(60, 200)), self.until - timedelta(minutes=4)):
                home = self._home()
                found += [(ends - timedelta(minutes=5 * n), home, FLOODING) for n in range(FLOOD)]
            found += self._lately(printed[0])
            place = int(len(found) * 0.7)
            found[place] = (*found[place][:2], ACCUSING)
            found[-FLOOD - 60] = (*found[-FLOOD - 60][:2], ACCUSING)
        return sorted(found, key=lambda one: one[0])

    def _lately(self, printed: Household) -> Iterator[Filing]:
        """What lies on the desk of the printed village: codes that had ended, and one thing from many doors."""
        for number, letter in enumerate(STRAYS):
            yield self.until - timedelta(minutes=50 + 95 * number), printed, letter
        village = [code for code in self.cast.microgrids if code.startswith(printed.village_code)]
        near = [home for code in village for home in self.cast.doors[code]]
        for number, home in enumerate(self.rng.sample(near, BURST)):
            yield self.until - timedelta(hours=28, minutes=23 * number), home, BURSTING

    def _letter(self, season: Season, kind: Kind) -> Letter:
        fitting = self._by_season[season, kind]
        often = {Season.ANY: 1.0, Season.TYPHOON: 9.0}
        return self.rng.choices(fitting, [often.get(one.season, 3.0) for one in fitting])[0]

    def _home(self) -> Household:
        code = self.rng.choices([code for code, _ in self._homes], [often for _, often in self._homes])[0]
        return self.rng.choice(self.cast.doors[code])

    # ---------------------------------------------------------------- filing

    def _file(self, at: datetime, home: Household, letter: Letter) -> Life:
        rng = self.rng
        about = rng.choices([None, About.GUARDIAN, About.CADRE], [982, 9, 9])[0] if letter in LETTERS else None
        if about is not None:
            texts = letters.ABOUT_GUARDIAN if about is About.GUARDIAN else letters.ABOUT_CADRE
            letter = Letter(Kind.COMPLAINT, "其他", rng.choice(texts), "情况核实过了，当事人当面向您道了歉。")
        is_stray = letter in STRAYS
        has_door = (rng.random() > 0.03 or letter not in LETTERS) and not is_stray
        area = home.microgrid_code if has_door else home.village_code if is_stray else self.cast.area_code
        answer_by = rng.choices(list(ANSWERS_BY), list(ANSWERS_BY.values()))[0]
        if letter is WAITING:
            answer_by = AnswerBy.VISIT
        if not has_door and answer_by is AnswerBy.VISIT:
            answer_by = AnswerBy.PAGE
        is_urgent = letter.kind is Kind.HELP and rng.random() < (0.3 if letter.season is Season.TYPHOON else 0.05)
        waiting = self.cast.team(area[: Level.VILLAGE.digits])
        policy = deadlines.DEFAULTS[letter.kind.value, is_urgent]
        handling_due_at = deadlines.due(policy.handling, at, self._calendar, policy.close_of_office)
        case = Case(
            number=self._number(), area_code=area, area=self.cast.areas[area], team=waiting, team_id=waiting.id,
            kind=letter.kind, is_urgent=is_urgent, status=Status.NEW, answer_by=answer_by, channel=Channel.DOOR,
            household=home if has_door else None, household_id=home.id if has_door else None,
            code=self.cast.codes[home.id] if has_door else None, about=about,
            about_area_code=None if about is None else home.microgrid_code[:18 if about is About.GUARDIAN else 12],
            is_visit_wanted=has_door and letter.kind in VISITED_KINDS
            and answer_by not in {AnswerBy.PHONE, AnswerBy.PAGE},
            filed_at=at, arrived_at=at, events_count=0, disputes=0,
            response_due_at=deadlines.due(policy.response, at, self._calendar, policy.close_of_office),
            handling_due_at=handling_due_at, handling_due_original_at=handling_due_at,
            receipt_digest=receipts.digest(receipts.new_digits()), request_digest=b"",
        )
        contents.give_key(case, sealing.new_case_key())
        db.session.add(case)
        return Life(case, letter, self.cast, self.pen, rng, self.until, self.temper, self._recent,
                    self.hearing)

    def _submit(self, life: Life) -> None:
        """Submitted and routed, as the door does it."""
        case, rng = life.case, self.rng
        typist = self._typist(case)
        if case.about is not None:
            with self.pen.written(), clock.fixed(case.filed_at):
                recusal.set_aside(case)
        case.is_marked = life.letter is FLOODING and self._is_flooding(case)
        with clock.fixed(case.filed_at):
            event = workflow.record(case, Action.SUBMIT, typist or Who.VILLAGER, reason="consent" if typist else None)
            self.pen.say(case, life.letter.words, n=event.n, at=event.at)
            if case.answer_by is AnswerBy.PHONE or rng.random() < 0.3:
                self.pen.say(case, f"1370000{rng.randrange(10_000):04}", n=1, at=event.at, kind=Field.PHONE)
                if rng.random() < 0.6:
                    self.pen.say(case, rng.choice("王李张陈周") + rng.choice(("阿姨", "师傅", "大伯", "姐")), n=1,
                                 at=event.at, kind=Field.NAME)
            if not case.is_marked and life.letter not in STRAYS:
                team = case.team if case.about is not None else self.cast.team(case.area_code)
                workflow.record(case, Action.ASSIGN, Who.SYSTEM, team=team)
        if life.letter is ACCUSING:
            with self.pen.written(), clock.fixed(case.filed_at + timedelta(minutes=30)):
                reader = self.cast.present(case.team, clock.today())[0]
                worklist.recuse_to_discipline(case, reader, words="说到收东西，我不能看，转给纪委。")
        if case.filed_at >= self.hearing.since:
            with self.pen.written():
                self.hearing.tell(case.filed_at)

    def _typist(self, case: Case) -> Person | None:
        """One in ten is written down for her by a guardian or cadre."""
        channel = self.rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        hour = clock.local(case.filed_at).hour
        if channel is Channel.DOOR or case.about is not None or case.household is None or not 8 <= hour < 18:
            return None
        near = case.area_code if self.rng.random() < 0.6 else case.area_code[: Level.VILLAGE.digits]
        present = self.cast.present(self.cast.team(near), clock.local(case.filed_at).date())
        if not present:
            return None
        typist = self.rng.choice(present)
        case.channel, case.typed_by_id = channel, typist.id
        return typist

    def _is_flooding(self, case: Case) -> bool:
        return sum(
            one.household_id == case.household_id and case.filed_at - one.filed_at < timedelta(hours=1)
            for one in self._recent[-20:]
        ) >= FLOOD - 1

    def _number(self) -> str:
        while True:
            number = str(self.rng.randrange(10**9, 10**10))
            if number not in self._numbers:
                self._numbers.add(number)
                return number


def _tempers(cast: Cast, rng: Random) -> dict[str, float]:
    """Most villages are quick; two and the printed micro-grid are slow, so that there is something to see."""
    villages = sorted(code for code in cast.areas if len(code) == Level.VILLAGE.digits)
    found = {code: rng.uniform(0.75, 1.15) for code in villages}
    found[villages[8]], found[villages[16]] = 1.7, 2.1
    found[cast.microgrids[0]] = 1.8
    return found
