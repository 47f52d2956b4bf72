"""措辞: how instants, days, numbers and telephones are said on a page, in the reader's language.

Times of day are Shanghai's. A rate is said with its parts; one with a denominator under 5 is not said.
"""

import re
from datetime import date, datetime

from flask import Flask
from markupsafe import Markup, escape

from feedback import clock
from feedback.models.places import Area, Level
from feedback.web import languages
from feedback.web.languages import gettext
from feedback.words import N_

WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def teach(app: Flask) -> None:
    """The filters that every template may use."""
    app.jinja_env.filters.update(
        t=translate, day=day, day_week=day_week, moment=moment, dated=dated, moment_week=moment_week,
        time_of_day=time_of_day, telephone=telephone, tel_link=tel_link, grouped=grouped, lines=lines,
        unbroken=unbroken,
    )
    app.jinja_env.globals["now"] = clock.now


def translate(text: object, **values: object) -> str:
    """A string marked with N_ (an enum's label, a rule's sentence) in the reader's language."""
    said = gettext(str(text)) if text else ""
    return said.format(**values) if values else said


def _date(value: datetime | date) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def day(value: datetime | date) -> str:
    """「11 月 20 日」, with the year when it is not this one."""
    on = _date(value)
    this_year = on.year == clock.today().year
    if languages.is_english():
        return f"{on.day} {MONTHS[on.month - 1]}" + ("" if this_year else f" {on.year}")
    return ("" if this_year else f"{on.year} 年 ") + f"{on.month} 月 {on.day} 日"


def day_week(value: datetime | date) -> str:
    """「11 月 20 日（周五）」."""
    named = gettext(WEEKDAYS[_date(value).weekday()])
    return f"{named} {day(value)}" if languages.is_english() else f"{day(value)}（{named}）"


def unbroken(text: str) -> str:
    """No line ends between a number and what it counts."""
    return re.sub(r"(?<=\d) ", "\N{NO-BREAK SPACE}", text)


def time_of_day(value: datetime) -> str:
    """「17:30」."""
    at = clock.local(value)
    return f"{at.hour}:{at.minute:02d}"


def moment(value: datetime) -> str:
    """「11 月 20 日 17:30」."""
    return f"{day(value)} {time_of_day(value)}"


def dated(value: datetime) -> str:
    """「2026 年 11 月 20 日 17:30」: with its year, for paper."""
    on = _date(value)
    if languages.is_english():
        return f"{on.day} {MONTHS[on.month - 1]} {on.year}, {time_of_day(value)}"
    return f"{on.year} 年 {on.month} 月 {on.day} 日 {time_of_day(value)}"


def moment_week(value: datetime) -> str:
    """「11 月 20 日（周五）17:30」."""
    named = gettext(WEEKDAYS[_date(value).weekday()])
    if languages.is_english():
        return f"{named} {day(value)}, {time_of_day(value)}"
    return f"{day(value)}（{named}）{time_of_day(value)}"


def grouped(digits: str, size: int = 4) -> list[str]:
    """A long number in groups, first ones full: the receipt as 4 × 4."""
    return [digits[at:at + size] for at in range(0, len(digits), size)]


def area(where: Area) -> str:
    """「湖东村」; what lies in a village with its village: 「湖东村一组」."""
    village = where
    while len(village.code) > Level.VILLAGE.digits and village.parent is not None:
        village = village.parent
    return where.name if village is where else f"{village.name}{where.name}"


def telephone(number: str) -> Markup:
    """A telephone number that never breaks across lines."""
    return Markup('<span class="tel">{}</span>').format(number)


def tel_link(number: str) -> str:
    """The address that dials a number."""
    return "tel:" + re.sub(r"[^0-9+*#,]", "", number)


def lines(text: str) -> Markup:
    """Her words with her own line ends."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())
