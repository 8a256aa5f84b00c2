"""The document that a draft says: its words, and the signatures under them."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale

from portal import clinic
from portal.consent import text
from portal.patient import drafts
from portal.patient import everybody as people
from portal.services.consents import Signature


def words_of(saved: dict[str, Any]) -> str:
    """The text to sign. The draft has no gaps."""
    answers = drafts.answers(saved)
    assert answers.ends_on is not None
    return text.render(
        text.Terms(
            patient_name=people.me().name,
            discloser=clinic.facts().legal_name,
            recipient=answers.name,
            relation=answers.relation,
            scopes=answers.scopes,
            email_level=answers.email_level,
            purpose=answers.purpose,
            how_to_stop=str(text.HOW_TO_STOP),
            ends_on=answers.ends_on,
            ends_with_program=answers.ends_with_program,
            today=clinic.today(),
            parent_name=saved.get("parent_name") or "" if drafts.needs_a_parent() else "",
        )
    )


def signature(words: str, **signed: Any) -> Signature:
    """A signature under `words`; `signed` says who typed what."""
    return Signature(
        text_shown=words,
        text_language=str(get_locale()),
        text_version=text.TEXT_VERSION,
        how_to_stop=str(text.HOW_TO_STOP),
        **signed,
    )


def as_if_signed(saved: dict[str, Any]) -> Signature:
    """What would stand under the text, had everybody signed whom the law asks."""
    parent = saved.get("parent_name") or ""
    return signature(
        words_of(saved),
        typed_name=people.me().name,
        wants_to=True,
        parent_named=parent,
        parent_name=parent,
        parent_wants_to=True,
    )


def signed_first(saved: dict[str, Any]) -> str | None:
    """The text, if the patient signed these very words; it holds the day, so their signature is of today."""
    if not drafts.needs_a_parent() or drafts.first_gap(saved) is not None:
        return None
    words = words_of(saved)
    return words if (saved.get("first_signature") or {}).get("text") == text.fingerprint(words) else None
