"""What the clinic's pages say of a form on paper: its state, its answers, what happens next."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import words
from portal.consent.scopes import in_words
from portal.models import Consent, Patient, RelatedPerson
from portal.services import paper_form_list
from portal.services.paper_form_elements import Element
from portal.services.paper_forms import NOT_VERIFIED, REPLACED
from portal.staff.paper.answers import EMAILS, LANGUAGES
from portal.staff.said import Sign

VERIFIED = Sign(_l("Checked by a second person"), "pine", "check-lg")
UNUSABLE = Sign(_l("Not usable yet. It shares nothing."), "ochre", "hourglass-split")
WAITING = Sign(_l("Waits for a second person. It shares nothing."), "ochre", "hourglass-split")
ENDS: dict[str | None, Sign] = {
    NOT_VERIFIED: Sign(_l("Thrown out. It never shared anything."), "plain", "slash-circle"),
    REPLACED: Sign(_l("Replaced by a newer form"), "plain", "slash-circle"),
}
STOPPED = Sign(_l("Stopped"), "plain", "slash-circle")
INVALID = Sign(_l("Marked as invalid"), "plain", "slash-circle")


def state(consent: Consent, lacks: list[Element]) -> Sign:
    """What became of a form."""
    if consent.invalid_since is not None:
        return INVALID
    if consent.stopped_at is not None:
        return ENDS.get(consent.stopped_how, STOPPED)
    if lacks:
        return UNUSABLE
    return VERIFIED if consent.verified_at is not None else WAITING


def line(consent: Consent) -> dict[str, object]:
    """One form in a list of them."""
    return {
        "ref": consent.ref,
        "name": recipient(consent),
        "state": state(consent, paper_form_list.lacking(consent)),
        "signed_on": consent.signed_on,
    }


def recipient(consent: Consent) -> str:
    """Whom the form is for."""
    return consent.related_person.name or gettext("nobody named")


def what_happens_now(patient: Patient, person: RelatedPerson) -> str:
    """The sentence after the second person has checked a form."""
    if person.accepted_at is None:
        return gettext(
            "Checked. %(relative)s sees it after they accept an invitation.", relative=person.name.split(" ")[0]
        )
    return gettext(
        "Checked. %(relative)s can see what %(patient)s agreed to.",
        relative=person.name.split(" ")[0],
        patient=patient.given_name,
    )


def facts(patient: Patient, consent: Consent) -> list[dict[str, object]]:
    """The answers as they were typed in, for a summary list. What the form lacks is said, not left out."""
    none = gettext("Not on the form")
    rows: list[tuple[str, object]] = [
        (gettext("About"), patient.name),
        (gettext("Who may share"), consent.discloser or none),
        (gettext("Who gets it"), _who(consent.related_person) or none),
        (gettext("What"), _what(consent) or none),
        (gettext("Emails"), str(EMAILS[consent.email_level])),  # type: ignore[index]
        (gettext("Why"), consent.purpose or none),
        (gettext("Until"), _until(patient, consent) or none),
        (gettext("Says how to stop"), gettext("Yes") if consent.how_to_stop else none),
        (gettext("Signed by"), _signed_by(consent) or none),
        (gettext("Date beside the signature"), words.full_day(consent.signed_on) if consent.signed_on else none),
        (gettext("Language"), str(LANGUAGES.get(consent.text_language, consent.text_language))),
        (gettext("Interpreter"), consent.interpreter_name or gettext("None")),
        (gettext("Witness"), consent.witness_name or gettext("None")),
        (gettext("Alone with staff when signing"), _alone(consent.was_alone)),
        (gettext("Typed in by"), _by(consent.recorded_by_id, consent.recorded_at)),
    ]  # fmt: skip
    if consent.verified_at is not None:
        rows.append((gettext("Checked by"), _by(consent.verified_by_id, consent.verified_at)))
    return [{"name": name, "words": said} for name, said in rows]


def _who(person: RelatedPerson) -> list[str]:
    return [one for one in (person.name, person.relation, person.email) if one]


def _what(consent: Consent) -> list[str]:
    return in_words(box.scope for box in consent.scopes)


def _until(patient: Patient, consent: Consent) -> str | None:
    if consent.ends_on is None:
        return None
    day = words.full_day(consent.ends_on)
    if not consent.ends_with_program:
        return day
    return gettext("%(patient)s leaves the program, and never later than %(day)s", patient=patient.given_name, day=day)


def _signed_by(consent: Consent) -> list[str]:
    signers = [consent.signer_name] if consent.signer_name else []
    if consent.representative_authority:
        right = consent.representative_authority
        signers = [gettext("%(name)s, representative: %(right)s", name=consent.signer_name, right=right)]
    if consent.parent_signer_name:
        signers.append(gettext("%(name)s, parent or guardian", name=consent.parent_signer_name))
    return signers


def _alone(was_alone: bool | None) -> str:
    if was_alone is None:
        return gettext("Not known")
    return gettext("Yes") if was_alone else gettext("No")


def _by(staff_id: int | None, at: object) -> str:
    name = paper_form_list.staff_name(staff_id)
    return gettext("%(name)s, %(day)s", name=name, day=words.short_day(at)) if at else name  # type: ignore[arg-type]
