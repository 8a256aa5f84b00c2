"""Posting an update tells exactly those whom the author saw in the list, or nobody."""

from __future__ import annotations

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from portal.cast import BEN, DANA, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Account, Act, FamilyUpdate, OutgoingEmail, Patient, RecordEntry, RelatedPerson, Relative
from portal.services import audience, consents, updates
from portal.services.audience_seen import fingerprint
from portal.services.update_checks import Words
from tests.conftest import at_the_clinic, patient_id

SHORT, LONG = "Ask for help early.", "word " * 601


def ben() -> Account:
    return session().scalars(select(Account).where(Account.email == BEN.email)).one()


def dana() -> RelatedPerson:
    return session().scalars(
        select(RelatedPerson)
        .join(Relative).join(Account).join(Patient, Patient.id == RelatedPerson.patient_id)
        .where(Account.email == DANA.email, Patient.given_name == "Sam")
    ).one()  # fmt: skip


def seen_of(patient: int, scope: Scope = Scope.GOING) -> str:
    return fingerprint([audience.of_update(patient, scope)])


def post(patient: int, seen: str, *, title: str = "This week", text: str = SHORT) -> FamilyUpdate:
    author = ben()
    assert author.staff is not None
    (update,) = updates.post(
        author_id=author.staff.id, account_id=author.id, patient_ids=[patient], scope=Scope.GOING,
        words=Words(title, text), fingerprint=seen,
    )  # fmt: skip
    return update


@pytest.mark.both_databases
def test_posting_tells_those_in_the_list_and_is_on_record(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        update = post(sam, seen_of(sam))
        update_id, dana_account = update.id, session().get_one(Relative, dana().relative_id).account_id
    with app.app_context():
        g.reading = True
        queued = session().scalars(select(OutgoingEmail).where(OutgoingEmail.about_id == update_id)).all()
        lines = session().scalars(select(RecordEntry).where(RecordEntry.thing_id == update_id)).all()

        (email,) = queued
        assert (email.message, email.account_id, email.patient_id) == ("update_posted", dana_account, sam)
        assert [(one.act, one.what, one.account_id) for one in lines] == [(Act.POSTED, "going", ben().id)]


@pytest.mark.both_databases
def test_an_update_is_not_posted_when_the_list_changed_meanwhile(app: Flask) -> None:
    sam = patient_id(app, SAM)
    with app.app_context():
        g.reading = True
        seen = seen_of(sam)
        before = session().scalar(select(func.count(FamilyUpdate.id)))
        dana_id = dana().id
    with at_the_clinic(app):
        consents.stop(sam, dana_id)
    with app.app_context():
        with pytest.raises(Refused, match="Dana Rivera can no longer see this") as refused:
            post(sam, seen)
        session().rollback()
        after = session().scalar(select(func.count(FamilyUpdate.id)))

    assert refused.value.field == "fingerprint"
    assert after == before


def test_an_update_that_nobody_can_see_can_still_be_posted(app: Flask) -> None:
    with at_the_clinic(app):
        nobody = session().scalars(select(Patient.id).where(~Patient.related_people.any()).limit(1)).one()
        listed = audience.of_update(nobody, Scope.GOING)
        update = post(nobody, seen_of(nobody))
        session().flush()

        assert listed.sees == 0
        assert session().scalar(select(func.count()).where(OutgoingEmail.about_id == update.id)) == 0


@pytest.mark.parametrize(
    ("title", "text", "field"),
    [("", SHORT, "title"), ("   ", SHORT, "title"), ("x" * 121, SHORT, "title"), ("News", "", "text"),
     ("News", LONG, "text"), ("News", "x" * 8000, "text")],
    ids=["no title", "blank title", "long title", "no text", "long text", "one endless word"],
)  # fmt: skip
def test_an_update_needs_a_title_and_a_text_of_some_length(app: Flask, title: str, text: str, field: str) -> None:
    sam = patient_id(app, SAM)
    with app.app_context(), pytest.raises(Refused) as refused:
        post(sam, seen_of(sam), title=title, text=text)

    assert refused.value.field == field


def test_nobodys_patient_has_no_updates(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotShared):
        post(999_999, "")
