"""Who may be invited now, and the address of an invitation, which is made anew whenever it is written down."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Select

from portal import clock
from portal.consent.live import joined, rule_without
from portal.db import session
from portal.models import HowInvited, Invitation, RelatedPerson
from portal.models.base import REF_LETTERS

# Short enough to be typed from paper: three times four letters, some 57 bits.
LETTERS_ON_PAPER = 12

# An invitation discloses, so it needs everything a page needs, but for the acceptance it asks for (42 CFR 2.13, 2.31).
IN_FORCE = rule_without(["accepted"])


@dataclass(frozen=True)
class OpenInvitation:
    """What an email may say of an invitation: where it leads and until when."""

    link: str
    ends_at: dt.datetime


def invitable(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of the people somebody signed for and who have not accepted, while that consent is in force."""
    return joined(*columns).where(IN_FORCE, RelatedPerson.accepted_at.is_(None))


def is_in_force(related_person_id: int | None) -> bool:
    """Whether this person may be invited now; None, somebody linked to nobody, always may. One question, always."""
    found = session().scalar(invitable(RelatedPerson.id).where(RelatedPerson.id == (related_person_id or 0)).limit(1))
    return related_person_id is None or found is not None


def is_open(invitation: Invitation) -> bool:
    """Whether an invitation was neither used, ended, nor is too old."""
    return invitation.accepted_at is None and invitation.ended_at is None and invitation.ends_at > clock.now()


def open_one(invitation_id: int | None) -> OpenInvitation | None:
    """What may be said of an invitation at this moment; None when it may not be sent any more."""
    invitation = session().get(Invitation, invitation_id) if invitation_id is not None else None
    if invitation is None or not is_open(invitation) or not is_in_force(invitation.related_person_id):
        return None
    # Made with another secret key than today's: the link would lead nowhere.
    if not hmac.compare_digest(token_hash(token_of(invitation)), invitation.token_hash):
        return None
    return OpenInvitation(link_of(invitation), invitation.ends_at)


# The token of the link. No row holds it: it is drawn from the secret key and the row's own random label.


def token_of(invitation: Invitation) -> str:
    """The secret in the address of an invitation: 256 bits, or fewer letters that can be typed from paper."""
    drawn = keyed("invitation link", invitation.ref)
    if invitation.how == HowInvited.LETTER:
        return "".join(REF_LETTERS[byte % len(REF_LETTERS)] for byte in drawn[:LETTERS_ON_PAPER])
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def link_of(invitation: Invitation) -> str:
    """The path of an invitation, in its language; on paper the letters stand in groups of four."""
    token = token_of(invitation)
    if invitation.how == HowInvited.LETTER:
        return "/invite/" + "-".join(token[at : at + 4] for at in range(0, len(token), 4))
    return f"/invite/{token}" + ("" if invitation.language == "en" else f"?lang={invitation.language}")


def token_hash(token: str) -> str:
    """What is kept of a token as it was pressed, or typed from paper in whatever case and groups."""
    typed = "".join(letter for letter in token.lower() if letter in REF_LETTERS)
    plain = typed if len(typed) == LETTERS_ON_PAPER and len(token) < 2 * LETTERS_ON_PAPER else token
    return keyed("invitation token", plain).hex()


def keyed(purpose: str, text: str) -> bytes:
    """A digest that only this server can make, different for each purpose."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"{purpose}|{text}".encode("utf-8", "surrogatepass"), "sha256")
