"""The privacy office's room: who did what, about whom, when. To be read, never changed."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.services import activity
from portal.services.activity import Search
from portal.staff import pages, said

bp = Blueprint("activity", __name__)


class SearchForm(FlaskForm):
    """Filters stand in the address, so a search can be kept; refs, never names."""

    class Meta:
        csrf = False

    who = SelectField(_l("Who did it"), validate_choice=False)
    about = StringField(_l("About whom (their reference)"))
    act = SelectField(_l("What"), validate_choice=False)


@bp.get("")
def page() -> ResponseReturnValue:
    form = _form()
    search = Search(*(_ref(field.data) for field in (form.who, form.about, form.act)))
    here = pages.asked_for(activity.how_many(search), activity.PAGE)
    return render_template(
        "staff/activity/page.html",
        form=form,
        search=search,
        entries=activity.find(search, offset=here.offset),
        here=here,
        entry_words=said.entry_words,
        moment_words=said.moment_words,
    )


def _form() -> SearchForm:
    form = SearchForm(formdata=request.args)
    staff = dict(activity.people_who_work_here())
    chosen = {form.who.data: gettext("The person you chose")} if form.who.data else {}
    people = {"": gettext("Anyone"), **chosen, **staff}
    acts = {"": gettext("Anything"), **said.ACTS}
    form.who.choices = [SelectChoice(*one) for one in people.items()]
    form.act.choices = [SelectChoice(*one) for one in acts.items()]
    return form


def _ref(text: str | None) -> str:
    return (text or "").strip().replace("\x00", "")
