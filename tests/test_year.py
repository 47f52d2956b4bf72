"""A year of a township beside a careful clerk who does everything by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from config import Config
from feedback.notifications import ways
from tests import sink
from tests.year import Year

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.slow, pytest.mark.timeout(900)]

SEED, CASES = 2026, 100
BUSY = date(2026, 3, 9), date(2026, 4, 3)
DEAD = date(2026, 3, 20), date(2026, 3, 28)
"""The first day without a timer, and the day on whose morning it runs again: a Friday to the Saturday after next."""
LONG_AFTER = date(2026, 4, 17)


@pytest.fixture
def mails(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EmailMessage]]:
    """What is sent; no mail server is asked."""
    sent: list[EmailMessage] = []

    def send(_via: object, address: str, *, title: str, text: str, **_more: Any) -> None:
        mail = EmailMessage()
        mail["To"], mail["Subject"] = address, title
        mail.set_content(text)
        sent.append(mail)

    monkeypatch.setattr(ways, "send", send)
    ways.use(replace(config, smtp_url="smtp://127.0.0.1", smtp_from="notice@h.example.cn"))
    yield sent
    ways.use(config)


@pytest.fixture
def postbox(config: Config) -> Iterator[sink.Mailbox]:
    """A mail server that takes what is sent."""
    with sink.mail_server() as box:
        ways.use(replace(config, smtp_url=box.url, smtp_from="notice@h.example.cn"))
        yield box
    ways.use(config)


def test_all_year_every_case_is_on_its_rung_and_everybody_hears_and_reads_what_the_clerk_says(
    mails: list[EmailMessage],
) -> None:
    year = Year(SEED, CASES, mails)
    for _day in year.days():
        pass
    year.check_rungs()
    assert year.done["submit"] > 0.9 * CASES


def test_after_eight_days_without_a_timer_every_case_is_on_its_rung_and_there_is_one_digest_a_person(
    postbox: sink.Mailbox,
) -> None:
    year = Year(SEED, 75, postbox.mails, days=BUSY, dead=DEAD, every_nth_has_mail=1)
    for day in year.days():
        if day > LONG_AFTER:
            break
    year.check_rungs()
    assert year.dead is not None
    again = year.dead[1]
    assert not [instant for instant in year.by_time if year.is_dead(instant)]
    assert year.by_time[again] > 20
    mails = [mail for mail in postbox.mails if mail["Date"].datetime == again]
    assert len({mail["To"] for mail in mails}) == len(mails) == year.sent[again] > 20
