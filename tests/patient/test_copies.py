"""Every form that was ever signed for a person can be opened by the patient, and by nobody else."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, DANA, ROBIN, SAM
from portal.db import session
from portal.models import Account, Consent
from portal.refs import ref_for
from tests.browser_form import submit
from tests.conftest import Clock, SignIn, at_the_clinic
from tests.patient.test_sharing import link, shown
from tests.services.test_consents import person_id


def signed_again(app: Flask, sign_in: SignIn, clock: Clock) -> tuple[str, str]:
    """Dana's first form is stopped and a second one signed; the addresses of the copy and of the first form."""
    sam = sign_in(SAM)
    submit(sam, "/me/sharing", "button[aria-label='Stop sharing with Dana Rivera']")
    clock.forward(minutes=5)
    with at_the_clinic(app):
        first = session().scalars(select(Consent).where(Consent.related_person_id == person_id(app, SAM, DANA))).one()
        signed = {
            column.key: getattr(first, column.key) for column in Consent.__table__.columns
            if column.key not in ("id", "ref", "external_id", "stopped_at", "stopped_how", "stop_asked_at")
        }  # fmt: skip
        signed |= {"text_shown": "Signed once more.", "signed_at": first.stopped_at}
        session().add(Consent(**signed))
    copy = link(shown(sam, "/me/sharing"), "Dana Rivera") + "/copy"
    return copy, link(shown(sam, copy), "Signed Monday, November 16, 2026")


def test_an_earlier_form_stays_readable_with_what_became_of_it(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    copy, first = signed_again(app, sign_in, clock)
    sam = sign_in(SAM)

    earlier = " ".join(shown(sam, copy).select_one("nav[aria-labelledby=earlier]").text.split())  # type: ignore[union-attr]
    assert "Signed Monday, November 16, 2026. Until Friday, February 12, 2027." in earlier
    assert "Stopped on Monday, November 23, 2026." in earlier
    assert "Signed once more." in shown(sam, copy).text
    page = shown(sam, first)
    assert "Signed by Sam Rivera for Dana Rivera." in page.text
    assert "Signed once more." not in page.text
    assert "This is an earlier form." in page.text


def test_a_single_form_has_no_earlier_ones(sign_in: SignIn) -> None:
    sam = sign_in(SAM)
    copy = link(shown(sam, "/me/sharing"), "Dana Rivera") + "/copy"

    assert shown(sam, copy).select("nav[aria-labelledby=earlier]") == []


def test_a_form_opens_under_its_own_person_for_its_own_patient_alone(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    copy, first = signed_again(app, sign_in, clock)
    label = first.rpartition("/")[2]
    sam, robin = sign_in(SAM), sign_in(ROBIN)
    alex = link(shown(sam, "/me/sharing"), "Alex Rivera")
    of_robin = link(shown(robin, "/me/sharing"), "Dana Rivera")
    with app.app_context():
        mine = session().scalars(select(Account.ref).where(Account.email == ROBIN.email)).one()
        sams = session().scalars(select(Consent.ref).where(Consent.related_person_id == person_id(app, SAM, ALEX)))
        theirs = [ref_for(mine, ref) for ref in sams]

    assert sam.get(f"{alex}/copy/{label}").status_code == 404
    assert [robin.get(url).status_code for url in (first, f"{of_robin}/copy/{label}")] == [404, 404]
    assert {robin.get(f"{of_robin}/copy/{one}").status_code for one in theirs} == {404}
    assert {sam.get(f"{copy}/{n}").status_code for n in ("1", "zzzzzzzzzz")} == {404}
