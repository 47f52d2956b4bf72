"""区划: the areas a client may read about, by their codes."""

from typing import Any

from sqlalchemy import func, select

from feedback import access, db
from feedback.models.clients import ApiClient
from feedback.models.places import Area
from feedback.web.api import cursors
from feedback.web.api.asking import AREA, CURSOR_AFTER, LEVEL, LIMIT, Asked
from feedback.web.api.resources import area, resource
from feedback.words import N_


@resource("/areas", asks=(AREA, LEVEL, LIMIT, CURSOR_AFTER), shape="Areas", is_lasting=True,
          chinese=N_("范围内的区划，按编码排"), english="The areas there are, by their codes.")
def areas(client: ApiClient, asked: Asked) -> dict[str, Any]:
    wanted = area(client, asked).code
    last = cursors.after(client, asked, "areas")
    query = select(Area).where(access.within(Area.code, wanted), Area.code > last).order_by(Area.code)
    if asked["level"] is not None:
        query = query.where(func.length(Area.code) == asked["level"].digits)
    found = db.session.scalars(query.limit(asked["limit"] + 1)).all()
    page = found[: asked["limit"]]
    following = cursors.following(client, asked, "areas", page[-1].code) if len(found) > len(page) else None
    rows = [{"code": one.code, "name": one.name, "level": one.level, "parent": one.parent_code} for one in page]
    return {"areas": rows, "next": following}
