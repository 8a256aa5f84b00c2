"""A guide's Markdown as clean HTML, with headings to jump to, help numbers to press and places for pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

ALLOWED = {
    "a", "blockquote", "br", "em", "figure", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
}  # fmt: skip
# Numbers that are texted to; the others are called.
TEXTED = ("741741", "838255", "88788", "435748")
NUMBER = re.compile(rf"\b(911|988|1-\d{{3}}-\d{{3}}-\d{{4}}|{'|'.join(TEXTED)})\b")
# Where a picture stands in Markdown: ![its name in the guide's language](picture:craving-wave)
SCHEME = "picture:"
PLACE = re.compile(r'<figure data-picture="([^"]*)">([^<]*)</figure>')

SPOKEN = ("text", "code_inline", "softbreak", "hardbreak")
# After the mark that ends a sentence, and the quotation mark or bracket that may close behind it.
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|(?<=[.?!][\"”)])\s+")


def render(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """Markdown as clean HTML, and its second-level headings as (anchor, words).

    Anchors are numbers, not words: they stay in the history of the reader's browser. A picture is a place that
    holds its name, for `with_pictures` to fill.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("text", _text)
    reader.add_render_rule("image", _place)
    tokens = reader.parse(markdown)
    headings = _number_headings(tokens)
    _let_pictures_stand_alone(tokens)
    html = reader.renderer.render(tokens, reader.options, {})
    attributes = {"a": {"href"}, "figure": {"data-picture"}, "h2": {"id"}}
    clean = nh3.clean(html, tags=ALLOWED, attributes=attributes, link_rel=None, url_schemes={"https", "tel", "sms"})
    return clean, headings


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
    for before, token in pairwise(MarkdownIt("commonmark", {"html": False}).enable("table").parse(markdown)):
        if token.type != "inline":
            continue
        words = "".join(part.content or " " for part in token.children or () if part.type in SPOKEN)
        lines += SENTENCE_END.split(words)
        if before.type == "heading_open":
            headings.append(words)
    return [line for line in lines if line.strip()], headings


def with_phone_links(html: str) -> str:
    """`html`, which holds no links yet, with its help numbers as links to call or to text."""
    return NUMBER.sub(
        lambda found: f'<a href="{"sms" if found[0] in TEXTED else "tel"}:{found[0]}">{found[0]}</a>', html
    )


def _text(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    words = escapeHtml(tokens[index].content)
    depth = sum(token.nesting for token in tokens[:index] if token.type.startswith("link_"))
    return words if depth else with_phone_links(words)


def _is_picture(token: Token) -> bool:
    return token.type == "image" and str(token.attrGet("src")).startswith(SCHEME)


def _place(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token, name = tokens[index], escapeHtml(tokens[index].content)
    if not _is_picture(token):
        return name  # nothing is fetched from elsewhere
    return f'<figure data-picture="{escapeHtml(str(token.attrGet("src")).removeprefix(SCHEME))}">{name}</figure>'


def _let_pictures_stand_alone(tokens: list[Token]) -> None:
    for before, inside, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.type == "paragraph_open" and all(map(_is_picture, inside.children or ())):
            before.hidden = after.hidden = True  # a figure may not stand in a paragraph


def _number_headings(tokens: list[Token]) -> list[tuple[str, str]]:
    headings: list[tuple[str, str]] = []
    for token, inside in pairwise(tokens):
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"  # the page has its own h1
        if token.type == "heading_open" and token.tag == "h2":
            anchor = f"part-{len(headings) + 1}"
            token.attrSet("id", anchor)
            words = "".join(part.content for part in inside.children or () if part.type == "text")
            headings.append((anchor, words))
    return headings
