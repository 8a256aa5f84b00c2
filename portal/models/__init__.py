"""What we remember: one module per noun."""

from portal.models.base import Base, Label, ReadOnly
from portal.models.clinic import Clinic, Closure, MinorRule, Program
from portal.models.consents import (
    Consent,
    ConsentScan,
    ConsentScope,
    EndingNotice,
    FormToken,
    Hold,
    HoldKind,
    HowAgreementEnded,
    HowSigned,
    RestrictionRequest,
    SharingDraft,
)
from portal.models.family_therapy import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
)
from portal.models.feeds import CalendarFeed
from portal.models.guides import Guide, GuideRead
from portal.models.invitations import HowInvited, Invitation
from portal.models.outbox import EmailStop, OutgoingEmail
from portal.models.people import (
    Account,
    CareTeamMember,
    EmailLevel,
    Patient,
    RelatedPerson,
    Relative,
    StaffMember,
    StaffRole,
)
from portal.models.record import Act, RecordEntry
from portal.models.schedule import (
    CancelledBy,
    Frequency,
    HiddenSession,
    Kind,
    ScheduleChange,
    ScheduleEntry,
    Series,
    SessionType,
    Status,
    Timetable,
    TimetableMember,
)
from portal.models.sign_ins import EndedSignIn, KeptAnswers
from portal.models.updates import FamilyUpdate

__all__ = [
    "Account",
    "Act",
    "Appointment",
    "AppointmentParticipant",
    "AppointmentStatus",
    "Base",
    "CalendarFeed",
    "CancelledBy",
    "CareTeamMember",
    "Clinic",
    "Closure",
    "Consent",
    "ConsentScan",
    "ConsentScope",
    "EmailLevel",
    "EmailStop",
    "EndedSignIn",
    "EndingNotice",
    "FamilySessionTerms",
    "FamilyUpdate",
    "FormToken",
    "FreeHours",
    "FreeHoursOverride",
    "Frequency",
    "Guide",
    "GuideRead",
    "HiddenSession",
    "Hold",
    "HoldKind",
    "HowAgreementEnded",
    "HowInvited",
    "HowSigned",
    "Invitation",
    "KeptAnswers",
    "Kind",
    "Label",
    "MinorRule",
    "OutgoingEmail",
    "Patient",
    "Program",
    "ReadOnly",
    "RecordEntry",
    "RelatedPerson",
    "Relative",
    "RestrictionRequest",
    "ScheduleChange",
    "ScheduleEntry",
    "Series",
    "SessionType",
    "SharingDraft",
    "StaffMember",
    "StaffRole",
    "Status",
    "Timetable",
    "TimetableMember",
]
