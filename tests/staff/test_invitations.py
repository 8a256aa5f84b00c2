"""Invite somebody: only under a form in force, with a code that is shown once, and never with a name in the mail."""

from __future__ import annotations

import re

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, JO, JOEL, NOT_ACCEPTED, PAT, PAUSED, PRIYA, RUTH, SAM, STOPPED, STRANGERS
from portal.db import session
from portal.models import Act, HoldKind, Invitation, OutgoingEmail, RecordEntry, RelatedPerson, StaffMember
from portal.services import holds
from tests.browser_form import filled, send, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id
from tests.staff.looking import patient_ref

IVY = NOT_ACCEPTED.person


@pytest.fixture
def priya(sign_in: SignIn) -> FlaskClient:
    return sign_in(PRIYA)


def ref_of(app: Flask, email: str) -> str:
    with app.app_context():
        g.reading = True
        return session().scalars(select(RelatedPerson.ref).where(RelatedPerson.email == email)).one()


def invitations(app: Flask) -> list[Invitation]:
    with app.app_context():
        g.reading = True
        rows = list(session().scalars(select(Invitation).order_by(Invitation.id)))
        session().expunge_all()
        return rows


def mail(app: Flask) -> list[tuple[str, int | None, int | None, str | None]]:
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(OutgoingEmail).order_by(OutgoingEmail.id))
        return [(one.message, one.account_id, one.about_id, one.outcome) for one in rows]


def invite_ivy(app: Flask, client: FlaskClient, **other: object) -> str:
    """Where the answer leads."""
    answer = submit(client, f"/staff/invitations/new/{ref_of(app, IVY.email)}", **({"birth_year": "1980"} | other))
    assert answer.status_code == 303, soup(answer).select_one(".error-summary")
    return str(answer.location)


def code_on(page: str) -> str | None:
    found = re.search(r"\b[A-Z]{4,7}-[A-Z]{4,7}-\d{4}\b", page)
    return found[0] if found else None


def test_only_people_with_a_form_in_force_are_listed_and_its_facts_with_them(app: Flask, priya: FlaskClient) -> None:
    page = soup(priya.get("/staff/invitations/new"))
    words = " ".join(page.main.text.split())  # type: ignore[union-attr]

    links = [link.text for link in page.select("main .card h3 a")]
    assert links == [JOEL.name, IVY.name, "Learning only, linked to nobody"]
    assert "For Sam Rivera: “A friend”. Signed Nov 16, until Friday, February 12." in words
    for stranger in STRANGERS:
        assert stranger.person == IVY or stranger.person.name not in words


@pytest.mark.parametrize(
    ("email", "why"),
    [
        (STOPPED.person.email, "Stopped"),
        (PAUSED.person.email, "Quinn has paused all sharing."),
        (PAT.email, "Ended"),
        (JO.email, "Sam has not shared anything."),
        (ALEX.email, "Alex Rivera has accepted an invitation already."),
    ],
)
def test_who_cannot_be_invited_is_told_to_staff_with_the_reason(
    app: Flask, priya: FlaskClient, email: str, why: str
) -> None:
    page = priya.get(f"/staff/invitations/new/{ref_of(app, email)}")

    assert "This person cannot be invited now" in page.text
    assert why in page.text
    assert "<form" not in str(soup(page).main)


