"""One text for several families: an update for each patient, no name in it, and nothing that tells of the others."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cast import ALEX, BEN, DANA, MAYA, ROBIN, ROSA, SAM
from portal.consent.scopes import Scope
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.errors import Refused
from portal.models import Account, Consent, ConsentScope, FamilyUpdate, OutgoingEmail, RelatedPerson
from portal.services import (
    audience,
    audience_seen,
    consents,
    people,
    update_checks,
    update_hints,
    update_names,
    updates,
)
from portal.services.update_checks import Words
from tests.conftest import at_the_clinic, patient_id
from tests.services.test_consents import account_id, person_id, rows

TITLE = "No group on Friday"


def post(app: Flask, *people: object, text: str = "The next group is on Monday.", seen: str | None = None) -> list[int]:
    ids = sorted(patient_id(app, person) for person in people)  # type: ignore[arg-type]
    with at_the_clinic(app):
        ben = session().scalars(select(Account).where(Account.email == BEN.email)).one()
        now = audience_seen.fingerprint([audience.of_update(one, Scope.PLAN) for one in ids])
        posted = updates.post(
            author_id=ben.staff.id, account_id=ben.id, patient_ids=ids, scope=Scope.PLAN,  # type: ignore[union-attr]
            words=Words(TITLE, text), fingerprint=seen or now,
        )  # fmt: skip
        return [one.patient_id for one in posted]


def written(app: Flask) -> list[FamilyUpdate]:
    return rows(app, select(FamilyUpdate).where(FamilyUpdate.title == TITLE))


def mail(app: Flask) -> set[tuple[int | None, int | None]]:
    about = select(FamilyUpdate.id).where(FamilyUpdate.title == TITLE)
    emails = rows(app, select(OutgoingEmail).where(OutgoingEmail.about_id.in_(about)))
    found = [(one.account_id, one.patient_id) for one in emails]
    assert len(found) == len(set(found)), "one email each"
    return set(found)


def listed(app: Flask, *people: object) -> set[tuple[int | None, int | None]]:
    with app.app_context():
        ids = [patient_id(app, person) for person in people]  # type: ignore[arg-type]
        return {
            (reader.account_id, one)
            for one in ids
            for reader in audience.of_update(one, Scope.PLAN).readers
            if reader.gets_email
        }


def robin_shares(app: Flask, scope: Scope) -> None:
    """Robin lets Dana see one thing more, as if it had been signed."""
    with at_the_clinic(app):
        (consent,) = session().scalars(select(Consent).where(Consent.patient_id == patient_id(app, ROBIN)))
        session().add(ConsentScope(consent_id=consent.id, scope=scope))


def test_each_patient_has_an_update_of_their_own_and_the_emails_are_those_of_the_list(app: Flask) -> None:
    robin_shares(app, Scope.PLAN)
    expected = listed(app, SAM, ROBIN, MAYA)
    assert len([one for one in expected if one[0] == account_id(app, DANA)]) == 2

    assert len(post(app, SAM, ROBIN, MAYA)) == 3
    assert mail(app) == expected
    assert len({one.ref for one in written(app)}) == 3


def test_dana_reads_it_under_each_of_her_two_children_and_alex_under_one(app: Flask) -> None:
    robin_shares(app, Scope.PLAN)
    post(app, SAM, ROBIN)
    shown = {}
    for person in (DANA, ALEX):
        with at_the_clinic(app):
            account = session().scalars(select(Account).where(Account.email == person.email)).one()
            viewer = Viewer(account_id=account.id, relative_id=account.relative.id, is_counted=False)  # type: ignore[union-attr]
        with app.app_context(), viewing_as(viewer):
            found = session().scalars(select(SharedUpdate).where(SharedUpdate.title == TITLE))
            shown[person] = {one.patient_id for one in found}

    assert shown[ALEX] == {patient_id(app, SAM)}
    assert shown[DANA] == {patient_id(app, SAM), patient_id(app, ROBIN)}


@pytest.mark.parametrize(
    ("text", "word"),
    [("Ask Sam how it went.", "Sam"), ("ROBIN’S group is on Monday.", "ROBIN"), ("Call Alex.", "Alex"),
     ("The Delgádo family knows.", "Delgádo"), ("Rosa brings cake.", "Rosa")],
)  # fmt: skip
def test_a_text_with_a_name_of_any_of_them_goes_to_nobody(app: Flask, text: str, word: str) -> None:
    with pytest.raises(Refused, match=f"Leave out the name “{word}”"):
        post(app, SAM, ROBIN, MAYA, text=text)

    assert written(app) == []


def test_names_that_are_plain_words_too_are_found_as_they_are_written(app: Flask) -> None:
    with at_the_clinic(app):
        about_sam = select(RelatedPerson).where(RelatedPerson.patient_id == patient_id(app, SAM))
        some = session().scalars(about_sam.order_by(RelatedPerson.id).limit(3))
        for person, name in zip(some, ("May Élan", "joy reed", "نور الهاشمي"), strict=True):
            person.name = name

    def refused(text: str) -> str | None:
        with app.app_context():
            patients = [people.with_id(patient_id(app, one)) for one in (SAM, ROBIN)]
            try:
                update_names.check_left_out(patients, Words("News", text))
            except Refused as no:
                return str(no.sentence).split("“")[1].rstrip("”")
        return None

    assert refused("They may come with élan. You will hear.") is None
    named = (
        "Ask May.",
        "Ask MAY.",
        "Élan brings it.",
        "ÉLAN brings it.",
        "E\u0301lan brings it.",
        "Ask joy.",
        "Ask Reed.",
    )
    assert [refused(text) for text in named] == ["May", "MAY", "Élan", "ÉLAN", "Élan", "joy", "Reed"]
    assert refused("مع نور غدا") == "نور"


def test_a_name_is_no_reason_to_refuse_what_one_family_reads(app: Flask) -> None:
    assert len(post(app, SAM, text="Sam asks Dana to come.")) == 1


def test_when_the_list_of_one_of_them_changed_none_is_posted(app: Flask) -> None:
    ids = sorted(patient_id(app, person) for person in (SAM, ROBIN))
    with app.app_context():
        seen = audience_seen.fingerprint([audience.of_update(one, Scope.PLAN) for one in ids])
    with at_the_clinic(app):
        consents.stop(patient_id(app, SAM), person_id(app, SAM, ALEX))
    with pytest.raises(Refused, match="Alex Rivera can no longer see this"):
        post(app, SAM, ROBIN, seen=seen)

    assert written(app) == []


@pytest.mark.parametrize(("many", "sentence"), [(0, "Choose who it is about"), (21, "at most 20")])
def test_it_is_about_somebody_and_not_about_half_the_clinic(many: int, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        update_checks.check_how_many(many)


# Hints


def test_names_of_others_and_codes_are_hinted_at(app: Flask) -> None:
    with app.app_context():
        sam = people.with_id(patient_id(app, SAM))
        found = update_hints.hints(
            Words("Sam and Grace", f"{ROSA.given_name} asks. Alex may come. It is F11.20, room B12."), [sam]
        )

    assert found.names == ("Grace", "Alex")
    assert found.codes == ("F11.20",)


@pytest.mark.parametrize(
    ("text", "language", "is_hard"),
    [
        ("We talk. You can help at home.", "en", False),
        ("Comprehensive multidisciplinary intervention necessitates continuous familial participation.", "en", True),
        ("Hablamos. Usted puede ayudar en casa.", "es", False),
        ("La participación multidisciplinaria intensificada requiere responsabilidad intrafamiliar.", "es", True),
    ],
)
def test_a_hard_text_is_called_hard_in_both_languages(app: Flask, text: str, language: str, is_hard: bool) -> None:
    with app.app_context():
        assert update_hints.hints(Words("News", text, language), []).is_hard is is_hard
