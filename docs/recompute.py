"""重算: every figure of a township, worked out again from an exported file of events. No part of the program is used.

For whoever checks the figures: one file, Python 3.11 or later, nothing else to install. It was written from the
definitions, not from the program; `docs/exports.md` says what each column means.

    hulianma export events --area 330281114 --from 2026-07-01 --to 2026-10-31 --out events.zip
    python recompute.py events.zip --area 330281114 --from 2026-10-01 --to 2026-10-31 --by area

prints the same JSON as `hulianma stats … --format json`, as at the instant at which the file was made, or `--as-at`. The
file may hold more than is asked for: for the repeat share it begins 90 days before. A `.zip` says itself as at when it
was made; for a bare `.csv` say it with `--as-at`. A place or group without a case has no row here.
"""

import argparse
import csv
import io
import json
import math
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

Event = dict[str, str]

KINDS = ["enquiry", "help", "complaint", "suggestion"]
NOT_COUNTED = ["withdrawn", "merged", "declined", "invalid"]
LEVELS = [6, 9, 12, 15, 18]
"""Digits of a county's code, a township's, a village's, a grid's, a micro-grid's."""
GROUPS = ["area", "kind", "category", "team", "handler", "month"]
REPEAT_WITHIN = timedelta(days=90)
SHANGHAI = timezone(timedelta(hours=8))
FEWEST_FOR_A_RATE = 5


# ---------------------------------------------------------------- reading


def read(file: Path) -> tuple[list[Event], str]:
    """The events of a file, and the instant it says it was made as at (nothing in a bare CSV)."""
    if file.suffix.lower() != ".zip":
        with file.open(encoding="utf-8-sig", newline="") as text:
            return list(table(text)), ""
    with zipfile.ZipFile(file) as parts:
        with parts.open("events.csv") as raw:
            events = list(table(io.TextIOWrapper(raw, "utf-8-sig", newline="")))
        with parts.open("definitions.csv") as raw:
            about = {line["name"]: line["value"] for line in table(io.TextIOWrapper(raw, "utf-8-sig", newline=""))}
    return events, about["file_as_at"]


def table(text: Iterable[str]) -> Iterator[Event]:
    """Lines of a CSV. A cell that a spreadsheet could take for a formula has an apostrophe before it: taken off."""
    for line in csv.DictReader(text):
        yield {name: value.removeprefix("'") for name, value in line.items()}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------- one case


class Case:
    """What one case's events say of it, as at an instant."""

    def __init__(self, events: list[Event], as_at: datetime) -> None:
        self.events = sorted(events, key=lambda event: int(event["n"]))
        self.now = self.events[-1]  # every event says where the case stands after it
        self.as_at = as_at
        self.filed_at = instant(self.events[0]["at"])
        self.restarts = self._restarts()
        self.closing = self._closing()
        self.response = next((event for event in self.events if event["status"] == "in_progress"), None)
        since = self.events[self.restarts[-1] :] if self.restarts else self.events
        self.handling = next((event for event in since if event["action"] == "report_back"), None)
        self.answers = [event for event in self.events if said(event)]
        self.ratings = [event for event in self.events if event["action"] in ("rate", "follow_up") and event["rating"]]

    def _restarts(self) -> list[int]:
        """Where it began anew: answered or closed before, and after her objection or a reopening open again."""
        answered = ("reported_back", "closed")
        return [
            place
            for place, (before, event) in enumerate(zip(self.events, self.events[1:], strict=False), 1)
            if event["action"] in ("dispute", "follow_up", "reopen", "unmerge")
            and before["status"] in answered
            and event["status"] not in answered
        ]

    def _closing(self) -> Event | None:
        """The event that closed it, where it is closed: the first of the last run of closed ones."""
        closing = None
        for event in self.events:
            closing = None if event["status"] != "closed" else closing or event
        return closing

    # ---- counted or not

    @property
    def not_counted(self) -> str:
        """Why it is not counted; nothing where it is."""
        outcome = self.closing["outcome"] if self.closing else ""
        return outcome if outcome in NOT_COUNTED else ""

    @property
    def is_counted(self) -> bool:
        return not self.not_counted

    @property
    def is_closed(self) -> bool:
        return self.is_counted and self.closing is not None

    # ---- the two clocks

    def verdict(self, due: str, done: Event | None) -> str:
        """`kept`, `late`, `early` (not yet due) or `out` (not judged). At the due instant itself is on time; what had
        run out before the case was withdrawn, merged or declined stays late."""
        due_at = instant(self.now[due])
        kept = done is not None and instant(done["at"]) <= due_at
        if self.closing and self.not_counted:
            return "late" if due_at < instant(self.closing["at"]) and not kept else "out"
        if self.as_at <= due_at:
            return "early"
        return "kept" if kept else "late"

    @property
    def response_verdict(self) -> str:
        return self.verdict("response_due", self.response)

    @property
    def handling_verdict(self) -> str:
        return self.verdict("handling_due", self.handling)

    @property
    def original_verdict(self) -> str:
        return self.verdict("handling_due_original", self.handling)

    # ---- her word

    @property
    def answer(self) -> str:
        """Her own last word: solved, accepted, not_solved; nothing where she said none."""
        own = [said(event) for event in self.answers if is_her_own(event)]
        return own[-1] if own else ""

    @property
    def rating(self) -> int:
        """Her own last rating, 1 to 5; 0 where she gave none."""
        own = [int(event["rating"]) for event in self.ratings if is_her_own(event)]
        return own[-1] if own else 0

    @property
    def is_unconfirmed(self) -> bool:
        """Closed by silence, and no answer since the result was told, by her or written down for her."""
        if not self.is_closed or not self.closing or self.closing["action"] != "close":
            return False
        told = int(self.handling["n"]) if self.handling else math.inf
        return not any(int(event["n"]) > told for event in self.answers)

    # ---- visits, reopening

    @property
    def is_visit_wanted(self) -> bool:
        return self.now["visit_wanted"] == "yes" and self.now["kind"] in ("help", "complaint")

    @property
    def is_visited(self) -> bool:
        denied = {event["of_n"] for event in self.events if event["action"] == "witness" and event["witnessed"] == "no"}
        scans = (event for event in self.events if event["action"] == "visit" and event["scanned"] == "yes")
        return any(event["n"] not in denied for event in scans)

    @property
    def is_reported_back(self) -> bool:
        return any(event["action"] == "report_back" for event in self.events)

    @property
    def is_reopened(self) -> bool:
        return any(event["action"] in ("dispute", "reopen") for event in self.events) or any(
            self.events[place]["action"] == "follow_up" for place in self.restarts
        )

    @property
    def matter(self) -> tuple[str, str]:
        """What a repeat is of: the category, or while it has none the kind."""
        column = "category" if self.now["category"] else "kind"
        return column, self.now[column]

    # ---- whose

    def answers_for(self, whose: str) -> str:
        """Who answers for its response, its handling, or the case; where nobody took it up, the team that holds it."""
        if whose == "response":
            person = self.response["actor"] if self.response else ""
        else:
            person = (self.handling["actor"] if self.handling else "") or self.now["owner"]
            if whose == "case" and self.closing and self.not_counted:
                person = self.closing["actor"] or person
        return person or self.now["team"]


