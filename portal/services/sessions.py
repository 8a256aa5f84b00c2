"""What becomes of a booked family session: the yeses it waits for, who leaves it, and calling it off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select

from portal import clinic, clock
from portal.consent import people, record
from portal.consent.live import LIVE, joined
from portal.consent.scopes import Scope
from portal.consent.shared import SharedAppointment
from portal.consent.viewer import the_account_id, the_viewer
from portal.db import session
from portal.errors import NotShared
from portal.models import (
    BOOKED,
    Act,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    ConsentScope,
    FamilySessionTerms,
    RelatedPerson,
    Relative,
    Says,
)
from portal.services import session_news, waiting_list
from portal.services.booking_rules import check_cancellable
from portal.services.consent_steps import lock_patient, related_person

# Whoever is asked for a yes has this long, and never longer than until two hours before the session.
TIME_TO_ANSWER = dt.timedelta(days=2)
LATEST_ANSWER = dt.timedelta(hours=2)


# Yes or no


def the_yes_of_others(appointment: Appointment, terms: FamilySessionTerms, *, by_staff: bool = False) -> None:
    """Ask the patient and the therapist for their yes to a new time, unless they gave it in advance.

    `by_staff`: the care team chose the time, and with it said the therapist's yes.
    """
    asks = session().scalar(
        select(func.count())
        .select_from(RelatedPerson)
        .where(
            RelatedPerson.patient_id == appointment.patient_id,
            RelatedPerson.relative_id.in_([one.relative_id for one in _in_it(appointment)]),
            RelatedPerson.asks_before_sessions,
        )
    )
    appointment.patient_says = Says.NEEDS_ACTION if asks else Says.ACCEPTED
    appointment.staff_says = Says.NEEDS_ACTION if terms.asks_first and not by_staff else Says.ACCEPTED
    _settle(appointment)


def ask_the_patient_first(patient_id: int, related_person_ids: Collection[int]) -> None:
    """From whom on the patient wants to be asked before a session is theirs; to all others the yes stands.

    What is booked already stays as it is. Raises NotShared when one of them is another patient's.
    """
    patient = lock_patient(patient_id)
    chosen = {related_person(patient, one).id for one in related_person_ids}
    for person in patient.related_people:
        person.asks_before_sessions = person.id in chosen


def patient_answers(patient_id: int, appointment_ref: str, *, yes: bool) -> None:
    """The patient's yes or no to a session that waits for it. A no looks like any other to its relatives.

    Raises NotShared for a session that is not the patient's or does not wait.
    """
    appointment = lock(Appointment.ref == appointment_ref, Appointment.patient_id == patient_id)
    if appointment.patient_says != Says.NEEDS_ACTION or not _waits(appointment):
        raise NotShared
    appointment.patient_says = Says.ACCEPTED if yes else Says.DECLINED
    _answered(appointment, yes=yes, door="patient", account_id=appointment.patient.account_id)


def staff_answers(appointment_ref: str, *, yes: bool, account_id: int | None) -> None:
    """The therapist's yes or no, or the care team's for them. Raises NotShared when it does not wait for one."""
    appointment = lock(Appointment.ref == appointment_ref)
    if appointment.staff_says != Says.NEEDS_ACTION or not _waits(appointment):
        raise NotShared
    appointment.staff_says = Says.ACCEPTED if yes else Says.DECLINED
    _answered(appointment, yes=yes, door="staff", account_id=account_id)


def ask_to_come(
    patient_id: int, appointment_ref: str, related_person_id: int, *, door: str, account_id: int | None
) -> None:
    """Ask another of the patient's people to a session; it is theirs to say yes, and nobody else in it hears of it.

    Raises NotShared for a session or a person that is not the patient's, is not to come, or sees no family sessions.
    """
    appointment = lock(Appointment.ref == appointment_ref, Appointment.patient_id == patient_id)
    person = related_person(appointment.patient, related_person_id)
    sees = joined(RelatedPerson.id).where(LIVE, ConsentScope.scope == Scope.FAMILY, RelatedPerson.id == person.id)
    if not _is_to_come(appointment) or person.relative_id is None or session().scalar(sees.limit(1)) is None:
        raise NotShared
    in_it = session().get(AppointmentParticipant, (appointment.id, person.relative_id))
    if in_it is not None and in_it.left_at is None:
        return
    if in_it is None:
        in_it = AppointmentParticipant(appointment_id=appointment.id, relative_id=person.relative_id)
        session().add(in_it)
    in_it.says, in_it.left_at = Says.NEEDS_ACTION, None
    relative = session().get_one(Relative, person.relative_id)
    session_news.asked(appointment, relative.account_id)
    record.write(
        Act.ASKED, Scope.FAMILY, door=door, patient_id=patient_id, account_id=account_id,
        related_person_id=person.id, thing_id=appointment.id,
    )  # fmt: skip


def relative_answers(appointment_id: int, *, yes: bool) -> None:
    """The yes or no of the relative who looks. Who says no has left; for everybody else nothing changes.

    Raises NotShared when it does not wait for their answer.
    """
    appointment, mine, _ = _mine(appointment_id)
    if not _is_to_come(appointment) or mine.says != Says.NEEDS_ACTION or mine.left_at is not None:
        raise NotShared
    mine.says = Says.ACCEPTED if yes else Says.DECLINED
    account_id = the_account_id()
    if yes:
        if _has_every_yes(appointment):
            _settle(appointment)
        if appointment.status == AppointmentStatus.CONFIRMED:
            session_news.booked(appointment, [account_id])
        note(Act.ACCEPTED, appointment)
        return
    _leave(appointment, mine)
    session_news.declined(appointment, account_id)
    if not _others_in(appointment, mine):
        call_off(appointment, by="relative", because="Nobody of the family comes")
    note(Act.DECLINED, appointment)


# Cancelling


def cancel(appointment_id: int, because: str = "") -> None:
    """Cancel a session of the relative who looks, or leave it where others still come.

    Raises NotShared, or Refused when it is too late.
    """
    appointment, mine, seen = _mine(appointment_id)
    if appointment.status not in BOOKED or mine.says != Says.ACCEPTED or mine.left_at is not None:
        raise NotShared
    check_cancellable(appointment.starts_at, seen.cancel_hours or 0, clock.now(), clinic.facts().phone)
    waiting_list.pass_over(appointment, mine.relative_id)
    if _others_in(appointment, mine):
        _leave(appointment, mine)
        if not _is_coming(appointment):
            _settle(appointment)
        session_news.cancelled(appointment, [the_account_id()])
    else:
        call_off(appointment, by="relative", because=because)
    note(Act.CANCELLED, appointment)


def call_off(appointment: Appointment, *, by: str, because: str = "") -> None:
    """End a session for everybody in it, and tell those who come; its time goes to who waits for one like it.

    `by` is "relative" or "clinic".

    What a relative reads says no more than that: the patient's no, the therapist's and none in time are one.
    """
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_by = by
    appointment.cancelled_because = because.strip()[:300] or None
    appointment.cancelled_at = clock.now()
    appointment.answer_by = None
    appointment.sequence += 1
    session_news.cancelled(appointment)
    waiting_list.offer(appointment.staff_id)


def unanswered() -> list[int]:
    """The ids of sessions that waited for a yes until their time to answer was over."""
    overdue = (Appointment.status == AppointmentStatus.PENDING, Appointment.answer_by <= clock.now())
    return list(session().scalars(select(Appointment.id).where(*overdue).order_by(Appointment.patient_id)))


def let_unanswered_go(appointment_id: int) -> None:
    """Call off one that is still unanswered; it may have been answered or moved meanwhile."""
    appointment = lock(Appointment.id == appointment_id)
    is_overdue = appointment.answer_by is not None and appointment.answer_by <= clock.now()
    if _waits(appointment) and is_overdue:
        call_off(appointment, by="clinic", because="Nobody answered in time")


# Steps


def note(act: Act, appointment: Appointment) -> None:
    """Put on record what the relative who looks did with a session, and by which consent."""
    grant = people.grants()[appointment.patient_id, Scope.FAMILY]
    record.write(
        act,
        Scope.FAMILY,
        door="family",
        patient_id=appointment.patient_id,
        account_id=the_viewer().account_id,
        related_person_id=grant.related_person_id,
        consent_id=grant.consent_id,
        thing_id=appointment.id,
    )


def _settle(appointment: Appointment) -> None:
    """Confirmed with the yes of the patient, the therapist and somebody of the family; else it waits, as long as
    there is time.
    """
    waits = not _has_every_yes(appointment)
    appointment.status = AppointmentStatus.PENDING if waits else AppointmentStatus.CONFIRMED
    now, starts_at = clock.now(), appointment.starts_at
    latest = starts_at - LATEST_ANSWER if starts_at - LATEST_ANSWER > now else starts_at
    appointment.answer_by = min(now + TIME_TO_ANSWER, latest) if waits else None


def _answered(appointment: Appointment, *, yes: bool, door: str, account_id: int | None) -> None:
    if not yes:
        call_off(appointment, by="clinic", because=f"A no of the {door}")
    elif _has_every_yes(appointment):
        appointment.status, appointment.answer_by = AppointmentStatus.CONFIRMED, None
        session_news.booked(appointment)
    record.write(
        Act.ACCEPTED if yes else Act.DECLINED, Scope.FAMILY, door=door, patient_id=appointment.patient_id,
        account_id=account_id, thing_id=appointment.id,
    )  # fmt: skip


def lock(*which: ColumnElement[bool]) -> Appointment:
    """A session, held until the end of the transaction, after its patient: every act takes them in this order.

    It is as the last act left it, so look at it after this. Raises NotShared when there is none.
    """
    found = session().execute(select(Appointment.id, Appointment.patient_id).where(*which)).one_or_none()
    if found is None:
        raise NotShared
    lock_patient(found.patient_id)
    return session().get_one(
        Appointment, found.id, with_for_update={"of": Appointment, "key_share": True}, populate_existing=True
    )


def _is_to_come(appointment: Appointment) -> bool:
    return appointment.status in BOOKED and appointment.starts_at > clock.now()


def _waits(appointment: Appointment) -> bool:
    return appointment.status == AppointmentStatus.PENDING and appointment.starts_at > clock.now()


def _mine(appointment_id: int) -> tuple[Appointment, AppointmentParticipant, SharedAppointment]:
    """A session of the relative who looks, held, their part in it, and what they see of it. Raises NotShared."""
    appointment = lock(Appointment.id == appointment_id)
    # Asked after the lock: a stop may have come before it.
    seen = session().get(SharedAppointment, appointment_id, populate_existing=True)
    if seen is None:
        raise NotShared
    mine = next(one for one in appointment.participants if one.relative_id == the_viewer().relative_id)
    return appointment, mine, seen


def _in_it(appointment: Appointment) -> list[AppointmentParticipant]:
    return [one for one in appointment.participants if one.left_at is None]


def _is_coming(appointment: Appointment) -> bool:
    """Whether somebody of the family has said yes and has not left."""
    return any(one.says == Says.ACCEPTED for one in _in_it(appointment))


def _has_every_yes(appointment: Appointment) -> bool:
    asked = (appointment.patient_says, appointment.staff_says)
    return Says.NEEDS_ACTION not in asked and _is_coming(appointment)


def _others_in(appointment: Appointment, mine: AppointmentParticipant) -> bool:
    """Whether somebody else is in it who could still come: who sees no family sessions any more could not."""
    others = [one.relative_id for one in _in_it(appointment) if one is not mine]
    see = joined(RelatedPerson.relative_id).where(
        LIVE,
        ConsentScope.scope == Scope.FAMILY,
        RelatedPerson.patient_id == appointment.patient_id,
        RelatedPerson.relative_id.in_(others),
    )
    return bool(others) and session().scalar(see.limit(1)) is not None


def _leave(appointment: Appointment, mine: AppointmentParticipant) -> None:
    mine.left_at = clock.now()
    mine.left_starts_at, mine.left_ends_at = appointment.starts_at, appointment.ends_at
    # Whoever comes back and leaves again counts on: a calendar forgets no number it has seen.
    mine.left_sequence = appointment.sequence + 1 + (0 if mine.left_sequence is None else mine.left_sequence + 1)
