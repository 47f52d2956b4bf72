"""电话: whether a number can be dialled, in words that say what to look at again."""

from __future__ import annotations

import re

from feedback.words import N_

MOBILE_DIGITS = 11
_ALLOWED = re.compile(r"\+?[0-9][0-9 -]*")


def trouble_with(phone: str) -> str | None:
    """Why it is no telephone number in China (a sentence), or None. An empty one is fine."""
    if not phone:
        return None
    if len(phone) > 20 or not _ALLOWED.fullmatch(phone):
        return N_("电话只能有数字和短横")
    digits = re.sub(r"[^0-9]", "", phone.removeprefix("+86"))
    if digits.startswith("1") and len(digits) not in (5, MOBILE_DIGITS):
        if abs(len(digits) - MOBILE_DIGITS) == 1:
            return N_("电话少一位，请再看看") if len(digits) < MOBILE_DIGITS else N_("电话多一位，请再看看")
        return N_("手机号应该是 11 位")
    if not 3 <= len(digits) <= 12:
        return N_("电话的位数不对，请再看看")
    return None
