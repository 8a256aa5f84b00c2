"""Who is looking. One application context has one viewer for life."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import current_app, g
from sqlalchemy import Date, Integer, bindparam
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql.elements import BindParameter

from portal import clinic, clock
from portal.models.base import Instant

EVERYONE = 0


class NobodyLooking(DontWrapMixin, RuntimeError):
    """Shared rows were asked for, and nobody had said for whom. An error, never an empty page."""


class AlreadyLooking(RuntimeError):
    """A session never serves two viewers: it remembers rows."""


@dataclass(frozen=True)
class Viewer:
    """One pair of eyes: a relative (`relative_id`) or a patient (`patient_id`), never both.

    `only_patient_id` narrows a relative's view to what one patient shares, for the patient's preview.
    `is_counted` says whether what is seen is written to the record as a look. `time_zone` is the one the
    reader chose, when it is not the clinic's.
    """

    account_id: int | None
    account_ref: str = ""
    given_name: str = ""
    relative_id: int | None = None
    patient_id: int | None = None
    only_patient_id: int = EVERYONE
    is_preview: bool = False
    is_counted: bool = True
    door: str = "portal"
    time_zone: str | None = None


def look_as(viewer: Viewer) -> Viewer:
    """Say who looks in this context. Raises AlreadyLooking when somebody else does."""
    if g.get("viewer", viewer) != viewer:
        raise AlreadyLooking("This session already serves another viewer; open a context of its own.")
    g.viewer = viewer
    return viewer


def the_viewer() -> Viewer:
    """Who looks in this context. Raises NobodyLooking."""
    viewer: Viewer | None = g.get("viewer")
    if viewer is None:
        raise NobodyLooking("Say who is looking first: look_as(…) or viewing_as(…).")
    return viewer


@contextmanager
def viewing_as(viewer: Viewer, **words: Any) -> Iterator[Viewer]:
    """Look with other eyes for a moment, in a session of its own that only reads. `words` go onto its `g`."""
    with apart(reading=True, **words):
        yield look_as(viewer)


@contextmanager
def apart(**words: Any) -> Iterator[None]:
    """A context with a session of its own, in which nobody looks yet. `words` go onto its `g`."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context():
        for name, value in words.items():
            setattr(g, name, value)
        yield


def the_account_id() -> int:
    """The account of who looks. Raises NobodyLooking for eyes without one."""
    account_id = the_viewer().account_id
    if account_id is None:
        raise NobodyLooking("Whoever looks here has no account.")
    return account_id


def the_relative_id() -> int:
    """The relative who looks. Raises NobodyLooking for other eyes."""
    viewer = the_viewer()
    if viewer.relative_id is None:
        raise NobodyLooking("Only a relative sees shared rows.")
    return viewer.relative_id


def _patient_id() -> int:
    viewer = the_viewer()
    if viewer.patient_id is None:
        raise NobodyLooking("Only a patient sees their own rows.")
    return viewer.patient_id


def _bound(name: str, value: Any, type_: Any) -> BindParameter[Any]:
    return bindparam(name, callable_=value, type_=type_)


# These stand in the mapped selects of `shared` and `own`; their values are asked for at each statement.
THE_RELATIVE = _bound("the_relative", the_relative_id, Integer)
THE_PATIENT = _bound("the_patient", _patient_id, Integer)
ONLY_PATIENT = _bound("only_patient", lambda: the_viewer().only_patient_id, Integer)
NOW = _bound("this_moment", clock.now, Instant)
SOON = _bound("this_moment_and_a_quarter", lambda: clock.now() + dt.timedelta(minutes=15), Instant)
TODAY = _bound("this_day", lambda: clinic.today(), Date)
TODAY_BEGAN = _bound("this_day_began", lambda: clinic.today_began(), Instant)
WEEK_AGO = _bound("a_week_ago", lambda: clinic.week_ago(), Instant)
