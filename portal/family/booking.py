"""Book a family session: with whom, how and what kind, when, check, done."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from portal import clinic, words
from portal.consent.viewer import the_account_id, the_viewer
from portal.db import commit
from portal.errors import Refused
from portal.family import free_days, kept, own_time, waits, ways
from portal.family.answers import say_in
from portal.family.planned import mode_words
from portal.family.ways import Answers, Way
from portal.refs import ref_for
from portal.services import booking, choices, form_tokens
from portal.services.booking import Choice
from portal.services.booking_rules import check_kind, check_mode, check_time
from portal.services.session_kinds import kind_words

bp = Blueprint("booking", __name__)


class WhoForm(FlaskForm):
    """With whom, and how to meet. A question with one answer is not asked."""

    who = RadioField(
        _l("Who is this session with?"), [InputRequired(_l("Choose who it is with"))], validate_choice=False
    )
    how = RadioField(
        _l("How would you like to meet?"),
        [InputRequired(_l("Choose how you would like to meet"))],
        validate_choice=False,
    )
    kind = RadioField(
        _l("What kind of session?"), [InputRequired(_l("Choose what kind of session it is"))], validate_choice=False
    )


class TimeForm(FlaskForm):
    """One time out of those that are free. `note` keeps what was written when a time was taken meanwhile."""

    time = StringField(_l("Choose a day and time"), [InputRequired(_l("Choose a day and time"))])
    note = HiddenField()


class CheckForm(FlaskForm):
    """The last page before it is booked."""

    note = TextAreaField(validators=[Optional()])
    token = HiddenField()


@bp.get("/sessions/book")
def start() -> ResponseReturnValue:
    """Where every "Book a session" leads. Raises NotShared when nobody shares family sessions."""
    ways.all_ways()
    return redirect(url_for("family.booking.who"))


@bp.route("/sessions/book/who", methods=["GET", "POST"])
def who() -> ResponseReturnValue:
    """Step one; skipped when there is nothing to ask."""
    every_way = ways.all_ways()
    free = [way for way in every_way if not way.full]
    if not free:
        full = every_way[0].full if every_way else ""
        return render_template("family/booking/not_now.html", sentence=full)
    form = _who_form(free)
    if not ways.asks_anything(free):
        return redirect(url_for("family.booking.time"))
    if form.validate_on_submit():
        answers = ways.chosen(free, *(field.data if field else None for field in (form.who, form.how, form.kind)))
        if answers is not None:
            return redirect(url_for("family.booking.time", **answers.query), 303)
        _say_what_is_not_offered(free, form)
    return render_template("family/booking/who.html", form=form, full=[way for way in every_way if way.full])


@bp.route("/sessions/book/time", methods=["GET", "POST"])
def time() -> ResponseReturnValue:
    """Step two: a day and a time."""
    answers = ways.from_address(ways.all_ways())
    if answers is None or answers.way.full:
        return redirect(url_for("family.booking.who"), 303)
    form = TimeForm(time=request.args.get("time"))
    if form.validate_on_submit():
        starts_at = free_days.from_value(form.time.data)
        try:
            booking.keep(_choice(answers, starts_at))
        except Refused as refused:
            return _taken(answers, form.note.data or "", refused)
        if form.note.data:
            # What was written must not travel in an address.
            commit()
            return _check_page(answers, starts_at, CheckForm(note=form.note.data))
        return redirect(url_for("family.booking.check", time=form.time.data, **answers.query), 303)
    return _time_page(answers, form)


@bp.route("/sessions/book/check", methods=["GET", "POST"])
def check() -> ResponseReturnValue:
    """Step three: look again, then book. However often it is sent, it is one session."""
    answers = ways.from_address(ways.all_ways())
    if answers is None:
        return redirect(url_for("family.booking.who"), 303)
    starts_at = free_days.from_value(request.args.get("time"))
    form = CheckForm()
    if starts_at is not None and form_tokens.is_one(form.token.data) and form.validate_on_submit():
        try:
            return redirect(_book_once(answers, starts_at, form), 303)
        except Refused as refused:
            if refused.field == "time":
                return _taken(answers, form.note.data or "", refused)
            say_in(form, refused)
    return _check_page(answers, starts_at, form)


def _book_once(answers: Answers, starts_at: dt.datetime, form: CheckForm) -> str:
    viewer = the_viewer()

    def book() -> str:
        choice = _choice(answers, starts_at, form.note.data or "")
        return url_for("family.sessions.booked", ref=ref_for(viewer.account_ref, booking.book(choice).ref))

    return form_tokens.once(form.token.data or "", the_account_id(), book)


def _choice(answers: Answers, starts_at: dt.datetime | None, note: str = "") -> Choice:
    check_time(starts_at, () if starts_at is None else (starts_at,))
    assert starts_at is not None
    return Choice(answers.way.person.patient_id, answers.way.staff_id, starts_at, answers.mode, note, answers.kind)


def _say_what_is_not_offered(free: list[Way], form: WhoForm) -> None:
    way = next((way for way in free if form.who is None or way.ref == form.who.data), free[0])
    for field, check, offered in ((form.how, check_mode, way.modes), (form.kind, check_kind, way.kinds)):
        try:
            if field:
                check(field.data, offered)
        except Refused as refused:
            say_in(form, refused)


def _who_form(free: list[Way]) -> WhoForm:
    form = WhoForm(who=request.args.get("who"), how=request.args.get("how"), kind=request.args.get("kind"))
    form.who.choices = {way.ref: ways.label(way) for way in free}
    form.how.choices = {mode: mode_words(mode) for mode in ways.modes(free)}
    if len(free) == 1:
        del form.who
    form.kind.choices = {kind: kind_words(kind, _name(free)) for kind in ways.kinds(free)}
    if not ways.modes(free):
        del form.how
    if not ways.kinds(free):
        del form.kind
    return form


def _name(free: list[Way]) -> str:
    names = {way.person.known_as for way in free}
    return names.pop() if len(names) == 1 else gettext("the person in treatment")


def _time_page(answers: Answers, form: TimeForm) -> ResponseReturnValue:
    starts = booking.offered_to_the_viewer(answers.way.staff_id)
    return render_template(
        "family/booking/time.html",
        form=form,
        answers=answers,
        calendar=free_days.picture(starts, answers.way.length),
        waits=any(one.staff_id == answers.way.staff_id for one in waits.all_of([answers.way.person])),
        **_steps(2, answers),
    )


def _taken(answers: Answers, note: str, refused: Refused) -> ResponseReturnValue:
    form = TimeForm(formdata=None, note=note)
    say_in(form, refused)
    return _time_page(answers, form)


def _check_page(answers: Answers, starts_at: dt.datetime | None, form: CheckForm) -> ResponseReturnValue:
    kept_until = kept.until(answers.way.person.patient_id, answers.way.staff_id, starts_at)
    try:
        if kept_until is None:
            check_time(starts_at, booking.offered_to_the_viewer(answers.way.staff_id))
    except Refused as refused:
        return _taken(answers, form.note.data or "", refused)
    assert starts_at is not None
    if not form_tokens.is_one(form.token.data):
        form.token.data = form_tokens.new()
    form.note.label.text = gettext("Anything %(name)s needs to know?", name=answers.way.with_name)
    person = answers.way.person
    value = free_days.as_value(starts_at)
    return render_template(
        "family/booking/check.html",
        form=form,
        answers=answers,
        value=value,
        kept_until=kept_until,
        clinic_today=clinic.today(),
        when=[words.day(starts_at), words.times(starts_at, answers.way.ends_at(starts_at))],
        own_time=own_time.in_words(starts_at, answers.way.ends_at(starts_at)),
        is_reminded=choices.gets_email(
            the_account_id(), person.email_level, kind="reminder", patient_id=person.patient_id
        ),
        **_steps(3, answers),
    )


def _steps(now: int, answers: Answers) -> dict[str, int]:
    # The first page does not count when there was nothing to ask on it.
    return {"now": now, "total": 3} if answers.asked else {"now": now - 1, "total": 2}
