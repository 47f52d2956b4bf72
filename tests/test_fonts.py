"""字体: what a font can draw is found out, what none can draw is refused by name, and only what is used is taken."""

import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from feedback import fonts
from feedback.errors import Refusal
from feedback.fonts import Style, Typefaces
from feedback.fonts.face import PROBE

RARE = "㐂䶮𠮷"
NOWHERE = "\U0002b740"
"""𫝀 is in neither Noto CJK nor LXGW WenKai."""


@pytest.fixture(scope="session")
def typefaces() -> Typefaces:
    return fonts.load()


def a_font(path: Path, characters: str, *, blank: str = "") -> Path:
    """A small TrueType font: a square for each character, nothing for blank ones."""
    names = {character: f"g{number}" for number, character in enumerate(characters + blank, start=1)}
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square, empty = pen.glyph(), TTGlyphPen(None).glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    builder.setupGlyf({".notdef": square, **{name: empty if each in blank + " " else square
                                             for each, name in names.items()}})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (800, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular", "psName": "Test-Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.mark.fonts
def test_rare_characters_are_drawn_by_a_font_that_has_them(typefaces: Typefaces) -> None:
    for style in Style:
        typefaces.check(RARE, style, where="岭头村 8 号")
        assert all(typefaces.face_of(character, style) for character in RARE)


@pytest.mark.fonts
def test_a_character_no_font_has_is_refused_with_its_plate_and_its_number(typefaces: Typefaces) -> None:
    with pytest.raises(Refusal) as refused:
        typefaces.check(f"张{NOWHERE}里 8 号", Style.SONG, where="岭头村 8 号")
    assert NOWHERE in str(refused.value)
    assert "U+2B740" in str(refused.value)
    assert "岭头村 8 号" in str(refused.value)


def test_an_empty_glyph_counts_as_missing(tmp_path: Path) -> None:
    """A font that maps 龘 to nothing at all would leave a blank; that is refused like no glyph."""
    own = a_font(tmp_path / "own.ttf", PROBE + " ", blank="龘")
    face = fonts.Face(own)
    assert face.has("户")
    assert face.has(" ")
    assert not face.has("龘")
    assert not face.has("鱻")
    face.close()


def test_a_configured_font_goes_first_and_the_system_s_lend_what_it_lacks(tmp_path: Path) -> None:
    own = a_font(tmp_path / "own.ttf", PROBE + " ")
    lender = a_font(tmp_path / "LXGWWenKai-Regular.ttf", PROBE + " 岭")
    loaded = fonts.load([str(own)], folders=[str(tmp_path)])
    runs = [(face.path, text) for face, text in loaded.runs("户岭码", Style.SONG)]
    assert runs == [(own, "户"), (lender, "岭"), (own, "码")]
    for faces in loaded.faces.values():
        for face in faces:
            face.close()


def test_without_any_chinese_font_nothing_is_printed(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="fonts-noto-cjk"):
        fonts.load(folders=[str(tmp_path)])


def test_a_configured_file_that_is_no_chinese_font_is_named(tmp_path: Path) -> None:
    latin, noise = a_font(tmp_path / "latin.ttf", "0A"), tmp_path / "noise.ttf"
    noise.write_bytes(b"no font at all")
    collection = tmp_path / "noise.ttc"
    collection.write_bytes(b"ttcf, and then noise")
    for path in (latin, noise, collection, tmp_path / "nothing.ttf"):
        with pytest.raises(Refusal, match=path.name):
            fonts.load([str(path)], folders=[str(tmp_path)])


@pytest.mark.fonts
def test_a_subset_holds_what_is_used_and_little_more(typefaces: Typefaces) -> None:
    for style in Style:
        for face in typefaces.faces[style]:
            used = [character for character in f"户廉码 7K3M{RARE}" if face.has(character)]
            cut = face.subset(used)
            assert set(cut.codes) == set(used)
            assert len(cut.data) < 40_000
            assert cut == face.subset(used)
            if not cut.is_cff:
                assert set(TTFont(io.BytesIO(cut.data)).getBestCmap()) == {ord(each) for each in used}


@pytest.mark.fonts
def test_one_subset_serves_until_something_new_is_used(typefaces: Typefaces) -> None:
    typefaces.use("户廉码", Style.SONG)
    face = typefaces.face_of("户", Style.SONG)
    assert face is not None
    first = typefaces.subset(face)
    typefaces.use("码户", Style.SONG)
    assert typefaces.subset(face) is first
    typefaces.use("鱻", Style.SONG)
    assert "鱻" in typefaces.subset(face).codes


@pytest.mark.fonts
def test_of_a_collection_the_mainland_face_is_taken(typefaces: Typefaces) -> None:
    for faces in typefaces.faces.values():
        for face in faces:
            if face.path.name.startswith(("NotoSansCJK", "NotoSerifCJK")):
                assert face._font["name"].getDebugName(1).endswith("CJK SC")
