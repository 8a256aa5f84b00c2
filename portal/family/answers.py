"""Puts the sentence of a rule that refuses beside the field it is about."""

from __future__ import annotations

from flask_wtf import FlaskForm

from portal.errors import Refused


def say_in(form: FlaskForm, refused: Refused) -> None:
    """Make `form` show why it was refused: at the field it names, or above the form."""
    if refused.field in form:
        field = form[refused.field]
        field.errors = [*field.errors, refused.sentence]
    else:
        form.form_errors.append(refused.sentence)
