"""监督: what the township looks at: lists of cases as they stand, visits that look wrong, signs of what is
coming, who did what.

Readers only: they look at cases and events afterwards and change none of them. Every list begins in `access`: what
the viewer is shut out from is in none of them.
"""

from feedback.supervision import hands, lists, pages, records, signs, visits

__all__ = ["hands", "lists", "pages", "records", "signs", "visits"]
