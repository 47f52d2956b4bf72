"""重置密码: a new first password for somebody who lost the old one; every phone and desktop is signed out."""

from sqlalchemy import update

from feedback import clock, db
from feedback.models.people import Person, SignIn
from feedback.models.records import StaffAct, StaffEvent


def reset(person: Person, password_hash: str, *, by: Person | None = None, also_totp: bool = False) -> None:
    """The person signs in with the new password and must change it at once.

    `password_hash` is made before (slow); `also_totp` forgets the second factor too, for a lost phone.
    """
    by_id, username = by.id if by else None, person.username
    db.write()
    person.password_hash = password_hash
    person.must_change_password = True
    if also_totp:
        person.totp_secret = None
    signed_in = (SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    db.session.execute(update(SignIn).where(*signed_in).values(ended_at=clock.now()))
    db.session.add(StaffEvent(at=clock.now(), actor_id=by_id, act=StaffAct.PASSWORD, subject=username,
                              facts={"totp": also_totp}))
    db.session.flush()
