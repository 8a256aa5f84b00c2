"""Free times and the pages around them come from the therapist's hours: nothing of a patient's life shows there."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.cast import ALEX, BEN, DANA, LEE, SAM
from portal.db import session
from portal.models import (
    Account,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Kind,
    Patient,
    RelatedPerson,
    Relative,
    ScheduleEntry,
    StaffMember,
    TimetableMember,
    WaitingListEntry,
)
from portal.services.therapist_times import free_times
from tests.browser_form import soup
from tests.conftest import SignIn, at_the_clinic

ONLINE = "/sessions/book/time?how=online"


def test_the_pages_of_booking_are_the_same_whatever_else_sam_does_and_whoever_else_comes(
    app: Flask, sign_in: SignIn
) -> None:
    dana = sign_in(DANA)
    times = [str(radio["value"]) for radio in soup(dana.get(ONLINE)).select("input[name=time]")]
    before = pages(dana, times)
    assert len(times) > 5

    fill_the_life_of_sam(app)

    assert pages(dana, times) == before


def test_what_another_family_books_with_ben_is_gone_for_everybody_alike(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    before = [str(radio["value"]) for radio in soup(dana.get(ONLINE)).select("input[name=time]")]

    with at_the_clinic(app):
        ben, robin = member(BEN.name), session().scalars(select(Patient).where(Patient.given_name == "Robin")).one()
        of_robin(ben.id, robin.id, dt.datetime.fromisoformat(before[2]))

    after = [str(radio["value"]) for radio in soup(dana.get(ONLINE)).select("input[name=time]")]
    assert after == before[:2] + before[3:]


def pages(dana: FlaskClient, times: list[str]) -> dict[str, str]:
    """All that Dana reads on the way to a session, and to another time for the one she has."""
    change = next(
        str(link["href"]) for link in soup(dana.get("/sessions")).select("a") if "/change" in str(link["href"])
    )
    addresses = [
        "/sessions", "/sessions/book/who", ONLINE, "/sessions/waitlist", change,
        *(f"/sessions/book/check?time={time}&how=online" for time in times),
    ]  # fmt: skip
    return {address: words_and_fields(dana, address) for address in addresses}


def words_and_fields(dana: FlaskClient, address: str) -> str:
    """A page without what is new in it each time: the tokens of its forms."""
    answer = dana.get(address)
    assert answer.status_code == 200, address
    page = soup(answer)
    for field in page.select("[name=csrf_token], [name=token]"):
        field.decompose()
    return str(page)


def fill_the_life_of_sam(app: Flask) -> None:
    """At every time that Ben offers Sam has something else; Alex has sessions with Lee, and waits for more."""
    with at_the_clinic(app):
        sam = session().scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
        alex = session().scalars(select(Relative).join(Account).where(Account.email == ALEX.email)).one()
        ben, lee = member(BEN.name), member(LEE.name)
        timetable = session().scalars(select(TimetableMember).where(TimetableMember.patient_id == sam.id)).first()
        assert timetable is not None
        for start in free_times(ben.id):
            end = start + dt.timedelta(minutes=50)
            session().add(
                ScheduleEntry(
                    timetable_id=timetable.timetable_id, starts_at=start, ends_at=end, kind=Kind.GROUP, place="Room 9"
                )
            )
            session().add(
                Appointment(
                    patient_id=sam.id, staff_id=lee.id, starts_at=start, ends_at=end, busy_until=end,
                    status=AppointmentStatus.CONFIRMED, participants=[AppointmentParticipant(relative_id=alex.id)],
                )
            )  # fmt: skip
        now = clock.now()
        session().add(
            WaitingListEntry(
                relative_id=alex.id, patient_id=sam.id, staff_id=ben.id, weekdays=[0], parts=["evening"],
                until_on=dt.date(2026, 12, 20), joined_at=now, in_line_since=now,
            )
        )  # fmt: skip
        session().add(
            RelatedPerson(
                patient_id=sam.id, name="Kay Rivera", email="kay@example.org", relation="My sister", known_as="Sam"
            )
        )


def of_robin(staff_id: int, patient_id: int, start: dt.datetime) -> None:
    end = start + dt.timedelta(minutes=50)
    session().add(Appointment(patient_id=patient_id, staff_id=staff_id, starts_at=start, ends_at=end, busy_until=end))


def member(name: str) -> StaffMember:
    return session().scalars(select(StaffMember).where(StaffMember.name == name)).one()
