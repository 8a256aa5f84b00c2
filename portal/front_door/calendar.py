"""A relative's calendar at its private address, for programs that sign in nowhere."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal.headers import KEPT_BY_ITS_READER
from portal.services import feeds

bp = Blueprint("calendar", __name__)


@bp.get("/calendar/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The file, or that it has not changed. Raises NotShared for an address that leads nowhere."""
    body = feeds.read(token)
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointments.ics"'
    answer.headers["Cache-Control"] = KEPT_BY_ITS_READER
    answer.set_etag(hashlib.sha256(body).hexdigest())
    return answer.make_conditional(request)
