"""月报: the report of an area for a month that is over: composed once as at an instant, and from then on as issued.

Every number follows from the events up to that instant, so anyone with the register works it out again:
`hulianma stats … --as-at … --as-reported` prints the same, `hulianma monthly verify` compares all of it. A correction
is a further version beside the first, with the numbers that changed and why in the issuer's words.
"""

from feedback.monthly.composing import preview
from feedback.monthly.months import Month
from feedback.monthly.register import every, find, issue, may_be_issued, newest, of_area, versions
from feedback.monthly.verifying import Difference, verify

__all__ = [
    "Difference",
    "Month",
    "every",
    "find",
    "issue",
    "may_be_issued",
    "newest",
    "of_area",
    "preview",
    "verify",
    "versions",
]
