"""Words, names, phones and photos open with the case's key, for whom they are meant, until they are erased."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import Engine, select

from config import Config
from feedback import album, contents, db, sealing
from feedback.errors import Missing
from feedback.models.cases import Case
from feedback.models.contents import Audience, Content, Field
from tests import builders

WORDS = "村口的路灯坏了三天，晚上看不见路"


def a_photo(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def case(database: Engine) -> Case:
    case = builders.a_case(builders.a_household(builders.a_township().microgrid))
    contents.new_key(case)
    return case


def test_words_come_back_in_their_order_and_for_their_readers(case: Case) -> None:
    contents.add_words(case, WORDS, n=1, audience=Audience.HER)
    contents.add_words(case, "先问一下电工", n=3, audience=Audience.STAFF)
    contents.add_words(case, " 明天来修 ", n=4, audience=Audience.HER)
    contents.add_words(case, "   ", n=5, audience=Audience.HER)
    assert [(piece.n, piece.text) for piece in contents.words(case, {Audience.HER})] == [(1, WORDS), (4, "明天来修")]
    assert [piece.n for piece in contents.words(case)] == [1, 3, 4]
    assert contents.words_of(case, 3) == "先问一下电工"
    assert contents.words_of(case, 3, {Audience.HER}) == ""


def test_the_last_name_and_phone_count_and_are_shown_covered(case: Case) -> None:
    contents.add(case, Field.PHONE, "13800000001", n=1)
    contents.add(case, Field.NAME, "王阿婆", n=1)
    contents.add(case, Field.PHONE, "13800000003", n=4)
    found = contents.contact(case)
    assert found == contents.Contact("王阿婆", "13800000003")
    assert found.masked == contents.Contact("王**", "138****0003")


def test_a_list_reads_the_first_words_of_many_cases_in_one_query(case: Case) -> None:
    other = builders.a_case(case.household)  # type: ignore[arg-type]
    contents.new_key(other)
    contents.add_words(case, WORDS, n=1, audience=Audience.HER)
    contents.add_words(case, "后来的", n=2, audience=Audience.HER)
    assert contents.first_words([case, other]) == {case.id: WORDS, other.id: ""}
    assert contents.first_words([]) == {}


def test_sealed_words_moved_to_another_case_or_row_do_not_open(case: Case) -> None:
    first = contents.add(case, Field.WORDS, WORDS, n=1)
    second = contents.add(case, Field.WORDS, "另一句", n=1)
    first.sealed, second.sealed = second.sealed, first.sealed
    with pytest.raises(sealing.Unsealable):
        contents.words(case)


def test_a_note_among_staff_cannot_be_turned_into_words_to_her(case: Case) -> None:
    note = contents.add(case, Field.WORDS, "她家有狗", n=2, audience=Audience.STAFF)
    note.audience = Audience.HER
    with pytest.raises(sealing.Unsealable):
        contents.words(case, {Audience.HER})


def test_photos_are_taken_in_then_attached_and_open_as_jpeg(case: Case) -> None:
    taken = contents.take_photos(case, [a_photo(), b"no photo", a_photo("blue"), a_photo()])
    assert len(taken.stored) == 2
    assert list(taken.faults) == [2]
    contents.attach(case, taken.stored, n=2)
    shown = contents.photos_of(case, {Audience.HER})
    assert [photo.n for photo in shown] == [2, 2]
    assert Image.open(BytesIO(contents.photo_bytes(case, shown[0].id))).size == (40, 30)
    assert contents.names_of_photos(case) == {stored.name for stored in taken.stored}


def test_a_photo_lies_sealed_on_the_disk(case: Case) -> None:
    (stored,) = contents.take_photos(case, [a_photo()]).stored
    sealed = album.load(stored.name, stored.at)
    assert sealed is not None
    assert b"JFIF" not in sealed
    with pytest.raises(sealing.Unsealable):
        contents.open_photo(sealing.new_case_key(), stored.name, stored.at)


def test_a_photo_swapped_on_the_disk_does_not_open(case: Case) -> None:
    one, other = contents.take_photos(case, [a_photo(), a_photo("blue")]).stored
    album.place(one.name, one.at).write_bytes(album.place(other.name, other.at).read_bytes())
    with pytest.raises(sealing.Unsealable):
        contents.open_photo(contents.key_of(case), one.name, one.at)


def test_a_photo_is_only_shown_with_its_own_case_and_readers(case: Case) -> None:
    other = builders.a_case(case.household)  # type: ignore[arg-type]
    contents.new_key(other)
    contents.attach(case, contents.take_photos(case, [a_photo()]).stored, n=2, audience=Audience.STAFF)
    (photo,) = contents.photos_of(case)
    for wrong in ((other, photo.id, contents.EVERYBODY), (case, photo.id + 99, contents.EVERYBODY),
                  (case, photo.id, (Audience.HER,))):
        with pytest.raises(Missing):
            contents.photo_bytes(*wrong)


def test_a_photo_whose_file_is_gone_is_missing_and_not_a_crash(case: Case) -> None:
    contents.attach(case, contents.take_photos(case, [a_photo()]).stored, n=2)
    (photo,) = contents.photos_of(case)
    (row,) = db.session.scalars(select(Content).where(Content.id == photo.id))
    album.place(str(row.photo_name), row.created_at).unlink()
    with pytest.raises(Missing):
        contents.photo_bytes(case, photo.id)


def test_of_more_photos_than_a_form_may_carry_the_rest_is_told(case: Case) -> None:
    colours = ("red", "blue", "green", "white", "black", "gray", "pink", "gold")
    taken = contents.take_photos(case, [a_photo(colour) for colour in colours])
    assert len(taken.stored) == 6
    assert list(taken.faults) == [7, 8]


def test_a_hidden_piece_is_shown_to_nobody_and_the_rest_stays(case: Case) -> None:
    bad = contents.add(case, Field.WORDS, "骂人的话", n=1)
    contents.add(case, Field.WORDS, WORDS, n=2)
    contents.attach(case, contents.take_photos(case, [a_photo()]).stored, n=2)
    (photo,) = contents.photos_of(case)
    contents.hide(case, bad.id)
    contents.hide(case, photo.id)
    assert [(piece.text, piece.is_hidden) for piece in contents.words(case)] == [("", True), (WORDS, False)]
    assert contents.photos_of(case)[0].is_hidden
    with pytest.raises(Missing):
        contents.photo_bytes(case, photo.id)
    with pytest.raises(Missing):
        contents.hide(case, bad.id + 99)


def test_erasing_takes_key_pieces_and_photos_and_leaves_the_facts(case: Case) -> None:
    contents.add(case, Field.WORDS, WORDS, n=1)
    contents.add(case, Field.PHONE, "13800000003", n=1)
    (stored,) = contents.take_photos(case, [a_photo()]).stored
    contents.attach(case, [stored], n=1)
    db.session.commit()
    db.write()
    contents.erase(case)
    assert album.load(stored.name, stored.at) is not None
    db.session.commit()
    assert album.load(stored.name, stored.at) is None
    assert case.is_erased
    assert db.session.scalars(select(Content)).all() == []
    assert contents.words(case) == []
    assert contents.photos_of(case) == []
    assert contents.contact(case) == contents.Contact()
    assert contents.first_words([case]) == {case.id: ""}
    assert case.events_count == 2
    with pytest.raises(contents.Erased):
        contents.take_photos(case, [a_photo()])
    with pytest.raises(contents.Erased):
        contents.add(case, Field.WORDS, "又写", n=3)


def test_an_open_case_can_still_be_answered_after_its_words_were_erased(case: Case) -> None:
    contents.add_words(case, WORDS, n=1, audience=Audience.HER)
    contents.erase(case)
    contents.add_words(case, "灯修好了", n=4, audience=Audience.HER)
    assert [piece.text for piece in contents.words(case)] == ["灯修好了"]


def test_what_was_erased_is_overwritten_on_the_disk(case: Case, config: Config) -> None:
    if not db.is_sqlite():
        pytest.skip("PostgreSQL overwrites at its next VACUUM")
    piece = contents.add(case, Field.WORDS, WORDS, n=1)
    sealed, wrapped = piece.sealed, case.wrapped_key
    assert wrapped is not None
    db.session.commit()
    db.write()
    contents.erase(case)
    db.session.commit()
    with db.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(path.read_bytes() for path in config.data_dir.parent.glob("hulianma.db*"))
    assert case.number.encode() in stored
    assert sealed not in stored
    assert wrapped not in stored
