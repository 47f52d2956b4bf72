"""拟稿: everything a report prints, as plain data: numbers with their denominators, findings, names, definitions.

Nothing is left to be looked up when it is read, and no rate is stored: it follows from its two numbers. Keys of
figures are those of `hulianma stats --format json`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib import metadata
from typing import Any

from sqlalchemy import select

from feedback import alone, clock, db, stats
from feedback.models.kinds import Kind
from feedback.models.places import Area, Level
from feedback.monthly import apart, standing
from feedback.monthly.months import Month
from feedback.stats import By, Row, findings
from feedback.stats.definitions import COUNTS, DURATIONS, RATES
from feedback.stats.findings import Finding
from feedback.words import N_

FORMAT = 1
LEVELS = frozenset({Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE})
"""Whose month is reported."""
PATIENCE = 10.0
"""Seconds for which somebody waits until another's report is worked out."""
_turn = alone.Turn(PATIENCE, N_("正在算另一份月报，请过一会儿再按一次。"))
RANKED_BY = "handling_on_time"
CATEGORIES = 8
PRINTED = {
    "response_on_time": N_("期限内有人接手并联系上的，占期限已到的。"),
    "handling_on_time": N_("期限内把结果告诉村民的，占期限已到的；按批准延期后的期限。"),
    "resolution": N_("村民自己说“解决了”的，占回了话的。"),
    "unconfirmed": N_("没等到村民回话就到期办结的，占已办结的；不算满意。"),
    "satisfaction": N_("村民评四分、五分的，占评过分的。"),
    "visited": N_("扫过门上的码、村民没有否认的，占已办结、要上门的。"),
    "reopened": N_("村民不满意过或重办过的，占反馈过的。"),
    "repeated": N_("同一户九十天内又说同一类事的，占计件。"),
}
"""The rates a report prints, each with its definition in one line."""
APART = N_("按规定要回避的、只归纪委办的诉求不在这张表里，另外单独报告；有没有，都印这一句。")
COMPARED = N_("上月和去年同月的数，都按这张表的截至时间重新算过，和当时印发的可能不同。")


def preview(area: Area, month: Month) -> dict[str, Any]:
    """What the report would say if it were issued now; nobody may hold it for one."""
    return compose(area, month, clock.now())


def compose(area: Area, month: Month, as_at: datetime) -> dict[str, Any]:
    """What is known of the month as at an instant: the same again from the same events. Raises Busy where another is
    being worked out for long already: each reads the events of some months."""
    with _turn.taken():
        return _composed(area, month, as_at)


def _composed(area: Area, month: Month, as_at: datetime) -> dict[str, Any]:
    without = apart.from_reports(area.code, as_at)
    before, year_ago = month.earlier(1), month.earlier(12)
    both = stats.read(area.code, before.from_on, month.to_on, as_at=as_at, without=without)
    cohort = both.filed(month.from_on, month.to_on)
    [total], kinds = stats.rows(cohort), stats.rows(cohort, [By.KIND])
    [previous] = stats.rows(both.filed(before.from_on, before.to_on))
    [last_year] = stats.figures(area.code, year_ago.from_on, year_ago.to_on, as_at=as_at, without=without)
    stood = standing.read(area.code, as_at)
    below = stats.rows(cohort, [By.AREA])
    categories = _most_frequent(stats.rows(cohort, [By.CATEGORY]))
    slowest = _named(stood.slowest)
    return {
        "format": FORMAT,
        "area": {"code": area.code, "name": area.name, "level": area.level.value},
        "month": str(month),
        "from": str(month.from_on),
        "to": str(month.to_on),
        "as_at": clock.local(as_at).isoformat(),
        "program": {"version": metadata.version("hulianma"), "definitions": definitions_digest()},
        "figures": {"month": numbers_of(total), "last_month": numbers_of(previous), "last_year": numbers_of(last_year)},
        "months": {"last_month": str(before), "last_year": str(year_ago)},
        "standing": {
            "open": stood.open(area.code),
            "overdue": stood.overdue(area.code),
            "awaiting_her_word": stood.awaiting_her_word(area.code),
        },
        "places": _places(area, below, stood),
        "kinds": [_kind(row) for row in kinds],
        "categories": [_category(place, row) for place, row in enumerate(categories, start=1)],
        "slowest": slowest,
        "findings": {
            "headline": _said(findings.headline(total, previous, N_("上个月"))),
            "late": _said(findings.late_by_place(below, RANKED_BY, area.code)),
            "unconfirmed": _said(findings.unconfirmed(total, kinds)),
            "categories": _said(_most_said(categories)),
            "slowest": _said(findings.slowest(slowest[0]["days"] if slowest else None)),
            "repeated": _said(_said_again(total)),
        },
        "definitions": [
            {"key": rate.key, "label": rate.label, "means": PRINTED[rate.key]} for rate in RATES if rate.key in PRINTED
        ],
        "notes": [APART, COMPARED],
    }


