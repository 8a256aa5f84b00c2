"""The answers typed in from a form on paper: the fields of the page, and what they say."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Form, FormField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from portal.consent.scopes import WORDS, Scope
from portal.errors import NotShared, Refused
from portal.models import Consent, EmailLevel, Patient
from portal.services import paper_form_list, people
from portal.services.paper_form_elements import NO_DATE, Boxes, Element, PaperForm, Signer

SOMEONE_NEW, NOBODY = "new", "nobody"
LANGUAGES = {"en": _l("English"), "es": _l("Spanish")}
EMAILS = {
    EmailLevel.NONE: _l("The form says nothing of emails, or none"),
    EmailLevel.NOTICE: _l("Only that there is something new"),
    EmailLevel.TIMES: _l("Also the day and time"),
}
ALONE = {"yes": _l("Yes"), "no": _l("No"), "unknown": _l("I do not know")}


def _line(value: str | None) -> str | None:
    """One line of ordinary text: no control characters, no space at the ends."""
    if value is None:
        return None
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())


def _text(label: object, hint: object = "") -> StringField:
    return StringField(label, description=hint, filters=[_line])


def _yes_or_no(label: object, hint: object = "") -> RadioField:
    choices = [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    return RadioField(label, description=hint, choices=choices, validate_choice=False)


def _ticks(label: object) -> SelectMultipleField:
    return SelectMultipleField(
        label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )


class DateBoxes(Form):
    """A date in three boxes, the way it is written here."""

    month = StringField(_l("Month"), filters=[_line])
    day = StringField(_l("Day"), filters=[_line])
    year = StringField(_l("Year"), filters=[_line])


class RecordForm(FlaskForm):
    """Every answer of one form, in the order in which our own forms ask."""

    patient_name = _text(_l("Who it is about"), _l("The name as it is written on the form"))
    names_discloser = _yes_or_no("")
    person = SelectField(_l("Who gets it"), validate_choice=False, filters=[_line])
    name = _text(_l("Their name"))
    relation = _text(_l("Relation, as it is written"))
    email = _text(_l("Their email"), _l("Leave it empty if the form has none"))
    scopes = _ticks(_l("What may be shared"))
    names_treatment = _yes_or_no(_l("Does the form name facts about alcohol or drug treatment?"))
    email_level = RadioField(
        _l("What may our emails to them say?"),
        choices=[SelectChoice(*one) for one in EMAILS.items()],
        default=EmailLevel.NONE,
        validate_choice=False,
    )
    purpose = _text(_l("Why"), _l("As it is written on the form"))
    until = RadioField(
        _l("Until when"),
        choices=[SelectChoice("program", ""), SelectChoice("date", _l("Until a date"))],
        validate_choice=False,
    )
    ends_on = FormField(DateBoxes, _l("Which date?"))
    says_how_to_stop = _yes_or_no(_l("Does the form say how to stop?"))
    signers = _ticks(_l("Who signed"))
    parent_name = _text(_l("Name of the parent or guardian"))
    representative_name = _text(_l("Name of the representative"))
    authority = _text(_l("By what right they sign"), _l("As it is written, like: guardian by court order"))
    signed_on = FormField(DateBoxes, _l("Date beside the signature"))
    language = SelectField(
        _l("Language of the form"), choices=[SelectChoice(*one) for one in LANGUAGES.items()], validate_choice=False
    )
    interpreter = _text(_l("Interpreter"))
    witness = _text(_l("Witness"))
    was_alone = RadioField("", choices=[SelectChoice(*one) for one in ALONE.items()], validate_choice=False)
    token = HiddenField()

    def about(self, patient: Patient, discloser: str) -> RecordForm:
        """The same form, with the names and the people of one patient in its questions."""
        name = patient.given_name
        self.names_discloser.label.text = gettext(
            "Does the form say that %(discloser)s may share?", discloser=discloser
        )
        self.until.choices = [
            SelectChoice("program", gettext("%(patient)s leaves the program", patient=name)),
            SelectChoice("date", gettext("Until a date")),
        ]
        self.scopes.choices = [SelectChoice(scope.value, words) for scope, words in WORDS.items()]
        self.signers.choices = [
            SelectChoice(Signer.PATIENT.value, patient.name),
            SelectChoice(Signer.PARENT.value, gettext("A parent or guardian")),
            SelectChoice(Signer.REPRESENTATIVE.value, gettext("A representative")),
        ]
        self.was_alone.label.text = gettext("Was %(name)s alone with staff when signing?", name=name)
        known = [(one.ref, _named(one.name, one.relation)) for one in paper_form_list.people_of(patient.id)]
        self.person.choices = [
            SelectChoice("", gettext("Choose")),
            *(SelectChoice(*one) for one in known),
            SelectChoice(SOMEONE_NEW, gettext("Someone new")),
            SelectChoice(NOBODY, gettext("The form names nobody")),
        ]
        for field in (self.relation, self.email, self.interpreter, self.witness):
            field.flags.optional = True
        return self


def _named(name: str, relation: str) -> str:
    return f"{name} ({relation})" if relation else name


def read(form: RecordForm, patient: Patient) -> PaperForm:
    """What the fields say. Raises NotShared when they name somebody of another patient."""
    chosen = form.person.data or ""
    is_new = chosen == SOMEONE_NEW
    known = people.related_to(patient, chosen) if chosen not in ("", SOMEONE_NEW, NOBODY) else None
    if form.language.data not in LANGUAGES:
        raise NotShared
    ends_on = _boxes(form.ends_on)
    return PaperForm(
        patient_name=form.patient_name.data or "",
        names_discloser=_answer(form.names_discloser),
        names_nobody=chosen == NOBODY,
        is_new=is_new,
        related_person_id=known.id if known else None,
        name=known.name if known else (form.name.data or "") if is_new else "",
        relation=known.relation if known else (form.relation.data or "") if is_new else "",
        email=(form.email.data or "") if is_new else "",
        scopes=tuple(scope for scope in Scope if scope in (form.scopes.data or ())),
        names_treatment=_answer(form.names_treatment),
        email_level=EmailLevel(form.email_level.data) if form.email_level.data in EMAILS else EmailLevel.NONE,
        purpose=form.purpose.data or "",
        # A date that was typed says that it ends on a date.
        until=form.until.data or ("date" if any(ends_on) else ""),
        ends_on=ends_on,
        says_how_to_stop=_answer(form.says_how_to_stop),
        signers=frozenset(signer for signer in Signer if signer in (form.signers.data or ())),
        parent_name=form.parent_name.data or "",
        representative_name=form.representative_name.data or "",
        authority=form.authority.data or "",
        signed_on=_boxes(form.signed_on),
        language=form.language.data,
        interpreter=form.interpreter.data or "",
        witness=form.witness.data or "",
        was_alone=form.was_alone.data or "",
    )


def of_another(consent: Consent) -> dict[str, object]:
    """The known answers of a form that has to be signed again; who signed, and when, is asked anew."""
    lacks = paper_form_list.lacking(consent)
    ends_on = consent.ends_on if not consent.ends_with_program else None
    return {
        "patient_name": "" if Element.PATIENT in lacks else consent.patient.name,
        "names_discloser": None if Element.DISCLOSER in lacks else "yes",
        "person": consent.related_person.ref if consent.related_person.name else "",
        "scopes": [one.scope for one in consent.scopes],
        "names_treatment": None if Element.WHAT in lacks else "yes",
        "email_level": consent.email_level,
        "purpose": consent.purpose,
        "until": "program" if consent.ends_with_program else "date" if ends_on else None,
        "ends_on": {"month": str(ends_on.month), "day": str(ends_on.day), "year": str(ends_on.year)} if ends_on else {},
        "says_how_to_stop": None if Element.HOW_TO_STOP in lacks else "yes",
        "language": consent.text_language,
    }


def say_all(form: RecordForm, refused: list[Refused]) -> None:
    """Put each sentence beside its field."""
    for one in refused:
        if one.field not in form:
            form.form_errors.append(one.sentence)
            continue
        field = form[one.field]
        if isinstance(field, FormField):
            field.form.form_errors.append(one.sentence)
        else:
            field.errors = [*field.errors, one.sentence]


def _answer(field: RadioField) -> bool | None:
    return {"yes": True, "no": False}.get(field.data or "")


def _boxes(field: FormField) -> Boxes:
    form = field.form
    boxes = (form.month.data or "", form.day.data or "", form.year.data or "")
    return boxes if any(boxes) else NO_DATE
