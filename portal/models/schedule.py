"""The program's own timetable: who is on it, the series it is planned in, and the sessions everybody reads."""

from __future__ import annotations

import datetime as dt
from enum import IntFlag, StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    false,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, HasRef, Imported, Instant, key, own, rule, shareable, staff_only
from portal.models.people import StaffMember


class Kind(StrEnum):
    """What a session is. Medication visits and drug tests have no kind, so they cannot be shown."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    CLASS = "class"
    FAMILY = "family"
    CLOSED = "closed"


class SessionType(StrEnum):
    """What a session is to the care team. Families see only its `kind`: finer words would tell how treatment goes."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    CASE_MANAGEMENT = "case_management"
    ORIENTATION = "orientation"
    CLASS = "class"
    FAMILY = "family"
    RELATIVES = "relatives"
    COUPLES = "couples"
    MULTI_FAMILY = "multi_family"
    CONSULT = "consult"
    PLANNING = "planning"
    SUPPORT = "support"
    ALUMNI = "alumni"
    OPEN_DAY = "open_day"

    @property
    def kind(self) -> Kind:
        """What families see of it."""
        if self in (SessionType.GROUP, SessionType.CLASS):
            return Kind(self)
        if self in (SessionType.INDIVIDUAL, SessionType.CASE_MANAGEMENT):
            return Kind.INDIVIDUAL
        if self in (SessionType.ORIENTATION, SessionType.SUPPORT, SessionType.ALUMNI, SessionType.OPEN_DAY):
            return Kind.CLASS
        return Kind.FAMILY


class Frequency(StrEnum):
    """How a series repeats, in RFC 5545's words; a single session does not."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class CancelledBy(StrEnum):
    """Why a session of a series is off: someone said so, the day is closed, or the series no longer has it."""

    HAND = "hand"
    CLOSURE = "closure"
    SERIES = "series"


class Status(StrEnum):
    ON = "on"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class Facet(IntFlag):
    """What can change about a session, by who hears of it: everybody who sees it, who sees its place, or its kind."""

    TIMES = 1
    PLACE = 2
    KIND = 4


EVERY_FACET = Facet.TIMES | Facet.PLACE | Facet.KIND


class Timetable(HasId, Imported, Base):
    """A list of sessions for those who are on it: one program's track, or one person."""

    __tablename__ = "timetable"

    name: Mapped[str] = staff_only(String(120), default="")
    program_id: Mapped[int | None] = key(ForeignKey("program.id"), index=True)

    members: Mapped[list[TimetableMember]] = relationship(back_populates="timetable")


class TimetableMember(Base):
    """One patient on one timetable."""

    __tablename__ = "timetable_member"

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), primary_key=True)
    timetable_id: Mapped[int] = key(ForeignKey("timetable.id"), primary_key=True, index=True)

    timetable: Mapped[Timetable] = relationship(back_populates="members")


class Series(HasRef, Imported, Base):
    """Sessions planned together, on the wall clock of `zone`. What everybody reads are the entries made of it.

    `by_day` holds RFC 5545's BYDAY ("MO,WE", monthly "-1FR"), `skipped` dates without a session, `extra` wall-clock
    starts besides the rule. `carried_to` is the day up to which entries are written; none: there is no more to write.
    Without `published_at` it is a draft and has no entries. Where another calendar plans it, `source_sequence` and
    `source_digest` tell what that calendar said last.
    """

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint("minutes > 0 AND every > 0", name="lengths"),
        CheckConstraint("until IS NULL OR count IS NULL", name="one_end"),
        CheckConstraint("type IN ({})".format(", ".join(f"'{one}'" for one in SessionType)), name="type"),
    )

    timetable_id: Mapped[int] = key(ForeignKey("timetable.id"), index=True)
    name: Mapped[str] = staff_only(String(120), default="")
    type: Mapped[str] = staff_only(String(20))
    starts_on: Mapped[dt.date] = staff_only()
    wall_time: Mapped[dt.time] = staff_only()
    minutes: Mapped[int] = staff_only()
    zone: Mapped[str] = staff_only(String(64))
    frequency: Mapped[str] = staff_only(String(10), default=Frequency.ONCE)
    every: Mapped[int] = staff_only(default=1)
    by_day: Mapped[str] = staff_only(String(60), default="")
    week_starts: Mapped[str] = staff_only(String(2), default="MO")
    until: Mapped[dt.date | None] = staff_only()
    count: Mapped[int | None] = staff_only()
    skipped: Mapped[list[str]] = staff_only(JSON, default=list)
    extra: Mapped[list[str]] = staff_only(JSON, default=list)
    place: Mapped[str] = staff_only(String(200), default="")
    mode: Mapped[str] = staff_only(String(20), default="")
    leader_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    uid: Mapped[str] = staff_only(String(255), unique=True)
    sequence: Mapped[int] = staff_only(default=0)
    split_from: Mapped[str | None] = staff_only(String(255))
    source_sequence: Mapped[int | None] = staff_only()
    source_digest: Mapped[str | None] = rule(String(64))
    published_at: Mapped[dt.datetime | None] = staff_only(Instant)
    carried_to: Mapped[dt.date | None] = rule()

    timetable: Mapped[Timetable] = relationship()
    leader: Mapped[StaffMember | None] = relationship()


