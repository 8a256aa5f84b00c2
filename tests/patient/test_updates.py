"""The patient reads every update about them, and who can and who did."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import select

from portal.cast import DANA, ROBIN, SAM, Cast
from portal.db import db
from portal.models import Patient, StaffMember
from tests.browser_form import submit
from tests.conftest import MORNING, SignIn, patient_id
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


def test_sessions_and_times_say_who_can_see_them(sign_in: SignIn) -> None:
    sam = sign_in(SAM)

    schedule = words(shown(sam, "/me/schedule").select_one("details").text)  # type: ignore[union-attr]
    sessions = words(shown(sam, "/me/sessions").text)

    assert "Session times Who can see this: Dana (until Feb 12), Alex (until I leave the program)" in schedule
    assert "Who can see this: Dana (until Feb 12)" in sessions
