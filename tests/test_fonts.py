"""字体: what a font can draw is found out, what none can draw is refused by name, and only what is used is taken."""

import io
import pickle
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.sfnt import SFNTWriter

from feedback import fonts
from feedback.errors import Refusal
from feedback.fonts import Face, Style, Subset, Typefaces, Used
from feedback.fonts.face import PROBE, Cut

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


def test_a_font_that_was_installed_or_replaced_meanwhile_is_found(tmp_path: Path) -> None:
    """A server that runs for months tells its administrator to install one."""
    with pytest.raises(Refusal, match="fonts-noto-cjk"):
        fonts.load(folders=[str(tmp_path)])
    place = tmp_path / "LXGWWenKai-Regular.ttf"
    seen = []
    for characters in (PROBE, PROBE + "岭"):
        place.write_bytes(a_font(tmp_path / "new.ttf", characters).read_bytes())
        face = fonts.load(folders=[str(tmp_path)]).faces[Style.SONG][0]
        seen.append((face.has("岭"), fonts.load(folders=[str(tmp_path)]).faces[Style.SONG][0] is face))
        face.close()
    assert seen == [(False, True), (True, True)]


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


def without(path: Path, *tags: str) -> Path:
    """A copy of a font that lacks some of its tables."""
    with TTFont(path) as font:
        for tag in tags:
            del font[tag]
        font.save(path.with_name(f"{tags[0][:4]}less.ttf"))
    return path.with_name(f"{tags[0][:4]}less.ttf")


def test_a_font_without_name_or_weight_is_as_good_and_bears_its_file_s_name(tmp_path: Path) -> None:
    bare = without(a_font(tmp_path / "own.ttf", PROBE + " "), "name", "OS/2")
    for file, name in (("nameless.ttf", "nameless"), ("宋体 (Song) 2.ttf", "Song2"), ("宋.ttf", "Font")):
        path = bare = bare.rename(bare.with_name(file))
        face = fonts.load([str(path)], folders=[str(tmp_path / "none")]).faces[Style.SONG][0]
        assert face.subset(PROBE).name.partition("+")[2] == name
        face.close()


@pytest.mark.parametrize("tag", ["head", "hhea", "hmtx", "maxp", "loca"])
def test_a_font_that_lacks_what_is_needed_of_it_is_named(tag: str, tmp_path: Path) -> None:
    whole = a_font(tmp_path / "own.ttf", PROBE + " ")
    with TTFont(whole) as font:
        kept = {each: font.reader[each] for each in list(font.reader.tables) if each != tag}
    with (tmp_path / "half.ttf").open("wb") as out:
        writer = SFNTWriter(out, len(kept))
        for each, data in kept.items():
            writer[each] = data
        writer.close()
    with pytest.raises(Refusal, match="half"):
        fonts.load([str(tmp_path / "half.ttf")], folders=[str(tmp_path)])
    refused = Face(tmp_path / "half.ttf")
    assert not refused.is_usable
    assert refused.font.reader is None  # its file is closed


@pytest.mark.fonts
def test_several_threads_may_read_one_font(typefaces: Typefaces) -> None:
    """Of one process that serves pages: two administrators look at their samples at once."""
    text = "户廉码汪巷村梁弄镇正蒙街孙家弄岭头第一网格"
    for known in {face for faces in typefaces.faces.values() for face in faces}:
        face = Face(known.path)
        with ThreadPoolExecutor(8) as threads:
            cuts = [threads.submit(face.subset, filter(face.has, text)) for _ in range(8)]
        face.close()
        assert {cut.result().data for cut in cuts} == {known.subset(filter(known.has, text)).data}


@pytest.mark.fonts
def test_a_subset_holds_what_is_used_and_little_more(typefaces: Typefaces) -> None:
    for style in Style:
        for face in typefaces.faces[style]:
            used = [character for character in f"户廉码 7K3M{RARE}" if face.has(character)]
            cut = face.subset(used)
            assert set(cut.codes) == set(used)
            assert len(cut.data) < 40_000
            assert cut == face.subset(used)
            assert cut.codes == {each: code for code, each in enumerate(sorted(used), start=1)}
            for each, code in cut.codes.items():
                assert ink(cut, code) == (each != " "), each


