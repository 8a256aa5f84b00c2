"""Courses: their parts in order, their names, and who told that they finished one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.errors import Refused
from portal.frame import LANGUAGES
from portal.models import Course
from portal.services import course_editing
from portal.services.course_editing import Stages
from portal.services.courses import in_language
from portal.staff.answers import say_in, tidy
from portal.staff.fields import MayBeEmpty

bp = Blueprint("courses", __name__, url_prefix="/courses")


class WordsForm(FlaskForm):
    """The names of a course and what it says of itself."""

    title_en = StringField(_l("Name in English"), filters=[tidy])
    title_es = StringField(_l("Name in Spanish"), filters=[tidy], validators=[MayBeEmpty()])
    text_en = TextAreaField(_l("What it is, in English"), filters=[tidy], validators=[MayBeEmpty()])
    text_es = TextAreaField(_l("What it is, in Spanish"), filters=[tidy], validators=[MayBeEmpty()])
    version = HiddenField()


class NewForm(FlaskForm):
    """What a course begins with."""

    title_en = StringField(_l("Name in English"), filters=[tidy])
    title_es = StringField(_l("Name in Spanish"), filters=[tidy], validators=[MayBeEmpty()])
    slug = StringField(
        _l("Web address"), description=_l("It stays in the history of browsers. Keep it neutral."), filters=[tidy]
    )
    guide = SelectField(_l("First part"), validators=[InputRequired(_l("Choose a guide"))])


@bp.get("")
def page() -> ResponseReturnValue:
    """All courses, and who told."""
    rows = course_editing.all_of_them()
    names = {row.slug: in_language(row.title, str(get_locale())) for row in rows}
    return render_template("staff/courses/page.html", rows=rows, names=names, told=course_editing.who_told())


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = NewForm()
    form.guide.choices = course_editing.guides_to_add(Course(stages=[]))
    if form.validate_on_submit():
        try:
            course = course_editing.begin((form.slug.data or "").strip(), _title(form), form.guide.data)
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Families can see it now. Add its other parts."))
            return redirect(url_for(".one", course=course.slug), 303)
    return render_template("staff/courses/new.html", form=form)


@bp.route("/<course>", methods=["GET", "POST"])
def one(course: str) -> ResponseReturnValue:
    """One course: its words to change, its parts to move."""
    row = course_editing.find(course)
    form = WordsForm(data={
        "title_en": row.title.get("en"), "title_es": row.title.get("es"),
        "text_en": row.text.get("en"), "text_es": row.text.get("es"), "version": str(row.version),
    })  # fmt: skip
    if form.validate_on_submit():
        text = {code: words for code in LANGUAGES if (words := (form[f"text_{code}"].data or "").strip())}
        try:
            course_editing.rename(course, _version(), _title(form), text)
        except Refused as refused:
            say_in(form, refused)
        else:
            flash(gettext("Saved. Families see it as it is now."))
            return redirect(url_for(".one", course=course), 303)
    return render_template(
        "staff/courses/one.html",
        form=form,
        row=row,
        name=in_language(row.title, str(get_locale())),
        stages=[(in_language(stage["title"], str(get_locale())), stage) for stage in row.stages],
        titles=course_editing.titles_of(row),
        to_add=course_editing.guides_to_add(row),
        languages=LANGUAGES,
    )


@bp.post("/<course>/move")
def move(course: str) -> ResponseReturnValue:
    """One part one place up or down."""
    step = -1 if request.form.get("to") == "up" else 1
    return _change(course, lambda stages: course_editing.moved(stages, request.form.get("guide", ""), step))


@bp.post("/<course>/take-out")
def take_out(course: str) -> ResponseReturnValue:
    """One part out of the course; the guide stays in the library."""
    return _change(course, lambda stages: course_editing.without(stages, request.form.get("guide", "")))


@bp.post("/<course>/add")
def add(course: str) -> ResponseReturnValue:
    """One more guide, at the end of a stage or as the first of a new one."""
    guide = request.form.get("guide", "")
    if guide not in dict(course_editing.guides_to_add(course_editing.find(course))):
        guide = ""

    def added(stages: Stages) -> Stages:
        if not guide:
            raise Refused(gettext("Choose a guide."))
        stage = request.form.get("stage", "")
        if stage == "new":
            return course_editing.with_stage(stages, _typed("new"), guide)
        return course_editing.with_guide(stages, guide, int(stage) if stage.isdecimal() else -1)

    return _change(course, added)


@bp.post("/<course>/stages")
def name_stages(course: str) -> ResponseReturnValue:
    """The stages under other names."""

    def named(stages: Stages) -> Stages:
        return course_editing.with_titles(stages, [_typed(f"stage_{n}") for n in range(len(stages))])

    return _change(course, named)


def _change(course: str, make: Callable[[Stages], Stages]) -> ResponseReturnValue:
    try:
        course_editing.change(course, _version(), make)
        flash(gettext("Saved. Families see it as it is now."))
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(url_for(".one", course=course), 303)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _typed(name: str) -> dict[str, str]:
    return {code: words for code in LANGUAGES if (words := request.form.get(f"{name}_{code}", "").strip())}


def _title(form: FlaskForm) -> dict[str, str]:
    return {code: words for code in LANGUAGES if (words := (form[f"title_{code}"].data or "").strip())}
