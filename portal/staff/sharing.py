"""Sharing of one person, for the care team: what was signed, and how to make it less when they ask. Never more."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, Optional

from portal.consent import record, text
from portal.consent.picture import Sharing, Standing, Why
from portal.errors import NotShared, Refused
from portal.models import Patient
from portal.services import (
    after_a_stop,
    audience,
    consents,
    form_tokens,
    people,
    restrictions,
    signed_forms,
    who_sees_what,
)
from portal.services.audience import NOTHING_SIGNED
from portal.services.signed_forms import FormState, SignedForm
from portal.staff import standings
from portal.staff.answers import MomentField, say_in, tidy

bp = Blueprint("sharing", __name__, url_prefix="/people/<ref>/sharing")


class StopForm(FlaskForm):
    how = RadioField(
        _l("How did they ask?"),
        choices=[SelectChoice(*one) for one in standings.HOW_ASKED.items()],
        default="phone",
        validate_choice=False,
        validators=[AnyOf(list(standings.HOW_ASKED), _l("Choose how they asked"))],
    )
    asked_at = MomentField(
        _l("When did they ask?"), description=_l("Leave it empty if they asked just now"), validators=[Optional()]
    )


class WishForm(FlaskForm):
    wish = TextAreaField(_l("What do they ask for?"), description=_l("In their own words"), filters=[tidy])
    asked_at = MomentField(
        _l("When did they ask?"), description=_l("Leave it empty if they asked just now"), validators=[Optional()]
    )
    token = HiddenField()


@bp.get("")
def page(ref: str) -> ResponseReturnValue:
    return _page(people.find(ref))


@bp.post("/stop")
def stop(ref: str) -> ResponseReturnValue:
    """The patient asked; that is enough. Who asked can be checked later, what was seen cannot be unseen."""
    patient = people.find(ref)
    related = people.related_to(patient, tidy(request.form.get("who")) or "")
    form = StopForm()
    if not form.validate():
        return _page(patient, {related.ref: form})
    try:
        consents.stop(
            patient.id,
            related.id,
            how=form.how.data,
            asked_at=form.asked_at.moment,
            door="staff",
            account_id=current_user.id,
        )
    except Refused as refused:
        if refused.field:
            say_in(form, refused)
        else:
            nothing = gettext("There is nothing to stop. Nothing is shared with %(name)s.", name=related.name)
            form.form_errors.append(nothing)
        return _page(patient, {related.ref: form})
    flash(
        gettext(
            "Done. %(relative)s sees nothing of %(patient)s’s now. Emails already sent stay in their mailbox.",
            relative=related.name,
            patient=patient.given_name,
        )
    )
    return redirect(url_for("staff.sharing.page", ref=ref), 303)


@bp.post("/pause")
def pause(ref: str) -> ResponseReturnValue:
    patient = people.find(ref)
    consents.pause(patient.id, door="staff", account_id=current_user.id)
    flash(
        gettext(
            "Done. Nobody sees anything of %(patient)s’s now. Only %(patient)s can start it again.",
            patient=patient.given_name,
        )
    )
    return redirect(url_for("staff.sharing.page", ref=ref), 303)


@bp.post("/sessions/<session_ref>/keep")
def keep(ref: str, session_ref: str) -> ResponseReturnValue:
    """Write down that it stays, as the person in treatment said."""
    patient = people.find(ref)
    after_a_stop.keep(patient.id, session_ref, door="staff", account_id=current_user.id)
    flash(gettext("Kept. Call whoever sees nothing now: they get no reminder."))
    return redirect(url_for("staff.sharing.page", ref=ref), 303)


@bp.post("/sessions/<session_ref>/cancel")
def cancel(ref: str, session_ref: str) -> ResponseReturnValue:
    """Cancel a family session that was booked with somebody who sees nothing any more."""
    patient = people.find(ref)
    after_a_stop.cancel(patient.id, session_ref, door="staff", account_id=current_user.id)
    flash(gettext("The session is cancelled. Whoever sees nothing gets no email: call them."))
    return redirect(url_for("staff.sharing.page", ref=ref), 303)


@bp.get("/forms/<form_ref>")
def form(ref: str, form_ref: str) -> ResponseReturnValue:
    """The words that were signed."""
    patient = people.find(ref)
    signed = signed_forms.find(patient.id, form_ref)
    record.look_at(patient.id, "form", signed.consent.id)
    return render_template(
        "staff/sharing/form.html",
        patient=patient,
        form=signed,
        state=standings.STATES[signed.state],
        facts=standings.facts(signed),
        paragraphs=text.paragraphs(signed.consent.text_shown) if signed.consent.text_shown else [],
    )


@bp.get("/wish")
def wish(ref: str) -> ResponseReturnValue:
    return _wish_page(people.find(ref), WishForm(token=form_tokens.new()))


@bp.post("/wish")
def write_down(ref: str) -> ResponseReturnValue:
    """Keep a wish that something be told to nobody, or not to somebody; the privacy office answers it."""
    patient = people.find(ref)
    form = WishForm()
    if not form_tokens.is_one(form.token.data):
        raise NotShared
    if not form.validate():
        return _wish_page(patient, form)

    def keep() -> str:
        restrictions.write_down(
            patient.id, wish=form.wish.data or "", asked_at=form.asked_at.moment, by=current_user.staff
        )
        flash(gettext("Written down. The privacy office answers it."))
        return url_for("staff.sharing.page", ref=ref)

    try:
        return redirect(form_tokens.once(form.token.data or "", current_user.id, keep), 303)
    except Refused as refused:
        say_in(form, refused)
        return _wish_page(patient, form)


def stops(sharings: list[Sharing], forms: dict[str, StopForm] | None = None) -> list[dict[str, object]]:
    """A form to stop with each person there is something to stop with; those in `forms` are open."""
    return [_stop(one, forms or {}) for one in sharings if one.is_sharing and one.why != Why.INVALID]


def can_pause(patient: Patient, sharings: list[Sharing]) -> bool:
    """Whether there is something to pause that is not paused yet."""
    return patient.paused_at is None and any(one.is_sharing for one in sharings)


def _stop(one: Sharing, forms: dict[str, StopForm]) -> dict[str, object]:
    form = forms.get(one.ref) or StopForm(formdata=None)
    for field in (form.how, form.asked_at):  # several of these forms stand on one page
        field.id = f"{field.name}-{one.ref}"
    return {"ref": one.ref, "name": one.person.name, "form": form, "is_open": one.ref in forms}


def _page(patient: Patient, forms: dict[str, StopForm] | None = None) -> ResponseReturnValue:
    record.look_at(patient.id, "person")
    sharings = who_sees_what.sharing_of(patient)
    signed: dict[int, list[SignedForm]] = {}
    for one in signed_forms.of_patient(patient.id):
        signed.setdefault(one.consent.related_person_id, []).append(one)
    said = audience.standings_of([one.person.id for one in sharings])
    to_nobody = signed.keys() - {one.person.id for one in sharings}
    stop_forms = {stop["ref"]: stop for stop in stops(sharings, forms)}
    return render_template(
        "staff/sharing/page.html",
        patient=patient,
        people=[
            _person(patient, one, signed.get(one.person.id, []), said.get(one.person.id, NOTHING_SIGNED))
            | {"stop": stop_forms.get(one.ref), "is_over": not one.is_sharing and one.standing != Standing.ASKED}
            for one in sharings
        ]
        + [_nobody(signed[person_id]) for person_id in sorted(to_nobody)],
        form=next(iter((forms or {}).values()), None),
        can_pause=can_pause(patient, sharings),
        sessions=after_a_stop.booked_with(patient.id, after_a_stop.without_sharing(patient.id)),
        kept=after_a_stop.kept(patient.id),
        wishes=restrictions.of_patient(patient.id),
    )


def _person(patient: Patient, one: Sharing, forms: list[SignedForm], said: audience.Standing) -> dict[str, object]:
    return {
        "name": one.person.name.strip() or gettext("Nobody named"),
        "relation": one.person.relation,
        "tag": standings.tag(patient, one, said),
        **_signed(forms),
    }


def _nobody(forms: list[SignedForm]) -> dict[str, object]:
    """Forms that do not say who gets it. They hang on somebody without a name, who is in no picture."""
    words = {"words": gettext("Sees nothing."), "kind": "plain", "icon": "slash-circle"}
    is_over = all(form.consent.stopped_at or form.consent.invalid_since for form in forms)
    return {"name": gettext("Nobody named"), "relation": "", "tag": words, "is_over": is_over, **_signed(forms)}


def _signed(forms: list[SignedForm]) -> dict[str, object]:
    lines = [{"form": form, "state": standings.STATES[form.state], "facts": standings.facts(form)} for form in forms]
    return {
        "newest": lines[0] if lines else None,
        "in_short": standings.in_short(forms[0]) if forms else "",
        "lacks": _lacks(forms),
        "earlier": lines[1:],
    }


def _lacks(forms: list[SignedForm]) -> list[str]:
    """What the newest form lacks, and any other that would share something; one without a day is never the newest."""
    wanted = [form for n, form in enumerate(forms) if n == 0 or form.state == FormState.INCOMPLETE]
    return list(dict.fromkeys(sentence for form in wanted for sentence in standings.lacks(form)))


def _wish_page(patient: Patient, form: WishForm) -> ResponseReturnValue:
    record.look_at(patient.id, "person")
    return render_template("staff/sharing/wish.html", patient=patient, form=form)
