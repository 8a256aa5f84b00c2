"""A guide's Markdown as clean HTML, with headings to jump to, help numbers to press and places for pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import unescape
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from portal.services import guide_links
from portal.services.guide_signs import plain

ALLOWED = {
    "a", "blockquote", "br", "div", "em", "figure", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "table", "tbody",
    "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href", "rel"},
    "div": {"tabindex"},
    "figure": {"data-picture"},
    "h2": {"id"},
}
# Numbers that are texted to; the others are called.
TEXTED = ("741741", "838255", "88788", "435748")
NUMBER = re.compile(rf"\b(911|988|1-\d{{3}}-\d{{3}}-\d{{4}}|{'|'.join(TEXTED)})\b")
# Where a picture stands in Markdown: ![its name in the guide's language](picture:craving-wave)
SCHEME = "picture:"
PLACE = re.compile(r'<figure data-picture="([^"]*)">([^<]*)</figure>')
DEEPEST = 3  # of stress
HIGHEST, LOWEST = 2, 4  # of headings; the page has its own h1

ALONE = "alone"  # a picture that stands by itself
SPOKEN = ("text", "code_inline", "softbreak", "hardbreak")
# After the mark that ends a sentence, and the quotation mark or bracket that may close behind it.
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|(?<=[.?!][\"”)])\s+")


def render(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """Markdown as clean HTML, and its second-level headings as (anchor, words).

    Anchors are numbers, not words: they stay in the history of the reader's browser. A picture is a place that
    holds its name, for `with_pictures` to fill.
    """
    reader = _reader()
    tokens = reader.parse(markdown)
    for block in tokens:
        guide_links.tidy(block)
        _flatten(block)
    headings = _number_headings(tokens)
    _let_pictures_stand_alone(tokens)
    html = reader.renderer.render(tokens, reader.options, {})
    clean = nh3.clean(
        html, tags=ALLOWED, attributes=ATTRIBUTES, attribute_filter=_kept, link_rel=None,
        url_schemes={"https", "tel", "sms"}, allowed_classes={"div": {"scroll"}},
    )  # fmt: skip
    return plain(clean), headings


def pictures_in(html: str) -> list[str]:
    """The pictures that have a place in `html`, in reading order."""
    return [picture for picture, _ in PLACE.findall(html)]


def with_pictures(html: str, draw: Callable[[str, str], str]) -> str:
    """`html` of `render`, each place filled with what `draw(picture, name)` gives."""
    return PLACE.sub(lambda found: draw(found[1], unescape(found[2])), html)


def lines_of(markdown: str) -> tuple[list[str], list[str]]:
    """The sentences of a guide as plain text, headings among them, and its headings alone."""
    lines: list[str] = []
    headings: list[str] = []
    for before, token in pairwise(_reader().parse(markdown)):
        if token.type != "inline":
            continue
        words = plain(_words(token))
        lines += SENTENCE_END.split(words)
        if before.type == "heading_open":
            headings.append(words)
    return [line for line in lines if line.strip()], headings


def with_phone_links(html: str) -> str:
    """`html`, which holds no links yet, with its help numbers as links to call or to text."""
    return NUMBER.sub(
        lambda found: f'<a href="{"sms" if found[0] in TEXTED else "tel"}:{found[0]}">{found[0]}</a>', html
    )


@cache
def _reader() -> MarkdownIt:
    # Nobody writes code in a guide: what is indented, or stands behind a row of marks, is a paragraph like others.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["code", "fence"])
    reader.validateLink = _may_stand  # type: ignore[method-assign]
    reader.add_render_rule("text", _text)
    reader.add_render_rule("image", _place)
    reader.add_render_rule("table_open", _scrolling)
    reader.add_render_rule("table_close", _scrolling)
    return reader


def _may_stand(url: str) -> bool:
    return url.startswith(SCHEME) or guide_links.leads(url)


def _kept(tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or guide_links.leads(value) else None


def _words(block: Token) -> str:
    return "".join(part.content or " " for part in block.children or () if part.type in SPOKEN)


def _text(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    words = escapeHtml(tokens[index].content)
    return words if tokens[index].meta.get(guide_links.INSIDE) else with_phone_links(words)


def _is_picture(token: Token) -> bool:
    return token.type == "image" and str(token.attrGet("src")).startswith(SCHEME)


def _place(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token, name = tokens[index], escapeHtml(_words(tokens[index]).strip())
    if not token.meta.get(ALONE):
        return name  # nothing is fetched from elsewhere, and a drawing does not fit into a line
    return f'<figure data-picture="{escapeHtml(str(token.attrGet("src")).removeprefix(SCHEME))}">{name}</figure>'


def _flatten(block: Token) -> None:
    """Words can be stressed once or twice, not a thousand times over."""
    depth = 0
    for part in block.children or ():
        if part.type in ("em_open", "strong_open", "em_close", "strong_close"):
            depth += part.nesting
            part.hidden = depth + (part.nesting < 0) > DEEPEST


def _scrolling(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """A table may be wider than a phone: it moves, and not the page."""
    opens = tokens[index].nesting == 1
    return '<div class="scroll" tabindex="0"><table>' if opens else "</table></div>"


def _let_pictures_stand_alone(tokens: list[Token]) -> None:
    for before, inside, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        parts = inside.children or ()
        if before.type == "paragraph_open" and all(_is_picture(part) or part.type == "softbreak" for part in parts):
            before.hidden = after.hidden = True  # a figure may not stand in a paragraph
            for part in parts:
                part.meta[ALONE] = True


def _number_headings(tokens: list[Token]) -> list[tuple[str, str]]:
    """Headings go down one step at a time, whatever the text does, and one without words is none."""
    headings: list[tuple[str, str]] = []
    level = HIGHEST - 1
    for opening, inside, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        words = plain(_words(inside)).strip()
        opening.hidden = closing.hidden = not words
        if not words:
            continue
        level = max(HIGHEST, min(int(opening.tag[1:]), level + 1, LOWEST))
        opening.tag = closing.tag = f"h{level}"
        if level == HIGHEST:
            headings.append((f"part-{len(headings) + 1}", words))
            opening.attrSet("id", headings[-1][0])
    return headings
