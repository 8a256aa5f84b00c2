"""Classes for families: plan one, change it, cancel one of its sessions, and read who comes. No patient is linked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal import clock, timeouts
from portal.errors import NotShared, Refused
from portal.models import FamilyClass
from portal.services import classes, form_tokens
from portal.services.classes_rules import IN_PERSON, ONLINE, Plan
from portal.staff.answers import say_in, tidy
from portal.staff.fields import ClockField, DayField, MayBeEmpty, NumberField

bp = Blueprint("classes", __name__, url_prefix="/classes")

DAYS = ("%m/%d/%Y", "%Y-%m-%d")


class SkipsField(TextAreaField):
    """Days, one on each line."""

    def process_data(self, value: Sequence[str] | None) -> None:
        self.data = "\n".join(dt.date.fromisoformat(day).strftime(DAYS[0]) for day in value or ())

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = "".join(valuelist)

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Raises Refused for a line that is none."""
        return tuple(_day(line.strip()) for line in (self.data or "").splitlines() if line.strip())


class ClassForm(FlaskForm):
    """What the care team says of a class."""

    title = StringField(_l("Name"), description=_l("Families read it."), filters=[tidy])
    text = TextAreaField(_l("What it is about"), filters=[tidy])
    starts_on = DayField(_l("First day"), validators=[InputRequired(_l("Enter the first day"))])
    wall_time = ClockField(_l("Begins"), validators=[InputRequired(_l("Enter when it begins"))])
    minutes = NumberField(_l("Minutes"), default=90, validators=[InputRequired(_l("Enter how long it takes"))])
    sessions = NumberField(
        _l("How many sessions"), description=_l("One a week."), default=6,
        validators=[InputRequired(_l("Enter how many sessions there are"))],
    )  # fmt: skip
    skips = SkipsField(
        _l("Days without a session"),
        description=_l("One on each line, like 12/26/2026. The class takes a week longer for each."),
        validators=[MayBeEmpty()], filters=[tidy],
    )  # fmt: skip
    capacity = NumberField(
        _l("How many can come"), default=12, validators=[InputRequired(_l("Enter how many can come"))]
    )
    mode = RadioField(
        _l("How you meet"),
        choices=[SelectChoice(ONLINE, _l("Online")), SelectChoice(IN_PERSON, _l("In person"))],
        default=ONLINE,
        validate_choice=False,
    )
    place = StringField(_l("Place"), filters=[tidy], validators=[MayBeEmpty()])
    online_link = StringField(
        _l("Link"), description=_l("Only those who signed up see it, from 15 minutes before each session."),
        filters=[tidy], validators=[MayBeEmpty()],
    )  # fmt: skip
    token = HiddenField()

    def plan(self) -> Plan:
        """What was typed. Raises Refused for a day that cannot be read."""
        assert self.starts_on.data is not None
        assert self.wall_time.data is not None
        return Plan(
            title=self.title.data or "",
            text=self.text.data or "",
            mode=self.mode.data or "",
            place=self.place.data or "",
            online_link=(self.online_link.data or "").strip(),
            capacity=self.capacity.data or 0,
            starts_on=self.starts_on.data,
            wall_time=self.wall_time.data,
            minutes=self.minutes.data or 0,
            sessions=self.sessions.data or 0,
            skips=self.skips.days,
        )


class PressForm(FlaskForm):
    """A button; the day stands in the address."""


@bp.get("")
def page() -> ResponseReturnValue:
    rows = [(row, classes.sessions_of(row), len(row.places)) for row in classes.all_of_them()]
    return render_template("staff/classes/page.html", rows=rows, now=clock.now())


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = ClassForm(formdata=timeouts.kept()) if timeouts.kept() else ClassForm()
    if form_tokens.is_one(form.token.data) and form.validate_on_submit():
        try:
            answer = form_tokens.once(form.token.data or "", current_user.id, lambda: _address(_plan(form)))
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Planned. Families see it now."))
            return redirect(answer, 303)
    if not form_tokens.is_one(form.token.data):
        form.token.data = form_tokens.new()
    return render_template("staff/classes/new.html", form=form)


@bp.route("/<ref>", methods=["GET", "POST"])
def one(ref: str) -> ResponseReturnValue:
    """One class: its plan, its sessions, and who comes."""
    row = classes.find(ref)
    form = ClassForm(obj=row)
    if form.validate_on_submit():
        try:
            classes.change(ref, form.plan(), account_id=current_user.id)
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Saved. Families see it as it is now."))
            return redirect(_address(row), 303)
    return render_template(
        "staff/classes/one.html",
        form=form,
        row=row,
        sessions=classes.sessions_of(row),
        names=classes.names_in(row),
        now=clock.now(),
    )


@bp.post("/<ref>/<date>/cancel")
def call_off(ref: str, date: str) -> ResponseReturnValue:
    """Cancel one session."""
    row = classes.call_off(ref, _date(date), account_id=current_user.id)
    flash(gettext("Cancelled. Families see it."))
    return redirect(_address(row), 303)


@bp.post("/<ref>/<date>/bring-back")
def bring_back(ref: str, date: str) -> ResponseReturnValue:
    """Let it take place after all."""
    row = classes.bring_back(ref, _date(date), account_id=current_user.id)
    flash(gettext("It takes place again."))
    return redirect(_address(row), 303)


def _plan(form: ClassForm) -> FamilyClass:
    return classes.plan(form.plan(), account_id=current_user.id)


def _address(row: FamilyClass) -> str:
    return url_for("staff.classes.one", ref=row.ref)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotShared from None


def _day(text: str) -> dt.date:
    for pattern in DAYS:
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007  a day, without a zone
        except ValueError:
            continue
    raise Refused(_l("Enter each day on a line of its own, like 12/26/2026"), "skips")
