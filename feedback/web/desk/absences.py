"""请假: days on which somebody is away; cases go to who is there. One's own, and a leader's for the own people."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from feedback import clock, db
from feedback.administration import posts
from feedback.errors import Missing, Refusal
from feedback.models.people import Absence, Person
from feedback.web.auth import current_staff, signed_in
from feedback.web.desk import bp
from feedback.web.desk.forms import choices
from feedback.web.faults import sentence_of
from feedback.web.languages import gettext as _


class AbsenceForm(FlaskForm):  # type: ignore[misc]
    person = SelectField(_l("谁"), [InputRequired(_l("请选一样"))])
    from_on = DateField(_l("第一天"), [InputRequired(_l("请写日子"))])
    to_on = DateField(_l("最后一天"), [InputRequired(_l("请写日子"))])


@bp.get("/absences")
@signed_in
def show_absences() -> ResponseReturnValue:
    return _page(AbsenceForm(person=current_staff().username, from_on=clock.today(), to_on=clock.today()))


@bp.post("/absences")
@signed_in
def add_absence() -> ResponseReturnValue:
    form = AbsenceForm()
    people = _people(form)
    if not form.validate_on_submit():
        return _page(form)
    person = people[form.person.data]
    try:
        posts.add_absence(current_staff(), person, form.from_on.data, form.to_on.data)
    except Refusal as refused:
        db.session.rollback()
        return _page(form, refused)
    db.session.commit()
    flash(_("已记下。这几天的事由在岗的人接。"))
    return redirect(url_for(".show_absences"), 303)


@bp.post("/absences/<int:absence_id>/end")
@signed_in
def end_absence(absence_id: int) -> ResponseReturnValue:
    absence = db.session.get(Absence, absence_id)
    if absence is None or absence.person.username not in _people(AbsenceForm()):
        raise Missing
    posts.end_absence(current_staff(), absence.person, absence_id)
    db.session.commit()
    flash(_("已改。"))
    return redirect(url_for(".show_absences"), 303)


def _people(form: AbsenceForm) -> dict[str, Person]:
    """Whose days the person may set, by account; offered in the form."""
    me = current_staff()
    people = {one.username: one for one in (me, *posts.led_by(me))}
    form.person.choices = choices({name: one.name if one.id != me.id else _("我自己") for name, one in people.items()})
    return people


def _page(form: AbsenceForm, refused: Refusal | None = None) -> ResponseReturnValue:
    people = _people(form).values()
    wrong = {name: str(errors[0]) for name, errors in form.errors.items() if name in form and errors}
    if refused is not None:
        wrong[refused.field or ""] = sentence_of(refused)
    away = [(one, absence) for one in people
            for absence in sorted(one.absences, key=lambda absence: absence.from_on) if absence.to_on >= clock.today()]
    status = refused.status if refused else 400 if form.errors else 200
    return render_template("desk/absences.html", form=form, wrong=wrong, away=away, leads=len(people) > 1), status
