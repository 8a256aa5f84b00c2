"""Posted updates: the list, and one of them with who can see it now and who looked."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.consent import record
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.services import audience, updates
from portal.staff import pages, said

bp = Blueprint("updates", __name__, url_prefix="/updates")

PAGE = 25


@bp.get("")
def page() -> ResponseReturnValue:
    here = pages.asked_for(updates.how_many(), PAGE)
    lines = updates.posted(offset=here.offset, most=PAGE)
    for line in lines:
        record.look_at(line.patient_id, "updates")
    return render_template("staff/updates/page.html", lines=lines, here=here, kinds=said.UPDATE_KINDS)


@bp.get("/<ref>")
def read(ref: str) -> ResponseReturnValue:
    update = updates.find(ref)
    record.look_at(update.patient_id, update.scope or "updates", update.id, update.version)
    readers = audience.of_update(update.patient_id, Scope(update.scope)) if update.scope in UPDATE_SCOPES else None
    return render_template(
        "staff/updates/read.html",
        update=update,
        kind=said.UPDATE_KINDS.get(update.scope or ""),
        readers=readers,
        seen_by=updates.seen_by(update),
    )
