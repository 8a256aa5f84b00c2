"""What the clinic finds missing from a form, and where its pages say so; a form on paper to take something from."""

from __future__ import annotations

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cast import PRIYA, SAM, Person
from portal.db import session
from portal.models import Patient, StaffMember
from portal.services import paper_forms, signed_forms
from portal.services.paper_form_elements import PaperForm
from tests.browser_form import soup
from tests.conftest import at_the_clinic, patient_id


def staff(app: Flask, person: Person) -> tuple[int, int]:
    with app.app_context():
        g.reading = True
        member = session().scalars(select(StaffMember).where(StaffMember.name == person.name)).one()
        return member.id, member.account_id


def recorded(app: Flask, form: PaperForm) -> str:
    staff_id, account_id = staff(app, PRIYA)
    with at_the_clinic(app):
        return paper_forms.record_form(patient_id(app, SAM), form, staff_id=staff_id, account_id=account_id).ref


def missing(app: Flask, whose: int, ref: str) -> tuple[str, ...]:
    """What the clinic finds missing from a form."""
    with app.app_context():
        g.reading = True
        return signed_forms.find(whose, ref).missing


def ref_of(app: Flask, whose: int) -> str:
    with app.app_context():
        g.reading = True
        return session().get_one(Patient, whose).ref


def sharing_page(client: FlaskClient, whose: str) -> str:
    """What the page of the person says about their sharing and the forms behind it."""
    page = soup(client.get(f"/staff/people/{whose}/sharing")).select_one("main")
    assert page is not None
    return " ".join(page.text.split())


def board(client: FlaskClient, whose: str, form: str = "") -> str:
    """What the day board says of one person, or of one of their forms on paper."""
    address = f"/staff/people/{whose}" + (f"/paper/{form}" if form else "")
    links = soup(client.get("/staff")).select(f'main .inset a[href="{address}"]')
    return " ".join(" ".join(link.find_parent(class_="inset").text.split()) for link in links)  # type: ignore[union-attr]
