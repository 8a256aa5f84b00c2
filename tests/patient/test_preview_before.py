"""See it before they do: what was chosen, looked at before it is signed or accepted, and nothing of it stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock as the_clock
from portal.cast import DANA, MAYA, SAM, Person
from portal.consent.viewer import Viewer
from portal.db import commit, db, session
from portal.models import Account, RelatedPerson, Relative
from portal.models.base import Base
from portal.services.rehearsals import NeverKept, if_accepted
from tests.browser_form import submit
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.patient.test_minors import before_signing
from tests.patient.test_preview import preview_of
from tests.patient.test_sharing import link, shown
from tests.patient.test_signing import NEW, PAGES, answer, sign
from tests.services.test_consents import rows

DRAFT = f"{NEW}/preview"
KAI = Person("kai@example.org", "Kai", "Rivera", "Sam’s brother")


LINK = re.compile(r'<a\b[^>]*>(.*?)</a>|<span class="(?:as-link|btn[^"]*)">(.*?)</span>', re.S)


def part(client: FlaskClient, address: str, begins: str, ends: str) -> str:
    """A part of a page as it was sent, but for links: in a frame they lead nowhere."""
    found = re.search(f"{begins}(.*?){ends}", client.get(address).text, re.S)
    assert found is not None
    return LINK.sub(r"[\1\2]", found[1]).strip()


def page_of(client: FlaskClient, address: str) -> str:
    """The main part of a relative's page."""
    return part(client, address, '<main id="main"[^>]*>', "</main>")


def framed(client: FlaskClient, address: str) -> str:
    """What stands in the frame of a preview."""
    return part(client, address, '<div class="preview-page"><div>', r'</div></div>\s*<p class="soft">')


def everything_stored(app: Flask) -> dict[str, list[Any]]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in Base.metadata.sorted_tables
        }


def accept(app: Flask, name: str) -> None:
    """Somebody who was invited makes a sign-in and accepts."""
    with at_the_clinic(app):
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.name == name)).one()
        person.relative = Relative(account=Account(email=person.email), given_name="Kai", family_name="Rivera")
        person.accepted_at = the_clock.now()


@pytest.mark.both_databases
def test_what_sam_sees_before_signing_is_what_kai_sees_afterwards_and_nothing_of_it_is_stored(
    app: Flask, sign_in: SignIn
) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES, what={"scopes": ["times", "family", "going"]})
    address = link(shown(sam, f"{NEW}/check"), "See what Kai will see")
    tabs = ("", "/schedule", "/sessions", "/updates")
    before = everything_stored(app)

    foreseen = [framed(sam, address + tab) for tab in tabs]

    assert everything_stored(app) == before
    assert address == DRAFT
    sign(sam)
    accept(app, "Kai Rivera")
    kai = sign_in(KAI)
    for tab, seen in zip(tabs, foreseen, strict=True):
        about, _, page = seen.partition("</p>")
        assert "You are looking at what Sam shares with you" in about
        assert page.strip() == page_of(kai, tab or "/home")


def test_every_page_says_that_it_is_a_preview_and_that_nothing_is_shared(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES)
    home = shown(sam, DRAFT)
    update = link(shown(sam, f"{DRAFT}/updates"), "What we are working on this week")

    assert [a["href"] for a in home.select(".site-nav a")] == [DRAFT, f"{DRAFT}/schedule", f"{DRAFT}/updates"]
    for address in (DRAFT, f"{DRAFT}/schedule", f"{DRAFT}/updates", update):
        page = shown(sam, address)
        assert "this is what Kai would see after you sign and they accept." in page.text
        assert "You have not signed, so nothing here is shared yet." in page.text
        assert page.select(".preview-page a[href], .preview-page form:not([inert])") == []
        assert page.select(f'.preview a[href="{NEW}/check"]')


def test_signing_for_less_is_seen_as_less_while_dana_still_sees_it_all(sign_in: SignIn) -> None:
    sam, dana = sign_in(SAM), sign_in(DANA)
    all_of_it = page_of(dana, "/updates")
    ref = link(shown(sam, "/me/sharing"), "Dana Rivera").rsplit("/", 1)[1]
    answer(sam, *PAGES, who={"person": ref}, what={"scopes": ["times"]})

    assert [a.text for a in shown(sam, DRAFT).select(".site-nav a")] == ["Home", "Schedule"]
    assert sam.get(f"{DRAFT}/updates").status_code == 404
    assert page_of(dana, "/updates") == all_of_it


def test_a_draft_with_a_gap_leads_to_the_question(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, "who", "what")

    assert sam.get(DRAFT).location == f"{NEW}/emails"


def test_maya_sees_what_her_aunt_would_see_before_her_mother_has_signed(sign_in: SignIn) -> None:
    maya = sign_in(MAYA)
    before_signing(maya)

    assert "You are looking at what Maya shares with you" in framed(maya, DRAFT)


def test_what_ivy_will_see_once_she_accepts(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    before = everything_stored(app)

    page = shown(sam, preview_of(sam, "Ivy Vale"))

    assert "this is what Ivy will see once they accept. Nothing is shared yet." in " ".join(page.text.split())
    assert "You are looking at what Sam shares with you" in page.text
    assert everything_stored(app) == before


def test_while_sharing_is_paused_nobody_would_see_anything(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES)
    submit(sam, "/me/sharing", "form[action='/me/sharing/pause']")

    page = shown(sam, DRAFT)

    assert "Sharing is paused. Nobody sees anything." in " ".join(page.text.split())
    assert "Nothing is shared with you right now" in page.text


def test_what_is_done_to_be_looked_at_cannot_be_kept(app: Flask) -> None:
    ivy = rows(app, select(RelatedPerson.id).where(RelatedPerson.name == "Ivy Vale"))[0]

    with (
        app.app_context(),
        if_accepted(patient_id(app, SAM), ivy, Viewer(account_id=None)),
        pytest.raises(NeverKept),
    ):
        commit()

    assert rows(app, select(RelatedPerson.accepted_at).where(RelatedPerson.id == ivy)) == [None]
