"""The locks of the doors. A page inside a door's package cannot be outside its lock."""

from __future__ import annotations

import hashlib

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import timeouts
from portal.consent.viewer import Viewer, look_as
from portal.errors import NotShared
from portal.models import Account, StaffMember, StaffRole


def must_sign_in() -> ResponseReturnValue | None:
    """Nobody gets further signed out; a real address and a made-up one answer alike."""
    if not current_user.is_authenticated:
        timeouts.keep_for_later()
        return redirect(url_for("security.login"), 303)
    return ("", 204) if timeouts.is_only_kept() else None


def must_be_a_relative() -> ResponseReturnValue | None:
    """The family door: a relative looks, with their own eyes."""
    if (refused := must_sign_in()) is not None:
        return refused
    account: Account = current_user
    if account.relative is None:
        raise NotShared
    look_as(
        Viewer(
            account_id=account.id,
            account_ref=account.ref,
            given_name=account.relative.given_name,
            relative_id=account.relative.id,
            door="family",
            time_zone=account.time_zone,
        )
    )
    return None


def must_be_a_patient() -> ResponseReturnValue | None:
    """The patient's door: they look at their own."""
    if (refused := must_sign_in()) is not None:
        return refused
    account: Account = current_user
    if account.patient is None:
        raise NotShared
    look_as(
        Viewer(
            account_id=account.id,
            account_ref=account.ref,
            given_name=account.patient.given_name,
            patient_id=account.patient.id,
            door="patient",
        )
    )
    return None


def must_work_as(*roles: StaffRole) -> ResponseReturnValue | None:
    """The clinic's doors: only staff with one of `roles`."""
    if (refused := must_sign_in()) is not None:
        return refused
    staff: StaffMember | None = current_user.staff
    if staff is None or not staff.has_role(*roles):
        raise NotShared
    return None


def rotate_cookie_when_sharing_changed(grants: object) -> None:
    """Change the session cookie when what is shared changed.

    Browsers keep pages for the Back button in spite of `no-store`, and drop them when a cookie of
    the site changes; so after a stop the next answer makes Back ask again.
    """
    epoch = hashlib.sha256(repr(grants).encode()).hexdigest()[:12]
    if session.get("epoch") != epoch:
        session["epoch"] = epoch
