"""Sessions out of a calendar file travel on as FHIR Appointments."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from portal.cast import DANA, SAM
from tests.conftest import Clock
from tests.exchange.bundles import every_row, imported, sees
from tests.exchange.calendar_samples import imported as from_calendar
from tests.exchange.other_clinic import bodies, file_of, other_clinic, ref


def test_a_relative_sees_the_same_of_an_imported_timetable_elsewhere(app: Flask, tmp_path: Path, clock: Clock) -> None:
    for file, kind in (("google.ics", "group"), ("outlook_365.ics", "class")):
        from_calendar(app, file, "--person", ref(app, SAM), "--kind", kind)
    found = bodies(file_of(app, SAM))
    before = every_row(app)

    imported(app, found, tmp_path)
    assert every_row(app) == before

    with other_clinic(tmp_path, clock) as elsewhere:
        imported(elsewhere, found, tmp_path)
        theirs = sams(elsewhere)

    assert theirs == sams(app)
    assert {"changed", "on", "cancelled"} == {one["status"] for one in theirs}


def sams(app: Flask) -> list[dict[str, str]]:
    found = [one for one in sees(app, DANA.email)["schedule"] if one["person"] == "Sam"]
    return sorted(found, key=lambda one: (one["start"], one["place"]))
