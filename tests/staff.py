"""上班: people who are signed in, as a test needs them."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import inspect

from feedback import db
from feedback.identity import devices, passwords, second_factor
from feedback.models.people import Person
from tests.visitor import Visitor

PASSWORD = "lu shan xin ming"
HASH = passwords.hash_of(PASSWORD)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_password(person: Person, *, is_first: bool = False) -> Person:
    """The person can sign in with PASSWORD, and with the codes of SECRET where one is needed."""
    db.write()
    person.password_hash, person.must_change_password = HASH, is_first
    if second_factor.is_needed(person):
        second_factor.enrol(person, SECRET)
    db.session.commit()
    return person


def signed_in(app: Flask, person: Person, *, is_kept: bool = False) -> Visitor:
    """A browser of the person's own, already signed in."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    put_on(visitor, person, is_kept=is_kept)
    return visitor


def again(person: Person) -> Person:
    """The person as stored now: a request ends the session that an earlier one belongs to."""
    identity = inspect(person).identity
    assert identity is not None
    return db.session.get_one(Person, identity)


def put_on(visitor: Visitor, person: Person, *, is_kept: bool = False) -> None:
    """Gives a browser the key of a fresh sign-in."""
    person = again(person)
    if second_factor.is_needed(person) and not second_factor.is_set_up(person):
        second_factor.enrol(person, SECRET)
    key = devices.begin(person, device="a test", is_kept=is_kept)
    db.session.commit()
    with visitor.session_transaction() as session:
        session.clear()
        session["key"] = key


@contextmanager
def nobody_waits() -> Iterator[list[float]]:
    """Wrong tries cost no time here; the seconds they would have cost are noted."""
    from feedback import identity

    waited: list[float] = []
    brakes = (identity.by_account, identity.by_address)
    before = [(brake._sleep, dict(brake._counts)) for brake in brakes]
    for brake in brakes:
        brake._sleep = waited.append
        brake._counts.clear()
    try:
        yield waited
    finally:
        for brake, (sleep, _) in zip(brakes, before, strict=True):
            brake._sleep = sleep
            brake._counts.clear()
