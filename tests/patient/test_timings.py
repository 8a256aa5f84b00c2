"""How many clicks and how many seconds it takes to stop, to pause, to share, and to go on after being signed out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.cast import ALEX, DANA, PAT, SAM
from portal.models import Consent, OutgoingEmail, RecordEntry, SharingDraft
from tests.browser_form import filled, soup
from tests.conftest import Clock, SignIn
from tests.patient.test_sharing import link, shown
from tests.services.test_consents import account_id, outcome, rows, scopes_of, waiting_email

# What one press and one typed field take somebody, beside the time of the server.
A_CLICK, AN_ENTRY = 1.0, 2.5


@dataclass
class Hands:
    """Somebody at a browser, whose clicks, typed fields and seconds are counted."""

    client: FlaskClient
    clicks: int = 0
    entries: int = 0
    server: float = 0.0
    page: Any = None

    def open(self, url: str) -> Hands:
        began = time.monotonic()
        self.page = self.client.get(url, follow_redirects=True)
        self.server += time.monotonic() - began
        assert self.page.status_code == 200, f"{url} answered {self.page.status_code}"
        return self

    def follow(self, name: str) -> Hands:
        self.clicks += 1
        return self.open(self._address(name))

    def send(self, which: str | None = None, *, tick: dict[str, Any] | None = None, **typed: str) -> Hands:
        """Tick and type into the form of this page, and press its button."""
        ticks = tick or {}
        self.clicks += 1 + sum(len(one) if isinstance(one, list) else 1 for one in ticks.values())
        self.entries += len(typed)
        address, values = filled(self.page, which, **ticks, **typed)
        began = time.monotonic()
        self.page = self.client.post(address, data=values, follow_redirects=True)
        self.server += time.monotonic() - began
        return self

    def _address(self, name: str) -> str:
        found = [a for a in self.here.select("main a") if name in (" ".join(a.text.split()), a.get("aria-label"))]
        assert found, f"no link {name!r} on {self.path}"
        return str(found[0]["href"])

    @property
    def here(self) -> BeautifulSoup:
        return soup(self.page)

    @property
    def path(self) -> str:
        return self.page.request.path

    @property
    def words(self) -> str:
        return " ".join(self.here.text.split())

    @property
    def seconds(self) -> float:
        return self.server + A_CLICK * self.clicks + AN_ENTRY * self.entries


def says_nothing_of_sam(client: FlaskClient) -> bool:
    page = client.get("/home")
    return page.status_code == 200 and "Sam" not in page.text


def test_stopping_takes_one_click_and_counts_within_a_second(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    open_page = link(shown(dana, "/updates"), "What we are working on this week")
    assert dana.get(open_page).status_code == 200
    email = waiting_email(app, DANA)
    sam = Hands(sign_in(SAM)).open("/me/sharing")

    sam.send("button[aria-label='Stop sharing with Dana Rivera']")
    began = time.monotonic()
    after = dana.get(open_page)

    assert (sam.clicks, sam.entries) == (1, 0)
    assert after.status_code == 404
    assert says_nothing_of_sam(dana)
    assert time.monotonic() - began < 5
    assert sam.words.count("Done. Dana sees nothing now. Stopped at 8:30 AM.") == 1
    assert outcome(app, email) == "withheld"
    assert rows(app, select(OutgoingEmail.reason).where(OutgoingEmail.id == email)) == ["sharing ended"]
    assert len(rows(app, select(RecordEntry).where(RecordEntry.act == "stopped"))) == 1
    new = rows(app, select(OutgoingEmail.account_id).where(OutgoingEmail.ended_at.is_(None)))
    assert new == [account_id(app, SAM)], "Sam is told, Dana is not"


def test_a_pause_takes_one_click_and_its_end_another(app: Flask, sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    sam = Hands(sign_in(SAM)).open("/me")

    sam.send("form[action='/me/sharing/pause']")

    assert sam.clicks == 1
    assert says_nothing_of_sam(dana)
    assert says_nothing_of_sam(alex)
    assert "You have a family session with Dana: tomorrow, 5:30 PM." in sam.words
    assert {button.text.strip() for button in sam.here.select("[role=alert] button")} >= {"Keep it", "Cancel it"}

    sam.send("main form[action='/me/sharing/resume']")

    assert (sam.clicks, sam.entries) == (2, 0), "no signature"
    assert not says_nothing_of_sam(dana)
    assert not says_nothing_of_sam(alex)
    assert scopes_of(app, PAT, SAM) == set(), "what ended stays ended"


def test_sharing_with_a_signature_fits_into_a_minute(app: Flask, sign_in: SignIn) -> None:
    sam = Hands(sign_in(SAM)).open("/me/sharing")

    sam.follow("Share with someone new")
    sam.send(tick={"person": "new", "reach": "email"}, name="Kai Rivera", relation="Brother", email="kai@example.org")
    for question in ("what", "emails", "until"):
        assert sam.path == f"/me/sharing/new/{question}"
        assert sam.here.select("main [checked]") == [], "nothing is ticked beforehand"
        sam.send(tick=GIVEN[question])
    on_the_page = sam.here.select_one("[data-signed-text]")
    sam.send(tick={"wants_to": "y"}, typed_name="Sam Rivera")

    assert sam.path == "/me/sharing/new/done", sam.words[:300]
    assert on_the_page is not None
    sam.follow("See what Kai will see")
    assert sam.clicks <= 16
    assert sam.entries <= 4
    assert sam.seconds <= 60


GIVEN: dict[str, dict[str, Any]] = {
    "what": {"scopes": ["times", "going"]},
    "emails": {"email_level": "notice"},
    "until": {"until": "program", "purpose": "support"},
}


def test_talking_first_shares_nothing_and_is_one_task_for_the_care_team(app: Flask, sign_in: SignIn) -> None:
    before = rows(app, select(func.count()).select_from(Consent))
    sam = Hands(sign_in(SAM)).open("/me/sharing").follow("Share with someone new")
    sam.send(tick={"person": "new", "reach": "email"}, name="Kai Rivera", relation="Brother", email="kai@example.org")
    for question in ("what", "emails", "until"):
        sam.send(tick=GIVEN[question])

    sam.send("button[name=talk]")

    assert "Good idea. Nothing is shared." in sam.words
    assert rows(app, select(func.count()).select_from(Consent)) == before
    assert len(rows(app, select(SharingDraft).where(SharingDraft.wants_to_talk_at.is_not(None)))) == 1


def test_who_was_signed_out_goes_on_at_the_same_step(sign_in: SignIn, clock: Clock) -> None:
    sam = Hands(sign_in(SAM)).open("/me/sharing").follow("Share with someone new")
    sam.send(tick={"person": "new", "reach": "email"}, name="Kai Rivera", relation="Brother", email="kai@example.org")
    sam.send(tick=GIVEN["what"]).send(tick=GIVEN["emails"])
    left_at = sam.path
    clock.forward(minutes=31)
    assert sam.client.application.test_client().get(left_at).status_code == 303, "signed out, it leads to the sign-in"

    again = Hands(sign_in(SAM)).open("/me/sharing").follow("Go on sharing")

    assert again.path == left_at == "/me/sharing/new/until"
    again.open("/me/sharing/new/what")
    assert {box["value"] for box in again.here.select("[name=scopes][checked]")} == {"times", "going"}
    again.open("/me/sharing/new/who")
    assert again.here.select_one("[name=email]")["value"] == "kai@example.org"  # type: ignore[index]


def test_an_empty_form_says_what_is_missing_at_every_step_and_forgets_nothing(sign_in: SignIn) -> None:
    sam = Hands(sign_in(SAM)).open("/me/sharing/new/who")
    steps: list[dict[str, Any]] = [
        {"tick": {"person": "new", "reach": "email"}, "name": "Kai", "relation": "Brother", "email": "k@example.org"},
        *({"tick": GIVEN[question]} for question in ("what", "emails", "until")),
        {"tick": {"wants_to": "y"}, "typed_name": "Sam Rivera"},
    ]
    for given in steps:
        sam.send()
        assert sam.page.status_code == 200
        assert sam.here.select_one(".error-summary a"), f"{sam.path} has no summary"
        assert sam.here.select_one(".field-error"), f"{sam.path} says nothing beside the field"
        sam.send(**given)

    assert sam.path == "/me/sharing/new/done"
