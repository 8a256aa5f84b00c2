"""create_app: the table of contents, nothing else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from portal import commands, config, db, errors, extensions, frame, headers, health, logs, sign_in, tasks, timeouts
from portal.config import Settings

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, wired. Reads its settings from the environment unless some are given."""
    logs.init()
    app = Flask("portal", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.from_mapping((settings or config.read_settings()).for_flask())
    app.config["ALEMBIC"] = {"script_location": str(ROOT / "migrations")}
    app.config["ALEMBIC_CONTEXT"] = extensions.MIGRATION_CONTEXT

    extensions.db.init_app(app)
    extensions.alembic.init_app(app)
    extensions.mail.init_app(app)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    extensions.babel.init_app(app, locale_selector=frame.language)

    headers.on_every_answer(app)
    db.one_transaction_per_request(app)
    errors.one_face_for_every_no(app)
    sign_in.init_app(app)
    timeouts.init_app(app)
    frame.around_every_page(app)
    health.init_app(app)
    tasks.init_app(app)
    commands.init_app(app)
    _open_the_doors(app)
    return app


def _open_the_doors(app: Flask) -> None:
    from portal import family, front_door, patient, staff

    for door in (front_door.door, family.door, patient.door, *staff.doors):
        app.register_blueprint(door)
