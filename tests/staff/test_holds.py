"""The privacy officer's holds, as pages."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, PRIYA, RUTH, SAM
from portal.models import Hold
from tests.browser_form import send, soup, submit
from tests.conftest import SignIn, patient_id
from tests.services.looking import rows, sees
from tests.staff.looking import looks_of, patient_ref, questions_to_the_database, related_ref

LIST = "/privacy-office/holds"
HOLD = "form:has(textarea[name=reason])"
WHY = "A letter from a court, being checked."


def url(app: Flask, name: str = "Sam") -> str:
    return f"{LIST}/{patient_ref(app, name)}"


def test_a_person_is_found_by_name_and_the_name_is_in_no_address(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    found = submit(ruth, LIST, "form[role=search]", name="sam riv")

    assert found.request.query_string == b""
    assert soup(found).select_one(f'a[href="{url(app)}"]') is not None
    assert ("people", "Sam") in looks_of(app, RUTH)
    assert "Type 2 or more letters of the name" in submit(ruth, LIST, "form[role=search]", name="s").text


def test_a_link_is_held_in_one_form_and_released_in_one_click(app: Flask, sign_in: SignIn) -> None:
    ruth, sam = sign_in(RUTH), patient_id(app, SAM)
    answer = submit(ruth, url(app), HOLD, whom=related_ref(app, "Sam", DANA), reason=WHY)
    assert (answer.status_code, answer.location) == (303, url(app))
    assert sees(app, DANA, sam) == set()
    assert sees(app, ALEX, sam) != set()

    page = ruth.get(url(app))
    assert "On hold. Dana Rivera sees nothing now, and is not told." in page.text
    button = 'button[aria-label="Release: Sam Rivera, Sharing with Dana Rivera"]'
    assert send(ruth, page, button).status_code == 303
    assert sees(app, DANA, sam) != set()


def test_the_relatives_page_becomes_the_neutral_one_at_the_next_click(app: Flask, sign_in: SignIn) -> None:
    alex = sign_in(ALEX)
    assert "Sam" in alex.get("/home").text
    submit(sign_in(RUTH), url(app), HOLD, reason=WHY)

    page = alex.get("/home")
    assert "Sam" not in page.text
    assert "hold" not in soup(page).get_text().casefold()


def test_all_sharing_is_what_a_hold_means_unless_somebody_is_chosen(app: Flask, sign_in: SignIn) -> None:
    submit(sign_in(RUTH), url(app), HOLD, reason=WHY, kind="deceased")

    assert rows(app, select(Hold.related_person_id).where(Hold.reason == WHY)) == [None]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": " "}, "Write the reason. Only staff read it."),
        ({"reason": WHY, "kind": "a hunch"}, "Choose why sharing has to stop"),
        ({"reason": "x" * 301}, "Make the reason shorter: at most 300 letters"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(
    app: Flask, sign_in: SignIn, fields: dict[str, str], said: str
) -> None:
    dana = related_ref(app, "Sam", DANA)
    answer = submit(sign_in(RUTH), url(app), HOLD, whom=dana, **fields)

    assert answer.status_code == 200
    assert said in answer.text
    assert soup(answer).select_one(f'input[value="{dana}"][checked]') is not None
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_another_patients_relative_cannot_be_held_here(app: Flask, sign_in: SignIn) -> None:
    answer = submit(sign_in(RUTH), url(app), HOLD, whom=related_ref(app, "Robin", DANA), reason=WHY)

    assert answer.status_code == 404


def test_the_list_names_who_why_and_since_when(app: Flask, sign_in: SignIn) -> None:
    page = soup(sign_in(RUTH).get(LIST)).get_text(" ", strip=True)

    assert "Wren Hale : All sharing" in page
    assert "In intensive care since Sunday." in page
    assert "Since Nov 22, 2026, 8:30 AM, by Ruth Klein" in page


def test_the_privacy_officer_is_not_told_to_ask_the_privacy_officer(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(RUTH).get(url(app, "Wren")).text

    assert "On hold. Sees nothing." in page
    assert "Ask the privacy officer" not in page


def test_an_open_hold_among_two_is_said(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    for reason in (WHY, "Another reason."):
        submit(ruth, url(app, "Robin"), HOLD, reason=reason)
    submit(ruth, url(app, "Robin"), 'form[action$="/release"]')

    assert "Released. Another hold is still open." in ruth.get(url(app, "Robin")).text


def test_before_the_hold_of_a_death_is_released_the_page_says_what_ends(app: Flask, sign_in: SignIn) -> None:
    ruth = sign_in(RUTH)
    submit(ruth, url(app), HOLD, reason=WHY, kind="deceased")
    page = ruth.get(url(app))
    assert "Release also ends what was signed before. It cannot be undone." in page.text

    send(ruth, page, 'form[action$="/release"]:has(button[aria-label$="All sharing"])')
    assert "To share again, a personal representative signs." in ruth.get(url(app)).text
    assert sees(app, DANA, patient_id(app, SAM)) == set()


def test_the_care_team_places_and_releases_none(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)

    assert {priya.get(one).status_code for one in (LIST, url(app))} == {404}


def test_more_holds_ask_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    ruth, counts = sign_in(RUTH), []
    for n in range(3):
        ruth.get(LIST)
        with questions_to_the_database(app) as asked:
            ruth.get(LIST)
        counts.append(len(asked))
        submit(ruth, url(app), HOLD, reason=f"Reason {n}")

    assert counts[0] == counts[-1]
