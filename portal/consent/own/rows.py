"""What all rows of a patient's own have in common."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from portal.models import ReadOnly


class Own(ReadOnly, DeclarativeBase):
    """Rows that belong to the patient who looks."""
