"""The rules of booking, changing and cancelling a family session: each refuses in a sentence that names no cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from portal.errors import Refused

MOST_NOTE_LETTERS = 1000


def check_time(starts_at: dt.datetime | None, offered_now: Collection[dt.datetime]) -> None:
    """Raise Refused unless the time is one that is offered at this moment."""
    if starts_at not in offered_now:
        raise Refused(_l("That time was just taken. Choose another. Your other answers are saved."), "time")


def check_mode(mode: str, modes: Collection[str]) -> None:
    """Raise Refused unless the therapist meets that way."""
    if mode not in modes:
        raise Refused(_l("Choose how you would like to meet"), "how")


def check_kind(kind: str, kinds: Collection[str]) -> None:
    """Raise Refused unless the therapist holds sessions of that kind."""
    if kind not in kinds:
        raise Refused(_l("Choose what kind of session it is"), "kind")


def check_limit(open_bookings: int, limit: int | None) -> None:
    """Raise Refused when the reader already has as many sessions booked as the therapist allows."""
    if limit is not None and open_bookings >= limit:
        raise Refused(
            _l("You have %(most)d sessions booked. When one is done you can book again.", most=limit), "limit"
        )


def check_note(note: str) -> None:
    """Raise Refused when the note is a letter of its own."""
    if len(note) > MOST_NOTE_LETTERS:
        raise Refused(_l("Make your note shorter: at most %(most)d letters", most=MOST_NOTE_LETTERS), "note")


def check_cancellable(starts_at: dt.datetime, cancel_hours: int, now: dt.datetime, phone: str) -> None:
    """Raise Refused when it is too late to cancel here."""
    if now > starts_at - dt.timedelta(hours=cancel_hours):
        raise Refused(
            _l("It is too late to cancel here. Call %(phone)s and we will sort it out.", phone=phone), "cancel"
        )


def check_movable(starts_at: dt.datetime, cancel_hours: int, now: dt.datetime, phone: str) -> None:
    """Raise Refused when it is too late to choose another time here."""
    if now > starts_at - dt.timedelta(hours=cancel_hours):
        raise Refused(
            _l("It is too late to change it here. Call %(phone)s and we will sort it out.", phone=phone), "time"
        )


def check_therapist(*, can_be_booked: bool, phone: str) -> None:
    """Raise Refused when new times with this therapist are not for the reader, though a session with them is booked."""
    if not can_be_booked:
        raise Refused(
            _l("This session cannot be moved here. Call %(phone)s and we will sort it out.", phone=phone), "time"
        )


def check_moves(moves: int, most: int | None, phone: str) -> None:
    """Raise Refused when a session was moved as often as the therapist allows; None allows any number."""
    if most is not None and moves >= most:
        raise Refused(
            _l("This session cannot be moved again here. Call %(phone)s and we will sort it out.", phone=phone), "time"
        )
