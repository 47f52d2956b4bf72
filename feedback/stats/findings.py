"""发现: what a table says in one sentence, computed: the title of a page or of a chart.

Sentences are source strings with named values; the page translates them. A finding names its number, and says
plainly where there is nothing to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from feedback.stats.row import Row, Share
from feedback.words import N_

MANY = 0.45
"""From this share on, a few places are named as having most of it."""
NOTICEABLE = 0.5
"""Percentage points from which a change is worth a word."""


@dataclass(frozen=True)
class Finding:
    """A sentence and its values (`{name}`); a value that is text may itself be a source string."""

    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


def headline(now: Row, before: Row, period: str) -> Finding:
    """The page's title: punctuality against the period before (by its name), and what the villagers say."""
    points = now.rates["handling_on_time"].points_above(before.rates["handling_on_time"])
    solved = now.rates["resolution"]
    not_solved = _one_in(solved)
    if not_solved == 1:
        return Finding(N_("回了话的 {of} 件里，{n} 件说没解决"), {"n": solved.missing, "of": solved.of})
    if points is None and not_solved is None:
        return Finding(N_("受理 {n} 件，还不够比较"), {"n": now.received})
    if points is None:
        return Finding(N_("回了话的每 {k} 件里，有一件说没解决"), {"k": not_solved})
    if not_solved is None:
        return Finding(_PUNCTUALITY[_direction(points)], {"period": period})
    return Finding(_PUNCTUALITY_AND_WORD[_direction(points)], {"period": period, "k": not_solved})


_PUNCTUALITY_AND_WORD = {
    1: N_("办得比{period}准时，但回了话的每 {k} 件里，有一件说没解决"),
    0: N_("办得和{period}一样准时，回了话的每 {k} 件里，有一件说没解决"),
    -1: N_("办得不如{period}准时，回了话的每 {k} 件里，有一件说没解决"),
}
_PUNCTUALITY = {
    1: N_("办得比{period}准时"),
    0: N_("办得和{period}一样准时"),
    -1: N_("办得不如{period}准时"),
}


def _direction(points: float) -> int:
    return 0 if abs(points) < NOTICEABLE else 1 if points > 0 else -1


def _one_in(solved: Share) -> int | None:
    """Every how many-th answer says that it is not solved; None where too few answer, or all are content."""
    if solved.rate is None or solved.missing == 0:
        return None
    return max(round(solved.of / solved.missing), 1)


def late_by_place(rows: Sequence[Row], key: str = "handling_on_time", own: str = "") -> Finding:
    """How many were late, and in which one or two places most of them were; never in the area of the code `own`, for
    all of them are there."""
    late = {row.key[0]: row.rates[key].missing for row in rows}
    named = sorted((row for row in rows if row.key[0] != own), key=lambda row: -late[row.key[0]])
    total = sum(late.values())
    if total == 0:
        return Finding(N_("没有晚办的"))
    for places in (1, 2):
        part = sum(late[row.key[0]] for row in named[:places])
        if len(rows) > places and part / total >= MANY:
            names = "、".join(row.names[-1] for row in named[:places])
            return Finding(N_("晚办 {n} 件，其中 {part} 件在{places}"), {"n": total, "part": part, "places": names})
    return Finding(N_("晚办 {n} 件，分散在 {places} 处"), {"n": total, "places": sum(n > 0 for n in late.values())})


def unconfirmed(whole: Row, by_kind: Sequence[Row]) -> Finding:
    """How many of the closed cases ended without a word of hers, and of which kind most."""
    share = whole.rates["unconfirmed"]
    if share.of == 0:
        return Finding(N_("还没有办结的"))
    rated = [(row.rates["unconfirmed"].rate, row.names[-1]) for row in by_kind]
    worst = max(((rate, name) for rate, name in rated if rate), default=None)
    if worst is None or sum(rate == worst[0] for rate, _ in rated) > 1:
        return Finding(N_("办结 {of} 件，{n} 件没等到村民一句话"), {"n": share.n, "of": share.of})
    return Finding(
        N_("办结 {of} 件，{n} 件没等到村民一句话，{kind}的比例最高"), {"n": share.n, "of": share.of, "kind": worst[1]}
    )


def overdue_places(overdue_by_tile: Sequence[int], in_all: int, *, is_wide: bool = False) -> Finding:
    """In how many micro-grids the overdue cases of this moment are (`is_wide`: in how many villages), and how many are
    booked above these."""
    n, places = sum(overdue_by_tile), sum(n > 0 for n in overdue_by_tile)
    if in_all == 0:
        return Finding(N_("现在没有超期的"))
    values: dict[str, object] = {"n": in_all, "places": places, "above": in_all - n}
    return Finding(_OVERDUE[is_wide][0 if n == in_all else 1 if n else 2], values)


