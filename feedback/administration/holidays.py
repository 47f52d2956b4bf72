"""放假安排: a year's days off and make-up days, as the State Council's notice says them, entered whole.

A file is either the notice's own words (「1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。」) or a
table `day,kind,name` with a row a day, kind 放假 or 上班. Whatever doesn't add up (a weekday that isn't that day's,
a count of days, a statutory holiday left out) refuses all of it, and every such place is named. Dues already
promised stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from feedback import calendars, db, tables
from feedback.administration import authority
from feedback.errors import Refusal
from feedback.identity import trail
from feedback.models.people import Person
from feedback.models.places import Area, Level
from feedback.models.records import StaffAct
from feedback.models.rules import CalendarDay, CalendarYear
from feedback.words import N_

LONGEST_HOLIDAY = 15  # days
WEEKDAYS = "一二三四五六日"
_KINDS = {"放假": False, "休": False, "off": False, "上班": True, "班": True, "work": True}
_COLUMNS = (tables.Column("day", ("日期",), is_day=True), tables.Column("kind", ("安排",)),
            tables.Column("name", ("名称", "节日"), is_required=False))
_YEAR = re.compile(r"(20\d\d)年")
_DAY = re.compile(r"(?:(?P<year>20\d\d)年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日"
                  r"(?:[（(][^（）()]*?(?:(?:周|星期)(?P<weekday>[一二三四五六日天]))?[）)])?(?P<to>至|到|[-—–~～])?")
_COUNT = re.compile(r"共(\d{1,2})天")
_PLAIN = str.maketrans("０１２３４５６７８９", "0123456789", " \t\r\u3000\u00a0\ufeff")


@dataclass(frozen=True)
class Arrangement:
    """What a notice says of one year: its days, working or not."""

    year: int
    days: dict[date, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What entering it would change."""

    new: int
    changed: int
    same: int


@dataclass(frozen=True)
class Reading:
    """What was made of a notice, and every place that doesn't add up: to be entered only where there is none."""

    found: Arrangement
    faults: list[Refusal]


@dataclass(frozen=True)
class Change:
    """What entering it would do to one day: what the area has for it now (None: nothing of its own), and then."""

    day: date
    before: bool | None
    after: bool

    @property
    def is_same(self) -> bool:
        return self.before is self.after


def read(data: bytes) -> Arrangement:
    """A file or pasted words. Raises Refusal with a sentence, by line where there is one."""
    reading = look_through(data)
    for fault in reading.faults:
        raise fault
    return reading.found


def look_through(data: bytes) -> Reading:
    """The same with all that is wrong in it. Raises Refusal only where it can't be read at all."""
    text = as_text(data)
    faults: list[Refusal] = []
    if "月" in text and not text.lstrip("\ufeff \n").lower().startswith(("day", "日期")):
        found = _of_words(text, faults)
    else:
        found = _of_table(data, faults)
    faults = faults or list(_implausible(found))
    return Reading(found, faults)


def as_table(found: Arrangement) -> str:
    """The arrangement as a table that reads as the same one."""
    words = {works: next(word for word, kind in _KINDS.items() if kind is works) for works in (True, False)}
    rows = (f"{day.isoformat()},{words[works]}" for day, works in sorted(found.days.items()))
    return "\n".join([",".join(column.name for column in _COLUMNS if column.is_required), *rows])


def changes(area_code: str, found: Arrangement) -> list[Change]:
    """What it would do in the area, day by day."""
    own = _own(area_code, found)
    return [Change(day, own[day].is_working if day in own else None, works)
            for day, works in sorted(found.days.items())]


def compare(area_code: str, found: Arrangement) -> Difference:
    """What it would change in the area."""
    days = changes(area_code, found)
    new, same = sum(one.before is None for one in days), sum(one.is_same for one in days)
    return Difference(new, len(days) - new - same, same)


def is_entered(area_code: str, year: int) -> bool:
    """Whether the area has entered that year whole."""
    known = (CalendarYear.area_code == area_code, CalendarYear.year == year)
    return db.session.scalar(select(CalendarYear.id).where(*known)) is not None


def enter(by: Person | None, area_code: str, found: Arrangement) -> Difference:
    """Writes the days and marks the year as known; an own day that the notice doesn't name stays. The door commits."""
    db.write()
    if by is not None:
        authority.require_ruling(by, area_code)
    elif db.session.get(Area, area_code) is None or len(area_code) > Level.TOWNSHIP.digits:
        raise Refusal(N_("没有这个镇街或县：{code}"), code=area_code)
    difference, own = compare(area_code, found), _own(area_code, found)
    for day, works in found.days.items():
        if day in own:
            own[day].is_working = works
        else:
            db.session.add(CalendarDay(area_code=area_code, day=day, is_working=works))
    is_new_year = not is_entered(area_code, found.year)
    if is_new_year:
        db.session.add(CalendarYear(area_code=area_code, year=found.year))
    if is_new_year or difference.new or difference.changed:
        trail.leave(StaffAct.CALENDAR, by, subject=str(found.year), area=area_code, new=difference.new,
                    changed=difference.changed, same=difference.same)
    return difference


def _own(area_code: str, found: Arrangement) -> dict[date, CalendarDay]:
    rows = select(CalendarDay).where(CalendarDay.area_code == area_code, CalendarDay.day.in_(found.days))
    return {row.day: row for row in db.session.scalars(rows)}