def said(event: Event) -> str:
    """The answer an event carries; nothing for an event that is none."""
    if event["action"] == "dispute":
        return "not_solved"
    return event["answer"] if event["action"] in ("confirm", "follow_up") else ""


def is_her_own(event: Event) -> bool:
    """By her own hand, on a case she filed herself; the rest is recorded for her and shown apart."""
    return event["by_her"] == "yes" and event["channel"] == "door"


# ---------------------------------------------------------------- one row of figures


def share(among: Iterable[bool]) -> dict[str, Any]:
    """How many of these hold, of all of them; under five they are no rate."""
    held = list(among)
    n, of = sum(held), len(held)
    return {"n": n, "of": of, "rate": n / of if of >= FEWEST_FOR_A_RATE else None}


def spread(cases: Iterable[Case], end: Callable[[Case], Event | None]) -> dict[str, Any]:
    """Median and p90 of natural seconds from filing, by nearest rank: the ⌈p·n⌉-th smallest."""
    ends = ((case, end(case)) for case in cases if case.is_counted)
    took = sorted(int((instant(event["at"]) - case.filed_at).total_seconds()) for case, event in ends if event)
    rank = {percent: took[math.ceil(percent * len(took) / 100) - 1] if took else None for percent in (50, 90)}
    return {"median": rank[50], "p90": rank[90], "n": len(took)}


