"""电话: whether a number can be rung, in words that say what to look at again; and how it is shown covered.

A mobile has 11 digits and begins with 1; a landline has 7 or 8, with its area code (0…) 10 to 12.
"""

import re
import unicodedata

from feedback.words import N_

MOBILE_DIGITS = 11
MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"(0(10|2[0-9]|[3-9][0-9]{2})-?)?[2-8][0-9]{6,7}")


def plain(written: str) -> str:
    """The number without what people put around it: spaces, full-width digits, +86, brackets."""
    folded = unicodedata.normalize("NFKC", written)
    dialled = re.sub(r"[\s.()\u2010-\u2015-]", "", folded)
    return re.sub(r"^(\+|00)86", "", dialled)


def trouble_with(number: str) -> str | None:
    """What is wrong with a `plain` number, as a sentence; None where it can be rung."""
    if MOBILE.fullmatch(number) or LANDLINE.fullmatch(number):
        return None
    if not re.fullmatch(r"[0-9]+", number):
        return N_("电话里有不是数字的字，请再看看")
    if number.startswith("1"):
        match len(number) - MOBILE_DIGITS:
            case -1:
                return N_("电话少一位，请再看看")
            case 1:
                return N_("电话多一位，请再看看")
            case 0:
                return N_("这个手机号打不通，请再看看")
        return N_("手机号是 11 位，请再看看")
    return N_("电话的位数不对，请再看看；座机前面请加区号")


def masked(number: str) -> str:
    """Known again by who knows it, not to be rung by who doesn't: 138****0003."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else "*" * len(number)


def masked_name(name: str) -> str:
    """The first character only: 王**."""
    return name[:1] + "*" * min(len(name) - 1, 3) if name else ""
