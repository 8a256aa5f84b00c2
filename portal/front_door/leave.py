"""The last step of leaving quickly without script: an empty page that makes way for another site."""

from flask import Blueprint, Response

from portal.frame import AWAY

bp = Blueprint("leave", __name__)


@bp.get("/leave")
def away() -> Response:
    """A form may not lead to another site (the security policy), a page may make way for one."""
    return Response("", headers={"Refresh": f"0; url={AWAY}"}, mimetype="text/html")
