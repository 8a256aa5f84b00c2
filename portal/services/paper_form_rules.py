"""What no form on paper can say, and who may check one: each rule refuses in a sentence. No database."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable

from flask_babel import lazy_gettext as _l

from portal.consent.scopes import says_nothing
from portal.errors import Refused
from portal.services import consent_rules
from portal.services.consent_rules import Answers
from portal.services.paper_form_elements import ALONE, About, PaperForm, Signer, date_in, latest_day

MOST_LETTERS = {
    "purpose": 300,
    "patient_name": 240,
    "parent_name": 240,
    "representative_name": 240,
    "authority": 200,
    "interpreter": 240,
    "witness": 240,
}


def refusals(form: PaperForm, about: About) -> list[Refused]:
    """Every sentence about an answer that cannot be right, or that was not given."""
    found = []
    for check in CHECKS:
        try:
            check(form, about)
        except Refused as refused:
            found.append(refused)
    return found


def check_patient_name(form: PaperForm, about: About) -> None:
    """Raise Refused when the form names somebody else: it lies on the wrong person's page."""
    written = form.patient_name.strip()
    if written and not _words(written) & _words(about.name):
        raise Refused(_l("This is the page of %(name)s. The form names somebody else", name=about.name), "patient_name")


def check_recipient(form: PaperForm, about: About) -> None:
    """Raise Refused unless somebody was chosen or named, or it was said that the form names nobody."""
    if form.names_nobody:
        return
    if form.related_person_id is None and not form.is_new:
        raise Refused(_l("Choose who gets it"), "person")
    if form.related_person_id is not None:
        return
    if about.email and form.email.strip().lower() == about.email.lower():
        raise Refused(_l("This is the email of %(name)s. Use a different one, or none", name=about.name), "email")
    answers = Answers(name=form.name, email=form.email, relation=form.relation, by_letter=not form.email.strip())
    consent_rules.check_who(answers, patient_email=None)


def check_discloser(form: PaperForm, about: About) -> None:
    """Raise Refused until it was said whether the form names the clinic."""
    if form.names_discloser is None:
        raise Refused(_l("Choose whether the form says who may share"), "names_discloser")


def check_what(form: PaperForm, about: About) -> None:
    """Raise Refused for kind or place without session times: they would share nothing, and look as if they did."""
    if says_nothing(form.scopes):
        raise Refused(
            _l(
                "Kind and place are part of session times. If the form does not say session times, leave both empty. "
                "To share them, %(name)s signs a new form",
                name=about.given_name,
            ),
            "scopes",
        )


def check_treatment(form: PaperForm, about: About) -> None:
    """Raise Refused until it was said whether the form names facts about alcohol or drug treatment."""
    if form.names_treatment is None:
        raise Refused(_l("Choose whether the form names facts about alcohol or drug treatment"), "names_treatment")


def check_how_to_stop(form: PaperForm, about: About) -> None:
    """Raise Refused until it was said whether the form says how to stop."""
    if form.says_how_to_stop is None:
        raise Refused(_l("Choose whether the form says how to stop"), "says_how_to_stop")


def check_alone(form: PaperForm, about: About) -> None:
    """Raise Refused unless it was said whether anybody stood beside the patient."""
    if form.was_alone not in ALONE:
        raise Refused(_l("Choose whether somebody else was there when it was signed"), "was_alone")


def check_end(form: PaperForm, about: About) -> None:
    """Raise Refused for an end that is no date, is past, comes later than twelve months after the form was
    signed, or cannot come any more."""
    if form.until == "program" and about.has_left:
        raise Refused(_l("%(name)s has left the program. Choose a date", name=about.given_name), "until")
    latest = latest_day(form, about)
    if form.until and latest <= about.today:
        raise Refused(_l("It was signed 12 months ago or earlier. It needs to be signed again"), "signed_on")
    if form.until != "date" or not any(form.ends_on):
        return
    try:
        ends_on = date_in(form.ends_on)
    except ValueError:
        ends_on = None
    consent_rules.check_until(Answers(ends_on=ends_on), today=about.today)
    if ends_on is not None and ends_on > latest:
        last = f"{latest.month} {latest.day} {latest.year}"
        sentence = _l("A form counts for 12 months from its signature. Enter a date up to %(last)s", last=last)
        raise Refused(sentence, "ends_on")


def check_signed_on(form: PaperForm, about: About) -> None:
    """Raise Refused for a date beside the signature that is none, or is still to come."""
    try:
        signed_on = date_in(form.signed_on)
    except ValueError:
        signed_on = dt.date.max
    if signed_on is not None and signed_on > about.today:
        today = f"{about.today.month} {about.today.day} {about.today.year}"
        sentence = _l("Enter the date on the form, like %(example)s. It cannot be after today", example=today)
        raise Refused(sentence, "signed_on")


def check_signers(form: PaperForm, about: About) -> None:
    """Raise Refused for signatures that cannot go together, or a signer without a name."""
    if Signer.PARENT in form.signers and not about.is_minor:
        raise Refused(_l("%(name)s is of age. A parent cannot sign", name=about.given_name), "signers")
    if Signer.REPRESENTATIVE in form.signers and about.is_minor:
        raise Refused(_l("%(name)s is not of age. Choose parent or guardian", name=about.given_name), "signers")
    if Signer.REPRESENTATIVE in form.signers and len(form.signers) > 1:
        raise Refused(_l("Choose %(name)s or the representative, not both", name=about.given_name), "signers")
    if Signer.PARENT in form.signers and not form.parent_name.strip():
        raise Refused(_l("Enter their name"), "parent_name")
    if Signer.REPRESENTATIVE in form.signers and not form.representative_name.strip():
        raise Refused(_l("Enter their name"), "representative_name")


def check_lengths(form: PaperForm, about: About) -> None:
    """Raise Refused for more letters than we can keep."""
    for field, most in MOST_LETTERS.items():
        if len(getattr(form, field)) > most:
            raise Refused(_l("Make it shorter: at most %(most)d letters", most=most), field)


CHECKS: tuple[Callable[[PaperForm, About], None], ...] = (
    check_patient_name,
    check_recipient,
    check_what,
    check_treatment,
    check_discloser,
    check_end,
    check_signers,
    check_signed_on,
    check_how_to_stop,
    check_alone,
    check_lengths,
)


# The second person


def check_second_person(recorded_by_id: int | None, staff_id: int) -> None:
    """Raise Refused when the one who typed the form in would also check it."""
    if recorded_by_id == staff_id:
        raise Refused(_l("You typed this form in. Somebody else must check it"))


def check_matches(*, matches: bool, was_alone: bool | None, asked_in_private: bool, given_name: str) -> None:
    """Raise Refused unless the paper was held against the answers, and the patient was asked alone at least once."""
    if not matches:
        raise Refused(_l("Tick the box when the answers match the form"), "matches")
    if not was_alone and not asked_in_private:
        raise Refused(_l("Ask %(name)s in private first, then tick the box", name=given_name), "asked_in_private")


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return {"".join(letter for letter in word if letter.isalnum()) for word in kept.split()} - {""}
