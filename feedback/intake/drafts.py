"""草稿: photos of a form that was not filed wait with its receipt for a day, under a key of their own.

The key is made with the first photo, or with the filing, and becomes the case's. What was never filed is
forgotten after 24 hours: rows, files and key.
"""

from datetime import date, timedelta

from sqlalchemy import delete, select, text

import config
from feedback import album, clock, contents, db, receipts, sealing
from feedback.intake.letters import Letter
from feedback.models.cases import Case
from feedback.models.contents import Audience, Content, Draft, Field

KEPT_FOR = receipts.GOOD_FOR
BATCH = 50  # drafts forgotten in one transaction

_swept: set[date] = set()


def hold(digest: bytes) -> None:
    """One at a time for each receipt: on PostgreSQL a lock to the transaction's end, on SQLite the turn to write."""
    db.write()
    if not db.is_sqlite():
        number = int.from_bytes(digest[:8], "big", signed=True)
        db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def of(digest: bytes) -> Draft | None:
    """The draft of a receipt."""
    return db.session.scalar(select(Draft).where(Draft.receipt_digest == digest))


def key_of(draft: Draft) -> bytes:
    return sealing.keys().unwrap(draft.wrapped_key, "draft", draft.receipt_digest.hex())


def photos(draft: Draft) -> list[Content]:
    """The photos that wait, in the order they came."""
    return list(db.session.scalars(select(Content).where(Content.draft_id == draft.id).order_by(Content.id)))


def photos_kept(letter: Letter) -> list[int]:
    """The photos that wait with this form."""
    draft = _draft_of(letter.form)
    return [row.id for row in photos(draft)] if draft else []


def _draft_of(form: receipts.Form | None) -> Draft | None:
    return of(receipts.digest(form.digits)) if form else None


def keep(letter: Letter) -> None:
    """Lets the photos of a refused letter wait with its form, under its (perhaps renewed) receipt."""
    old = _draft_of(letter.renewed_from)
    if letter.form is None or not (letter.uploads or old):
        return
    if letter.key is None:
        letter.key = key_of(old) if old else sealing.new_case_key()
        letter.taken = contents.develop(letter.key, letter.uploads)
    digest = receipts.digest(letter.form.digits)
    hold(digest)
    draft = of(digest) or _moved(letter, digest) or _made(letter.key, digest)
    if draft is None or key_of(draft) != letter.key:
        return  # filed, or kept under another key, by another copy of this very form meanwhile
    there = {row.photo_name for row in photos(draft)}
    for stored in letter.taken.stored:
        if stored.name not in there and len(there) < config.PHOTOS_PER_FORM:
            there.add(stored.name)
            db.session.add(Content(draft_id=draft.id, audience=Audience.HER, field=Field.PHOTO,
                                   photo_name=stored.name, created_at=stored.at))
    db.session.flush()


def _moved(letter: Letter, digest: bytes) -> Draft | None:
    """The draft of the form this one was renewed from, now under the new receipt."""
    draft = _draft_of(letter.renewed_from)
    if draft is None:
        return None
    key = key_of(draft)
    draft.receipt_digest = digest
    draft.wrapped_key = sealing.keys().wrap(key, "draft", digest.hex())
    draft.created_at = clock.now()
    db.session.flush()
    return draft


def _made(key: bytes, digest: bytes) -> Draft | None:
    if db.session.scalar(select(Case.id).where(Case.receipt_digest == digest)) is not None:
        return None  # filed meanwhile
    wrapped = sealing.keys().wrap(key, "draft", digest.hex())
    draft = Draft(receipt_digest=digest, wrapped_key=wrapped, created_at=clock.now())
    db.session.add(draft)
    db.session.flush()
    return draft


def become(draft: Draft, case: Case) -> None:
    """The draft's photos are the case's now, part of its first event; the draft is gone."""
    for row in photos(draft):
        row.draft_id, row.case_id, row.n = None, case.id, 1
    db.session.flush()
    db.session.delete(draft)
    db.session.flush()


# ---------------------------------------------------------------- forgetting


def forget_unfiled() -> int:
    """Forgets a batch of drafts older than a day; how many. Their files go with the commit. When none is left,
    files that belong to nobody go too."""
    db.write()
    is_old = Draft.created_at <= clock.now() - KEPT_FOR
    found = db.session.scalars(select(Draft).where(is_old).order_by(Draft.created_at).limit(BATCH)).all()
    for draft in found:
        hold(draft.receipt_digest)
    # once held, none of them is being filed; one that was filed a moment ago is a draft no longer
    among = Draft.id.in_([draft.id for draft in found])
    ids = list(db.session.scalars(select(Draft.id).where(is_old, among)))
    if not ids:
        _sweep()
        return 0
    rows = db.session.execute(select(Content.photo_name, Content.created_at).where(Content.draft_id.in_(ids)))
    album.remove_after_commit((row.photo_name, row.created_at) for row in rows if row.photo_name)
    db.session.execute(delete(Content).where(Content.draft_id.in_(ids)))
    db.session.execute(delete(Draft).where(Draft.id.in_(ids)))
    return len(ids)


def _sweep() -> None:
    """Removes files that a crash left without a row, in folders of two to nine days ago, once a process."""
    today = clock.today()
    for day in album.days():
        if day in _swept or not timedelta(days=2) <= today - day <= timedelta(days=9):
            continue
        names = album.names_of(day)
        kept: set[str] = set()
        for start in range(0, len(names), 500):
            query = select(Content.photo_name).where(Content.photo_name.in_(names[start : start + 500]))
            kept.update(name for name in db.session.scalars(query) if name)
        album.sweep(day, kept)
        _swept.add(day)
