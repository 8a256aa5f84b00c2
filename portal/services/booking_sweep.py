"""What becomes of family sessions by itself: times that nobody took, yeses that never came, and who waits in vain."""

from __future__ import annotations

import datetime as dt

from flask import current_app
from sqlalchemy import select

from portal import clinic, clock
from portal.db import commit, reading, rollback, session, writing
from portal.models import Appointment, WaitingListEntry
from portal.services import kept_times, sessions, waiting_list

# A pass is not made again for this long: a time that nobody takes is nobody else's a minute longer.
LOOK_EVERY = dt.timedelta(minutes=1)


def sweep() -> None:
    """Let go what lapsed, end what is over, and keep free times for who waits for them.

    Commits. To be called from a context of its own, as often as one likes, by as many processes as there are:
    each step takes what it finds under a lock and leaves the rest to who was faster.
    """
    with reading():
        lapsed, unanswered, over = _lapsed(), sessions.unanswered(), _over()
        waited_for = waiting_list.whose_time_is_waited_for()
        rollback()
    with writing():
        if over:
            waiting_list.end_what_is_over()
            commit()
        # One patient, or one therapist, at a time: nobody holds one and waits for another.
        for appointment_id in unanswered:
            sessions.let_unanswered_go(appointment_id)
            commit()
        for staff_id in sorted({*lapsed, *waited_for}):
            waiting_list.offer(staff_id)
            commit()


def now_and_then() -> None:
    """`sweep`, for a postman who comes round every few seconds: most of the time it does nothing."""
    last: dt.datetime | None = current_app.extensions.get("bookings_looked_at")
    now = clock.now()
    if last is not None and last <= now < last + LOOK_EVERY:
        return
    sweep()
    current_app.extensions["bookings_looked_at"] = now


def _lapsed() -> list[int]:
    is_over = Appointment.held_until <= clock.now()
    return list(session().scalars(select(Appointment.staff_id).where(kept_times.IS_KEPT, is_over).distinct()))


def _over() -> bool:
    over = (waiting_list.IS_OPEN, WaitingListEntry.until_on < clinic.today())
    return session().scalar(select(WaitingListEntry.id).where(*over).limit(1)) is not None