def as_text(data: bytes) -> str:
    """A file's words; nothing for a workbook. Raises Refusal where they are of no encoding in use here."""
    if data.startswith(b"PK\x03\x04"):
        return ""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(N_("认不出这是什么文字，请另存为 UTF-8 再交"))


def _of_table(data: bytes, faults: list[Refusal]) -> Arrangement:
    days: dict[date, bool] = {}
    for row in tables.read(data, _COLUMNS).rows:
        try:
            _take(row, days)
        except Refusal as fault:
            faults.append(fault)
    years = [day.year for day in days]
    if not years and not faults:
        raise Refusal(N_("这是一张空表"))
    return Arrangement(max(years, key=years.count, default=0), days)


def _take(row: tables.Row | tables.BadRow, days: dict[date, bool]) -> None:
    if isinstance(row, tables.BadRow):
        raise Refusal(N_("第 {line} 行：{reason}"), line=row.line, reason=str(row))
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", row.cells["day"])
    works = _KINDS.get(row.cells["kind"].lower())
    if parts is None:
        raise Refusal(N_("第 {line} 行：日期写成 2027-01-01 这样"), line=row.line)
    if works is None:
        raise Refusal(N_("第 {line} 行：写“放假”或“上班”"), line=row.line)
    _put(days, _date(*map(int, parts.groups()), line=row.line), works, row.line)


def _of_words(text: str, faults: list[Refusal]) -> Arrangement:
    text = text.translate(_PLAIN)
    said = _YEAR.search(text)
    if said is None:
        raise Refusal(N_("没有写是哪一年的，请把标题“国务院办公厅关于……年部分节假日安排的通知”也贴上"))
    year, days = int(said[1]), dict[date, bool]()
    for number, line in enumerate(text.split("\n"), 1):
        counted = 0
        for sentence in re.split(r"[。；;]", line):
            works = "上班" in sentence
            if not works and "放假" not in sentence:
                continue
            try:
                found = list(_dates(sentence, year, number))
                for day in found:
                    _put(days, day, works, number)
                counted = len(found) if not works else counted
                _require_counted(sentence, works, counted, number)
            except Refusal as fault:
                faults.append(fault)
    return Arrangement(year, days)


def _require_counted(sentence: str, works: bool, counted: int, line: int) -> None:
    count = _COUNT.search(sentence)
    if count and not works and int(count[1]) != counted:
        raise Refusal(N_("第 {line} 行：写着共 {said} 天，数下来是 {counted} 天"), line=line, said=count[1],
                      counted=counted)


def _dates(sentence: str, year: int, line: int) -> Iterator[date]:
    """The days a sentence names, ranges filled in."""
    matches = list(_DAY.finditer(sentence))
    month, begin = 0, None
    for place, match in enumerate(matches):
        month = int(match["month"] or month)
        own_year = int(match["year"] or (begin.year if begin else year))
        if begin and not match["year"] and month < begin.month:
            own_year += 1
        later = matches[place + 1] if match["to"] and place + 1 < len(matches) else None
        if later is not None and not match["year"] and int(later["month"] or month) < month:
            own_year -= 1
        day = _date(own_year, month, int(match["day"]), line=line)
        said = (match["weekday"] or "").replace("天", "日")
        if said and WEEKDAYS[day.weekday()] != said:
            raise Refusal(N_("第 {line} 行：{day} 不是周{said}，是周{is_}"), line=line, day=day.isoformat(), said=said,
                          is_=WEEKDAYS[day.weekday()])
        if later is not None:
            begin = day
            continue
        first = begin or day
        if not 0 <= (day - first).days < LONGEST_HOLIDAY:
            raise Refusal(N_("第 {line} 行：从 {first} 到 {last} 不像一个假期"), line=line, first=first.isoformat(),
                          last=day.isoformat())
        yield from (first + timedelta(days=n) for n in range((day - first).days + 1))
        begin = None


def _date(year: int, month: int, day: int, *, line: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refusal(N_("第 {line} 行：没有 {year} 年 {month} 月 {day} 日这一天"), line=line, year=year, month=month,
                      day=day) from None


def _put(days: dict[date, bool], day: date, works: bool, line: int) -> None:
    if days.get(day, works) is not works:
        raise Refusal(N_("第 {line} 行：{day} 又放假又上班"), line=line, day=day.isoformat())
    if works and day.weekday() < calendars.SATURDAY:
        raise Refusal(N_("第 {line} 行：{day} 是周一到周五，本来就上班"), line=line, day=day.isoformat())
    days[day] = works


def _implausible(found: Arrangement) -> Iterator[Refusal]:
    """A year's notice names every statutory day off, and only days of that year or of the turn before it."""
    for day in sorted(found.days):
        if day.year != found.year and (day.year, day.month) != (found.year - 1, 12):
            yield Refusal(N_("{day} 不是 {year} 年的日子"), day=day.isoformat(), year=found.year)
    for day in sorted(calendars.statutory(found.year)):
        if day.weekday() < calendars.SATURDAY and found.days.get(day) is not False:
            yield Refusal(N_("{day} 是法定节假日，这里没有写放假。一年的安排要写全。"), day=day.isoformat())
