"""A signed-in person's own settings: language, colours, time zone, and whether email reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l

from portal.db import session
from portal.errors import Refused
from portal.models import Account, EmailLevel
from portal.services import email_stops, reminders

LANGUAGES = ("en", "es")
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Choices:
    """What one account has chosen."""

    email: str
    language: str
    theme: str
    time_zone: str | None
    wants_email: str
    wants_calendar_files: bool
    shares_mailbox: bool
    mail_word: str


# Rules


def check_language(language: str) -> None:
    """Raise Refused unless the portal speaks it."""
    if language not in LANGUAGES:
        raise Refused(_l("Choose a language"), "language")


def check_theme(theme: str) -> None:
    """Raise Refused unless the portal has these colours."""
    if theme not in THEMES:
        raise Refused(_l("Choose how it looks"), "theme")


def check_time_zone(name: str) -> None:
    """Raise Refused unless it is a zone, or empty for the clinic's own."""
    if name and name not in available_timezones():
        raise Refused(_l("Choose a time zone"), "time_zone")


# Questions


def of(account_id: int) -> Choices:
    """What the account has chosen."""
    account = session().get_one(Account, account_id)
    return Choices(
        email=account.email,
        language=account.language,
        theme=account.theme,
        time_zone=account.time_zone,
        wants_email=account.wants_email,
        wants_calendar_files=account.wants_calendar_files,
        shares_mailbox=account.shares_mailbox,
        mail_word=account.mail_word or "",
    )


def gets_email(account_id: int, allowed: str, *, kind: str, patient_id: int) -> bool:
    """Whether email of this kind about a patient who allows so much of it reaches this account: both sides have a say,
    and its address works."""
    account = session().get_one(Account, account_id)
    if EmailLevel.NONE in (allowed, account.wants_email) or account.email_failed_at is not None:
        return False
    return not email_stops.is_off(account_id, kind, patient_id)


# Acts


def choose_look(account_id: int, *, language: str, theme: str) -> None:
    """Save language and colours. Raises Refused."""
    check_language(language)
    check_theme(theme)
    account = session().get_one(Account, account_id)
    account.language, account.theme = language, theme


def choose_time_zone(account_id: int, name: str) -> None:
    """Keep the zone somebody reads in; empty is the clinic's own. Nobody is reminded at its night. Raises Refused."""
    check_time_zone(name)
    session().get_one(Account, account_id).time_zone = name or None
    session().flush()
    reminders.keep_to_the_hours_of(account_id)
