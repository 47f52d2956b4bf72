"""办件的表格: what each act asks for. Words say in their label who will read them."""

from collections.abc import Iterator, Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from feedback import cards
from feedback.models.kinds import Answer, Contact, Kind, Outcome

MOST_WORDS = 4000

TO_HER = _l("写给她的话（她会看到）")
INSIDE = _l("写给同事的话（她看不到）")
PHOTOS_LAST = _l("最后再选：有一格要改，照片就要重选一次。")


class ActForm(FlaskForm):  # type: ignore[misc]
    """Every act carries the last event its page had seen: who was quicker is told, not overwritten."""

    n = IntegerField(validators=[InputRequired()], widget=HiddenInput())

    def asked(self) -> Iterator[Field]:
        """The fields a person fills in, in order."""
        return (one for one in self if one.name not in {"n", "csrf_token"})


def _words(label: object, *, hint: object = "", is_required: bool = False) -> TextAreaField:
    checks = [InputRequired(_l("请写几个字"))] if is_required else [Optional()]
    return TextAreaField(label, [*checks, Length(max=MOST_WORDS)], description=hint)


def _one_of(label: object, kind: type, *, only: object = None) -> RadioField:
    members = [one for one in kind if only is None or one in only]  # type: ignore[operator, attr-defined]
    offered = [SelectChoice(one.value, one.label) for one in members]
    return RadioField(label, [InputRequired(_l("请选一样"))], choices=offered)


def choices(offered: Mapping[str, str], none: str = "") -> list[SelectChoice]:
    """Value → words, as a list offers them; `none` stands first for no choice."""
    first = [SelectChoice("", none)] if none else []
    return [*first, *(SelectChoice(value, words) for value, words in offered.items())]


class RespondForm(ActForm):
    contact = _one_of(_l("怎么联系上她的"), Contact)
    words = _words(TO_HER, hint=_l("说好什么时候来、怎么办。没打电话、没见面，就写在这里回她。"))


class WordsToHerForm(ActForm):
    words = _words(TO_HER, is_required=True)


class WordsInsideForm(ActForm):
    words = _words(INSIDE, is_required=True)


class RefuseExtensionForm(ActForm):
    words = _words(INSIDE, hint=_l("为什么不批，先怎么办。"), is_required=True)


class AnswerLetterForm(ActForm):
    words = _words(INSIDE, hint=_l("办到哪一步，为什么晚，什么时候能办好。"), is_required=True)


class AppealForm(ActForm):
    words = _words(INSIDE, hint=_l("这张牌为什么不该给：当时在办什么，等谁。"), is_required=True)


class PerhapsWordsForm(ActForm):
    words = _words(INSIDE)


class NoteForm(ActForm):
    words = _words(INSIDE)
    photos = MultipleFileField(_l("照片（她看不到）"), description=PHOTOS_LAST)


class ReportBackForm(ActForm):
    why_no_visit = _words(_l("没有上门，为什么（她看不到）"))
    outcome = _one_of(_l("办得怎么样"), Outcome,
                      only={Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.NOT_POSSIBLE_NOW, Outcome.OUT_OF_SCOPE})
    words = _words(TO_HER, hint=_l("做了什么，现在怎么样。不归这里管的，写上该找哪里。"), is_required=True)
    photos = MultipleFileField(_l("照片（她会看到）"), description=PHOTOS_LAST)
    look_again_on = DateField(_l("眼下办不了的，哪天再看"), [Optional()])


class TeamForm(ActForm):
    team = SelectField(_l("交给哪一队"), [InputRequired(_l("请选一样"))], coerce=str)


class AssignForm(TeamForm):
    words = _words(INSIDE)


class TransferForm(TeamForm):
    words = _words(TO_HER, hint=_l("换谁来办、为什么。"), is_required=True)


class HandOverForm(ActForm):
    to = SelectField(_l("交给谁"), [InputRequired(_l("请选一样"))], coerce=str)
    words = _words(INSIDE)


class ClassifyForm(ActForm):
    kind = _one_of(_l("这是哪一种"), Kind)
    suggested = RadioField(_l("看她的话，类别可能是（您来定）"), [Optional()], coerce=str)
    category = SelectField(_l("类别"), [Optional()], coerce=str)
    is_urgent = BooleanField(_l("很急"))
    words = _words(TO_HER, hint=_l("期限会放长的，要上一级来改，并写给她为什么。"))


class RecuseForm(ActForm):
    person = RadioField(_l("谁回避"), [InputRequired(_l("请选一样"))])
    words = _words(INSIDE)


class DeclineForm(ActForm):
    outcome = _one_of(_l("为什么不受理"), Outcome, only={Outcome.DECLINED, Outcome.INVALID})
    words = _words(TO_HER, hint=_l("为什么，该找哪里。她不同意，可以再说。"), is_required=True)


class MergeForm(ActForm):
    into = StringField(_l("并到哪一件（诉求编号）"), [InputRequired(_l("请写编号")), Length(max=20)])
    words = _words(TO_HER, hint=_l("并到了哪一件、为什么。她的查询码照样能用。"), is_required=True)


class FollowUpForm(ActForm):
    says = _one_of(_l("她怎么说"), Answer)
    words = _words(_l("她的原话，您看到的（她看不到）"))
    consents = BooleanField(_l("她同意由我替她记下"))


class HideForm(ActForm):
    pieces = SelectMultipleField(_l("屏蔽哪些"), coerce=str)


class EraseForm(ActForm):
    is_sure = BooleanField(_l("我知道删了就找不回来"), [InputRequired(_l("请先确认"))])


class AskExtensionForm(ActForm):
    days = SelectField(_l("再要多少天"), [InputRequired(_l("请选一样"))], coerce=str)
    words = _words(INSIDE, hint=_l("为什么来不及，差在哪一步。"), is_required=True)


class ExtendForm(ActForm):
    days = SelectField(_l("批多少天"), [InputRequired(_l("请选一样"))], coerce=str)
    words = _words(TO_HER, hint=_l("为什么晚，到哪天办好。"), is_required=True)


class SuperviseForm(ActForm):
    words = _words(INSIDE, is_required=True)
    until_on = DateField(_l("哪天下班前回复"), [InputRequired(_l("请选一天"))])


class DecideAppealForm(ActForm):
    decision = RadioField(_l("申诉成立吗"), [InputRequired(_l("请选一样"))], choices=[
        SelectChoice(cards.UPHELD, _l("成立，撤掉这张牌")), SelectChoice(cards.REJECTED, _l("不成立，牌还在")),
    ])
    words = _words(INSIDE, hint=_l("写明理由，申诉的人会看到。"), is_required=True)
