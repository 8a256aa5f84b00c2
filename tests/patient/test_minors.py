"""A minor signs, and where the clinic's state asks for it a parent or guardian signs the same words after them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal import clinic
from portal.cast import MAYA, ROSA, SAM
from portal.db import session
from portal.errors import Refused
from portal.models import Clinic, Consent, Patient
from portal.services import consents
from tests.browser_form import filled, send, submit
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id
from tests.patient.test_sharing import of, shown
from tests.patient.test_signing import NEW, PAGES, answer, newest, problem, text_on
from tests.services.test_consents import EVERYTHING_ANSWERED, SIGNED, person_id, rows

AUNT = {"person": "new", "name": "Luz Delgado", "relation": "My aunt", "reach": "letter"}


def before_signing(maya: FlaskClient) -> None:
    answer(maya, *PAGES, who=AUNT, until={"until": "month", "purpose": "support"})
    assert submit(maya, f"{NEW}/parent", parent_name="Rosa Delgado").location == f"{NEW}/check"


def maya_signs(maya: FlaskClient) -> Any:
    return submit(maya, f"{NEW}/check", typed_name="Maya Delgado", wants_to="y")


def number(app: Flask) -> int:
    return int(rows(app, select(func.count()).select_from(Consent))[0])


@pytest.mark.both_databases
def test_both_sign_the_same_words_and_both_are_stored(app: Flask, sign_in: SignIn) -> None:
    maya, before = sign_in(MAYA), number(app)
    before_signing(maya)
    first = text_on(shown(maya, f"{NEW}/check"))

    assert maya_signs(maya).location == f"{NEW}/second"
    assert number(app) == before, "nothing is shared until both have signed"
    second = text_on(shown(maya, f"{NEW}/second"))
    done = submit(maya, f"{NEW}/second", parent_name="Rosa Delgado", parent_wants_to="y")

    assert done.status_code == 303
    consent = newest(app)
    assert (consent.signer_name, consent.parent_signer_name) == ("Maya Delgado", "Rosa Delgado")
    assert first == second == consent.text_shown
    assert "Who signs\nMaya Delgado, and Rosa Delgado as parent or guardian." in consent.text_shown
    assert "Also signed by Rosa Delgado, parent or guardian." in " ".join(
        shown(maya, done.location.replace("/new/done?with=", "/") + "/copy").text.split()
    )


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({"parent_name": ""}, "Type your full name the way it stands above: Rosa Delgado"),
        ({"parent_name": "Maya Delgado"}, "Type your full name the way it stands above: Rosa Delgado"),
        ({"parent_wants_to": None}, "Tick the box to show you want to sign"),
    ],
)
def test_without_the_second_signature_nothing_is_shared(
    app: Flask, sign_in: SignIn, lacking: dict[str, Any], words: str
) -> None:
    maya, before = sign_in(MAYA), number(app)
    before_signing(maya)
    maya_signs(maya)

    refused = submit(maya, f"{NEW}/second", **({"parent_name": "Rosa Delgado", "parent_wants_to": "y"} | lacking))

    assert refused.status_code == 200
    assert words in problem(refused)
    assert number(app) == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Enter the full name of your parent or guardian"),
        ("maya delgado", "This is your own name. Enter the name of your parent or guardian"),
    ],
)
def test_the_parent_is_named_before_anybody_signs(sign_in: SignIn, name: str, words: str) -> None:
    maya = sign_in(MAYA)
    answer(maya, *PAGES, who=AUNT, until={"until": "month", "purpose": "support"})

    assert maya.get(f"{NEW}/check").location == f"{NEW}/parent"
    assert words in problem(submit(maya, f"{NEW}/parent", parent_name=name))


def test_the_parent_cannot_sign_first_or_words_that_changed(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    maya, before = sign_in(MAYA), number(app)
    before_signing(maya)
    assert maya.get(f"{NEW}/second").location == f"{NEW}/check"
    maya_signs(maya)
    page = maya.get(f"{NEW}/second")
    answer(maya, "what", what={"scopes": ["times", "going", "leave"]})

    moved_on = send(maya, page, parent_name="Rosa Delgado", parent_wants_to="y")

    assert moved_on.location == f"{NEW}/check", "the minor signs the new words first"
    assert number(app) == before


def test_five_identical_second_signatures_are_one_consent(app: Flask, sign_in: SignIn) -> None:
    maya, before = sign_in(MAYA), number(app)
    before_signing(maya)
    maya_signs(maya)
    action, form = filled(maya.get(f"{NEW}/second"), parent_name="Rosa Delgado", parent_wants_to="y")

    answers = {maya.post(action, data=form).location for _ in range(5)}

    assert len(answers) == 1
    assert number(app) == before + 1


def test_where_a_minor_signs_alone_nobody_else_is_asked(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().scalars(select(Clinic)).one().minor_rule = "minor_alone"
        clinic.forget()
    maya = sign_in(MAYA)
    answer(maya, *PAGES, who=AUNT, until={"until": "month", "purpose": "support"})

    done = maya_signs(maya)

    assert done.location.startswith(f"{NEW}/done")
    assert newest(app).parent_signer_name is None
    assert "Who signs" not in newest(app).text_shown
    assert maya.get(f"{NEW}/parent").status_code == maya.get(f"{NEW}/second").status_code == 404


def test_an_adult_is_never_asked_for_a_parent(sign_in: SignIn) -> None:
    assert sign_in(SAM).get(f"{NEW}/parent").status_code == 404


def test_the_service_refuses_a_minor_without_a_parent(app: Flask) -> None:
    maya, rosa = patient_id(app, MAYA), person_id(app, MAYA, ROSA)
    with app.app_context(), pytest.raises(Refused) as refused:
        consents.sign(
            maya, replace(EVERYTHING_ANSWERED, related_person_id=rosa), replace(SIGNED, typed_name="Maya Delgado")
        )

    assert refused.value.field == "parent_name"


def test_who_comes_of_age_is_told_that_it_needs_their_own_signature(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    with at_the_clinic(app):
        maya = session().get_one(Patient, patient_id(app, MAYA))
        maya.adult_on = clinic.today() + dt.timedelta(days=1)
    assert of(shown(sign_in(MAYA), "/me/sharing"), "Rosa Delgado")[0] == "Can see"
    clock.forward(days=1)

    told = of(shown(sign_in(MAYA), "/me/sharing"), "Rosa Delgado")

    assert told == ["You are an adult now, so this needs your own signature. Sees nothing until then. Sign again"]
    browser = sign_in(MAYA)
    row = next(row for row in shown(browser, "/me/sharing").select("table.matrix tbody tr") if "Rosa" in row.text)
    submit(browser, str(row.select_one("td a")["href"]))  # type: ignore[index]
    answer(browser, "what", "emails", "until", what={"scopes": ["times"]})
    signed = submit(browser, f"{NEW}/check", typed_name="Maya Delgado", wants_to="y")
    assert signed.location.startswith(f"{NEW}/done"), "one signature is enough now"
    assert of(shown(browser, "/me/sharing"), "Rosa Delgado")[0] == "Can see, nothing more about them"
