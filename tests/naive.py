"""算两遍: the figures once more, from a list of what happened, told as the design tells them and nothing reused.

A case is the list of its events. Each question is asked of the whole list anew: slow, and plain enough to be read
beside the table of definitions.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

History = Sequence[Any]
"""The events of one case, in their order: each with what the case was after it."""
SHANGHAI = timezone(timedelta(hours=8))
NOT_COUNTED = ("withdrawn", "merged", "declined", "invalid")
ANSWERED = ("reported_back", "closed")
BACK = ("dispute", "follow_up", "reopen", "unmerge")


class Told:
    """One case as at an instant; its household's other cases are known, for repeats."""

    def __init__(self, history: History, as_at: datetime, area: str, others: Sequence[History]) -> None:
        self.events = [one for one in history if one.at <= as_at]
        self.first, self.last = self.events[0], self.events[-1]
        self.as_at, self.area, self.others = as_at, area, others

    # what happened

    def entered(self, status: str) -> Iterator[Any]:
        for before, event in zip([None, *self.events], self.events, strict=False):
            if event.status == status and (before is None or before.status != status):
                yield event

    @property
    def closing(self) -> Any:
        return list(self.entered("closed"))[-1] if self.last.status == "closed" else None

    @property
    def exclusion(self) -> str | None:
        outcome = self.closing and self.closing.outcome
        return outcome if outcome in NOT_COUNTED else None

    @property
    def contact(self) -> Any:
        return next(self.entered("in_progress"), None)

    @property
    def went_back(self) -> list[Any]:
        return [
            event for before, event in zip(self.events, self.events[1:], strict=False)
            if event.action in BACK and before.status in ANSWERED and event.status not in ANSWERED
        ]

    @property
    def answer_given(self) -> Any:
        since = self.went_back[-1].n if self.went_back else 0
        return next((one for one in self.events if one.n > since and one.action == "report_back"), None)

    def words(self) -> Iterator[tuple[Any, str]]:
        for one in self.events:
            if one.action in ("confirm", "dispute", "follow_up"):
                word = "not_solved" if one.action == "dispute" else one.answer
                if word:
                    yield one, word

    def is_hers(self, event: Any) -> bool:
        return bool(event.by_her and event.channel == "door")

    def word(self, hers: bool) -> str | None:
        return next((word for one, word in reversed(list(self.words())) if self.is_hers(one) is hers), None)

    def rating(self, hers: bool) -> int | None:
        rated = [one for one in self.events if one.action in ("rate", "follow_up") and one.rating is not None]
        return next((one.rating for one in reversed(rated) if self.is_hers(one) is hers), None)

    @property
    def is_silent(self) -> bool:
        if not self.is_closed or self.closing.action != "close":
            return False
        given = self.answer_given
        return given is None or not any(one.n > given.n for one, _ in self.words())

    @property
    def was_visited(self) -> bool:
        denied = {one.of_n: one.n for one in self.events if one.action == "witness" and one.witnessed is False}
        return any(one.code_id is not None and one.n not in denied for one in self.events if one.action == "visit")

    # how it is counted

    @property
    def is_counted(self) -> bool:
        return self.exclusion is None

    @property
    def is_closed(self) -> bool:
        return self.is_counted and self.closing is not None

    def clock(self, due: datetime, done: Any) -> str:
        in_time = done is not None and done.at <= due
        if not self.is_counted:
            return "late" if due < self.closing.at and not in_time else "none"
        if self.as_at <= due:
            return "running"
        return "in time" if in_time else "late"

    @property
    def is_repeat(self) -> bool:
        return any(
            other[0].filed_at < self.first.filed_at <= other[0].filed_at + timedelta(days=90)
            and self._is_same_matter([one for one in other if one.at <= self.as_at][-1])
            for other in self.others if other[0].at <= self.as_at
        )

    def _is_same_matter(self, other: Any) -> bool:
        if other.household_id is None or other.household_id != self.last.household_id:
            return False
        if not other.area_code.startswith(self.area):
            return False
        mine = self.last.category_id
        return bool(other.kind == self.last.kind if mine is None else other.category_id == mine)

    def shares(self) -> Iterator[tuple[str, str, bool, bool]]:
        """Key, whose, whether it is among them, whether it holds."""
        contact, given, last = self.contact, self.answer_given, self.last
        response = self.clock(last.response_due_at, contact)
        handling = self.clock(last.handling_due_at, given)
        original = self.clock(last.handling_due_original_at, given)
        over = ("in time", "late")
        word, rating = self.word(True), self.rating(True)
        heard = self.is_counted and word is not None
        reported = self.is_counted and any(one.action == "report_back" for one in self.events)
        reopened = any(one.action in ("dispute", "reopen") for one in self.events) or any(
            one.action != "unmerge" for one in self.went_back)
        wanted = self.is_closed and last.is_visit_wanted and last.kind in ("help", "complaint")
        yield "response_on_time", "response", response in over, response == "in time"
        yield "handling_on_time", "handling", handling in over, handling == "in time"
        yield "handling_on_time_original", "handling", original in over, original == "in time"
        extended = last.handling_due_at != last.handling_due_original_at
        yield "extended", "handling", handling in over, extended
        yield "resolution", "handling", heard, word == "solved"
        yield "accepted", "handling", heard, word == "accepted"
        yield "satisfaction", "handling", self.is_counted and rating is not None, (rating or 0) >= 4
        yield "participation", "handling", self.is_closed, word is not None or rating is not None
        yield "unconfirmed", "handling", self.is_closed, self.is_silent
        yield "visited", "handling", wanted, self.was_visited
        yield "reopened", "handling", reported, reopened
        yield "repeated", "handling", self.is_counted, self.is_repeat
        yield "_response", "response", response == "running", contact is not None
        yield "_handling", "handling", handling == "running", False

    def lasting(self) -> Iterator[tuple[str, str, int]]:
        for key, whose, event in (("response_seconds", "response", self.contact),
                                  ("handling_seconds", "handling", self.answer_given),
                                  ("closing_seconds", "handling", self.closing)):
            if event is not None and self.is_counted:
                yield key, whose, int((event.at - self.first.filed_at).total_seconds())

    def counts(self) -> Iterator[str]:
        yield "received"
        if not self.is_counted:
            yield f"excluded {self.exclusion}"
        elif self.closing is None:
            yield "open"
        if self.last.is_marked and self.last.status == "new":
            yield "to_check"
        if self.is_counted and self.word(False) is not None:
            yield "recorded answers"
        if self.is_counted and self.rating(False) is not None:
            yield "recorded ratings"

    def answering(self, whose: str) -> tuple[str, int]:
        """A person, or the team that holds it."""
        handled = self.answer_given.actor_id if self.answer_given else None
        if whose == "response":
            person = self.contact.actor_id if self.contact else None
        else:
            person = handled or self.last.owner_id
            if whose == "case" and not self.is_counted:
                person = self.closing.actor_id or person
        return ("person", person) if person is not None else ("team", self.last.team_id)


