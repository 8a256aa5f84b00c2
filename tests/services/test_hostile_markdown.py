"""Whatever somebody writes into a guide, its page is words, and ends in bounded time."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from flask import Flask

from portal.services import guide_files, guide_front, guide_loading
from portal.services.guide_signs import TURNING
from portal.services.guide_text import lines_of, render
from tests.conftest import at_the_clinic
from tests.services import hostile_markdown as hostile

TAGS = {
    "a": {"href", "rel"}, "blockquote": set(), "br": set(), "div": {"class", "tabindex"}, "em": set(),
    "figure": {"data-picture"}, "h2": {"id"}, "h3": set(), "h4": set(), "hr": set(), "li": set(), "ol": set(),
    "p": set(), "strong": set(), "table": set(), "tbody": set(), "td": set(), "th": set(), "thead": set(),
    "tr": set(), "ul": set(),
}  # fmt: skip
# Only these may stand in a line of words, and only words stand in these.
IN_A_LINE = {"a", "br", "em", "strong"}
SAFE = re.compile(
    r"https://((?!xn--)[a-z0-9-]+\.)+[a-z]+(/[^\s\"<>\\]*)?|(tel|sms):\+?[0-9-]+|(/[a-z0-9-]+)+(#[a-z0-9-]+)?|#[a-z0-9-]+",
    re.IGNORECASE,
)
FACTS: dict[str, object] = {
    "title": "A", "short_title": "B", "topic": "talking", "order": 1, "minutes": 2, "in_short": ["C"],
    "try_this": ["D"], "try_not": ["E"], "danger": {"title": "F", "lines": ["G"]}, "written_by": "H",
    "reviewed_by": "I",
    "sources": [{"title": "J", "publisher": "K", "url": "https://a.example"}],
    "check_yourself": [{"question": "L", "answer": "M"}],
}  # fmt: skip


def wrong_with(tree: Tag) -> list[str]:
    """Tags, attributes, addresses and nesting that no guide may have."""
    found = []
    for tag in tree.find_all(True):
        unknown = set(tag.attrs) - TAGS.get(tag.name, set())
        if tag.name not in TAGS or unknown:
            found.append(f"<{tag.name} {sorted(unknown)}>")
        if tag.name == "a" and ("href" not in tag.attrs or not SAFE.fullmatch(str(tag["href"]))):
            found.append(f"href {tag.get('href')}")
        if tag.name == "a" and not tag.get_text(strip=True):
            found.append("a link without words")
        if tag.name == "a" and str(tag.get("href")).startswith("https") != (tag.get("rel") == ["noreferrer"]):
            found.append("another site is told where its reader comes from")
        if tag.name == "div" and tag.attrs != {"class": ["scroll"], "tabindex": "0"}:
            found.append(f"div {tag.attrs}")
        if tag.parent and tag.parent.name in {"p", "h2", "h3", "h4", *IN_A_LINE} and tag.name not in IN_A_LINE:
            found.append(f"{tag.name} in {tag.parent.name}")
        if tag.name == "a" and tag.find_parent("a"):
            found.append("a link in a link")
    return found


def levels(tree: Tag) -> list[int]:
    return [int(heading.name[1]) for heading in tree.find_all(re.compile("^h[1-6]$"))]


def skips(every: list[int]) -> bool:
    return any(after > before + 1 for before, after in pairwise(every))


def test_there_are_more_than_five_hundred_ways_to_try_and_no_two_are_alike() -> None:
    every = [markdown for _, markdown in hostile.cases()]

    assert len(every) == len(set(every)) >= 500


def test_no_markdown_becomes_anything_but_words_lists_tables_and_links_that_are_safe() -> None:
    wrong = {}
    for case, markdown in hostile.cases():
        html, headings = render(markdown)
        tree = BeautifulSoup(html, "html5lib").body
        assert tree is not None
        found = wrong_with(tree)
        parts = [(str(heading["id"]), heading.get_text()) for heading in tree("h2")]
        if [anchor for anchor, _ in parts] != [anchor for anchor, _ in headings] or not all(name for _, name in parts):
            found.append(f"headings {headings}")
        if skips([1, *levels(tree)]) or TURNING.search(html) or "\u202e" in html:
            found.append("out of order")
        if found:
            wrong[case] = found

    assert wrong == {}


def write(folder: Path, slug: str, facts: object, markdown: str) -> None:
    file = folder / "en" / f"{slug}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"---\n{yaml.safe_dump(facts, allow_unicode=True)}---\n{markdown}", encoding="utf-8", newline="\n")


def refusal(folder: Path) -> str:
    with pytest.raises(guide_files.BadGuide) as refused:
        guide_loading.load(folder)
    return str(refused.value)


def page_of(app: Flask, slug: str) -> BeautifulSoup:
    answer = app.test_client().get(f"/guides/{slug}")
    assert answer.status_code == 200, slug
    # What leads back to this page, as on every page, bears its name.
    return BeautifulSoup(answer.text.replace(f"/guides/{slug}", "/guides/this"), "html5lib")


def skeleton(tree: Tag) -> list[object]:
    """Every tag with its attributes and what stands in it, without words."""
    return [(tag.name, sorted(tag.attrs.items()), skeleton(tag)) for tag in tree.find_all(True, recursive=False)]


def take_out(page: BeautifulSoup) -> Tag:
    """Takes the text of the guide, and the list of its headings, out of its page."""
    body = page.select_one("article div.measure")
    assert body is not None
    for contents in page.select("article nav"):
        contents.extract()
    for picture in body.select("figure.picture"):
        picture.replace_with("")
    return body.extract()


def test_around_whatever_somebody_wrote_stands_the_page_of_every_guide(app: Flask, tmp_path: Path) -> None:
    every_markdown = ["A harmless guide.", *hostile.guides()]
    slugs = [f"guide-{number}" for number in range(len(every_markdown))]
    for slug, markdown in zip(slugs, every_markdown, strict=True):
        write(tmp_path, slug, FACTS, markdown)
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
    harmless = page_of(app, "guide-0")
    take_out(harmless)
    wrong = {}
    for slug in slugs:
        page = page_of(app, slug)
        every = levels(page)
        body = take_out(page)
        found = wrong_with(body)
        if every.count(1) != 1 or skips(every):
            found.append(f"headings {every}")
        if skeleton(page) != skeleton(harmless):
            found.append("another page around it")
        if found:
            wrong[slug] = found

    assert len(slugs) >= 150
    assert wrong == {}


@pytest.mark.parametrize("address", hostile.UNKNOWN)
def test_a_picture_that_is_not_there_is_refused_by_its_name(app: Flask, tmp_path: Path, address: str) -> None:
    write(tmp_path, "a", FACTS, f"![a]({address})")

    with app.app_context():
        assert "en/a.md: there is no picture named" in refusal(tmp_path)


def test_facts_around_a_guide_are_words_and_never_code(app: Flask, tmp_path: Path) -> None:
    payloads = [words for words in hostile.HTML if "\n" not in words and len(words) <= 60 and "\u200b" not in words]
    write(tmp_path, "guide-0", FACTS, "Words.")
    for number, words in enumerate(payloads, 1):
        write(tmp_path, f"guide-{number}", everywhere(FACTS, words), f"Words of zebra{number}.")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
    harmless = page_of(app, "guide-0")
    found = app.test_client().get("/guides?q=zebra1").text
    assert BeautifulSoup(found, "html5lib").select("main ol mark")

    for number, words in enumerate(payloads, 1):
        page = page_of(app, f"guide-{number}")
        assert skeleton(page) == skeleton(harmless), words
        assert page.get_text().count(words) >= 11, words
        found = app.test_client().get(f"/guides?q=zebra{number}").text
        results = BeautifulSoup(found, "html5lib").select_one("main ol")
        assert results is not None
        assert {tag.name for tag in results.find_all(True)} <= {"li", "div", "a", "span", "p", "mark"}, words


def everywhere(fact: Any, words: str, name: str = "") -> Any:
    """The facts with `words` as every text among them that may be any."""
    if isinstance(fact, dict):
        return {name: everywhere(inside, words, name) for name, inside in fact.items()}
    if isinstance(fact, list):
        return [everywhere(inside, words) for inside in fact]
    return fact if name in ("topic", "order", "minutes", "url") else words


@pytest.mark.parametrize(
    "address", [*hostile.ADDRESSES, "a", "https://a b.example", "https://", "https://a.example\n/"]
)
def test_a_source_leads_to_a_page_of_https_or_the_guide_is_refused(app: Flask, tmp_path: Path, address: str) -> None:
    write(tmp_path, "a", FACTS | {"sources": [{"title": "J", "publisher": "K", "url": address}]}, "Words.")
    with app.app_context():
        if SAFE.fullmatch(address) and address.startswith("https://"):
            assert guide_loading.load(tmp_path)["created"] == 1
        else:
            assert re.search(r"en/a\.md: (the url of a source begins with https://|there are signs)", refusal(tmp_path))


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"title": "a" * 161}, "title is text of at most 160 letters"),
        ({"short_title": "a" * 61}, "short_title is text of at most 60 letters"),
        ({"title": ["a"]}, "title is text"),
        ({"title": " "}, "lacks title"),
        ({"topic": "<b>"}, "topic is small letters"),
        ({"related": {"a": 1}}, "related is text"),
        ({"related": "../staff"}, "related is small letters"),
        ({"order": "first"}, "order is a number"),
        ({"minutes": 10**9}, "minutes is a number from 1 to 600"),
        ({"minutes": 10**20}, "facts are words"),
        ({"in_short": "words"}, "in_short is a list of sentences"),
        ({"try_this": [["words"]]}, "try_this is a list of sentences"),
        ({"try_not": {"a": "b"}}, "try_not is a list of sentences"),
        ({"danger": ["words"]}, "danger has a title and lines"),
        ({"danger": {"title": "a", "lines": "words"}}, "danger has a title and lines"),
        ({"sources": ["words"]}, "sources is a list, and each of it has title and publisher"),
        ({"sources": [{"title": "a"}]}, "sources is a list, and each of it has title and publisher"),
        ({"check_yourself": [{"question": "a"}]}, "check_yourself is a list, and each of it has question and answer"),
        ({"written_by": b"a"}, "facts are words"),
        ({"written_by": {"a"}}, "facts are words"),
        ({"minutes": float("nan")}, "facts are words"),
        ({"try_not": ["a" * 60_000]}, "at most 60000 letters"),
        ({"title": "a\u202eb"}, "signs in it that cannot be seen"),
        ({"in_short": ["a\u200bb"]}, "signs in it that cannot be seen"),
        ({"in_short": ["a" + "\u0301" * 50]}, "signs in it that cannot be seen"),
        ({"danger": {"title": "a\x00", "lines": []}}, "signs in it that cannot be seen"),
    ],
)  # fmt: skip
def test_a_fact_of_another_kind_is_refused_in_a_sentence(
    app: Flask, tmp_path: Path, fact: dict[str, object], said: str
) -> None:
    write(tmp_path, "a", FACTS | fact, "Words.")

    with app.app_context():
        assert said in refusal(tmp_path)


@pytest.mark.parametrize("sign", hostile.TURNING)
def test_signs_that_turn_the_text_are_refused_and_not_shown(app: Flask, tmp_path: Path, sign: str) -> None:
    write(tmp_path, "a", FACTS, f"Words{sign} and words.\n\n## Words{sign}")

    with app.app_context():
        assert "signs in it that cannot be seen" in refusal(tmp_path)
    html, headings = render(f"## Words{sign}\n\nWords{sign}")
    assert not TURNING.search(html + headings[0][1] + "".join(lines_of(f"Words{sign}")[0]))


def test_facts_that_stand_for_one_another_and_files_with_other_names_are_refused(app: Flask, tmp_path: Path) -> None:
    loop = "title: &a [*a]"
    laughs = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghi"))
    for facts in (loop, laughs, "[" * 5_000, "!!python/object/apply:os.system [a]"):
        file = tmp_path / "en" / "a.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\n{facts}\n---\n", encoding="utf-8")
        with app.app_context():
            assert "en/a.md: cannot be read" in refusal(tmp_path)
    for slug in ("A", "a b", "a'onclick=", "a" * 81, "{{7*7}}"):
        assert guide_front.trouble(slug, "en", FACTS, "Words.")
    for language in ("English", "..", "<b>"):
        assert guide_front.trouble("a", language, FACTS, "Words.")
    assert guide_front.trouble("a", "en", FACTS, "Words.") is None


@pytest.mark.parametrize("name", hostile.LARGE)
def test_twice_as_much_takes_about_twice_as_many_steps(name: str) -> None:
    assert len(hostile.LARGE[name]) <= guide_front.MOST_LETTERS

    assert steps(hostile.LARGE[name][:8_000]) < 3 * steps(hostile.LARGE[name][:4_000]) + 5_000


def steps(markdown: str) -> int:
    """How often anything is called while this is rendered."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += 1

    sys.setprofile(count)
    try:
        render(markdown)
    finally:
        sys.setprofile(None)
    return called
