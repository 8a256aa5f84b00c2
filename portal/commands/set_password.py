"""flask set-password: a new password for one account; every other sign-in of it ends."""

from __future__ import annotations

import sys
import uuid

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password
from sqlalchemy import select

from portal.db import commit, session
from portal.models import Account

SHORTEST, LONGEST = 12, 128


@click.command("set-password")
@click.argument("email")
@with_appcontext
def command(email: str) -> None:
    """Set the password of EMAIL. The password is read from standard input, never from the command line."""
    account = session().scalar(select(Account).where(Account.email == email.strip().lower()))
    if account is None:
        raise click.ClickException(f"There is no account with the email {email}.")
    password = _read()
    if not SHORTEST <= len(password) <= LONGEST:
        raise click.ClickException(f"A password needs {SHORTEST} to {LONGEST} characters. Nothing was changed.")
    account.password = hash_password(current_app.extensions["security"].password_util.normalize(password))
    account.fs_uniquifier = uuid.uuid4().hex
    commit()
    click.echo(f"The password of {account.email} is set. Anybody signed in with the old one is signed out.")


def _read() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        line = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8 text.") from None
    if any(not letter.isprintable() for letter in line):
        raise click.ClickException("The password holds a character that cannot be typed. Nothing was changed.")
    return line
