"""The schedule of those who share session times."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from string import ascii_uppercase

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cast import ALEX, DANA
from portal.db import session
from portal.models import Account, Clinic, Consent, Patient, RelatedPerson, ScheduleEntry, Status
from portal.services import series
from tests.browser_form import soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic
from tests.services.planning import march


def agenda(page: object) -> list[str]:
    return [" ".join(day.text.split()) for day in soup(page).select("section .agenda > li")]  # type: ignore[arg-type]


def words_of(page: object) -> str:
    return " ".join(soup(page).select_one("main").text.split())  # type: ignore[arg-type]


def called_off(page: object) -> list[str]:
    """The days under "Cancelled in the last 7 days"."""
    heading = soup(page).find("h2", string="Cancelled in the last 7 days")
    return [str(time["datetime"]) for time in heading.find_next("ol").select("time")] if heading else []


def test_seven_days_in_full_with_the_zone_in_words(sign_in: SignIn) -> None:
    page = sign_in(ALEX).get("/schedule")

    assert "All times are Central Time (Chicago)." in words_of(page)
    assert agenda(page)[0] == "Monday, November 23 Mon 23 6:00 PM to 9:00 PM Group. Room 1"
    assert agenda(page)[2].endswith("6:30 PM to 9:30 PM Group. Room 2 Changed. It was 6:00 PM.")
    assert agenda(page)[3] == "Thursday, November 26 Thu 26 Closed Holiday"
    assert len(agenda(page)) == 7


def test_the_family_session_one_is_part_of_stands_among_the_others(sign_in: SignIn) -> None:
    page = sign_in(DANA).get("/schedule")

    assert "5:30 PM to 6:20 PM Family session. Online, with Ben Osei. You are booked." in agenda(page)[1]
    assert soup(page).select_one(".agenda a.slot")["href"].startswith("/sessions/")


def test_the_seven_days_after_and_back(sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    later = soup(alex.get("/schedule")).find("a", string="Show the 7 days after")

    page = alex.get(str(later["href"]))

    assert later["href"] == "/schedule?from=2026-11-30"
    assert agenda(page)[0].startswith("Monday, November 30")
    assert "4:30 PM to 5:20 PM Family session. In person, with Ben Osei." in agenda(page)[3]
    assert soup(page).find("a", string="Back to today")["href"] == "/schedule"


def test_nothing_before_today_can_be_asked_for(sign_in: SignIn) -> None:
    assert agenda(sign_in(ALEX).get("/schedule?from=2026-01-01"))[0].startswith("Monday, November 23")


@pytest.mark.parametrize("address", ["?from=soon", "?from=2031-01-01", "/2026-10", "/2026-13", "/2031-01", "/december"])
def test_other_days_and_months_have_no_page(sign_in: SignIn, address: str) -> None:
    assert sign_in(ALEX).get(f"/schedule{address}").status_code == 404


def test_a_month_says_the_same_as_a_table_and_as_a_list(sign_in: SignIn) -> None:
    page = soup(sign_in(ALEX).get("/schedule/2026-12"))

    assert page.title.text.strip() == "Schedule, December 2026 – Riverbend Portal"
    in_table = [str(cell.select_one("time")["datetime"]) for cell in page.select(".month td:has(.slot)")]
    in_list = [str(day["datetime"]) for day in page.select(".agenda time")]
    assert in_table == in_list
    assert "2026-12-24" in in_table


def test_a_month_far_ahead_is_empty_and_says_so(sign_in: SignIn) -> None:
    assert "No sessions in this month yet." in words_of(sign_in(ALEX).get("/schedule/2027-10"))


def test_a_cancelled_session_stays_for_seven_days(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    with at_the_clinic(app):
        for entry in session().scalars(select(ScheduleEntry)):
            entry.status = Status.CANCELLED
    clock.set(dt.datetime.fromisoformat("2026-11-27T09:00:00-06:00"))
    alex = sign_in(ALEX)

    def cancelled_on(month: str) -> list[str]:
        cells = soup(alex.get(f"/schedule/{month}")).select(".month td:has(.note)")
        return [str(cell.select_one("time")["datetime"]) for cell in cells]

    assert cancelled_on("2026-11")[:2] == ["2026-11-23", "2026-11-25"]
    assert called_off(alex.get("/schedule")) == ["2026-11-23", "2026-11-25"]
    clock.set(dt.datetime.fromisoformat("2026-12-01T09:00:00-06:00"))
    assert called_off(alex.get("/schedule")) == ["2026-11-25", "2026-11-28", "2026-11-30"]
    assert called_off(alex.get("/schedule?from=2026-12-08")) == []


def test_what_was_not_cancelled_is_not_looked_back_at(sign_in: SignIn, clock: Clock) -> None:
    clock.set(dt.datetime.fromisoformat("2026-11-27T09:00:00-06:00"))

    assert called_off(sign_in(ALEX).get("/schedule")) == []


@pytest.mark.both_databases
def test_a_kind_that_has_no_words_for_families_is_not_shown(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().execute(update(ScheduleEntry).values(kind="medication"))

    shown = words_of(sign_in(ALEX).get("/schedule"))
    assert "Closed" in shown
    assert "Group" not in shown
    assert "Room" not in shown


def test_the_week_in_which_clocks_change_says_that_times_stay(sign_in: SignIn) -> None:
    alex = sign_in(ALEX)

    in_march = words_of(alex.get("/schedule?from=2027-03-10"))

    assert "Clocks change Sunday, March 14, 2027. Session times stay the same on the clock." in in_march
    assert "Clocks change" not in words_of(alex.get("/schedule"))


# On the reader's own clock


def in_zone(app: Flask, zone: str) -> None:
    with at_the_clinic(app):
        session().execute(update(Account).where(Account.email == ALEX.email).values(time_zone=zone))


def test_who_lives_elsewhere_reads_their_own_time_second(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    submit(alex, "/settings/time-zone", time_zone="America/Denver")

    page = alex.get("/schedule")

    assert "Your own time, Mountain Time (Denver), stands second." in words_of(page)
    assert "6:00 PM to 9:00 PM Group. Room 1 Mountain Time: 5:00 PM to 8:00 PM." in agenda(page)[0]
    month = soup(alex.get("/schedule/2026-11")).select_one("table.month")
    assert month is not None
    assert "6:00 PM Group Mountain Time: 5:00 PM." in " ".join(month.text.split())
    assert "6:00 PM to 9:00 PM Group Mountain Time: 5:00 PM." in sheet(alex.get("/schedule/print"))


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Winnipeg", "Not/A_Zone"])
def test_where_both_clocks_agree_the_time_stands_there_once(app: Flask, sign_in: SignIn, zone: str) -> None:
    in_zone(app, zone)

    assert agenda(sign_in(ALEX).get("/schedule"))[0] == "Monday, November 23 Mon 23 6:00 PM to 9:00 PM Group. Room 1"


def test_a_session_after_midnight_names_both_dates(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    in_zone(app, "America/Los_Angeles")
    starts_at = dt.datetime.fromisoformat("2026-01-15T00:30:00-05:00")
    clock.set(dt.datetime.fromisoformat("2026-01-14T09:00:00-05:00"))
    with at_the_clinic(app):
        session().execute(update(Clinic).values(time_zone="America/New_York"))
        session().execute(update(Consent).values(signed_at=clock.moment, starts_at=clock.moment))
        session().execute(update(RelatedPerson).values(accepted_at=clock.moment))
        ends_at = starts_at + dt.timedelta(hours=1)
        session().add(ScheduleEntry(timetable_id=1, starts_at=starts_at, ends_at=ends_at, kind="individual"))

    day = agenda(sign_in(ALEX).get("/schedule"))[1]

    assert day.startswith("Thursday, January 15 Thu 15 12:30 AM to 1:30 AM One to one")
    assert "Pacific Time: Wednesday, January 14, 9:30 PM to 10:30 PM. At the clinic it is Thursday, January 15." in day


def test_a_closed_day_is_the_same_date_wherever_it_is_read(app: Flask, sign_in: SignIn) -> None:
    for zone in ("Pacific/Honolulu", "America/New_York"):
        in_zone(app, zone)
        assert agenda(sign_in(ALEX).get("/schedule"))[3] == "Thursday, November 26 Thu 26 Closed Holiday"


# What a consent leaves out, and what the patient hides


def test_a_change_is_said_until_the_session_is_over(sign_in: SignIn, clock: Clock) -> None:
    clock.set(dt.datetime.fromisoformat("2026-11-25T21:29:00-06:00"))
    assert "Changed. It was 6:00 PM." in agenda(sign_in(ALEX).get("/schedule"))[0]

    clock.forward(minutes=1)
    assert "Changed" not in agenda(sign_in(ALEX).get("/schedule"))[0]


def test_a_session_online_says_so_beside_its_place(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().execute(update(ScheduleEntry).where(ScheduleEntry.place == "Room 1").values(mode="online"))
        session().execute(update(ScheduleEntry).where(ScheduleEntry.place == "Room 2").values(mode="online", place=""))

    days = agenda(sign_in(ALEX).get("/schedule"))

    assert days[0].endswith("Group. Online. Room 1")
    assert "Group. Online Changed." in days[2]


def test_planned_weeks_are_a_path_that_the_patient_can_hide(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    beads = soup(alex.get("/schedule")).select(".path li")
    assert ([one.text.strip() for one in beads][3:6], len(beads)) == (["Week 4", "Week 5, now", "Week 6, to come"], 12)

    with at_the_clinic(app):
        session().execute(update(Patient).values(shows_weeks=False))

    assert "Week 5" not in alex.get("/schedule").text


def test_one_person_at_a_time_by_a_label_in_the_address(sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    robin = next(link for link in soup(dana.get("/schedule")).select(".chips a") if "Robin" in link.text)

    page = dana.get(str(robin["href"]))

    assert "6:30 PM to 9:30 PM Group. Room 3" in agenda(page)[0]
    assert "Sam" not in " ".join(agenda(page))
    later, month = (
        str(soup(page).find("a", string=words)["href"]) for words in ("Show the 7 days after", "See the month")
    )
    ref = str(robin["href"]).partition("for=")[2]
    assert all(f"for={ref}" in where for where in (later, month))
    assert dana.get("/schedule?for=zzzzzzzzzz").status_code == 404


# On paper


def sheet(page: object) -> str:
    return " ".join(soup(page).select_one(".sheet").text.split())  # type: ignore[arg-type]


def test_a_sheet_has_no_name_and_no_place_unless_asked(sign_in: SignIn) -> None:
    dana = sign_in(DANA)

    bare = sheet(dana.get("/schedule/print"))
    full = sheet(dana.get("/schedule/print?names=y&places=y"))

    assert "6:00 PM to 9:00 PM Group 6:30 PM to 9:30 PM Group" in bare
    assert not [word for word in ("Sam", "Robin", "Room", "Ben", "Riverbend") if word in bare]
    assert "6:00 PM to 9:00 PM Sam. Group. Room 1 6:30 PM to 9:30 PM Robin. Group. Room 3" in full
    assert "Printed Monday, November 23, 2026." in bare


def test_a_sheet_that_would_not_fit_says_once_what_its_letters_stand_for(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    with at_the_clinic(app):
        plan = march(
            starts_on=dt.date(2026, 11, 24), wall_time=dt.time(10), by_day=("MO", "TU", "WE", "TH", "FR"),
            place="Community room, second floor",
        )  # fmt: skip
        for hour in (10, 13, 15):
            series.publish(replace(plan, wall_time=dt.time(hour), minutes=60), account_id=None)

    page = soup(dana.get("/schedule/print?names=y&places=y"))

    key = {one.dt.text: one.dd.text for one in page.select(".key div")}  # type: ignore[union-attr]
    assert list(key) == list(ascii_uppercase[: len(key)])
    assert {"Sam. Group. Room 1", "Sam. Group. Community room, second floor"} < set(key.values())
    assert {one.text for one in page.select(".sheet td .slot > span:first-of-type")} == {*key, "Holiday"}
    assert not soup(dana.get("/schedule/print")).select(".key")


def test_a_sheet_of_four_or_of_eight_weeks_and_of_nothing_else(sign_in: SignIn) -> None:
    alex = sign_in(ALEX)

    weeks = [len(soup(alex.get(f"/schedule/print?weeks={n}")).select(".sheet tbody tr")) for n in ("4", "8", "900")]

    assert weeks == [4, 8, 4]
    assert "Closed Holiday" in sheet(alex.get("/schedule/print"))
