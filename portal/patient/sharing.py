"""Who can see what: the picture, pause everything, start again."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import clinic
from portal.consent.matrix import columns
from portal.consent.own import OwnDraft
from portal.consent.picture import Sharing, Standing
from portal.db import session
from portal.errors import Refused
from portal.patient import everybody as people
from portal.patient import matrix, results
from portal.patient.sharing_timeline import timeline
from portal.services import consents

bp = Blueprint("sharing", __name__)


@bp.get("/sharing")
def page() -> ResponseReturnValue:
    """The picture of who can see what."""
    return show()


def show(refused: str | None = None) -> str:
    """The picture, under what was just done or was just refused."""
    picture = people.picture()
    everybody = picture.everybody()
    today = clinic.today()
    old = [sharing for sharing in everybody if matrix.is_old(sharing, today)]
    recent = [sharing for sharing in everybody if sharing not in old]
    return render_template(
        "patient/sharing/page.html",
        refused=refused,
        result=results.recall(everybody),
        draft=session().scalar(select(OwnDraft).order_by(OwnDraft.changed_at.desc()).limit(1)),
        columns=columns(),
        rows=[matrix.row(sharing) for sharing in recent],
        old_rows=[matrix.row(sharing) for sharing in old],
        previews=[_preview(sharing) for sharing in everybody if sharing.standing == Standing.ACTIVE],
        can_pause=any(sharing.is_sharing for sharing in everybody),
        waits=[sharing.first_name for sharing in everybody if sharing.standing == Standing.PAUSED],
        timeline=timeline(((one, picture.forms(one.person)) for one in recent), today, _paused_on()),
    )


@bp.post("/sharing/pause")
def pause() -> ResponseReturnValue:
    """Stop all sharing for now."""
    consents.pause(people.me().id)
    results.remember("paused")
    return redirect(_back(), 303)


@bp.post("/sharing/resume")
def resume() -> ResponseReturnValue:
    """Start again what was paused."""
    consents.resume(people.me().id)
    results.remember("resumed")
    return redirect(_back(), 303)


@bp.post("/sharing/pause/remind")
def remind() -> ResponseReturnValue:
    """Put a card on the patient's own home in a week, or no more. No email."""
    consents.remind(people.me().id, wanted=request.form.get("wanted") != "no")
    results.remember("reminded")
    return redirect(_back(), 303)


@bp.route("/sharing/stop-everything", methods=["GET", "POST"])
def stop_everything() -> ResponseReturnValue:
    """End all sharing with everybody, for good: a page that lists who, and one button."""
    refused = None
    if request.method == "POST":
        try:
            consents.stop_everything(people.me().id)
            results.remember("everything stopped")
            return redirect(url_for("patient.sharing.page"), 303)
        except Refused as no:
            refused = no.sentence
    shared_with = [sharing for sharing in people.everybody() if sharing.is_sharing]
    return render_template("patient/sharing/stop_everything.html", shared_with=shared_with, refused=refused)


def _paused_on() -> dt.date | None:
    at = people.me().paused_at
    return at.astimezone(clinic.zone()).date() if at is not None else None


def _back() -> str:
    at_home = request.form.get("back") == "home"
    return url_for("patient.home.page" if at_home else "patient.sharing.page")


def _preview(sharing: Sharing) -> tuple[str, str]:
    return sharing.first_name, url_for("patient.preview.home", ref=people.ref_of(sharing))