_OVERDUE = {
    False: (
        N_("超期 {n} 件，在 {places} 个微网格"),
        N_("超期 {n} 件，其中 {above} 件记在村里或镇里，其余在 {places} 个微网格"),
        N_("超期 {n} 件，都记在村里或镇里"),
    ),
    True: (
        N_("超期 {n} 件，在 {places} 个村社"),
        N_("超期 {n} 件，其中 {above} 件记在镇里或县里，其余在 {places} 个村社"),
        N_("超期 {n} 件，都记在镇里或县里"),
    ),
}


def slowest(days: int | None) -> Finding:
    """How long the oldest open case has been waiting."""
    if days is None:
        return Finding(N_("现在没有在办的"))
    return Finding(N_("最慢的一件等了 {days} 天，还没有结果"), {"days": days})


def received(now: float, before: float, period: str, *, a_day: bool = False) -> Finding:
    """How what came in has changed against a period in which something did; `a_day` where both are by the day."""
    percent = round((now - before) / before * 100)
    sentences = _RECEIVED_A_DAY if a_day else _RECEIVED
    return Finding(sentences[(percent > 0) - (percent < 0)], {"period": period, "percent": abs(percent)})


_RECEIVED = {1: N_("比{period}多 {percent}%"), 0: N_("和{period}差不多"), -1: N_("比{period}少 {percent}%")}
_RECEIVED_A_DAY = {
    1: N_("每天比{period}多 {percent}%"),
    0: N_("每天和{period}差不多"),
    -1: N_("每天比{period}少 {percent}%"),
}


def categories(rows: Sequence[Row]) -> Finding:
    """Which matter comes most. `rows` of the categories that have a name."""
    most = max((row.counted for row in rows), default=0)
    if not most:
        return Finding(N_("还没有归好类的"))
    names = [row.names[-1] for row in rows if row.counted == most]
    if len(names) > 1:
        return Finding(N_("“{most}”等 {k} 类最多，各 {n} 件"), {"most": names[0], "k": len(names), "n": most})
    return Finding(N_("“{most}”最多，{n} 件"), {"most": names[0], "n": most})


def late_categories(rows: Sequence[Row]) -> Finding:
    """Which matter is most often late."""
    late = {row.names[-1]: row.rates["handling_on_time"].missing for row in rows}
    most = max(late.values(), default=0)
    if not most:
        return Finding(N_("没有晚办的"))
    names = [name for name, n in late.items() if n == most]
    if len(names) > 1:
        return Finding(N_("晚办的分散在 {k} 类"), {"k": sum(n > 0 for n in late.values())})
    return Finding(N_("晚办最多的是“{latest}”，{n} 件"), {"latest": names[0], "n": most})


def rungs(told: Sequence[int]) -> Finding:
    """How far the ladder was climbed: how many open cases stand at no rung, at half the time, near the due, past it,
    a working day past it."""
    reached = max((place for place, n in enumerate(told) if n), default=None)
    if reached is None:
        return Finding(N_("现在没有在办的"))
    return Finding(_REACHED[reached], {"n": told[reached]})


_REACHED = (
    N_("在办 {n} 件，时间都还没过半"),
    N_("没有快到期的，{n} 件时间过半"),
    N_("没有超期的，{n} 件快到期"),
    N_("{n} 件超期，已经报到上一级"),
    N_("{n} 件超期一个工作日，已经报到镇街"),
)


def repeats(whole: Row, by_place: Sequence[Row]) -> Finding:
    """How many come again with the same matter, and from where most of them."""
    n = whole.rates["repeated"].n
    if n == 0:
        return Finding(N_("没有人为同一类事再来"))
    parts = sorted((row.rates["repeated"].n for row in by_place), reverse=True)
    if len(parts) < 2 or parts[0] == parts[1]:
        return Finding(N_("{n} 件是同一户为同一类事再来"), {"n": n})
    most = max(by_place, key=lambda row: row.rates["repeated"].n)
    if parts[0] == n:
        return Finding(N_("{n} 件是同一户为同一类事再来，都在{place}"), {"n": n, "place": most.names[-1]})
    return Finding(N_("{n} 件是同一户为同一类事再来，{place}最多"), {"n": n, "place": most.names[-1]})


def loads(loads: Sequence[int], unowned: int) -> Finding:
    """How what is open is spread over people; nobody is named."""
    if not loads and not unowned:
        return Finding(N_("现在没有在办的"))
    if not loads:
        return Finding(N_("{unowned} 件还没有人接"), {"unowned": unowned})
    values: dict[str, object] = {"people": len(loads), "n": sum(loads), "most": max(loads), "unowned": unowned}
    if unowned:
        return Finding(N_("{people} 人手上有 {n} 件，最多的一人 {most} 件；还有 {unowned} 件没有人接"), values)
    return Finding(N_("{people} 人手上有 {n} 件，最多的一人 {most} 件"), values)


def busiest(months: Sequence[tuple[str, int]]) -> Finding:
    """In which month most came in; each by its name."""
    most = max(months, key=lambda one: one[1], default=("", 0))
    if most[1] == 0:
        return Finding(N_("还没有受理过"))
    return Finding(N_("{month}受理最多，{n} 件"), {"month": most[0], "n": most[1]})
