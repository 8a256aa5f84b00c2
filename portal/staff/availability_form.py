"""The form of a therapist's hours and terms, and what its answers say."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.models import FamilySessionKind
from portal.services.availability_rules import (
    NUMBERS,
    OPTIONAL_NUMBERS,
    WEEKDAYS,
    Availability,
    weekday_name,
)
from portal.services.session_kinds import kind_words
from portal.staff.answers import tidy
from portal.staff.fields import ChecksField, MayBeEmpty, NumberField
from portal.staff.hours_fields import HoursField, OtherDaysField, RowsField

COPY = "copy_to"


class AvailabilityForm(FlaskForm):
    """Hours as rows of two boxes. Any button sends all of it; `step` says which was pressed."""

    mon = HoursField()
    tue = HoursField()
    wed = HoursField()
    thu = HoursField()
    fri = HoursField()
    sat = HoursField()
    sun = HoursField()
    copy_to = ChecksField(_l("Copy Monday’s hours to"), validate_choice=False, default=())
    days = OtherDaysField(_l("Days off and extra days"))
    minutes = NumberField(_l("How long is a session?"), description=_l("Minutes"))
    gap_minutes = NumberField(_l("Time between two sessions"), description=_l("Minutes"))
    step_minutes = NumberField(
        _l("A time every"), description=_l("Minutes. Empty: one session after the other."), validators=[MayBeEmpty()]
    )
    notice_hours = NumberField(_l("Families book until"), description=_l("Hours before the session"))
    cancel_hours = NumberField(_l("Families cancel or move until"), description=_l("Hours before the session"))
    horizon_days = NumberField(_l("Families can book ahead"), description=_l("Days"))
    per_day = NumberField(_l("A day"), validators=[MayBeEmpty()])
    per_week = NumberField(_l("A week"), validators=[MayBeEmpty()])
    per_month = NumberField(_l("A month"), validators=[MayBeEmpty()])
    per_year = NumberField(_l("A year"), validators=[MayBeEmpty()])
    per_family_open = NumberField(
        _l("Sessions a relative can have booked at once"), description=_l("Empty: any number."),
        validators=[MayBeEmpty()],
    )  # fmt: skip
    most_moves = NumberField(
        _l("How often a relative can move a session"), description=_l("Empty: any number."), validators=[MayBeEmpty()]
    )
    modes = ChecksField(_l("How can families meet you?"), validate_choice=False, default=())
    kinds = ChecksField(_l("Kinds of session"), validate_choice=False, default=())
    rooms = TextAreaField(
        _l("Rooms"), description=_l("One a line. A session in person gets the first that is free."), filters=[tidy],
        validators=[MayBeEmpty()],
    )  # fmt: skip
    online_link = StringField(
        _l("Link for online sessions"), description=_l("Families see it on the day, and never in an email."),
        filters=[tidy], validators=[MayBeEmpty()],
    )  # fmt: skip
    asks_first = BooleanField(
        _l("Ask me before a time is booked"), description=_l("The time is kept for the family until you say yes or no.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in enumerate(WEEKDAYS):
            self[name].label.text = weekday_name(weekday)
        self.copy_to.choices = [SelectChoice(name, self[name].label.text) for name in WEEKDAYS[1:]]
        self.modes.choices = [
            SelectChoice("online", gettext("Online")), SelectChoice("in person", gettext("In person")),
        ]  # fmt: skip
        somebody = gettext("the person in treatment")
        self.kinds.choices = [SelectChoice(kind.value, kind_words(kind, somebody)) for kind in FamilySessionKind]

    @property
    def weekdays(self) -> list[HoursField]:
        return [self[name] for name in WEEKDAYS]

    def press(self, step: str) -> bool:
        """Add, take out or copy rows, when that is what the button does; nothing is read yet."""
        what, _, which = step.partition("-")
        name, _, number = which.partition("-")
        if what == "copy":
            for chosen in self.copy_to.data or ():
                if chosen in WEEKDAYS:
                    self[chosen].show(self.mon.rows)
            return True
        if name not in (*WEEKDAYS, "days") or what not in ("add", "remove"):
            return False
        rows: RowsField = self[name]
        if what == "add":
            rows.add()
        elif number.isdecimal():
            rows.remove(int(number))
        return True

    def show(self, said: Availability) -> None:
        """Begin with these answers."""
        for weekday, rows in enumerate(self.weekdays):
            rows.show_hours(said.weekly.get(weekday, ()))
        self.days.show_days(said.days)
        for name in (*NUMBERS, *OPTIONAL_NUMBERS, "asks_first", "online_link"):
            self[name].data = getattr(said, name)
        self.modes.data, self.kinds.data = list(said.modes), list(said.kinds)
        self.rooms.data = "\n".join(said.rooms)

    def said(self) -> Availability:
        """What it says, once it is valid."""
        rooms = (" ".join(line.split()) for line in (self.rooms.data or "").splitlines())
        return Availability(
            **{name: self[name].data for name in (*NUMBERS, *OPTIONAL_NUMBERS)},
            modes=tuple(self.modes.data or ()),
            kinds=tuple(self.kinds.data or ()),
            rooms=tuple(room for room in rooms if room),
            online_link=(self.online_link.data or "").strip(),
            asks_first=bool(self.asks_first.data),
            weekly={weekday: tuple(rows.data) for weekday, rows in enumerate(self.weekdays) if rows.data},
            days=tuple(self.days.data),
        )
