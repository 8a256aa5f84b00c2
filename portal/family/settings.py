"""The viewer's own settings: language, colours, email."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal import words
from portal.consent import people
from portal.consent.viewer import the_account_id
from portal.errors import Refused
from portal.family import own_time
from portal.family.answers import say_in
from portal.frame import LANGUAGES
from portal.quiet_fields import QuietFields
from portal.services import choices, email_choices, email_stops, email_words, feeds, mail_words
from portal.services.choices import Choices
from portal.services.email_choices import EVERY, Wish

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


class ChecksField(SelectMultipleField):
    """Any number of boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class EmailForm(QuietFields):
    """What our emails say, which come, about whom and when. A question with one answer is not asked.

    `asked` are the boxes that stood on the page: one that came to be asked later is not one that was left empty.
    """

    level = RadioField(
        _l("What may our emails say?"),
        [InputRequired(_l("Choose what our emails may say"))],
        validate_choice=False,
    )
    calendar_files = BooleanField(_l("Send calendar files"))
    shares_mailbox = BooleanField(_l("Other people can open this mailbox"))
    kinds = ChecksField(_l("Which ones?"), validate_choice=False)
    people = ChecksField(_l("About whom?"), validate_choice=False)
    weekly_day = SelectField(_l("One list a week instead of single emails?"), validate_choice=False)
    asked = HiddenField()
    could_choose_times = True


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
    """What our emails say, which come, about whom and when. What nobody allows is not there to choose."""
    mine = choices.of(the_account_id())
    form = _email_form(mine)
    if form.validate_on_submit():
        try:
            # Its refusal comes first: what the other may have changed by then would show on the page.
            mail_words.choose(the_account_id(), form.mail_word.data or "")
            email_choices.choose(the_account_id(), _wish(form))
        except Refused as refused:
            say_in(form, refused)
        else:
            return _saved("family.settings.emails")
    names = {person.patient_id: person.known_as for person in people.people()}
    allowing = words.listed([person.known_as for person in people.people() if person.email_level == "times"])
    return render_template(
        "family/settings/emails.html",
        form=form,
        mine=mine,
        hints={
            "times": gettext("Allowed by: %(names)s", names=allowing),
            "none": gettext("Emails that keep your account safe still come."),
        },
        weekly=email_choices.weekly_day(the_account_id()) is not None,
        proofs=email_stops.own_proofs(the_account_id(), email_choices.PROVABLE, names),
        names=names,
        kind_words=email_words.kind_words,
        how_words=email_words.HOW,
    )


def _email_form(mine: Choices) -> EmailForm:
    """The questions that somebody's sharing leaves to this reader, with the answers they gave before."""
    account_id = the_account_id()
    levels, kinds, whom = email_choices.levels(account_id), email_choices.kinds(), email_choices.whom(account_id)
    off, day = email_stops.live(account_id), email_choices.weekly_day(account_id)
    wanted_kinds = [kind for kind in kinds if (kind, None) not in off]
    wanted_people = [person.ref for person in whom if (EVERY, person.patient_id) not in off]
    form = EmailForm(
        email_choices.quiet_hours(account_id),
        mail_word=mine.mail_word,
        level=mine.wants_email if mine.wants_email in levels else levels[0],
        calendar_files=mine.wants_calendar_files,
        shares_mailbox=mine.shares_mailbox,
        kinds=wanted_kinds,
        people=wanted_people,
        weekly_day="" if day is None else str(day),
    )
    form.level.choices = {level: str(LEVELS[level]) for level in levels}
    form.kinds.choices = [(kind, str(email_words.kind_words(kind))) for kind in kinds]
    form.people.choices = [(person.ref, person.known_as) for person in whom]
    form.weekly_day.choices = [("", gettext("No, one email each time"))]
    form.weekly_day.choices += [(str(day), gettext("Yes, on %(day)s", day=words.weekday_name(day))) for day in range(7)]
    asked = [*kinds, *(person.ref for person in whom), "calendar_files"]
    answered = asked if form.asked.data is None else form.asked.data.split()
    form.kinds.data = _answers(form.kinds.data, answered, wanted_kinds)
    form.people.data = _answers(form.people.data, answered, wanted_people)
    form.asked.data = " ".join(asked if "times" in levels else asked[:-1])
    form.could_choose_times = "calendar_files" in answered  # which stands beside it
    if "times" not in levels or not form.could_choose_times:
        del form.calendar_files
    if not kinds:
        del form.kinds
    if not whom:
        del form.people
    if not email_choices.offers_weekly_list():
        del form.weekly_day
    return form


def _answers(ticked: Sequence[str] | None, answered: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """What was ticked on the page, and what is wanted already of what did not stand there."""
    return [*(ticked or ()), *(one for one in wanted if one not in answered)]


def _wish(form: EmailForm) -> Wish:
    """What the form says. The service leaves alone what nobody was asked."""
    picked = set(form.people.data or () if form.people else ())
    day = form.weekly_day.data if form.weekly_day else ""
    return Wish(
        level=form.level.data,
        kinds=form.kinds.data or () if form.kinds else (),
        patient_ids={person.patient_id for person in people.people() if person.ref in picked},
        weekly_day=(int(day) if day.isdecimal() else -1) if day else None,
        quiet=form.chosen_hours(),
        calendar_files=form.calendar_files.data if form.calendar_files else None,
        shares_mailbox=form.shares_mailbox.data,
        could_choose_times=form.could_choose_times,
    )


def _saved(endpoint: str) -> ResponseReturnValue:
    flash(gettext("Saved."))
    return redirect(url_for(endpoint), 303)
