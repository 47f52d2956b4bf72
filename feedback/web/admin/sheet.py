"""一张表: one form of administration, the same way for each: shown, checked, tried, committed, or shown again.

A rule's refusal stands at the field it belongs to; nothing of a refused form is kept, and every word stays.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field

from feedback import clock, db
from feedback.errors import Refusal
from feedback.models.people import Role
from feedback.web.auth import role_required
from feedback.web.faults import sentence_of

NEEDED = _l("这一格要写")
T = TypeVar("T")

administrators = role_required(Role.ADMIN)
rulers = role_required(Role.ADMIN, Role.TOWNSHIP)


class DayField(DateField):  # type: ignore[misc]
    """A day of a year that a calendar may be asked about."""

    data: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.type = "DateField"  # what the page draws goes by this name

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data.year not in clock.YEARS:
            self.data = None
            raise ValueError(_l("年份不对，请再看看"))


class Sheet(FlaskForm):  # type: ignore[misc]
    """A form whose rule may refuse it."""

    refused: str = ""

    @property
    def asked(self) -> list[Field]:
        """The fields a person fills in, in order."""
        return [one for one in self if one.name != "csrf_token" and one.type != "HiddenField"]

    @property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field; what belongs to no field is said under ''."""
        found = {one.name: str(one.errors[0]) for one in self if one.errors}
        return found | ({"": self.refused} if self.refused else {})

    @property
    def status(self) -> int:
        return 400 if self.wrong else 200

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was filled in, name and value: to be sent again just as it was."""
        return [(one.name, value) for one in self.asked for value in request.form.getlist(one.name)]

    def is_done(self, step: Callable[[], object]) -> bool:
        """Whether a good form was sent just now and its rule has taken it; then it is committed."""

        def stored() -> bool:
            step()
            db.session.commit()
            return True

        return self.tried(stored) or False

    def tried(self, step: Callable[[], T]) -> T | None:
        """What the rule makes of a good form that was sent just now; None where form or rule refuses it."""
        if request.method != "POST" or not self.validate():
            return None
        try:
            return step()
        except Refusal as refusal:
            db.session.rollback()
            self._refuse(refusal)
            return None

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.field is not None and refusal.field in self:
            self[refusal.field].errors = [sentence_of(refusal)]
        else:
            self.refused = sentence_of(refusal)
