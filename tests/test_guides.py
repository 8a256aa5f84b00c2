"""Reads every guide as a family would get it, and holds each one to the rules of the house."""

import datetime
import math
import re
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import frontmatter
import pytest
import textstat
from markdown_it import MarkdownIt

from portal.services.guide_checks import problems
from portal.services.guide_files import read
from portal.services.guide_hints import reading, telling

GUIDES = Path(__file__).parents[1] / "portal" / "guides"
FILES = sorted(GUIDES.glob("*/*.md"))
ENGLISH = [path for path in FILES if path.parent.name == "en"]
SPANISH = [path for path in FILES if path.parent.name == "es"]

# The course. The order is that of `order` in the files, which is also the order of the library.
COURSE = (
    "who-to-call", "what-staff-can-say", "what-the-week-looks-like", "how-this-portal-works", "first-steps-for-you",
    "staying-safe-tonight", "breathing-emergency", "a-safer-home",
    "a-health-condition", "getting-well", "moods-and-worry", "two-things-at-once",
    "what-happens-in-sessions", "medicines-part-one", "medicines-part-two", "the-first-sick-days", "family-sessions",
    "listening-well", "setting-limits", "hard-moments-at-home", "more-good-days", "home-plans",
    "looking-after-yourself", "trust-and-money", "rules-and-results", "staying-calm-together",
    "first-two-days", "talking-with-children", "teens-and-young-adults", "what-comes-next",
)  # fmt: skip

REQUIRED = (
    "title", "short_title", "slug", "lang", "topic", "order", "minutes", "in_short", "try_this", "try_not",
    "sources", "check_yourself", "written_by", "reviewed_by", "review_by",
)  # fmt: skip
TOPICS = {
    "start-here", "right-now", "talking", "looking-after-you",
    "children", "how-treatment-works", "after-the-program",
}  # fmt: skip

BANNED = {
    "en": (
        r"addicts?", r"abusers?", r"substance abuse", r"clean", r"dirty", r"enabl(?:er|ers|ing)",
        r"co-?dependen\w*", r"relaps\w*", r"alcoholics?", r"junkies?", r"commit\w* suicide",
        r"rehab", r"unfortunately", r"please note", r"oops", r"should(?:n't)?",
    ),
    "es": (
        r"adict[oa]s?", r"drogadict\w*", r"alcohólic[oa]s?", r"abusador\w*", r"limpi[oa]s?", r"suci[oa]s?",
        r"codependien\w*", r"reca[ií]d\w*", r"comet\w+ suicidio", r"desafortunadamente",
        r"lamentablemente", r"deber[ií]an?",
    ),
}  # fmt: skip

# The crisis directory. A number that is not here has not been checked by anyone.
KNOWN_NUMBERS = {
    "1-800-662-4357", "1-800-222-1222", "1-800-799-7233", "1-800-787-3224", "1-800-422-4453",
    "1-866-488-7386", "1-888-823-7458", "1-800-656-4673", "1-833-852-6262", "1-800-487-4889",
    "1-800-950-6264", "838255", "741741", "88788", "435748",
}  # fmt: skip


def offenders(paths, rule):
    """Which of the files break a rule: their names, and whatever true thing the rule said about each."""
    found = ((f"{path.parent.name}/{path.stem}", rule(path)) for path in paths)
    return {name: what for name, what in found if what}


@cache
def guide(path):
    return frontmatter.load(path)


@cache
def tokens(path):
    return MarkdownIt("commonmark").parse(guide(path).content)


@cache
def blocks(path):
    """The body as readers see it: one string for each heading, paragraph or list item."""
    lines = []
    for block in tokens(path):
        if block.type == "inline":
            words = "".join(" " if t.type in ("softbreak", "hardbreak") else t.content for t in block.children)
            lines.append(words if words.rstrip("\"'”»)").endswith((".", "?", ":")) else words + ".")
    return lines


def words(path):
    return len(" ".join(blocks(path)).split())


def sentences(lines):
    for line in lines:
        yield from re.split(r"(?<=[.?!:])[\"'”»)]*\s+", line)


@cache
def said(path):
    """What the guide says in its own words, line by line. The danger card is apart: its lines may recur."""
    page = guide(path)
    asked = [line for pair in page["check_yourself"] for line in (pair["question"], pair["answer"])]
    boxes = [*page["in_short"], *page["try_this"], *page["try_not"], *asked]
    return [page["title"], page["short_title"], *boxes, *blocks(path)]


