"""内容: every word, name, phone and photo of a case, sealed under the case's own key, for her or for staff.

Words say to whom they are: what she reads, or a note among staff; no piece is both. A hidden piece stays sealed
where it is and is shown to nobody; an erased case has lost its key, its pieces and its photos, and keeps its
facts. Who may read what is asked in `access`, before anything is opened here.
"""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

import config
from feedback import album, clock, db, phones, photos, sealing
from feedback.errors import Missing, Refusal
from feedback.models.cases import Case
from feedback.models.contents import Audience, Content, Field
from feedback.words import N_

EVERYBODY = (Audience.HER, Audience.STAFF)
AT_ONCE = 2
"""So many photos of one form are decoded side by side."""


class Erased(Missing):
    """The case has no key any more."""

    def __init__(self) -> None:
        super().__init__(N_("这件事的文字和照片已经删除了。"))


@dataclass(frozen=True)
class Piece:
    """One opened piece of words; of a hidden one the text is empty."""

    id: int
    n: int
    audience: Audience
    text: str
    is_hidden: bool


@dataclass(frozen=True)
class Said:
    """A piece of text to be sealed: whose case, what it is, of which event, for whom and when."""

    case: Case
    kind: Field
    text: str
    n: int
    audience: Audience
    at: datetime


@dataclass(frozen=True)
class Photo:
    """One photo of a case; `photo_bytes` opens it."""

    id: int
    n: int
    audience: Audience
    is_hidden: bool


@dataclass(frozen=True)
class Contact:
    """How she may be called and rung; each empty where she left none."""

    name: str = ""
    phone: str = ""

    @property
    def masked(self) -> "Contact":
        return Contact(phones.masked_name(self.name), phones.masked(self.phone))


# ---------------------------------------------------------------- the case's key


def new_key(case: Case) -> bytes:
    """Gives a case without one its key. The case needs its number."""
    key = sealing.new_case_key()
    give_key(case, key)
    return key


def give_key(case: Case, key: bytes) -> None:
    """Makes this the case's key, wrapped for this case alone."""
    case.wrapped_key = sealing.keys().wrap(key, "case", case.number)


def key_of(case: Case) -> bytes:
    """The case's key. Raises Erased."""
    if case.wrapped_key is None:
        raise Erased
    return sealing.keys().unwrap(case.wrapped_key, "case", case.number)


# ---------------------------------------------------------------- words, name, phone


def add(case: Case, kind: Field, text: str, *, n: int, audience: Audience = Audience.HER) -> Content:
    """Seals one piece of text that belongs to event `n`."""
    return add_all([Said(case, kind, text, n, audience, clock.now())])[0]


def add_all(said: Sequence[Said]) -> list[Content]:
    """Seals many pieces with two statements for all instead of two for each."""
    rows = [
        Content(case_id=one.case.id, n=one.n, audience=one.audience, field=one.kind, created_at=one.at)
        for one in said
    ]
    db.session.add_all(rows)
    db.session.flush()  # a row's id is part of what its text is sealed to
    for one, row in zip(said, rows, strict=True):
        row.sealed = sealing.seal(key_of(one.case), one.text.encode(), *_place(one.case, row))
    db.session.flush()
    return rows


def add_words(case: Case, text: str, *, n: int, audience: Audience) -> None:
    """Seals words of event `n`, where there are any. What is said after an erasure begins a key of its own."""
    if text.strip():
        if case.wrapped_key is None:
            new_key(case)
        add(case, Field.WORDS, text.strip(), n=n, audience=audience)


def words(case: Case, audiences: Collection[Audience] = EVERYBODY) -> list[Piece]:
    """All words of the case for these readers, in the order they were said. Empty once erased."""
    return [_opened(case, row) for row in _rows(case, Content.field == Field.WORDS, audiences)]


def words_of(case: Case, n: int, audiences: Collection[Audience] = EVERYBODY) -> str:
    """The words of one event, '' where there are none."""
    return "\n".join(piece.text for piece in words(case, audiences) if piece.n == n and piece.text)


def first_words(cases: Sequence[Case]) -> dict[int, str]:
    """Case id → what she wrote when she filed, for a list page in one query; '' where she wrote nothing."""
    by_id = {case.id: case for case in cases}
    rows = db.session.scalars(
        select(Content).where(
            Content.case_id.in_(by_id), Content.n == 1, Content.field == Field.WORDS,
            Content.audience == Audience.HER,
        )
    )
    found = {row.case_id: _opened(by_id[row.case_id], row).text for row in rows if row.case_id is not None}
    return {case_id: found.get(case_id, "") for case_id in by_id}


def contact(case: Case) -> Contact:
    """Name and phone as she left them last. Whoever shows them unmasked records `reveal` first."""
    found: dict[Field, str] = {}
    for row in _rows(case, Content.field.in_((Field.NAME, Field.PHONE)), EVERYBODY):
        if row.hidden_at is None:
            found[row.field] = _opened(case, row).text
    return Contact(found.get(Field.NAME, ""), found.get(Field.PHONE, ""))


