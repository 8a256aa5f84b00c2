"""A relative's calendar: files, and the private address that a calendar program asks at."""

from __future__ import annotations

import datetime as dt
import hashlib

import icalendar
import pytest
import vobject
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.cast import ALEX, DANA, JO, NEVER_LINKED, SAM, Person
from portal.db import session
from portal.models import (
    Account,
    CalendarFeed,
    Closure,
    Consent,
    Patient,
    RecordEntry,
    RelatedPerson,
    ScheduleEntry,
    Status,
)
from portal.services import occurrences
from tests.browser_form import filled, send, soup, submit
from tests.conftest import MORNING, Clock, SignIn, at_the_clinic
from tests.house.addresses import NOWHERE
from tests.house.answers import face

NEW, END = "form[action$='/new']", "form[action$='/end']"


def address(client: FlaskClient) -> str:
    """The private address, as the page shows it right after it was made."""
    assert submit(client, "/settings/calendar", NEW).status_code == 303
    return str(soup(client.get("/settings/calendar")).select_one(".address").text).removeprefix("http://127.0.0.1:5000")


def asked(app: Flask, where: str, **headers: str) -> TestResponse:
    """What a calendar program gets, which has no cookies."""
    return app.test_client().get(where, headers=headers)


def events(file: TestResponse) -> list[tuple[dt.datetime, str]]:
    found = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    return [(event["DTSTART"].dt, str(event["STATUS"])) for event in found]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def stop(app: Flask, person: Person) -> None:
    with at_the_clinic(app):
        mine = select(RelatedPerson.id).where(RelatedPerson.email == person.email)
        session().execute(update(Consent).where(Consent.related_person_id.in_(mine)).values(stopped_at=MORNING))


def test_the_address_is_shown_once_and_kept_nowhere(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)

    where = address(alex)

    token = where.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) == 43
    assert token not in alex.get("/settings/calendar").text
    with at_the_clinic(app):
        kept = session().scalars(select(CalendarFeed.token_hash)).all()
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]


def test_the_calendar_holds_the_next_two_weeks_and_only_times(app: Flask, sign_in: SignIn) -> None:
    file = asked(app, address(sign_in(ALEX)))

    assert file.status_code == 200
    assert file.content_type == "text/calendar; charset=utf-8"
    assert file.headers["Cache-Control"] == "private, no-cache"
    assert [start for start, _ in events(file)] == [
        at("2026-11-23T18:00-06:00"), at("2026-11-25T18:30-06:00"), at("2026-11-28T10:00-06:00"),
        at("2026-11-30T18:00-06:00"), at("2026-12-02T18:00-06:00"), at("2026-12-03T16:30-06:00"),
        at("2026-12-05T10:00-06:00"),
    ]  # fmt: skip
    for word in (b"Sam", b"Alex", b"Room", b"Group", b"Ben", b"Riverbend", b"ATTENDEE", b"LOCATION", b"METHOD"):
        assert word not in file.data


def test_what_moves_and_what_is_cancelled_keeps_its_name_and_counts_up(app: Flask, sign_in: SignIn) -> None:
    where = address(sign_in(ALEX))
    before = {str(one["UID"]): one for one in icalendar.Calendar.from_ical(asked(app, where).data).walk("VEVENT")}
    with at_the_clinic(app):
        entry = session().scalars(select(ScheduleEntry).where(ScheduleEntry.starts_at == at("2026-11-30T18:00-06:00")))
        for one in entry:
            one.starts_at, one.status = at("2026-11-30T19:00-06:00"), Status.CHANGED
        for one in session().scalars(select(ScheduleEntry).where(ScheduleEntry.place == "Room 2")):
            one.status = Status.CANCELLED

    after = {str(one["UID"]): one for one in icalendar.Calendar.from_ical(asked(app, where).data).walk("VEVENT")}

    assert after.keys() == before.keys()
    changed = {uid: (int(after[uid]["SEQUENCE"]) - int(before[uid]["SEQUENCE"]), str(after[uid]["STATUS"])) for uid in
               after if after[uid] != before[uid]}  # fmt: skip
    assert sorted(changed.values()) == [(1, "CANCELLED"), (1, "CONFIRMED")]


def test_unchanged_is_said_in_no_words_and_only_what_is_visible_counts(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    where = address(sign_in(ALEX))
    tag = asked(app, where).headers["ETag"]
    with at_the_clinic(app):
        for entry in session().scalars(select(ScheduleEntry).where(ScheduleEntry.is_hidden.is_(False))):
            entry.place = "Elsewhere"  # one by one, as the staff's pages do it
        session().add(ScheduleEntry(timetable_id=1, starts_at=MORNING, ends_at=MORNING + dt.timedelta(hours=1),
                                    kind="group", is_hidden=True))  # fmt: skip
    clock.forward(hours=5)

    again = asked(app, where, **{"If-None-Match": tag})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "private, no-cache"
    head = app.test_client().head(where)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)


