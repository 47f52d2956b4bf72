"""管理: who serves where, which rules hold and which words are published; every change leaves a staff event.

The administrator manages people, places and codes of his area and sees no case. Rules and published texts are
also the township's own. Functions flush; the door commits.
"""

from feedback.administration import authority, clients, imports, people, places, plates, posts, rules, uploads

__all__ = ["authority", "clients", "imports", "people", "places", "plates", "posts", "rules", "uploads"]
