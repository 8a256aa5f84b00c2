"""An invitation on paper or by voice goes on by email, to the address that its reader types in.

So they show that they can open the mailbox before anybody trusts it, and whoever types in somebody
else's address learns nothing: the answer is one and the same, and only the mailbox hears of it.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from portal import clock
from portal.consent import record
from portal.consent.invitations import token_hash, token_of
from portal.db import session
from portal.emails import outbox
from portal.errors import Refused
from portal.models import Act, HowInvited, Invitation
from portal.models.base import new_ref
from portal.services import accepting, invitations
from portal.services.invitation_rules import check_address

# For typing errors; more would be guessing, or sending mail to strangers.
MOST_ADDRESSES = 5


def send_on(ref: str, typed: str) -> Invitation:
    """Send the link of an opened invitation to an address. The code stays the same; the paper keeps working.

    Nothing is sent to an address of the patient, of the care team, or of somebody else who is close to
    the same patient, and the answer does not tell. Raises Refused when it is no address, the sixth
    one, or the invitation has ended meanwhile.
    """
    opened = accepting.locked(ref)
    email = typed.strip().lower()
    check_address(email)
    if _tried(opened) >= MOST_ADDRESSES:
        raise Refused(_l("You have typed in %(most)d addresses. Call us for a new invitation.", most=MOST_ADDRESSES))
    invitation = _copy(opened, email)
    outbox.queue("invitation", to=None, patient_id=_patient_id(opened), about_id=invitation.id)
    record.write(Act.INVITED, "invitation", door="front", patient_id=_patient_id(opened), thing_id=invitation.id)
    return invitation


def _copy(opened: Invitation, email: str) -> Invitation:
    facts = (
        "related_person_id",
        "name",
        "birth_year",
        "language",
        "code_hash",
        "made_by_id",
        "first_made_at",
        "ends_at",
    )
    now = clock.now()
    invitation = Invitation(
        **{fact: getattr(opened, fact) for fact in facts}, ref=new_ref(), email=email, how=HowInvited.EMAIL, made_at=now
    )
    invitation.token_hash = token_hash(token_of(invitation))
    if not _may_be_used(opened, email):
        invitation.ended_at = now  # kept all the same: it takes as long, and the care team sees why no email comes
    session().add(invitation)
    session().flush()
    return invitation


def _tried(opened: Invitation) -> int:
    copies = Invitation.code_hash == opened.code_hash, Invitation.id != opened.id
    return session().scalar(select(func.count(Invitation.id)).where(*copies)) or 0


def _may_be_used(opened: Invitation, email: str) -> bool:
    try:
        invitations.check_own_email(email, opened.related_person, by_email=True)
    except Refused:
        return False
    return True


def _patient_id(invitation: Invitation) -> int | None:
    return invitation.related_person.patient_id if invitation.related_person is not None else None
