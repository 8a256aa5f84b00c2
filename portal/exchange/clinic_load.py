"""Store what a clinic file says: new rows are made, others changed only where they differ."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload, selectinload

from portal import clinic
from portal.db import commit, rollback, session
from portal.exchange.clinic_file import WEEKDAYS, BadClinicFile, ClinicFile, FamilySessionsPart, StaffPart
from portal.exchange.fhir_dates import comes_of_age
from portal.exchange.summary import Summary, put
from portal.models import (
    Account,
    Clinic,
    Closure,
    FamilySessionTerms,
    FreeHours,
    FreeHoursOverride,
    HelpLine,
    Patient,
    Program,
    StaffMember,
    Timetable,
)
from portal.services import closing, course_loading, guide_loading, left_addresses, schedule_changes

SHIPPED_GUIDES = Path(guide_loading.__file__).parent.parent / "guides"
TERMS = (
    "minutes", "gap_minutes", "step_minutes", "notice_hours", "cancel_hours", "horizon_days", "per_day", "per_week",
    "per_month", "per_year", "per_family_open", "most_moves", "modes", "kinds", "rooms", "online_link", "asks_first",
)  # fmt: skip


def load(file: ClinicFile) -> Summary:
    """Store `file` and the shipped guides in one transaction, and say what that did.

    Programs and staff that the file does not name stay; hours, overrides and closures become what it says.
    Raises BadClinicFile when the database refuses it; then nothing is stored.
    """
    summary = Summary()
    try:
        _clinic(file, summary)
        _programs(file, summary)
        _staff(file, summary)
        _closures(file, summary)
        _help_lines(file, summary)
        session().flush()
        _guides(summary)
        commit()
    except DBAPIError as refused:
        rollback()
        why = type(refused.orig).__name__
        raise BadClinicFile(f"The database refused it ({why}). Was it upgraded? If it was, try again.") from refused
    except BaseException:
        rollback()
        raise
    clinic.forget()
    return summary


def _clinic(file: ClinicFile, summary: Summary) -> None:
    row = session().get(Clinic, 1)
    is_new = row is None
    if row is None:
        row = Clinic(id=1)
        session().add(row)
    other_majority = row.majority != file.clinic.majority
    is_changed = put(row, **file.clinic.model_dump())
    if other_majority:
        for patient in session().scalars(select(Patient).where(Patient.birth_date.is_not(None))):
            assert patient.birth_date is not None
            put(patient, adult_on=comes_of_age(patient.birth_date, file.clinic.majority))
    summary.count("clinic", is_new=is_new, is_changed=is_changed)


def _programs(file: ClinicFile, summary: Summary) -> None:
    known = {program.name: program for program in session().scalars(select(Program))}
    with_timetable = set(session().scalars(select(Timetable.program_id).where(Timetable.program_id.is_not(None))))
    for part in file.programs:
        row = known.get(part.name)
        is_new = row is None
        if row is None:
            row = known[part.name] = Program(name=part.name)
            session().add(row)
        is_changed = put(row, weeks=part.weeks)
        if row.id is None or row.id not in with_timetable:
            session().flush()
            session().add(Timetable(name=part.name, program_id=row.id))
            is_changed = True
        summary.count("programs", is_new=is_new, is_changed=is_changed)


def _staff(file: ClinicFile, summary: Summary) -> None:
    accounts = left_addresses.accounts([part.email for part in file.staff])
    in_full = (joinedload(FamilySessionTerms.staff), selectinload(FamilySessionTerms.hours))
    query = select(FamilySessionTerms).options(*in_full, selectinload(FamilySessionTerms.overrides))
    terms = {row.staff_id: row for row in session().scalars(query)}
    for part in file.staff:
        account = accounts.get(part.email)
        if account is None:
            account = accounts[part.email] = Account(email=part.email, password=None)
            session().add(account)
        member = account.staff
        is_new = member is None
        if member is None:
            member = account.staff = StaffMember(name=part.name)
        is_changed = put(member, name=part.name, staff_roles=list(part.roles))
        session().flush()
        is_changed |= _family_sessions(part, member, terms.get(member.id))
        summary.count("staff", is_new=is_new, is_changed=is_changed)


def _family_sessions(part: StaffPart, member: StaffMember, row: FamilySessionTerms | None) -> bool:
    wanted = part.family_sessions
    if wanted is None:
        if row is None:
            return False
        _replace(row.hours, [])
        _replace(row.overrides, [])
        session().flush()
        session().delete(row)
        return True
    is_new = row is None
    if row is None:
        row = FamilySessionTerms(staff_id=member.id)
        session().add(row)
    is_changed = put(row, **{name: getattr(wanted, name) for name in TERMS})
    session().flush()
    is_changed |= _replace(row.hours, _hours(wanted, member.id))
    is_changed |= _replace(row.overrides, _overrides(wanted, member.id))
    return is_new or is_changed


def _hours(part: FamilySessionsPart, staff_id: int) -> list[FreeHours]:
    rows = {(WEEKDAYS.index(day), hours.from_minute, hours.to_minute) for hours in part.hours for day in hours.days}
    return [
        FreeHours(staff_id=staff_id, weekday=weekday, from_minute=start, to_minute=end)
        for weekday, start, end in sorted(rows)
    ]


def _overrides(part: FamilySessionsPart, staff_id: int) -> list[FreeHoursOverride]:
    rows = {(one.date, one.closed, one.from_minute, one.to_minute) for one in part.overrides}
    return [
        FreeHoursOverride(staff_id=staff_id, on_date=day, closed=closed, from_minute=start, to_minute=end)
        for day, closed, start, end in sorted(rows, key=lambda row: (row[0], row[2] or 0, row[3] or 0))
    ]


def _replace(now: list[Any], wanted: list[Any]) -> bool:
    """Make the rows of `now` those of `wanted`; rows that say the same stay as they are."""
    missing = {_facts(row): row for row in wanted}
    is_changed = False
    for row in list(now):
        if missing.pop(_facts(row), None) is None:
            now.remove(row)
            session().delete(row)
            is_changed = True
    now.extend(missing.values())
    return is_changed or bool(missing)


def _facts(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, column.key) for column in row.__mapper__.columns if column.key != "id")


def _closures(file: ClinicFile, summary: Summary) -> None:
    whole_clinic = select(Closure).where(Closure.program_id.is_(None))
    known = {(row.starts_on, row.ends_on): row for row in session().scalars(whole_clinic)}
    other_days = known.keys() ^ {(part.starts_on, part.ends_on) for part in file.closures}
    for part in file.closures:
        row = known.pop((part.starts_on, part.ends_on), None)
        is_new = row is None
        if row is None:
            row = Closure(starts_on=part.starts_on, ends_on=part.ends_on)
            session().add(row)
        summary.count("closures", is_new=is_new, is_changed=put(row, name=part.name))
    for row in known.values():
        session().delete(row)
        summary.updated["closures"] += 1
    session().flush()
    for first, last in sorted(other_days):
        schedule_changes.tell(closing.apply(first, last), account_id=None)


def _help_lines(file: ClinicFile, summary: Summary) -> None:
    """They become what the file says, in its order."""
    there = list(session().scalars(select(HelpLine).order_by(HelpLine.id)))
    for known, line in zip_longest(there, file.help_lines):
        if line is None:
            session().delete(known)
            summary.updated["help_lines"] += 1
            continue
        is_new = known is None
        row = known or HelpLine()
        session().add(row)
        is_changed = put(
            row, name=line.name.by_language(), purpose=line.purpose.by_language(), how=line.how.by_language(),
            verified_on=line.verified_on,
        )  # fmt: skip
        summary.count("help_lines", is_new=is_new, is_changed=is_changed)


def _guides(summary: Summary) -> None:
    for noun, load in (("guides", guide_loading.load), ("courses", course_loading.load)):
        counts = load(SHIPPED_GUIDES)
        counts["unchanged"] += counts["kept"]
        for name in ("created", "updated", "unchanged"):
            if counts.get(name):
                getattr(summary, name)[noun] += counts[name]