class ScheduleChange(HasId, Base):
    """One act that changed sessions: everybody who is told of it gets one email."""

    __tablename__ = "schedule_change"

    made_at: Mapped[dt.datetime] = staff_only(Instant, index=True)
    made_by_id: Mapped[int | None] = key(ForeignKey("account.id"))


class ScheduleEntry(HasRef, Imported, Base):
    """One session of a timetable. `starts_at` up to, not including, `ends_at`.

    `recurrence_id` is the start that its series gives it, on the series' wall clock, whatever became of it since.
    `changed_in` says in which facets it differs from what was announced, besides its start, and `untold` what changed
    that nobody was told of yet. The three changes are the last of what everybody sees who sees the session, of its
    place, and of its kind: a reader who does not see places must not hear that one changed. `is_exception` says that it
    has facts of its own, which a change of the series leaves alone. `was_at` is the start it had when it was first
    announced. `sequence` grows with what a calendar file says of it, when it is and whether it is off: a number that
    every reader gets must not tell of a place that some of them do not.
    """

    __tablename__ = "schedule_entry"
    __table_args__ = (
        Index("ix_schedule_entry_timetable_id_starts_at", "timetable_id", "starts_at"),
        Index("uq_schedule_entry_series_id_recurrence_id", "series_id", "recurrence_id", unique=True),
        CheckConstraint("ends_at > starts_at", name="in_order"),
    )

    timetable_id: Mapped[int] = key(ForeignKey("timetable.id"))
    starts_at: Mapped[dt.datetime] = shareable(Instant)
    ends_at: Mapped[dt.datetime] = shareable(Instant)
    kind: Mapped[str] = shareable(String(12))
    status: Mapped[str] = shareable(String(10), default=Status.ON)
    place: Mapped[str] = shareable(String(200), default="")
    was_at: Mapped[dt.datetime | None] = shareable(Instant)
    leader_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    is_hidden: Mapped[bool] = rule(default=False)
    series_id: Mapped[int | None] = key(ForeignKey("series.id"))
    recurrence_id: Mapped[dt.datetime | None] = rule(DateTime)
    is_exception: Mapped[bool] = rule(default=False, server_default=false())
    mode: Mapped[str] = shareable(String(20), default="", server_default=text("''"))
    sequence: Mapped[int] = shareable(default=0, server_default=text("0"))
    cancelled_by: Mapped[str | None] = rule(String(10))
    cancelled_at: Mapped[dt.datetime | None] = rule(Instant)
    cancelled_because: Mapped[str | None] = staff_only(String(300))
    changed_in: Mapped[int] = rule(default=0, server_default=text("0"))
    untold: Mapped[int] = rule(default=0, server_default=text("0"))
    change_id: Mapped[int | None] = key(ForeignKey("schedule_change.id"))
    place_change_id: Mapped[int | None] = key(ForeignKey("schedule_change.id"))
    kind_change_id: Mapped[int | None] = key(ForeignKey("schedule_change.id"))

    timetable: Mapped[Timetable] = relationship()
    leader: Mapped[StaffMember | None] = relationship()
    series: Mapped[Series | None] = relationship()


class HiddenSession(HasId, Base):
    """A session that a patient keeps from one of their people, or from everybody: no `related_person_id`."""

    __tablename__ = "hidden_session"
    __table_args__ = (UniqueConstraint("entry_id", "patient_id", "related_person_id"),)

    patient_id: Mapped[int] = key(ForeignKey("patient.id"), index=True)
    entry_id: Mapped[int] = key(ForeignKey("schedule_entry.id", ondelete="CASCADE"))
    related_person_id: Mapped[int | None] = key(ForeignKey("related_person.id"))
    hidden_at: Mapped[dt.datetime] = own(Instant)


# What a reader can see of a session.
SHOWN = ("starts_at", "ends_at", "kind", "status", "place", "mode", "was_at")


@event.listens_for(ScheduleEntry, "before_update")
def _count_what_calendars_say(mapper: object, connection: object, entry: ScheduleEntry) -> None:
    attributes = inspect(entry).attrs
    status = attributes["status"].history
    is_moved = any(attributes[name].history.has_changes() for name in ("starts_at", "ends_at"))
    is_off_or_on_again = status.has_changes() and Status.CANCELLED in (*status.added, *(status.deleted or ()))
    if is_moved or is_off_or_on_again:
        entry.sequence += 1
        entry.untold |= Facet.TIMES
    if attributes["place"].history.has_changes() or attributes["mode"].history.has_changes():
        entry.untold |= Facet.PLACE
    if attributes["kind"].history.has_changes():
        entry.untold |= Facet.KIND
