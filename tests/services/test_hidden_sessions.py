"""A session that a patient hides is not there for whom it is hidden from, anywhere, and is there for all others."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, ROBIN, SAM, Person
from portal.db import session
from portal.errors import NotShared
from portal.models import Act, HiddenSession, RecordEntry, ScheduleEntry, TimetableMember
from portal.models.schedule import EVERY_FACET
from portal.services import hidden_sessions, schedule_audience
from tests.conftest import MORNING, at_the_clinic, patient_id
from tests.services.looking import person_id, rows, sessions_seen

pytestmark = pytest.mark.both_databases


def entry(app: Flask) -> ScheduleEntry:
    """The first session to come on the timetable that Sam shares with others."""
    on_it = select(ScheduleEntry).join(TimetableMember, TimetableMember.timetable_id == ScheduleEntry.timetable_id)
    mine = on_it.where(TimetableMember.patient_id == patient_id(app, SAM))
    first: ScheduleEntry = rows(app, mine.where(ScheduleEntry.starts_at > MORNING).order_by(ScheduleEntry.starts_at))[0]
    return first


def hide(app: Flask, one: ScheduleEntry, whom: Person | None = None) -> None:
    with at_the_clinic(app):
        hidden_sessions.hide(patient_id(app, SAM), one.id, person_id(app, SAM, whom) if whom else None)


def show(app: Flask, one: ScheduleEntry, whom: Person | None = None) -> None:
    with at_the_clinic(app):
        hidden_sessions.show(patient_id(app, SAM), one.id, person_id(app, SAM, whom) if whom else None)


def test_hidden_from_dana_it_is_there_for_alex(app: Flask) -> None:
    one = entry(app)
    before = sessions_seen(app, DANA, SAM)
    hide(app, one, DANA)

    assert sessions_seen(app, DANA, SAM) == [at for at in before if at != one.starts_at] != before
    assert one.starts_at in sessions_seen(app, ALEX, SAM)
    assert one.starts_at in sessions_seen(app, SAM, SAM)


def test_hidden_from_everybody_it_is_there_for_nobody_but_sam(app: Flask) -> None:
    one = entry(app)
    hide(app, one)

    assert one.starts_at not in sessions_seen(app, DANA, SAM) + sessions_seen(app, ALEX, SAM)
    assert one.starts_at in sessions_seen(app, SAM, SAM)


def test_what_sam_hides_robin_still_shares(app: Flask) -> None:
    before = sessions_seen(app, DANA, ROBIN)
    hide(app, entry(app))

    assert sessions_seen(app, DANA, ROBIN) == before


def test_shown_again_it_is_there_as_before(app: Flask) -> None:
    one = entry(app)
    before = sessions_seen(app, DANA, SAM)
    hide(app, one, DANA)
    hide(app, one)
    show(app, one)
    assert one.starts_at not in sessions_seen(app, DANA, SAM), "it is hidden from Dana by herself, too"

    show(app, one, DANA)
    assert sessions_seen(app, DANA, SAM) == before


def test_hiding_twice_is_hiding_once_and_is_on_record_once(app: Flask) -> None:
    one = entry(app)
    for _ in range(2):
        hide(app, one, DANA)
        hide(app, one)
    show(app, one)
    show(app, one)

    lines = rows(app, select(RecordEntry.act).where(RecordEntry.what == "session").order_by(RecordEntry.id))
    assert lines == [Act.HIDDEN, Act.HIDDEN, Act.SHOWN]
    assert len(rows(app, select(HiddenSession.id))) == 1


def test_a_session_of_somebody_else_cannot_be_hidden(app: Flask) -> None:
    on_it = select(TimetableMember.timetable_id).where(TimetableMember.patient_id == patient_id(app, SAM))
    foreign = rows(app, select(ScheduleEntry).where(ScheduleEntry.timetable_id.not_in(on_it)))[0]
    sam, robins = patient_id(app, SAM), person_id(app, ROBIN, DANA)

    with pytest.raises(NotShared), at_the_clinic(app):
        hidden_sessions.hide(sam, foreign.id)
    with pytest.raises(NotShared), at_the_clinic(app):
        hidden_sessions.hide(sam, entry(app).id, robins)


def test_whoever_it_is_hidden_from_is_no_reader_of_its_change(app: Flask) -> None:
    one = entry(app)

    def readers() -> set[str]:
        with at_the_clinic(app):
            effect = schedule_audience.of_changed({session().get_one(ScheduleEntry, one.id): EVERY_FACET})
            return {each.name for each in effect.readers}

    before = readers()
    assert {DANA.name, ALEX.name} <= before
    hide(app, one, DANA)
    assert before - readers() == {DANA.name}


def test_with_the_session_goes_what_was_hidden_of_it(app: Flask) -> None:
    one = entry(app)
    hide(app, one)
    with at_the_clinic(app):
        session().delete(session().get_one(ScheduleEntry, one.id))

    assert rows(app, select(HiddenSession.id)) == []
