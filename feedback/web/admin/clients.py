"""接口凭证: which machines may read here; a new token is shown once, on the answer itself, and never again."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from feedback import clock, db
from feedback.administration import clients
from feedback.identity import clients as tokens
from feedback.models.clients import Reads
from feedback.web.admin import bp, start
from feedback.web.admin.sheet import NEEDED, DayField, Sheet, administrators
from feedback.web.auth import current_staff
from feedback.web.languages import gettext as _

READS = {one.value: one for one in Reads}
A_YEAR = timedelta(days=365)


class ClientNameSheet(Sheet):
    name = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=clients.MAX_NAME)],
                       description=_l("哪一个系统，谁管着它"))


class ClientSheet(ClientNameSheet):
    area_code = StringField(_l("能读哪里"), [InputRequired(NEEDED), Length(max=18)],
                            description=_l("镇街 9 位或县 6 位编码，下面的都算在内"))
    reads = SelectMultipleField(_l("能读什么"), choices=[SelectChoice(one.value, one.label) for one in Reads])
    expires_on = DayField(_l("有效到哪天"), [InputRequired(NEEDED)], description=_l("最多两年；到期换一个新的"))

    @property
    def chosen(self) -> list[Reads]:
        return [READS[word] for word in self.reads.data or ()]


@bp.get("/clients")
@administrators
def show_clients() -> ResponseReturnValue:
    return _page()


@bp.post("/clients")
@administrators
def add_client() -> ResponseReturnValue:
    form = ClientSheet()
    made = form.tried(lambda: clients.add(current_staff(), name=form.name.data, area_code=form.area_code.data.strip(),
                                          reads=form.chosen, expires_on=form.expires_on.data))
    if made is None:
        return _page(form)
    client, token = made
    db.session.commit()
    return render_template("admin/client_token.html", client=client, shown=token, section="clients",
                           **start.about(start.managed()))


@bp.post("/clients/<int:client_id>/name")
@administrators
def rename_client(client_id: int) -> ResponseReturnValue:
    client, form = clients.of(current_staff(), client_id), ClientNameSheet()
    if not form.is_done(lambda: clients.rename(current_staff(), client, form.name.data)):
        return _page(renaming=(client_id, form))
    flash(_("已改。"))
    return _back()


@bp.post("/clients/<int:client_id>/revoke")
@administrators
def revoke_client(client_id: int) -> ResponseReturnValue:
    clients.revoke(current_staff(), clients.of(current_staff(), client_id))
    db.session.commit()
    flash(_("已停用，从现在起这个凭证什么也读不到。"))
    return _back()


def _page(form: ClientSheet | None = None, renaming: tuple[int, Sheet] | None = None) -> ResponseReturnValue:
    area = start.managed()
    shown = form or ClientSheet(formdata=None, area_code=area.code, reads=[Reads.FIGURES.value],
                                expires_on=clock.today() + A_YEAR)
    found = clients.within(area.code)
    page = render_template(
        "admin/clients.html", clients=found, form=shown, renaming=renaming, lasts=tokens.lasts, reads=READS,
        used=tokens.last_used(found), section="clients", **start.about(area),
    )
    wrong = [one for one in (form, renaming[1] if renaming else None) if one is not None]
    return page, max([200, *(one.status for one in wrong)])


def _back() -> Response:
    return redirect(url_for(".show_clients", area=start.managed().code), 303)
