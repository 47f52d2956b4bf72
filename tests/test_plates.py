"""门牌: however long a name, it stays on its plate; the code's quiet zone stays free; no line is hair thin."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback import fonts, plates, qr
from feedback.plates import CODE_AT, CODE_SIZE, EXTENT, Form, Plate
from feedback.plates.setting import MIDDLE, Room, Setter, _may_break
from feedback.plates.shapes import BLACK, WHITE, Box, Shape, Square, Words

pytestmark = pytest.mark.fonts

BASE_URL = "https://h.example.cn"
TOKEN = "7K3M9QX2VB4T"
SAMPLE = Plate(village="汪巷村", door="36 号", token=TOKEN, host="h.example.cn", hotline="0574-6200 0000",
               matrix=qr.matrix(BASE_URL, TOKEN))
CHARACTERS = st.sampled_from("东山脚下大樟树旁岙里 0123456789-ABC号幢单元室组")
DOORS = st.text(CHARACTERS, min_size=1, max_size=60).map(str.split).map(" ".join).filter(bool)


@cache
def a_setter() -> Setter:
    return Setter(fonts.load())


@pytest.fixture
def setter() -> Setter:
    return a_setter()


def words(shapes: list[Shape]) -> list[Words]:
    return [shape for shape in shapes if isinstance(shape, Words)]


def extent(shape: Shape, setter: Setter) -> tuple[float, float, float, float]:
    """Left, top, right and low edge; of words, the body of their characters."""
    match shape:
        case Words():
            middle = shape.y - MIDDLE * shape.size
            width = setter.width(shape.text, shape.style) * shape.size
            return shape.x, middle - shape.size / 2, shape.x + width, middle + shape.size / 2
        case Square():
            return shape.x, shape.y, shape.x + shape.size, shape.y + shape.size
        case Box():
            return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height


@pytest.mark.parametrize("form", Form)
def test_a_plate_says_where_it_hangs_what_it_is_for_and_how_to_reach_it(form: Form, setter: Setter) -> None:
    said = " ".join(each.text for each in words(plates.draw(SAMPLE, form, setter)))
    for part in ("汪巷村", "36 号", "户廉码", "问事 说事 监督", "0574-6200 0000", "h.example.cn", "7K3M 9QX2 VB4T"):
        assert part in said


@pytest.mark.parametrize("form", Form)
def test_without_a_hotline_no_row_speaks_of_a_telephone(form: Form, setter: Setter) -> None:
    said = " ".join(each.text for each in words(plates.draw(replace(SAMPLE, hotline=""), form, setter)))
    assert "电话" not in said
    assert "7K3M 9QX2 VB4T" in said


def test_what_it_is_for_takes_at_most_twelve_characters() -> None:
    assert len(plates.PURPOSE) <= 12


@pytest.mark.parametrize("form", Form)
def test_every_code_is_thirty_millimetres_wide_or_more(form: Form) -> None:
    assert CODE_SIZE[form] >= 30


@pytest.mark.parametrize("form", Form)
def test_the_code_is_black_on_white_with_nothing_over_it_or_in_its_quiet_zone(form: Form, setter: Setter) -> None:
    shapes = plates.draw(SAMPLE, form, setter)
    (square,) = [shape for shape in shapes if isinstance(shape, Square)]
    assert (square.x, square.y, square.size) == (*CODE_AT[form], CODE_SIZE[form])
    zone = extent(square, setter)
    below = shapes[:shapes.index(square)]
    paper = [box for box in below if isinstance(box, Box) and box.colour == WHITE]
    assert any(covers(extent(box, setter), zone) for box in paper)
    for shape in shapes:
        if shape is not square and not (isinstance(shape, Box) and shape in below[:2]):
            assert apart(extent(shape, setter), zone), shape


def covers(outer: tuple[float, ...], inner: tuple[float, ...]) -> bool:
    return (outer[0] <= inner[0] + 1e-6 and outer[1] <= inner[1] + 1e-6
            and outer[2] >= inner[2] - 1e-6 and outer[3] >= inner[3] - 1e-6)


def apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    slack = 1e-6
    return (one[2] <= other[0] + slack or other[2] <= one[0] + slack
            or one[3] <= other[1] + slack or other[3] <= one[1] + slack)


@pytest.mark.parametrize("form", Form)
def test_no_line_is_thinner_than_six_tenths_of_a_millimetre(form: Form, setter: Setter) -> None:
    boxes = [shape for shape in plates.draw(SAMPLE, form, setter) if isinstance(shape, Box)]
    assert all(min(box.width, box.height) >= 0.6 for box in boxes)
    if form is not Form.ROLL:
        field, paper = boxes[0], boxes[1]
        assert paper.x - field.x >= 0.6


def test_a_label_is_black_alone_and_its_modules_are_whole_dots(setter: Setter) -> None:
    shapes = plates.draw(SAMPLE, Form.ROLL, setter)
    assert {shape.colour for shape in shapes if not isinstance(shape, Square)} == {WHITE, BLACK}
    assert all(shape.colour == BLACK for shape in words(shapes))
    (square,) = [shape for shape in shapes if isinstance(shape, Square)]
    assert square.module * 203.2 / 25.4 == pytest.approx(8)


def test_the_wall_plate_has_the_sizes_of_the_drawing(setter: Setter) -> None:
    sizes = {each.text: each.size for each in words(plates.draw(SAMPLE, Form.WALL, setter))}
    assert EXTENT[Form.WALL] == (85, 120)
    assert CODE_SIZE[Form.WALL] == 66
    assert sizes["36 号"] == 11.5
    assert all(sizes[each] >= 4.6 for each in ("0574-6200 0000", "h.example.cn", "7K3M 9QX2 VB4T"))


@pytest.mark.parametrize("form", Form)
@given(village=st.text(st.sampled_from("新疆维吾尔自治区某某社区村"), min_size=1, max_size=20), door=DOORS)
@settings(max_examples=30, deadline=None)
def test_no_name_is_so_long_that_it_leaves_its_plate(form: Form, village: str, door: str) -> None:
    setter = a_setter()
    plate = replace(SAMPLE, village=village, door=door)
    said = words(plates.draw(plate, form, setter))
    width, height = EXTENT[form]
    for each in said:
        left, top, right, low = extent(each, setter)
        assert left >= 0
        assert top >= -0.2
        assert right <= width - 0.5
        assert low <= height - 0.5
    together = "".join(each.text for each in said).replace(" ", "")
    assert plate.village in together
    assert plate.door.replace(" ", "") in together


@pytest.mark.parametrize("form", Form)
def test_without_any_name_there_is_a_plate_all_the_same(form: Form, setter: Setter) -> None:
    assert plates.draw(replace(SAMPLE, village="", door=""), form, setter)


def test_a_long_door_breaks_between_words_and_never_inside_a_number(setter: Setter) -> None:
    room = Room(0, 0, 30, 9)
    lines = setter.block("正蒙花园 12 幢 2 单元 301 室", fonts.Style.SONG, 8, room)
    assert len(lines) == 2
    assert " ".join(line.text for line in lines) == "正蒙花园 12 幢 2 单元 301 室"
    text = "岙里 128 号 A-12"
    assert [place for place in range(1, len(text)) if _may_break(text, place)] == [1, 3, 9]


def test_a_village_is_written_as_people_say_it() -> None:
    assert plates.village_name("汪巷村委会") == "汪巷村"
    assert plates.village_name("汪巷村村民委员会") == "汪巷村"
    assert plates.village_name("正蒙社区居委会") == "正蒙社区"
    assert plates.village_name("湖东村") == "湖东村"


def test_the_host_is_printed_to_be_typed() -> None:
    assert plates.host("https://H.Example.CN") == "h.example.cn"
    assert plates.host("http://192.168.1.5:8000") == "192.168.1.5:8000"
