"""Days, times, numbers and boxes to tick in the clinic's forms, with sentences of our own when they cannot be read."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import DateField, IntegerField, SelectMultipleField, TimeField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget


class MayBeEmpty(Optional):
    """Nothing need be typed here, or only for some of the other answers; the label says nothing of it."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, Any] = {}


class DayField(DateField):
    """A day, typed or chosen."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Enter a day, like 11/30/2026")) from None


class ClockField(TimeField):
    """A time on the wall clock."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Enter a time, like 6:00 PM")) from None


class NumberField(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("Enter a number")) from None


class ChecksField(SelectMultipleField):
    """Any number of boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
