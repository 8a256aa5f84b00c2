"""What all classes of rows that a relative may see have in common: the consent they are joined to, and the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import tuple_
from sqlalchemy.orm import DeclarativeBase

from portal.consent.live import patients_and_scopes, patients_sharing
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.models import ReadOnly


class Shared(ReadOnly, DeclarativeBase):
    """Rows that a relative may see."""

    def look(self) -> tuple[str, int | None, int] | None:
        """What goes on record when this row is loaded: scope, thing and its version. None: nothing."""
        return None


def with_consent(columns: Any, *, patient: Any, scope: Any) -> Any:
    """`columns`, for patients who share `scope` with the viewer now. `scope` is one, or a column of scopes.

    IN, never a correlated EXISTS: the planner must begin at the viewer's few consents and not walk
    over other people's rows.
    """
    if isinstance(scope, Scope):
        return columns.where(patient.in_(patients_sharing(scope))).subquery()
    return columns.where(tuple_(patient, scope).in_(patients_and_scopes(UPDATE_SCOPES))).subquery()
