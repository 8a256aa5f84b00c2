"""Emails that keep an account safe."""

from __future__ import annotations

from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import eyes_of, message


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
    """The password was changed."""
    with eyes_of(to):
        return write_letter(to, about)
