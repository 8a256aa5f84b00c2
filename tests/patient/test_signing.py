"""Share with someone: six short pages, nothing ticked, and the very text that was shown is what is stored."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.cast import DANA, PAT, SAM
from portal.models import Consent, ConsentScope, RelatedPerson, SharingDraft
from tests.browser_form import filled, send, submit
from tests.conftest import Clock, SignIn
from tests.patient.test_sharing import link, shown
from tests.services.test_consents import rows, scopes_of

NEW = "/me/sharing/new"
KAI = {"person": "new", "name": "Kai Rivera", "relation": "My brother", "reach": "email", "email": "kai@example.org"}
GIVEN: dict[str, dict[str, Any]] = {
    "who": KAI,
    "what": {"scopes": ["times", "going"]},
    "emails": {"email_level": "notice"},
    "until": {"until": "program", "purpose": "support"},
}
PAGES = tuple(GIVEN)


def answer(client: FlaskClient, *pages: str, **instead: dict[str, Any]) -> None:
    for page in pages:
        response = submit(client, f"{NEW}/{page}", **(instead.get(page) or GIVEN[page]))
        assert response.status_code == 303, f"{page} was refused: {problem(response)}"


def sign(client: FlaskClient, **fields: Any) -> TestResponse:
    return submit(client, f"{NEW}/check", **({"typed_name": "Sam Rivera", "wants_to": "y"} | fields))


def problem(response: TestResponse) -> str:
    summary = BeautifulSoup(response.text, "html.parser").select_one(".error-summary")
    return " ".join(summary.text.split()) if summary else ""


def text_on(page: BeautifulSoup) -> str:
    """The document as it stands on a page, paragraph by paragraph."""
    return "\n\n".join(
        "\n".join(line.strip() for line in paragraph.get_text("\n").split("\n") if line.strip())
        for paragraph in page.select("[data-signed-text] p")
    )


def newest(app: Flask) -> Consent:
    return rows(app, select(Consent).order_by(Consent.id.desc()).limit(1))[0]


def number_of(app: Flask, what: Any) -> int:
    return int(rows(app, select(func.count()).select_from(what))[0])


@pytest.mark.both_databases
def test_what_is_shown_is_what_is_stored(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES)
    on_the_page = text_on(shown(sam, f"{NEW}/check"))

    done = sign(sam)

    consent = newest(app)
    assert done.status_code == 303
    assert consent.text_shown == on_the_page
    assert consent.text_hash == hashlib.sha256(on_the_page.encode()).hexdigest()
    assert text_on(shown(sam, link(shown(sam, done.location), "Your signed copy"))) == on_the_page
    assert consent.text_hash in sam.get(link(shown(sam, done.location), "Your signed copy")).text


def test_every_element_the_law_names_stands_on_the_page(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES)

    text = text_on(shown(sam, f"{NEW}/check"))

    for words in (
        "Who this is about\nSam Rivera",
        "Who may share\nRiverbend Recovery Services LLC, my care team here.",
        "Who gets it\nKai Rivera, my brother",
        "What\nThat I take part in this program; session times: days and times; how it is going",
        "alcohol or drug treatment and mental health care",
        "Why\nSo they can support me",
        "Until\nThe day I leave the program, and never later than the end of Sunday, February 14, 2027.",
        "You can stop at any time: here, by phone or in writing. What was already shared cannot be pulled back.",
        "You do not have to sign. Your care, payment and benefits do not depend on it.",
        "Date\nMonday, November 23, 2026",
    ):
        assert words in text


def test_a_brother_who_was_invited_sees_nothing_until_he_accepts(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES)

    done = shown(sam, sign(sam).location)

    assert "Kai gets an invitation, and sees nothing until they accept." in done.text
    assert "Waiting for them to accept" in sam.get("/me/sharing").text
    assert rows(app, select(RelatedPerson.accepted_at).where(RelatedPerson.name == "Kai Rivera")) == [None]


def test_nothing_is_ticked_at_the_start(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, "who")

    for page in PAGES[1:]:
        assert shown(sam, f"{NEW}/{page}").select("[checked]") == []


@pytest.mark.parametrize(
    ("page", "without", "words"),
    [
        ("who", {"person": None}, "Choose who to share with"),
        ("who", {"name": ""}, "Enter their name"),
        ("who", {"email": ""}, "Enter their email, or choose a printed letter"),
        ("who", {"email": "sam@example.org"}, "This email is the one on your own account"),
        ("what", {"scopes": None}, "Choose at least one thing they can see"),
        ("emails", {"email_level": None}, "Choose what our emails may say"),
        ("until", {"until": None}, "Choose until when they can see it"),
        ("until", {"until": "date"}, "Enter a date in the next 12 months, like 2 11 2027"),
        ("until", {"purpose": None}, "Choose why you are sharing"),
    ],
)
def test_a_page_that_lacks_an_answer_says_so_beside_the_field(
    sign_in: SignIn, page: str, without: dict[str, Any], words: str
) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES[: PAGES.index(page)])

    refused = submit(sam, f"{NEW}/{page}", **(GIVEN[page] | without))

    soup = BeautifulSoup(refused.text, "html.parser")
    said = soup.select_one(".error-summary a")
    assert refused.status_code == 200
    assert said is not None
    assert said.text.startswith(words)
    assert soup.select_one(str(said["href"])) is not None, "the link leads to the field"
    assert soup.select_one(".field-error") is not None
    assert soup.title is not None
    assert "Error:" in soup.title.text


def test_a_date_is_kept_when_it_is_too_far_away(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES[:3])
    far = {"until": "date", "ends_on-month": "11", "ends_on-day": "24", "ends_on-year": "2027", "purpose": "own"}

    refused = submit(sam, f"{NEW}/until", **far)

    assert "Enter a date in the next 12 months" in problem(refused)
    assert BeautifulSoup(refused.text, "html.parser").select_one("[name='ends_on-year']")["value"] == "2027"  # type: ignore[index]


def test_answers_are_kept_when_going_back_and_when_signing_out(sign_in: SignIn, clock: Clock) -> None:
    answer(sign_in(SAM), "who", "what")
    clock.forward(days=29)
    sam = sign_in(SAM)

    assert "You began to share with Kai" in sam.get("/me/sharing").text
    assert shown(sam, f"{NEW}/who").select_one("[name=email]")["value"] == "kai@example.org"  # type: ignore[index]
    assert len(shown(sam, f"{NEW}/what").select("[name=scopes][checked]")) == 2
    assert sam.get(f"{NEW}/check").location == f"{NEW}/emails", "on to the first page without an answer"


def test_a_draft_is_forgotten_after_thirty_days(sign_in: SignIn, clock: Clock) -> None:
    answer(sign_in(SAM), "who", "what")
    clock.forward(days=31)

    assert "You began to share" not in sign_in(SAM).get("/me/sharing").text


def test_save_and_finish_later_shares_nothing(app: Flask, sign_in: SignIn) -> None:
    sam, before = sign_in(SAM), number_of(app, Consent)
    answer(sam, "who")

    submit(sam, f"{NEW}/what", "button[name=later]", scopes=["times"])

    assert "Your answers are saved. Nothing is shared." in sam.get("/me/sharing").text
    assert number_of(app, Consent) == before


def test_talk_to_someone_first_shares_nothing_and_asks_the_care_team(app: Flask, sign_in: SignIn) -> None:
    sam, before = sign_in(SAM), number_of(app, Consent)
    answer(sam, *PAGES)

    submit(sam, f"{NEW}/check", "button[name=talk]")

    assert "We told your care team that you would like to talk." in sam.get("/me/sharing").text
    assert number_of(app, Consent) == before
    assert rows(app, select(SharingDraft.wants_to_talk_at)) != [None]


def test_a_draft_can_be_thrown_away(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, "who")

    submit(sam, "/me/sharing", f"form[action='{NEW}/throw-away']")

    assert number_of(app, SharingDraft) == 0


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({"typed_name": ""}, "Type your full name the way it is on your account: Sam Rivera"),
        ({"wants_to": None}, "Tick the box to show you want to sign"),
    ],
)
def test_without_a_signature_nothing_is_shared(
    app: Flask, sign_in: SignIn, lacking: dict[str, Any], words: str
) -> None:
    sam, before = sign_in(SAM), number_of(app, Consent)
    answer(sam, *PAGES)

    refused = sign(sam, **lacking)

    assert refused.status_code == 200
    assert words in problem(refused)
    assert number_of(app, Consent) == before
    assert sign(sam).status_code == 303, "the same answers can still be signed"


def test_a_text_that_changed_since_it_was_shown_must_be_read_again(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    sam, before = sign_in(SAM), number_of(app, Consent)
    answer(sam, *PAGES)
    old_page = sam.get(f"{NEW}/check")
    answer(sam, "what", what={"scopes": ["times", "going", "leave"]})

    refused = send(sam, old_page, typed_name="Sam Rivera", wants_to="y")

    assert "What you would sign has changed since you opened this page. Read it again, then sign" in problem(refused)
    assert number_of(app, Consent) == before
    signed = send(sam, refused, typed_name="Sam Rivera", wants_to="y")
    assert signed.status_code == 303
    assert "leaving plan" in newest(app).text_shown


@pytest.mark.both_databases
def test_five_identical_signatures_are_one_consent(app: Flask, sign_in: SignIn) -> None:
    sam, before = sign_in(SAM), number_of(app, Consent)
    answer(sam, *PAGES)
    action, form = filled(sam.get(f"{NEW}/check"), typed_name="Sam Rivera", wants_to="y")

    answers = [sam.post(action, data=form) for _ in range(5)]

    assert {(one.status_code, one.location) for one in answers} == {(303, answers[0].location)}
    assert number_of(app, Consent) == before + 1


def test_sharing_again_brings_the_answers_along_and_still_asks_for_a_signature(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    row = next(row for row in shown(sam, "/me/sharing").select("table.matrix tbody tr") if "Pat" in row.text)
    again = str(row.select_one("td a")["href"])  # type: ignore[index]

    chosen = submit(sam, again)

    assert chosen.location == f"{NEW}/what"
    ticked = {box["value"] for box in shown(sam, f"{NEW}/what").select("[name=scopes][checked]")}
    assert ticked == {"times", "kind", "place", "going"}
    answer(sam, "what", "emails", "until")
    assert scopes_of(app, PAT, SAM) == set()
    sign(sam)
    assert scopes_of(app, PAT, SAM) == {"times", "going"}


def test_a_request_leads_to_the_boxes_with_nothing_ticked(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    request = link(shown(sam, "/me/sharing"), "Look at what Jo asked")
    flow = link(shown(sam, request), "Choose what to share with Jo")

    assert submit(sam, flow).status_code == 303

    assert "What can Jo see?" in sam.get(f"{NEW}/what").text
    assert shown(sam, f"{NEW}/what").select("[checked]") == []


def test_dana_gets_more_only_after_a_signature(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    person = link(shown(sam, "/me/sharing"), "Dana Rivera")

    asked = submit(sam, person, "button[aria-label='Turn on: needs your signature, Leaving plan']")

    assert (asked.status_code, asked.location) == (303, f"{NEW}/check"), "every other answer came along"
    assert "leave" not in scopes_of(app, DANA, SAM)

    done = sign(sam)

    assert "leave" in scopes_of(app, DANA, SAM)
    assert "Dana can see it now." in sam.get(done.location).text


def test_whoever_turns_the_place_on_again_without_session_times_signs_for_both(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    person = link(shown(sam, "/me/sharing"), "Dana Rivera")
    submit(sam, person, "button[aria-label='Turn off Session times for Dana']")
    assert "times" not in scopes_of(app, DANA, SAM)

    asked = submit(sam, person, "button[aria-label='Turn on: needs your signature, Place of each session']")
    assert (asked.status_code, asked.location) == (303, f"{NEW}/check")
    text = text_on(shown(sam, f"{NEW}/check"))
    assert "session times: days and times" in text
    assert "where each session is" in text
    assert "what kind each session is" not in text
    sign(sam)

    assert "times" in scopes_of(app, DANA, SAM)


def test_a_draft_of_another_patient_is_not_there(sign_in: SignIn) -> None:
    from portal.cast import ROBIN

    answer(sign_in(SAM), "who", "what")

    assert "Kai" not in sign_in(ROBIN).get(f"{NEW}/who").text
    assert sign_in(ROBIN).get(f"{NEW}/what").location == f"{NEW}/who"


def test_a_name_with_markup_stands_on_the_page_as_it_was_typed(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES, who=KAI | {"name": "<b>Kai</b> O’Brien-نور 🌻", "email": "kai2@example.org"})

    page = sam.get(f"{NEW}/check")

    assert "<b>Kai</b>" not in page.text
    assert "<b>Kai</b> O’Brien-نور 🌻" in text_on(BeautifulSoup(page.text, "html.parser"))
    sign(sam)
    assert "<b>Kai</b> O’Brien-نور 🌻" in newest(app).text_shown


def test_thirty_days_are_thirty_days(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    answer(sam, *PAGES, until={"until": "month", "purpose": "own"})
    sign(sam)

    assert newest(app).ends_on == dt.date(2026, 12, 23)
    assert newest(app).purpose == "At my own request"
    assert set(rows(app, select(ConsentScope.scope).where(ConsentScope.consent_id == newest(app).id))) == {
        "times",
        "going",
    }


def test_the_copy_of_a_form_on_paper_shows_every_element_and_says_what_became_less(app: Flask, sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    person = link(shown(sam, "/me/sharing"), "Dana Rivera")
    submit(sam, person, f"form[action='{person}/off/going'] button")

    copy = " ".join(shown(sam, f"{person}/copy").get_text(" ").split())

    for words in (
        "Who this is about Sam Rivera",
        "Who may share Riverbend Recovery Services LLC",
        "Who gets it Dana Rivera, my mom",
        "That I take part in this program Session times Family sessions How it is going Plan changes",
        "Why So they can support me",
        "Until Friday, February 12, 2027",
        "How to stop You can stop at any time",
        "Signed by Sam Rivera for Dana Rivera.",
        "Signed by Sam Rivera on Monday, November 16, 2026",
        "How it is going: turned off on Monday, November 23.",
        "Language: English. Text version 1. Fingerprint of the text (SHA-256):",
    ):
        assert words in copy
