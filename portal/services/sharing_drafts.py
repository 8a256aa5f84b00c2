"""Keep the answers of a patient who has not signed yet. A draft shares nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, or_, select

from portal import clock
from portal.consent.own.drafts import DRAFTS_KEPT
from portal.consent.scopes import Scope
from portal.db import commit, reading, rollback, session, writing
from portal.errors import NotShared, Refused
from portal.models import EmailLevel, Patient, SharingDraft
from portal.services.consent_rules import Answers, backstop

NO_NEED_TO_SAY = "own"
# The law asks for a purpose (42 CFR 2.31(a)(5)); a patient's own request is one.
PURPOSES = {
    "support": _l("So they can support me"),
    "family": _l("To take part in family sessions"),
    NO_NEED_TO_SAY: _l("It is my wish, I do not want to give a reason"),
}
UNTILS = ("program", "date", "month")
MONTH = dt.timedelta(days=30)


def answers_of(saved: Mapping[str, Any], *, planned_end_on: dt.date | None, today: dt.date) -> Answers:
    """What a draft says, as the rules and the signing take it. Missing or unknown answers stay empty."""
    until = saved.get("until")
    ends_on: dt.date | None = None
    if until == "program":
        ends_on = backstop(planned_end_on, today)
    elif until == "month":
        ends_on = today + MONTH
    elif until == "date" and saved.get("ends_on"):
        ends_on = dt.date.fromisoformat(saved["ends_on"])
    level = saved.get("email_level")
    return Answers(
        name=saved.get("name", ""),
        email=saved.get("email", ""),
        by_letter=bool(saved.get("by_letter")),
        relation=saved.get("relation", ""),
        known_as=saved.get("known_as", ""),
        related_person_id=saved.get("related_person_id"),
        scopes=tuple(scope for scope in Scope if scope in (saved.get("scopes") or ())),
        email_level=EmailLevel(level) if level in tuple(EmailLevel) else EmailLevel.NOTICE,
        ends_on=ends_on,
        ends_with_program=until == "program",
        purpose=purpose_words(saved.get("purpose")),
    )


def check_until_choice(until: str | None) -> None:
    """Raise Refused unless one way of ending was chosen."""
    if until not in UNTILS:
        raise Refused(_l("Choose until when they can see it"), "until")


def check_email_level(level: str | None) -> None:
    """Raise Refused unless one of the three levels was chosen."""
    if level not in tuple(EmailLevel):
        raise Refused(_l("Choose what our emails may say"), "email_level")


def save(patient_id: int, **answers: Any) -> None:
    """Add answers to the patient's draft, or begin one. A patient has one draft at a time."""
    draft = _draft(patient_id)
    if draft is None:
        draft = SharingDraft(patient_id=patient_id, answers={}, changed_at=clock.now())
        session().add(draft)
    draft.answers = draft.answers | answers
    draft.changed_at = clock.now()


def begin(patient_id: int, **answers: Any) -> None:
    """Begin anew with these answers; the draft that was there is thrown away."""
    throw_away(patient_id)
    save(patient_id, **answers)


def talk_first(patient_id: int) -> None:
    """Keep the draft and let the care team know that the patient would like to talk. Shares nothing.

    Raises NotShared when there is no draft.
    """
    draft = _draft(patient_id)
    if draft is None:
        raise NotShared
    draft.wants_to_talk_at = clock.now()


def throw_away(patient_id: int) -> None:
    """Forget the answers. What was never signed may go."""
    session().execute(delete(SharingDraft).where(SharingDraft.patient_id == patient_id))


def forget_old() -> int:
    """Delete what nobody can go on with any more and nobody waits to talk about; returns how many. Commits."""
    long_ago = clock.now() - DRAFTS_KEPT
    is_old = and_(
        SharingDraft.changed_at <= long_ago,
        or_(SharingDraft.wants_to_talk_at.is_(None), SharingDraft.wants_to_talk_at <= long_ago),
    )
    with reading():
        old = len(session().scalars(select(SharingDraft.id).where(is_old)).all())
        rollback()
    if old:
        with writing():
            session().execute(delete(SharingDraft).where(is_old))
            commit()
    return old


def purpose_words(code: str | None) -> str:
    """What the signed text says for one of `PURPOSES`; nothing for anything else."""
    return gettext("At my own request") if code == NO_NEED_TO_SAY else str(PURPOSES.get(code or "", ""))


def purpose_code(words: str) -> str | None:
    """Which of `PURPOSES` a signed text has in these words; None when it was said in others."""
    return next((code for code in PURPOSES if purpose_words(code) == words), None)


def _draft(patient_id: int) -> SharingDraft | None:
    session().scalar(select(Patient.id).where(Patient.id == patient_id).with_for_update())
    return session().scalar(
        select(SharingDraft)
        .where(SharingDraft.patient_id == patient_id, SharingDraft.changed_at > clock.now() - DRAFTS_KEPT)
        .order_by(SharingDraft.changed_at.desc())
    )
