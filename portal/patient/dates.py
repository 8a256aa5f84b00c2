"""A date in three boxes, the way it is written here."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l
from wtforms import Form, StringField


class DateBoxes(Form):
    """Month, day and year."""

    month = StringField(_l("Month"))
    day = StringField(_l("Day"))
    year = StringField(_l("Year"))


def written(boxes: Form) -> dt.date | None:
    """The date in the boxes; None when it is none."""
    try:
        return dt.date(int(boxes.year.data or 0), int(boxes.month.data or 0), int(boxes.day.data or 0))
    except (ValueError, OverflowError):
        return None
