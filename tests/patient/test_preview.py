"""See it as they do: exactly what the relative sees of this patient, and nothing else of theirs."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy import func, select

from portal.cast import ALEX, DANA, ROBIN, SAM
from portal.models import RecordEntry
from portal.patient.preview import Preview, Seen
from tests.browser_form import submit
from tests.conftest import SignIn
from tests.patient.test_sharing import link, shown, stop_button
from tests.services.test_consents import rows


def preview_of(client: FlaskClient, name: str) -> str:
    return link(shown(client, "/me/sharing"), name) + "/preview"


def words_in(page: BeautifulSoup, where: str) -> list[str]:
    """The words of a page, without the frame of the preview."""
    found = page.select_one(where)
    assert found is not None
    return [" ".join(text.split()) for text in found.stripped_strings]


@pytest.mark.parametrize(("theirs", "tab"), [("/home", ""), ("/schedule", "/schedule"), ("/sessions", "/sessions")])
def test_it_is_word_for_word_what_alex_sees(sign_in: SignIn, theirs: str, tab: str) -> None:
    alex_sees = words_in(shown(sign_in(ALEX), theirs), "main")
    sam = sign_in(SAM)

    page = shown(sam, preview_of(sam, "Alex Rivera") + tab)

    in_the_frame = words_in(page, ".preview-page")
    assert in_the_frame[-len(alex_sees) :] == alex_sees
    assert in_the_frame[: -len(alex_sees)] == [
        "You are looking at what Sam shares with you, until Saturday, March 13."
    ]  # fmt: skip


def test_sam_never_learns_that_robin_shares_with_dana_too(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    start = preview_of(sam, "Dana Rivera")
    assert "Robin" in sign_in(DANA).get("/home").text

    for tab in ("", "/schedule", "/sessions", "/updates"):
        assert "Robin" not in sam.get(start + tab).text


def test_an_update_reads_as_dana_reads_it(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    updates = shown(sam, preview_of(sam, "Dana Rivera") + "/updates")

    one = shown(sam, link(updates, "What we are working on this week"))

    assert "Do you want me to listen" in " ".join(words_in(one, ".preview-page"))


def test_what_alex_may_not_see_is_not_in_his_preview(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    updates = sam.get(preview_of(sam, "Alex Rivera") + "/updates").text
    of_dana = link(shown(sam, preview_of(sam, "Dana Rivera") + "/updates"), "What we are working on this week")

    assert "Group moves to 6:30 once" in updates
    assert "What we are working on this week" not in updates
    assert sam.get(preview_of(sam, "Alex Rivera") + "/updates/" + of_dana.rsplit("/", 1)[1]).status_code == 404


def test_a_preview_is_no_look(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    before = rows(app, select(func.count()).select_from(RecordEntry))
    start = preview_of(sam, "Dana Rivera")

    for tab in ("", "/schedule", "/sessions", "/updates"):
        sam.get(start + tab)
    sam.get(link(shown(sam, start + "/updates"), "What we are working on this week"))

    assert rows(app, select(func.count()).select_from(RecordEntry)) == before


def test_nothing_in_the_frame_can_be_pressed(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    start = preview_of(sam, "Dana Rivera")

    for tab in ("", "/schedule", "/sessions", "/updates"):
        frame = shown(sam, start + tab).select_one(".preview-page")
        assert frame is not None
        assert frame.select("a[href]") == []
        assert frame.select("form:not([inert])") == []


def test_a_link_of_any_page_would_lead_nowhere_in_the_frame() -> None:
    page = Markup('<p><a class="slot" href="/sessions/a?b=c">Monday</a></p><form method="get">…</form>')

    assert Preview("Dana", Seen.NOW, "/me").still(page) == (
        '<p><a class="slot" role="link" aria-disabled="true">Monday</a></p><form inert method="get">…</form>'
    )


def test_the_tabs_are_addresses_of_the_patient(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    start = preview_of(sam, "Dana Rivera")

    tabs = [a["href"] for a in shown(sam, start).select(".site-nav a")]

    assert tabs == [start, f"{start}/schedule", f"{start}/sessions", f"{start}/updates"]


def test_what_is_not_shared_has_no_tab(sign_in: SignIn) -> None:
    robin = sign_in(ROBIN)
    start = preview_of(robin, "Dana Rivera")

    assert [a["href"] for a in shown(robin, start).select(".site-nav a")] == [start, f"{start}/schedule"]
    assert robin.get(f"{start}/updates").status_code == 404


@pytest.mark.parametrize("way", ["stopped", "paused", "asked", "ended"])
def test_where_nothing_is_shared_it_is_the_page_of_somebody_with_nothing(sign_in: SignIn, way: str) -> None:
    sam = sign_in(SAM)
    name = {"asked": "Jo Rivera", "ended": "Pat Rivera"}.get(way, "Dana Rivera")
    start = preview_of(sam, name)
    if way == "stopped":
        submit(sam, "/me/sharing", stop_button("Dana Rivera"))
    if way == "paused":
        submit(sam, "/me/sharing", "form[action='/me/sharing/pause']")

    page = shown(sam, start)

    assert "Nothing is shared with you right now" in page.text
    assert not re.search(r"\bSam\b", " ".join(words_in(page, ".preview-page")))


def test_another_patient_cannot_open_it(sign_in: SignIn) -> None:
    start = preview_of(sign_in(SAM), "Alex Rivera")

    assert sign_in(ROBIN).get(start).status_code == 404
