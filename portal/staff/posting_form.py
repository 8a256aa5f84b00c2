"""What is typed to write an update: about whom, of what kind, in which language, its words, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, ValidationError

from portal.consent.scopes import UPDATE_SCOPES
from portal.errors import Refused
from portal.models import FamilyUpdate, Patient
from portal.services import people, update_changes, update_checks, update_plans
from portal.services.choices import LANGUAGES
from portal.services.update_checks import Words
from portal.staff import said
from portal.staff.answers import tidy
from portal.staff.fields import ChecksField, ClockField, DayField, MayBeEmpty

NOW, LATER = "now", "later"


def obeys(rule: Callable[[str], None]) -> Callable[[FlaskForm, Field], None]:
    """Put the sentence of a refusal beside the field it is about."""

    def validate(form: FlaskForm, field: Field) -> None:
        try:
            rule(field.data or "")
        except Refused as no:
            raise ValidationError(no.sentence) from None

    return validate


class WordsForm(FlaskForm):
    """What an update says, and in which language."""

    language = RadioField(
        _l("Language of the update"),
        choices=[SelectChoice(code, said.LANGUAGES[code]) for code in LANGUAGES],
        default=LANGUAGES[0],
        validate_choice=False,
        validators=[AnyOf(LANGUAGES)],
    )
    title = StringField(
        _l("Title"), description=_l("People see this only after they sign in"), filters=[tidy],
        validators=[obeys(update_checks.check_title)],
    )  # fmt: skip
    text = TextAreaField(
        _l("Update"), description=_l("Use short words. Do not include notes from therapy."), filters=[tidy],
        validators=[obeys(update_checks.check_text)],
    )  # fmt: skip

    @property
    def words(self) -> Words:
        """What was written so far."""
        language = self.language.data if self.language.data in LANGUAGES else LANGUAGES[0]
        return Words(self.title.data or "", self.text.data or "", language)


class UpdateForm(WordsForm):
    """A new update. `several` are people besides `person`; each of them gets an update of their own."""

    person = SelectField(_l("Who is it about?"), validate_choice=False, validators=[MayBeEmpty()])
    several = ChecksField(
        _l("About several people"),
        description=_l("Each gets an update of their own. No family sees who else it is about. Leave all names out."),
        validate_choice=False,
        validators=[MayBeEmpty()],
    )
    kind = RadioField(
        _l("What kind of update?"),
        choices=[SelectChoice(*one) for one in said.UPDATE_KINDS.items()],
        validate_choice=False,
        validators=[InputRequired(_l("Choose what kind of update it is")), AnyOf(UPDATE_SCOPES)],
    )
    draft = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = people.in_treatment()
        self.person.choices = [SelectChoice(*one) for one in [("", gettext("Choose")), *choices]]
        self.several.choices = [SelectChoice(*one) for one in choices]

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        try:
            update_checks.check_how_many(len(self.refs))
        except Refused as no:
            field = self[no.field or "person"]
            field.errors = [*field.errors, no.sentence]
            return False
        return is_valid

    @property
    def refs(self) -> list[str]:
        """Everybody it is about, each once."""
        return list(dict.fromkeys(ref for ref in (self.person.data, *(self.several.data or ())) if ref))

    def patients(self) -> list[Patient]:
        """The same as rows. Raises NotShared for a ref that is nobody's."""
        return [people.find(ref) for ref in self.refs[: update_checks.MOST_PEOPLE]]

    def answers(self) -> dict[str, Any]:
        """What a draft keeps of it."""
        kept = ("person", "several", "kind", "language", "title", "text")
        return {name: self[name].data for name in kept if self[name].data}


class MomentFields(FlaskForm):
    """A day and a time on the clinic's wall clock."""

    day = DayField(_l("Day"), validators=[MayBeEmpty()])
    time = ClockField(_l("Time"), description=_l("The clinic’s time"), validators=[MayBeEmpty()])


class CheckedForm(UpdateForm, MomentFields):
    """What was written, with the list of readers that its author saw, and when to post it."""

    when = RadioField(
        _l("When?"),
        choices=[SelectChoice(NOW, _l("Now")), SelectChoice(LATER, _l("On a day and at a time"))],
        default=NOW,
        validate_choice=False,
    )
    fingerprint = HiddenField()
    token = HiddenField()

    def moment(self) -> dt.datetime | None:
        """The moment to come that was chosen; None for now. Raises Refused."""
        if self.when.data != LATER:
            update_plans.check_no_moment(self.day.data, self.time.data)
            return None
        return update_plans.check_moment(self.day.data, self.time.data)


class CorrectionForm(WordsForm):
    """Other words for a posted update."""

    version = HiddenField()


class CheckedCorrectionForm(CorrectionForm):
    """The same, with the list of readers that the author saw, and whether they are told again."""

    tells_again = BooleanField(
        _l("Tell them again by email"), description=_l("Only those who get emails about updates")
    )
    fingerprint = HiddenField()
    token = HiddenField()


class WithdrawForm(FlaskForm):
    because = TextAreaField(
        _l("Why do you withdraw it?"),
        description=_l("Only the privacy office reads it."),
        filters=[tidy],
        validators=[obeys(update_changes.check_reason)],
    )
    token = HiddenField()


class PlanForm(WordsForm, MomentFields):
    """Other words or another moment for an update that is planned."""


def as_answers(update: FamilyUpdate) -> dict[str, str]:
    """What an update says, as a form begins with it."""
    return {"title": update.title, "text": update.text, "language": update.language}
