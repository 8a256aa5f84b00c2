"""Private calendar addresses: what a relative's own calendar program asks at."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from portal.models.base import Base, HasId, Instant, key, own, secret
from portal.models.people import Relative


class CalendarFeed(HasId, Base):
    """The one private address of a relative's calendar. It grants nothing: what is there to see is asked each time.

    `token_hash` is of the secret in the address, which is shown once and kept nowhere.
    """

    __tablename__ = "calendar_feed"

    relative_id: Mapped[int] = key(ForeignKey("relative.id"), unique=True)
    token_hash: Mapped[str] = secret(String(64), unique=True)
    made_at: Mapped[dt.datetime] = own(Instant)

    relative: Mapped[Relative] = relationship()
