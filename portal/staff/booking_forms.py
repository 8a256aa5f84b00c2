"""The forms with which the care team cancels, moves and books family sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal import clinic, clock, words
from portal.errors import NotShared, Refused
from portal.models import FamilySessionTerms, RelatedPerson
from portal.services.booking_rules import check_time
from portal.services.recurrence import instant
from portal.services.session_kinds import kind_words
from portal.staff.answers import tidy
from portal.staff.fields import ChecksField, ClockField, DayField, MayBeEmpty

MODES = {"online": _l("Online"), "in person": _l("In person")}


def as_value(start: dt.datetime) -> str:
    """ "2026-12-08T22:30Z": a start as forms carry it."""
    return start.astimezone(clock.UTC).strftime("%Y-%m-%dT%H:%MZ")


def mode_words(mode: str) -> str:
    """How people meet."""
    return str(MODES.get(mode, mode.capitalize()))


class CancelForm(FlaskForm):
    because = TextAreaField(
        _l("Reason, for the care team"), description=_l("Families never see it."), filters=[tidy],
        validators=[MayBeEmpty()],
    )  # fmt: skip
    times = ChecksField(
        _l("Times to offer instead"), description=_l("Up to 3. They are kept for the family, and for nobody else."),
        validate_choice=False, default=(),
    )  # fmt: skip
    more = ChecksField(_l("Other free times"), validate_choice=False, default=())

    def offer(self, could_be_offered: Sequence[dt.datetime], suggested: Sequence[dt.datetime]) -> None:
        """Let the suggested times be ticked, and any of the others instead."""
        self._starts = {as_value(start): start for start in could_be_offered}
        for field, starts in (
            (self.times, suggested),
            (self.more, [s for s in could_be_offered if s not in suggested]),
        ):
            field.choices = [SelectChoice(as_value(one), f"{words.day(one)}, {words.time(one)}") for one in starts]

    @property
    def instead(self) -> list[dt.datetime]:
        """The times that were ticked. Raises Refused when one is not free any more."""
        ticked = [*(self.times.data or ()), *(self.more.data or ())]
        if any(value not in self._starts for value in ticked):
            raise Refused(_l("One of these times was just taken. Choose again"), "times")
        return [self._starts[value] for value in ticked]


class TimeForm(FlaskForm):
    """A time: one that families are offered, or with a reason any other."""

    time = SelectField(_l("A free time"), validate_choice=False, validators=[MayBeEmpty()])
    day = DayField(_l("Another day"), validators=[MayBeEmpty()])
    wall_time = ClockField(_l("Another time"), validators=[MayBeEmpty()])
    because = StringField(
        _l("Why outside the free times?"), description=_l("For the care team. Families never see it."),
        filters=[tidy], validators=[MayBeEmpty()],
    )  # fmt: skip

    def offer(self, starts: Iterable[dt.datetime], lasts: dt.timedelta) -> None:
        """Let one of these starts be chosen."""
        self._starts = {as_value(start): start for start in starts}
        self.time.choices = [
            SelectChoice("", gettext("Choose")),
            *(
                SelectChoice(value, f"{words.day(start)}, {words.times(start, start + lasts)}")
                for value, start in self._starts.items()
            ),
        ]

    @property
    def starts_at(self) -> dt.datetime:
        """The moment that was chosen. Raises Refused when there is none, or two."""
        typed = self.day.data is not None or self.wall_time.data is not None
        if self.time.data and typed:
            raise Refused(_l("Choose a free time or type another one, not both"), "time")
        if self.time.data:
            start = self._starts.get(self.time.data)
            check_time(start, () if start is None else (start,))
            assert start is not None
            return start
        if self.day.data is None:
            raise Refused(_l("Choose a time"), "day" if typed else "time")
        if self.wall_time.data is None:
            raise Refused(_l("Choose a time"), "wall_time")
        return instant(dt.datetime.combine(self.day.data, self.wall_time.data), clinic.zone())


class MoveForm(TimeForm):
    said_yes = BooleanField(
        _l("The family said yes to it"),
        description=_l("Without it, everybody in the session is asked for their yes again."),
    )


class PlaceForm(FlaskForm):
    place = StringField(_l("Room"), filters=[tidy], validators=[MayBeEmpty()])
    online_link = StringField(
        _l("Link of this session"), description=_l("Empty: the therapist’s own."), filters=[tidy],
        validators=[MayBeEmpty()],
    )  # fmt: skip


class NewForm(TimeForm):
    """What a family asked the care team to book."""

    people = ChecksField(_l("Who comes?"), validate_choice=False, default=())
    mode = RadioField(_l("How would they like to meet?"), validate_choice=False)
    kind = RadioField(_l("What kind of session?"), validate_choice=False)
    note = TextAreaField(_l("Note for the therapist"), filters=[tidy], validators=[MayBeEmpty()])
    token = HiddenField()

    def ask(self, terms: FamilySessionTerms, name: str, may_come: Sequence[RelatedPerson]) -> None:
        """What can be chosen with one therapist; `name` is the patient's."""
        self._people = {one.ref: one.id for one in may_come}
        self.people.choices = [
            SelectChoice(one.ref, ", ".join(filter(None, (one.name, one.relation)))) for one in may_come
        ]
        self.mode.choices = [SelectChoice(mode, mode_words(mode)) for mode in terms.modes]
        self.kind.choices = [SelectChoice(kind, kind_words(kind, name)) for kind in terms.kinds]
        self.mode.data = self.mode.data or terms.modes[0]
        self.kind.data = self.kind.data or terms.kinds[0]

    @property
    def related_person_ids(self) -> tuple[int, ...]:
        """Who was ticked. Raises NotShared for somebody who cannot come."""
        if any(ref not in self._people for ref in self.people.data or ()):
            raise NotShared
        return tuple(self._people[ref] for ref in self.people.data or ())
