"""接口凭证: which machines may read here, where, what and until when; made, renamed and revoked by the administrator.

A client reads for a township or a county. One for a village would sit among those whom complaints are about.
"""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from feedback import access, clock, db
from feedback.administration import authority
from feedback.errors import Missing, Refusal
from feedback.identity import clients, trail
from feedback.models.clients import ApiClient, Reads
from feedback.models.people import Person, Role
from feedback.models.places import Area, Level
from feedback.models.records import StaffAct
from feedback.words import N_

MAX_NAME = 60
MOST_DAYS = 2 * 366
"""A token is good for so long at the most: whoever needs it longer gets a new one."""


def within(area_code: str = "") -> list[ApiClient]:
    """The clients of an area and of what lies in it, those still good first, then by name."""
    query = select(ApiClient).order_by(ApiClient.name)
    if area_code:
        query = query.where(access.within(ApiClient.area_code, area_code))
    return sorted(db.session.scalars(query), key=lambda client: not clients.lasts(client))


def of(admin: Person, client_id: int) -> ApiClient:
    """The client, where it is the administrator's to know of."""
    client = db.session.get(ApiClient, client_id)
    if client is None or not access.scope(admin).covers(client.area_code, Role.ADMIN):
        raise Missing
    return client


def named(name: str) -> ApiClient:
    """The client of that name; raises Refusal where there is none."""
    client = db.session.scalar(select(ApiClient).where(ApiClient.name == name.strip()))
    if client is None:
        raise Refusal(N_("没有叫“{name}”的客户端。"), name=name)
    return client


def add(
    by: Person | None, *, name: str, area_code: str, reads: Collection[Reads], expires_on: date
) -> tuple[ApiClient, str]:
    """A new client and its token, which is shown once. `by` is empty for whoever runs the installation."""
    name = _name(name)
    db.write()
    area = db.session.get(Area, area_code) if by is None else authority.require(by, area_code)
    if area is None or area.level not in {Level.COUNTY, Level.TOWNSHIP}:
        raise Refusal(N_("范围写一个镇街或县的编码。"), field="area_code")
    if not set(reads) - {Reads.PEOPLE}:
        raise Refusal(N_("请选它能读什么：指标、诉求、经过，至少一样。"), field="reads")
    if not clock.today() <= expires_on <= clock.today() + timedelta(days=MOST_DAYS):
        raise Refusal(N_("有效期从今天起最多两年。"), field="expires_on")
    _require_free(name)
    token = clients.new_token()
    client = ApiClient(name=name, area_code=area_code, reads=[one for one in Reads if one in reads],
                       digest=clients.digest_of(token), created_at=clock.now(),
                       created_by_id=by.id if by is not None else None, expires_on=expires_on)
    db.session.add(client)
    db.session.flush()
    trail.leave(StaffAct.API_CLIENT, by, subject=name, change="added", area=area_code, reads=client.reads,
                until=str(expires_on))
    return client, token


def rename(by: Person | None, client: ApiClient, name: str) -> None:
    """Another name; the token stays."""
    name = _name(name)
    db.write()
    if name == client.name:
        return
    _require_free(name)
    before, client.name = client.name, name
    db.session.flush()
    trail.leave(StaffAct.API_CLIENT, by, subject=name, change="renamed", name=[before, name])


def revoke(by: Person | None, client: ApiClient) -> None:
    """From now on its token opens nothing; twice is once."""
    db.write()
    if client.revoked_at is None:
        client.revoked_at = clock.now()
        db.session.flush()
        trail.leave(StaffAct.API_CLIENT, by, subject=client.name, change="revoked", area=client.area_code)


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Refusal(N_("名称不能空，最多 {limit} 个字"), field="name", limit=MAX_NAME)
    return name


def _require_free(name: str) -> None:
    if db.session.scalar(select(ApiClient.id).where(ApiClient.name == name)) is not None:
        raise Refusal(N_("已经有一个客户端叫“{name}”，停用的也算。"), field="name", name=name)
