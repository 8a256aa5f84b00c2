"""A therapist's hours in the browser: rows come and go, families' times are seen first, booked sessions are decided."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cast import BEN, LEE, PRIYA, SAM, Person
from portal.db import session
from portal.models import Account, Appointment, FreeHours, FreeHoursOverride, StaffMember
from tests.browser_form import send, soup
from tests.conftest import Clock, SignIn, patient_id
from tests.services.test_consents import rows
from tests.staff.looking import looks_of

PAGE = "/staff/availability"
CHECK, SAVE = "button[value=check]", "button[value=save]"


def words(found: Any) -> str:
    return " ".join(found.get_text(" ").split())


def press(client: FlaskClient, page: TestResponse, button: str, **fields: Any) -> TestResponse:
    answer = send(client, page, f"button[value={button}]", **fields)
    assert answer.status_code == 200
    return answer


def staff_ref(app: Flask, person: Person) -> str:
    return rows(app, select(StaffMember.ref).join(Account).where(Account.email == person.email))[0]  # type: ignore[no-any-return]


def hours(app: Flask, person: Person = BEN) -> list[tuple[int, int, int]]:
    with app.app_context():
        g.reading = True
        found = session().execute(
            select(FreeHours.weekday, FreeHours.from_minute, FreeHours.to_minute)
            .join(StaffMember, StaffMember.id == FreeHours.staff_id)
            .join(Account)
            .where(Account.email == person.email)
            .order_by(FreeHours.weekday, FreeHours.from_minute)
        )
        return [tuple(row) for row in found]  # type: ignore[misc]


def statuses(app: Flask) -> list[str]:
    sams = select(Appointment.status).where(Appointment.patient_id == patient_id(app, SAM))
    return rows(app, sams.where(Appointment.status != "proposed").order_by(Appointment.starts_at))


def preview(page: TestResponse) -> dict[str, str]:
    return {words(row.dt): words(row.dd) for row in soup(page).select("aside dl.summary > div")}


def test_a_therapist_sees_their_hours_and_what_families_see_of_them(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(BEN).get(PAGE)

    assert words(soup(page).h1) == "Ben Osei, family sessions"
    assert [box["value"] for box in soup(page).select("input[name=mon-from], input[name=mon-to]")] == [
        "10:00", "11:00", "16:30", "20:30",
    ]  # fmt: skip
    assert preview(page)["Tue, Nov 24"] == "10:00 AM , 4:30 PM , 6:30 PM , 7:30 PM"
    assert preview(page)["Thu, Nov 26"] == "none"
    assert len(preview(page)) == 14


def test_rows_are_added_copied_and_taken_out_and_nothing_is_kept_yet(app: Flask, sign_in: SignIn) -> None:
    ben, before = sign_in(BEN), hours(app)
    page = press(ben, ben.get(PAGE), "remove-mon-0")
    assert [box["value"] for box in soup(page).select("input[name=mon-from]")] == ["16:30"]

    page = press(ben, page, "add-sat")
    box = soup(page).select_one("input[name=sat-from]")
    assert box is not None
    assert box.has_attr("autofocus")
    page = press(ben, page, "copy", copy_to=["sun", "tue"])
    assert [box["value"] for box in soup(page).select("input[name=sun-from], input[name=tue-from]")] == [
        "16:30", "16:30",
    ]  # fmt: skip
    page = press(ben, page, "add-days")
    assert len(soup(page).select("input[name=days-first]")) == 1
    assert hours(app) == before


def test_check_shows_what_families_would_see_and_save_makes_it_so(app: Flask, sign_in: SignIn) -> None:
    ben, before = sign_in(BEN), hours(app)
    page = send(ben, ben.get(PAGE), CHECK, **{"fri-from": ["12:00", "16:30"], "fri-to": ["13:00", "20:30"]})

    assert preview(page)["Fri, Dec 4"].startswith("noon , 4:30 PM")
    assert hours(app) == before

    assert send(ben, page, SAVE).status_code == 303
    assert (4, 720, 780) in hours(app)
    assert "Saved. Families see the new times now." in ben.get(PAGE).text


def test_overlapping_rows_are_both_named_beside_their_day(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    page = send(ben, ben.get(PAGE), SAVE, **{"tue-to": ["17:00", "20:30"]})

    summary = soup(page).select_one(".error-summary a")
    assert summary is not None
    assert words(summary) == ("Tuesday: row 1, 10:00 AM to 5:00 PM, and row 2, 4:30 PM to 8:30 PM, overlap. Change one")
    assert soup(page).select_one(str(summary["href"])) is not None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mon-to": ["", "20:30"]}, "Row 1: Enter both times, or take the row out"),
        ({"mon-to": ["soon", "20:30"]}, "Row 1: Enter a time, like 6:00 PM"),
        ({"mon-to": ["09:00", "20:30"]}, "Monday, row 1: 10:00 AM to 9:00 AM leaves no time"),
        ({"minutes": "an hour"}, "Enter a number"),
        ({"minutes": "4"}, "Enter a number from 5 to 480"),
        ({"per_day": "9", "per_month": "5"}, "Enter at least 9, the limit of a shorter time, or leave it empty"),
        ({"online_link": "http://meet.example.org"}, "Enter a web address that begins with https://"),
        ({"modes": None}, "Choose how families can meet you"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(
    app: Flask, sign_in: SignIn, fields: dict[str, Any], said: str
) -> None:
    ben, before = sign_in(BEN), hours(app)

    page = send(ben, ben.get(PAGE), SAVE, **fields)

    assert page.status_code == 200
    assert said in words(soup(page).select_one(".error-summary"))
    assert hours(app) == before


def test_midnight_is_the_end_of_the_day(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    assert send(ben, ben.get(PAGE), SAVE, **{"fri-to": ["11:00", "00:00"]}).status_code == 303

    assert (4, 990, 1440) in hours(app)
    assert soup(ben.get(PAGE)).select("input[name=fri-to]")[1]["value"] == "00:00"


def test_a_booked_session_outside_the_hours_is_named_and_nothing_happens_before_it_is_decided(
    app: Flask, sign_in: SignIn
) -> None:
    ben, before = sign_in(BEN), hours(app)
    page = send(ben, ben.get(PAGE), SAVE, **{"thu-from": ["10:00", "17:30"]})

    asked = soup(page).select_one("#outside fieldset")
    assert words(asked) == "Thursday, December 3, 4:30 PM to 5:20 PM, S. Rivera Keep Cancel and offer new times Cancel"
    assert (hours(app), statuses(app)) == (before, ["confirmed", "confirmed"])
    assert ("day", "Sam") in looks_of(app, BEN)

    assert send(ben, page, SAVE).status_code == 303
    assert (3, 1050, 1230) in hours(app)
    assert statuses(app) == ["confirmed", "confirmed"]


def test_it_is_cancelled_with_new_times_to_choose_from(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    page = send(ben, ben.get(PAGE), CHECK, **{"thu-from": ["10:00", "17:30"]})
    name = soup(page).select("#outside input")[0]["name"]

    assert send(ben, page, SAVE, **{str(name): "offer"}).status_code == 303
    assert statuses(app) == ["confirmed", "cancelled"]
    assert len(rows(app, select(Appointment.id).where(Appointment.status == "proposed"))) == 3


def test_days_off_and_extra_days_are_written_down(app: Flask, sign_in: SignIn) -> None:
    ben = sign_in(BEN)
    page = press(ben, ben.get(PAGE), "add-days")
    page = press(ben, page, "add-days", **{"days-first": "2026-12-07", "days-last": "2026-12-09"})
    page = send(
        ben, page, SAVE,
        **{"days-first": ["2026-12-07", "2026-12-05"], "days-last": ["2026-12-09", ""],
           "days-from": ["", "10:00"], "days-to": ["", "12:00"]},
    )  # fmt: skip

    assert page.status_code == 303
    found = rows(app, select(FreeHoursOverride).order_by(FreeHoursOverride.on_date))
    assert [(one.on_date.day, one.closed, one.from_minute) for one in found] == [
        (5, False, 600), (7, True, None), (8, True, None), (9, True, None),
    ]  # fmt: skip
    again = soup(ben.get(PAGE))
    assert [box["value"] for box in again.select("input[name=days-first]")] == ["2026-12-05", "2026-12-07"]
    assert [box["value"] for box in again.select("input[name=days-last]")] == ["", "2026-12-09"]


def test_a_change_of_the_clock_within_reach_is_said(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    sentence = (
        "Clocks change on Sunday, March 14: 2:00 AM to 3:00 AM does not exist, and no times are offered in it. "
        "6:00 PM stays 6:00 PM."
    )
    ben = sign_in(BEN)
    assert "Clocks change" not in ben.get(PAGE).text
    assert sentence in send(ben, ben.get(PAGE), CHECK, horizon_days="120").text


def test_a_coordinator_chooses_whose_and_a_therapist_has_only_their_own(app: Flask, sign_in: SignIn) -> None:
    priya, ben = sign_in(PRIYA), sign_in(BEN)
    of_lee = f"{PAGE}/{staff_ref(app, LEE)}"
    assert of_lee in priya.get(PAGE).text
    page = priya.get(of_lee)
    assert words(soup(page).h1) == "Lee Tran, family sessions"
    assert send(priya, page, SAVE, rooms="Room 4\n\n  Room   5 \n").status_code == 303
    assert soup(priya.get(of_lee)).select_one("textarea[name=rooms]").text.strip() == "Room 4\nRoom 5"  # type: ignore[union-attr]

    assert ben.get(of_lee).status_code == 404
    assert ben.get(f"{PAGE}/{staff_ref(app, BEN)}").status_code == 200
    assert priya.get(f"{PAGE}/{staff_ref(app, PRIYA)}").status_code == 404
