"""Consents signed on paper: one person types them in, a second one checks them, then they share."""

from __future__ import annotations

import datetime as dt

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select, update

from portal import clinic, clock
from portal.consent import record, text
from portal.consent.live import not_over
from portal.db import session
from portal.errors import Refused
from portal.models import Act, Consent, ConsentScope, HowSigned, Patient, RelatedPerson
from portal.services import consent_steps, fence, session_news
from portal.services.consents import COLOURS
from portal.services.paper_form_elements import ALONE, About, PaperForm, Signer, date_in, last_day, missing
from portal.services.paper_form_list import WAITS, about, find, lacking, waits
from portal.services.paper_form_rules import check_matches, check_second_person, refusals

NOT_VERIFIED, REPLACED = "not verified", "replaced"


def record_form(
    patient_id: int, form: PaperForm, *, staff_id: int, account_id: int, instead_of: str | None = None
) -> Consent:
    """Keep what a form says. It shares nothing until somebody else has checked it, and never when it lacks an element.

    `instead_of` is the ref of a form that this one was signed in place of. Raises Refused for an
    answer that cannot be right, NotShared when the related person or the other form is someone else's.
    """
    patient = consent_steps.lock_patient(patient_id)
    whom = about(patient)
    for refused in refusals(form, whom):
        raise refused
    now, lacks = clock.now(), missing(form, whom)
    signed_on, ends_on = date_in(form.signed_on), last_day(form, whom)
    words = "" if lacks else _words_of(form, whom)
    by_representative = Signer.REPRESENTATIVE in form.signers
    consent = Consent(
        patient_id=patient.id,
        related_person=_recipient(patient, form),
        discloser=clinic.facts().legal_name if form.names_discloser else "",
        purpose=form.purpose.strip(),
        how_to_stop=_how_to_stop(form),
        signer_name=_signer(form, patient),
        representative_authority=form.authority.strip() if by_representative else None,
        parent_signer_name=form.parent_name.strip() if Signer.PARENT in form.signers else None,
        signed_on=signed_on,
        signed_at=clock.midnight(signed_on, clinic.zone()) if signed_on else None,
        ends_on=ends_on,
        ends_at=clock.midnight(ends_on + dt.timedelta(days=1), clinic.zone()) if ends_on else None,
        ends_with_program=form.until == "program",
        email_level=form.email_level,
        text_shown=words,
        text_language=form.language,
        text_version=text.TEXT_VERSION,
        text_hash=text.fingerprint(words),
        how_signed=HowSigned.PAPER,
        interpreter_name=form.interpreter.strip() or None,
        witness_name=form.witness.strip() or None,
        was_alone=ALONE[form.was_alone],
        recorded_at=now,
        recorded_by_id=staff_id,
        not_usable_because=", ".join(lacks) or None,
        scopes=[ConsentScope(scope=scope) for scope in dict.fromkeys(form.scopes)],
    )
    session().add(consent)
    session().flush()
    if instead_of:
        _set_aside(find(patient.id, instead_of), REPLACED)
    _note(Act.RECORDED, consent, account_id)
    return consent


def verify(
    patient_id: int, ref: str, *, staff_id: int, account_id: int, matches: bool, asked_in_private: bool = False
) -> Consent:
    """Let a form share, from now on. Whatever the same two people had before is ended by it.

    Raises Refused when the same person typed it in, a box is not ticked, it lacks an element, or the
    patient has decided something else since it was signed.
    """
    patient = consent_steps.lock_patient(patient_id)
    consent = find(patient.id, ref)
    _check_waits(consent)
    check_second_person(consent.recorded_by_id, staff_id)
    if lacking(consent):
        raise Refused(_l("This form lacks something the law asks for. It needs to be signed again"))
    check_matches(
        matches=matches, was_alone=consent.was_alone, asked_in_private=asked_in_private, given_name=patient.given_name
    )
    _check_still_wanted(patient, consent)
    now = clock.now()
    _end_what_was_before(consent, now)
    consent.verified_at = consent.starts_at = now
    consent.verified_by_id = staff_id
    # It may allow less than the one before; what goes out under that one must be over first.
    fence.wait_for_the_postman(patient.id, fence.accounts_of([consent.related_person]))
    session_news.remind_again(patient.id)
    _note(Act.VERIFIED, consent, account_id)
    _note(Act.SIGNED, consent, account_id, what="sharing")
    consent_steps.send_the_notice(patient)
    return consent


def throw_out(patient_id: int, ref: str, *, account_id: int) -> None:
    """Set a form aside that nobody has checked yet; it never shared anything. Raises Refused when it is too late."""
    consent = find(consent_steps.lock_patient(patient_id).id, ref)
    _set_aside(consent, NOT_VERIFIED)
    _note(Act.ENDED, consent, account_id)


# Steps of the acts


def _check_waits(consent: Consent) -> None:
    if not waits(consent):
        raise Refused(_l("This form does not wait any more. Open the page again to see what became of it"))


