"""What keeps a guide from being published: what is empty, what is broken, and what families would not see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.services.guide_files import GuideFile, day
from portal.services.guide_front import MOST_LETTERS, NAME, hides_signs
from portal.services.guide_links import leads_elsewhere
from portal.services.guide_text import SCHEME
from portal.services.guides import PICTURES

LONGEST = {"slug": 80, "title": 160, "short_title": 60}
LAST_PLACE = 9999
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
# Pages of the portal that a guide may lead to besides other guides. Signed in or not, everybody can open them.
OUR_PAGES = ("/guides", "/help", "/help/now", "/privacy", "/accessibility")
OTHER_SCHEMES = ("tel", "sms")


class Problem(NamedTuple):
    """Why a guide cannot be published: a sentence, and the field it is about ("" for none)."""

    field: str
    sentence: str


def problems(guide: GuideFile, slugs: Collection[str]) -> list[Problem]:
    """Everything that keeps `guide` from being published; `slugs` are the guides that a link may lead to."""
    return [*_of_the_facts(guide), *_of_the_words(guide), *_of_the_links(guide, {*slugs, guide.slug})]


def _of_the_facts(guide: GuideFile) -> Iterator[Problem]:
    front = guide.front
    if not NAME.fullmatch(guide.slug):
        yield Problem("slug", gettext("Use small letters, numbers and hyphens only, like first-steps"))
    for name, sentence in (
        ("title", gettext("Enter a title")),
        ("short_title", gettext("Enter a short title for the browser tab")),
    ):
        if not str(front.get(name) or "").strip():
            yield Problem(name, sentence)
    for name, most in LONGEST.items():
        if len(str(front.get(name) or "")) > most:
            yield Problem(name, gettext("Use %(most)s letters or fewer", most=most))
    if not 1 <= int(front.get("order") or 0) <= LAST_PLACE:
        yield Problem("order", gettext("Enter a number from 1 to %(most)s", most=LAST_PLACE))
    if day(front, "review_by") is None:
        yield Problem("review_by", gettext("Enter the day by which somebody reviews this guide again"))
    for source in front.get("sources") or ():
        if not source.get("title") or not source.get("publisher"):
            yield Problem("sources", gettext("Give each source a publisher and a title, like NAMI | Family guide"))
        elif source.get("url") and not leads_elsewhere(source["url"]):
            yield Problem("sources", gettext("“%(link)s” must begin with https://", link=source["url"]))
    for pair in front.get("check_yourself") or ():
        if not pair.get("question") or not pair.get("answer"):
            yield Problem("check_yourself", gettext("Give each question an answer, with | between the two"))


def _of_the_words(guide: GuideFile) -> Iterator[Problem]:
    front, parts = guide.front, list(_parts(guide.markdown))
    if not guide.markdown.strip():
        yield Problem("markdown", gettext("Write the text of the guide"))
    if sum(map(len, map(str, front.values()))) + len(guide.markdown) > MOST_LETTERS:
        yield Problem("markdown", gettext("This is too long for one guide. Make two of it."))
    if hides_signs(front, guide.markdown):
        yield Problem(
            "markdown", gettext("There are signs in it that cannot be seen and that change how the rest is read.")
        )
    if any(part.type.startswith("html") for part in parts):
        yield Problem("markdown", gettext("HTML does not work here: families would read the tags. Use Markdown."))
    for name in ("title", "short_title", "in_short", "try_this", "try_not", "danger", "sources", "check_yourself"):
        if TAG.search(str(front.get(name) or "")):
            field = "danger_lines" if name == "danger" else name
            yield Problem(field, gettext("HTML does not work here: families would read the tags."))
    for part in parts:
        if part.type != "image":
            continue
        address = str(part.attrGet("src"))
        if not address.startswith(SCHEME):
            yield Problem(
                "markdown", gettext("Only the portal’s own pictures are shown. Take out “%(one)s”", one=address)
            )
        elif address.removeprefix(SCHEME) not in PICTURES:
            name = address.removeprefix(SCHEME)
            yield Problem("markdown", gettext("There is no picture named “%(name)s”", name=name))
        elif not part.content.strip():
            name = address.removeprefix(SCHEME)
            yield Problem("markdown", gettext("Say in words what the picture “%(name)s” shows", name=name))


def _of_the_links(guide: GuideFile, slugs: Collection[str]) -> Iterator[Problem]:
    for part in _parts(guide.markdown):
        if part.type != "link_open":
            continue
        link = str(part.attrGet("href"))
        if link.startswith("/guides/") and urlsplit(link).path.removeprefix("/guides/") not in slugs:
            yield Problem("markdown", gettext("The link “%(link)s” leads to a guide that is not there", link=link))
        elif not link.startswith("/guides/") and not _leads_somewhere(link):
            yield Problem(
                "markdown",
                gettext(
                    "The link “%(link)s” is broken. Link to a guide, like /guides/who-to-call, or to https://",
                    link=link,
                ),
            )
    related = guide.front.get("related")
    if related and related not in slugs:
        yield Problem("related", gettext("The guide to go on with is not there"))


def _leads_somewhere(link: str) -> bool:
    if link.startswith("/"):
        return not link.startswith("//") and urlsplit(link).path in OUR_PAGES
    return leads_elsewhere(link) or urlsplit(link).scheme in OTHER_SCHEMES


def _parse(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(markdown)


def _parts(markdown: str) -> Iterator[Token]:
    """Every piece of the text, those that are HTML to a browser as such."""
    for token in _parse(markdown):
        yield token
        yield from token.children or ()
