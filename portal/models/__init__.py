"""What we remember: one module per noun."""

from portal.models.addresses import LeftAddress, NewAddress
from portal.models.base import Base, Label, ReadOnly
from portal.models.classes import FamilyClass, FamilyClassPlace
from portal.models.clinic import Clinic, Closure, HelpLine, MinorRule, Program
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
from portal.models.courses import Course, CourseFinish
from portal.models.family_therapy import (
    BOOKED,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    FamilySessionKind,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    Says,
    WaitingListEntry,
)
from portal.models.feeds import CalendarFeed
from portal.models.guide_progress import GuideAnswer, GuideProgress
from portal.models.guide_search import GuideSpelling, GuideStem, GuideText
from portal.models.guides import Guide, GuideDraft, GuideVersion
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
    "BOOKED",
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
    "Course",
    "CourseFinish",
    "EmailLevel",
    "EmailStop",
    "EndedSignIn",
    "EndingNotice",
    "FamilyClass",
    "FamilyClassPlace",
    "FamilySessionKind",
    "FamilySessionTerms",
    "FamilyUpdate",
    "FormToken",
    "FreeHours",
    "FreeHoursOverride",
    "Frequency",
    "Guide",
    "GuideAnswer",
    "GuideDraft",
    "GuideProgress",
    "GuideSpelling",
    "GuideStem",
    "GuideText",
    "GuideVersion",
    "HelpLine",
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
    "LeftAddress",
    "MinorRule",
    "NewAddress",
    "OutgoingEmail",
    "Patient",
    "Program",
    "ReadOnly",
    "RecordEntry",
    "RelatedPerson",
    "Relative",
    "RestrictionRequest",
    "Says",
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
    "WaitingListEntry",
]
