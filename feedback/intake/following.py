"""查进度: her way back to her case with the sixteen digits.

A receipt that can't be one, one that was never given and one that died look alike and take alike. Whoever keeps
guessing is slowed down; a right one is never refused for it.
"""

from sqlalchemy import select

from feedback import db, receipts, throttle
from feedback.errors import Missing
from feedback.models.cases import Case
from feedback.words import N_


class UnknownReceipt(Missing):
    """No case has this receipt."""

    def __init__(self) -> None:
        super().__init__(N_("没有查到。请对着收据再看看这 16 位数字；丢了可以请村里或镇里补一个。"))


def find(written: str, *, remote: str | None, for_change: bool = False) -> tuple[Case, str]:
    """The case of a receipt as somebody typed it, and the digits. `remote` is the address it came from.

    `for_change` begins the write and locks the case. Raises UnknownReceipt, or throttle.TooFast while another
    guess from the same address waits.
    """
    source = throttle.address(remote)
    with throttle.guesses.turn(source):
        digits = receipts.parse(written)
        case = None
        if for_change:
            db.write()
        query = select(Case).where(Case.receipt_digest == receipts.digest(digits or "0"))
        if for_change:
            query = query.with_for_update().execution_options(populate_existing=True)
        case = db.session.scalar(query)
        if case is None or digits is None:
            throttle.guesses.add(source)
            raise UnknownReceipt
        return case, digits
