"""The one "no", the one "sorry", and the sentence of a rule that refuses."""

from __future__ import annotations

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests, UnprocessableEntity

from portal.db import rollback


class NotShared(NotFound):
    """Not yours, not there, not any more: always the same page with status 404."""


class SentAlready(UnprocessableEntity):
    """A form that was acted on came again with something else in it: what was done first stays."""


class Refused(Exception):
    """A rule said no. Its text is a sentence for the person who asked, in their language."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)
        self.field = field


def one_face_for_every_no(app: Flask) -> None:
    """Every "no" is one page; every failure of ours is one other page."""

    @app.errorhandler(404)
    @app.errorhandler(403)
    @app.errorhandler(405)
    def not_found(error: HTTPException) -> ResponseReturnValue:
        # Signed out, a real address and a made-up one both lead to the sign-in page.
        # But a calendar program signs in nowhere, and would take the sign-in page for a calendar.
        is_a_page = request.endpoint != "static" and not request.path.startswith("/calendar/")
        if not current_user.is_authenticated and is_a_page:
            return redirect(url_for("security.login"), 303)
        # No trace of a form or a page that is there.
        return render_template("errors/not_found.html", form_page=None, kept_help=None), 404

    @app.errorhandler(CSRFError)
    def old_form(error: CSRFError) -> ResponseReturnValue:
        return render_template("errors/old_form.html"), 400

    @app.errorhandler(SentAlready)
    def sent_already(error: SentAlready) -> ResponseReturnValue:
        return render_template("errors/sent_already.html"), 422

    @app.errorhandler(429)
    def too_many(error: TooManyRequests) -> ResponseReturnValue:
        return render_template("errors/too_many.html"), 429

    @app.errorhandler(413)
    def too_large(error: HTTPException) -> ResponseReturnValue:
        return render_template("errors/sorry.html", sentence=gettext("That was too much text for one page.")), 413

    @app.errorhandler(500)
    def sorry(error: HTTPException) -> ResponseReturnValue:
        try:
            rollback()
            return render_template("errors/sorry.html", sentence=""), 500
        except SQLAlchemyError:  # the page around it asks the database, and that is what is wrong
            return gettext("Sorry, there is a problem. Try again in a few minutes."), 500