def numbers_of(row: Row) -> dict[str, Any]:
    """A row as `hulianma stats` prints it, without its key and without the rates themselves."""
    return {
        key: {"n": value["n"], "of": value["of"]} if isinstance(value, dict) and "rate" in value else value
        for key, value in row.as_json().items() if key != "key"
    }


def definitions_digest() -> str:
    """SHA-256 of what every figure meant when the report was made."""
    told = [[one.key, one.label, one.definition, one.whose.value] for one in (*RATES, *DURATIONS)]
    return hashlib.sha256(canonical([*told, *([key, *words] for key, words in COUNTS.items())])).hexdigest()


def canonical(content: Any) -> bytes:
    """The one way to write it: keys in order, no spaces, UTF-8, no fractions."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _places(area: Area, rows: Sequence[Row], stood: standing.Standing) -> list[dict[str, Any]]:
    """The areas one level down, the least punctual first, those without a rate last; what is booked in the area
    itself only where there is anything."""
    below = [row.key[0] for row in rows if row.key[0] != area.code]
    found = []
    for row in sorted(rows, key=_rank):
        code, told = row.key[0], numbers_of(row)
        is_own = code == area.code
        apart_from_it = below if is_own else []
        place = {
            "key": code, "name": row.names[0], "is_own": is_own,
            "open": stood.open(code) - sum(map(stood.open, apart_from_it)),
            "overdue": stood.overdue(code) - sum(map(stood.overdue, apart_from_it)),
            **{key: told[key] for key in ("received", "counted", "response_on_time", RANKED_BY, "resolution")},
        }
        if not is_own or row.received or place["open"]:
            found.append(place)
    return found


def _rank(row: Row) -> tuple[bool, float, str]:
    rate = row.rates[RANKED_BY].rate
    return rate is None, rate or 0.0, row.key[0]


def _kind(row: Row) -> dict[str, Any]:
    return {
        "key": row.key[0], "name": Kind(row.key[0]).label, "counted": row.counted,
        "unconfirmed": numbers_of(row)["unconfirmed"],
        "endings": {ending.value: n for ending, n in row.endings.items()},
    }


def _most_frequent(rows: Iterable[Row]) -> list[Row]:
    """The same order whatever they are called: of those as frequent the one with other numbers is told by these."""
    named = (row for row in rows if row.counted)
    return sorted(named, key=lambda row: (-row.counted, _parts(row), row.key))[:CATEGORIES]


def _parts(row: Row) -> list[tuple[int, int]]:
    return [(row.rates[key].n, row.rates[key].of) for key in (RANKED_BY, "resolution")]


def _category(place: int, row: Row) -> dict[str, Any]:
    """By its place in the list: a category may be called otherwise one day, and is the same."""
    told = numbers_of(row)
    return {"key": str(place), "name": row.names[0], **{key: told[key] for key in ("counted", RANKED_BY, "resolution")}}


def _named(slowest: Iterable[standing.Waiting]) -> list[dict[str, Any]]:
    """Each with its village's name; nothing of what it says, nobody's name."""
    cases = list(slowest)
    codes = {case.area_code[: Level.VILLAGE.digits] for case in cases}
    names = dict(db.session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())
    return [
        {
            "key": case.number, "kind": Kind(case.kind).label, "place": names[case.area_code[: Level.VILLAGE.digits]],
            "days": case.days, "due_at": clock.local(case.due_at).isoformat(), "is_overdue": case.is_overdue,
        }
        for case in cases
    ]


def _said(found: Finding) -> dict[str, Any]:
    return {"sentence": found.sentence, "values": found.values}


def _most_said(categories: Sequence[Row]) -> Finding:
    known = next((row for row in categories if row.key[0]), None)
    if known is None:
        return Finding(N_("这个月还没有归好类的"))
    return Finding(N_("说得最多的是{name}，{n} 件"), {"name": known.names[0], "n": known.counted})


def _said_again(total: Row) -> Finding:
    share = total.rates["repeated"]
    if share.n == 0:
        return Finding(N_("没有一户为同一类事再说一次"))
    return Finding(N_("{of} 件里有 {n} 件，是同一户为同一类事又说一次"), {"n": share.n, "of": share.of})
