"""类别: which of a township's categories hold in a place."""

from collections.abc import Sequence

from sqlalchemy import select

from feedback import db, policies
from feedback.models.rules import Category


def on_offer(area_code: str) -> Sequence[Category]:
    """Those in use there or above, by name."""
    upward = Category.area_code.in_(policies.upward(area_code))
    return db.session.scalars(select(Category).where(upward, Category.is_active).order_by(Category.name)).all()
