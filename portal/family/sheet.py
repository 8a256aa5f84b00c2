"""The schedule on one sheet of paper, for a kitchen door: no names and no places unless the reader asks for them."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from portal import clinic
from portal.family import days, filters, planned, slots
from portal.family.schedule import whose_times
from portal.services.closures import closed_days

bp = Blueprint("sheet", __name__)

WEEKS = {"4": _l("4 weeks"), "8": _l("8 weeks")}


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
    return render_template(
        "family/schedule/sheet.html",
        form=form,
        wanted=request.args.get("for"),
        chips=filters.chips(everybody, "family.sheet.page", **kept),
        clock_change=days.clock_change(first, last),
        today=first,
        sheet=days.sheet(
            first,
            int(form.weeks.data),
            planned.between(first, last, whose),
            closed_days(first, last),
            lambda one: slots.on_paper(
                one, names=form.names.data, places=form.places.data, own_times=form.weeks.data == "4"
            ),
        ),
    )
