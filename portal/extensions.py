"""Flask's extensions: born here, wired to the application in create_app."""

import logging
from typing import Any, Literal

from flask_alembic import Alembic
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_wtf import CSRFProtect

from portal.db import db
from portal.models import Base
from portal.models.base import Instant

__all__ = ["MIGRATION_CONTEXT", "alembic", "babel", "csrf", "db", "limiter", "mail"]

alembic = Alembic(metadatas=Base.metadata, run_mkdir=False)
logging.getLogger("alembic.runtime").setLevel(logging.WARNING)  # what it does is said by the command
babel = Babel()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
mail = Mail()


def _without_our_types(kind: str, item: Any, context: Any) -> str | Literal[False]:
    # Migrations are history: they must not import what the code calls things today.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def _without_the_full_text_index(name: str | None, *_: Any) -> bool:
    # Each database has its own, with tables, a column or an index of this name, and no model.
    return not (name or "").startswith("guide_index")


# One transaction on SQLite too: alembic's default there can be torn half-way (`db` says BEGIN itself).
MIGRATION_CONTEXT = {
    "transactional_ddl": True,
    "compare_type": True,
    "render_item": _without_our_types,
    "include_name": _without_the_full_text_index,
}
