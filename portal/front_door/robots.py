"""No search engine needs to know any page of ours."""

from flask import Blueprint, Response

bp = Blueprint("robots", __name__)


@bp.get("/robots.txt")
def txt() -> Response:
    """Asks every robot to stay out."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")
