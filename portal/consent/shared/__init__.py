"""★ Every row and every column that a relative can ever see, one class for each kind of row: these, and no others.

Each class is a select that is already joined to the consents which are live for the viewer at that
moment. A row the viewer has no consent for is not hidden: it is not there. Family pages, previews,
emails, calendar files and `flask sees` read these classes and nothing else.
"""

from portal.consent.shared.kept_times import SharedKeptTime
from portal.consent.shared.rows import Shared
from portal.consent.shared.schedule import SharedScheduleEntry, SharedWeeks
from portal.consent.shared.scopes import SharedScope
from portal.consent.shared.sessions import SharedAppointment
from portal.consent.shared.therapists import SharedTherapist
from portal.consent.shared.updates import SharedUpdate
from portal.consent.shared.waiting_list import SharedWaitingListEntry

__all__ = [
    "Shared",
    "SharedAppointment",
    "SharedKeptTime",
    "SharedScheduleEntry",
    "SharedScope",
    "SharedTherapist",
    "SharedUpdate",
    "SharedWaitingListEntry",
    "SharedWeeks",
]
