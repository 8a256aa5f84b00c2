"""The care team reads who waits for whom, in their order; the patient reads who waits, without one."""

from __future__ import annotations

from flask import Flask

from portal.cast import ALEX, DANA, PRIYA, SAM
from portal.services import consents
from tests.browser_form import soup
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id
from tests.family.test_sessions import words_of
from tests.family.test_waiting import evenings, no_hours, waits
from tests.services.test_consents import person_id
from tests.staff.looking import looks_of


def names(page: object) -> list[str]:
    return [one.text.strip() for one in soup(page).select("tbody th")]  # type: ignore[arg-type]


def test_who_waits_stands_there_in_their_order_with_what_is_kept_for_them(
    app: Flask, sign_in: SignIn, clock: Clock
) -> None:
    no_hours(app)
    waits(sign_in(ALEX))
    clock.forward(minutes=5)
    waits(sign_in(DANA), parts=["morning"], days=["1"])
    evenings(app)

    page = sign_in(PRIYA).get("/staff/waitlist")

    assert names(page) == ["Alex Rivera", "Dana Rivera"]
    said = " ".join(soup(page).select_one("main").get_text(" ").split())  # type: ignore[union-attr]
    assert "Alex Rivera Sam Rivera Evenings until Dec 21 Nov 23, 8:30 AM Dec 1, 5:30 PM" in said
    assert "Dana Rivera Sam Rivera Mornings Tue, until Dec 21 Nov 23, 8:35 AM Nothing" in said
    assert ("waitlist", "Sam") in looks_of(app, PRIYA)


def test_who_may_not_wait_any_more_is_not_there(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    waits(sign_in(DANA))
    sam, person = patient_id(app, SAM), person_id(app, SAM, DANA)
    with at_the_clinic(app):
        consents.stop(sam, person)

    assert "Nobody waits for a time." in words_of(sign_in(PRIYA).get("/staff/waitlist"))


def test_the_patient_sees_who_waits_and_for_whom(app: Flask, sign_in: SignIn) -> None:
    no_hours(app)
    sam = sign_in(SAM)
    assert "Waiting list" not in words_of(sam.get("/me/sessions"))
    waits(sign_in(DANA))

    assert "Dana Rivera waits for a time with Ben Osei, since Nov 23." in words_of(sam.get("/me/sessions"))
    assert "Dana asked to be told when a time for a family session is free" in sam.get("/me/looks").text
