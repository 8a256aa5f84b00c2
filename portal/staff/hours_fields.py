"""Rows of boxes in the editor of a therapist's hours, which come and go by buttons: from and to, days that differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from flask_babel import gettext
from wtforms import Field, ValidationError

from portal.services.availability_rules import OtherDays
from portal.services.free_times import DAY_MINUTES, Window

LAST_MINUTE = DAY_MINUTES - 1
MOST_ROWS = 100


class RowsField(Field):
    """Rows of text boxes, each with a name of its own. What was typed is in `rows`, what it says in `data`."""

    columns: tuple[str, ...] = ()

    def process(self, formdata: Any, data: Any = (), extra_filters: Any = None) -> None:
        self.process_errors: list[Any] = []
        self.rows: list[tuple[str, ...]] = []
        self.data: list[Any] = []
        self.newest: int | None = None
        if formdata:
            typed = [formdata.getlist(f"{self.name}-{column}")[:MOST_ROWS] for column in self.columns]
            self.rows = list(zip_longest(*typed, fillvalue=""))

    def pre_validate(self, form: Any) -> None:
        """Read the rows; raise ValidationError for the first that cannot be read. Empty ones count for nothing."""
        self.data = []
        for number, row in enumerate(self.rows, 1):
            texts = [text.strip() for text in row]
            if any(texts):
                try:
                    self.data.append(self.read(*texts))
                except ValueError as wrong:
                    raise ValidationError(gettext("Row %(row)d: %(problem)s", row=number, problem=str(wrong))) from None
        self.rows = [row for row in self.rows if any(text.strip() for text in row)]

    def read(self, *texts: str) -> Any:
        """What a row says. Raises ValueError with a sentence."""
        raise NotImplementedError

    def show(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Begin with these rows."""
        self.rows = list(rows)

    def add(self) -> None:
        """One more row, empty, where the reader goes on."""
        self.rows.append(("",) * len(self.columns))
        self.newest = len(self.rows) - 1

    def remove(self, number: int) -> None:
        """Take the row with this number out, counted from 0."""
        del self.rows[number : number + 1]


class HoursField(RowsField):
    """The hours of one weekday."""

    columns = ("from", "to")

    def read(self, *texts: str) -> Window:
        return _window(*texts)

    def show_hours(self, windows: Sequence[Window]) -> None:
        self.show((_text(one.start), _text(one.end)) for one in windows)


class OtherDaysField(RowsField):
    """Days off, which have no hours, and days with hours of their own."""

    columns = ("first", "last", "from", "to")

    def read(self, *texts: str) -> OtherDays:
        first, last, start, end = texts
        if not first:
            raise ValueError(gettext("Enter the first day"))
        began = _day(first)
        window = _window(start, end) if start or end else None
        return OtherDays(began, _day(last) if last else began, window)

    def show_days(self, days: Sequence[OtherDays]) -> None:
        self.show(
            (
                one.first.isoformat(),
                one.last.isoformat() if one.last != one.first else "",
                _text(one.window.start) if one.window else "",
                _text(one.window.end) if one.window else "",
            )
            for one in days
        )


def _window(start: str, end: str) -> Window:
    if not start or not end:
        raise ValueError(gettext("Enter both times, or take the row out"))
    from_minute, to_minute = _minute(start), _minute(end)
    # Midnight, and what many calendars write for it: nobody means the minute before.
    return Window(from_minute, DAY_MINUTES if to_minute in (0, LAST_MINUTE) else to_minute)


def _minute(text: str) -> int:
    try:
        wall = dt.time.fromisoformat(text)
    except ValueError:
        raise ValueError(gettext("Enter a time, like 6:00 PM")) from None
    return wall.hour * 60 + wall.minute


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(gettext("Enter a day, like 11/30/2026")) from None


def _text(minute: int) -> str:
    hour, minute = divmod(minute % DAY_MINUTES, 60)
    return f"{hour:02}:{minute:02}"
