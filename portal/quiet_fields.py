"""The fields of everybody's email choices, on whichever of their pages: quiet hours and the two mail words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField

from portal import words
from portal.services.email_choices import Hours

ON_THE_HOUR = tuple(dt.time(hour) for hour in range(24))
USUAL = Hours(dt.time(21), dt.time(7))


class QuietFields(FlaskForm):
    """Whether there are quiet hours, from when and until when, and which two words an email ends with."""

    quiet = BooleanField(_l("Quiet hours"))
    quiet_from = SelectField(_l("From"), validate_choice=False)
    quiet_until = SelectField(_l("To"), validate_choice=False)
    mail_word = StringField(_l("Your two mail words"))

    def __init__(self, hours: Hours | None, **chosen: Any) -> None:
        shown = hours or USUAL
        begins, ends = _value(shown.begins), _value(shown.ends)
        super().__init__(quiet=hours is not None, quiet_from=begins, quiet_until=ends, **chosen)
        offered = {_value(one): words.wall_time(one) for one in sorted({*ON_THE_HOUR, shown.begins, shown.ends})}
        self.quiet_from.choices = self.quiet_until.choices = list(offered.items())

    def chosen_hours(self) -> Hours | None:
        """The hours, if any are wanted; the usual ones in place of what is no time."""
        if not self.quiet.data:
            return None
        return Hours(_time(self.quiet_from.data, USUAL.begins), _time(self.quiet_until.data, USUAL.ends))


def _value(time: dt.time) -> str:
    return time.strftime("%H:%M")


def _time(value: str | None, usual: dt.time) -> dt.time:
    try:
        return dt.datetime.strptime(value or "", "%H:%M").time()  # noqa: DTZ007  a time on whichever day
    except ValueError:
        return usual
