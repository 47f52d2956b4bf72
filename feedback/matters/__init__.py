"""同一件事: what cases have to do with each other by their matter: alike, reported nearby, repeated, of which category.

Everything here only points something out. A person merges, classifies or says 「我也遇到」; nothing does it by itself.
"""

from feedback.matters.repeats import is_repeat
from feedback.matters.reported import Recent, also_met, chosen, is_joinable, recent
from feedback.matters.suggestions import suggested
from feedback.matters.twins import Alike, duplicates

__all__ = [
    "Alike", "Recent", "also_met", "chosen", "duplicates", "is_joinable", "is_repeat", "recent", "suggested",
]
