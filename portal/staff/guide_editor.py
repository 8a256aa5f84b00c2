"""The guide editor: write, see it as families will, save it as a draft, publish it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_login import current_user

from portal import timeouts
from portal.db import rollback
from portal.errors import NotShared, Refused
from portal.frame import LANGUAGES
from portal.services import (
    guide_differences,
    guide_editing,
    guide_hints,
    guide_publishing,
    guide_shelf,
    guide_text,
    guide_versions,
    guides,
)
from portal.services.guide_editing import NotReady, Opened, SavedByOthers
from portal.services.guide_files import GuideFile
from portal.services.guide_files import of as file_of
from portal.staff.answers import say_in
from portal.staff.guide_form import GuideForm

bp = Blueprint("guide_editor", __name__, url_prefix="/guides")


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """A guide that is not there yet: the first draft of it."""
    form = _form(None)
    if request.method == "GET" and timeouts.kept() is None:
        form.review_by.data = guide_shelf.next_review()
    if request.method != "POST" or _only_looks(form) or not form.validate():
        return _writing(form, None)
    if form.language.data not in LANGUAGES:
        raise NotShared
    try:
        draft = guide_editing.begin(form.file(), staff_id=current_user.staff.id)
    except Refused as refused:
        return _refused(form, None, refused)
    flash(gettext("Saved as a draft. No family sees it."))
    return redirect(url_for(".edit", slug=draft.slug, lang=draft.language), 303)


@bp.route("/<slug>/<lang>/edit", methods=["GET", "POST"])
def edit(slug: str, lang: str) -> ResponseReturnValue:
    """One guide in one language: its draft, or what families read of it."""
    try:
        now = guide_editing.opened(slug, lang)
    except NotShared:
        if not request.form.get("state"):
            raise
        gone = gettext("This was thrown away or taken down after you opened it.")
        way_on = gettext("Your words are still here: save them as a new guide.")
        return _refused(_form(None), None, Refused(f"{gone} {way_on}"))
    form = _form(now)
    if request.method != "POST" or _only_looks(form) or not form.validate():
        return _writing(form, now)
    file, is_published = form.file(now.file), request.form.get("step") == "publish"
    try:
        if is_published:
            guide_editing.publish(
                file,
                slug=slug,
                state=form.state.data or "",
                staff=current_user.staff,
                is_reviewed=bool(form.is_reviewed.data),
            )
        else:
            guide_editing.save(file, slug=slug, state=form.state.data or "", staff_id=current_user.staff.id)
    except Refused as refused:
        rollback()
        return _refused(form, guide_editing.opened(slug, lang), refused)
    flash(
        gettext("Published. Families read it now.") if is_published else gettext("Saved as a draft. No family sees it.")
    )
    return redirect(url_for(".edit", slug=file.slug, lang=lang), 303)


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    """How it reads and what families would see, for the page on which it is still being written."""
    form = _form(None)
    file = form.file()
    if file.language not in LANGUAGES:
        raise NotShared
    return render_template("staff/guides/side.html", **_side(file))


@bp.post("/<slug>/<lang>/start")
def start(slug: str, lang: str) -> ResponseReturnValue:
    """Begin in another language with the English text."""
    if lang not in LANGUAGES:
        raise NotShared
    try:
        guide_editing.start(slug, lang, staff_id=current_user.staff.id)
    except Refused as refused:
        flash(refused.sentence, "need")
    return redirect(url_for(".edit", slug=slug, lang=lang), 303)


@bp.post("/<slug>/<lang>/throw-away")
def throw_away(slug: str, lang: str) -> ResponseReturnValue:
    """Forget the draft."""
    guide_editing.throw_away(slug, lang)
    flash(gettext("The draft is gone. What families read is as it was."))
    return redirect(url_for("staff.guides.page"), 303)


def _form(now: Opened | None) -> GuideForm:
    form = GuideForm(formdata=timeouts.kept()) if timeouts.kept() else GuideForm()
    form.offer([(row.slug, row.title) for row in guides.listed(now.file.language if now else guides.FALLBACK)])
    if now is not None and request.method == "GET" and timeouts.kept() is None:
        form.show(now.file)
        form.state.data = now.state
    return form


def _only_looks(form: GuideForm) -> bool:
    """Whether the button that was pressed keeps nothing."""
    what, _, word = request.form.get("step", "").partition("-")
    if what == "swap":
        form.swap(word)
    return what in ("swap", "preview")


def _refused(form: GuideForm, now: Opened | None, refused: Refused) -> ResponseReturnValue:
    theirs = None
    if isinstance(refused, NotReady):
        for problem in refused.problems:
            say_in(form, Refused(problem.sentence, problem.field))
    else:
        say_in(form, refused)
    if isinstance(refused, SavedByOthers) and now is not None:
        form.state.data = now.state
        theirs = guide_differences.differences(now.file, form.file(now.file))
    return _writing(form, now, theirs)


def _writing(form: GuideForm, now: Opened | None, theirs: Any = None) -> ResponseReturnValue:
    file = form.file(now.file if now else None)
    about: dict[str, Any] = {}
    if now is not None:
        english = guide_publishing.published(now.file.slug, guides.FALLBACK)
        is_english = now.file.language == guides.FALLBACK
        about = {
            "offer": guide_versions.offered(now.file.slug, now.file.language),
            "english": None if is_english or english is None else _document(file_of(english)),
            "english_updated": english.updated_at if english else None,
            "is_older": guide_shelf.is_older_than_english(now.guide, english),
            "may_change_slug": guide_editing.may_change_slug(now.file.slug),
            "others": _others(now.file.slug, now.file.language),
        }
    return render_template(
        "staff/guides/edit.html",
        form=form,
        now=now,
        theirs=theirs,
        languages=LANGUAGES,
        pictures=sorted(guides.PICTURES),
        **about,
        **_side(file),
    )


def _others(slug: str, language: str) -> dict[str, bool]:
    """The other languages of the portal, and whether there is something in them to edit."""
    there = guide_editing.languages_of(slug)
    return {code: code in there for code in LANGUAGES if code != language}


def _side(file: GuideFile) -> dict[str, Any]:
    return {"file": file, "reading": guide_hints.reading(file), "document": _document(file)}


def _document(file: GuideFile) -> str:
    """The guide as a page of its own, in the language of its readers."""
    html, headings = guide_text.render(file.markdown)
    with force_locale(file.language):
        return render_template(
            "staff/guides/document.html", file=file, front=file.front | {"headings": headings}, html=html
        )