def ink(cut: Subset, code: int) -> bool:
    """Whether another reader finds an outline in the glyph of this number."""
    if cut.is_cff:
        read = CFFFontSet()
        read.decompile(io.BytesIO(cut.data), None)
        top, pen = read.topDictIndex[0], RecordingPen()
        top.CharStrings[top.charset[code]].draw(pen)
        return bool(pen.value)
    with TTFont(io.BytesIO(cut.data)) as font:
        glyph = font["glyf"][font.getGlyphName(code)]
        return bool(glyph.numberOfContours > 0)


@pytest.mark.fonts
def test_every_character_keeps_its_width_in_the_part_that_is_embedded(typefaces: Typefaces) -> None:
    """A CFF glyph's own width must be the one that the PDF's table of widths gives."""
    for face in {face for faces in typefaces.faces.values() for face in faces}:
        cut = face.subset("户1A.")
        for each, code in cut.codes.items():
            assert cut.widths[each] == face.advance(each) * 1000
            if cut.is_cff:
                read = CFFFontSet()
                read.decompile(io.BytesIO(cut.data), None)
                outline = read.topDictIndex[0].CharStrings[read.topDictIndex[0].charset[code]]
                outline.draw(RecordingPen())
                assert outline.width == cut.widths[each]


@pytest.mark.fonts
def test_a_run_s_fonts_are_cut_once_and_each_file_gets_its_own_part(
    typefaces: Typefaces, monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = Typefaces(typefaces.faces)
    cuts: list[str] = []
    cut = Face.cut

    def counted(face: Face, wanted: Iterable[str]) -> Cut:
        cuts.append(face.path.name)
        return cut(face, wanted)

    monkeypatch.setattr(Face, "cut", counted)
    loaded.use(of("户廉码"))
    loaded.use(of("汪巷村"))
    files = [loaded.tray(of(words)) for words in ("户廉码", "汪巷村", "户汪")]
    assert len(cuts) == 1
    assert [set(subsets[0].codes) for _, subsets in files] == [set("户廉码"), set("汪巷村"), set("户汪")]
    loaded.tray(of("鱻"))
    assert len(cuts) == 2


def of(words: str) -> Used:
    used = Used()
    used.add(Style.SONG, words)
    return used


@pytest.mark.fonts
def test_a_tray_knows_what_the_fonts_know_and_can_be_sent_to_another_process(typefaces: Typefaces) -> None:
    used = of("户廉码 36 号")
    used.add(Style.HEI, "问事")
    tray, subsets = typefaces.tray(used)
    sent = pickle.loads(pickle.dumps(tray))
    assert sent.width("36 号", Style.SONG) == pytest.approx(typefaces.width("36 号", Style.SONG))
    ((font, codes),) = sent.runs("户号", Style.SONG)
    assert codes == "".join(f"{subsets[font - 1].codes[each]:04X}" for each in "户号")


@pytest.mark.fonts
def test_of_a_collection_the_mainland_face_is_taken(typefaces: Typefaces) -> None:
    for faces in typefaces.faces.values():
        for face in faces:
            if face.path.name.startswith(("NotoSansCJK", "NotoSerifCJK")):
                assert face.font["name"].getDebugName(1).endswith("CJK SC")


@pytest.mark.fonts
def test_a_collection_is_known_by_what_it_holds_not_by_its_name(typefaces: Typefaces, tmp_path: Path) -> None:
    """.otc is as good a name as .ttc; its first member may be the Japanese one."""
    known = next(face for face in typefaces.faces[Style.HEI] if face.path.suffix == ".ttc")
    (tmp_path / "own.otc").symlink_to(known.path)
    face = Face(tmp_path / "own.otc")
    assert face.postscript_name == known.postscript_name
    face.close()
