"""又来一次: whether a household says again what the team that holds the case could have known already."""

from datetime import timedelta

from sqlalchemy import or_, select

from feedback import access, db
from feedback.models.cases import Case, Recusal
from feedback.models.kinds import Outcome
from feedback.models.people import TeamKind

WITHIN = timedelta(days=90)
NO_REPEAT = frozenset({Outcome.MERGED, Outcome.WITHDRAWN, Outcome.INVALID})


def is_repeat(case: Case) -> bool:
    """Whether the same household said the same within the ninety days before: in the same category, or of the same
    kind where none is set. What was merged, taken back or no matter at all (empty, a test, abuse) does not count, nor
    what any member of the holding team is kept from seeing: a difference here would tell them of it.
    """
    if case.household_id is None:
        return False
    same = Case.category_id == case.category_id if case.category_id else Case.kind == case.kind
    seen = Case.team_id == case.team_id
    if case.team.kind is TeamKind.AREA:
        seen = or_(seen, access.within(Case.area_code, case.team.area_code))
    return db.session.scalar(
        select(Case.id)
        .where(
            Case.household_id == case.household_id,
            Case.id != case.id,
            Case.filed_at >= case.filed_at - WITHIN,
            Case.filed_at < case.filed_at,
            or_(Case.outcome.is_(None), Case.outcome.not_in(NO_REPEAT)),
            same,
            seen,
            Case.about.is_(None),
            ~Case.is_for_discipline_alone,
            ~select(Recusal.case_id).where(Recusal.case_id == Case.id).exists(),
        )
        .limit(1)
    ) is not None
