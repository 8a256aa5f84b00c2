"""What a patient sees of their own, one class for each kind of row: these, and no others."""

from portal.consent.own.consents import OwnConsent, OwnScope
from portal.consent.own.drafts import OwnDraft
from portal.consent.own.people import OwnRelatedPerson
from portal.consent.own.record import OwnLastLook, OwnRecordEntry
from portal.consent.own.restrictions import OwnRestrictionRequest
from portal.consent.own.rows import Own
from portal.consent.own.schedule import OwnClosure, OwnHiddenSession, OwnScheduleEntry
from portal.consent.own.self import OwnSelf
from portal.consent.own.sessions import OwnAppointment
from portal.consent.own.updates import OwnUpdate
from portal.consent.own.waiting_list import OwnWaitingListEntry

__all__ = [
    "Own",
    "OwnAppointment",
    "OwnClosure",
    "OwnConsent",
    "OwnDraft",
    "OwnHiddenSession",
    "OwnLastLook",
    "OwnRecordEntry",
    "OwnRelatedPerson",
    "OwnRestrictionRequest",
    "OwnScheduleEntry",
    "OwnScope",
    "OwnSelf",
    "OwnUpdate",
    "OwnWaitingListEntry",
]