def row(key: Any, responses: list[Case], handlings: list[Case], cases: list[Case], repeats: set[int]) -> dict[str, Any]:
    """The figures of one group. The three lists differ only where figures are told by handler: the cases for whose
    response, for whose handling, and for which as a whole somebody answers."""
    excluded = Counter(case.not_counted for case in cases)
    counted = [case for case in cases if case.is_counted]
    handled = [case for case in handlings if case.is_counted]
    closed = [case for case in handlings if case.is_closed]
    answered = [case for case in handled if case.answer]
    due = [case for case in handlings if case.handling_verdict in ("kept", "late")]
    original = [case for case in handlings if case.original_verdict in ("kept", "late")]
    early = [case for case in responses if case.response_verdict == "early"]
    return {
        "key": key,
        "received": len(cases),
        "excluded": {reason: excluded[reason] for reason in NOT_COUNTED},
        "counted": len(counted),
        "open": sum(not case.is_closed for case in counted),
        "response_on_time": share(
            case.response_verdict == "kept" for case in responses if case.response_verdict in ("kept", "late")
        ),
        "handling_on_time": share(case.handling_verdict == "kept" for case in due),
        "handling_on_time_original": share(case.original_verdict == "kept" for case in original),
        "extended": share(case.now["handling_due"] != case.now["handling_due_original"] for case in due),
        "resolution": share(case.answer == "solved" for case in answered),
        "accepted": share(case.answer == "accepted" for case in answered),
        "satisfaction": share(case.rating >= 4 for case in handled if case.rating),
        "participation": share(bool(case.answer or case.rating) for case in closed),
        "unconfirmed": share(case.is_unconfirmed for case in closed),
        "visited": share(case.is_visited for case in closed if case.is_visit_wanted),
        "reopened": share(case.is_reopened for case in handled if case.is_reported_back),
        "repeated": share(id(case) in repeats for case in handled),
        "response_seconds": spread(responses, lambda case: case.response),
        "handling_seconds": spread(handlings, lambda case: case.handling),
        "closing_seconds": spread(handlings, lambda case: case.closing),
        "to_check": sum(case.now["marked"] == "yes" and case.now["status"] == "new" for case in cases),
        "not_yet_due": {
            "response": {"n": len(early), "responded": sum(case.response is not None for case in early)},
            "handling": sum(case.handling_verdict == "early" for case in handlings),
        },
        "recorded_for_her": {
            "answers": sum(any(not is_her_own(event) for event in case.answers) for case in counted),
            "ratings": sum(any(not is_her_own(event) for event in case.ratings) for case in counted),
        },
    }


# ---------------------------------------------------------------- all rows


def booked(events: Iterable[Event], area: str, as_at: datetime) -> list[Case]:
    """The cases booked in the area as at the instant, by what had happened until then."""
    lives: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if instant(event["at"]) <= as_at:
            lives[event["case"]].append(event)
    cases = (Case(life, as_at) for life in lives.values())
    return [case for case in cases if case.now["area"].startswith(area)]


def repeating(cases: Sequence[Case]) -> set[int]:
    """The cases whose household had filed the same matter within the 90 days before, both in the area."""
    filed: defaultdict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for case in cases:
        for column in ("category", "kind"):
            filed[case.now["household"], column, case.now[column]].append(case.filed_at)
    return {
        id(case)
        for case in cases
        if case.now["household"]
        and any(
            timedelta(0) < case.filed_at - earlier <= REPEAT_WITHIN
            for earlier in filed[case.now["household"], *case.matter]
        )
    }


def word(case: Case, group: str, area: str, whose: str) -> str:
    """Under which word a case is told in one grouping."""
    match group:
        case "area":
            return case.now["area"][: min((digits for digits in LEVELS if digits > len(area)), default=len(area))]
        case "handler":
            return case.answers_for(whose)
        case "month":
            return case.events[0]["at"][:7]
    return case.now[group]


def figures(
    events: Iterable[Event], area: str, first: date, last: date, as_at: datetime, by: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """One row a group, in the order of `hulianma stats`; without `by` one row for all."""
    cases = booked(events, area, as_at)
    repeats = repeating(cases)
    asked = [case for case in cases if first <= date.fromisoformat(case.events[0]["at"][:10]) <= last]
    if not by:
        return [row("all", asked, asked, asked, repeats)]
    groups: dict[str, defaultdict[tuple[str, ...], list[Case]]] = {}
    for whose in ("response", "handling", "case"):
        groups[whose] = defaultdict(list)
        for case in asked:
            groups[whose][tuple(word(case, group, area, whose) for group in by)].append(case)

    def rank(key: tuple[str, ...]) -> list[tuple[bool, int, str]]:
        """Kinds in their own order; what is booked in the area itself comes last."""
        named = zip(by, key, strict=True)
        return [(word == area, KINDS.index(word) if group == "kind" else 0, word) for group, word in named]

    keys = sorted({key for found in groups.values() for key in found}, key=rank)
    return [
        row(key[0] if len(by) == 1 else list(key), groups["response"][key], groups["handling"][key], groups["case"][key],
            repeats)
        for key in keys
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("events", type=Path, help="exported events: .zip, or .csv with --as-at")
    arguments.add_argument("--area", required=True, help="code of the area; what lies in it counts too")
    arguments.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first day of filing")
    arguments.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="last one, included")
    arguments.add_argument("--by", default="", help=f"groups, by commas: {', '.join(GROUPS)}")
    arguments.add_argument("--as-at", help="instant with its zone, such as 2026-11-20T17:30:00+08:00")
    given = arguments.parse_args()
    by = [group for group in given.by.split(",") if group]
    if not set(by) <= set(GROUPS):
        arguments.error(f"--by: write one or several of {', '.join(GROUPS)}")
    events, made_at = read(given.events)
    if not (given.as_at or made_at):
        arguments.error("a bare CSV does not say as at when it was made: say it with --as-at")
    as_at = instant(given.as_at or made_at)
    rows = figures(events, given.area, given.first, given.last, as_at, by)
    told = {"area": given.area, "from": str(given.first), "to": str(given.last),
            "as_at": as_at.astimezone(SHANGHAI).isoformat(), "by": by, "rows": rows}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
