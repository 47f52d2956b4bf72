"""不能办: what the rules say when something can't be done, in one sentence a person understands.

`Refusal` carries the Chinese sentence with its named values apart, so that a page can translate it.
"""

from feedback.words import N_


class Refusal(Exception):
    """Something is not possible; says why. `field` names the form field it belongs to, where there is one."""

    status = 400

    def __init__(self, sentence: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values
        self.field = field

    def __str__(self) -> str:
        return self.sentence.format(**self.values) if self.values else self.sentence


class Conflict(Refusal):
    """Somebody was quicker, or the same receipt came with other words. Nothing was stored."""

    status = 409


class Missing(Refusal):
    """There is no such thing, or not for this person: the two look alike."""

    status = 404

    def __init__(self, sentence: str = N_("没有找到。可能是编号不对，也可能不归您看。"), **values: object) -> None:
        super().__init__(sentence)
        self.values = values


class Forbidden(Refusal):
    """The thing may be seen, but not done by this person."""

    status = 403


class Busy(Refusal):
    """The store is taken or full; the same request may go through later."""

    status = 503
