"""The list of who will see an update tells the truth: it is what the pages and the postman do."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask, g
from sqlalchemy import event, select

from portal.cast import (
    ALEX,
    ASKED,
    DANA,
    DECLINED,
    ENDED,
    ENDED_SOONER,
    INCOMPLETE,
    INVALID,
    LEFT,
    MINOR_ALONE,
    NARROWED,
    NO_AUTHORITY,
    NOT_ACCEPTED,
    NOT_BEGUN,
    OF_AGE,
    ON_HOLD,
    OTHER_SCOPE,
    PATIENT_ON_HOLD,
    PAUSED,
    SAM,
    STOPPED,
    STRANGERS,
    UNSIGNED,
    UNVERIFIED,
    Person,
    Stranger,
)
from portal.consent.scopes import Scope
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import db, session
from portal.emails.wanted import EVERY
from portal.models import (
    Account,
    Consent,
    ConsentScope,
    EmailLevel,
    EmailStop,
    OutgoingEmail,
    Patient,
    RelatedPerson,
    Relative,
)
from portal.services import audience, updates
from portal.services.audience import Audience, Reader
from portal.services.audience_seen import fingerprint
from portal.services.update_checks import Words
from tests.conftest import MORNING, at_the_clinic, patient_id

WHY = {
    ASKED: "Asa asked. Sam has not shared anything.",
    DECLINED: "Dell asked. Sam chose not to share.",
    NOT_ACCEPTED: "Ivy has not accepted the invitation yet.",
    NOT_BEGUN: "Has not begun yet.",
    OTHER_SCOPE: "Sam has not shared “how it is going” with Theo.",
    NARROWED: "Sam turned this off for Nora.",
    UNVERIFIED: "Signed on paper. A second person has to check the form.",
    INVALID: "The signed form was marked invalid, so it cannot be used.",
    ENDED_SOONER: "Ended Sunday, November 22.",
    NO_AUTHORITY: "Somebody signed for Sam, and the form does not say by what right.",
    PAUSED: "Quinn has paused all sharing.",
    STOPPED: "Stopped Sunday, November 22.",
    ENDED: "Ended Sunday, November 22.",
    LEFT: "Ended when Gil left the program.",
    ON_HOLD: "On hold. Ask the privacy officer.",
    UNSIGNED: "Not signed yet.",
    INCOMPLETE: "The signed form lacks something the law asks for, so it cannot be used.",
    MINOR_ALONE: "Needs another signature: Kit’s age decides who signs.",
    OF_AGE: "Needs another signature: Ash’s age decides who signs.",
    PATIENT_ON_HOLD: "On hold. Ask the privacy officer.",
}
NAMED_BY_SOMEBODY = [one for one in STRANGERS if one in WHY]


def related(person: Person) -> RelatedPerson:
    return (
        session()
        .scalars(select(RelatedPerson).join(Relative).join(Account).where(Account.email == person.email))
        .first()
    )  # type: ignore[return-value]


def account(person: Person) -> Account:
    return session().scalars(select(Account).where(Account.email == person.email)).one()


def reader(list_of_readers: Audience, person: Person) -> Reader:
    return next(one for one in list_of_readers.readers if one.account_id == account(person).id)


def of_sam(scope: Scope = Scope.GOING) -> Audience:
    sam = session().scalars(select(Patient).join(Account).where(Account.email == SAM.email)).one()
    return audience.of_update(sam.id, scope)


def post_about(patient: Patient, scope: Scope) -> int:
    staff = session().scalars(select(Account).where(Account.email == "ben@riverbend.example")).one()
    (update,) = updates.post(
        author_id=staff.staff.id, account_id=staff.id, patient_ids=[patient.id], scope=scope,
        words=Words("News", "Words."), fingerprint=fingerprint([audience.of_update(patient.id, scope)]),
    )  # fmt: skip
    return update.id


@pytest.mark.both_databases
def test_everyone_without_a_consent_is_told_apart_for_staff_and_sees_nothing(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        told = {}
        for stranger in NAMED_BY_SOMEBODY:
            one = reader(audience.of_update(related(stranger.person).patient_id, Scope.GOING), stranger.person)
            assert not one.sees
            assert not one.gets_email
            told[stranger] = one.why

    assert told == WHY


@pytest.mark.parametrize("stranger", [one for one in STRANGERS if one not in WHY], ids=lambda one: one.way)
def test_somebody_sam_never_named_is_not_in_the_list(app: Flask, stranger: Stranger) -> None:
    with app.app_context():
        g.reading = True
        assert account(stranger.person).id not in [one.account_id for one in of_sam().readers]


@pytest.mark.both_databases
def test_exactly_those_in_the_list_can_open_it_and_get_an_email(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        about = {related(one.person).patient_id for one in NAMED_BY_SOMEBODY} | {patient_id(app, SAM)}
    for patient in sorted(about):
        for scope in (Scope.GOING, Scope.PLAN, Scope.LEAVE):
            with at_the_clinic(app):
                listed = audience.of_update(patient, scope)
                update_id = post_about(session().get_one(Patient, patient), scope)
            assert {one.account_id for one in listed.readers if one.sees} == those_who_can_open(app, update_id)
            assert {one.account_id for one in listed.readers if one.gets_email} == those_with_email(app, update_id)


def those_who_can_open(app: Flask, update_id: int) -> set[int]:
    can_open = set()
    with app.app_context():
        g.reading = True
        relatives = session().execute(select(Relative.id, Relative.account_id)).all()
    with app.app_context():
        for relative_id, account_id in relatives:
            with viewing_as(Viewer(account_id=account_id, relative_id=relative_id, is_counted=False)):
                if session().get(SharedUpdate, update_id) is not None:
                    can_open.add(account_id)
    return can_open


def those_with_email(app: Flask, update_id: int) -> set[int]:
    with app.app_context():
        g.reading = True
        return set(
            session().scalars(
                select(OutgoingEmail.account_id).where(
                    OutgoingEmail.message == "update_posted", OutgoingEmail.about_id == update_id
                )
            )
        )


def test_dana_sees_it_and_alex_does_not(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        listed = of_sam()

        assert reader(listed, DANA).why == "Sees it. Gets an email."
        assert reader(listed, ALEX).why == "Sam has not shared “how it is going” with Alex."
        assert (listed.sees, listed.emails) == (1, 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda: setattr(account(DANA), "wants_email", EmailLevel.NONE), "Gets no email: Dana turned it off."),
        (
            lambda: session().add(
                EmailStop(
                    account_id=account(DANA).id,
                    message="update_posted",
                    how="link",
                    stopped_at=related(DANA).accepted_at,
                )
            ),
            "Gets no email: Dana turned it off.",
        ),
        (
            lambda: session().add(
                EmailStop(
                    account_id=account(DANA).id,
                    message=EVERY,
                    patient_id=related(DANA).patient_id,
                    how="settings",
                    stopped_at=related(DANA).accepted_at,
                )
            ),
            "Gets no email: Dana turned it off.",
        ),
        (lambda: setattr(account(DANA), "weekly_day", 6), "Finds it in a weekly list, so gets no email now."),
        (
            lambda: [setattr(one, "email_level", EmailLevel.NONE) for one in session().scalars(select(Consent))],
            "Gets no email: Sam chose none.",
        ),
    ],
    ids=["no emails at all", "not this kind", "not about Sam", "a weekly list", "the patient chose none"],
)
def test_the_list_says_why_somebody_gets_no_email(app: Flask, change: object, why: str) -> None:
    with at_the_clinic(app):
        change()  # type: ignore[operator]
    with app.app_context():
        g.reading = True
        dana = reader(of_sam(), DANA)

    assert dana.sees
    assert not dana.gets_email
    assert dana.why == f"Sees it. {why}"


def test_somebody_whose_sign_in_was_closed_sees_nothing(app: Flask) -> None:
    with at_the_clinic(app):
        account(DANA).active = False
    with app.app_context():
        g.reading = True
        dana = reader(of_sam(), DANA)

    assert not dana.sees
    assert dana.why == "Dana has no sign-in, so cannot see it."


def test_somebody_who_was_named_on_paper_and_never_signed_in_sees_nothing(app: Flask) -> None:
    with at_the_clinic(app):
        related(DANA).relative_id = None
    with app.app_context():
        g.reading = True
        dana = next(one for one in of_sam().readers if one.name == DANA.name)

    assert not dana.sees
    assert not dana.gets_email


def sign_again(person: RelatedPerson, scope: Scope, **facts: object) -> Consent:
    """A second consent for the same person, like the first but for `facts`; returns the first."""
    old = session().scalars(select(Consent).where(Consent.related_person_id == person.id)).one()
    same = {
        column.key: getattr(old, column.key)
        for column in Consent.__table__.columns
        if column.key not in ("id", "ref", "external_id")
    }
    session().add(Consent(**(same | facts), scopes=[ConsentScope(scope=scope)]))
    return old


def test_what_only_a_replaced_consent_shared_is_not_shared_any_more(app: Flask) -> None:
    with at_the_clinic(app):
        old = sign_again(related(DANA), Scope.TIMES)
        old.stopped_at, old.stopped_how = old.starts_at, "replaced"
    with app.app_context():
        g.reading = True

        assert reader(of_sam(), DANA).why == "Sam has not shared “how it is going” with Dana."


def test_a_consent_that_begins_later_hides_nothing_that_is_shared_now(app: Flask) -> None:
    with at_the_clinic(app):
        dana = related(DANA)
        sign_again(dana, Scope.GOING, starts_at=MORNING + dt.timedelta(days=1))
    with app.app_context():
        g.reading = True

        assert reader(of_sam(), DANA).sees


def test_the_list_of_a_large_family_asks_no_more_questions(app: Flask) -> None:
    few = questions_asked(app)
    with at_the_clinic(app):
        sam = patient_id(app, SAM)
        session().add_all(RelatedPerson(patient_id=sam, name=f"Cousin {n}", known_as="Sam") for n in range(12))

    assert questions_asked(app) == few == 3


def questions_asked(app: Flask) -> int:
    asked: list[str] = []
    with app.app_context():
        g.reading = True
        of_sam()  # so that the clinic's facts are known
        session().expire_all()
        event.listen(db.engine, "before_cursor_execute", note := lambda *args: asked.append(args[2]))
        audience.of_update(patient_id(app, SAM), Scope.GOING)
        event.remove(db.engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in asked) - 1  # one of them asked for Sam


def test_the_fingerprint_belongs_to_one_person_and_one_kind(app: Flask) -> None:
    with app.app_context():
        g.reading = True
        nobody_shares = session().scalars(select(Patient.id).where(~Patient.related_people.any()).limit(2)).all()
        prints = {
            fingerprint([audience.of_update(patient, scope)])
            for patient in nobody_shares
            for scope in (Scope.GOING, Scope.PLAN)
        }

    assert len(prints) == 4
