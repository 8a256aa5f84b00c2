"""A person's own sign-in: a new password, a language, and kinds of email they want no more."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.db import session
from portal.emails import outbox
from portal.emails.letters import IN_THE_WEEKLY_LIST, SAFETY, kind_of
from portal.emails.messages import MESSAGES
from portal.errors import NotShared
from portal.frame import LANGUAGES
from portal.models import Account, StopHow
from portal.services import email_stops


def ask_for_new_password(email: str) -> None:
    """Queue a link for the account with this address; for an unknown or closed one, mail to nobody.

    Either way one question and one row, so that neither the answer nor its time says which it was.
    """
    active = Account.active.is_(True)
    account_id = session().scalar(select(Account.id).where(func.lower(Account.email) == email.strip().lower(), active))
    outbox.queue("new_password", to=account_id)


def choose_language(account_id: int, language: str) -> None:
    """Keep the language an account reads in. A language the portal does not speak changes nothing."""
    if language in LANGUAGES:
        session().get_one(Account, account_id).language = language


def email_works(account_id: int) -> None:
    """Try the address of an account again: its holder looked, and it is right."""
    session().get_one(Account, account_id).email_failed_at = None


def stop_email(account_ref: str, kind: str, *, how: StopHow) -> None:
    """Turn one kind of email off for an account; twice is once. Raises NotShared for what cannot be stopped.

    Who wants no weekly list any more does not want each thing in it by itself instead.
    """
    account = account_of_ref(account_ref, kind)
    kinds = [kind, *sorted(IN_THE_WEEKLY_LIST)] if kind == "weekly_list" else [kind]
    for one in kinds:
        email_stops.stop(account.id, one, how=how)
    if kind == "weekly_list":
        account.weekly_day = None


def account_of_ref(account_ref: str, kind: str) -> Account:
    """The account that may stop this kind of email. Raises NotShared when there is none, or it keeps people safe."""
    account = session().scalar(select(Account).where(Account.ref == account_ref))
    if account is None or kind not in map(kind_of, MESSAGES) or kind in SAFETY:
        raise NotShared
    return account
