"""A guide's questions, with room to write for oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField

from portal.errors import Refused
from portal.front_door import guides as guide_pages
from portal.services import guide_answers, guides
from portal.services.guide_answers import Question

bp = Blueprint("guide_answers", __name__)


@bp.route("/guides/<slug>/answers", methods=["GET", "POST"])
def page(slug: str) -> ResponseReturnValue:
    """Read what one wrote, write more, throw it away."""
    account_id = guide_pages.must_have_an_account()
    guide = guides.get(slug, str(get_locale()))
    questions = guide_answers.written_by(account_id, guide)
    form = _form(questions)
    if form.validate_on_submit():
        try:
            guide_answers.keep(account_id, guide, _written(form, questions))
            flash(gettext("Saved. Only you can read this."))
            return redirect(url_for("front_door.guides.read", slug=slug), 303)
        except Refused as refused:
            number = next(n for n, one in _asked(form, questions) if one == refused.field)
            form[f"written-{number}"].errors = [refused.sentence]
    pairs = [(form[f"written-{n}"], one) for n, one in enumerate(questions, 1)]
    return render_template("front_door/guides/answers.html", guide=guide, form=form, pairs=pairs)


def _form(questions: Sequence[Question]) -> Any:
    """A box under each question. The question's words come along: the guide may change while somebody writes."""
    fields: dict[str, Any] = {}
    for number, one in enumerate(questions, 1):
        fields[f"question-{number}"] = HiddenField(default=one.words)
        fields[f"written-{number}"] = TextAreaField(one.words, default=one.written, filters=[_tidy])
    return type("AnswersForm", (FlaskForm,), fields)()


def _tidy(text: str | None) -> str:
    return (text or "").strip()


def _asked(form: Any, questions: Sequence[Question]) -> list[tuple[int, str]]:
    return [(n, (form[f"question-{n}"].data or one.words)[:300]) for n, one in enumerate(questions, 1)]


def _written(form: Any, questions: Sequence[Question]) -> dict[str, str]:
    return {words: form[f"written-{n}"].data for n, words in _asked(form, questions)}
