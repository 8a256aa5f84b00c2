"""The schedule on one sheet of paper, for a kitchen door: no names and no places unless the reader asks for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, product
from math import ceil
from string import ascii_uppercase

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from portal import clinic
from portal.family import days, filters, planned, slots
from portal.family.days import Month
from portal.family.schedule import whose_times
from portal.family.slots import Slot
from portal.services.closures import closed_days

bp = Blueprint("sheet", __name__)

WEEKS = {"4": _l("4 weeks"), "8": _l("8 weeks")}
# By weeks: how many letters stand on a line of one day, and how many lines all weeks have on one letter page.
LETTERS, LINES = {"4": 17, "8": 22}, {"4": 52, "8": 66}


class SheetForm(FlaskForm):
    """What stands on the sheet. Asking changes nothing, so it goes in the address and needs no token."""

    class Meta:
        csrf = False

    names = BooleanField(_l("Put names on it"))
    places = BooleanField(_l("Put places on it"))
    weeks = RadioField(_l("Weeks"), choices=[SelectChoice(*one) for one in WEEKS.items()], validate_choice=False)


@bp.get("/schedule/print")
def page() -> ResponseReturnValue:
    """What to put on it, and the sheet as it will be printed. Raises NotShared where no times are shared."""
    everybody, whose = whose_times()
    form = SheetForm(formdata=request.args)
    if form.weeks.data not in WEEKS:
        form.weeks.data = "4"
    first = clinic.today()
    last = days.sunday_of(first) + dt.timedelta(weeks=int(form.weeks.data), days=-1)
    kept = {name: request.args[name] for name in form._fields if name in request.args}
    in_words = days.sheet(
        first,
        int(form.weeks.data),
        planned.between(first, last, whose),
        closed_days(first, last),
        lambda one: slots.on_paper(
            one, names=form.names.data, places=form.places.data, own_times=form.weeks.data == "4"
        ),
    )
    is_crowded = _is_crowded(in_words, form.weeks.data)
    sheet, key = _with_key(in_words) if is_crowded else (in_words, {})
    return render_template(
        "family/schedule/sheet.html",
        form=form,
        wanted=request.args.get("for"),
        chips=filters.chips(everybody, "family.sheet.page", **kept),
        clock_change=days.clock_change(first, last),
        today=first,
        sheet=sheet,
        key=key,
        is_crowded=is_crowded,
    )


def _is_crowded(sheet: Month, weeks: str) -> bool:
    """Whether it takes more than one page to say in each cell what the session is."""

    def lines(slot: Slot) -> int:
        said = (slot.time_words, slot.label, slot.own_time, slot.note)
        return sum(ceil(len(words) / LETTERS[weeks]) for words in said)

    def rows(week: list[days.Day | None]) -> int:
        return 1 + max(sum(map(lines, day.slots)) for day in week if day)

    return sum(map(rows, sheet.weeks)) > LINES[weeks]


def _with_key(sheet: Month) -> tuple[Month, dict[str, str]]:
    """The sheet with a letter in place of what takes more than one word, and by letter what it stands for."""
    key: dict[str, str] = {}
    letters = _letters()

    def short(slot: Slot) -> Slot:
        if " " in slot.label and slot.label not in key:
            key[slot.label] = next(letters)
        return replace(slot, label=key.get(slot.label, slot.label))

    weeks = [
        [day and replace(day, slots=[short(slot) for slot in day.slots]) for day in week] for week in sheet.weeks
    ]  # fmt: skip
    return replace(sheet, weeks=weeks), {letter: words for words, letter in key.items()}


def _letters() -> Iterator[str]:
    """A to Z, then AA and on."""
    return chain(ascii_uppercase, map("".join, product(ascii_uppercase, repeat=2)))
