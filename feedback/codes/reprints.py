"""补印: which plates can be printed singly, by the tokens of their codes: active ones, of doors in the area asked for.

Whoever asks for others is told which ones, and why: an unknown one as it was typed, of a known one its tail.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import select

from feedback import access, db
from feedback import tokens as made
from feedback.errors import Refusal
from feedback.models.codes import CodeState, DoorCode
from feedback.models.places import DIGITS, Area, Household
from feedback.words import N_

ASKED_AT_ONCE = 1000
"""Codes asked for with one statement."""
NAMED = 20
"""Tokens that a sentence names; of more it says how many."""

NONE = N_("没有要补印的门牌。")
UNKNOWN = N_("有 {n} 张码没有登记过，不能补印：{tokens}。")
ENDED = N_("有 {n} 张码已经停用或换新，不能补印（码的末四位）：{tokens}。")
ELSEWHERE = N_("有 {n} 张码不是这里的，不能补印（码的末四位）：{tokens}。")


class Known(NamedTuple):
    """A code somebody asked for; no micro-grid: it hangs at no door."""

    code_id: int
    token: str
    ended: bool
    microgrid_code: str


def printable(tokens: Sequence[str], area_code: str) -> list[int]:
    """The codes of these tokens, sorted. Raises Refusal where one is unknown, has ended or lies elsewhere."""
    found = _active(tokens)
    _require_none(ELSEWHERE, [made.tail(each.token) for each in found if not _lies_in(each, area_code)])
    return sorted(each.code_id for each in found)


def around(tokens: Sequence[str]) -> Area:
    """The smallest area that holds the doors of all these codes. Raises Refusal where there is none."""
    microgrids = [each.microgrid_code for each in _active(tokens)]
    for digits in sorted(DIGITS.values(), reverse=True):
        shared = {microgrid[:digits] for microgrid in microgrids}
        if len(shared) == 1 and (area := db.session.get(Area, shared.pop())) is not None:
            return area
    raise Refusal(N_("要补印的门牌不在同一个县里，请分开补印。"))


def damaged(area_code: str) -> list[str]:
    """The tokens of the area's damaged plates, which are due for a reprint."""
    return list(db.session.scalars(
        select(DoorCode.token).join(Household, DoorCode.household_id == Household.id)
        .where(access.within(Household.microgrid_code, area_code), DoorCode.state == CodeState.DAMAGED)
        .order_by(DoorCode.id)
    ))


def _active(tokens: Sequence[str]) -> list[Known]:
    """These codes. Raises Refusal where there are none, or one is unknown or has ended."""
    if not tokens:
        raise Refusal(NONE)
    found = list(_known(tokens))
    _require_none(UNKNOWN, set(tokens) - {each.token for each in found})
    _require_none(ENDED, [made.tail(each.token) for each in found if each.ended])
    return found


def _known(tokens: Sequence[str]) -> Iterable[Known]:
    wanted = sorted(set(tokens))
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        rows = db.session.execute(
            select(DoorCode.id, DoorCode.token, DoorCode.ended_at, Household.microgrid_code)
            .outerjoin(Household, DoorCode.household_id == Household.id)
            .where(DoorCode.token.in_(wanted[first:first + ASKED_AT_ONCE]))
        )
        for code_id, token, ended_at, microgrid in rows:
            yield Known(code_id, token, ended_at is not None, microgrid or "")


def _lies_in(code: Known, area_code: str) -> bool:
    return code.microgrid_code.startswith(area_code)


def _require_none(sentence: str, tokens: Iterable[str]) -> None:
    if named := sorted(tokens):
        shown = "、".join(named[:NAMED]) + ("…" if len(named) > NAMED else "")
        raise Refusal(sentence, n=len(named), tokens=shown)
