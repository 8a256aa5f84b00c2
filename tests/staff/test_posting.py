"""Posting an update: the author sees who will see it, and what they saw is what happens."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.cast import ALEX, DANA, PRIYA, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import FamilyUpdate, OutgoingEmail, Patient, RelatedPerson
from portal.services import consents
from tests.browser_form import filled, send, submit
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.services.test_group_updates import robin_shares
from tests.staff.looking import looks_of, patient_ref

TITLE, TEXT = "A quiet week ahead", "No group on Thursday.\n\nAsk how it went, then wait."


def written(app: Flask, **other: str) -> dict[str, str]:
    return {"person": patient_ref(app, "Sam"), "kind": "going", "title": TITLE, "text": TEXT} | other


def check_page(app: Flask, client: FlaskClient, **other: str) -> object:
    return submit(client, "/staff/updates/new", **written(app, **other))


def posted(app: Flask) -> int:
    with app.app_context():
        g.reading = True
        return session().scalar(select(func.count(FamilyUpdate.id)).where(FamilyUpdate.title == TITLE)) or 0


def list_of(html: str) -> dict[str, str]:
    items = BeautifulSoup(html, "html.parser").select(".recipients li")
    return {item.b.get_text().split(",")[0]: item.select_one(".soft").get_text(strip=True) for item in items}


def test_the_list_answers_for_each_person_and_kind(app: Flask, sign_in: SignIn) -> None:
    priya, sam = sign_in(PRIYA), patient_ref(app, "Sam")
    going, leave = (
        priya.get(f"/staff/updates/recipients?person={sam}&kind={kind}").text for kind in ("going", "leave")
    )

    assert "1 of 19 relatives will see this" in going
    assert list_of(going)["Dana Rivera"] == "Sees it. Gets an email."
    assert list_of(leave)["Dana Rivera"] == "Sam has not shared “leaving plan” with Dana."
    assert list_of(leave)["Theo Vale"] == "Sees it. Gets an email."
    assert ("readers", "Sam") in looks_of(app, PRIYA)


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("person=&kind=going", 200), ("person=k7q2m9xd4t&kind=going", 404), ("person=SAM&kind=times", 404)],
)
def test_the_list_waits_for_a_person_and_a_kind(app: Flask, sign_in: SignIn, query: str, status: int) -> None:
    answer = sign_in(PRIYA).get("/staff/updates/recipients?" + query.replace("SAM", patient_ref(app, "Sam")))

    assert answer.status_code == status
    assert list_of(answer.text) == {}


def test_what_is_checked_is_what_is_posted(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya)
    answer = send(priya, checking)

    assert TITLE in checking.text
    assert "1 of 19 relatives will see this" in checking.text
    assert answer.status_code == 303
    shown = priya.get(answer.location)
    assert shown.status_code == 200
    assert "Ask how it went, then wait." in shown.text
    with app.app_context():
        g.reading = True
        update = session().scalars(select(FamilyUpdate).where(FamilyUpdate.title == TITLE)).one()
        assert update.text.split() == TEXT.split()
        assert session().scalar(select(func.count()).where(OutgoingEmail.about_id == update.id)) == 1


@pytest.mark.both_databases
def test_five_presses_of_the_button_make_one_update(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya)
    answers = [send(priya, checking) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert posted(app) == 1


def test_a_list_that_changed_meanwhile_must_be_checked_again(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya)
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        dana = (
            session()
            .scalars(select(RelatedPerson.id).where(RelatedPerson.patient_id == sam, RelatedPerson.name == DANA.name))
            .one()
        )
        consents.stop(sam, dana)
    refused = send(priya, checking)

    assert refused.status_code == 200
    assert "The list changed while you were writing: Dana Rivera can no longer see this. Check it again" in refused.text
    assert posted(app) == 0
    assert TITLE in refused.text
    assert list_of(refused.text)["Dana Rivera"] == "Stopped Monday, November 23."
    assert not BeautifulSoup(refused.text, "html.parser").select(".error-summary a"), "there is no field to go to"
    assert send(priya, refused).status_code == 303
    assert posted(app) == 1


def test_an_update_that_nobody_can_see_says_so_and_can_be_posted(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya, person=patient_ref(app, "Grace"))

    assert "No relative can see this right now" in checking.text
    assert "Grace will. You can still post." in checking.text
    assert send(priya, checking).status_code == 303


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("person", "Choose who it is about"),
        ("kind", "Choose what kind of update it is"),
        ("title", "Give it a title"),
        ("text", "Write the update"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(app: Flask, sign_in: SignIn, field: str, sentence: str) -> None:
    answer = check_page(app, sign_in(PRIYA), **{field: ""})
    page = BeautifulSoup(answer.text, "html.parser")

    assert answer.status_code == 200
    assert page.title.get_text(strip=True).startswith("Error: Post an update")
    assert [link.get_text() for link in page.select(".error-summary a")] == [sentence]
    _, kept = filled(answer)
    expected = {name: value for name, value in written(app).items() if name != field}
    assert {name: flat(kept[name]) for name in expected} == {name: flat(value) for name, value in expected.items()}


def flat(value: object) -> str:
    return " ".join(str(value).split())


@pytest.mark.parametrize("forged", [{"kind": "times"}, {"token": "x"}, {"token": ""}, {"fingerprint": "0" * 16}])
def test_a_forged_form_posts_nothing(app: Flask, sign_in: SignIn, forged: dict[str, str]) -> None:
    priya = sign_in(PRIYA)
    answer = send(priya, check_page(app, priya), **forged)

    assert answer.status_code in (200, 404)
    assert posted(app) == 0


def test_what_has_a_moment_beside_it_is_not_posted_now(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    refused = send(priya, check_page(app, priya), time="09:00", day="2026-11-24")

    (link,) = BeautifulSoup(refused.text, "html.parser").select(".error-summary a")
    assert link.get_text() == "Choose “On a day and at a time”, or leave the day and the time empty"
    assert (link["href"], posted(app)) == ("#when-0", 0)
    assert send(priya, refused, time="", day="").status_code == 303
    assert posted(app) == 1


def test_a_moment_that_cannot_be_read_beside_something_that_is_missing_leads_back_to_the_form(
    app: Flask, sign_in: SignIn
) -> None:
    priya = sign_in(PRIYA)
    answer = send(priya, check_page(app, priya), kind="", day="tomorrow")

    assert answer.status_code == 200
    assert "Choose what kind of update it is" in answer.text


def test_the_list_of_one_person_does_not_post_about_another(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya, person=patient_ref(app, "Grace"))
    answer = send(priya, checking, person=patient_ref(app, "Mei"))

    assert answer.status_code == 200
    assert posted(app) == 0


def test_words_that_hurt_get_a_hint_and_stop_nobody(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya, text="The client is clean. <script>alert(1)</script>")

    assert "“client”: try “person in treatment, or their name”." in checking.text
    assert "<script>alert(1)" not in checking.text
    assert send(priya, checking).status_code == 303


def test_going_back_to_change_keeps_every_answer(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    _, values = filled(check_page(app, priya))
    _, kept = filled(priya.post("/staff/updates/new", data=values))

    assert {name: flat(kept[name]) for name in written(app)} == {n: flat(v) for n, v in written(app).items()} | {
        "kind": flat("going")
    }


def test_the_check_page_cannot_be_opened_by_address(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in(PRIYA).get("/staff/updates/check")

    assert (answer.status_code, answer.location) == (303, "/staff/updates/new")


def test_only_people_in_treatment_now_can_be_chosen(app: Flask, sign_in: SignIn) -> None:
    page = BeautifulSoup(sign_in(PRIYA).get("/staff/updates/new").text, "html.parser")
    choices = {option.get_text() for option in page.select("select[name=person] option")}

    assert "Sam Rivera" in choices
    assert "Gil Hale" not in choices


def test_a_letter_that_no_database_keeps_is_left_out(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya, title="A quiet\x00 week ahead")

    assert send(priya, checking).status_code == 303
    with app.app_context():
        g.reading = True
        assert session().scalars(select(Patient.id)).first()
        assert posted(app) == 1


def test_one_text_about_several_people_is_checked_with_all_their_readers_and_posted_to_each(
    app: Flask, sign_in: SignIn
) -> None:
    robin_shares(app, Scope.GOING)
    priya, robin = sign_in(PRIYA), patient_ref(app, "Robin")
    sams = counted(priya.get(f"/staff/updates/recipients?person={patient_ref(app, 'Sam')}&kind=going").text)
    robins = counted(priya.get(f"/staff/updates/recipients?person={robin}&kind=going").text)
    checking = check_page(app, priya, several=[robin])  # type: ignore[arg-type]
    answer = send(priya, checking)

    both = counted(checking.text)
    assert both == tuple(one + other for one, other in zip(sams, robins, strict=True))
    assert "Sam Rivera, Robin Rivera" in checking.text
    assert "Close to Robin." in checking.text
    assert (answer.status_code, posted(app)) == (303, 2)
    dana = sign_in(DANA).get("/updates").text
    assert dana.count(TITLE) == 2, "each under its own person"
    assert TITLE not in sign_in(ALEX).get("/updates").text
    assert "Posted: 2 people each have an update of their own." in priya.get(answer.location).text


def test_a_name_in_a_text_for_several_is_found_before_anything_is_posted(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya, several=[patient_ref(app, "Robin")], text="Ask Dana.")  # type: ignore[arg-type]
    refused = send(priya, checking)

    assert "Several families will read this. Leave out the name “Dana”" in checking.text
    assert BeautifulSoup(checking.text, "html.parser").select_one(".error-summary a")["href"] == "#text"
    assert "Several families will read this. Leave out the name “Dana”" in refused.text
    assert posted(app) == 0


def counted(html: str) -> tuple[int, int]:
    """Of how many relatives how many will see it."""
    words = BeautifulSoup(html, "html.parser").find("h2", string=re.compile("relative")).get_text().split()
    return int(words[0]), int(words[2])
