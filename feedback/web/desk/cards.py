"""件: one case as it stands in a list, with at most two things that can be done about it now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import url_for
from sqlalchemy import select

from feedback import access, contents, db, worklist
from feedback.models.cases import Case
from feedback.models.contents import Content, Field
from feedback.models.kinds import Action, Kind, Status
from feedback.models.people import Person
from feedback.web import promises, wording
from feedback.web.desk import dues
from feedback.web.languages import gettext as _


@dataclass
class Card:
    """What a list says of one case."""

    href: str
    kind: Kind
    due: str
    weight: dues.Weight
    door: str
    excerpt: str
    facts: list[str]
    is_fresh: bool = False
    main: tuple[str, str] | None = None
    """Address and words of the filled button, where there is one."""
    second: list[tuple[str, str]] = field(default_factory=list)


def of(
    cases: Sequence[Case], person: Person, *, since: datetime | None = None, with_offers: bool = True
) -> list[Card]:
    """The cards of cases the person may read; those that came after `since` are marked new."""
    words, with_phone = contents.first_words(cases), _with_phone(cases) if with_offers else set()
    own = {team.id for team in access.my_teams(person)}
    made = []
    for case in cases:
        card = _card(case, person, words[case.id], own, since)
        if with_offers:
            card.main, card.second = _offers(case, person, case.id in with_phone)
        made.append(card)
    return made


def _card(case: Case, person: Person, words: str, own_teams: set[int], since: datetime | None) -> Card:
    return Card(
        href=url_for("desk.show_case", number=case.number), kind=case.kind,
        due=dues.headline(case), weight=dues.weight(case), door=door(case), excerpt=words or wordless(case),
        facts=_facts(case, person, own_teams),
        is_fresh=since is not None and case.arrived_at > since and case.next_due_at is not None,
    )


def door(case: Case) -> str:
    """Whose door; nothing where she left none."""
    return case.household.door if case.household else _("没留门牌")


def place(case: Case, *, with_door: bool = True) -> str:
    """Village and, for who may read it, the door; or the area it is booked at."""
    if case.household is None:
        return case.area.name
    village: str = case.household.village.name
    return f"{village} {case.household.door}" if with_door else village


def wordless(case: Case) -> str:
    return _("文字已删除") if case.is_erased else _("没有写字，看照片或打电话问")


def holder(case: Case, person: Person) -> str:
    """Who has it, in a word or two."""
    if case.owner is not None and case.status in {Status.REPORTED_BACK, Status.CLOSED}:
        return _("您") if case.owner_id == person.id else case.owner.name
    if case.owner_id == person.id:
        return _("您在办")
    if case.owner is not None:
        return _("%(name)s在办", name=case.owner.name)
    if case.status is Status.NEW:
        return _("待受理")
    return _("没人接")


def _facts(case: Case, person: Person, own_teams: set[int]) -> list[str]:
    """Short sentences: what it is, who has it, what is missing."""
    found = [wording.translate(case.kind.label)]
    if case.is_urgent:
        found.append(_("急"))
    if case.is_supervised:
        found.append(_("督办"))
    if case.extension_asked_at is not None:
        found.append(_("申请延期"))
    if case.closed_at is None:
        found.append(holder(case, person))
    if case.team_id not in own_teams:
        found.append(_("在%(team)s", team=wording.translate(case.team.name)))
    return [*found, *_missing(case), *filter(None, [promises.unsure_of(case)])]


def _missing(case: Case) -> list[str]:
    match case.status:
        case Status.NEW:
            return [_("短时间里来得太多，先核一核")] if case.is_marked else [_("要先派给谁办")]
        case Status.IN_PROGRESS if case.asked_at is not None:
            return [_("问了村民，等她答")]
        case Status.IN_PROGRESS if case.visited_at is not None:
            return [_("已上门，还没反馈")]
        case Status.IN_PROGRESS:
            return [_("还没上门")] if case.is_visit_wanted else [_("还没反馈")]
        case Status.REPORTED_BACK:
            return [_("已反馈")]
        case Status.CLOSED if case.outcome is not None:
            return [wording.translate(case.outcome.label), *([_("未确认")] if case.is_unconfirmed else [])]
        case _:
            return []


def _offers(case: Case, person: Person, has_phone: bool) -> tuple[tuple[str, str] | None, list[tuple[str, str]]]:
    """The main button and the others, only what is possible now."""
    number, call = case.number, []
    if case.status is Status.ASSIGNED and access.may(person, Action.RESPOND, case):
        return (url_for("desk.respond", number=number), _("我来办")), []
    if case.status is Status.NEW and access.may(person, Action.ASSIGN, case):
        return (url_for("desk.assign", number=number), _("派单")), []
    if case.owner_id != person.id or case.status is not Status.IN_PROGRESS:
        return None, []
    if has_phone:
        call = [(url_for("desk.show_contact", number=number), _("打电话"))]
    if worklist.needs_reason(case):
        return None, [*call, (url_for("desk.note", number=number), _("记一笔"))]
    return (url_for("desk.report_back", number=number), _("写反馈")), call


def _with_phone(cases: Sequence[Case]) -> set[int]:
    """Ids of those in which she left a telephone."""
    has = (Content.case_id.in_([case.id for case in cases]), Content.field == Field.PHONE, Content.hidden_at.is_(None))
    return {case_id for case_id in db.session.scalars(select(Content.case_id).where(*has)) if case_id is not None}
