"""放假安排: the notice of a year, read and entered whole or refused with a sentence."""

from datetime import date, datetime, time

import chinese_calendar
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from feedback import db, policies
from feedback.administration import holidays
from feedback.calendars import Source
from feedback.errors import Refusal
from feedback.models.rules import CalendarDay
from tests import builders

TOWNSHIP = builders.CODES["township"]
NOTICE = """关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def test_the_notice_of_2026_gives_the_calendar_that_was_published() -> None:
    found = holidays.read(NOTICE.encode())
    assert found.year == 2026
    for n in range(365):
        day = date.fromordinal(date(2026, 1, 1).toordinal() + n)
        assert found.days.get(day, day.weekday() < 5) is chinese_calendar.is_workday(day), day


def test_a_table_says_the_same_and_so_do_other_encodings() -> None:
    found = holidays.read(NOTICE.encode())
    rows = "".join(f"{day:%Y/%m/%d},{'上班' if works else '放假'},\n" for day, works in found.days.items())
    assert holidays.read(("日期,安排,名称\n" + rows).encode("gb18030")) == found
    assert holidays.read(NOTICE.encode("gb18030")) == found


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("2026年", "", "哪一年"),
        ("2026年", "2027年", "不是周四"),
        ("共9天", "共8天", "数下来是 9 天"),
        ("1月4日（周日）上班", "1月5日（周一）上班", "本来就上班"),
        ("二、春节", "二、略。\n春", "ok"),
        ("10月1日（周四）至7日（周三）放假调休，共7天", "", "2026-10-01 是法定节假日"),
        ("2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天", "", "是法定节假日"),
        ("4月4日（周六）至6日", "4月4日（周六）至36日", "没有 2026 年 4 月 36 日"),
        ("4月4日（周六）至6日（周一）放假，共3天", "4月4日至9月6日放假", "不像一个假期"),
        ("9月20日（周日）", "10月4日（周日）", "又放假又上班"),
    ],
)
def test_what_does_not_add_up_is_refused(before: str, after: str, reason: str) -> None:
    assert before in NOTICE
    changed = NOTICE.replace(before, after, 1).encode()
    if reason == "ok":
        assert holidays.read(changed) == holidays.read(NOTICE.encode())
        return
    with pytest.raises(Refusal) as refused:
        holidays.read(changed)
    assert reason in str(refused.value)


def test_every_place_that_does_not_add_up_is_named_with_its_line() -> None:
    wrong = NOTICE.replace("1月1日（周四）", "1月1日（周五）").replace("共9天", "共8天")
    wrong = wrong.replace("2月28日（周六）", "2月28日（周日）").replace("10月10日", "10月32日")
    said = [str(fault) for fault in holidays.look_through(wrong.encode()).faults]
    assert [line.partition("：")[0] for line in said] == ["第 2 行", "第 3 行", "第 3 行", "第 8 行"]
    assert "不是周五" in said[0]
    with pytest.raises(Refusal, match="不是周五"):
        holidays.read(wrong.encode())
    table = "day,kind\n2026-01-01,放假\n1月2日,放假\n2026-01-04,也许\n2026-02-30,放假\n"
    said = [str(fault) for fault in holidays.look_through(table.encode()).faults]
    assert [line.partition("：")[0] for line in said] == ["第 3 行", "第 4 行", "第 5 行"]


def test_every_statutory_day_left_out_is_named() -> None:
    short = "".join(line + "\n" for line in NOTICE.splitlines() if "国庆" not in line and "春节" not in line)
    said = [str(fault) for fault in holidays.look_through(short.encode()).faults]
    assert all("是法定节假日" in line for line in said)
    assert {line[:10] for line in said} >= {"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
                                            "2026-10-01", "2026-10-02"}


@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH])
def test_a_workbook_with_real_dates_says_the_same(epoch: datetime) -> None:
    found = holidays.read(NOTICE.encode())
    rows = [(day, "上班" if works else "放假") for day, works in found.days.items()]
    assert holidays.read(builders.a_workbook(("日期", "安排"), *rows, epoch=epoch)) == found


def test_a_time_of_day_is_no_day_and_is_named_with_its_line() -> None:
    noon = datetime.combine(date(2026, 1, 1), time(12))
    data = builders.a_workbook(("day", "kind"), (noon, "放假"), (date(2026, 1, 2), "放假"))
    faults = holidays.look_through(data).faults
    assert [str(fault) for fault in faults] == ["第 2 行：被表格软件当成了日期；请把这一列设成“文本”重新填"]


def test_what_was_read_as_a_table_reads_as_the_same_again() -> None:
    found = holidays.read(NOTICE.encode())
    assert holidays.read(holidays.as_table(found).encode()) == found


def test_a_holiday_over_the_turn_of_the_year_begins_in_the_year_before() -> None:
    plain = "1月1日（周四）至3日（周六）放假调休，共3天"
    text = NOTICE.replace(plain, "12月31日（周三）至1月3日（周六）放假调休，共4天")
    assert holidays.read(text.encode()).days[date(2025, 12, 31)] is False


@pytest.mark.usefixtures("app")
def test_a_year_entered_is_known_and_entering_it_again_changes_nothing() -> None:
    builders.a_township()
    found = holidays.read(NOTICE.encode())
    assert holidays.enter(None, TOWNSHIP, found) == holidays.Difference(len(found.days), 0, 0)
    assert holidays.enter(None, TOWNSHIP, found) == holidays.Difference(0, 0, len(found.days))
    calendar = policies.calendar_of(TOWNSHIP)
    assert calendar.answer(date(2026, 10, 10)) == (True, Source.TOWNSHIP)
    assert calendar.answer(date(2026, 11, 4)) == (True, Source.TOWNSHIP)
    assert db.session.query(CalendarDay).count() == len(found.days)
    with pytest.raises(Refusal, match="没有这个镇街"):
        holidays.enter(None, "330281999", found)
