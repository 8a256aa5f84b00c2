"""Invite somebody: to whom, under which form, how it travels; and what became of each invitation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from portal import clock, words
from portal.consent import record
from portal.consent.invitations import link_of
from portal.emails.letters import About, Recipient, write_letter
from portal.errors import NotShared, Refused
from portal.models import HowInvited, Patient, RelatedPerson
from portal.services import audience, form_tokens, invitation_lines, invitations
from portal.services.audience import NOTHING_SIGNED
from portal.services.invitation_codes import code_of
from portal.services.invitation_lines import Candidate, Line, State
from portal.services.invitation_rules import LASTS
from portal.services.invitations import Wish
from portal.staff import pages, said

bp = Blueprint("invitations", __name__, url_prefix="/invitations")

LEARNER = "learner"

HOW = {
    HowInvited.EMAIL: _l("Email"),
    HowInvited.LETTER: _l("Printed letter"),
    HowInvited.READ_OUT: _l("Read out a code"),
}

LANGUAGES = {"en": _l("English"), "es": _l("Spanish")}

STATES = {
    State.SENT: said.Sign(_l("Sent"), "ochre"),
    State.ACCEPTED: said.Sign(_l("Accepted"), "pine"),
    State.ENDED: said.Sign(_l("Ended"), "plain"),
}


def _tidy(text: str | None) -> str:
    return " ".join((text or "").replace("\x00", "").split())


class InviteForm(FlaskForm):
    """What staff asks before an invitation goes out. The rules stand in `services.invitation_rules`."""

    name = StringField(_l("Their name"), filters=[_tidy])
    email = EmailField(
        _l("Their email"),
        description=_l("They will sign in with it. Read it back to them. You do not know it? Leave it empty."),
        filters=[_tidy],
    )
    birth_year = StringField(
        _l("The year they were born"), description=_l("They have to know it to use the invitation."), filters=[_tidy]
    )
    language = SelectField(
        _l("Language"), choices=[SelectChoice(*one) for one in LANGUAGES.items()], validate_choice=False,
        validators=[AnyOf(list(LANGUAGES), _l("Choose a language"))],
    )  # fmt: skip
    how = RadioField(
        _l("How"), choices=[SelectChoice(str(how), words) for how, words in HOW.items()], default=str(HowInvited.EMAIL),
        validate_choice=False, validators=[AnyOf([str(how) for how in HOW], _l("Choose how it travels"))],
    )  # fmt: skip
    token = HiddenField()


class AgainForm(FlaskForm):
    """A button; what it acts on stands in the address."""

    token = HiddenField()


@bp.get("")
def page() -> ResponseReturnValue:
    """Every invitation, the latest first."""
    asked = request.args.get("show", "")
    state = State(asked) if asked in list(State) else None
    counts = invitation_lines.counts()
    here = pages.asked_for(counts[state] if state else sum(counts.values()), invitation_lines.PAGE)
    lines = invitation_lines.lines(state, offset=here.offset)
    _put_on_record(one.patient for one in lines)
    choices = [{"label": gettext("All"), "url": url_for(".page"), "current": state is None}]
    choices += [
        {
            "label": gettext("%(state)s: %(count)d", state=STATES[one].words, count=counts[one]),
            "url": url_for(".page", show=one),
            "current": one == state,
        }
        for one in State
    ]
    return render_template(
        "staff/invitations/page.html", lines=lines, here=here, state=state, choices=choices, states=STATES, how=HOW
    )


@bp.get("/new")
def choose() -> ResponseReturnValue:
    """Whom to invite: only people a form in force allows to tell, or somebody linked to nobody."""
    candidates = invitation_lines.candidates()
    _put_on_record(one.patient for one in candidates)
    return render_template("staff/invitations/choose.html", candidates=candidates)


@bp.route("/new/<ref>", methods=["GET", "POST"])
def new(ref: str) -> ResponseReturnValue:
    """The form for one of them. `ref` is the person's label, or `learner`."""
    found = invitation_lines.candidate(ref) if ref != LEARNER else None
    if isinstance(found, RelatedPerson):
        return _not_now(found)
    form = InviteForm(**_known(found), token=form_tokens.new())
    if request.method == "POST" and form.validate() and form_tokens.is_one(form.token.data):
        try:
            return redirect(form_tokens.once(form.token.data, current_user.id, lambda: _invite(form, found)), 303)
        except Refused as no:
            _say_in(form, no)
    _put_on_record([found.patient] if found else [])
    return render_template(
        "staff/invitations/new.html", form=form, candidate=found, preview=_preview(form.language.data)
    )


