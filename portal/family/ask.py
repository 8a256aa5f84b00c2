"""Ask someone to share. The answer is the same whoever is asked."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from portal.consent.viewer import the_viewer
from portal.errors import Refused
from portal.family.answers import say_in
from portal.services import form_tokens, requests
from portal.services.relations import RELATIONS

bp = Blueprint("ask", __name__)


class AskForm(FlaskForm):
    """Who is asked, and by whom."""

    name = StringField(_l("Their name"), [Length(max=120)])
    contact = StringField(_l("Their email or phone number"), [Length(max=254)])
    relation = RadioField(
        _l("How do you know them?"),
        choices=[SelectChoice(*one) for one in RELATIONS.items()],
        validate_choice=False,
    )
    token = HiddenField()


@bp.route("/ask", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """The form."""
    form = AskForm()
    if not form_tokens.is_one(form.token.data):
        form.token.data = form_tokens.new()
    elif form.validate_on_submit():
        try:
            return redirect(_ask(form), 303)
        except Refused as refused:
            say_in(form, refused)
    return render_template("family/ask/page.html", form=form)


@bp.get("/ask/thank-you")
def thank_you() -> ResponseReturnValue:
    """The same page for everyone."""
    return render_template("family/ask/thank_you.html")


def _ask(form: AskForm) -> str:
    name, contact, relation = (field.data or "" for field in (form.name, form.contact, form.relation))
    requests.check_ask(name, contact, relation)
    account_id = the_viewer().account_id
    assert account_id is not None
    answer = url_for("family.ask.thank_you")
    return form_tokens.once(
        form.token.data or "",
        account_id,
        lambda: requests.ask(account_id, contact=contact, relation=relation, answer=answer),
    )
