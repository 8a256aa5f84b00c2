"""Tell me when times open: join the waiting list, change what one waits for, leave it in one click."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal import clinic
from portal.consent import people
from portal.consent.people import SharedPerson
from portal.consent.scopes import Scope
from portal.consent.viewer import the_account_id
from portal.errors import NotShared, Refused
from portal.family import waits, ways
from portal.family.answers import say_in
from portal.family.planned import mode_words
from portal.family.waits import PARTS, Waits
from portal.family.ways import Way
from portal.services import choices, form_tokens
from portal.services import waiting as acts
from portal.services.session_kinds import kind_words
from portal.services.waiting_list_rules import Wish, usual_end

bp = Blueprint("waiting", __name__)

ANY = "any"


class LastDayField(DateField):
    """A day; what cannot be read is none, and the rule says what is wanted."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class ChecksField(SelectMultipleField):
    """Any number of boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class WaitForm(FlaskForm):
    """What somebody waits for. A question with one answer is not asked."""

    who = RadioField(_l("Who is this session with?"), validate_choice=False)
    days = ChecksField(_l("Which days?"), validate_choice=False)
    parts = ChecksField(_l("Which times?"), validate_choice=False)
    until = LastDayField(_l("Until when?"))
    how = RadioField(_l("How would you like to meet?"), default=ANY, validate_choice=False)
    kind = RadioField(_l("What kind of session?"), validate_choice=False)
    token = HiddenField()


@bp.route("/sessions/waitlist", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """Where the reader waits already, and a place on the list for whom they do not wait yet."""
    mine, every_way = waits.all_of(_everybody()), ways.all_ways()
    new = [way for way in every_way if not any(_is_for(one, way) for one in mine)]
    form = _form(new)
    if request.method == "GET":
        form.token.data = form_tokens.new()
    elif form_tokens.is_one(form.token.data) and form.validate():
        try:
            way = _chosen(every_way, form.who.data)
            form_tokens.once(form.token.data or "", the_account_id(), lambda: _join(way, form))
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(_done(way.person))
            return redirect(url_for("family.sessions.page"), 303)
    return render_template("family/waiting/page.html", form=form, mine=mine, is_new=bool(new))


@bp.route("/sessions/waitlist/<ref>", methods=["GET", "POST"])
def change(ref: str) -> ResponseReturnValue:
    """Wait for something else. The turn stays."""
    one = waits.one_of(ref, _everybody())
    way = next((way for way in ways.all_ways() if _is_for(one, way)), None)
    if way is None:
        raise NotShared
    form = _form([way], one.wish)
    del form.who
    if form.validate_on_submit():
        try:
            acts.change(one.id, _wish(way, form))
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("We have changed it."))
            return redirect(url_for("family.sessions.page"), 303)
    return render_template("family/waiting/change.html", form=form, one=one)


@bp.post("/sessions/waitlist/<ref>/leave")
def leave(ref: str) -> ResponseReturnValue:
    """Wait no more. One click, from wherever the list is shown."""
    acts.leave(waits.one_of(ref, _everybody()).id)
    flash(gettext("You are not on the list any more."))
    return redirect(url_for("family.sessions.page"), 303)


def _everybody() -> list[SharedPerson]:
    everybody = people.who_shares(Scope.FAMILY)
    if not everybody:
        raise NotShared
    return everybody


def _is_for(one: Waits, way: Way) -> bool:
    return (one.person.patient_id, one.staff_id) == (way.person.patient_id, way.staff_id)


def _form(new: list[Way], wish: Wish | None = None) -> WaitForm:
    """The form for these ways, with the answers of `wish`, of the address, or the usual ones."""
    form = WaitForm(**(_usual_answers(new) if wish is None else _answers(wish)))
    form.days.choices = waits.day_choices()
    form.parts.choices = [(str(part), label) for part, label in PARTS.items()]
    form.who.choices = [(way.ref, ways.label(way)) for way in new]
    form.how.choices = [(ANY, gettext("Either is fine")), *((mode, mode_words(mode)) for mode in ways.modes(new))]
    names = {way.person.known_as for way in new}
    name = names.pop() if len(names) == 1 else gettext("the person in treatment")
    form.kind.choices = [(kind, kind_words(kind, name)) for kind in ways.kinds(new)]
    if not ways.modes(new):
        del form.how
    if not ways.kinds(new):
        del form.kind
    return form


def _usual_answers(new: list[Way]) -> dict[str, Any]:
    latest = min((way.person.ends_on for way in new), default=clinic.today())
    return {
        "who": request.args.get("who"),
        "how": request.args.get("how") or ANY,
        "kind": request.args.get("kind"),
        "until": usual_end(clinic.today(), latest),
    }


def _answers(wish: Wish) -> dict[str, Any]:
    return {
        "days": [str(day) for day in wish.weekdays],
        "parts": list(wish.parts),
        "until": wish.until_on,
        "how": wish.mode or ANY,
        "kind": wish.kind,
    }


def _chosen(every_way: list[Way], who: str | None) -> Way:
    """Raises Refused when nobody was chosen, NotShared for somebody the viewer cannot book with."""
    if not who and len(every_way) > 1:
        raise Refused(_l("Choose who it is with"), "who")
    way = next((way for way in every_way if who in (None, "", way.ref)), None)
    if way is None:
        raise NotShared
    return way


def _join(way: Way, form: WaitForm) -> str:
    acts.join(way.person.patient_id, way.staff_id, _wish(way, form))
    return url_for("family.sessions.page")


def _wish(way: Way, form: WaitForm) -> Wish:
    """What was chosen; the rules say what of it is not to be had."""
    mode = form.how.data if form.how and form.how.data != ANY else None
    until: dt.date | None = form.until.data
    return Wish(
        weekdays=tuple(int(day) for day in form.days.data or () if day.isdecimal()),
        parts=tuple(form.parts.data or ()),
        until_on=until or dt.date.min,
        mode=mode,
        kind=form.kind.data if form.kind else way.kinds[0],
    )


def _done(person: SharedPerson) -> str:
    if choices.gets_email(the_account_id(), person.email_level, kind="time_opened", patient_id=person.patient_id):
        return gettext("You are on the list. When a time opens, it stands here, and we write you an email.")
    return gettext("You are on the list. When a time opens, it stands here.")
