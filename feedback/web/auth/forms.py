"""登录的表格: account and password, the six digits, a new password."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from feedback.identity.passwords import LONGEST


class SignInForm(FlaskForm):  # type: ignore[misc]
    username = StringField(_l("账号"), [InputRequired(_l("请写账号")), Length(max=40)])
    password = PasswordField(_l("密码"), [InputRequired(_l("请写密码")), Length(max=LONGEST)])
    is_kept = BooleanField(_l("这是我自己的手机"))
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    code = StringField(_l("六位动态码"), [InputRequired(_l("请写动态码")), Length(max=12)])
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("现在的密码"), [InputRequired(_l("请写现在的密码")), Length(max=LONGEST)])
    new_password = PasswordField(_l("新密码"), [InputRequired(_l("请写新密码"))])
    again = PasswordField(_l("新密码，再写一遍"), [InputRequired(_l("请再写一遍"))])


class ProofForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(_l("密码"), [InputRequired(_l("请写密码")), Length(max=LONGEST)])
    next = HiddenField()
