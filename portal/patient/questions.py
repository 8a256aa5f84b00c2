"""Share with someone, the four questions: who, what, emails, until when and why. Each answer is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FormField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from portal.consent.scopes import WORDS
from portal.errors import NotShared, Refused
from portal.patient import drafts, results, whom
from portal.patient import everybody as people
from portal.patient.dates import DateBoxes, written
from portal.services import sharing_drafts

bp = Blueprint("questions", __name__)


class WhoForm(FlaskForm):
    """Someone the patient named before, or someone new."""

    person = RadioField(_l("Who do you want to share with?"), validate_choice=False)
    name = StringField(_l("Their name"), filters=[drafts.tidy])
    known_as = StringField(_l("What name do they call you?"), filters=[drafts.tidy])
    relation = StringField(_l("How do you know them?"), filters=[drafts.tidy])
    reach = RadioField(
        _l("How can we reach them?"),
        choices=[SelectChoice("email", _l("Email")), SelectChoice("letter", _l("A printed letter I can hand over"))],
        validate_choice=False,
    )
    email = StringField(_l("Their email"), filters=[drafts.tidy])


class WhatForm(FlaskForm):
    """The boxes. None is ticked at the start."""

    scopes = SelectMultipleField(
        choices=[SelectChoice(scope.value, words) for scope, words in WORDS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class EmailsForm(FlaskForm):
    """How much our emails may say."""

    email_level = RadioField(
        choices=[
            SelectChoice("notice", _l("Only that there is something new")),
            SelectChoice("times", _l("Also the day and time")),
            SelectChoice("none", _l("No emails")),
        ],
        validate_choice=False,
    )


class UntilForm(FlaskForm):
    """Until when, and why."""

    until = RadioField(
        _l("Until when?"),
        choices=[
            SelectChoice("program", _l("Until I leave the program")),
            SelectChoice("date", _l("Until a date")),
            SelectChoice("month", _l("For 30 days")),
        ],
        validate_choice=False,
    )
    ends_on = FormField(DateBoxes, _l("Which date?"))
    purpose = RadioField(
        _l("Why are you sharing?"),
        choices=[SelectChoice(*one) for one in sharing_drafts.PURPOSES.items()],
        validate_choice=False,
    )


class ParentForm(FlaskForm):
    """The parent or guardian who signs with a minor."""

    parent_name = StringField(_l("Full name of your parent or guardian"), filters=[drafts.tidy])


@bp.get("/sharing/new")
def begin() -> ResponseReturnValue:
    """The first page of the six."""
    ref = request.args.get("with")
    return redirect(people.share_url(ref) if ref else url_for("patient.questions.who"), 303)


@bp.route("/sharing/new/who", methods=["GET", "POST"])
def who() -> ResponseReturnValue:
    """Who do you want to share with?"""
    everybody = people.everybody()
    saved = drafts.mine()
    form = WhoForm(data=whom.was(saved, everybody))
    form.person.choices = [SelectChoice(people.ref_of(one), one.person.name) for one in everybody]
    form.person.choices.append(SelectChoice(whom.SOMEONE_NEW, gettext("Someone new")))
    if request.method == "POST":
        chosen = whom.chosen(form, everybody)
        try:
            if "later" not in request.form:
                drafts.check("who", chosen)
            whom.keep(saved, chosen)
            return _next("what")
        except Refused as refused:
            # Without a choice among the people there is nobody yet of whom a name could be missing.
            chose = bool(chosen) or not everybody
            drafts.show_refusal(form, refused if chose else Refused(gettext("Choose who to share with"), "person"))
    return _page("who", form, step=1, known=len(everybody))


@bp.route("/sharing/new/what", methods=["GET", "POST"])
def what() -> ResponseReturnValue:
    """What can they see?"""
    saved = drafts.mine()
    form = WhatForm(data={"scopes": saved.get("scopes", [])})
    form.scopes.label.text = gettext("What can %(name)s see?", name=_name(saved))
    return _ask("what", form, saved, {"scopes": form.scopes.data}, step=2, then="emails")


@bp.route("/sharing/new/emails", methods=["GET", "POST"])
def emails() -> ResponseReturnValue:
    """What may our emails say?"""
    saved = drafts.mine()
    form = EmailsForm(data={"email_level": saved.get("email_level")})
    form.email_level.label.text = gettext("What may our emails to %(name)s say?", name=_name(saved))
    return _ask("emails", form, saved, {"email_level": form.email_level.data}, step=3, then="until")


@bp.route("/sharing/new/until", methods=["GET", "POST"])
def until() -> ResponseReturnValue:
    """Until when, and why?"""
    saved = drafts.mine()
    before = dt.date.fromisoformat(saved["ends_on"]) if saved.get("ends_on") else None
    boxes = {"month": str(before.month), "day": str(before.day), "year": str(before.year)} if before else {}
    form = UntilForm(data={"until": saved.get("until"), "purpose": saved.get("purpose"), "ends_on": boxes})
    day = written(form.ends_on.form)
    given = {
        "until": form.until.data,
        "ends_on": day.isoformat() if day else None,
        "purpose": form.purpose.data,
    }
    return _ask("until", form, saved, given, step=4, then="parent" if drafts.needs_a_parent() else None)


@bp.route("/sharing/new/parent", methods=["GET", "POST"])
def parent() -> ResponseReturnValue:
    """Who signs with you? Asked of minors only, where the clinic's state wants a parent or guardian to sign too."""
    if not drafts.needs_a_parent():
        raise NotShared
    saved = drafts.mine()
    form = ParentForm(data={"parent_name": saved.get("parent_name")})
    return _ask("parent", form, saved, {"parent_name": form.parent_name.data}, step=5, then=None)


@bp.post("/sharing/new/throw-away")
def throw_away() -> ResponseReturnValue:
    """Forget the answers; nothing was shared."""
    sharing_drafts.throw_away(people.me().id)
    results.remember("thrown away")
    return redirect(url_for("patient.sharing.page"), 303)


def _ask(
    question: str, form: FlaskForm, saved: dict[str, Any], given: dict[str, Any], *, step: int, then: str | None
) -> ResponseReturnValue:
    """One question: show it, or keep the answer and go on."""
    if not saved.get("name"):
        return redirect(url_for("patient.questions.who"), 303)
    if request.method == "POST":
        try:
            if "later" not in request.form:
                drafts.check(question, saved | given)
            sharing_drafts.save(people.me().id, **given)
            return _next(then)
        except Refused as refused:
            drafts.show_refusal(form, refused)
    return _page(question, form, step=step, saved=saved)


def _next(question: str | None) -> ResponseReturnValue:
    if "later" in request.form:
        results.remember("kept")
        return redirect(url_for("patient.sharing.page"), 303)
    return redirect(url_for(f"patient.questions.{question}" if question else "patient.signing.check"), 303)


def _page(question: str, form: FlaskForm, *, step: int, **facts: Any) -> str:
    before = {"what": "who", "emails": "what", "until": "emails", "parent": "until"}.get(question)
    back = url_for(f"patient.questions.{before}") if before else url_for("patient.sharing.page")
    return render_template(
        f"patient/questions/{question}.html",
        form=form,
        step=step,
        steps=drafts.steps(),
        back=back,
        name=_name(facts.get("saved", {})),
        me=people.me(),
        **facts,
    )


def _name(saved: dict[str, Any]) -> str:
    return drafts.first_name(saved)