def _check_still_wanted(patient: Patient, consent: Consent) -> None:
    """A form may lie for days. What the patient decided meanwhile counts more than the paper."""
    whom, now = about(patient), clock.now()
    assert consent.ends_at is not None
    assert consent.signed_on is not None
    if consent.ends_at <= now or (consent.ends_with_program and whom.has_left):
        raise Refused(_l("This form has ended. It needs to be signed again"))
    has_parent = consent.parent_signer_name is not None
    if (has_parent and not whom.is_minor) or (whom.needs_parent and not has_parent):
        raise Refused(
            _l("The age of %(name)s asks for other signatures now. A new form is needed", name=whom.given_name)
        )
    began = clock.midnight(consent.signed_on, clinic.zone())
    others = Consent.related_person_id == consent.related_person_id, Consent.id != consent.id
    stopped = select(Consent.id).where(
        *others,
        func.coalesce(Consent.stop_asked_at, Consent.stopped_at) >= began,
        Consent.stopped_how.not_in((REPLACED, NOT_VERIFIED)),
    )
    turned_off = (
        select(Consent.id)
        .join(ConsentScope, ConsentScope.consent_id == Consent.id)
        .where(*others, ConsentScope.off_at >= began, ConsentScope.scope.in_([one.scope for one in consent.scopes]))
    )
    if session().scalar(stopped.limit(1)) or session().scalar(turned_off.limit(1)):
        raise Refused(
            _l(
                "%(name)s stopped sharing with them on the day of this form or later. Ask %(name)s. A form signed "
                "after today can be used",
                name=whom.given_name,
            )
        )
    newer = select(Consent.id).where(
        *others, ~WAITS, Consent.signed_on > consent.signed_on, Consent.ends_at > now, Consent.stopped_at.is_(None)
    )
    if session().scalar(newer.limit(1)):
        raise Refused(
            _l("%(name)s has signed something newer for the same person. This form is too old", name=whom.given_name)
        )


def _end_what_was_before(consent: Consent, at: dt.datetime) -> None:
    newer_that_waits = and_(WAITS, Consent.signed_on > consent.signed_on)
    session().execute(
        update(Consent)
        .where(
            Consent.related_person_id == consent.related_person_id,
            Consent.id != consent.id,
            not_over(at),
            or_(Consent.signed_on.is_(None), ~newer_that_waits),
        )
        .values(stopped_at=at, stopped_how=REPLACED)
    )


def _set_aside(consent: Consent, how: str) -> None:
    _check_waits(consent)
    consent.stopped_at, consent.stopped_how = clock.now(), how


def _recipient(patient: Patient, form: PaperForm) -> RelatedPerson:
    """Who gets it. A form that names nobody hangs on a person without a name, whom no page shows."""
    if form.related_person_id is not None:
        return consent_steps.related_person(patient, form.related_person_id)
    email = form.email.strip().lower() or None
    known = select(RelatedPerson).where(RelatedPerson.patient_id == patient.id, RelatedPerson.email == email)
    person = session().scalar(known) if email and not form.names_nobody else None
    if person is None:
        person = RelatedPerson(
            patient_id=patient.id,
            name="" if form.names_nobody else form.name.strip(),
            email=None if form.names_nobody else email,
            relation="" if form.names_nobody else form.relation.strip(),
            known_as=patient.given_name,
            colour=COLOURS[len(patient.related_people) % len(COLOURS)],
        )
        session().add(person)
        session().flush()
    return person


def _signer(form: PaperForm, patient: Patient) -> str:
    if Signer.REPRESENTATIVE in form.signers:
        return form.representative_name.strip()
    return patient.name if Signer.PATIENT in form.signers else ""


def _how_to_stop(form: PaperForm) -> str:
    with force_locale(form.language):
        return str(text.HOW_TO_STOP) if form.says_how_to_stop else ""


def _words_of(form: PaperForm, whom: About) -> str:
    """The document that the form amounts to, in its own language."""
    person = session().get(RelatedPerson, form.related_person_id) if form.related_person_id else None
    ends_on, signed_on = last_day(form, whom), date_in(form.signed_on)
    assert ends_on is not None
    assert signed_on is not None
    with force_locale(form.language):
        return text.render(
            text.Terms(
                patient_name=whom.name,
                discloser=clinic.facts().legal_name,
                recipient=person.name if person else form.name.strip(),
                relation=person.relation if person else form.relation.strip(),
                scopes=form.scopes,
                email_level=form.email_level,
                purpose=form.purpose.strip(),
                how_to_stop=str(text.HOW_TO_STOP),
                ends_on=ends_on,
                ends_with_program=form.until == "program",
                today=signed_on,
                parent_name=form.parent_name.strip() if Signer.PARENT in form.signers else "",
            )
        )


def _note(act: Act, consent: Consent, account_id: int, *, what: str = "paper") -> None:
    record.write(
        act, what, door="staff", patient_id=consent.patient_id, account_id=account_id,
        related_person_id=consent.related_person_id, consent_id=consent.id,
    )  # fmt: skip
