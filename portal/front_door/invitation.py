"""Accept an invitation in three steps: code and year of birth, a sign-in of one's own, how this works.

Who was invited on paper or by voice, without an address, types it in and goes on from that mailbox.
Opening the address shows a form and asks the database nothing, so mail scanners spend nothing and
learn nothing. Nobody is named before the last button.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security import hash_password
from flask_security import login_user as sign_them_in
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from portal.errors import Refused
from portal.extensions import limiter
from portal.frame import LANGUAGES
from portal.front_door import invited
from portal.models import Account, Invitation
from portal.services import accepting, invitation_addresses
from portal.services.accepting import NewSignIn, Way
from portal.sign_in import check_password

bp = Blueprint("invitation", __name__, url_prefix="/invite")


class CodeForm(FlaskForm):
    """What travelled another way than the link, and what staff asked before they sent it."""

    code = StringField(
        _l("Invitation code"),
        description=_l("Two words and 4 numbers, like MAPLE-RIVER-4271. We told it to you by phone or in person."),
        validators=[InputRequired(_l("Enter your code")), Length(max=60, message=_l("Enter your code"))],
    )
    birth_year = StringField(
        _l("What year were you born?"),
        validators=[
            InputRequired(_l("Enter the year you were born")),
            Regexp(r"^\s*[12][0-9]{3}\s*$", message=_l("Enter 4 numbers, like 1958")),
        ],
    )


class AddressForm(FlaskForm):
    """The address of somebody who was invited without one."""

    email = EmailField(
        _l("Your email"),
        description=_l("You will sign in with it. We send you a link, to be sure it is right."),
        validators=[InputRequired(_l("Enter your email")), Length(max=254, message=_l("Enter your email"))],
    )


class SignInForm(FlaskForm):
    """A sign-in of one's own. The address is the one the invitation was made for."""

    alone = RadioField(
        _l("Is this mailbox yours alone?"),
        choices=[
            SelectChoice("yes", _l("Yes, only I can open it")),
            SelectChoice("no", _l("No, other people can open it")),
        ],
        validate_choice=False,
        validators=[AnyOf(("yes", "no"), _l("Choose who can open this mailbox"))],
    )
    password = PasswordField(_l("Create a password"), validators=[InputRequired(_l("Choose a password"))])
    language = RadioField(
        _l("Which language?"),
        choices=[SelectChoice(*one) for one in LANGUAGES.items()],
        validate_choice=False,
        validators=[AnyOf(list(LANGUAGES), _l("Choose a language"))],
    )


class AcceptForm(FlaskForm):
    """Nothing to fill in: the button is the answer."""


_twenty_tries = limiter.limit(
    "20 per 15 minutes",
    methods=["POST"],
    key_func=get_remote_address,
    deduct_when=lambda response: response.status_code == 200,  # the form again: a try that failed
)


@bp.route("", methods=["GET", "POST"])
@bp.route("/<token>", methods=["GET", "POST"])
@_twenty_tries
def begin(token: str = "") -> ResponseReturnValue:
    """Step 1: the code and the year of birth."""
    if current_user.is_authenticated and current_user.relative is None:
        return _somebody_else()
    form = CodeForm()
    if form.validate_on_submit():
        try:
            invitation = accepting.open_with(token, form.code.data or "", int(form.birth_year.data or ""))
        except Refused as no:
            form.form_errors.append(no.sentence)
        else:
            invited.remember(invitation)
            return redirect(_next_step(invitation), 303)
    return render_template("front_door/invitation/begin.html", form=form, has_link=bool(token))


@bp.route("/address", methods=["GET", "POST"])
def address() -> ResponseReturnValue:
    """Between steps 1 and 2, for those whose address nobody knew."""
    invitation = invited.current()
    if invitation is None or _way(invitation) != Way.NEW or invitation.email is not None:
        return redirect(_next_step(invitation), 303)
    form = AddressForm()
    if form.validate_on_submit():
        try:
            invitation_addresses.send_on(invitation.ref, form.email.data or "")
        except Refused as no:
            form.email.errors = [no.sentence]
        else:
            invited.keep_address(form.email.data or "")
            return redirect(url_for(".address_sent"), 303)
    return render_template("front_door/invitation/address.html", form=form)


@bp.get("/address/sent")
def address_sent() -> ResponseReturnValue:
    """The same for every address, whoever else may sign in with it."""
    if invited.current() is None or not invited.address():
        return redirect(url_for(".begin"), 303)
    return render_template("front_door/invitation/address_sent.html", email=invited.address())


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Step 2: a sign-in."""
    invitation = invited.current()
    if invitation is None or _way(invitation) != Way.NEW or invitation.email is None:
        return redirect(_next_step(invitation), 303)
    form = SignInForm(language=str(get_locale()))
    if form.validate_on_submit():
        try:
            password = check_password(form.password.data, Account(email=invitation.email))
        except Refused as no:
            form.password.errors = [no.sentence]
        else:
            invited.keep(NewSignIn(hash_password(password), form.alone.data == "no", form.language.data))
            return redirect(url_for(".how_this_works"), 303)
    return render_template("front_door/invitation/sign_in.html", form=form, email=invitation.email)


@bp.route("/how-this-works", methods=["GET", "POST"])
def how_this_works() -> ResponseReturnValue:
    """Step 3: the rules both sides know, and in."""
    invitation = invited.current()
    if invitation is None or _way(invitation) != Way.NEW or invited.chosen() is None:
        return redirect(_next_step(invitation), 303)
    return _accepted_or("front_door/invitation/how_this_works.html", invitation)


@bp.route("/add", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """For those who are signed in: one more invitation, the same account."""
    invitation = invited.current()
    if invitation is None:
        return redirect(url_for(".begin"), 303)
    way = _way(invitation)
    if way == Way.SOMEBODY_ELSE:
        return _somebody_else()
    if way != Way.ADD:
        return redirect(_next_step(invitation), 303)
    return _accepted_or("front_door/invitation/add.html", invitation)


@bp.get("/sign-in-first")
def sign_in_first() -> ResponseReturnValue:
    """For those who have a sign-in: this is said only after the right code and year of birth."""
    invitation = invited.current()
    if invitation is None or _way(invitation) != Way.SIGN_IN:
        return redirect(_next_step(invitation), 303)
    return render_template("front_door/invitation/sign_in_first.html")


def _accepted_or(page: str, invitation: Invitation) -> ResponseReturnValue:
    form = AcceptForm()
    if form.validate_on_submit():
        try:
            account = accepting.accept(invitation.ref, account=_account(), sign_in=invited.chosen())
        except Refused as no:
            form.form_errors.append(no.sentence)
        else:
            invited.forget()
            if not current_user.is_authenticated:
                sign_them_in(account)
            session["language"] = account.language
            return redirect("/home", 303)
    return render_template(page, form=form)


def _next_step(invitation: Invitation | None) -> str:
    if invitation is None:
        return url_for(".begin")
    way = _way(invitation)
    if way == Way.SIGN_IN:
        invited.wait_for_sign_in()
        return url_for(".sign_in_first")
    if way == Way.NEW:
        return url_for(".sign_in" if invitation.email is not None else ".address")
    return url_for(".add")


def _way(invitation: Invitation) -> Way:
    return accepting.way_of(invitation, _account())


def _account() -> Account | None:
    return current_user._get_current_object() if current_user.is_authenticated else None


def _somebody_else() -> ResponseReturnValue:
    return render_template("front_door/invitation/somebody_else.html")
