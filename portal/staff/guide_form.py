"""What the care team types of a guide: one field for each part, lists as one line for each entry."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.frame import LANGUAGES
from portal.services import guide_files, guide_hints, word_list
from portal.services.guide_files import GuideFile
from portal.services.guides import FALLBACK, TOPICS
from portal.staff.answers import tidy
from portal.staff.fields import DayField, MayBeEmpty, NumberField

LISTS = ("in_short", "try_this", "try_not")
TEXTS = ("title", "short_title", *LISTS, "danger_title", "danger_lines", "markdown")
# Between the parts of an entry that stands on one line.
BAR = " | "


def _whole(text: str | None) -> str | None:
    return tidy(text).replace("\r\n", "\n") if text else text  # type: ignore[union-attr]


def _lines(label: Any, description: Any = "") -> TextAreaField:
    return TextAreaField(label, description=description, filters=[_whole], validators=[MayBeEmpty()])


class GuideForm(FlaskForm):
    """A guide in one language. Any button sends all of it; `step` says which was pressed."""

    language = RadioField(
        _l("Language"), choices=[SelectChoice(*one) for one in LANGUAGES.items()], default=FALLBACK,
        validate_choice=False,
    )  # fmt: skip
    title = StringField(_l("Title"), filters=[_whole])
    short_title = StringField(
        _l("Neutral short title"), description=_l("It stands in the browser’s tab, where others may see it."),
        filters=[_whole],
    )  # fmt: skip
    slug = StringField(
        _l("Web address"), description=_l("It stays in the browser’s history. Name nothing in it that tells."),
        filters=[_whole],
    )  # fmt: skip
    topic = SelectField(
        _l("Topic"), choices=[SelectChoice(*one) for one in TOPICS.items()], default="talking", validate_choice=False
    )
    order = NumberField(
        _l("Place"), description=_l("Guides of a topic stand in this order."), default=500, validators=[MayBeEmpty()]
    )
    danger_title = StringField(
        _l("Danger signs: heading"), description=_l("Say whom to call, like “Call 911 now if:”"), filters=[_whole],
        validators=[MayBeEmpty()],
    )  # fmt: skip
    danger_lines = _lines(_l("Danger signs"), _l("One on each line."))
    in_short = _lines(_l("In short"), _l("One point on each line, three at most."))
    markdown = TextAreaField(
        _l("Text"), description=_l("An empty line begins a paragraph. Two # and a space begin a heading."),
        filters=[_whole],
    )  # fmt: skip
    try_this = _lines(_l("Try this"), _l("One on each line."))
    try_not = _lines(_l("Try not to"), _l("One on each line."))
    check_yourself = _lines(_l("Check yourself"), _l("One on each line: question | answer"))
    sources = _lines(_l("Sources"), _l("One on each line: publisher | title | https:// address, if there is one"))
    related = SelectField(_l("Guide to go on with"), validate_choice=False, validators=[MayBeEmpty()])
    written_by = StringField(_l("Written by"), filters=[_whole], validators=[MayBeEmpty()])
    review_by = DayField(_l("Review by"), description=_l("Twelve months from now at most."), validators=[MayBeEmpty()])
    is_reviewed = BooleanField(
        _l("I have reviewed this text"), description=_l("Families read your name and the day under the guide.")
    )
    state = HiddenField()

    def offer(self, guides: list[tuple[str, str]]) -> None:
        """Let one of these guides, slugs and titles, be the one to go on with."""
        self.related.choices = [SelectChoice("", gettext("None")), *(SelectChoice(*one) for one in guides)]

    def show(self, file: GuideFile) -> None:
        """Begin with these words."""
        front = file.front
        for name in ("title", "short_title", "topic", "order", "related", "written_by"):
            self[name].data = front.get(name) or self[name].data
        for name in LISTS:
            self[name].data = "\n".join(map(str, front.get(name) or ()))
        danger: dict[str, Any] = front.get("danger") or {}
        self.danger_title.data = danger.get("title", "")
        self.danger_lines.data = "\n".join(map(str, danger.get("lines", ())))
        self.check_yourself.data = _joined(front.get("check_yourself"), "question", "answer")
        self.sources.data = _joined(front.get("sources"), "publisher", "title", "url")
        self.review_by.data = guide_files.day(front, "review_by")
        self.language.data, self.slug.data, self.markdown.data = file.language, file.slug, file.markdown

    def file(self, base: GuideFile | None = None) -> GuideFile:
        """What it says; what it does not ask about stays as it is in `base`."""
        language = base.language if base else self.language.data or FALLBACK
        slug = (self.slug.data or "").strip() or slug_of(self.short_title.data or self.title.data or "")
        front: dict[str, Any] = dict(base.front) if base else {}
        front |= {"slug": slug, "lang": language}
        for name in ("title", "short_title", "written_by"):
            front[name] = " ".join((self[name].data or "").split())
        front["topic"] = self.topic.data if self.topic.data in TOPICS else next(iter(TOPICS))
        front["order"] = 500 if self.order.data is None else self.order.data
        front |= {name: _entries(self[name].data) for name in LISTS}
        danger = {"title": (self.danger_title.data or "").strip(), "lines": _entries(self.danger_lines.data)}
        front["danger"] = danger if any(danger.values()) else None
        front["check_yourself"] = [_question(line) for line in _entries(self.check_yourself.data)]
        front["sources"] = [_source(line) for line in _entries(self.sources.data)]
        front["related"] = self.related.data or None
        front["review_by"] = self.review_by.data.isoformat() if self.review_by.data else None
        found = GuideFile(slug, language, front, (self.markdown.data or "").strip())
        front["minutes"] = guide_hints.reading(found).minutes
        return found

    def swap(self, word: str) -> None:
        """Put what reads better in the place of `word`, wherever it stands."""
        for name in TEXTS:
            self[name].data = word_list.swapped(self[name].data or "", word)


def slug_of(title: str) -> str:
    """A title as an address: small letters, numbers and hyphens."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:80].strip("-")


def _entries(text: str | None) -> list[str]:
    lines = (" ".join(line.split()) for line in (text or "").splitlines())
    return [line for line in lines if line]


def _joined(entries: Any, *names: str) -> str:
    return "\n".join(BAR.join(filter(None, (str(one.get(name) or "") for name in names))) for one in entries or ())


def _question(line: str) -> dict[str, str]:
    question, _, answer = line.partition("|")
    return {"question": question.strip(), "answer": answer.strip()}


def _source(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    url = parts.pop() if len(parts) > 2 and "/" in parts[-1] else ""
    source = {"title": BAR.join(parts[1:]), "publisher": parts[0]}
    return source | {"url": url} if url else source
