"""A corrected update says so and keeps what it said; a withdrawn one is gone for relatives, and for them alone."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import BEN, DANA, SAM
from portal.consent.own import OwnUpdate
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.emails import delivery
from portal.errors import NotShared, Refused
from portal.models import Account, Act, FamilyUpdate, FamilyUpdateVersion, OutgoingEmail, RecordEntry
from portal.services import audience_seen, update_changes, updates
from portal.services.update_checks import Words
from tests.conftest import at_the_clinic, patient_id
from tests.services.test_consents import rows

OTHER = Words("What we are working on", "Listening first.")


def going(app: Flask) -> FamilyUpdate:
    return rows(app, select(FamilyUpdate).where(FamilyUpdate.scope == "going"))[0]


def correct(app: Flask, words: Words = OTHER, *, version: int = 1, tells_again: bool = False) -> None:
    with at_the_clinic(app):
        ben = session().scalars(select(Account).where(Account.email == BEN.email)).one()
        update = session().get_one(FamilyUpdate, going(app).id)
        update_changes.correct(
            update.ref, author_id=ben.staff.id, account_id=ben.id, version=version, words=words,  # type: ignore[union-attr]
            fingerprint=audience_seen.fingerprint(updates.readers_of(update)), tells_again=tells_again,
        )  # fmt: skip


def withdraw(app: Flask) -> None:
    with at_the_clinic(app):
        ben = session().scalars(select(Account.id).where(Account.email == BEN.email)).one()
        update_changes.withdraw(going(app).ref, account_id=ben, because="It was about somebody else")


def mail(app: Flask) -> list[tuple[str | None, str | None]]:
    query = select(OutgoingEmail).where(OutgoingEmail.message == "update_posted")
    return [(one.outcome, one.reason) for one in rows(app, query) if one.about_id == going(app).id]


def as_dana(app: Flask) -> list[str]:
    with at_the_clinic(app):
        dana = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        viewer = Viewer(account_id=dana.id, relative_id=dana.relative.id, is_counted=False)  # type: ignore[union-attr]
    with app.app_context(), viewing_as(viewer):
        return [one.title for one in session().scalars(select(SharedUpdate).where(SharedUpdate.scope == "going"))]


def as_sam(app: Flask) -> list[tuple[str, bool]]:
    viewer = Viewer(account_id=None, patient_id=patient_id(app, SAM), is_counted=False)
    with app.app_context(), viewing_as(viewer):
        found = session().scalars(select(OwnUpdate).where(OwnUpdate.scope == "going"))
        return [(one.title, one.withdrawn_at is not None) for one in found]


@pytest.mark.both_databases
def test_a_correction_is_read_at_once_keeps_the_old_words_and_tells_nobody(app: Flask) -> None:
    before = going(app)
    correct(app)

    (kept,) = rows(app, select(FamilyUpdateVersion))
    assert (kept.version, kept.title, kept.text) == (1, before.title, before.text)
    assert (going(app).version, going(app).changed_at is not None) == (2, True)
    assert as_dana(app) == [OTHER.title]
    assert mail(app) == []
    acts = rows(app, select(RecordEntry).where(RecordEntry.thing_id == before.id, RecordEntry.act == Act.CHANGED))
    assert [one.what for one in acts] == ["going"]


def test_an_author_may_tell_them_again_and_that_is_one_email_each(app: Flask) -> None:
    correct(app, tells_again=True)
    assert mail(app) == [(None, None)]

    correct(app, Words("Another title", "Listening first."), version=2, tells_again=True)
    assert mail(app) == [(None, None)], "the one that still waits tells of both"


@pytest.mark.parametrize(
    ("words", "version", "sentence"),
    [
        (OTHER, 7, "Somebody else corrected it"),
        (Words("News", "[day]"), 1, "in place of"),
        (None, 1, "changed nothing"),
    ],
)
def test_a_correction_needs_other_words_for_what_its_author_read(
    app: Flask, words: Words | None, version: int, sentence: str
) -> None:
    same = Words(going(app).title, going(app).text)
    with pytest.raises(Refused, match=sentence):
        correct(app, words or same, version=version)

    assert rows(app, select(FamilyUpdateVersion)) == []


@pytest.mark.both_databases
def test_a_withdrawn_update_is_gone_for_relatives_with_its_email_and_stays_for_the_patient(app: Flask) -> None:
    correct(app, tells_again=True)
    withdraw(app)

    assert as_dana(app) == []
    assert mail(app) == [("withheld", "withdrawn")]
    assert as_sam(app) == [(OTHER.title, True)]
    assert rows(app, select(RecordEntry.act).where(RecordEntry.act == Act.WITHDREW)) == [Act.WITHDREW]
    with app.app_context():
        assert delivery.deliver()["sent"] == 0
    with pytest.raises(NotShared):
        withdraw(app)


def test_withdrawing_needs_a_reason(app: Flask) -> None:
    with pytest.raises(Refused, match="Say why"):
        update_changes.check_reason("  ")
