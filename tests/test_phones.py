"""A number that can be rung is taken however it is written; another one is answered with what to look at."""

import pytest

from feedback import phones


@pytest.mark.parametrize(
    ("written", "plain"),
    [("13800000003", "13800000003"), (" 138 0000 0003 ", "13800000003"), ("138-0000-0003", "13800000003"),
     ("１３８０００００００３", "13800000003"), ("+86 13800000003", "13800000003"), ("008613800000003", "13800000003"),
     ("0574-62350000", "057462350000"), ("(0574)62350000", "057462350000"), ("（0574）62350000", "057462350000"),
     ("010 62350000", "01062350000"), ("62350000", "62350000"), ("6235000", "6235000")],
)
def test_a_good_number_is_taken_however_it_is_written(written: str, plain: str) -> None:
    assert phones.plain(written) == plain
    assert phones.trouble_with(plain) is None


@pytest.mark.parametrize(
    ("written", "sentence"),
    [("1380000003", "电话少一位，请再看看"), ("138000000003", "电话多一位，请再看看"),
     ("12800000003", "这个手机号打不通，请再看看"), ("138", "手机号是 11 位，请再看看"),
     ("五七四", "电话里有不是数字的字，请再看看"), ("1380000000O", "电话里有不是数字的字，请再看看"),
     ("057462350", "电话的位数不对，请再看看；座机前面请加区号"),
     ("999", "电话的位数不对，请再看看；座机前面请加区号")],
)
def test_a_bad_number_is_answered_with_what_to_look_at(written: str, sentence: str) -> None:
    assert phones.trouble_with(phones.plain(written)) == sentence


@pytest.mark.parametrize(("number", "shown"), [("13800000003", "138****0003"), ("057462350000", "057****0000"),
                                               ("62350000", "********"), ("", "")])
def test_a_covered_number_cannot_be_rung(number: str, shown: str) -> None:
    assert phones.masked(number) == shown


@pytest.mark.parametrize(("name", "shown"), [("王阿婆", "王**"), ("王", "王"), ("", ""), ("Maria Theresa", "M***")])
def test_a_covered_name_is_its_first_character(name: str, shown: str) -> None:
    assert phones.masked_name(name) == shown
