"""What somebody wants of our emails: how much they say, which kinds, about whom, when, or a list once a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.db import session
from portal.emails.letters import IN_THE_WEEKLY_LIST, TO_A_PATIENT
from portal.emails.wanted import EVERY
from portal.errors import Refused
from portal.models import Account, EmailLevel, StopHow
from portal.services import email_stops

# The kinds a relative may turn off, and what somebody has to share with them for such emails to come.
KINDS: dict[str, tuple[Scope, ...]] = {
    "schedule_changed": (Scope.TIMES,),
    "update_posted": UPDATE_SCOPES,
    "reminder": (Scope.FAMILY,),
    "booking": (Scope.FAMILY,),
    "time_opened": (Scope.FAMILY,),
}
# What a relative reads of on their page, once they turned it off.
PROVABLE = (*KINDS, "weekly_list", EVERY)
# The kinds a patient may turn off: news of what they did themselves, dates that come up, and questions.
OWN_KINDS = TO_A_PATIENT
DAYS = tuple(range(7))


@dataclass(frozen=True)
class Hours:
    """From when until when email waits."""

    begins: dt.time
    ends: dt.time


@dataclass(frozen=True)
class Wish:
    """What a relative wants: of the kinds and people they were asked about, those they want.

    `weekly_day` 0 is Monday, None is no list. `calendar_files` is None when it was not asked. `shares_mailbox`:
    others open it too. `could_choose_times`: day and time stood among the levels they chose from.
    """

    level: str
    kinds: Collection[str] = ()
    patient_ids: Collection[int] = ()
    weekly_day: int | None = None
    quiet: Hours | None = None
    calendar_files: bool | None = None
    shares_mailbox: bool = False
    could_choose_times: bool = True


# Rules


def check_level(level: str, offered: list[str]) -> None:
    """Raise Refused unless this person may choose that much."""
    if level not in offered:
        raise Refused(_l("Choose what our emails may say"), "level")


def check_calendar_files(level: str, *, wanted: bool | None) -> None:
    """Raise Refused when calendar files are wanted where emails may not say when."""
    if wanted and level != EmailLevel.TIMES:
        raise Refused(
            _l("A calendar file says the day and time. Choose “Also the day and time”, or do not tick this"),
            "calendar_files",
        )


def check_weekly_day(day: int | None, kinds: Collection[str]) -> None:
    """Raise Refused unless it is a day of the week and the list would have something in it, or no day."""
    if day is not None and day not in DAYS:
        raise Refused(_l("Choose a day for your weekly list, or “No”"), "weekly_day")
    if day is not None and IN_THE_WEEKLY_LIST.isdisjoint(kinds):
        raise Refused(
            _l("Nothing would be in your weekly list. Tick changes to times or new updates, or choose “No”"),
            "weekly_day",
        )


def check_quiet(quiet: Hours | None) -> None:
    """Raise Refused when quiet hours would never end."""
    if quiet is not None and quiet.begins == quiet.ends:
        raise Refused(_l("Choose two different times, or do not tick “Quiet hours”"), "quiet_until")


# Questions


def levels(account_id: int) -> list[str]:
    """How much email may say to the relative who looks, least telling first.

    Day and time only where somebody who shares allows it and nobody else opens the mailbox.
    """
    allowed = any(person.email_level == EmailLevel.TIMES for person in people.people())
    shares_mailbox = session().get_one(Account, account_id).shares_mailbox
    times = [str(EmailLevel.TIMES)] if allowed and not shares_mailbox else []
    return [str(EmailLevel.NOTICE), *times, str(EmailLevel.NONE)]


def kinds() -> list[str]:
    """The kinds of email that may come to the relative who looks, because somebody shares and allows them."""
    return [kind for kind, scopes in KINDS.items() if any(person.scopes & set(scopes) for person in _allowing())]


def whom(account_id: int) -> list[SharedPerson]:
    """The people to choose among: two or more who share and allow emails, or one who was turned off before."""
    allowing = _allowing()
    off = email_stops.live(account_id)
    is_a_choice = len(allowing) > 1 or any((EVERY, person.patient_id) in off for person in allowing)
    return allowing if is_a_choice else []


def offers_weekly_list() -> bool:
    """Whether anything may come to the relative who looks that a weekly list would hold."""
    return not IN_THE_WEEKLY_LIST.isdisjoint(kinds())


def _allowing() -> list[SharedPerson]:
    return [person for person in people.people() if person.email_level != EmailLevel.NONE]


def quiet_hours(account_id: int) -> Hours | None:
    """The quiet hours of an account, if it has any."""
    account = session().get_one(Account, account_id)
    if account.quiet_from is None or account.quiet_until is None:
        return None
    return Hours(account.quiet_from, account.quiet_until)


def weekly_day(account_id: int) -> int | None:
    """The day on which an account gets a list instead of single emails; 0 is Monday."""
    return session().get_one(Account, account_id).weekly_day


# Acts


def choose(account_id: int, wish: Wish) -> None:
    """Save what the relative who looks wants, as far as they were asked.

    What nobody shares or allows now is not asked, and stays as it was. Where others open the mailbox no email
    says when, whatever was chosen beside that. Raises Refused for what is not offered, for calendar files
    with a level that says no day and time, and for quiet hours without end.
    """
    check_level(wish.level, levels(account_id))
    check_calendar_files(wish.level, wanted=wish.calendar_files)
    if offers_weekly_list():
        check_weekly_day(wish.weekly_day, wish.kinds)
    check_quiet(wish.quiet)
    for kind in kinds():
        _want(account_id, kind, wanted=kind in wish.kinds)
    for person in whom(account_id):
        _want(account_id, EVERY, wanted=person.patient_id in wish.patient_ids, patient_id=person.patient_id)
    account = session().get_one(Account, account_id)
    account.wants_email = _level(account, wish)
    account.shares_mailbox = wish.shares_mailbox
    if wish.calendar_files is not None:
        account.wants_calendar_files = wish.calendar_files
    if offers_weekly_list():
        if account.weekly_day is None and wish.weekly_day is not None:
            account.weekly_since = clock.now()
        account.weekly_day = wish.weekly_day
        if wish.weekly_day is not None:
            _want(account_id, "weekly_list", wanted=True)
    _keep_quiet(account, wish.quiet)


def _level(account: Account, wish: Wish) -> str:
    """As chosen; but who could choose no more than notices, and wanted day and time before, wants them still."""
    wants_them_still = account.wants_email == EmailLevel.TIMES and not wish.could_choose_times
    level = EmailLevel.TIMES if wish.level == EmailLevel.NOTICE and wants_them_still else wish.level
    return EmailLevel.NOTICE if level == EmailLevel.TIMES and wish.shares_mailbox else level


def choose_own(account_id: int, wanted: Collection[str], quiet: Hours | None) -> None:
    """Save which emails about their own sharing a patient wants, and their quiet hours. Raises Refused."""
    check_quiet(quiet)
    for kind in OWN_KINDS:
        _want(account_id, kind, wanted=kind in wanted)
    _keep_quiet(session().get_one(Account, account_id), quiet)


def _want(account_id: int, kind: str, *, wanted: bool, patient_id: int | None = None) -> None:
    if wanted:
        email_stops.undo(account_id, kind, patient_id=patient_id)
    else:
        email_stops.stop(account_id, kind, how=StopHow.SETTINGS, patient_id=patient_id)


def _keep_quiet(account: Account, quiet: Hours | None) -> None:
    account.quiet_from = quiet.begins if quiet else None
    account.quiet_until = quiet.ends if quiet else None
