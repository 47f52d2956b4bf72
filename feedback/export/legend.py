"""说明: what each column of an exported table means, in Chinese and English, with its unit or denominator.

The same lines are a sheet of the workbook, a second file beside a CSV, and a page of the documents.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from feedback import clock
from feedback.models.kinds import Action, Answer, Channel, Contact, Kind, Outcome, Status
from feedback.models.people import Role
from feedback.stats import By
from feedback.stats.definitions import COUNTS, DURATIONS, FEWEST_FOR_A_RATE, RATES
from feedback.stats.facts import Exclusion, Verdict
from feedback.words import english

Cell = str | int | float | None


class Column(NamedTuple):
    """One column: its meaning in both languages, its unit or what it is a part of, and its closed list of words."""

    chinese: str
    english: str
    unit: str = ""
    values: type[StrEnum] | None = None


Columns = Mapping[str, Column]

INSTANT = "YYYY-MM-DDThh:mm:ss+08:00"
YES_NO = "yes / no / 空 empty"
PERSON = "工号 staff number"
CODE = "区划代码 area code"
TEAM = "区划代码，自设的队后面有名字 area code; an own team with its name"

EVENTS: Columns = {
    "case": Column("诉求编号", "number of the case"),
    "n": Column("这件诉求的第几步，从 1 起", "which event of this case, from 1"),
    "action": Column("做了什么", "what was done", values=Action),
    "at": Column("什么时候", "when", INSTANT),
    "actor": Column("谁做的；空：村民或系统", "by whom; empty: the villager or the system", PERSON),
    "post": Column("以什么身份", "wearing which hat", values=Role),
    "actor_area": Column("他在哪里任职", "where that person serves", CODE),
    "status": Column("这一步之后的状态", "status after it", values=Status),
    "area": Column("这一步之后记在哪里", "where the case is booked after it", CODE),
    "team": Column("这一步之后在哪个队手里", "which team holds it after it", TEAM),
    "owner": Column("这一步之后的经办人", "who owns it after it", PERSON),
    "kind": Column("种类", "kind", values=Kind),
    "category": Column("类别；空：未归类", "category; empty: none yet"),
    "urgent": Column("是否紧急", "whether urgent", YES_NO),
    "channel": Column("怎么提交的；除了扫码都是代录", "how it was filed; all but door: typed for her", values=Channel),
    "marked": Column("是否因短时间大量提交要先核", "whether filed in a flood, to be checked first", YES_NO),
    "visit_wanted": Column("是否要上门", "whether a visit is wanted", YES_NO),
    "contact": Column("怎么联系上的", "how contact was made", values=Contact),
    "witnessed": Column("村民证实或否认第 of_n 步", "she confirms or denies event of_n", YES_NO),
    "of_n": Column("证实的是第几步", "which event she bears witness to"),
    "scanned": Column("这次上门扫了门上的码", "the door's code was scanned at this visit", YES_NO),
    "outcome": Column("结果", "outcome", values=Outcome),
    "reason": Column("原因代码，不是文字", "a reason as a code, never words"),
    "answer": Column("村民的回话", "her answer", values=Answer),
    "rating": Column("评分", "rating", "1–5"),
    "by_her": Column("是她自己做的", "by her own hand", YES_NO),
    "main_case": Column("并到哪一件", "the case it was merged into"),
    "household": Column("户的代号，只在这份文件里有效", "stands for the household, in this file only"),
    "response_due": Column("响应期限", "response due", INSTANT),
    "handling_due": Column("办理期限，含延期和等她的时间", "handling due, with extension and waiting for her", INSTANT),
    "handling_due_original": Column("办理期限，不含延期", "handling due without extension", INSTANT),
    "policy": Column("按哪一条期限规定", "which deadline policy it follows"),
}
"""`of_n` and `scanned` are what the contract's columns lack for the visit rate."""