@cache
def shown(path):
    """Everything a family reads. Sources stay out: a cited title keeps its own words."""
    danger = guide(path).get("danger") or {"title": "", "lines": []}
    return [*said(path), danger["title"], *danger["lines"]]


def syllables(word):
    """Counted from the spelling: groups of vowels, less a silent ending. Within 0.3 of a grade of the dictionary."""
    groups = re.findall(r"[aeiouy]+", word)
    silent = re.search(r"[^aeiouyl]e$|[^aeiouydt]ed$|[^aeiouysxzcgh]es$", word)
    return max(len(groups) - bool(silent), 1)


class WordsByEar:
    """Stands in for the word list that textstat would download from the network."""

    def __getitem__(self, word):
        return [["AH0"] * syllables(word)]


@pytest.fixture
def textstat_offline(monkeypatch):
    monkeypatch.setattr("textstat.backend.counts._count_syllables.get_cmudict", lambda lang: WordsByEar())


def test_the_course_has_thirty_guides_in_one_order():
    by_place = sorted(ENGLISH, key=lambda path: guide(path)["order"])
    assert tuple(path.stem for path in by_place) == COURSE
    assert len({guide(path)["order"] for path in ENGLISH}) == len(COURSE) == 30


def test_a_family_that_reads_spanish_has_the_whole_course():
    assert {path.stem for path in SPANISH} == set(COURSE)


def test_every_spanish_guide_has_an_english_twin_of_the_same_place_and_topic():
    def differs(path):
        twin = GUIDES / "en" / path.name
        return not twin.exists() or [key for key in ("topic", "order") if guide(path)[key] != guide(twin)[key]]

    assert offenders(SPANISH, differs) == {}


def test_the_next_guide_is_the_next_of_the_course_in_the_same_language():
    for paths in (ENGLISH, SPANISH):
        course = sorted(paths, key=lambda path: guide(path)["order"])
        following = [guide(path).get("related") for path in course]
        assert following == [path.stem for path in course[1:]] + [None]


def test_every_guide_carries_all_its_front_matter():
    def wrong(path):
        page = guide(path)
        lists = ("in_short", "try_this", "try_not")
        return (
            [key for key in REQUIRED if not page.get(key)]
            or page["lang"] != path.parent.name
            or page["topic"] not in TOPICS
            or not isinstance(page["order"], int)
            or not isinstance(page["review_by"], datetime.date)
            or not all(isinstance(line, str) for key in lists for line in page[key])
        )

    assert offenders(FILES, wrong) == {}


def test_every_guide_waits_for_a_clinician_and_a_spanish_one_for_a_translator_too():
    assert offenders(ENGLISH, lambda path: guide(path)["reviewed_by"] != "Needs your clinician's review") == {}
    waits = "Falta la revisión de su personal clínico y de un traductor calificado"
    assert offenders(SPANISH, lambda path: guide(path)["reviewed_by"] != waits) == {}


def test_every_guide_says_it_in_short_and_says_what_to_try_and_what_to_leave():
    limits = {"in_short": (1, 3), "try_this": (2, 4), "try_not": (2, 4), "check_yourself": (2, 3)}

    def wrong(path):
        return [key for key, (least, most) in limits.items() if not least <= len(guide(path)[key]) <= most]

    assert offenders(FILES, wrong) == {}


def test_every_check_yourself_question_has_an_answer():
    def wrong(path):
        return [pair for pair in guide(path)["check_yourself"] if not (pair["question"] and pair["answer"])]

    assert offenders(FILES, wrong) == {}


def test_every_source_has_a_title_a_publisher_and_if_any_the_address_of_a_public_body():
    def wrong(path):
        return [
            source
            for source in guide(path)["sources"] or [None]
            if not (source and source["title"] and source["publisher"])
            or not re.search(r"^https://[\w.-]+\.(gov|org|mil|edu)(/|$)", source.get("url", "https://none.org"))
        ]

    assert offenders(FILES, wrong) == {}