@bp.get("/<ref>")
def made(ref: str) -> ResponseReturnValue:
    """What to do now. The code stands here the first time only."""
    line = _line(ref)
    is_shown = line.state == State.SENT and session.pop("code_of", None) == ref
    return _made(line, code_of(line.invitation) if is_shown else None)


@bp.get("/<ref>/letter")
def letter(ref: str) -> ResponseReturnValue:
    """The letter to print: an address to type and no code, so that the paper alone opens nothing."""
    line = _line(ref)
    if line.state != State.SENT or line.invitation.how != HowInvited.LETTER:
        raise NotShared
    invitation = line.invitation
    link = current_app.config["SETTINGS"].base_url + link_of(invitation)
    with force_locale(invitation.language):
        text = render_template("staff/invitations/letter_words.html", invitation=invitation, link=link)
    return render_template("staff/invitations/letter.html", invitation=invitation, text=text)


@bp.post("/<ref>/again")
def again(ref: str) -> ResponseReturnValue:
    """A new one in place of an old one, with a new link and a new code."""
    form = AgainForm()
    if not form_tokens.is_one(form.token.data):
        return redirect(url_for(".made", ref=ref), 303)
    try:
        return redirect(form_tokens.once(form.token.data, current_user.id, lambda: _send_again(ref)), 303)
    except Refused as no:
        return _made(_line(ref), None, no.sentence)


@bp.post("/<ref>/end")
def end(ref: str) -> ResponseReturnValue:
    """End an invitation, for good."""
    invitations.end(ref, by=current_user.staff)
    flash(gettext("Ended. The link and the code open nothing any more."))
    return redirect(url_for(".page"), 303)


def _invite(form: InviteForm, found: Candidate | None) -> str:
    year = form.birth_year.data or ""
    invitation = invitations.invite(
        Wish(
            related_person_id=found.person.id if found else None,
            name=form.name.data or "",
            email=form.email.data or "",
            birth_year=int(year) if year.isdecimal() and len(year) == 4 else None,
            language=form.language.data,
            how=HowInvited(form.how.data),
        ),
        by=current_user.staff,
    )
    return _show_code_once(invitation.ref)


def _send_again(ref: str) -> str:
    return _show_code_once(invitations.send_again(ref, by=current_user.staff).ref)


def _show_code_once(ref: str) -> str:
    session["code_of"] = ref  # whose code the next page may show; the code itself is in no cookie
    return url_for("staff.invitations.made", ref=ref)


def _made(line: Line, code: str | None, *wrong: str) -> ResponseReturnValue:
    form = AgainForm(formdata=None, token=form_tokens.new())
    form.form_errors += wrong
    return render_template(
        "staff/invitations/made.html", line=line, state=STATES[line.state], how=HOW, code=code, form=form
    )


def _not_now(person: RelatedPerson) -> ResponseReturnValue:
    _put_on_record([person.patient])
    standing = audience.standings_of([person.id]).get(person.id, NOTHING_SIGNED)
    if any(one.failing is None for one in standing.verdicts.values()):
        why = gettext("%(name)s has accepted an invitation already.", name=person.name)
    else:
        why = audience.why_nothing(person.patient, person, standing)
    return render_template("staff/invitations/not_now.html", person=person, patient=person.patient, why=why)


def _known(found: Candidate | None) -> dict[str, Any]:
    if found is None:
        return {"language": "en"}
    language = found.patient.language if found.patient.language in LANGUAGES else "en"
    return {"name": found.person.name, "email": found.person.email, "language": language}


def _say_in(form: InviteForm, no: Refused) -> None:
    if no.field in form:
        form[no.field].errors = [no.sentence]
    else:
        form.form_errors.append(no.sentence)


def _line(ref: str) -> Line:
    line = invitation_lines.line(ref)
    _put_on_record([line.patient])
    return line


def _put_on_record(patients: Iterable[Patient | None]) -> None:
    for patient in patients:
        if patient is not None:
            record.look_at(patient.id, "invitations")


def _preview(chosen: str) -> str:
    language = chosen if chosen in LANGUAGES else "en"
    nobody = Recipient(account_id=None, account_ref="", email="", given_name="", language=language, wants_times=False)
    with force_locale(language):
        until = words.short_day(clock.now() + LASTS)
    return write_letter(nobody, About("invitation", None, None, clock.now()), path="/invite/…", until=until).text
