"""People in treatment: find one, and see who sees what of them."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from portal import words
from portal.consent import record
from portal.consent.matrix import cells, columns
from portal.consent.picture import Sharing, Standing
from portal.errors import Refused
from portal.models import Patient
from portal.services import (
    audience,
    email_choices,
    email_stops,
    email_words,
    invitation_lines,
    leaving,
    people,
    schedule,
    updates,
    who_sees_what,
)
from portal.services.audience import NOTHING_SIGNED
from portal.services.invitation_lines import State
from portal.services.people import Show
from portal.services.who_sees_what import Reached
from portal.staff import invitations, pages, said, sharing, standings

bp = Blueprint("people", __name__, url_prefix="/people")

SHOWN = {
    Show.EVERYONE: _l("Everyone"),
    Show.SHARING: _l("Sharing now"),
    Show.PAUSED: _l("Paused"),
    Show.ENDING: _l("Ending soon"),
    Show.UNUSABLE: _l("Form cannot be used"),
    Show.PAPER: _l("Form on paper waits"),
    Show.TALK: _l("Would like to talk"),
}

LANGUAGES = {"en": _l("English"), "es": _l("Spanish")}


class SearchForm(FlaskForm):
    """A name goes into the body of a request, never into an address."""

    name = StringField(_l("Find by name"), description=_l("2 or more letters"))


@bp.get("")
def page() -> ResponseReturnValue:
    show = _shown()
    here = pages.asked_for(people.how_many(show), people.PAGE)
    return _list(people.listed(show, offset=here.offset), SearchForm(), show, here)


@bp.post("")
def search() -> ResponseReturnValue:
    form = SearchForm()
    form.validate()
    try:
        found = people.search(form.name.data or "")
    except Refused as no:
        form.name.errors = [no.sentence]
        found = []
    return _list(found, form, None, None)


@bp.get("/<ref>")
def person(ref: str) -> ResponseReturnValue:
    return _page(people.find(ref))


def _shown() -> Show:
    asked = request.args.get("show", "")
    return Show(asked) if asked in list(Show) else Show.EVERYONE


def _list(
    lines: list[people.PatientLine], form: SearchForm, show: Show | None, here: pages.Page | None
) -> ResponseReturnValue:
    people.put_on_record(lines)
    choices = [
        {"label": label, "url": url_for(".page", show=one), "current": one == show} for one, label in SHOWN.items()
    ]
    return render_template(
        "staff/people/page.html", lines=lines, form=form, choices=choices, here=here, show=show, most=people.PAGE
    )


def _page(patient: Patient) -> ResponseReturnValue:
    record.look_at(patient.id, "person")
    sharings = who_sees_what.sharing_of(patient)
    reached = who_sees_what.how_reached(patient)
    signed = audience.standings_of([one.person.id for one in sharings])
    lines = invitation_lines.of_patient(patient.id)
    return render_template(
        "staff/people/person.html",
        patient=patient,
        has_left=leaving.has_left(patient),
        facts=_facts(patient),
        columns=columns(),
        rows=[
            _row(patient, one, reached.get(one.person.id), signed.get(one.person.id, NOTHING_SIGNED))
            for one in sharings
        ],
        stops=sharing.stops(sharings),
        can_pause=sharing.can_pause(patient, sharings),
        candidates=invitation_lines.candidates(patient.id),
        invitations=lines,
        invited={one.invitation.related_person_id for one in lines if one.state == State.SENT},
        invitation_states=invitations.STATES,
        sessions=schedule.to_come(patient.id),
        updates=updates.posted(patient_id=patient.id, most=10),
        kinds=said.KINDS,
        states=said.STATES,
        update_kinds=said.UPDATE_KINDS,
        turned_off=email_stops.proofs_about(patient.id, email_choices.PROVABLE),
        kind_words=email_words.kind_words,
        how_words=email_words.HOW,
    )


def _row(patient: Patient, one: Sharing, reached: Reached | None, standing: audience.Standing) -> dict[str, object]:
    facts = [one.person.relation]
    if reached is not None and reached.language != "en":
        facts.append(str(LANGUAGES.get(reached.language, reached.language)))
    if reached is not None and reached.shares_mailbox:
        facts.append(gettext("shared mailbox"))
    shown = one.standing in (Standing.ACTIVE, Standing.PAUSED)
    return {
        "name": one.person.name,
        "letter": words.initial(one.person.name),
        "colour": one.person.colour,
        "relation_words": " · ".join(fact for fact in facts if fact),
        "until_words": _until(patient, one) if shown else None,
        "cells": cells(one),
        "last_look_words": words.relative_day(one.last_look) if one.last_look else "",
        "tag": None if shown else standings.tag(patient, one, standing),
    }


def _until(patient: Patient, one: Sharing) -> str | None:
    if one.consent is None or one.consent.ends_on is None:
        return None
    if one.consent.ends_with_program:
        return gettext("%(patient)s leaves the program", patient=patient.given_name)
    return words.day(one.consent.ends_on)


def _facts(patient: Patient) -> list[str]:
    facts = [patient.program.name] if patient.program else []
    weeks = patient.program.weeks if patient.program else None
    week = people.week_of(patient.started_on, weeks)
    if week is not None and patient.discharged_at is None:
        facts.append(gettext("Week %(week)d of %(weeks)d", week=week, weeks=weeks))
    if patient.account_id is None:
        facts.append(gettext("no sign-in"))
    facts.append(gettext("reference %(ref)s", ref=patient.ref))
    return facts
