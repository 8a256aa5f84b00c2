"""Flask-Security, set up for invited people only: sign in, sign out, a new password."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_login import user_logged_in, user_logged_out
from flask_security import FSQLALiteUserDatastore, MailUtil, RoleMixin, Security, UserMixin
from flask_security.forms import EmailValidation, LoginForm, ResetPasswordForm
from flask_security.utils import set_request_attr, verify_password
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired

from portal.emails import outbox
from portal.errors import Refused
from portal.extensions import db, limiter
from portal.models import Account
from portal.services import kept_answers, sign_ins

LEAST_LETTERS = 12


class NoRoles(RoleMixin):
    """Flask-Security wants a class of roles; our doors need none."""


class OutboxMailUtil(MailUtil):
    """Mail of Flask-Security goes where all mail goes: into the outbox, without its words."""

    def send_mail(self, template: str, *args: Any, **context: Any) -> None:
        if "reset_notice" in template:
            outbox.queue("password_changed", to=context["user"])


def _without_spaces(typed: str | None) -> str | None:
    return typed.strip() if typed else typed


class SignInForm(LoginForm):
    """Email and password. Whatever is wrong, the answer is one sentence that belongs to neither field."""

    email = EmailField(_l("Email"), filters=[_without_spaces], validators=[DataRequired(), EmailValidation()])
    password = PasswordField(_l("Password"), validators=[DataRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""

    def validate(self, **kwargs: Any) -> bool:
        if super().validate(**kwargs):
            return True
        for field in self:
            field.errors = []
        self.form_errors = [gettext("That email or password is not right. Check both and try again.")]
        return False


class NewPasswordForm(ResetPasswordForm):
    """One password, typed once: it can be looked at."""

    password = PasswordField(_l("New password"), validators=[DataRequired(_l("Choose a password"))])
    password_confirm = None
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        if not FlaskForm.validate(self, **kwargs):
            return False
        try:
            self.password.data = check_password(self.password.data, self.user)
        except Refused as no:
            self.password.errors = [no.sentence]
            return False
        return True


def check_password(typed: str | None, account: UserMixin | None) -> str:
    """The password as it is kept, every letter in one form. Raises Refused when it is short or easy to guess."""
    from flask_security import password_length_validator
    from flask_security.proxies import _security

    wrong, password = _security.password_util.validate(typed or "", False, user=account)
    if not wrong:
        return str(password)
    if password_length_validator(password):
        raise Refused(_l("Use at least %(least)d letters or numbers", least=LEAST_LETTERS), "password")
    raise Refused(_l("That one is easy to guess. Try three short words."), "password")


def is_password_of(account: Account, typed: str | None) -> bool:
    """Whether this is the password of the account."""
    from flask_security.proxies import _security

    if not typed or account.password is None:
        return False
    return bool(verify_password(_security.password_util.normalize(typed), account.password))


def init_app(app: Flask) -> None:
    """Wire Flask-Security to our accounts, templates and outbox."""
    datastore = FSQLALiteUserDatastore(db, Account, NoRoles)
    security = Security(
        app, datastore, mail_util_cls=OutboxMailUtil, login_form=SignInForm, reset_password_form=NewPasswordForm
    )
    security.want_json(lambda request: False)  # our pages are for people, in words
    views: dict[str, Any] = app.view_functions
    views["security.login"] = _eight_tries(views["security.login"])
    views["security.forgot_password"] = _ask_on_our_own_page
    views["security.reset_password"] = _twenty_tries(views["security.reset_password"])
    app.login_manager.user_loader(_who_is_signed_in)  # type: ignore[attr-defined]
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.after_request(_clear_the_browser)


_eight_tries = limiter.limit(
    "8 per 15 minutes",
    methods=["POST"],
    key_func=lambda: f"{get_remote_address()}|{request.form.get('email', '').strip().lower()}",
    deduct_when=lambda response: response.status_code == 200,  # the form again: a try that failed
)
_twenty_tries = limiter.limit("20 per 15 minutes", methods=["POST"])


def _ask_on_our_own_page(**_: Any) -> ResponseReturnValue:
    """Where Flask-Security sends people whose link has ended."""
    return redirect(url_for("front_door.new_password.ask", ended="1"), 303)


def _who_is_signed_in(uniquifier: str) -> Account | None:
    """Asked by Flask-Login once per request. Signing out ends one sign-in, and every copy of its cookie with it."""
    account = sign_ins.account_of(uniquifier, session.get("sign_in", ""))
    if account is not None:
        set_request_attr("fs_authn_via", "session")
        set_request_attr("fs_paa", session.get("fs_paa", 0))
    return account


def _begin(app: Flask, **_: Any) -> None:
    # Flask-Login keeps the session that was there before; a form token from then must not live on.
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session["sign_in"] = secrets.token_urlsafe(24)
    session.permanent = True


def _end(app: Flask, user: Account, **_: Any) -> None:
    if label := session.pop("sign_in", None):
        sign_ins.end(label)
    if session.get("kept_for"):
        kept_answers.forget(user.id)


def _clear_the_browser(response: Response) -> Response:
    if request.endpoint == "security.logout" and response.status_code in (302, 303):
        language = session.get("language")
        session.clear()
        if language:
            session["language"] = language
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if request.form.get("leave") == "quickly":
            response.location = url_for("front_door.leave.away")
    return response
