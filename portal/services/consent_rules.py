"""The rules of a signature: each element of 42 CFR 2.31(a), checked and refused in a sentence. No database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from portal.consent.scopes import Scope, says_nothing
from portal.errors import Refused
from portal.models import EmailLevel

# Our own limit; the law only asks for an end (42 CFR 2.31(a)(7)).
LONGEST = dt.timedelta(days=365)
# A program may run over its planned end; after this the backstop ends what ends with the program.
AFTER_THE_PLAN = dt.timedelta(days=30)
# What the columns hold.
MOST_LETTERS = {"name": 240, "email": 254, "relation": 120, "known_as": 120}
EMAIL = re.compile(r"[^@\s,;:<>\"()\[\]\\]+@[^@\s,;:<>\"()\[\]\\]+\.[^@\s.,;:<>\"()\[\]\\]{2,}")


@dataclass(frozen=True)
class Answers:
    """What a patient chose in the sharing flow, before it is checked. Dates are the clinic's."""

    name: str = ""
    email: str = ""
    by_letter: bool = False
    relation: str = ""
    known_as: str = ""
    related_person_id: int | None = None
    scopes: tuple[Scope, ...] = field(default=())
    email_level: EmailLevel = EmailLevel.NOTICE
    ends_on: dt.date | None = None
    ends_with_program: bool = False
    purpose: str = ""


@dataclass(frozen=True)
class Signature:
    """What the patient typed and saw when signing."""

    typed_name: str
    wants_to: bool
    text_shown: str
    text_language: str
    text_version: str
    how_to_stop: str
    # Where the clinic's rule asks a parent or guardian to sign with a minor (42 CFR 2.14).
    parent_named: str = ""
    parent_name: str = ""
    parent_wants_to: bool = False


def check_who(answers: Answers, *, patient_email: str | None) -> None:
    """Raise Refused unless it is clear whom to share with, and how to reach them safely (42 CFR 2.31(a)(4))."""
    if not answers.name.strip():
        raise Refused(_l("Enter their name"), "name")
    for field_name, most in MOST_LETTERS.items():
        if len(getattr(answers, field_name)) > most:
            raise Refused(_l("Make it shorter: at most %(most)d letters", most=most), field_name)
    if answers.related_person_id is not None or answers.by_letter:
        return
    if not answers.email.strip():
        raise Refused(_l("Enter their email, or choose a printed letter"), "email")
    if not EMAIL.fullmatch(answers.email.strip()):
        raise Refused(_l("Enter an email address like name@example.org"), "email")
    if patient_email and answers.email.strip().lower() == patient_email.lower():
        raise Refused(
            _l(
                "This email is the one on your own account. They could read your messages and reset your "
                "password. Use a different one."
            ),
            "email",
        )


def check_what(answers: Answers) -> None:
    """Raise Refused unless at least one box is ticked, and none that says nothing alone (42 CFR 2.31(a)(3))."""
    if not answers.scopes:
        raise Refused(_l("Choose at least one thing they can see"), "scopes")
    if says_nothing(answers.scopes):
        raise Refused(_l("Kind and place are part of session times: choose those too"), "scopes")


def check_until(answers: Answers, *, today: dt.date) -> None:
    """Raise Refused unless sharing ends within twelve months (42 CFR 2.31(a)(7): a date or an event)."""
    if answers.ends_on is None or not today < answers.ends_on <= today + LONGEST:
        day = today + dt.timedelta(days=80)
        example = f"{day.month} {day.day} {day.year}"
        raise Refused(_l("Enter a date in the next 12 months, like %(example)s", example=example), "ends_on")


def backstop(planned_end_on: dt.date | None, today: dt.date) -> dt.date:
    """The last day of a consent that ends with the program, should nobody ever write down the leaving."""
    if planned_end_on is None:
        return today + LONGEST
    return min(max(planned_end_on, today) + AFTER_THE_PLAN, today + LONGEST)


