"""等着处理的: what waits for those above in an area: each with its number and the way to it."""

from typing import NamedTuple

from flask import url_for

from feedback import alerts
from feedback.codes import flags
from feedback.models.people import Person
from feedback.models.places import Area
from feedback.supervision import cards, letters, lists, signs
from feedback.supervision.letters import State
from feedback.supervision.lists import Narrowed, Now
from feedback.web.languages import ngettext


class Waiting(NamedTuple):
    """One sort of thing that waits: its words with their number, its address, whether it is late."""

    words: str
    href: str
    is_late: bool = False


def of(area: Area, person: Person) -> list[Waiting]:
    """What waits now; what does not is not named."""
    asked = lists.count(person, Now.EXTENSION, Narrowed(area_code=area.code))
    appealed = len(cards.waiting(person, area.code))
    late = sum(one.state is State.OVERDUE for one in letters.unanswered(person, area.code))
    seen = signs.count(person, area.code)
    plates = sum(flags.counts(person, area.code).values())
    raised = alerts.lists.waiting(person, area.code)
    found = [
        (asked, Waiting(ngettext("延期申请 %(num)s 件", "延期申请 %(num)s 件", asked),
                        url_for("township.show_cases", now=Now.EXTENSION, area=area.code))),
        (appealed, Waiting(ngettext("申诉 %(num)s 件", "申诉 %(num)s 件", appealed),
                           url_for("township.show_cards", area=area.code))),
        (late, Waiting(ngettext("督办单逾期没回 %(num)s 张", "督办单逾期没回 %(num)s 张", late),
                       url_for("township.show_letters", area=area.code), is_late=True)),
        (raised, Waiting(ngettext("预警 %(num)s 条", "预警 %(num)s 条", raised),
                         url_for("township.show_alerts", area=area.code))),
        (seen, Waiting(ngettext("苗头 %(num)s 处", "苗头 %(num)s 处", seen),
                       url_for("township.show_signs", area=area.code))),
        (plates, Waiting(ngettext("要看的门牌 %(num)s 处", "要看的门牌 %(num)s 处", plates),
                         url_for("township.show_plates", area=area.code))),
    ]
    return [one for n, one in found if n]
