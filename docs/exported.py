"""导出的文件: what an exported file holds, column by column, and how every figure follows from the events in it."""

from collections.abc import Callable, Iterable

from feedback.export import legend
from feedback.stats.definitions import COUNTS, DURATIONS, RATES

Table = Callable[[Iterable[str], Iterable[Iterable[str]]], str]

WORDS = (
    ("**the end**", "the last event of a case up to the instant asked about: its columns say where the case stands then"),
    ("**in the area**", "the end's `area` begins with the area's code"),
    ("**filed**", "`at` of the first event; its day and month are those of the text itself (+08:00)"),
    ("**a restart**", "`dispute`, `follow_up`, `reopen` or `unmerge` whose status is neither `reported_back` nor `closed`, "
                      "while that of the event before it is"),
    ("**the response**", "the first event with status `in_progress`"),
    ("**the handling**", "the first `report_back` after the last restart (or at all, where there is none)"),
    ("**the closing**", "where the end's status is `closed`: the first event of that last run of `closed`"),
    ("**excluded**", "the closing's `outcome` is `withdrawn`, `merged`, `declined` or `invalid`"),
    ("**her own**", "`by_her` is yes and `channel` is `door`; everything else was recorded for her"),
    ("**an answer**", "`not_solved` of a `dispute`, `answer` of a `confirm` or `follow_up`"),
    ("**on time, late**", "not excluded: the instant is after the due; on time where it was done by the due itself. "
                          "Excluded: late where the due came before the closing and it was not done by then, else not judged. "
                          "The dues are the end's"),
)
FROM_EVENTS = {
    "received": "all cases in the area, filed in these days",
    "excluded": "of these: excluded, by `outcome` of the closing",
    "counted": "received and not excluded",
    "open": "counted, without a closing",
    "to_check": "the end is `marked` and `new`",
    "not_yet_due": "not excluded, and the due is not before the instant; response: also how many of these have a response",
    "recorded_for_her": "counted, with an answer, or with a `rating` of a `rate` or `follow_up`, that is not her own",
    "response_on_time": "the response against `response_due`: on time ÷ on time and late",
    "handling_on_time": "the handling against `handling_due`: on time ÷ on time and late",
    "handling_on_time_original": "the handling against `handling_due_original`",
    "extended": "of handling on time and late: the end's `handling_due` and `handling_due_original` differ",
    "resolution": "her own last answer of counted cases: `solved` ÷ all that have one",
    "accepted": "the same, `accepted`",
    "satisfaction": "her own last `rating` of counted cases, of a `rate` or `follow_up`: 4 and 5 ÷ all that have one",
    "participation": "counted with a closing: an answer or a rating of her own ÷ all",
    "unconfirmed": "counted with a closing: it is a `close`, and no answer, whoever recorded it, stands after the handling ÷ all",
    "visited": "counted with a closing, the end `visit_wanted`, `help` or `complaint`: a `visit` that `scanned` and to whose `n` "
               "no `witness` with `witnessed` no has `of_n` ÷ all",
    "reopened": "counted with a `report_back`: a `dispute`, a `reopen`, or a restart by `follow_up` ÷ all",
    "repeated": "counted: another case in the area with the same `household`, filed 0 < t ≤ 90 days before, whose end has the "
                "same `category` (the same `kind`, where this one has no category) ÷ all",
    "response_seconds": "counted: `at` of the response − filed",
    "handling_seconds": "counted: `at` of the handling − filed",
    "closing_seconds": "counted: `at` of the closing − filed",
}


def page(table: Table) -> str:
    """As Markdown."""
    columns = ("column", "中文", "English", "values, unit")
    figures = [(key, label) for key, (label, _text) in COUNTS.items()]
    figures += [(one.key, one.label) for one in (*RATES, *DURATIONS)]
    return "\n".join((
        "# Exported files (导出)\n",
        "`hulianma export` and the township's pages write the same tables, without names, phones or words: people by staff "
        "number, households by a name that is good in one file only. The ending of the name chooses:\n",
        "- `.xlsx` for people: every code is text, and a last sheet, `definitions`, says what each column means, which area and "
        "days, as at when, by whom, how many rows. A full sheet (1,048,576 lines) is followed by another.\n"
        "- `.csv` for scripts: one table, UTF-8 with a mark that spreadsheets know, nothing before the head. A spreadsheet "
        "that opens it by itself shows long codes as rounded numbers; let it open the `.xlsx`.\n"
        "- `.zip` for handing over: that CSV, and `definitions.csv` with what the sheet says, so that the numbers and their "
        "meaning never part. A file beside the CSV would be lost with the first mail.\n",
        "A text that looks like a formula has an apostrophe before it, and so has one that begins with an apostrophe: take one "
        "off to read it. Files are of one instant, however long they take to write.\n",
        "## `events`: one line for each fact\n",
        table(columns, _lines(legend.EVENTS)),
        "`of_n` and `scanned` belong to the visit rate; without them it could not be worked out again.\n",
        "## `cases`: one line for each case, as it stands\n",
        table(columns, _lines(legend.CASES)),
        "## `figures`\n",
        "A count, the two parts of a rate and the rate, or median, p90 and number of times, by the keys of [figures](figures.md); "
        "times in seconds.\n",
        "## Every figure from `events`\n",
        "[`recompute.py`](recompute.py) does what stands here: one file, Python 3.11, no part of the program. Hand it over with "
        "the file; it prints the JSON of `hulianma stats --format json`, as at the instant of the file:\n",
        "    hulianma export events --area 330281114 --from 2026-07-01 --to 2026-10-31 --out events.zip\n"
        "    python docs/recompute.py events.zip --area 330281114 --from 2026-10-01 --to 2026-10-31 --by area\n",
        "For the repeat share the file begins 90 days before the first day. For a part of its area, or an earlier instant "
        "(`--as-at`), the same file serves; only a case that was moved out of the file's area since is not in it.\n",
        table(("word", "meaning"), WORDS),
        table(("key", "中文", "from the events"), ((f"`{key}`", label, FROM_EVENTS[key]) for key, label in figures)),
        "By handler: whoever made the response answers for response figures; whoever made the handling, else the end's `owner`, "
        "for the rest; whoever declined or merged it for received, excluded, open, to check and recorded. Nobody: the end's "
        "`team`. A rate whose denominator is under 5 is null. Median and p90 are the ⌈p·n⌉-th smallest.\n",
    ))


def _lines(columns: legend.Columns) -> Iterable[tuple[str, str, str, str]]:
    for name, column in columns.items():
        values = ", ".join(f"`{one.value}`" for one in column.values) if column.values else ""
        yield f"`{name}`", column.chinese, column.english, "; ".join(part for part in (values, column.unit) if part)
