"""Wait for a time, wish something else, wait no more: what the relative who looks does about the waiting list."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal import clinic, clock
from portal.consent import people, record
from portal.consent.scopes import Scope
from portal.consent.shared import SharedTherapist, SharedWaitingListEntry
from portal.consent.viewer import the_relative_id, the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.models import Act, Appointment, FamilySessionTerms, WaitingListEntry
from portal.services import kept_times, waiting_list
from portal.services.booking_rules import check_kind
from portal.services.consent_steps import lock_patient
from portal.services.therapist_times import locked_terms, terms_of
from portal.services.waiting_list_rules import Wish, check_days, check_how, check_parts, check_until, fits


def latest_day(patient_id: int) -> dt.date:
    """The last day on which the viewer can wait for a session with this patient. Raises NotShared."""
    ends = [one.ends_on for one in people.who_shares(Scope.FAMILY) if one.patient_id == patient_id]
    if not ends:
        raise NotShared
    return ends[0]


def join(patient_id: int, staff_id: int, wish: Wish) -> None:
    """Wait for a time; who waits for one with this therapist already wishes something else, and keeps their turn.

    Raises NotShared without a live consent, Refused in a sentence with the field it is about.
    """
    relative_id = the_relative_id()
    lock_patient(patient_id)
    locked_terms(staff_id)
    _check(patient_id, staff_id, wish)
    entry_id = session().scalar(
        select(SharedWaitingListEntry.id).where(
            SharedWaitingListEntry.patient_id == patient_id, SharedWaitingListEntry.staff_id == staff_id
        )
    )
    if entry_id is not None:
        _change(waiting_list.locked(entry_id), wish)
    else:
        now = clock.now()
        entry = WaitingListEntry(
            relative_id=relative_id, patient_id=patient_id, staff_id=staff_id, joined_at=now, in_line_since=now
        )
        _write_down(entry, wish)
        session().add(entry)
        session().flush()
        _note(Act.WAITS, entry)
    waiting_list.offer(staff_id)


def change(entry_id: int, wish: Wish) -> None:
    """Wish something else, in the same turn. Raises NotShared or Refused as `join` does."""
    seen = _seen(entry_id)
    lock_patient(seen.patient_id)
    locked_terms(seen.staff_id)
    _check(seen.patient_id, seen.staff_id, wish)
    _change(waiting_list.locked(entry_id), wish)
    waiting_list.offer(seen.staff_id)


def leave(entry_id: int) -> None:
    """Wait no more; what is kept for it is free. Raises NotShared for an entry that is not the viewer's."""
    seen = _seen(entry_id)
    lock_patient(seen.patient_id)
    locked_terms(seen.staff_id)
    entry = waiting_list.locked(entry_id)
    waiting_list.end(entry, waiting_list.LEFT)
    kept_times.let_go(Appointment.waiting_id == entry_id)
    _note(Act.GAVE_UP, entry)
    waiting_list.offer(entry.staff_id)


# Steps


def _seen(entry_id: int) -> SharedWaitingListEntry:
    seen = session().get(SharedWaitingListEntry, entry_id)
    if seen is None:
        raise NotShared
    return seen


def _check(patient_id: int, staff_id: int, wish: Wish) -> None:
    therapist = session().get(SharedTherapist, (patient_id, staff_id), populate_existing=True)
    if therapist is None:
        raise NotShared
    check_how(wish.mode, therapist.modes)
    check_kind(wish.kind, therapist.kinds)
    check_days(wish.weekdays)
    check_parts(wish.parts)
    check_until(wish.until_on, clinic.today(), latest_day(patient_id))


def _change(entry: WaitingListEntry, wish: Wish) -> None:
    """Write down the new wish; a time that is kept for the old one stays only if it suits the new one too."""
    _write_down(entry, wish)
    kept = session().scalar(select(Appointment).where(kept_times.IS_KEPT, Appointment.waiting_id == entry.id))
    if kept is None:
        return
    terms = terms_of(session().get_one(FamilySessionTerms, entry.staff_id))
    as_they_would_meet = kept.kind == wish.kind and wish.mode in (None, kept.mode)
    if not as_they_would_meet or not fits(kept.starts_at, terms, wish):
        kept_times.let_go(Appointment.waiting_id == entry.id)


def _write_down(entry: WaitingListEntry, wish: Wish) -> None:
    entry.weekdays, entry.parts = sorted(set(wish.weekdays)), list(dict.fromkeys(wish.parts))
    entry.until_on, entry.mode, entry.kind = wish.until_on, wish.mode, wish.kind


def _note(act: Act, entry: WaitingListEntry) -> None:
    grant = people.grants()[entry.patient_id, Scope.FAMILY]
    record.write(
        act,
        "waitlist",
        door="family",
        patient_id=entry.patient_id,
        account_id=the_viewer().account_id,
        related_person_id=grant.related_person_id,
        consent_id=grant.consent_id,
        thing_id=entry.id,
    )
