"""The rules of an invitation: who may be invited where, for how long, and when a try counts. No database."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l

from portal.errors import Refused
from portal.services.consent_rules import EMAIL, MOST_LETTERS

# An invitation lasts two weeks from when it was made, sent again, or last opened with the right code,
# and never longer than a month from when the first of its row was made.
LASTS = dt.timedelta(days=14)
AT_MOST = dt.timedelta(days=30)

MOST_WRONG_TRIES = 5
OLDEST = 120


def ends_at(now: dt.datetime, first_made_at: dt.datetime) -> dt.datetime:
    """When an invitation ends that is made, sent again or opened now."""
    return min(now + LASTS, first_made_at + AT_MOST)


def check_in_force(in_force: bool) -> None:
    """Raise Refused when there is no consent under which this person may be told anything (42 CFR 2.13(c), 2.31)."""
    if not in_force:
        raise Refused(_l("There is no signed, complete form in force for this person, so nobody can be invited"), "who")


def check_name(name: str) -> None:
    """Raise Refused unless there is a name to greet somebody with after they sign in."""
    if not name.strip():
        raise Refused(_l("Enter their name"), "name")
    if len(name) > MOST_LETTERS["name"]:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=MOST_LETTERS["name"]), "name")


def check_address(email: str) -> None:
    """Raise Refused unless this looks like an email address."""
    if not EMAIL.fullmatch(email) or len(email) > MOST_LETTERS["email"]:
        raise Refused(_l("Enter an email address like name@example.org"), "email")


def check_email(email: str, *, by_email: bool, patient_email: str | None, is_staff: bool, used_by: str | None) -> None:
    """Raise Refused unless this is an address only the invited person signs in with, or none is needed yet.

    `by_email` says that the invitation travels to it. `patient_email` is the address of the one who
    shares, `used_by` the name of another person close to the same patient who signs in with this address.
    """
    if not email and not by_email:
        return
    if not email:
        raise Refused(_l("Enter their email, or choose a printed letter or a code that you read out"), "email")
    check_address(email)
    if patient_email and email == patient_email.lower():
        raise Refused(
            _l(
                "This email is the one on the account of the person who shares. Whoever opens it could read their "
                "messages and reset their password. Use a different one."
            ),
            "email",
        )
    if is_staff:
        raise Refused(_l("This email belongs to someone on the care team. Use a different one."), "email")
    if used_by:
        raise Refused(
            _l("%(name)s signs in with this email for the same person. Use a different one.", name=used_by), "email"
        )


def check_birth_year(year: int | None, *, this_year: int) -> None:
    """Raise Refused unless somebody alive could be born in this year."""
    if year is None or not this_year - OLDEST <= year <= this_year:
        raise Refused(_l("Enter the year they were born, like 1958"), "birth_year")


def check_can_send_again(first_made_at: dt.datetime, now: dt.datetime, *, is_accepted: bool) -> None:
    """Raise Refused when an invitation was used, or began so long ago that it should be made from the start."""
    if is_accepted:
        raise Refused(_l("This invitation was accepted. There is nothing to send again."))
    if now >= first_made_at + AT_MOST:
        raise Refused(
            _l("The first invitation is more than 30 days old. Check the address and the form, and invite again.")
        )