def _rows(case: Case, what: ColumnElement[bool], audiences: Collection[Audience]) -> list[Content]:
    if case.wrapped_key is None:
        return []
    return list(
        db.session.scalars(
            select(Content)
            .where(Content.case_id == case.id, what, Content.audience.in_(audiences))
            .order_by(Content.n, Content.id)
        )
    )


def _opened(case: Case, row: Content) -> Piece:
    is_hidden = row.hidden_at is not None or case.wrapped_key is None
    text = "" if is_hidden else sealing.unseal(key_of(case), row.sealed, *_place(case, row)).decode()
    return Piece(row.id, row.n, row.audience, text, is_hidden)


def _place(case: Case, row: Content) -> tuple[str | int, ...]:
    return ("case", case.number, row.id, row.field.value, row.audience.value)


# ---------------------------------------------------------------- photos


@dataclass(frozen=True)
class Stored:
    """A photo whose sealed file lies in the album; not yet anybody's until a row names it."""

    name: str
    at: datetime


@dataclass
class Taken:
    """What became of the files of one form: photos stored, and a sentence for each other one, by its place
    in the form (from 1)."""

    stored: list[Stored] = field(default_factory=list)
    faults: dict[int, Refusal] = field(default_factory=dict)


def take_photos(case: Case, uploads: Sequence[bytes]) -> Taken:
    """Develops and stores photos for a case at hand. Slow: call it before `db.write()`, then `attach`."""
    return develop(key_of(case), uploads)


def develop(key: bytes, uploads: Sequence[bytes], *, most: int = config.PHOTOS_PER_FORM) -> Taken:
    """Each file decoded by a child, sealed under the key and written to the disk, two at a time; a bad one is a
    sentence, and so is each beyond so many. The same file twice is one photo."""
    taken, at = Taken(), clock.now()
    names: dict[str, int] = {}
    for place, uploaded in enumerate(uploads, 1):
        names.setdefault(sealing.photo_name(key, uploaded), place)
    for place in list(names.values())[max(0, most) :]:
        taken.faults[place] = Refusal(N_("一次最多 6 张照片，这张没有收下。"), field="photos")

    def one(name: str) -> Stored | Refusal:
        try:
            clean = photos.develop(uploads[names[name] - 1])
            album.store(name, at, sealing.seal(key, clean, "photo", name))
        except Refusal as refused:
            return refused
        return Stored(name, at)

    tried = list(names)[: max(0, most)]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photos") as pool:
        for name, result in zip(tried, pool.map(one, tried), strict=True):
            if isinstance(result, Stored):
                taken.stored.append(result)
            else:
                taken.faults[names[name]] = result
    taken.faults = dict(sorted(taken.faults.items()))
    return taken


def attach(case: Case, stored: Iterable[Stored], *, n: int, audience: Audience = Audience.HER) -> None:
    """Makes stored photos the case's, as part of event `n`."""
    for photo in stored:
        db.session.add(
            Content(case_id=case.id, n=n, audience=audience, field=Field.PHOTO, photo_name=photo.name,
                    created_at=photo.at)
        )
    db.session.flush()


def photos_of(case: Case, audiences: Collection[Audience] = EVERYBODY) -> list[Photo]:
    """The case's photos for these readers, in the order they came. Empty once erased."""
    return [
        Photo(row.id, row.n, row.audience, row.hidden_at is not None)
        for row in _rows(case, Content.field == Field.PHOTO, audiences)
    ]


def names_of_photos(case: Case) -> set[str]:
    """The names under which the case's photos are stored."""
    return {row.photo_name for row in _rows(case, Content.field == Field.PHOTO, EVERYBODY) if row.photo_name}


def photo_bytes(case: Case, photo_id: int, audiences: Collection[Audience] = EVERYBODY) -> bytes:
    """The JPEG of one photo of this case. Raises Missing where it is hidden, gone or another case's."""
    for row in _rows(case, Content.id == photo_id, audiences):
        if row.photo_name is not None and row.hidden_at is None:
            return open_photo(key_of(case), row.photo_name, row.created_at)
    raise Missing


def open_photo(key: bytes, name: str, at: datetime) -> bytes:
    """The JPEG of a stored photo. Raises Missing where its file is gone."""
    sealed = album.load(name, at)
    if sealed is None:
        raise Missing
    return sealing.unseal(key, sealed, "photo", name)


# ---------------------------------------------------------------- hiding and erasing


def hide(case: Case, content_id: int) -> None:
    """屏蔽: from now on nobody is shown this piece. The caller records the event."""
    row = db.session.scalar(select(Content).where(Content.id == content_id, Content.case_id == case.id))
    if row is None:
        raise Missing
    row.hidden_at = row.hidden_at or clock.now()
    db.session.flush()


def erase(case: Case) -> None:
    """删除: the key goes, and every piece and photo with it; facts and events stay. The caller records the event."""
    rows = db.session.execute(
        select(Content.photo_name, Content.created_at).where(
            Content.case_id == case.id, Content.photo_name.is_not(None)
        )
    ).all()
    album.remove_after_commit((row.photo_name, row.created_at) for row in rows)
    db.session.execute(delete(Content).where(Content.case_id == case.id))
    case.wrapped_key = None
    db.session.flush()
