"""Open an invitation with the code and the year of birth, and accept it: exactly once, by exactly one person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock
from portal.consent import record
from portal.consent.invitations import is_in_force, is_open, token_hash
from portal.db import commit, session
from portal.errors import Refused
from portal.models import Account, Act, HowInvited, Invitation, RelatedPerson, Relative
from portal.models.base import Instant
from portal.services import consent_steps, invitations
from portal.services.invitation_codes import code_hash, is_code_of
from portal.services.invitation_rules import MOST_WRONG_TRIES, ends_at


class Way(StrEnum):
    """How somebody who opened an invitation goes on."""

    NEW = "new"  # they make a sign-in
    SIGN_IN = "sign in"  # they have one, and have to show it
    ADD = "add"  # they are signed in, and the invitation is added to their account
    SOMEBODY_ELSE = "somebody else"  # somebody else is signed in


@dataclass(frozen=True)
class NewSignIn:
    """What somebody chose for a sign-in of their own. The password is kept as its hash only."""

    password_hash: str
    shares_mailbox: bool
    language: str


# Acts


def open_with(token: str, code: str, birth_year: int) -> Invitation:
    """The invitation behind a link, or behind a code that was read out when `token` is empty.

    Wrong, used, old, ended and unknown ask the same questions and raise the same Refused. A wrong
    try is counted, though the answer is a refusal; the fifth ends the invitation. A right one gives
    it two more weeks, so that nobody is thrown out half-way.
    """
    found = session().scalar(
        select(Invitation).where(_which(token, code)).order_by(Invitation.id.desc()).limit(1).with_for_update()
    )
    in_force = is_in_force(found.related_person_id if found else None)
    knows_both = is_code_of(found, code) and found is not None and found.birth_year == birth_year
    if found is not None and knows_both and in_force and is_open(found):
        found.ends_at = max(found.ends_at, ends_at(clock.now(), found.first_made_at))
        return found
    _count_a_wrong_try(found.id if found and not knows_both else 0)
    commit()  # the page shows its form again, and what such a page did is otherwise forgotten
    raise Refused(ended_sentence())


def accept(ref: str, *, account: Account | None, sign_in: NewSignIn | None) -> Account:
    """Link the account that is signed in, or a new one, to the person who was invited. Returns the account.

    Raises Refused when the invitation has ended meanwhile, when it is not this account's, or when
    there is a sign-in for the address and nobody showed it.
    """
    invitation = locked(ref)
    way = way_of(invitation, account)
    if way == Way.NEW and sign_in is not None and invitation.email is not None:
        account = _account_for(invitation, sign_in)
    elif way != Way.ADD or account is None:
        raise Refused(_l("You have a sign-in already. Sign in to go on."))
    relative = account.relative or _relative_for(account, invitation)
    relative.birth_year = relative.birth_year or invitation.birth_year
    person = invitation.related_person
    if person is not None:
        _link(person, relative)
    invitation.accepted_at, invitation.relative_id = clock.now(), relative.id
    session().flush()
    invitations.end_all_with_the_code_of(invitation)
    if person is not None:
        invitations.end_for([person])
    record.write(
        Act.ACCEPTED,
        "invitation",
        door="front",
        patient_id=person.patient_id if person else None,
        account_id=account.id,
        related_person_id=person.id if person else None,
        thing_id=invitation.id,
    )
    if person is not None:
        consent_steps.send_the_notice(person.patient)
    return account


# Questions


def opened(ref: str) -> Invitation:
    """An invitation that was opened with the right code a while ago. Raises Refused when it has ended since."""
    invitation = session().scalar(select(Invitation).where(Invitation.ref == ref))
    if invitation is None or not is_open(invitation) or not is_in_force(invitation.related_person_id):
        raise Refused(ended_sentence())
    return invitation


def locked(ref: str) -> Invitation:
    """The same, held until the end of the transaction; the patient before it, as a stop does. Raises Refused."""
    invitation = opened(ref)
    if invitation.related_person is not None:
        consent_steps.lock_patient(invitation.related_person.patient_id)
    session().refresh(invitation, with_for_update=True)
    return opened(ref)


def way_of(invitation: Invitation, account: Account | None) -> Way:
    """How the one who opened `invitation` goes on, when `account` (or nobody) is signed in.

    Another relative's account takes it only if the year of birth agrees: at a shared computer a
    wife must not get what was meant for her husband.
    """
    owner = _owner(invitation)
    if account is None:
        return Way.NEW if owner is None or _is_unused(owner) else Way.SIGN_IN
    if account.staff is not None or _is_the_patient(account, invitation):
        return Way.SOMEBODY_ELSE
    if owner is not None:
        return Way.ADD if owner.id == account.id else Way.SOMEBODY_ELSE
    relative = account.relative
    same_year = relative is not None and relative.birth_year == invitation.birth_year
    return Way.ADD if same_year else Way.SOMEBODY_ELSE


def ended_sentence() -> str:
    """The one answer to every invitation that cannot be used, whatever the reason."""
    phone = clinic.facts().phone
    if not phone:
        return gettext("This invitation has ended. Invitations last 14 days and work once.")
    return gettext(
        "This invitation has ended. Invitations last 14 days and work once. Call %(phone)s for a new one.", phone=phone
    )


# Steps


def _which(token: str, code: str) -> ColumnElement[bool]:
    if token:
        return Invitation.token_hash == token_hash(token)
    return and_(Invitation.code_hash == code_hash(code), Invitation.how == HowInvited.READ_OUT)


def _count_a_wrong_try(invitation_id: int) -> None:
    tries = Invitation.wrong_tries + 1
    now = literal(clock.now(), Instant)
    session().execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.accepted_at.is_(None), Invitation.ended_at.is_(None))
        .values(wrong_tries=tries, ended_at=case((tries >= MOST_WRONG_TRIES, now), else_=None))
        .execution_options(synchronize_session=False)
    )


def _owner(invitation: Invitation) -> Account | None:
    """Whose invitation it is, if they are known here: by the person it is about, else by its address."""
    person = invitation.related_person
    if person is not None and person.relative is not None:
        return person.relative.account
    return session().scalar(select(Account).where(func.lower(Account.email) == (invitation.email or "").lower()))


def _is_unused(account: Account) -> bool:
    # Another system may have told us of a relative before anybody invited them.
    return account.password is None and account.patient is None and account.staff is None


def _is_the_patient(account: Account, invitation: Invitation) -> bool:
    person = invitation.related_person
    return account.patient is not None and person is not None and person.patient_id == account.patient.id


def _account_for(invitation: Invitation, sign_in: NewSignIn) -> Account:
    account = _owner(invitation) or Account()
    account.email = invitation.email or account.email
    account.password = sign_in.password_hash
    account.shares_mailbox = sign_in.shares_mailbox
    account.language = sign_in.language
    try:
        with session().begin_nested():
            session().add(account)
    except IntegrityError:  # made at this moment, by another invitation to the same address
        raise Refused(_l("You have a sign-in already. Sign in to go on.")) from None
    return account


def _relative_for(account: Account, invitation: Invitation) -> Relative:
    given_name, _, family_name = invitation.name.strip().partition(" ")
    relative = Relative(account=account, given_name=given_name[:120], family_name=family_name.strip()[:120])
    session().add(relative)
    session().flush()
    return relative


def _link(person: RelatedPerson, relative: Relative) -> None:
    taken = select(RelatedPerson.id).where(
        RelatedPerson.patient_id == person.patient_id,
        RelatedPerson.relative_id == relative.id,
        RelatedPerson.id != person.id,
    )
    if session().scalar(taken) is not None:
        raise Refused(_l("This invitation cannot be added to your account. Call us."))
    person.relative_id, person.accepted_at = relative.id, clock.now()
