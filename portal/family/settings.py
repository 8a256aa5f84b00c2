"""The viewer's own settings: language, colours, email."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired

from portal import words
from portal.consent import people
from portal.consent.viewer import the_account_id
from portal.errors import Refused
from portal.family import own_time
from portal.family.answers import say_in
from portal.frame import LANGUAGES
from portal.services import choices, feeds

bp = Blueprint("settings", __name__)

LEVELS = {
    "notice": _l("Just that there is something new"),
    "times": _l("Also the day and time"),
    "none": _l("Send me nothing"),
}


class LookForm(FlaskForm):
    """How the portal speaks and looks."""

    language = RadioField(
        _l("Language"), [InputRequired(_l("Choose a language"))], choices=dict(LANGUAGES), validate_choice=False
    )
    theme = RadioField(_l("How it looks"), [InputRequired(_l("Choose how it looks"))], validate_choice=False)


class ZoneForm(FlaskForm):
    """Where the reader's own clock is."""

    time_zone = SelectField(_l("Your time zone"), validate_choice=False)


class EmailForm(FlaskForm):
    """How much email may say."""

    level = RadioField(
        _l("What may our emails say?"),
        [InputRequired(_l("Choose what our emails may say"))],
        validate_choice=False,
    )
    calendar_files = BooleanField(_l("Send calendar files"))


@bp.route("/settings", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """Language and colours."""
    mine = choices.of(the_account_id())
    form = LookForm(language=mine.language, theme=mine.theme)
    form.theme.choices = {"auto": gettext("Same as my device"), "light": gettext("Light"), "dark": gettext("Dark")}
    if form.validate_on_submit():
        try:
            choices.choose_look(the_account_id(), language=form.language.data, theme=form.theme.data)
        except Refused as refused:
            say_in(form, refused)
        else:
            session["language"] = form.language.data
            return _saved("family.settings.page")
    email_words = str(LEVELS.get(mine.wants_email, LEVELS["notice"]))
    return render_template(
        "family/settings/page.html",
        form=form,
        mine=mine,
        email_words=email_words,
        own_zone=own_time.zone_words(),
        feed_words=gettext("On") if feeds.made_at() else gettext("Off"),
    )


@bp.route("/settings/time-zone", methods=["GET", "POST"])
def time_zone() -> ResponseReturnValue:
    """The reader's own time zone: session times are said in it too."""
    form = ZoneForm(time_zone=choices.of(the_account_id()).time_zone or "")
    form.time_zone.choices = own_time.choices()
    if form.validate_on_submit():
        try:
            choices.choose_time_zone(the_account_id(), form.time_zone.data)
        except Refused as refused:
            say_in(form, refused)
        else:
            return _saved("family.settings.page")
    return render_template("family/settings/time_zone.html", form=form)


@bp.route("/settings/emails", methods=["GET", "POST"])
def emails() -> ResponseReturnValue:
    """How much email may say. What nobody allows is not there to choose."""
    mine = choices.of(the_account_id())
    offered = choices.email_levels(the_account_id())
    form = EmailForm(
        level=mine.wants_email if mine.wants_email in offered else offered[0], calendar_files=mine.wants_calendar_files
    )
    if "times" not in offered:
        del form.calendar_files
    form.level.choices = {level: str(LEVELS[level]) for level in offered}
    if form.validate_on_submit():
        try:
            wants_files = form.calendar_files is not None and form.calendar_files.data
            choices.choose_emails(the_account_id(), form.level.data, calendar_files=bool(wants_files))
        except Refused as refused:
            say_in(form, refused)
        else:
            return _saved("family.settings.emails")
    allowing = words.listed([person.known_as for person in people.people() if person.email_level == "times"])
    hints = {
        "times": gettext("Allowed by: %(names)s", names=allowing),
        "none": gettext("Emails that keep your account safe still come."),
    }
    return render_template("family/settings/emails.html", form=form, mine=mine, hints=hints)


def _saved(endpoint: str) -> ResponseReturnValue:
    flash(gettext("Saved."))
    return redirect(url_for(endpoint), 303)
