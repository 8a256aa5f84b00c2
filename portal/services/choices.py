"""A signed-in person's own settings: language, colours, and how much email may say."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from portal.consent import people
from portal.db import session
from portal.errors import Refused
from portal.models import Account, EmailLevel, EmailStop
from portal.services import reminders

LANGUAGES = ("en", "es")
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Choices:
    """What one account has chosen. `has_stops`: some kinds of email were turned off from their link."""

    email: str
    language: str
    theme: str
    time_zone: str | None
    wants_email: str
    wants_calendar_files: bool
    shares_mailbox: bool
    has_stops: bool


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


def check_email_level(level: str, offered: list[str]) -> None:
    """Raise Refused unless this person may choose that much."""
    if level not in offered:
        raise Refused(_l("Choose what our emails may say"), "level")


def check_calendar_files(level: str, *, wanted: bool) -> None:
    """Raise Refused when calendar files are wanted where emails may not say when."""
    if wanted and level != EmailLevel.TIMES:
        raise Refused(
            _l("A calendar file says the day and time. Choose “Also the day and time”, or do not tick this"),
            "calendar_files",
        )


# Questions


def of(account_id: int) -> Choices:
    """What the account has chosen."""
    account = session().get_one(Account, account_id)
    a_stop = session().scalar(select(EmailStop.message).where(EmailStop.account_id == account_id).limit(1))
    return Choices(
        email=account.email,
        language=account.language,
        theme=account.theme,
        time_zone=account.time_zone,
        wants_email=account.wants_email,
        wants_calendar_files=account.wants_calendar_files,
        shares_mailbox=account.shares_mailbox,
        has_stops=a_stop is not None,
    )


def gets_email(account_id: int, allowed: str) -> bool:
    """Whether email reaches this account about a patient who allows so much of it: both sides have a say."""
    return allowed != EmailLevel.NONE and of(account_id).wants_email != EmailLevel.NONE


def email_levels(account_id: int) -> list[str]:
    """How much email may say to the relative who looks, least telling first.

    Day and time only where somebody who shares allows it and nobody else opens the mailbox.
    """
    allowed = any(person.email_level == EmailLevel.TIMES for person in people.people())
    shares_mailbox = session().get_one(Account, account_id).shares_mailbox
    times = [str(EmailLevel.TIMES)] if allowed and not shares_mailbox else []
    return [str(EmailLevel.NOTICE), *times, str(EmailLevel.NONE)]


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


def choose_emails(account_id: int, level: str, *, calendar_files: bool = False) -> None:
    """Save how much email may say, and whether it may put sessions into the reader's calendar.

    Wanting email again also undoes what was turned off by a link. Raises Refused for a level that is not
    offered, and for calendar files with a level that says no day and time.
    """
    check_email_level(level, email_levels(account_id))
    check_calendar_files(level, wanted=calendar_files)
    account = session().get_one(Account, account_id)
    account.wants_email, account.wants_calendar_files = level, calendar_files
    if level != EmailLevel.NONE:
        session().execute(delete(EmailStop).where(EmailStop.account_id == account_id))
