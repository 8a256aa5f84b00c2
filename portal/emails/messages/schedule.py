"""The email that session times changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy import or_, select

from portal import clock, words
from portal.consent.scopes import Scope
from portal.consent.shared import SharedScheduleEntry, SharedScope
from portal.db import session
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, may_be_told, message
from portal.emails.messages.times import start

# An email names this many changed sessions; of more it gives the number.
MOST_CHANGES = 3


@dataclass(frozen=True)
class Change:
    """One changed session in words: when it is now, and when it was, if that was another time."""

    now: str
    before: str
    is_cancelled: bool


@message
def schedule_changed(to: Recipient, about: About) -> Letter:
    """Session times changed: one email for all that one act changed, as far as the reader may see it now."""
    with eyes_of(to):
        entries = _changed_entries(about)
        times = may_be_told(about) and to.wants_times
        with force_locale(to.language):
            changes = [_change(entry) for entry in entries[:MOST_CHANGES]] if times else []
            day = words.day(entries[0].starts_at) if times else ""
        more = len(entries) - len(changes) if times else 0
        return write_letter(to, about, path="/schedule", changes=changes, more=more, day=day)


def _changed_entries(about: About) -> Sequence[SharedScheduleEntry]:
    """The sessions to come that the change `about` was the last to touch. Raises Withheld when there are none."""
    shares_times = select(SharedScope.id).where(
        SharedScope.patient_id == about.patient_id, SharedScope.scope == Scope.TIMES
    )
    if session().scalar(shares_times.limit(1)) is None:
        raise Withheld("sharing ended")
    asked = select(SharedScheduleEntry).where(
        SharedScheduleEntry.patient_id == about.patient_id,
        or_(
            SharedScheduleEntry.change_id == about.about_id,
            SharedScheduleEntry.place_change_id == about.about_id,
            SharedScheduleEntry.kind_change_id == about.about_id,
        ),
        SharedScheduleEntry.starts_at > clock.now(),
    )
    in_order = (SharedScheduleEntry.starts_at, SharedScheduleEntry.ends_at, SharedScheduleEntry.ref)
    entries = [one for one in session().scalars(asked.order_by(*in_order)) if one.last_change_id == about.about_id]
    if not entries:
        raise Withheld("changed again meanwhile")
    return entries


def _change(entry: SharedScheduleEntry) -> Change:
    return Change(
        now=f"{start(entry.starts_at)}, {words.zone_name()}",
        before=start(entry.was_at) if entry.was_at else "",
        is_cancelled=entry.status == "cancelled",
    )
