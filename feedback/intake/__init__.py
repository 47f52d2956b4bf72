"""受理: how what somebody writes at a door becomes a case, once, with nothing of it lost.

A door reads the form (`read`), takes its photos in (`take_photos`: slow, before anything is changed), files it
(`file`), lets routing act on a new case, and commits. Where `file` refuses, the door rolls back, calls
`keep` so that the photos wait with the form, commits, and shows the letter again:

    letter = intake.read(request.form, door=token)
    intake.take_photos(letter, uploads)
    try:
        filed = intake.file(letter, doorway)
        if filed.is_new:
            routing.route(filed.case, code_works=doorway.code_works)
        db.session.commit()
    except intake.NotFiled as refused:
        db.session.rollback()
        intake.keep(letter)
        db.session.commit()
        ... show the form: letter, letter.receipt, refused.faults, intake.photos_kept(letter)
"""

from feedback.intake.drafts import forget_unfiled, keep, photos_kept
from feedback.intake.filing import Doorway, Filed, Typist, file, take_photos
from feedback.intake.following import UnknownReceipt, find
from feedback.intake.letters import Incomplete, Letter, NotFiled, Renewed, UsedReceipt, blank, read

__all__ = [
    "Doorway", "Filed", "Incomplete", "Letter", "NotFiled", "Renewed", "Typist", "UnknownReceipt", "UsedReceipt",
    "blank", "file", "find", "forget_unfiled", "keep", "photos_kept", "read", "take_photos",
]
