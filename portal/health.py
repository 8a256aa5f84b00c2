"""/healthz: the process lives. /readyz: database, migrations and postman are in order."""

from __future__ import annotations

import datetime as dt
from functools import cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.db import db, session
from portal.models import OutgoingEmail

# Mail that is due for longer than this says that no postman comes.
OVERDUE = dt.timedelta(minutes=10)


def init_app(app: Flask) -> None:
    """Serve the two addresses; they say nothing about anybody."""

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return "ok\n", {"Content-Type": "text/plain"}

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        wrong = what_is_wrong()
        text = "\n".join(wrong or ["ok"]) + "\n"
        return text, 503 if wrong else 200, {"Content-Type": "text/plain"}


def what_is_wrong() -> list[str]:
    """Sentences for the clinic's IT; empty when all is well."""
    try:
        if not _is_at_head():
            return ["migrations: the database is not at head; run flask --app wsgi db upgrade"]
        overdue = session().scalar(
            select(func.count()).where(OutgoingEmail.ended_at.is_(None), OutgoingEmail.due_at < clock.now() - OVERDUE)
        )
    except SQLAlchemyError as trouble:
        return [f"database: does not answer ({type(trouble).__name__})"]
    if overdue:
        why = "" if current_app.config["MAIL_SERVER"] else "; PORTAL_SMTP_URL is not set"
        return [f"postman: {overdue} emails are overdue by more than {OVERDUE.seconds // 60} minutes{why}"]
    return []


def _is_at_head() -> bool:
    # Flask-Alembic keeps one connection for all threads, which is right for a command and wrong here.
    with db.engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_heads()
    return set(there) == _heads(current_app.config["ALEMBIC"]["script_location"])


@cache
def _heads(folder: str) -> set[str]:
    return set(ScriptDirectory(folder, version_locations=[folder]).get_heads())
