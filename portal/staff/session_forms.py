"""The forms of the session editor, and the plan that their answers make."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask_babel import format_date, gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from portal import clinic
from portal.errors import NotShared, Refused
from portal.models import Frequency, SessionType
from portal.services import people, timetables
from portal.services.occurrences import Details
from portal.services.recurrence import WEEKDAYS
from portal.services.series_rules import Plan, minutes_between
from portal.services.series_words import TYPES, how_often
from portal.staff.answers import tidy
from portal.staff.effects import CheckedForm
from portal.staff.fields import ChecksField, ClockField, DayField, MayBeEmpty, NumberField

MODES = {"": _l("Not said"), "in person": _l("In person"), "online": _l("Online")}
AS_IT_IS = "as it is"
NEVER, UNTIL, COUNT = "never", "until", "count"


class WhereForm(CheckedForm):
    """When in the day, where and with whom a session is."""

    wall_time = ClockField(_l("From"), validators=[InputRequired(_l("Enter the time at which it begins"))])
    ends = ClockField(_l("To"), validators=[InputRequired(_l("Enter the time at which it ends"))])
    place = StringField(_l("Where"), filters=[tidy], description=_l("A room, or a building"), validators=[Optional()])
    mode = RadioField(
        _l("How people meet"), choices=[SelectChoice(*one) for one in MODES.items()], default="", validate_choice=False
    )
    leader = SelectField(_l("Who leads it?"), validate_choice=False, validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaders = timetables.leaders()
        nobody = SelectChoice("", gettext("Nobody yet"))
        self.leader.choices = [nobody, *(SelectChoice(one.ref, one.name) for one in self._leaders)]

    @property
    def leader_id(self) -> int | None:
        """Who was chosen. Raises NotShared for somebody who leads nothing."""
        if not self.leader.data:
            return None
        found = next((one.id for one in self._leaders if one.ref == self.leader.data), None)
        if found is None:
            raise NotShared
        return found

    def leader_ref(self, leader_id: int | None) -> str:
        """What stands for a leader in the form."""
        return next((one.ref for one in self._leaders if one.id == leader_id), "")


class OneForm(WhereForm):
    """One session by itself."""

    day = DayField(_l("Day"), validators=[InputRequired(_l("Enter the day"))])

    def details(self, before: Details) -> Details:
        """What it says. Raises Refused when it ends before it begins."""
        return Details(
            day=self.day.data,
            wall_time=self.wall_time.data,
            minutes=_minutes(self, before.wall_time, before.minutes),
            place=self.place.data or "",
            mode=self.mode.data or "",
            leader_id=self.leader_id,
        )

    def show(self, details: Details) -> None:
        """Begin with these answers."""
        self.day.data, self.wall_time.data = details.day, details.wall_time
        self.ends.data = _end(details.wall_time, details.minutes)
        self.place.data, self.mode.data = details.place, details.mode
        self.leader.data = self.leader_ref(details.leader_id)


class SeriesForm(WhereForm):
    """A series of sessions, or a single one."""

    type = SelectField(
        _l("Kind"), choices=[SelectChoice(*one) for one in TYPES.items()], default=SessionType.GROUP.value,
        description=_l("Medication visits and drug tests do not belong here: families may never see them."),
        validate_choice=False,
    )  # fmt: skip
    whose = SelectField(
        _l("Who is it for?"), validate_choice=False, validators=[InputRequired(_l("Choose who it is for"))]
    )
    name = StringField(
        _l("Name for the care team"), description=_l("Families never see it."), filters=[tidy], validators=[Optional()]
    )
    starts_on = DayField(_l("First day"), validators=[InputRequired(_l("Enter the first day"))])
    repeats = RadioField(
        _l("Does it repeat?"),
        choices=[
            SelectChoice(Frequency.ONCE.value, _l("No, it is one session")),
            SelectChoice(Frequency.WEEKLY.value, _l("Yes, by weeks")),
        ],
        default=Frequency.WEEKLY.value,
        validate_choice=False,
    )
    every = NumberField(_l("Every how many weeks?"), default=1, validators=[MayBeEmpty()])
    by_day = ChecksField(_l("On which days?"), validate_choice=False, default=())
    how_long = RadioField(
        _l("Until when?"),
        choices=[
            SelectChoice(UNTIL, _l("Until a date")),
            SelectChoice(COUNT, _l("So many sessions")),
            SelectChoice(NEVER, _l("Until somebody ends it")),
        ],
        default=UNTIL,
        validate_choice=False,
    )
    until = DayField(_l("Last day"), validators=[MayBeEmpty()])
    count = NumberField(_l("How many sessions?"), validators=[MayBeEmpty()])
    sequence = HiddenField()
    overwrite = BooleanField(_l("Also change those that were changed by themselves"))

    def __init__(self, *args: Any, base: Plan | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        monday = dt.date(2024, 1, 1)
        days = [format_date(monday + dt.timedelta(days=n), "EEEE") for n in range(7)]
        self.by_day.choices = [SelectChoice(*one) for one in zip(WEEKDAYS, days, strict=True)]
        if base is not None and base.frequency in (Frequency.DAILY, Frequency.MONTHLY):
            self.repeats.choices = [*self.repeats.choices, SelectChoice(AS_IT_IS, how_often(base.rule))]

    def ask_whose(self) -> None:
        """Offer the programs and everybody in treatment."""
        self.whose.choices = {
            gettext("Programs"): [
                SelectChoice(one.ref, f"{one.name} ({ngettext('%(num)d person', '%(num)d people', one.people)})")
                for one in timetables.of_programs()
            ],
            gettext("One person"): [SelectChoice(*one) for one in people.in_treatment()],
        }

    def plan(self) -> Plan:
        """What it says. Raises Refused, or NotShared for a timetable or leader that is none."""
        old = self.base
        frequency = self.repeats.data or Frequency.ONCE.value
        plan = Plan(
            timetable_id=old.timetable_id if "whose" not in self and old else _timetable(self.whose.data),
            type=self.type.data or "",
            starts_on=self.starts_on.data,
            wall_time=self.wall_time.data,
            minutes=_minutes(self, old.wall_time, old.minutes) if old else _minutes(self),
            zone=old.zone if old else clinic.zone().key,
            place=self.place.data or "",
            mode=self.mode.data or "",
            leader_id=self.leader_id,
            name=self.name.data or "",
            skipped=old.skipped if old else frozenset(),
            extra=old.extra if old else frozenset(),
        )
        if frequency == AS_IT_IS and old:
            plan = replace(plan, frequency=old.frequency, every=old.every, by_day=old.by_day)
        elif frequency == Frequency.WEEKLY:
            plan = replace(plan, frequency=frequency, every=self.every.data or 0, by_day=tuple(self.by_day.data or ()))
        return replace(plan, **self._end()) if frequency != Frequency.ONCE else plan

    def show(self, plan: Plan) -> None:
        """Begin with these answers."""
        for name in ("type", "name", "starts_on", "wall_time", "place", "mode", "every", "until", "count"):
            self[name].data = getattr(plan, name)
        self.ends.data = _end(plan.wall_time, plan.minutes)
        self.leader.data = self.leader_ref(plan.leader_id)
        self.by_day.data = list(plan.by_day)
        is_plain = plan.frequency in (Frequency.ONCE, Frequency.WEEKLY)
        self.repeats.data = str(plan.frequency) if is_plain else AS_IT_IS
        self.how_long.data = UNTIL if plan.until else COUNT if plan.count else NEVER

    def _end(self) -> dict[str, Any]:
        if self.how_long.data == UNTIL:
            if self.until.data is None:
                raise Refused(_l("Enter the last day"), "until")
            return {"until": self.until.data}
        if self.how_long.data == COUNT:
            if self.count.data is None:
                raise Refused(_l("Enter how many sessions"), "count")
            return {"count": self.count.data}
        return {}


def _timetable(ref: str | None) -> int:
    found = next((one.timetable_id for one in timetables.of_programs() if one.ref == ref), None)
    if found is not None:
        return found
    if ref not in dict(people.in_treatment()):
        raise NotShared
    return timetables.of_person(people.find(ref or "")).id


def _minutes(form: WhereForm, began: dt.time | None = None, lasted: int = 0) -> int:
    """How long it lasts. One that went on past midnight may stay so, as long as its times are not touched."""
    if began == form.wall_time.data and form.ends.data == _end(form.wall_time.data, lasted):
        return lasted
    return minutes_between(form.wall_time.data, form.ends.data)


def _end(began: dt.time, minutes: int) -> dt.time:
    return (dt.datetime.combine(dt.date(2024, 1, 1), began) + dt.timedelta(minutes=minutes)).time()
