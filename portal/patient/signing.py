"""Share with someone, the last pages: check and sign, the second signature for a minor, and what happens now."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField

from portal import clinic, refs
from portal.consent import text
from portal.consent.picture import Standing
from portal.consent.viewer import the_viewer
from portal.errors import NotShared, Refused
from portal.patient import documents, drafts, results
from portal.patient import everybody as people
from portal.services import consents, form_tokens, sharing_drafts
from portal.services.consents import Signature

bp = Blueprint("signing", __name__)


class SignForm(FlaskForm):
    """The signature, and what was on the page when it was given."""

    typed_name = StringField(_l("Type your full name to sign"), filters=[drafts.tidy])
    wants_to = BooleanField(_l("I am signing because I want to."))
    token = HiddenField()
    shown = HiddenField()


class ParentSignForm(FlaskForm):
    """The second signature, of a parent or guardian, on the same device."""

    parent_name = StringField(_l("Type your full name to sign"), filters=[drafts.tidy])
    parent_wants_to = BooleanField(_l("I am the parent or guardian, and I sign because I want to."))
    token = HiddenField()
    shown = HiddenField()


@bp.get("/sharing/new/check")
def check() -> ResponseReturnValue:
    """Check and sign: the very text that will be stored."""
    return _page(SignForm(token=form_tokens.new()))


@bp.post("/sharing/new/check")
def sign() -> ResponseReturnValue:
    """Sign, keep the draft, or ask to talk first. Sent twice, it signs once."""
    form = SignForm()
    if not form_tokens.is_one(form.token.data):
        raise NotShared
    try:
        return redirect(form_tokens.once(form.token.data, current_user.id, lambda: _act(form)), 303)
    except Refused as refused:
        drafts.show_refusal(form, refused)
        return _page(form)


@bp.get("/sharing/new/second")
def second() -> ResponseReturnValue:
    """The parent or guardian signs the same text, after the patient did."""
    return _second_page(ParentSignForm(token=form_tokens.new()))


@bp.post("/sharing/new/second")
def sign_second() -> ResponseReturnValue:
    """Store both signatures, or keep the draft. Sent twice, it signs once."""
    form = ParentSignForm()
    if not form_tokens.is_one(form.token.data) or not drafts.needs_a_parent():
        raise NotShared
    try:
        return redirect(form_tokens.once(form.token.data, current_user.id, lambda: _act_second(form)), 303)
    except Refused as refused:
        drafts.show_refusal(form, refused)
        return _second_page(form)


@bp.get("/sharing/new/done")
def done() -> ResponseReturnValue:
    """What happens now."""
    one = people.find(request.args.get("with", ""))
    if one.standing not in (Standing.ACTIVE, Standing.PAUSED, Standing.INVITED, Standing.NOT_USABLE):
        raise NotShared
    return render_template("patient/signing/done.html", one=one, ref=people.ref_of(one))


def _act(form: SignForm) -> str:
    me, saved = people.me(), drafts.mine()
    if "later" in request.form:
        results.remember("kept")
    elif "talk" in request.form:
        sharing_drafts.talk_first(me.id)
        results.remember("talk")
    elif gap := drafts.first_gap(saved):
        return gap
    else:
        words = documents.words_of(saved)
        consents.check_same_text(form.shown.data or "", text.fingerprint(words))
        signature = documents.signature(words, typed_name=form.typed_name.data or "", wants_to=form.wants_to.data)
        if not drafts.needs_a_parent():
            return _store(saved, signature)
        consents.check_signature(signature, full_name=me.name)
        sharing_drafts.save(me.id, first_signature={"name": signature.typed_name, "text": text.fingerprint(words)})
        return url_for("patient.signing.second")
    return url_for("patient.sharing.page")


def _act_second(form: ParentSignForm) -> str:
    saved = drafts.mine()
    if "later" in request.form:
        results.remember("kept")
        return url_for("patient.sharing.page")
    words = documents.signed_first(saved)
    if words is None:
        return url_for("patient.signing.check")
    consents.check_same_text(form.shown.data or "", text.fingerprint(words))
    signature = documents.signature(
        words,
        typed_name=saved["first_signature"]["name"],
        wants_to=True,
        parent_named=saved["parent_name"],
        parent_name=form.parent_name.data or "",
        parent_wants_to=form.parent_wants_to.data,
    )
    return _store(saved, signature)


def _store(saved: dict[str, Any], signature: Signature) -> str:
    me = people.me()
    consent = consents.sign(me.id, drafts.answers(saved), signature)
    sharing_drafts.throw_away(me.id)
    ref = refs.ref_for(the_viewer().account_ref, consent.related_person.ref)
    return url_for("patient.signing.done") + f"?with={ref}"


def _page(form: SignForm) -> ResponseReturnValue:
    saved: dict[str, Any] = drafts.mine()
    if (gap := drafts.first_gap(saved)) is not None:
        return redirect(gap, 303)
    words = documents.words_of(saved)
    # What is on the page now is what the next signature is about.
    form.shown.data = text.fingerprint(words)
    return render_template(
        "patient/signing/check.html",
        form=form, step=drafts.steps() - drafts.needs_a_parent(), steps=drafts.steps(),
        name=drafts.first_name(saved), with_parent=drafts.needs_a_parent(),
        paragraphs=text.paragraphs(words), today=clinic.today(),
    )  # fmt: skip


def _second_page(form: ParentSignForm) -> ResponseReturnValue:
    saved = drafts.mine()
    if not drafts.needs_a_parent():
        raise NotShared
    words = documents.signed_first(saved)
    if words is None:
        return redirect(drafts.first_gap(saved) or url_for("patient.signing.check"), 303)
    form.shown.data = text.fingerprint(words)
    return render_template(
        "patient/signing/second.html",
        form=form, step=drafts.steps(), steps=drafts.steps(), parent=saved["parent_name"], me=people.me(),
        paragraphs=text.paragraphs(words), today=clinic.today(),
    )  # fmt: skip