def figures(histories: Iterable[History], area: str, days: tuple[date, date], as_at: datetime,
            by: Sequence[str]) -> Mapping[tuple[Any, ...], dict[str, Any]]:
    """What `Row.as_json` says of each group that has a case; handlers as ("person", id) or ("team", id)."""
    known = [history for history in histories if history[0].at <= as_at]
    told = [Told(history, as_at, area, [one for one in known if one is not history]) for history in known]
    here = [one for one in told if one.last.area_code.startswith(area)
            and days[0] <= one.first.filed_at.astimezone(SHANGHAI).date() <= days[1]]
    counts: defaultdict[Any, list[str]] = defaultdict(list)
    shares: defaultdict[Any, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    times: defaultdict[Any, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    groups = set()
    for case in here:
        for whose in ("case", "response", "handling"):
            groups.add(_key(case, by, whose, area))
        counts[_key(case, by, "case", area)] += case.counts()
        for key, whose, is_among, holds in case.shares():
            if is_among:
                shares[_key(case, by, whose, area)][key].append(holds)
        for key, whose, seconds in case.lasting():
            times[_key(case, by, whose, area)][key].append(seconds)
    return {group: _row(counts[group], shares[group], times[group]) for group in groups}


def _key(case: Told, by: Sequence[str], whose: str, area: str) -> tuple[Any, ...]:
    words = {
        "area": case.last.area_code[: len(area) + 3],
        "kind": case.last.kind,
        "month": f"{case.first.filed_at.astimezone(SHANGHAI):%Y-%m}",
        "handler": case.answering(whose),
    }
    return tuple(words[one] for one in by)


def _row(counts: list[str], shares: Mapping[str, list[bool]], times: Mapping[str, list[int]]) -> dict[str, Any]:
    excluded = {reason: counts.count(f"excluded {reason}") for reason in NOT_COUNTED}
    names = ("response_on_time", "handling_on_time", "handling_on_time_original", "extended", "resolution", "accepted",
             "satisfaction", "participation", "unconfirmed", "visited", "reopened", "repeated")
    running = shares["_response"]
    return {
        "received": counts.count("received"), "excluded": excluded,
        "counted": counts.count("received") - sum(excluded.values()), "open": counts.count("open"),
        **{name: _share(shares[name]) for name in names},
        **{name: _times(times[name]) for name in ("response_seconds", "handling_seconds", "closing_seconds")},
        "to_check": counts.count("to_check"),
        "not_yet_due": {"response": {"n": len(running), "responded": sum(running)},
                        "handling": len(shares["_handling"])},
        "recorded_for_her": {"answers": counts.count("recorded answers"), "ratings": counts.count("recorded ratings")},
    }


def _share(holds: list[bool]) -> dict[str, Any]:
    return {"n": sum(holds), "of": len(holds), "rate": sum(holds) / len(holds) if len(holds) >= 5 else None}


def _times(seconds: list[int]) -> dict[str, Any]:
    ordered = sorted(seconds)
    ranks = [ordered[math.ceil(share * len(ordered) / 100) - 1] if ordered else None for share in (50, 90)]
    return {"median": ranks[0], "p90": ranks[1], "n": len(ordered)}
