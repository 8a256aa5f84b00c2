"""Closed days: close the clinic or one program, see what that comes to, and open again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal import timeouts, words
from portal.consent import record
from portal.errors import NotShared
from portal.models import Appointment, Closure
from portal.services import closing, people, timetables
from portal.services.schedule import short_name
from portal.staff import effects
from portal.staff.answers import tidy
from portal.staff.effects import CheckedForm, Did
from portal.staff.fields import DayField, MayBeEmpty

bp = Blueprint("closures", __name__, url_prefix="/closures")


class ClosureForm(CheckedForm):
    program = SelectField(_l("What is closed?"), validate_choice=False, validators=[MayBeEmpty()])
    starts_on = DayField(_l("First day"), validators=[InputRequired(_l("Enter the first day"))])
    ends_on = DayField(_l("Last day"), validators=[InputRequired(_l("Enter the last day"))])
    name = StringField(_l("Name"), description=_l("Families read it, like “Holiday”."), filters=[tidy])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programs = {timetables.program_ref(one): one for one in timetables.programs()}
        clinic = SelectChoice("", gettext("The whole clinic"))
        self.program.choices = [clinic, *(SelectChoice(ref, one.name) for ref, one in self._programs.items())]

    @property
    def program_id(self) -> int | None:
        """The program that was chosen; None for the whole clinic. Raises NotShared for one that is none."""
        if not self.program.data:
            return None
        if self.program.data not in self._programs:
            raise NotShared
        return self._programs[self.program.data].id


@bp.get("")
def page() -> ResponseReturnValue:
    return _page(ClosureForm(formdata=timeouts.kept()))


@bp.post("")
def close() -> ResponseReturnValue:
    """Close some days: what that comes to first, then for good."""
    form = ClosureForm()

    def act() -> Did:
        done = closing.close(
            form.starts_on.data, form.ends_on.data, form.name.data or "",
            account_id=current_user.id, program_id=form.program_id,
        )  # fmt: skip
        return Did(
            done.effect,
            url_for("staff.closures.page"),
            more={"bookings": _bookings(done.bookings), "rows": _rows(done.closure)},
        )

    return effects.check_or_do(
        form,
        act,
        lambda did: _checking(form, did, gettext("Close these days")) if did else _page(form),
        gettext("Closed. Sessions on these days are shown as cancelled."),
    )


@bp.post("/<ref>/withdraw")
def withdraw(ref: str) -> ResponseReturnValue:
    """Open again: what that comes to first, then for good."""
    form = CheckedForm()

    def act() -> Did:
        done = closing.withdraw(ref, account_id=current_user.id)
        return Did(done.effect, url_for("staff.closures.page"), more={"rows": _rows(done.closure)})

    return effects.check_or_do(
        form,
        act,
        lambda did: _checking(form, did, gettext("Open again")) if did else _page(ClosureForm(formdata=None)),
        gettext("Open again. The sessions of these days take place."),
    )


def _bookings(found: tuple[Appointment, ...]) -> list[dict[str, Any]]:
    lines = []
    for one in found:
        patient = people.with_id(one.patient_id)
        record.look_at(patient.id, "day")
        name = short_name(patient.given_name, patient.family_name)
        lines.append({"name": name, "url": url_for("staff.sharing.page", ref=patient.ref), "at": one.starts_at})
    return lines


def days_of(closure: Closure) -> str:
    """ "Thursday, November 26 to Friday, November 27"."""
    if closure.starts_on == closure.ends_on:
        return words.day(closure.starts_on)
    return gettext("%(first)s to %(last)s", first=words.day(closure.starts_on), last=words.day(closure.ends_on))


def _rows(closure: Closure) -> list[dict[str, str]]:
    names = {one.id: one.name for one in timetables.programs()}
    whose = names.get(closure.program_id or 0, gettext("The whole clinic"))
    return [
        {"name": gettext("Closed"), "words": whose},
        {"name": gettext("Days"), "words": days_of(closure)},
        {"name": gettext("Name"), "words": closure.name},
    ]


def _page(form: ClosureForm) -> ResponseReturnValue:
    return render_template(
        "staff/schedule/closures.html",
        form=form,
        closures=[(one, days_of(one)) for one in closing.to_come()],
        programs={one.id: one.name for one in timetables.programs()},
    )


def _checking(form: CheckedForm, did: Did, button: str) -> ResponseReturnValue:
    title = gettext("Check before you close") if isinstance(form, ClosureForm) else gettext("Check before you open")
    return effects.page(form, did, title, button, back=url_for("staff.closures.page"))
