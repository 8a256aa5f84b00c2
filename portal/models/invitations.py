"""Invitations: how somebody a patient named gets a sign-in of their own."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasRef, Instant, key, own, rule, secret, staff_only
from portal.models.people import RelatedPerson


class HowInvited(StrEnum):
    """What carries the link or the code to the one who is invited."""

    EMAIL = "email"
    LETTER = "letter"
    READ_OUT = "read out"


class Invitation(HasRef, Base):
    """One chance to make or extend a sign-in. Names nobody; both secrets are kept as hashes only.

    `token_hash` is of the link, `code_hash` of the words that travel another way than the link does.
    Without a related person it opens guides and classes and nothing else.
    """

    __tablename__ = "invitation"

    related_person_id: Mapped[int | None] = key(ForeignKey("related_person.id"), index=True)
    email: Mapped[str | None] = own(String(254))
    name: Mapped[str] = own(String(240))
    birth_year: Mapped[int] = secret()
    language: Mapped[str] = own(String(5), default="en")
    how: Mapped[str] = staff_only(String(10), default=HowInvited.EMAIL)
    token_hash: Mapped[str] = secret(String(64), unique=True)
    code_hash: Mapped[str] = secret(String(64), index=True)
    made_at: Mapped[dt.datetime] = staff_only(Instant)
    made_by_id: Mapped[int | None] = key(ForeignKey("staff_member.id"))
    # When the first of a row of invitations was made, each sent in place of the one before.
    first_made_at: Mapped[dt.datetime] = rule(Instant)
    ends_at: Mapped[dt.datetime] = rule(Instant)
    wrong_tries: Mapped[int] = rule(default=0)
    accepted_at: Mapped[dt.datetime | None] = rule(Instant)
    ended_at: Mapped[dt.datetime | None] = rule(Instant)
    relative_id: Mapped[int | None] = key(ForeignKey("relative.id"))

    related_person: Mapped[RelatedPerson | None] = relationship()
