"""身份: who somebody is. A wrong try is slowed down and written down, and nobody is ever locked out.

A try waits by account and by address; a device that signed in before waits only for its own wrong tries, so
strangers who try somebody's account don't slow its owner. A failed try is a transaction of its own: it is kept
whatever is rolled back afterwards.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from sqlalchemy import select

from feedback import db, throttle
from feedback.errors import Refusal
from feedback.identity import devices, passwords, second_factor, trail
from feedback.models.people import Person
from feedback.models.records import StaffAct
from feedback.words import N_

by_account = throttle.Brake(throttle.Pace(free=5, leak=timedelta(minutes=1), longest=5.0))
"""Wrong tries at one account, or from one device that is known."""
by_address = throttle.Brake(throttle.Pace(free=20, leak=timedelta(seconds=20), longest=5.0))
"""Wrong tries from one address: a whole village may share it."""


def check_password(username: str, password: str, *, address: str, known_device: str = "") -> Person:
    """The active person whose account and password these are.

    `address` is where the try comes from; `known_device` names a device on which this account has signed in
    before. Raises Refusal, the same sentence for a wrong account and a wrong password.
    """
    name = username.strip().lower()
    with _slowed(name, address, known_device) as wrong:
        person = db.session.scalar(select(Person).where(Person.username == name))
        if not passwords.is_right(person, password):
            wrong(person, "password")
            raise Refusal(N_("账号或密码不对，请再看看大小写"), field="password")
    assert person is not None
    return person


def check_password_again(person: Person, password: str, *, device: str) -> None:
    """The same for somebody already signed in. Raises Refusal."""
    with _slowed(person.username, "", device) as wrong:
        if not passwords.is_right(person, password):
            wrong(person, "password again")
            raise Refusal(N_("密码不对，请再输一次"), field="password")


def check_code(person: Person, code: str, *, address: str, known_device: str = "") -> None:
    """Spends the six digits of the person's second factor. Raises Refusal for a wrong or a used one."""
    with _slowed(person.username, address, known_device) as wrong:
        if not second_factor.spend(person, code):
            db.session.rollback()
            wrong(person, "code")
            raise Refusal(N_("动态码不对，或已经用过。等下一个六位数再输"), field="code")


class _Wrong:
    """Counts a wrong try and keeps it."""

    def __init__(self, counted: list[tuple[throttle.Brake, str]]) -> None:
        self._counted = counted

    def __call__(self, person: Person | None, why: str) -> None:
        for brake, key in self._counted:
            brake.add(key)
        subject = person.username if person is not None else ""  # a stranger's word may be somebody's password
        db.in_turn(lambda: trail.leave(StaffAct.SIGN_IN_FAILED, None, subject=subject, why=why))


@contextmanager
def _slowed(name: str, address: str, known_device: str) -> Iterator[_Wrong]:
    if known_device:
        counted = [(by_account, f"device {known_device}")]
    else:
        counted = [(by_account, f"account {name}"), (by_address, throttle.address(address))]
    with ExitStack() as turns:
        for brake, key in counted:
            turns.enter_context(brake.turn(key))
        yield _Wrong(counted)


__all__ = ["by_account", "by_address", "check_code", "check_password", "check_password_again", "devices",
           "passwords", "second_factor", "trail"]
