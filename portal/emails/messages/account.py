"""Emails that keep an account safe."""

from __future__ import annotations

from flask_babel import force_locale

from portal.emails import addresses
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message
from portal.emails.messages.times import moment


@message
def new_password(to: Recipient, about: About) -> Letter:
    """The link to choose a new password. The token is made here, so no queue ever holds it."""
    from flask_security.proxies import _datastore
    from flask_security.recoverable import generate_reset_password_token

    with eyes_of(to):
        account = _datastore.find_user(id=to.account_id)
        return write_letter(to, about, path="/new-password/" + generate_reset_password_token(account))


@message
def password_changed(to: Recipient, about: About) -> Letter:
    """The password was changed, and when."""
    with eyes_of(to):
        with force_locale(to.language):
            when = moment(about.at)
        return write_letter(to, about, when=when)


@message
def new_address(to: Recipient, about: About) -> Letter:
    """The link to sign in with this address from now on. It goes there and nowhere else, and names nobody."""
    with eyes_of(to):
        link = addresses.link(about.about_id)
        if link is None:
            raise Withheld("ended meanwhile")
        return write_letter(to, about, path=link)


@message
def email_changed(to: Recipient, about: About) -> Letter:
    """The address of the account was changed, and when: to the one it had and to the one it has. It names neither."""
    with eyes_of(to):
        with force_locale(to.language):
            when = moment(about.at)
        return write_letter(to, about, when=when)
