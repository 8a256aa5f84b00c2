"""Invite somebody, send it again, end it. Only while a signed consent is in force, or for nobody's relative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from portal import clinic, clock
from portal.consent import record
from portal.consent.invitations import is_in_force, is_open, token_hash, token_of
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared
from portal.models import Account, Act, HowInvited, Invitation, OutgoingEmail, RelatedPerson, Relative, StaffMember
from portal.models.base import new_ref
from portal.services import consent_steps
from portal.services.invitation_codes import code_hash, code_of
from portal.services.invitation_rules import (
    check_birth_year,
    check_can_send_again,
    check_email,
    check_in_force,
    check_name,
    ends_at,
)


@dataclass(frozen=True)
class Wish:
    """Whom to invite, as it was typed. Without a related person it opens guides and classes and nothing else.

    Without an email, which a letter and a code read out do not need, the one who is invited types it in.
    """

    related_person_id: int | None
    name: str
    email: str
    birth_year: int | None
    language: str
    how: HowInvited


# Acts


def invite(wish: Wish, *, by: StaffMember) -> Invitation:
    """Make an invitation and, if it goes by email, queue it. It ends those that were made before for the same person.

    Raises Refused in a sentence when nothing in force allows it or something typed is wrong.
    """
    person = _locked(wish.related_person_id)
    check_in_force(_may_be_invited(person))
    email = wish.email.strip().lower()
    name = person.name if person is not None else " ".join(wish.name.split())
    check_name(name)
    check_own_email(email, person, by_email=wish.how == HowInvited.EMAIL)
    check_birth_year(wish.birth_year, this_year=clinic.today().year)
    assert wish.birth_year is not None
    end_for([person] if person else [])
    now = clock.now()
    return _send(
        Invitation(
            related_person_id=wish.related_person_id,
            email=email or None,
            name=name,
            birth_year=wish.birth_year,
            language=wish.language,
            how=wish.how,
            first_made_at=now,
        ),
        person,
        by,
    )


def send_again(ref: str, *, by: StaffMember) -> Invitation:
    """Make a new invitation in place of one, with a link and a code of its own. The old one ends.

    Raises Refused when it was accepted, is too old, or nothing in force allows it any more.
    """
    old = find(ref)
    person = _locked(old.related_person_id)
    session().refresh(old, with_for_update=True)
    check_can_send_again(old.first_made_at, clock.now(), is_accepted=old.accepted_at is not None)
    check_in_force(_may_be_invited(person))
    check_own_email(old.email or "", person, by_email=old.how == HowInvited.EMAIL)
    end_for([person] if person else [])
    end_all_with_the_code_of(old)
    facts = ("related_person_id", "email", "name", "birth_year", "language", "how", "first_made_at")
    return _send(Invitation(**{fact: getattr(old, fact) for fact in facts}), person, by)


def end(ref: str, *, by: StaffMember) -> None:
    """End an invitation that was sent to the wrong address, or that nobody wants any more. Twice is once."""
    invitation = find(ref)
    person = _locked(invitation.related_person_id)
    session().refresh(invitation, with_for_update=True)
    if is_open(invitation):
        end_all_with_the_code_of(invitation)
        _note(Act.ENDED, invitation, person, by)


def end_for(people: Sequence[RelatedPerson]) -> None:
    """End every open invitation of these people, in the caller's transaction; also the email that waits to carry it."""
    ids = [person.id for person in people if person.id is not None]
    if ids:
        _end(
            session()
            .scalars(
                select(Invitation.id).where(
                    Invitation.related_person_id.in_(ids),
                    Invitation.accepted_at.is_(None),
                    Invitation.ended_at.is_(None),
                )
            )
            .all()
        )


def end_all_with_the_code_of(invitation: Invitation) -> None:
    """End an invitation, and what it was sent on as; what was accepted stays."""
    same = Invitation.code_hash == invitation.code_hash
    unused = Invitation.accepted_at.is_(None), Invitation.ended_at.is_(None)
    _end(session().scalars(select(Invitation.id).where(same, *unused)).all())


def end_where_nothing_is_left(people: Sequence[RelatedPerson]) -> None:
    """End the open invitations of those among these people for whom no consent is in force now."""
    session().flush()
    end_for([person for person in people if not is_in_force(person.id)])


# Questions


def find(ref: str) -> Invitation:
    """An invitation, by its label. Raises NotShared."""
    invitation = session().scalar(select(Invitation).where(Invitation.ref == ref))
    if invitation is None:
        raise NotShared
    return invitation


def check_own_email(email: str, person: RelatedPerson | None, *, by_email: bool) -> None:
    """Raise Refused for an address that somebody else signs in with, who may not read what this person reads."""
    same = func.lower(Account.email) == email
    is_staff = session().scalar(select(StaffMember.id).join(Account).where(same)) is not None
    used_by = None
    if person is not None:
        used_by = session().scalar(
            select(RelatedPerson.name)
            .join(Relative, Relative.id == RelatedPerson.relative_id)
            .join(Account, Account.id == Relative.account_id)
            .where(RelatedPerson.patient_id == person.patient_id, RelatedPerson.id != person.id, same)
        )
    account = person.patient.account if person is not None else None
    patient_email = account.email if account else None
    check_email(email, by_email=by_email, patient_email=patient_email, is_staff=is_staff, used_by=used_by)


# Steps of the acts


def _locked(related_person_id: int | None) -> RelatedPerson | None:
    """The person, with their patient locked: a stop comes before an invitation or after it, never in between."""
    if related_person_id is None:
        return None
    person = session().get(RelatedPerson, related_person_id)
    if person is None:
        raise NotShared
    consent_steps.lock_patient(person.patient_id)
    return person


def _may_be_invited(person: RelatedPerson | None) -> bool:
    return is_in_force(person.id if person is not None else None)


def _send(invitation: Invitation, person: RelatedPerson | None, by: StaffMember) -> Invitation:
    now = clock.now()
    invitation.ref = new_ref()  # both secrets are drawn from it
    invitation.made_at, invitation.made_by_id = now, by.id
    invitation.ends_at = ends_at(now, invitation.first_made_at)
    invitation.token_hash = token_hash(token_of(invitation))
    invitation.code_hash = code_hash(code_of(invitation))
    session().add(invitation)
    session().flush()
    if invitation.how == HowInvited.EMAIL:
        outbox.queue("invitation", to=None, patient_id=person.patient_id if person else None, about_id=invitation.id)
    _note(Act.INVITED, invitation, person, by)
    return invitation


def _end(ids: Sequence[int]) -> None:
    now = clock.now()
    session().execute(update(Invitation).where(Invitation.id.in_(ids)).values(ended_at=now))
    waiting = (
        OutgoingEmail.message == "invitation",
        OutgoingEmail.about_id.in_(ids),
        OutgoingEmail.ended_at.is_(None),
        outbox.is_not_in_hand(now),
    )
    session().execute(
        update(OutgoingEmail)
        .where(*waiting)
        .values(ended_at=now, outcome=outbox.WITHHELD, reason=outbox.INVITATION_ENDED)
    )


def _note(act: Act, invitation: Invitation, person: RelatedPerson | None, by: StaffMember) -> None:
    record.write(
        act,
        "invitation",
        door="staff",
        patient_id=person.patient_id if person else None,
        account_id=by.account_id,
        related_person_id=person.id if person else None,
        thing_id=invitation.id,
    )
