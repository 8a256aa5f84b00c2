"""Which emails about their own sharing a patient gets, and when email waits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.consent.viewer import the_account_id
from portal.errors import Refused
from portal.quiet_fields import QuietFields
from portal.services import choices, email_choices, email_stops, email_words, mail_words

bp = Blueprint("emails", __name__)


class EmailForm(QuietFields):
    """The kinds of email that may be turned off, and quiet hours."""

    kinds = SelectMultipleField(
        _l("Which emails do you want?"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    def __init__(self, *args: Any, **chosen: Any) -> None:
        super().__init__(*args, **chosen)
        self.kinds.choices = [(kind, str(email_words.kind_words(kind))) for kind in email_choices.OWN_KINDS]


@bp.route("/emails", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """Email choices. What others do with somebody's sharing is always told."""
    account_id = the_account_id()
    off = email_stops.live(account_id)
    form = EmailForm(
        email_choices.quiet_hours(account_id),
        kinds=[kind for kind in email_choices.OWN_KINDS if (kind, None) not in off],
        mail_word=choices.of(account_id).mail_word,
    )
    if form.validate_on_submit():
        try:
            # Its refusal comes first: what the other may have changed by then would show on the page.
            mail_words.choose(account_id, form.mail_word.data or "")
            email_choices.choose_own(account_id, form.kinds.data or (), form.chosen_hours())
        except Refused as refused:
            form[refused.field].errors = [refused.sentence]
        else:
            flash(gettext("Saved."))
            return redirect(url_for(".page"), 303)
    return render_template(
        "patient/emails/page.html",
        form=form,
        mine=choices.of(account_id),
        proofs=email_stops.own_proofs(account_id, email_choices.OWN_KINDS),
        kind_words=email_words.kind_words,
        how_words=email_words.HOW,
    )
