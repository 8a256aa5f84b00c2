"""The patient reads every update about them, and who can and who did."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cast import DANA, ROBIN, SAM, Cast
from portal.db import db, session
from portal.models import Patient, ScheduleEntry, StaffMember
from tests.browser_form import submit
from tests.conftest import MORNING, SignIn, at_the_clinic, patient_id
from tests.patient.test_sharing import link, shown


def words(text: str) -> str:
    return " ".join(text.split())


def cards(sign_in: SignIn) -> dict[str, str]:
    page = shown(sign_in(SAM), "/me/updates")
    return {card.h2.text: words(card.text) for card in page.select("main .card") if card.h2}


def test_each_update_says_who_can_see_it_and_until_when(sign_in: SignIn) -> None:
    found = cards(sign_in)

    assert "Who can see this: Dana (until Feb 12) Nobody has looked yet." in found["What we are working on this week"]
    assert (
        "Who can see this: Dana (until Feb 12), Alex (until I leave the program)" in found["Group moves to 6:30 once"]
    )


def test_who_has_looked_is_named_with_the_time(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    dana = sign_in(DANA)
    dana.get(link(shown(dana, "/updates"), "What we are working on this week"))

    page = shown(sam, link(shown(sam, "/me/updates"), "What we are working on this week"))

    assert "Who has looked: Dana (today, 8:30 AM)" in words(page.text)
    assert "Then wait for the answer." in page.text


def test_what_nobody_else_can_see_is_there_and_says_so(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), db.sessionmaker.begin() as own_session:
        cast = Cast(own_session, MORNING)
        sam = own_session.get_one(Patient, patient_id(app, SAM))
        cast.staff["Ben"] = own_session.scalars(select(StaffMember).where(StaffMember.name == "Ben Osei")).one()
        cast.update(sam, None, "For you alone", "Words.", dt.timedelta(hours=1), "Ben")

    assert "Who can see this: only you and your care team." in cards(sign_in)["For you alone"]


def test_while_paused_nobody_sees_any(sign_in: SignIn) -> None:
    submit(sign_in(SAM), "/me", "form[action='/me/sharing/pause']")

    assert all("only you and your care team, while sharing is paused" in card for card in cards(sign_in).values())


def test_nobody_reads_the_updates_of_another_patient(sign_in: SignIn) -> None:
    sams = link(shown(sign_in(SAM), "/me/updates"), "What we are working on this week")

    assert sign_in(ROBIN).get(sams).status_code == 404
    assert "No updates yet." in sign_in(ROBIN).get("/me/updates").text


def beside(page: object) -> dict[str, str]:
    """What each kind of session says of who can see it, the last one of its kind."""
    slots = page.select(".agenda .slot")  # type: ignore[attr-defined]
    return {words(slot.span.text): words(slot.find_next("p").text) for slot in slots if "off" not in slot["class"]}


@pytest.mark.parametrize("address", ["/me", "/me/schedule"])
def test_every_session_says_who_can_see_it_and_by_which_consent(app: Flask, sign_in: SignIn, address: str) -> None:
    page = shown(sign_in(SAM), address)

    said = beside(page)
    assert said["Group. Room 1"] == "Who can see this: Dana (until Feb 12), Alex (until I leave the program)"
    assert said["Family session with Dana and Ben Osei. Online"] == "Who can see this: Dana (until Feb 12)"
    signed = page.select_one(".agenda .slot ~ * a")
    assert signed["href"].endswith("/copy")

    with at_the_clinic(app):
        session().execute(update(ScheduleEntry).values(is_hidden=True))
    assert beside(shown(sign_in(SAM), address))["Group. Room 1"] == "Who can see this: only you and your care team."


def test_a_list_of_sessions_says_who_can_see_each(sign_in: SignIn) -> None:
    assert "Who can see this: Dana (until Feb 12)" in words(shown(sign_in(SAM), "/me/sessions").text)
