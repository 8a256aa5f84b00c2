"""The private address of a relative's calendar: made, replaced, ended, and read by a calendar program."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib

from flask import current_app
from sqlalchemy import delete, select

from portal import clock
from portal.consent import people, record
from portal.consent.invitations import keyed
from portal.consent.viewer import Viewer, the_relative_id, the_viewer, viewing_as
from portal.db import rollback, session
from portal.errors import NotShared
from portal.exchange import calendar_file
from portal.models import Account, CalendarFeed, Relative
from portal.services import calendar

# Questions


def made_at() -> dt.datetime | None:
    """When the viewer's address was made; None when they have none."""
    return session().scalar(select(CalendarFeed.made_at).where(CalendarFeed.relative_id == the_relative_id()))


def address_made_by(form_token: str) -> str | None:
    """The address that the viewer made with this form, while it is still theirs."""
    token = _token(form_token)
    mine = select(CalendarFeed.id).where(
        CalendarFeed.relative_id == the_relative_id(), CalendarFeed.token_hash == _hash(token)
    )
    if session().scalar(mine) is None:
        return None
    return f"{current_app.config['SETTINGS'].base_url}/calendar/{token}.ics"


def read(token: str) -> bytes:
    """The calendar behind an address, as its relative may see it at this moment. A look, put on record as one.

    Where nothing is shared any more it is a calendar in which nothing is planned, byte for byte.
    Raises NotShared for an address that leads nowhere.
    """
    viewer, made = _reader(token)
    assert viewer.account_id is not None
    with viewing_as(viewer):
        # Stamped with when the address was made: what stands in the file depends on what is visible alone.
        body = calendar_file.published(calendar.entries(calendar.FEED), made)
        grants = people.grants()
        rollback()
        # The law's notice would say what the entries do not; it stands where the address was made.
        record.write_looks(viewer.account_id, "calendar", grants, notice_shown=False)
    return body


# Acts


def make(form_token: str) -> None:
    """Give the viewer a new address; the one before, if any, leads nowhere from now on."""
    session().scalar(select(Relative.id).where(Relative.id == the_relative_id()).with_for_update())
    end()
    session().add(
        CalendarFeed(relative_id=the_relative_id(), token_hash=_hash(_token(form_token)), made_at=clock.now())
    )


def end() -> None:
    """Let the viewer's address lead nowhere. Ending twice is ending once."""
    session().execute(delete(CalendarFeed).where(CalendarFeed.relative_id == the_relative_id()))


def _token(form_token: str) -> str:
    # Drawn from the form, so that one sent twice is answered twice alike; only this server can draw it.
    drawn = keyed("calendar address", f"{the_viewer().account_ref}|{form_token}")
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _hash(token: str) -> str:
    # 256 bits that nobody can guess need no salt and no slow hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _reader(token: str) -> tuple[Viewer, dt.datetime]:
    row = (
        session()
        .execute(
            select(Relative.id, Relative.given_name, Account.id, Account.ref, CalendarFeed.made_at)
            .join(CalendarFeed, CalendarFeed.relative_id == Relative.id)
            .join(Account, Account.id == Relative.account_id)
            .where(CalendarFeed.token_hash == _hash(token), Account.active.is_(True))
        )
        .first()
    )
    if row is None:
        raise NotShared
    relative_id, given_name, account_id, account_ref, made = row
    viewer = Viewer(
        account_id=account_id,
        account_ref=account_ref,
        given_name=given_name,
        relative_id=relative_id,
        door="calendar",
    )
    return viewer, made