def test_a_form_that_was_open_when_sam_paused_invites_nobody(app: Flask, priya: FlaskClient) -> None:
    from portal.services import consents

    page = priya.get(f"/staff/invitations/new/{ref_of(app, IVY.email)}")
    with at_the_clinic(app):
        consents.pause(patient_id(app, SAM))
    answer = send(priya, page, birth_year="1980")

    assert "This person cannot be invited now" in answer.text
    assert invitations(app) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": SAM.email.upper()}, "This email is the one on the account of the person who shares."),
        ({"email": BEN.email}, "This email belongs to someone on the care team."),
        ({"email": DANA.email}, "Dana Rivera signs in with this email for the same person."),
        ({"email": ""}, "Enter their email"),
        ({"email": "ivy"}, "Enter an email address like name@example.org"),
        ({"birth_year": ""}, "Enter the year they were born, like 1958"),
        ({"birth_year": "1066"}, "Enter the year they were born, like 1958"),
        ({"birth_year": "2027"}, "Enter the year they were born, like 1958"),
        ({"birth_year": "19 8"}, "Enter the year they were born, like 1958"),
        ({"how": "pigeon"}, "Choose how it travels"),
        ({"language": "xx"}, "Choose a language"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    app: Flask, priya: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    address = f"/staff/invitations/new/{ref_of(app, IVY.email)}"
    answer = submit(priya, address, **({"email": "new@example.org", "birth_year": "1980"} | typed))
    page = soup(answer)

    assert answer.status_code == 200
    assert sentence in page.select_one(".error-summary").text  # type: ignore[union-attr]
    assert sentence in page.select_one(".field-error").text  # type: ignore[union-attr]
    if "email" not in typed:
        assert page.select_one("#email")["value"] == "new@example.org"  # type: ignore[index]
    assert invitations(app) == []


def test_the_code_is_shown_once_and_is_in_no_row_no_cookie_and_no_address(app: Flask, priya: FlaskClient) -> None:
    address = invite_ivy(app, priya)
    with priya.session_transaction() as cookie:
        kept = str(dict(cookie))
    page = priya.get(address)
    code = code_on(page.text)

    assert code is not None
    assert page.headers["Cache-Control"] == "no-store"
    assert code_on(priya.get(address).text) is None
    assert code not in kept
    assert code not in address
    row = invitations(app)[0]
    assert code not in str(vars(row))
    assert (row.name, row.email, row.birth_year, row.related_person_id is not None) == (IVY.name, IVY.email, 1980, True)


def test_the_mail_is_queued_without_a_word_and_the_act_is_on_record(app: Flask, priya: FlaskClient) -> None:
    invite_ivy(app, priya)
    made = invitations(app)[0]

    assert mail(app) == [("invitation", None, made.id, None)]
    with app.app_context():
        g.reading = True
        entry = session().scalars(select(RecordEntry).where(RecordEntry.act == Act.INVITED)).one()
        assert (entry.patient_id, entry.thing_id) == (patient_id(app, SAM), made.id)


def test_a_form_sent_twice_invites_once(app: Flask, priya: FlaskClient) -> None:
    page = priya.get(f"/staff/invitations/new/{ref_of(app, IVY.email)}")
    address, values = filled(page, birth_year="1980")
    answers = [priya.post(address, data=values) for _ in range(2)]

    assert answers[0].location == answers[1].location
    assert len(invitations(app)) == 1


def test_sending_again_makes_a_new_code_and_ends_the_old_one(app: Flask, priya: FlaskClient) -> None:
    first = invite_ivy(app, priya)
    code = code_on(priya.get(first).text)
    answer = submit(priya, first, "form[action$='/again']")
    old, new = invitations(app)

    assert answer.location == f"/staff/invitations/{new.ref}"
    assert code_on(priya.get(answer.location).text) not in (None, code)
    assert (old.ended_at is not None, new.ended_at) == (True, None)
    assert old.token_hash != new.token_hash
    assert [outcome for *_, outcome in mail(app)] == ["withheld", None]


def test_sending_again_gives_two_weeks_but_never_more_than_a_month_from_the_first(
    app: Flask, priya: FlaskClient, clock: Clock
) -> None:
    address = invite_ivy(app, priya)
    first = invitations(app)[0]
    for days in (14, 10):
        clock.forward(days=days)
        address = submit(priya, address, "form[action$='/again']").location
    last = invitations(app)[-1]

    assert (last.ends_at - first.made_at).days == 30
    clock.forward(days=6)
    answer = submit(priya, address, "form[action$='/again']")
    assert "more than 30 days old" in soup(answer).select_one(".error-summary").text  # type: ignore[union-attr]
    assert len(invitations(app)) == 3


def test_nothing_is_sent_again_once_the_form_is_not_in_force(app: Flask, priya: FlaskClient) -> None:
    address = invite_ivy(app, priya)
    with at_the_clinic(app):
        from portal.services import consents

        consents.pause(patient_id(app, SAM))
    answer = submit(priya, address, "form[action$='/again']")

    assert "There is no signed, complete form in force" in answer.text
    assert len(invitations(app)) == 1
    assert [outcome for *_, outcome in mail(app)][:1] == ["withheld"]


def test_an_invitation_to_the_wrong_address_is_ended(app: Flask, priya: FlaskClient) -> None:
    address = invite_ivy(app, priya)
    submit(priya, address, "form[action$='/end']")

    assert invitations(app)[0].ended_at is not None
    assert "Ended: 1" in priya.get("/staff/invitations").text
    assert [line.text for line in soup(priya.get("/staff/invitations?show=sent")).select("tbody th")] == []


def test_a_letter_holds_an_address_to_type_and_neither_code_nor_name_nor_clinic(app: Flask, priya: FlaskClient) -> None:
    address = invite_ivy(app, priya, how="letter", language="es")
    code = code_on(priya.get(address).text)
    letter = soup(priya.get(f"{address}/letter")).select_one(".letter")
    assert letter is not None

    assert letter["lang"] == "es"
    assert re.search(r"/invite/\w{4}-\w{4}-\w{4}", letter.text)
    assert code is not None
    assert code not in letter.text
    assert not re.search(r"Ivy|Vale|Sam|Rivera|Riverbend", letter.text)
    assert mail(app) == []


@pytest.mark.parametrize("how", ["letter", "read out"])
def test_somebody_whose_email_nobody_knows_gets_a_letter_or_a_code(app: Flask, priya: FlaskClient, how: str) -> None:
    address = invite_ivy(app, priya, how=how, email="")

    assert invitations(app)[0].email is None
    assert "Not known. They type it in." in priya.get(address).text
    again = submit(priya, address, "form[action$='/again']")
    assert again.status_code == 303


def test_the_page_of_a_person_and_of_their_form_lead_to_the_invitation(app: Flask, priya: FlaskClient) -> None:
    invite = f"/staff/invitations/new/{ref_of(app, JOEL.email)}"
    person = f"/staff/people/{patient_ref(app, 'Grace')}"
    forms = soup(priya.get(f"{person}/paper"))
    form = next(str(link["href"]) for link in forms.select("main a") if f"{person}/paper/" in str(link["href"]))

    assert soup(priya.get(person)).select_one(f'main a[href="{invite}"]') is not None
    assert soup(priya.get(form)).select_one(f'main a[href="{invite}"]') is not None
    submit(priya, invite, birth_year="1980")
    assert "Works until Dec 7" in priya.get(person).text


def test_there_is_no_letter_for_what_went_by_email(app: Flask, priya: FlaskClient) -> None:
    assert priya.get(f"{invite_ivy(app, priya)}/letter").status_code == 404


def test_a_learner_needs_no_form_and_is_linked_to_nobody(app: Flask, priya: FlaskClient) -> None:
    answer = submit(
        priya, "/staff/invitations/new/learner", name="Lia Moss", email="lia@example.org", birth_year="1958"
    )

    assert answer.status_code == 303
    assert invitations(app)[0].related_person_id is None
    assert "Learning only" in priya.get("/staff/invitations").text
    nameless = submit(priya, "/staff/invitations/new/learner", name=" ", email="x@example.org", birth_year="1958")
    assert "Enter their name" in nameless.text


def test_a_hold_ends_what_was_sent(app: Flask, priya: FlaskClient) -> None:
    invite_ivy(app, priya)
    with at_the_clinic(app):
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.email == IVY.email)).one()
        ruth = session().scalars(select(StaffMember).where(StaffMember.name == RUTH.name)).one()
        holds.place(person.patient_id, person.id, kind=HoldKind.PRIVACY, reason="A court asked", by=ruth)

    assert invitations(app)[0].ended_at is not None


def test_who_was_shown_in_the_list_is_on_record(app: Flask, priya: FlaskClient) -> None:
    invite_ivy(app, priya)
    priya.get("/staff/invitations")

    with app.app_context():
        g.reading = True
        looked = select(RecordEntry).where(RecordEntry.act == Act.LOOKED, RecordEntry.what == "invitations")
        assert session().scalars(looked).first() is not None