@pytest.mark.both_databases
def test_a_stopped_calendar_is_one_in_which_nothing_is_planned_byte_for_byte(app: Flask, sign_in: SignIn) -> None:
    stopped, nothing_planned = address(sign_in(ALEX)), address(sign_in(NEVER_LINKED.person))
    tag = asked(app, stopped).headers["ETag"]
    stop(app, ALEX)

    answers = [asked(app, where, **{"If-None-Match": tag}) for where in (stopped, nothing_planned)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert face(answers[0]) == face(answers[1])
    assert events(answers[0]) == []


def test_a_new_address_ends_the_old_one_and_switching_off_ends_it_too(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    first, second = address(alex), address(alex)

    assert [asked(app, where).status_code for where in (first, second)] == [404, 200]
    assert submit(alex, "/settings/calendar", END).status_code == 303
    assert asked(app, second).status_code == 404


def test_an_address_that_leads_nowhere_gets_the_one_no(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    ended = address(alex)
    submit(alex, "/settings/calendar", END)
    malformed = ("/calendar/no-such-token.ics", "/calendar/%F0%9F%8C%BB.ics", "/calendar/x", "/calendar/a/b.ics")
    here = sign_in(JO)
    here.get(NOWHERE)

    assert {face(asked(app, where))[0] for where in (ended, *malformed)} == {404}
    assert len({str(face(asked(app, where))) for where in (ended, *malformed)}) == 1
    assert {str(face(here.get(where))) for where in (ended, *malformed)} == {str(face(here.get(NOWHERE)))}


def test_the_same_form_sent_twice_makes_one_address_and_two_equal_answers(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    where, form = filled(alex.get("/settings/calendar"), NEW)
    shown = []
    for _ in range(2):
        assert alex.post(where, data=form).status_code == 303
        shown.append(soup(alex.get("/settings/calendar")).select_one(".address").text)

    assert shown[0] == shown[1]
    send(alex, alex.get("/settings/calendar"), NEW)
    alex.get("/settings/calendar")
    alex.post(where, data=form)
    assert soup(alex.get("/settings/calendar")).select_one(".address") is None, "an old form shows a dead address"


def test_a_reading_is_a_look_and_the_patient_can_read_it_once_in_half_an_hour(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    where = address(sign_in(ALEX))

    def looks() -> list[tuple[str, bool]]:
        with at_the_clinic(app):
            rows = session().scalars(select(RecordEntry).where(RecordEntry.door == "calendar"))
            return [(row.what, row.notice_shown) for row in rows if row.consent_id and row.related_person_id]

    for _ in range(3):
        asked(app, where)
    assert sorted(looks()) == [("family", False), ("times", False)]
    clock.forward(minutes=31)
    asked(app, where)
    assert len(looks()) == 4
    assert "Alex looked at session times" in sign_in(SAM).get("/me/looks").text


def test_two_readers_of_one_session_cannot_tell_by_comparing(app: Flask, sign_in: SignIn) -> None:
    names = []
    for person in (ALEX, DANA):
        file = asked(app, address(sign_in(person)))
        found = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
        names.append({str(one["UID"]) for one in found})

    assert names[0].isdisjoint(names[1])
    assert len(names[1]) == len(set(names[1]))


def test_four_weeks_as_a_file_of_everybody_or_of_one_person(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    page = soup(dana.get("/schedule/calendar"))
    robin = next(str(chip["href"]) for chip in page.select(".chips a") if "Robin" in chip.text)

    everybody = dana.get("/schedule/calendar/appointments.ics")
    of_robin = dana.get("/schedule/calendar/appointments.ics" + robin[robin.index("?") :])

    assert everybody.headers["Content-Disposition"] == 'attachment; filename="appointments.ics"'
    assert everybody.headers["Cache-Control"] == "no-store"
    assert set(events(of_robin)) < set(events(everybody))
    assert {start.astimezone(MORNING.tzinfo).time() for start, _ in events(of_robin)} == {dt.time(18, 30)}
    assert max(start for start, _ in events(everybody)) < MORNING + dt.timedelta(days=28)


def test_one_session_as_a_file_for_this_reader(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    links = soup(dana.get("/schedule/calendar")).select("details a")
    tomorrow = next(link for link in links if "November 24" in link.text)

    file = dana.get(str(tomorrow["href"]))

    assert file.content_type == "text/calendar; method=REQUEST; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert event["DTSTART"].dt == at("2026-11-24T17:30-06:00")
    assert str(event["ATTENDEE"]) == "mailto:dana@example.org"
    assert str(event["SUMMARY"]) == "Appointment"


def test_a_session_asked_for_then_moved_then_called_off_is_one_session_to_two_programs(
    app: Flask, sign_in: SignIn
) -> None:
    dana = sign_in(DANA)
    links = soup(dana.get("/schedule/calendar")).select("details a")
    address = str(next(link for link in links if "November 30, 6:00 PM" in link.text)["href"])
    with app.app_context():
        g.reading = True
        found = select(ScheduleEntry.ref).where(
            ScheduleEntry.starts_at == at("2026-11-30T18:00-06:00"), ScheduleEntry.place == "Room 1"
        )
        ref = session().scalars(found).one()

    files = [dana.get(address)]
    with at_the_clinic(app):
        occurrences.move(ref, dt.date(2026, 12, 1), dt.time(19, 30), account_id=None)
    files.append(dana.get(address))
    with at_the_clinic(app):
        occurrences.call_off(ref, "", account_id=None)
    files.append(dana.get(address))

    read, uids, sequences = [], set(), []
    for file in files:
        calendar = icalendar.Calendar.from_ical(file.data)
        (one,) = calendar.walk("VEVENT")
        uids.add(str(one["UID"]))
        sequences.append(int(one["SEQUENCE"]))
        other = vobject.readOne(file.text)
        assert (other.vevent.dtstart.value, other.vevent.dtend.value) == (one["DTSTART"].dt, one["DTEND"].dt)
        assert (other.method.value, other.vevent.uid.value) == (str(calendar["METHOD"]), str(one["UID"]))
        assert int(other.vevent.sequence.value) == sequences[-1]
        assert f"method={calendar['METHOD']};" in file.content_type
        assert one["DTEND"].dt - one["DTSTART"].dt == dt.timedelta(hours=3)
        read.append((str(calendar["METHOD"]), str(one["STATUS"]), one["DTSTART"].dt))
    assert read == [
        ("REQUEST", "CONFIRMED", at("2026-11-30T18:00-06:00")),
        ("REQUEST", "CONFIRMED", at("2026-12-01T19:30-06:00")),
        ("CANCEL", "CANCELLED", at("2026-12-01T19:30-06:00")),
    ]
    assert len(uids) == 1
    assert sequences == sorted(set(sequences))


def test_somebody_with_family_sessions_only_gets_those_and_no_session_times(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        for consent in session().scalars(select(Consent).join(RelatedPerson).where(RelatedPerson.email == ALEX.email)):
            for scope in consent.scopes:
                scope.off_at = None if scope.scope == "family" else MORNING
    alex = sign_in(ALEX)

    assert events(asked(app, address(alex))) == [(at("2026-12-03T16:30-06:00"), "CONFIRMED")]
    assert alex.get("/schedule/calendar").status_code == 200
    assert alex.get("/schedule/print").status_code == 404


def test_nobody_with_whom_nothing_is_shared_gets_a_file(sign_in: SignIn) -> None:
    jo = sign_in(JO)

    assert {
        jo.get(f"/schedule/{where}").status_code for where in ("calendar", "calendar/appointments.ics", "print")
    } == {404}


def test_a_closed_account_reads_nothing(app: Flask, sign_in: SignIn) -> None:
    where = address(sign_in(ALEX))
    with at_the_clinic(app):
        session().execute(update(Account).where(Account.email == ALEX.email).values(active=False))

    assert asked(app, where).status_code == 404


def test_a_pause_empties_the_calendar_and_starting_again_fills_it(app: Flask, sign_in: SignIn) -> None:
    where = address(sign_in(ALEX))
    full = asked(app, where).data
    for paused_at, is_empty in ((MORNING, True), (None, False)):
        with at_the_clinic(app):
            session().execute(update(Patient).where(Patient.given_name == SAM.given_name).values(paused_at=paused_at))
        assert (asked(app, where).data != full) == is_empty


def test_groups_across_a_clock_change_stay_at_six_on_the_wall_and_shift_in_the_file(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    clock.set(at("2027-03-08T08:30:00-06:00"))
    with at_the_clinic(app):
        session().execute(update(Consent).values(ends_at=at("2027-06-01T00:00-06:00")))
        session().execute(update(ScheduleEntry).values(is_hidden=True))
        session().add(Closure(starts_on=dt.date(2027, 3, 17), ends_on=dt.date(2027, 3, 17), name="Holiday"))
        for day, zone in (("08", "-06:00"), ("10", "-06:00"), ("15", "-05:00"), ("22", "-05:00"), ("24", "-05:00")):
            starts_at = at(f"2027-03-{day}T18:00:00{zone}")
            changed = {"starts_at": starts_at + dt.timedelta(hours=1), "was_at": starts_at, "status": Status.CHANGED}
            times = {"starts_at": starts_at} | (changed if day == "24" else {})
            session().add(
                ScheduleEntry(timetable_id=1, kind="group", ends_at=starts_at + dt.timedelta(hours=3), **times)
            )
    alex = sign_in(ALEX)

    in_utc = [start.hour for start, _ in events(alex.get("/schedule/calendar/appointments.ics"))]
    month = soup(alex.get("/schedule/2027-03")).select("section .agenda > li")
    said = [" ".join(day.text.split()) for day in month]

    assert in_utc == [0, 0, 23, 23, 0]
    assert [words.count("6:00 PM to 9:00 PM Group") for words in said] == [1, 1, 1, 0, 1, 0]
    assert said[3] == "Wednesday, March 17 Wed 17 Closed Holiday"
    assert said[5].endswith("7:00 PM to 9:00 PM Group Changed. It was 6:00 PM.")
    assert "Clocks change Sunday, March 14, 2027." in alex.get("/schedule").text
    assert "Clocks change Sunday, March 14, 2027." in alex.get("/schedule/print").text
