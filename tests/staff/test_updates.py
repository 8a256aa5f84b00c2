"""Posted updates, as the care team reads them."""

from __future__ import annotations

from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import select

from portal.cast import DANA, PRIYA, SAM
from portal.db import session
from portal.models import FamilyUpdate
from tests.conftest import SignIn, at_the_clinic, patient_id
from tests.staff.looking import looks_of, questions_to_the_database


def latest(app: Flask) -> tuple[str, int]:
    with app.app_context():
        g.reading = True
        update = session().scalars(select(FamilyUpdate).order_by(FamilyUpdate.published_at.desc())).first()
        assert update is not None
        return update.ref, update.id


def test_the_list_is_newest_first_and_names_people_briefly(app: Flask, sign_in: SignIn) -> None:
    page = BeautifulSoup(sign_in(PRIYA).get("/staff/updates").text, "html.parser")
    rows = [" ".join(row.get_text(" ").split()) for row in page.select("main tbody tr")]

    assert rows[0] == "What we are working on this week S. Rivera How it is going today Ben Osei"
    assert "Sam" not in page.main.get_text()


def test_an_update_shows_who_can_see_it_now_and_who_looked(app: Flask, sign_in: SignIn) -> None:
    ref, update_id = latest(app)
    sign_in(DANA).get("/updates")
    with at_the_clinic(app):
        from portal.models import Act, RecordEntry, RelatedPerson

        sam = patient_id(app, SAM)
        dana = (
            session()
            .scalars(select(RelatedPerson).where(RelatedPerson.patient_id == sam, RelatedPerson.name == DANA.name))
            .one()
        )
        session().add(
            RecordEntry(
                at=dana.accepted_at, act=Act.LOOKED, door="family", patient_id=sam, related_person_id=dana.id,
                what="going", thing_id=update_id,
            )
        )  # fmt: skip
    page = sign_in(PRIYA).get(f"/staff/updates/{ref}").text

    assert "Do you want me to listen" in page
    assert "1 of 19 relatives can see this now" in page
    assert "Dana Rivera, 8:30 AM" in page
    assert ("going", "Sam") in looks_of(app, PRIYA)


def test_an_update_without_a_kind_is_seen_by_nobody(app: Flask, sign_in: SignIn) -> None:
    ref, update_id = latest(app)
    with at_the_clinic(app):
        session().get_one(FamilyUpdate, update_id).scope = None
    answer = sign_in(PRIYA).get(f"/staff/updates/{ref}")

    assert answer.status_code == 200
    assert "No relative can see this right now" in answer.text


def test_a_withdrawn_update_and_a_made_up_ref_are_not_found(app: Flask, sign_in: SignIn) -> None:
    ref, update_id = latest(app)
    with at_the_clinic(app):
        update = session().get_one(FamilyUpdate, update_id)
        update.withdrawn_at = update.published_at
    priya = sign_in(PRIYA)

    assert priya.get(f"/staff/updates/{ref}").status_code == 404
    assert priya.get("/staff/updates/k7q2m9xd4t").status_code == 404


def test_a_longer_list_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    priya.get("/staff/updates")
    with questions_to_the_database(app) as few:
        priya.get("/staff/updates")
    with at_the_clinic(app):
        old = session().scalars(select(FamilyUpdate)).first()
        assert old is not None
        session().add_all(
            FamilyUpdate(
                patient_id=old.patient_id, author_id=old.author_id, scope="plan", title=f"News {n}", text="Words.",
                published_at=old.published_at,
            )
            for n in range(40)
        )  # fmt: skip
    with questions_to_the_database(app) as many:
        page = priya.get("/staff/updates").text

    assert len(many) == len(few)
    assert "Page 1 of 2" in page
