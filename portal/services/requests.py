"""Ask somebody to share. Whether they are known here changes neither the answer nor the work."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.emails import outbox
from portal.errors import Refused
from portal.models import Account, FormToken, Patient, RelatedPerson, Relative
from portal.services.consents import COLOURS
from portal.services.relations import RELATIONS, in_their_words

MOST_ASKS = 3
AGAIN_AFTER = dt.timedelta(days=30)

# No row has this number: a statement about it costs what one about a real row costs.
NOBODY = 0


def check_ask(name: str, contact: str, relation: str) -> None:
    """Raise Refused unless it says who is asked, how to reach them, and who asks: one of `RELATIONS`."""
    if not name.strip():
        raise Refused(_l("Enter their name"), "name")
    if not contact.strip():
        raise Refused(_l("Enter their email or phone number"), "contact")
    if relation not in RELATIONS:
        raise Refused(_l("Choose how you know them"), "relation")


def ask(account_id: int, *, contact: str, relation: str, answer: str) -> str:
    """Put a request before the patient whose own account has the email `contact`, if there is one.

    `answer` is where every asker is sent, and is returned. One asker reaches at most three people in
    thirty days, and the same person once. The patient is told by email that there is a question; where
    there is nobody to ask, mail to nobody is queued, so that neither the answer nor its time says which it was.
    """
    since = clock.now() - AGAIN_AFTER
    asker = session().get_one(Relative, _relative_id(account_id))
    asks = _asks(account_id, answer, since)
    patient = _patient(contact, asker)
    person = _related(patient, asker)
    wanted = asks < MOST_ASKS and patient is not None
    if person is not None and (person.accepted_at or (person.asked_at and person.asked_at > since)):
        wanted = False
    if person is not None and person.may_not_ask_since is not None:
        wanted = False
    try:
        with session().begin_nested():
            if wanted and patient is not None and person is None:
                person = _asking(patient, asker, relation)
                session().add(person)
                session().flush()
            else:
                _ask_again(person.id if wanted and person else NOBODY)
            outbox.queue(
                "question_asked",
                to=patient.account_id if wanted and patient else None,
                about_id=person.id if wanted and person else None,
            )
    except IntegrityError:
        pass  # the same form from two windows: the other one has asked
    return answer


def _relative_id(account_id: int) -> int:
    return session().scalars(select(Relative.id).where(Relative.account_id == account_id)).one()


def _asks(account_id: int, answer: str, since: dt.datetime) -> int:
    return (
        session().scalar(
            select(func.count())
            .select_from(FormToken)
            .where(FormToken.account_id == account_id, FormToken.answer == answer, FormToken.used_at > since)
        )
        or 0
    )


def _patient(contact: str, asker: Relative) -> Patient | None:
    return session().scalar(
        select(Patient)
        .join(Account, Account.id == Patient.account_id)
        .where(Account.email == contact.strip().lower(), Account.id != asker.account_id)
    )


def _related(patient: Patient | None, asker: Relative) -> RelatedPerson | None:
    # An invitation that waits for this very mailbox is the same person.
    return session().scalar(
        select(RelatedPerson)
        .where(
            RelatedPerson.patient_id == (patient.id if patient else NOBODY),
            or_(
                RelatedPerson.relative_id == asker.id,
                RelatedPerson.relative_id.is_(None) & (RelatedPerson.email == asker.account.email),
            ),
        )
        .order_by(RelatedPerson.relative_id.is_(None), RelatedPerson.id)
        .limit(1)
    )


def _asking(patient: Patient, asker: Relative, relation: str) -> RelatedPerson:
    return RelatedPerson(
        patient_id=patient.id,
        relative_id=asker.id,
        name=asker.name,
        email=asker.account.email,
        relationship_code=relation,
        relation=in_their_words(relation, patient.language),
        known_as=patient.given_name,
        colour=COLOURS[asker.id % len(COLOURS)],
        asked_at=clock.now(),
    )


def _ask_again(person_id: int) -> None:
    session().execute(
        update(RelatedPerson)
        .where(RelatedPerson.id == person_id)
        .values(asked_at=clock.now(), declined_at=None)
        .execution_options(synchronize_session=False)
    )
