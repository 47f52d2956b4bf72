"""经过: the events of every case of a list, however long the list is."""

from sqlalchemy import Engine

from feedback.models.cases import Case
from feedback.models.kinds import Action
from feedback.supervision import happened
from tests import builders

MORE_THAN_A_QUERY_TAKES = 65_536
"""Values in one query of PostgreSQL."""


def test_a_list_longer_than_a_query_takes_is_read_to_its_end(database: Engine) -> None:
    place = builders.a_township()
    case = builders.a_case(builders.a_household(place.microgrid))
    others = [Case(id=case.id + n) for n in range(1, MORE_THAN_A_QUERY_TAKES)]
    told = happened.to([*others, case])
    assert [event.action for event in told[case.id]] == [Action.SUBMIT, Action.ASSIGN]
    assert len(told) == MORE_THAN_A_QUERY_TAKES
