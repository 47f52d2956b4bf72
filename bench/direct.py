"""量一量: the figures asked directly of cases and events, in SQL, as one would without anything kept beside them.

From the cases' own columns it is one grouped reading; from the events each case is put together first, as the
definitions say (what counts is what came after the last reopening). Medians are another reading. Both are less than
the pages show (no visits, no repeats, no handlers), so that they are, if anything, too fast.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from feedback import db
from feedback.db import Instant

OF_CASES = """
SELECT area_code, kind, filed_at, closed_at, responded_at, reported_at AS handled_at, answer, rating, disputes,
  response_due_at, handling_due_at, handling_due_original_at,
  CASE WHEN outcome IN ('withdrawn', 'merged', 'declined', 'invalid') THEN 0 ELSE 1 END AS counted
FROM feedback_case
WHERE area_code >= :low AND area_code < :high AND filed_at >= :start AND filed_at < :end
"""
OF_EVENTS = """
SELECT min(area_code) AS area_code, min(kind) AS kind, min(filed_at) AS filed_at,
  max(CASE WHEN status = 'closed' AND before <> 'closed' AND n > again THEN at END) AS closed_at,
  min(CASE WHEN status = 'in_progress' THEN at END) AS responded_at,
  min(CASE WHEN action = 'report_back' AND n > again THEN at END) AS handled_at,
  max(CASE WHEN by_her AND answer IS NOT NULL AND n > again THEN answer END) AS answer,
  max(CASE WHEN by_her THEN rating END) AS rating,
  count(CASE WHEN action = 'dispute' THEN 1 END) AS disputes,
  min(response_due_at) AS response_due_at, min(handling_due_at) AS handling_due_at,
  min(handling_due_original_at) AS handling_due_original_at,
  CASE WHEN max(CASE WHEN status = 'closed' AND n > again THEN outcome END)
    IN ('withdrawn', 'merged', 'declined', 'invalid') THEN 0 ELSE 1 END AS counted
FROM (
  SELECT e.case_id, e.n, e.at, e.action, e.status, e.by_her, e.answer, e.rating, e.outcome, c.area_code, c.kind,
    c.filed_at, c.response_due_at, c.handling_due_at, c.handling_due_original_at,
    lag(e.status, 1, 'new') OVER (PARTITION BY e.case_id ORDER BY e.n) AS before,
    coalesce(max(CASE WHEN e.action IN ('dispute', 'follow_up', 'reopen', 'unmerge') AND e.status = 'assigned'
      THEN e.n END) OVER (PARTITION BY e.case_id), 0) AS again
  FROM feedback_case c JOIN case_event e ON e.case_id = c.id
  WHERE c.area_code >= :low AND c.area_code < :high AND c.filed_at >= :start AND c.filed_at < :end AND e.at <= :now
) steps GROUP BY case_id
"""
MONTH = {"sqlite": "substr(datetime(filed_at, '+8 hours'), 1, 7)",
         "postgresql": "to_char(filed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"}
SECONDS = {"sqlite": "round((julianday({0}) - julianday(filed_at)) * 86400)",
           "postgresql": "extract(epoch FROM {0} - filed_at)"}
COUNTS = """
SELECT substr(area_code, 1, 12) AS village, {month} AS month, kind, count(*), sum(1 - counted),
  sum(CASE WHEN counted = 1 AND closed_at IS NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND response_due_at < :now THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND response_due_at < :now AND responded_at <= response_due_at THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND handling_due_at < :now THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND handling_due_at < :now AND handled_at <= handling_due_at THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND handling_due_original_at < :now AND handled_at <= handling_due_original_at
    THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND handling_due_at <> handling_due_original_at THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND answer IS NOT NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND answer = 'solved' THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND answer = 'accepted' THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND rating IS NOT NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND rating >= 4 THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND closed_at IS NOT NULL AND answer IS NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN counted = 1 AND disputes > 0 THEN 1 ELSE 0 END)
FROM ({facts}) facts GROUP BY 1, 2, 3
"""
MEDIANS = {
    "postgresql": """
SELECT substr(area_code, 1, 12) AS village, {percentiles} FROM ({facts}) facts WHERE counted = 1 GROUP BY 1""",
    "sqlite": """
SELECT village, took FROM (
  SELECT substr(area_code, 1, 12) AS village, {seconds} AS took,
    row_number() OVER (PARTITION BY substr(area_code, 1, 12) ORDER BY {seconds}) AS rank,
    count(*) OVER (PARTITION BY substr(area_code, 1, 12)) AS n
  FROM ({facts}) facts WHERE counted = 1 AND {until} IS NOT NULL
) WHERE rank IN ((n * 50 + 99) / 100, (n * 90 + 99) / 100)""",
}
DURATIONS = ("responded_at", "handled_at", "closed_at")
LATE = """
SELECT id, count(*) OVER () FROM (
  SELECT id, filed_at FROM feedback_case
  WHERE area_code >= :low AND area_code < :high AND filed_at >= :start AND filed_at < :end AND {condition}
) found ORDER BY filed_at DESC, id DESC LIMIT 50
"""


class Asked:
    """An area and a stretch of time, as parameters."""

    def __init__(self, area_code: str, start: datetime, end: datetime, now: datetime) -> None:
        self.given = {"low": area_code, "high": area_code + ":", "start": start, "end": end, "now": now}

    def run(self, sql: str) -> list[Any]:
        """Every row of the answer."""
        used = {name: value for name, value in self.given.items() if f":{name}" in sql}
        instants = [bindparam(name, type_=Instant()) for name in ("start", "end", "now") if name in used]
        connection: Connection = db.session.connection()
        return list(connection.execute(text(sql).bindparams(*instants), used))

    def counts(self, facts: str) -> list[Any]:
        """Every count of every village, month and kind."""
        return self.run(COUNTS.format(month=MONTH[_dialect()], facts=facts))

    def medians(self, facts: str) -> list[Any]:
        """Median and p90 of the three durations, by village."""
        seconds = SECONDS[_dialect()]
        if _dialect() == "postgresql":
            parts = (f"percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {seconds.format(one)})"
                     for one in DURATIONS)
            return self.run(MEDIANS["postgresql"].format(percentiles=", ".join(parts), facts=facts))
        return [self.run(MEDIANS["sqlite"].format(seconds=seconds.format(one), until=one, facts=facts))
                for one in DURATIONS]

    def page(self, facts: str) -> list[Any]:
        """What a page of an area shows: the counts, and how long things took."""
        return [self.counts(facts), self.medians(facts)]

    def behind(self, condition: str) -> list[Any]:
        """The first fifty cases behind a number, and how many there are, from the cases' own columns."""
        return self.run(LATE.format(condition=condition))

    def behind_events(self, condition: str) -> list[Any]:
        """The same, each case put together from its events."""
        facts = OF_EVENTS.replace("SELECT min(area_code)", "SELECT case_id AS id, min(area_code)", 1)
        return self.run(f"SELECT id, count(*) OVER () FROM ({facts}) facts WHERE counted = 1 AND {condition}"
                        " ORDER BY filed_at DESC, id DESC LIMIT 50")


def _dialect() -> str:
    return db.engine().dialect.name
