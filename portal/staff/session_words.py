"""What the care team calls one session, whose it is, and what a change of it can be for."""

from __future__ import annotations

from flask_babel import gettext

from portal import words
from portal.consent import record
from portal.errors import NotShared
from portal.models import ScheduleEntry, SessionType
from portal.services import timetables
from portal.services.series_edits import Which
from portal.services.series_words import TYPES
from portal.services.timetables import Whose
from portal.staff import said
from portal.staff.session_forms import MODES

ONE = "one"


def whose_is(entry: ScheduleEntry) -> Whose | None:
    """Whose session it is; looking at the session of one person is on record."""
    try:
        whose = timetables.by_id(entry.timetable_id)
    except NotShared:
        return None
    if whose.patient_id is not None:
        record.look_at(whose.patient_id, "day")
    return whose


def name_of(entry: ScheduleEntry, whose: Whose | None) -> str:
    """ "Group, Evening A": what the care team calls a session."""
    kind = TYPES[SessionType(entry.series.type)] if entry.series else said.KINDS[entry.kind].words
    return ", ".join(filter(None, (str(kind), whose.name if whose else "")))


def choices_of(entry: ScheduleEntry) -> list[tuple[str, str]]:
    """What a change can be for, with how many sessions that is."""
    day = words.day(entry.starts_at)
    choices = [(ONE, gettext("Only %(day)s", day=day))]
    if entry.series is None or entry.recurrence_id is None:
        return choices
    later, all_of_them = timetables.how_many_to_come(entry)
    if later > 1:
        choices.append((Which.LATER, gettext("This one and all later (%(n)d)", n=later)))
    if all_of_them > max(later, 1):
        choices.append((Which.ALL, gettext("All that are still to come (%(n)d)", n=all_of_them)))
    return choices


def rows_of(entry: ScheduleEntry) -> list[dict[str, str]]:
    """What one session comes to."""
    leaders = {one.id: one.name for one in timetables.leaders()}
    rows = [
        {"name": gettext("Session"), "words": name_of(entry, whose_is(entry))},
        {
            "name": gettext("When"),
            "words": f"{words.day(entry.starts_at)}, {words.times(entry.starts_at, entry.ends_at)}",
        },
        {
            "name": gettext("Where"),
            "words": ", ".join(filter(None, (entry.place, entry.mode and str(MODES[entry.mode])))),
        },
        {"name": gettext("Who leads it"), "words": leaders.get(entry.leader_id or 0, gettext("Nobody yet"))},
        {"name": gettext("Status"), "words": str(said.STATES[entry.status].words)},
    ]
    if entry.cancelled_because:
        rows.append({"name": gettext("Reason, for the care team"), "words": entry.cancelled_because})
    return rows
