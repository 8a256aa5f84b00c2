"""What people type into the clinic's forms: made fit to keep, and a refusal put beside its field."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField

from portal import clinic, clock
from portal.errors import Refused


def tidy(text: str | None) -> str | None:
    """Without the character that no database keeps."""
    return text.replace("\x00", "") if text else text


def say_in(form: FlaskForm, refused: Refused) -> None:
    """Make `form` show why it was refused: at the field it names, or above the form."""
    if refused.field in form:
        field = form[refused.field]
        field.errors = [*field.errors, refused.sentence]
    else:
        form.form_errors.append(refused.sentence)


class MomentField(DateTimeLocalField):
    """A day and a time on the clinic's wall clock."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Enter a day and a time, or leave it empty for just now")) from None

    @property
    def moment(self) -> dt.datetime | None:
        """The instant it names; None when it was left empty."""
        if self.data is None:
            return None
        aware: dt.datetime = self.data.replace(tzinfo=clinic.zone())
        return aware.astimezone(clock.UTC)
