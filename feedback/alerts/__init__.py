"""预警: rules over figures, each with its reason: looked at once a day, tried on past data before it is switched on.

An alert counts only what everybody who serves there may know of (`access.open_to_all`): a case about somebody, or from
which somebody is shut out, is part of none, and nobody can tell from an alert that there is such a case. An alert
about a person is for those who lead there, about a village not for who serves in it, about oneself for others.
"""

from feedback.alerts import course, lists, looking, rules, saying, spells, trial

__all__ = ["course", "lists", "looking", "rules", "saying", "spells", "trial"]