_VERDICT = "只看期限已到的 of those whose due has passed: on_time / late"
CASES: Columns = {
    "case": EVENTS["case"],
    "filed_at": Column("提交的时刻", "when it was filed", INSTANT),
    "area": Column("记在哪里", "where it is booked", CODE),
    "team": Column("在哪个队手里", "which team holds it", TEAM),
    "owner": Column("经办人", "its owner", PERSON),
    "kind": EVENTS["kind"],
    "category": EVENTS["category"],
    "urgent": EVENTS["urgent"],
    "channel": EVENTS["channel"],
    "marked": EVENTS["marked"],
    "visit_wanted": EVENTS["visit_wanted"],
    "household": EVENTS["household"],
    "status": Column("状态", "status", values=Status),
    "responded_at": Column("有人接手并联系上的时刻", "when somebody took it on and made contact", INSTANT),
    "responder": Column("谁接手的", "who did", PERSON),
    "handled_at": Column(
        "把结果告诉她的时刻：最近一次不满意或重办之后的第一次反馈",
        "when she was told the result: the first answer since the last dispute or reopening", INSTANT,
    ),
    "handler": Column("谁反馈的", "who told her", PERSON),
    "closed_at": Column("办结的时刻", "when it closed", INSTANT),
    "closed_by": Column("怎么办结的", "by which act it closed", values=Action),
    "excluded": Column("不计件的原因；空：计件", "why it is not counted; empty: it is", values=Exclusion),
    "answer": Column("她自己的最后一句回话", "her own last answer", values=Answer),
    "rating": Column("她自己的最后一次评分", "her own last rating", "1–5"),
    "recorded_answer": Column("别人替她记的最后一句回话", "the last answer noted for her", values=Answer),
    "recorded_rating": Column("别人替她记的最后一次评分", "the last rating noted for her", "1–5"),
    "response": Column("响应是否按时", "response in time", _VERDICT, Verdict),
    "handling": Column("办理是否按时，按延期后的期限", "handling in time, by the extended due", _VERDICT, Verdict),
    "handling_by_original": Column("办理是否按时，按原期限", "handling in time, without extension", _VERDICT, Verdict),
    "unconfirmed": Column("没等到回话就办结，之后也没有", "closed by silence and not answered since", YES_NO),
    "visited": Column("扫过门上的码，她没有否认", "a door scan she did not deny", YES_NO),
    "reported_back": Column("反馈过", "ever answered", YES_NO),
    "reopened": Column("不满意过或重办过", "disputed or reopened", YES_NO),
    "repeated": Column(
        "同一户此前九十天内在所查的区域内说过同一类事",
        "its household had filed the same matter in this area within the 90 days before", YES_NO,
    ),
    "response_due": EVENTS["response_due"],
    "handling_due": EVENTS["handling_due"],
    "handling_due_original": EVENTS["handling_due_original"],
}

VERDICTS = {
    Verdict.ON_TIME: ("按时", "on time"),
    Verdict.LATE: ("超期", "late"),
    Verdict.NOT_YET_DUE: ("未到期", "not yet due"),
    Verdict.NOT_JUDGED: ("期限到之前就不计件了", "excluded before the due"),
}


