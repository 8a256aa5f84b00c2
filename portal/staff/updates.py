"""Posted updates: the list, what is planned and what is half written, and one of them with who saw it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.consent import record
from portal.services import update_changes, update_drafts, update_plans, updates
from portal.staff import pages, said

bp = Blueprint("updates", __name__, url_prefix="/updates")

PAGE = 25


@bp.get("")
def page() -> ResponseReturnValue:
    here = pages.asked_for(updates.how_many(), PAGE)
    lines, planned = updates.posted(offset=here.offset, most=PAGE), update_plans.planned()
    for patient_id in {*(line.patient_id for line in lines), *(line.patient_id for line in planned)}:
        record.look_at(patient_id, "updates")
    return render_template(
        "staff/updates/page.html",
        lines=lines,
        here=here,
        planned=planned,
        drafts=update_drafts.of(current_user.staff.id),
        kinds=said.UPDATE_KINDS,
    )


@bp.get("/<ref>")
def read(ref: str) -> ResponseReturnValue:
    update = updates.find(ref)
    record.look_at(update.patient_id, update.scope or "updates", update.id, update.version)
    readers = updates.readers_of(update)
    return render_template(
        "staff/updates/read.html",
        update=update,
        kind=said.UPDATE_KINDS.get(update.scope or ""),
        languages=said.LANGUAGES,
        readers=readers[0] if readers else None,
        seen_by=updates.seen_by(update),
        earlier=update_changes.earlier(update),
    )
