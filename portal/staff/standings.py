"""How sharing with one person stands, and what the signed forms say, in the clinic's words."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import words
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import BOXES, DETAILS, WORDS, Scope, in_words
from portal.models import EmailLevel, HowSigned, Patient
from portal.services import audience, paper_form_elements
from portal.services.missing_elements import ANOTHER_SIGNATURE, SOMETHING_ELSE
from portal.services.signed_forms import FormState, SignedForm
from portal.staff.said import Sign, moment_words

WAITING = (Standing.INVITED, Standing.ASKED, Standing.NOT_USABLE)

HOW_ASKED: dict[str, LazyString] = {
    "phone": _l("By phone"),
    "in person": _l("In person"),
    "in writing": _l("In writing"),
}

MISSING: dict[str, LazyString] = {
    **dict(paper_form_elements.MISSING.items()),
    ANOTHER_SIGNATURE: _l("The age of the person in treatment, or who signed for them, asks for another signature."),
    SOMETHING_ELSE: _l("The system it came from says it cannot be used."),
}

STATES: dict[FormState, Sign] = {
    FormState.INVALID: Sign(_l("Invalid: never counted"), "clay", "slash-circle"),
    FormState.REPLACED: Sign(_l("Replaced by a newer form"), "plain", "slash-circle"),
    FormState.STOPPED: Sign(_l("Stopped: was good until then"), "plain", "slash-circle"),
    FormState.ENDED: Sign(_l("Ended"), "plain", "slash-circle"),
    FormState.INCOMPLETE: Sign(_l("Not usable yet"), "ochre", "hourglass-split"),
    FormState.UNCHECKED: Sign(_l("Waits for a second person to check it"), "ochre", "hourglass-split"),
    FormState.NOT_BEGUN: Sign(_l("Has not begun yet"), "ochre", "hourglass-split"),
    FormState.IN_FORCE: Sign(_l("Complete, not ended"), "pine", "check-lg"),
}

EMAILS: dict[str, LazyString] = {
    EmailLevel.NONE: _l("No emails"),
    EmailLevel.NOTICE: _l("Only that there is something new"),
    EmailLevel.TIMES: _l("Also the day and time"),
}


def tag(
    patient: Patient, one: Sharing, standing: audience.Standing, *, to_privacy_office: bool = False
) -> dict[str, str]:
    """That somebody sees what is shared, or why they see nothing; the privacy office is not sent to itself."""
    if one.standing == Standing.ACTIVE:
        return {"words": gettext("Sees what is shared"), "kind": "pine", "icon": "check-lg"}
    kind, icon = ("ochre", "hourglass-split") if one.standing in WAITING else ("plain", "slash-circle")
    why = audience.why_nothing(patient, one.person, standing)
    if to_privacy_office and audience.telling(standing).failing == "not on hold":
        why = gettext("On hold.")
    return {"words": why + " " + gettext("Sees nothing."), "kind": kind, "icon": icon}


def lacks(form: SignedForm) -> list[str]:
    """A sentence for each thing that a form lacks."""
    return [str(MISSING[element]) for element in form.missing]


def in_short(form: SignedForm) -> str:
    """How, by whom, when and until when, in one line."""
    said = [_signed(form), ", ".join(_signers(form))]
    if form.ends_on is not None:
        said.append(gettext("until %(day)s", day=_until(form)))
    return " · ".join(one for one in said if one)


def facts(form: SignedForm) -> list[dict[str, object]]:
    """What one signed form says, line by line, for a summary list."""
    consent = form.consent
    lines: list[tuple[str, object]] = [
        (gettext("Signed"), _signed(form)),
        (gettext("Signed by"), _signers(form)),
        (gettext("What"), _what(form)),
        (gettext("Why"), consent.purpose),
        (gettext("Until"), _until(form)),
        (gettext("Emails"), str(EMAILS[form.email_level])),
        (gettext("Typed in by"), form.recorded_by),
        (gettext("Checked by"), _checked(form)),
        (gettext("Interpreter"), consent.interpreter_name),
        (gettext("Missing"), lacks(form)),
        (gettext("Stopped"), _stopped(form)),
        (gettext("Invalid since"), moment_words(consent.invalid_since) if consent.invalid_since else None),
    ]
    return [{"name": name, "words": said} for name, said in lines if said]


def _signed(form: SignedForm) -> str:
    how = gettext("On paper") if form.consent.how_signed == HowSigned.PAPER else gettext("Here, by typing the name")
    if form.consent.signed_on is None:
        return how
    return gettext("%(how)s, %(day)s", how=how, day=words.full_day(form.consent.signed_on))


def _signers(form: SignedForm) -> list[str]:
    consent = form.consent
    signers = [consent.signer_name] if consent.signer_name else []
    if consent.representative_authority:
        signers.append(gettext("For the person in treatment, as %(right)s", right=consent.representative_authority))
    if consent.parent_signer_name:
        signers.append(gettext("%(name)s, parent or guardian", name=consent.parent_signer_name))
    if consent.witness_name:
        signers.append(gettext("Witness: %(name)s", name=consent.witness_name))
    return signers


def _what(form: SignedForm) -> str:
    ticked = {row.scope: row.off_at for row in form.consent.scopes}
    off = [scope for scope in BOXES if ticked.get(scope) is not None]
    off += [scope for scope in DETAILS if ticked.get(scope) is not None and ticked.get(Scope.TIMES) is None]
    named = in_words(scope for scope in ticked if scope not in off and scope in tuple(Scope))
    return ", ".join([*named, *(gettext("%(what)s (turned off)", what=WORDS[scope]) for scope in off)])


def _until(form: SignedForm) -> str:
    if form.ends_on is None:
        return ""
    day = words.full_day(form.ends_on)
    if form.consent.ends_with_program:
        return gettext("leaving the program, and never after %(day)s", day=day)
    return day


def _checked(form: SignedForm) -> str | None:
    if form.verified_by is None or form.consent.verified_at is None:
        return None
    return gettext("%(name)s, %(when)s", name=form.verified_by, when=moment_words(form.consent.verified_at))


def _stopped(form: SignedForm) -> list[str]:
    consent = form.consent
    if consent.stopped_at is None or form.state == FormState.REPLACED:
        return []
    said = [moment_words(consent.stopped_at)]
    if consent.stopped_how in HOW_ASKED and consent.stop_asked_at is not None:
        how = HOW_ASKED[consent.stopped_how]
        said.append(gettext("%(how)s, asked %(when)s", how=how, when=moment_words(consent.stop_asked_at)))
    return said
