"""结局: how a counted case that is closed came to its end, by whose word; each is in exactly one."""

from enum import StrEnum

from feedback.models.kinds import Answer
from feedback.stats.facts import Facts
from feedback.words import N_


class Ending(StrEnum):
    """By whose word it ended."""

    UNCONFIRMED = "unconfirmed"
    NOT_SOLVED = "not_solved"
    SOLVED = "solved"
    RECORDED = "recorded"

    @property
    def label(self) -> str:
        return {
            Ending.UNCONFIRMED: N_("没回话，未确认"),
            Ending.NOT_SOLVED: N_("说没解决"),
            Ending.SOLVED: N_("说解决了"),
            Ending.RECORDED: N_("别人替她记的话"),
        }[self]


def ending(case: Facts) -> Ending | None:
    """How the case ended; None while it is open, or where it is not counted."""
    if not case.is_closed:
        return None
    if case.is_unconfirmed:
        return Ending.UNCONFIRMED
    if case.answer is None:
        return Ending.RECORDED
    return Ending.SOLVED if case.answer is Answer.SOLVED else Ending.NOT_SOLVED
