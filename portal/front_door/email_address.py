"""Sign in with another address: type it, then say so again from its mailbox. The answer is the same for every address.

Opening the link shows a form and asks the database nothing, so mail scanners spend nothing. The password is asked
again there: a slip of the finger shall not give the account to a stranger's mailbox.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security import login_user as sign_them_in
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from portal.errors import Refused
from portal.extensions import limiter
from portal.locks import must_sign_in
from portal.services import email_addresses
from portal.sign_in import is_password_of

bp = Blueprint("email_address", __name__, url_prefix="/email-address")


class AddressForm(FlaskForm):
    """The new address, and proof that it is they who ask."""

    email = EmailField(
        _l("New email"),
        validators=[InputRequired(_l("Enter your new email")), Length(max=254, message=_l("Enter your new email"))],
    )
    password = PasswordField(_l("Your password"), validators=[InputRequired(_l("Enter your password"))])


class PasswordForm(FlaskForm):
    """The password once more, by whoever opened the link."""

    password = PasswordField(_l("Your password"), validators=[InputRequired(_l("Enter your password"))])


# Each one that goes through sends a letter to an address that may be anybody's.
_eight_letters = limiter.limit("8 per 15 minutes", methods=["POST"], key_func=lambda: f"address|{_who()}")
_eight_tries = limiter.limit(
    "8 per 15 minutes",
    methods=["POST"],
    key_func=get_remote_address,
    deduct_when=lambda response: response.status_code == 200,  # the form again: a try that failed
)


def _who() -> str:
    return str(current_user.id) if current_user.is_authenticated else get_remote_address()


@bp.route("", methods=["GET", "POST"])
@_eight_letters
def page() -> ResponseReturnValue:
    """Ask for a link to another address."""
    if (refused := must_sign_in()) is not None:
        return refused
    form = AddressForm()
    if form.validate_on_submit():
        try:
            address = email_addresses.checked(form.email.data or "", current_user.email)
        except Refused as no:
            form.email.errors = [no.sentence]
        else:
            if is_password_of(current_user, form.password.data):
                email_addresses.ask(current_user.id, address)
                return redirect(url_for(".sent"), 303)
            form.password.errors = [_l("That password is not right")]
    return render_template("front_door/email_address/page.html", form=form, back_to=_back_to())


@bp.get("/sent")
def sent() -> ResponseReturnValue:
    """The same for every address, whoever else may sign in with it."""
    if (refused := must_sign_in()) is not None:
        return refused
    return render_template("front_door/email_address/sent.html", email=current_user.email, back_to=_back_to())


@bp.route("/<token>", methods=["GET", "POST"])
@_eight_tries
def take_up(token: str) -> ResponseReturnValue:
    """Behind the link of the letter. A wrong password and a link that has ended get one sentence."""
    form = PasswordForm()
    if form.validate_on_submit():
        asked = email_addresses.asked_with(token)
        is_theirs = asked is not None and is_password_of(asked.account, form.password.data)
        account = email_addresses.take_up(asked) if asked is not None and is_theirs else None
        if account is not None:
            if current_user.is_authenticated and current_user.id == account.id:
                sign_them_in(account)
            return redirect(url_for(".done"), 303)
        form.form_errors.append(
            _l("That password is not right, or the link has ended. Links last 24 hours and work once.")
        )
    return render_template("front_door/email_address/take_up.html", form=form)


@bp.get("/done")
def done() -> str:
    """Says that the address has changed; the address itself stands nowhere."""
    return render_template("front_door/email_address/done.html")


def _back_to() -> str:
    if current_user.patient is not None:
        return url_for("patient.safety.page")
    return url_for("family.settings.page") if current_user.relative is not None else url_for("front_door.home.go")