def test_every_link_in_a_guide_leads_to_a_guide_or_by_https_to_a_public_body():
    def wrong(path):
        links = [t.attrGet("href") for block in tokens(path) for t in block.children or () if t.type == "link_open"]
        return [
            link
            for link in links
            if not (link.startswith("/guides/") and link.removeprefix("/guides/") in COURSE)
            and not (link.startswith("https://") and re.search(r"\.(gov|org|mil|edu)$", urlsplit(link).netloc))
        ]

    assert offenders(FILES, wrong) == {}


def test_every_guide_is_between_400_and_900_words():
    assert offenders(FILES, lambda path: not 400 <= words(path) <= 900 and words(path)) == {}


def test_the_minutes_to_read_match_the_words():
    assert offenders(FILES, lambda path: guide(path)["minutes"] != math.ceil(words(path) / 200)) == {}


def test_every_english_guide_reads_at_grade_six_or_below(textstat_offline):
    def grade(path):
        return max(textstat.flesch_kincaid_grade("\n".join(lines)) for lines in (blocks(path), shown(path)))

    assert offenders(ENGLISH, lambda path: grade(path) > 6 and grade(path)) == {}


def test_every_sentence_is_under_twenty_words():
    assert offenders(FILES, lambda path: [line for line in sentences(shown(path)) if len(line.split()) >= 20]) == {}


def test_every_paragraph_is_short_enough_to_hold_one_idea():
    assert offenders(FILES, lambda path: [line for line in blocks(path) if len(line.split()) > 65]) == {}


def test_no_sentence_of_eight_words_stands_in_two_guides():
    for paths in (ENGLISH, SPANISH):
        found = defaultdict(set)
        for path in paths:
            for sentence in sentences(said(path)):
                plain = " ".join(re.findall(r"\w+", sentence.lower()))
                if len(plain.split()) >= 8:
                    found[plain].add(path.stem)
        assert {sentence: where for sentence, where in found.items() if len(where) > 1} == {}


def test_no_guide_blames_labels_or_shouts():
    def wrong(path):
        text = "\n".join(shown(path))
        banned = [word for word in BANNED[path.parent.name] if re.search(rf"(?i)\b{word}\b", text)]
        return banned + [mark for mark in "!¡" if mark in text]

    assert offenders(FILES, wrong) == {}


def test_headings_start_at_level_two_and_never_skip_a_level():
    def wrong(path):
        levels = [int(token.tag[1]) for token in tokens(path) if token.type == "heading_open"]
        return levels[:1] != [2] or min(levels) < 2 or any(after > before + 1 for before, after in pairwise(levels))

    assert offenders(FILES, wrong) == {}


def test_no_guide_holds_raw_html():
    def wrong(path):
        parts = [part for token in tokens(path) for part in (token, *(token.children or ()))]
        return [part.content for part in parts if part.type.startswith("html")]

    assert offenders(FILES, wrong) == {}


def test_the_slug_is_the_file_name_and_is_a_plain_web_address():
    def wrong(path):
        return guide(path)["slug"] != path.stem or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)

    assert offenders(FILES, wrong) == {}


def test_the_slug_and_the_tab_title_give_nothing_away():
    def wrong(path):
        return telling(guide(path)["slug"], guide(path)["short_title"])

    assert offenders(FILES, wrong) == {}


def test_the_editor_would_publish_every_guide_and_counts_as_we_do():
    def wrong(path):
        found = reading(read(path))
        counts = (found.words, found.minutes) == (words(path), guide(path)["minutes"])
        return problems(read(path), COURSE) or not counts or not found.ease.good

    assert offenders(FILES, wrong) == {}


def test_every_phone_number_is_one_that_was_checked():
    def wrong(path):
        text = "\n".join(shown(path))
        long = set(re.findall(r"\b1-\d{3}-\d{3}-\d{4}\b|\b\d{5,6}\b", text)) - KNOWN_NUMBERS
        return long | set(re.findall(r"(?<![-\d])9\d\d(?![-\d])", text)) - {"911", "988"}

    assert offenders(FILES, wrong) == {}


def test_every_danger_card_has_a_title_and_a_number_to_call_and_no_urgent_guide_lacks_one():
    def wrong(path):
        danger = guide(path).get("danger")
        if not danger:
            return guide(path)["topic"] == "right-now"
        return not danger["title"] or not re.search(r"911|988", danger["title"] + " ".join(danger["lines"]))

    assert offenders(FILES, wrong) == {}
