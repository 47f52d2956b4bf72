"""图表: what is drawn is to scale, well-formed, says itself in words, and trusts no name."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from feedback import charts
from feedback.charts import Column, Fill, Part

SHARES = st.integers(0, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


def parsed(drawing: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(drawing))


def widths(drawing: Markup, fill: Fill) -> list[float]:
    return [float(one.attrib["width"]) for one in parsed(drawing).iter("rect") if one.get("class") == fill.value]


@given(SHARES)
def test_a_bar_is_as_long_as_its_share(share: tuple[int, int]) -> None:
    n, of = share
    drawn = sum(widths(charts.bar(n, of, "办了多少"), Fill.FULL))
    assert drawn == pytest.approx(charts.BAR_WIDTH * n / of if of else 0, abs=0.01)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_the_parts_of_a_stack_fill_it_in_proportion(counts: list[int]) -> None:
    drawing = charts.stacked([Part(n, fill) for n, fill in zip(counts, Fill, strict=False)], "各占多少")
    drawn = [float(one.attrib["width"]) for one in parsed(drawing).iter("rect")]
    assert sum(drawn) == pytest.approx(charts.STACK_WIDTH if sum(counts) else 0, abs=0.05)


def test_stacks_below_each_other_share_one_scale() -> None:
    short = charts.stacked([Part(30, Fill.FULL)], "短的", of=120)
    assert widths(short, Fill.FULL) == [charts.STACK_WIDTH / 4]


def test_the_number_of_a_part_is_written_where_there_is_room() -> None:
    drawing = charts.stacked([Part(96, Fill.FULL), Part(1, Fill.MIDDLE)], "各占多少")
    assert [one.text for one in parsed(drawing).iter("text")] == ["96"]


def test_a_sparkline_ends_in_a_dot_and_leaves_gaps_open() -> None:
    drawing = parsed(charts.sparkline([0.5, 0.6, None, 0.7, 0.8], "近五个月"))
    assert len(list(drawing.iter("polyline"))) == 2
    (dot,) = drawing.iter("circle")
    assert float(dot.attrib["cx"]) == charts.SPARK_WIDTH - charts.SPARK_MARGIN
    (line,) = drawing.iter("line")
    assert line.attrib["stroke-dasharray"]


@pytest.mark.parametrize("values", [[], [None, None], [0.5], [None, 0.5]])
def test_one_value_is_no_trend(values: list[float | None]) -> None:
    assert charts.sparkline(values, "看不出") == ""


def test_all_rows_of_sparklines_share_one_scale() -> None:
    assert charts.scale([[0.5, None], [0.9, 0.7], []]) == (0.5, 0.9)
    assert charts.scale([[None]]) == (0.0, 1.0)
    flat = parsed(charts.sparkline([0.7, 0.7], "没有变", low=0.7, high=0.7))
    assert len(list(flat.iter("polyline"))) == 1


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_columns_are_as_high_as_their_counts_on_an_axis_that_names_its_top(counts: list[int]) -> None:
    drawing = charts.columns([Column(n, str(place)) for place, n in enumerate(counts)], "各月")
    heights = [float(one.attrib["height"]) for one in parsed(drawing).iter("rect")]
    top = charts.round_above(max(counts))
    room = charts.COLUMNS_HEIGHT - charts.COLUMNS_TOP - charts.COLUMNS_FOOT
    assert heights == pytest.approx([room * n / top for n in counts if n], abs=0.01)
    texts = [one.text for one in parsed(drawing).iter("text")]
    assert {"0", str(top // 2), str(top)} <= set(texts)


@given(st.integers(0, 10**9))
def test_an_axis_ends_at_an_even_number_not_far_above(n: int) -> None:
    top = charts.round_above(n)
    assert top % 2 == 0
    assert n <= top <= max(2 * n, 2)


def test_a_column_that_is_not_over_is_hatched() -> None:
    drawing = charts.columns([Column(9, "10"), Column(4, "11", is_whole=False)], "各月")
    assert [one.get("class") for one in parsed(drawing).iter("rect")] == [Fill.FULL.value, Fill.HATCH.value]
    assert len([one for one in parsed(drawing).iter("path") if one.get("class") == "hatched"]) == 1


def test_numbers_stand_on_columns_only_where_all_have_room() -> None:
    def texts(n: int) -> set[str | None]:
        return {one.text for one in parsed(charts.columns([Column(n, "x")] * 12, "各月")).iter("text")}

    assert "107" in texts(107)
    assert "10711" not in texts(10_711)


def test_a_count_is_drawn_against_the_most_of_its_table() -> None:
    assert widths(charts.length(3, 12, "三件"), Fill.FULL) == [charts.BAR_WIDTH / 4]
    assert widths(charts.length(0, 0, "没有"), Fill.FULL) == []


def test_every_drawing_says_itself_in_words_and_trusts_none_of_them() -> None:
    nasty = '"><script>x</script>&'
    drawings = [
        charts.bar(1, 9, nasty),
        charts.stacked([Part(1, Fill.HATCH)], nasty),
        charts.sparkline([0.1, 0.2], nasty),
        charts.length(1, 9, nasty),
    ]
    named = charts.columns([Column(1, nasty)], nasty)
    assert nasty in [one.text for one in parsed(named).iter("text")]
    for drawing in [*drawings, named]:
        assert parsed(drawing).attrib["aria-label"] == nasty
        assert "<script" not in drawing


def test_fills_differ_in_grey() -> None:
    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    levels = sorted(luminance(fill.colour) for fill in (Fill.FULL, Fill.MIDDLE, Fill.SOFT, Fill.HATCH))
    assert min(b - a for a, b in pairwise(levels)) > 30
    assert all(charts.swatch(fill) for fill in Fill)
