"""The fence of every act that allows less: it returns when nothing is being sent under what was allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from portal import clock
from portal.consent.scopes import DETAILS, Scope
from portal.db import after_commit, db, reading, rollback, session, wait_until
from portal.emails import outbox
from portal.emails.letters import ABOUT_FAMILY_SESSIONS
from portal.errors import Refused
from portal.models import FamilyUpdate, OutgoingEmail, Patient, RelatedPerson, Relative
from portal.services import invitations, kept_times, waiting_list


def close(patient: Patient, people: Sequence[RelatedPerson]) -> None:
    """End invitations, waiting, kept times and queued mail of these people in this transaction; wait for what is being
    sent."""
    # First: an offer that is being made is waited for here, so that what it keeps and sends is ended as well.
    waiting_list.end_for(patient.id, people)
    accounts = accounts_of(people)
    for account_id in accounts:
        outbox.withhold_waiting(patient_id=patient.id, account_id=account_id)
    kept_times.end_for(patient.id, people)
    invitations.end_for(people)
    wait_for_the_postman(patient.id, accounts)


def close_for(patient: Patient, person: RelatedPerson, scope: Scope) -> None:
    """End queued mail that one thing allowed, and wait for what is being sent; other mail goes on."""
    if scope == Scope.FAMILY:
        waiting_list.end_for(patient.id, [person])
    accounts = accounts_of([person])
    for account_id in accounts:
        outbox.withhold_waiting(_is_about(scope), patient_id=patient.id, account_id=account_id)
    if scope == Scope.FAMILY:
        kept_times.end_for(patient.id, [person])
    wait_for_the_postman(patient.id, accounts)


def _is_about(scope: Scope) -> ColumnElement[bool]:
    if scope == Scope.FAMILY:
        return OutgoingEmail.message.in_(ABOUT_FAMILY_SESSIONS)
    if scope == Scope.TIMES:
        return OutgoingEmail.message == "schedule_changed"
    if scope in DETAILS:
        return false()  # no email says either; one about a change of these alone is held back when it is read
    updates = select(FamilyUpdate.id).where(FamilyUpdate.scope == scope)
    return and_(OutgoingEmail.message == "update_posted", OutgoingEmail.about_id.in_(updates))


def accounts_of(people: Sequence[RelatedPerson]) -> list[int]:
    """The accounts of these people; who has not accepted yet has none."""
    ids = [person.relative_id for person in people if person.relative_id is not None]
    return list(session().scalars(select(Relative.account_id).where(Relative.id.in_(ids))))


def wait_for_the_postman(patient_id: int, account_ids: Sequence[int]) -> None:
    """After the commit, wait until no email of this pair is being handed over, or its lease is over.

    Checking consent when an email is claimed is not enough: the claim may come just before the stop
    and the handing over just after it. The stop is a fence: it returns when the field is clear.
    """
    after_commit(lambda: _wait_for_a_clear_field(patient_id, account_ids))


def _wait_for_a_clear_field(patient_id: int, account_ids: Sequence[int]) -> None:
    def field_is_clear() -> bool:
        with reading(), db.sessionmaker() as own_session:
            being_sent = own_session.scalar(
                select(func.count()).where(
                    # A weekly list tells of everybody who shares, so its row names nobody.
                    or_(OutgoingEmail.patient_id == patient_id, OutgoingEmail.message == "weekly_list"),
                    # Who is being invited has no account yet.
                    or_(OutgoingEmail.account_id.in_(account_ids), OutgoingEmail.account_id.is_(None)),
                    OutgoingEmail.ended_at.is_(None),
                    OutgoingEmail.handing_until > clock.now(),
                )
            )
        return not being_sent

    wait_until(field_is_clear, at_most=outbox.LEASE)


def refuse(patient_id: int, person: RelatedPerson, sentence: LazyString) -> NoReturn:
    """Forget this transaction, wait as the act itself would have, and raise Refused.

    The second click of a double click must not answer while the first still waits for the postman.
    """
    accounts = accounts_of([person])
    rollback()
    _wait_for_a_clear_field(patient_id, accounts)
    raise Refused(sentence)