def figures(by: Sequence[By]) -> Columns:
    """The columns of a table of figures, told by these groups."""
    pieces = "件 cases"
    found = {one.value: Column(one.label, english(one.label)) for one in by}
    found |= {"area_name": Column("区域的名字", "name of the area")} if By.AREA in by else {}
    found |= {} if by else {"key": Column("all：合计", "all: the total")}
    found["received"] = _count("received")
    for reason in Exclusion:
        found[f"excluded_{reason}"] = Column(f"不计件：{reason.label}", f"excluded: {english(reason.label)}", pieces)
    found |= {key: _count(key) for key in ("counted", "open", "to_check")}
    for rate in RATES:
        n = f"{rate.key}_n"
        found[n] = Column(f"{rate.label}的分子", f"numerator of: {english(rate.label)}", pieces)
        found[f"{rate.key}_of"] = Column(f"{rate.label}的分母", f"denominator of: {english(rate.label)}", pieces)
        found[f"{rate.key}_rate"] = Column(
            rate.definition, english(rate.definition), f"{n} ÷ {rate.key}_of, 0–1; < {FEWEST_FOR_A_RATE}: 空 empty"
        )
    for one in DURATIONS:
        means, seconds = (one.definition, english(one.definition)), "秒 seconds"
        found[f"{one.key}_median"] = Column(f"中位数：{means[0]}", f"median: {means[1]}", seconds)
        found[f"{one.key}_p90"] = Column(f"九成之内：{means[0]}", f"p90: {means[1]}", seconds)
        found[f"{one.key}_n"] = Column(f"{one.label}：件数", f"{english(one.label)}: how many", pieces)
    found["not_yet_due_response"] = Column("响应未到期", "response not yet due", pieces)
    found["not_yet_due_responded"] = Column("响应未到期、已响应的", "of these, responded to already", pieces)
    found["not_yet_due_handling"] = Column("办理未到期", "handling not yet due", pieces)
    found["recorded_answers"] = Column("有代记回话的", "with an answer noted for her", pieces)
    found["recorded_ratings"] = Column("有代记评分的", "with a rating noted for her", pieces)
    return found


def _count(key: str) -> Column:
    _label, definition = COUNTS[key]
    return Column(definition, english(definition), "件 cases")


@dataclass(frozen=True)
class Legend:
    """What a file says of itself: which cases, as at when, by whom, and every column."""

    what: str
    columns: Columns
    area: tuple[str, str]
    """Its code and its name."""
    from_on: date
    to_on: date
    as_at: datetime
    by: str = ""
    """Staff number of whoever exported it; empty: at the command line."""

    COLUMNS = ("name", "value", "中文", "English", "unit")
    WIDTHS = (24, 28, 60, 60, 40)

    def lines(self, rows: int) -> Iterator[tuple[str, str, str, str, str]]:
        """As `COLUMNS`: first of the file, then of each column and the words in it, at last how to work it out."""
        yield "file", self.what, "这份文件里是什么", "what this file holds", ""
        yield "file_area", self.area[0], f"区域：{self.area[1]}，含下面各级", "the area, with all that lies in it", ""
        yield "file_from", str(self.from_on), "提交日期，第一天（北京时间）", "first day of filing (Beijing time)", ""
        yield "file_to", str(self.to_on), "提交日期，最后一天，含当天", "last day of filing, included", ""
        yield "file_as_at", clock.local(self.as_at).isoformat(), "截至这一刻", "as at this instant", INSTANT
        yield "file_by", self.by or "hulianma export", "谁导出的", "by whom it was exported", PERSON
        yield "file_rows", str(rows), "行数，不含表头", "rows without the head", ""
        yield from self._columns()
        yield "apostrophe", "'", *APOSTROPHE, ""
        yield "recompute", "docs/recompute.py", *RECOMPUTE, ""

    def _columns(self) -> Iterator[tuple[str, str, str, str, str]]:
        told: set[type[StrEnum]] = set()
        for name, column in self.columns.items():
            yield name, "", column.chinese, column.english, column.unit
            if column.values is not None and column.values not in told:
                told.add(column.values)
                for member in column.values:
                    yield name, member.value, *words(member), ""


def words(member: StrEnum) -> tuple[str, str]:
    """What a value of a closed list is called in both languages."""
    if isinstance(member, Verdict):
        return VERDICTS[member]
    label = str(getattr(member, "label", member.value))
    return label, english(label)


APOSTROPHE = (
    "格子里的文字如果像公式，前面加了一个撇号；读的时候去掉一个",
    "a text that looks like a formula has an apostrophe before it; take one off to read it",
)
RECOMPUTE = (
    "怎样自己算一遍：导出“经过”（events），重复率要从第一天往前九十天起；用 docs/recompute.py，或照 docs/exports.md",
    "to work the figures out yourself: export events, for the repeat share from 90 days before the first day; "
    "use docs/recompute.py, or follow docs/exports.md",
)
