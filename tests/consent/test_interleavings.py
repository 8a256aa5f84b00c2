"""Nothing that discloses begins after a stop was answered, in whatever order it meets the others.

`make test` draws orders by lot; `make proofs` draws thousands, and plays every order with so many
interruptions. What is shown begins at the moment whose rows its transaction reads, an email when it is handed over.
"""

from __future__ import annotations

import os

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import BEN, DANA, RUTH, SAM
from portal.config import Settings
from portal.consent.scopes import Scope
from portal.consent.viewer import Viewer, look_as
from portal.db import commit, session
from portal.emails import line, outbox
from portal.models import Account, FamilyUpdate, Patient, RelatedPerson, StaffMember
from portal.services import feeds, fence
from tests.conftest import SignIn
from tests.consent.conftest import Counted
from tests.consent.meetings import LESS, MEETINGS, House, Meeting
from tests.consent.stage import Grain

# How many orders of each meeting to draw by lot, or more until in one something is disclosed; 0 plays every one.
SCHEDULES = int(os.environ.get("SCHEDULES", "12"))


@pytest.fixture
def settings(settings_with_a_mail_server: Settings) -> Settings:
    """Each order begins with a copy of the database."""
    return settings_with_a_mail_server


@pytest.fixture
def house(app: Flask, sign_in: SignIn) -> House:
    with app.app_context():
        g.reading = True
        ask = session().scalars
        sam = ask(select(Patient).join(Account).where(Account.email == SAM.email)).one()
        dana = ask(
            select(RelatedPerson).where(RelatedPerson.patient_id == sam.id, RelatedPerson.name == DANA.name)
        ).one()
        assert dana.relative is not None
        viewer = Viewer(
            dana.relative.account_id, dana.relative.account.ref, relative_id=dana.relative.id, door="family"
        )
        update = ask(select(FamilyUpdate.id).where(FamilyUpdate.scope == Scope.GOING)).first()
        staff = {member.name: member.id for member in ask(select(StaffMember))}
        assert update is not None
        ids = sam.id, dana.id, viewer, staff[BEN.name], staff[RUTH.name], update
    return House(app, sign_in(DANA), app.test_client(), _calendar_of(app, viewer), *ids)


def _calendar_of(app: Flask, viewer: Viewer) -> str:
    with app.app_context():
        look_as(viewer)
        feeds.make("a form")
        commit()
        return feeds.address_made_by("a form") or ""


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.name)
def test_nothing_is_disclosed_after_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch, meeting: Meeting, counted: Counted
) -> None:
    played, disclosed, too_late = 0, 0, []
    for story in house.stories(meeting, monkeypatch, most=20 * SCHEDULES):
        played += 1
        disclosed += bool(story.disclosed)
        if story.disclosed_after_the_return:
            too_late.append((story.choices, story.events))
        if disclosed and 0 < SCHEDULES <= played:
            break

    numbers = {"orders": played, "disclosed before the answer": disclosed, "disclosed after it": len(too_late)}
    counted(f"Orders of {meeting.name}", numbers)
    counted("Orders of all meetings", numbers)
    assert not too_late, too_late[0]
    assert played >= SCHEDULES, "fewer orders were played than were asked for"
    assert disclosed, "in no order anything was disclosed at all, so this proves nothing"


@pytest.mark.parametrize("less", LESS)
def test_without_the_fence_an_email_is_handed_over_after_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch, less: str
) -> None:
    monkeypatch.setattr(fence, "wait_for_the_postman", lambda *_: None)
    stories = house.stories(Meeting(less, ("postman",), Grain.TRANSACTION), monkeypatch, most=300)

    assert any(story.disclosed_after_the_return for story in stories)


def test_a_postman_who_may_take_longer_than_his_lease_is_found_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "DEADLINE", outbox.LEASE * 2)
    stories = house.stories(Meeting("stop", ("postman", "time"), Grain.TRANSACTION), monkeypatch, most=1000)

    assert any(story.disclosed_after_the_return for story in stories)
