"""See it as they do: the relative's own pages, run with the relative's eyes on this patient only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select

from portal.consent import people as shared_people
from portal.consent.picture import Standing
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import Viewer, the_viewer, viewing_as
from portal.db import session
from portal.errors import Refused
from portal.frame import MenuItem
from portal.patient import documents, drafts
from portal.patient import everybody as people
from portal.refs import ref_for
from portal.services import rehearsals

bp = Blueprint("preview", __name__, url_prefix="/sharing/<ref>/preview")

# Nothing is shared with this number.
NOBODY = 0

# Stands in the address for the answers that nobody has signed; no label of a person is that short.
DRAFT = "new"


class Seen(StrEnum):
    """When they see it: now, once they accept, or once the patient signs and they accept."""

    NOW = "now"
    ACCEPTED = "accepted"
    SIGNED = "signed"


@dataclass
class Preview:
    """What stands around the page: whose it is, the way back, and links that the page itself may not offer."""

    name: str
    seen: Seen
    close_url: str
    links: list[tuple[str, str]] = field(default_factory=list)

    def still(self, page: Markup) -> Markup:
        """`page` with nothing to press: links without an address, forms inert. It can still be read aloud,
        which it could not if all of it were inert."""
        html = re.sub(r'(<a\b[^>]*?)\shref="[^"]*"', r'\1 role="link" aria-disabled="true"', str(page))
        return Markup(html.replace("<form", "<form inert"))  # noqa: S704  our own templates made it


@bp.get("")
def home(ref: str) -> ResponseReturnValue:
    """Their home."""
    return _seen_by(ref, "family.home.page")


@bp.get("/schedule")
def schedule(ref: str) -> ResponseReturnValue:
    """Their schedule."""
    return _seen_by(ref, "family.schedule.page")


@bp.get("/sessions")
def sessions(ref: str) -> ResponseReturnValue:
    """Their family sessions."""
    return _seen_by(ref, "family.sessions.page")


@bp.get("/updates")
def updates(ref: str) -> ResponseReturnValue:
    """Their list of updates."""
    return _seen_by(ref, "family.updates.page", lists_updates=True)


@bp.get("/updates/<update_ref>")
def read(ref: str, update_ref: str) -> ResponseReturnValue:
    """One update."""
    return _seen_by(ref, "family.updates.read", update_ref=update_ref)


def _seen_by(
    ref: str, endpoint: str, *, update_ref: str | None = None, lists_updates: bool = False
) -> ResponseReturnValue:
    """The relative's own page, word for word, in a context of its own. It counts as no look."""
    if ref == DRAFT and (gap := drafts.first_gap(drafts.mine())) is not None:
        return redirect(gap, 303)
    page = current_app.view_functions[endpoint]
    try:
        with _of_the_draft() if ref == DRAFT else _of_one(ref) as preview:
            g.menu = _tabs(ref)
            if lists_updates:
                preview.links = _update_links(ref)
            shown: str = page(**({"ref": update_ref} if update_ref else {}))  # type: ignore[assignment]
            return shown
    except Refused:  # what cannot be signed cannot be foreseen; the page where one signs says why
        return redirect(url_for("patient.signing.check"), 303)


@contextmanager
def _of_the_draft() -> Iterator[Preview]:
    """With the eyes of the person of the draft, as if it were signed and they had accepted."""
    saved = drafts.mine()
    preview = Preview(drafts.first_name(saved), Seen.SIGNED, url_for("patient.signing.check"))
    signature = documents.as_if_signed(saved)
    with rehearsals.if_signed(
        people.me().id, drafts.answers(saved), signature, _eyes(preview.name), **_around(preview)
    ):
        yield preview


@contextmanager
def _of_one(ref: str) -> Iterator[Preview]:
    """With the eyes of one person, as of now; of somebody who was invited, as if they had accepted."""
    one = people.find(ref)
    invited = one.standing == Standing.INVITED
    close_url = url_for("patient.people.page", ref=ref)
    preview = Preview(one.first_name, Seen.ACCEPTED if invited else Seen.NOW, close_url)
    eyes = _eyes(one.first_name)
    if invited:
        looking = rehearsals.if_accepted(people.me().id, one.person.id, eyes, **_around(preview))
    else:
        eyes = replace(eyes, relative_id=one.person.relative_id or NOBODY)
        looking = viewing_as(eyes, **_around(preview))
    with looking:
        yield preview


def _eyes(given_name: str) -> Viewer:
    return Viewer(
        account_id=None,
        account_ref=the_viewer().account_ref,
        given_name=given_name,
        relative_id=NOBODY,
        only_patient_id=people.me().id,
        is_preview=True,
        is_counted=False,
        door="patient",
    )


def _around(preview: Preview) -> dict[str, Any]:
    return {
        "layout": "patient/preview_frame.html",
        "door": "patient",
        "leave_url": g.leave_url,
        "me": g.me,
        "preview": preview,
    }


def _tabs(ref: str) -> list[MenuItem]:
    """The pages that exist for them now, under the patient's own addresses."""
    tabs = [("home", gettext("Home"), "house", True)]
    tabs.append(("schedule", gettext("Schedule"), "calendar3", bool(shared_people.who_shares(Scope.TIMES))))
    tabs.append(("sessions", gettext("Family sessions"), "people", bool(shared_people.who_shares(Scope.FAMILY))))
    tabs.append(("updates", gettext("Updates"), "chat-left-text", bool(shared_people.who_shares(*UPDATE_SCOPES))))
    here = (request.endpoint or "").rsplit(".", 1)[-1]
    current = "updates" if here == "read" else here
    return [
        MenuItem(label, url_for(f"patient.preview.{name}", ref=ref), icon, name == current)
        for name, label, icon, exists in tabs
        if exists
    ]


def _update_links(ref: str) -> list[tuple[str, str]]:
    """Updates in the frame cannot be pressed, so they are listed again outside it."""
    rows = session().execute(
        select(SharedUpdate.ref, SharedUpdate.title).order_by(SharedUpdate.published_at.desc(), SharedUpdate.id.desc())
    )
    mine = the_viewer().account_ref
    return [
        (title, url_for("patient.preview.read", ref=ref, update_ref=ref_for(mine, row_ref))) for row_ref, title in rows
    ]