def check_program(answers: Answers, *, has_left: bool) -> None:
    """Raise Refused when the end is to be the day of leaving, and that day is past."""
    if answers.ends_with_program and has_left:
        raise Refused(_l("You have left the program. Choose a date"), "until")


def check_why(answers: Answers) -> None:
    """Raise Refused unless a purpose is given (42 CFR 2.31(a)(5))."""
    if not answers.purpose.strip():
        raise Refused(_l("Choose why you are sharing"), "purpose")


def check_signature(signature: Signature, *, full_name: str) -> None:
    """Raise Refused unless the patient typed their own name and said that they want to sign (2.31(a)(8))."""
    if _folded(signature.typed_name) != _folded(full_name):
        raise Refused(_l("Type your full name the way it is on your account: %(name)s", name=full_name), "typed_name")
    if not signature.wants_to:
        raise Refused(_l("Tick the box to show you want to sign"), "wants_to")


def check_parent_name(name: str, *, patient_name: str) -> None:
    """Raise Refused unless a parent or guardian is named who is somebody else than the patient."""
    if not name.strip():
        raise Refused(_l("Enter the full name of your parent or guardian"), "parent_name")
    if len(name) > MOST_LETTERS["name"]:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=MOST_LETTERS["name"]), "parent_name")
    if _folded(name) == _folded(patient_name):
        raise Refused(_l("This is your own name. Enter the name of your parent or guardian"), "parent_name")


def check_parent(signature: Signature, *, patient_name: str) -> None:
    """Raise Refused unless the parent or guardian whom the text names signed it too (42 CFR 2.14)."""
    check_parent_name(signature.parent_named, patient_name=patient_name)
    if _folded(signature.parent_name) != _folded(signature.parent_named):
        raise Refused(
            _l("Type your full name the way it stands above: %(name)s", name=signature.parent_named), "parent_name"
        )
    if not signature.parent_wants_to:
        raise Refused(_l("Tick the box to show you want to sign"), "parent_wants_to")


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def check_document(signature: Signature, *, discloser: str) -> None:
    """Raise Refused unless the document names who may share (2.31(a)(2)) and how to stop (2.31(a)(6))."""
    if not discloser.strip():
        raise Refused(_l("The clinic’s legal name is missing. Call us before you sign"), "discloser")
    if not signature.how_to_stop.strip():
        raise Refused(_l("How to stop is missing from this form. Call us before you sign"), "how_to_stop")
    if not signature.text_shown.strip():
        raise Refused(_l("The text to sign is missing. Call us before you sign"), "text")


def check_asked(asked_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise Refused when somebody asked in the future. None: just now."""
    if asked_at is not None and asked_at > now:
        raise Refused(_l("Enter a time that has passed, or leave it empty for just now"), "asked_at")


def check_same_text(shown: str, now: str) -> None:
    """Raise Refused unless `now` is the fingerprint of the text that was on the page."""
    if shown != now:
        raise Refused(
            _l("What you would sign has changed since you opened this page. Read it again, then sign"), "text"
        )


def check_sooner(day: dt.date | None, *, today: dt.date, ends_on: dt.date | None) -> None:
    """Raise Refused unless `day` comes after today and before the end that is set now."""
    if ends_on is None:
        raise Refused(_l("You do not share anything with this person"))
    if day is None or day < today:
        example = f"{ends_on.month} {ends_on.day} {ends_on.year}"
        raise Refused(_l("Enter a day to come, before %(example)s", example=example), "ends_on")
    if day == today:
        raise Refused(_l("To end it today, press Stop sharing. It ends at once"), "ends_on")
    if day >= ends_on:
        raise Refused(
            _l("That is not sooner than the end that is set now. To share for longer, sign again: Make longer"),
            "ends_on",
        )


def check_less_email(level: str, less: Sequence[str]) -> None:
    """Raise Refused unless `level` is among those that say less than now."""
    if level not in less:
        raise Refused(_l("To let emails say more, you sign again"), "email_level")
