"""What a relative would see if something were done: it is done, looked at and undone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock
from portal.consent.viewer import Viewer, apart, look_as
from portal.db import rollback, session
from portal.models import Account, RelatedPerson, Relative
from portal.services import consents
from portal.services.consent_steps import lock_patient, related_person
from portal.services.consents import Answers, Signature


class NeverKept(RuntimeError):
    """Somebody tried to keep what was done only to look at it."""


@contextmanager
def if_signed(patient_id: int, answers: Answers, signature: Signature, eyes: Viewer, **words: Any) -> Iterator[Viewer]:
    """Look with `eyes` as if the patient had signed and the relative had accepted; then it never was.

    The eyes become those of the relative. `words` go onto the `g` of this context of its own. Raises
    what signing raises.
    """
    with _undone(lambda: consents.sign(patient_id, answers, signature).related_person, eyes, words) as viewer:
        yield viewer


@contextmanager
def if_accepted(patient_id: int, related_person_id: int, eyes: Viewer, **words: Any) -> Iterator[Viewer]:
    """Look with `eyes` as if somebody whom the patient invited had accepted; then it never was."""
    with _undone(lambda: related_person(lock_patient(patient_id), related_person_id), eyes, words) as viewer:
        yield viewer


@contextmanager
def _undone(act: Callable[[], RelatedPerson], eyes: Viewer, words: dict[str, Any]) -> Iterator[Viewer]:
    # The rows are written, so that the one rule decides about them as about any others; nobody outside this
    # transaction ever sees them. On SQLite it holds the write lock for as long as the page takes to make.
    with apart(reading=False, **words):
        event.listen(session(), "before_commit", _refuse)
        try:
            relative_id = _accept(act())
            session().flush()
            session().expunge_all()
            yield look_as(replace(eyes, relative_id=relative_id))
        finally:
            rollback()


def _refuse(own_session: Session) -> None:
    if not own_session.in_nested_transaction():
        raise NeverKept("This was done to be looked at and has to be undone.")


def _accept(person: RelatedPerson) -> int:
    # Never an account that is here already: what else its owner may see is not the patient's to know.
    if person.relative_id is None:
        account = Account(email=f"{secrets.token_hex(16)}@rehearsal.invalid")
        person.relative = Relative(account=account, given_name=person.name[:120], family_name="")
        session().flush()
    person.accepted_at = person.accepted_at or clock.now()
    assert person.relative_id is not None
    return person.relative_id
