"""Correct an update, or take it back. What was shown before stays on record."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.db import session
from portal.emails import outbox
from portal.errors import NotShared, Refused
from portal.models import Act, FamilyUpdate, FamilyUpdateVersion, OutgoingEmail
from portal.services import audience_seen, fence, updates
from portal.services.consent_steps import lock_patient
from portal.services.update_checks import Words, check_words

LONGEST_REASON = 300
WITHDRAWN = "withdrawn"

# Rules


def check_reason(because: str) -> None:
    """Raise Refused unless it says in a few words why it is taken back."""
    if not because.strip():
        raise Refused(_l("Say why"), "because")
    if len(because.strip()) > LONGEST_REASON:
        raise Refused(_l("Make it shorter: at most %(most)d letters", most=LONGEST_REASON), "because")


def check_changed(before: Words, now: Words) -> None:
    """Raise Refused when nothing was corrected."""
    if before == now:
        raise Refused(_l("You changed nothing yet"), "text")


# Acts


def correct(
    ref: str, *, author_id: int, account_id: int, version: int, words: Words, fingerprint: str, tells_again: bool
) -> FamilyUpdate:
    """Put other words in the place of a posted update's, and keep those it had.

    Nobody gets an email, unless the author wants them told again. `version` and `fingerprint` are what the
    author saw. Raises Refused, and NotShared for what is not posted.
    """
    check_words(words)
    update = locked(ref)
    if update.version != version:
        raise Refused(_l("Somebody else corrected it meanwhile. Read it again first"), "version")
    said = words.tidied()
    check_changed(words_of(update), said)
    readers = updates.readers_of(update)
    audience_seen.check_list(fingerprint, readers)
    replace(update, said, by_id=author_id)
    # A planned one whose moment has just come: they are about to be told for the first time.
    if tells_again and not update.awaits_telling:
        updates.tell(update, readers)
    updates.put_on_record(Act.CHANGED, update, account_id)
    return update


def replace(update: FamilyUpdate, words: Words, *, by_id: int | None) -> None:
    """Give an update other words and keep what readers were shown until now."""
    now = clock.now()
    session().add(
        FamilyUpdateVersion(
            update_id=update.id,
            version=update.version,
            title=update.title,
            text=update.text,
            language=update.language,
            replaced_at=now,
            replaced_by_id=by_id,
        )
    )
    update.title, update.text, update.language = words.title, words.text, words.language
    update.version, update.changed_at = update.version + 1, now


def withdraw(ref: str, *, account_id: int, because: str) -> None:
    """Take an update back: from now on no relative reads it and no email about it leaves. The patient still reads it.

    It is a fence: it returns when no email about it is being handed over. Raises Refused, and NotShared.
    """
    check_reason(because)
    update = locked(ref)
    update.withdrawn_at, update.withdrawn_because = clock.now(), because.strip()
    outbox.withhold_waiting(
        OutgoingEmail.message == "update_posted",
        OutgoingEmail.about_id == update.id,
        patient_id=update.patient_id,
        account_id=None,
        reason=WITHDRAWN,
    )
    updates.put_on_record(Act.WITHDREW, update, account_id)
    _close_the_field(update)


def wait_again(ref: str) -> None:
    """For a form that is sent twice: the second answer, too, comes when no email about it is being handed over."""
    update = session().scalar(select(FamilyUpdate).where(FamilyUpdate.ref == ref))
    if update is not None:
        _close_the_field(update)


def _close_the_field(update: FamilyUpdate) -> None:
    fence.wait_for_the_postman(update.patient_id, fence.accounts_of(update.patient.related_people))


# Questions


def words_of(update: FamilyUpdate) -> Words:
    """What an update says now."""
    return Words(update.title, update.text, update.language)


def earlier(update: FamilyUpdate) -> Sequence[FamilyUpdateVersion]:
    """How it read before, the latest first."""
    return (
        session()
        .scalars(
            select(FamilyUpdateVersion)
            .options(joinedload(FamilyUpdateVersion.replaced_by))
            .where(FamilyUpdateVersion.update_id == update.id)
            .order_by(FamilyUpdateVersion.id.desc())
        )
        .all()
    )


def locked(ref: str) -> FamilyUpdate:
    """A posted update, with its patient held until the end of the transaction. Raises NotShared."""
    lock_patient(updates.find(ref).patient_id)
    update = updates.find(ref)  # again: somebody may have withdrawn it while we waited
    session().refresh(update)
    if update.withdrawn_at is not None:
        raise NotShared
    return update
