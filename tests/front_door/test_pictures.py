"""The pictures in the guides: drawn in both languages, with the same facts in words, and nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, g, render_template
from flask_babel import force_locale

from portal.services import guide_files, guide_loading, guides
from portal.services.guide_text import PLACE, pictures_in, render
from tests.conftest import at_the_clinic
from tests.front_door.conftest import GUIDES
from tests.front_door.test_guides import page_of, write

FILES = sorted(GUIDES.glob("*/*.md"))
EVERY_PICTURE = pytest.mark.parametrize("picture", sorted(guides.PICTURES))
EVERY_LANGUAGE = pytest.mark.parametrize("language", ["en", "es"])


def shown_by(file: Path) -> list[str]:
    return pictures_in(render(file.read_text())[0])


def drawn(app: Flask, picture: str, language: str) -> Tag:
    with app.test_request_context(), force_locale(language):
        g.reading = True
        figure = BeautifulSoup(render_template(f"pictures/{picture}.html", name="Its name"), "html.parser").figure
    assert figure is not None
    return figure


def words_of(part: Tag) -> str:
    return " ".join(re.findall(r"\w+", part.get_text(" ").lower()))


def test_ten_pictures_or_more_and_each_is_in_some_guide() -> None:
    assert len(guides.PICTURES) >= 10
    assert {picture for file in FILES for picture in shown_by(file)} == guides.PICTURES


@pytest.mark.parametrize("file", sorted(GUIDES.glob("es/*.md")), ids=lambda file: file.stem)
def test_a_spanish_guide_shows_what_its_english_twin_shows(file: Path) -> None:
    assert shown_by(file) == shown_by(GUIDES / "en" / file.name)


def test_every_picture_in_a_guide_has_a_name_there() -> None:
    places = [place for file in FILES for place in PLACE.findall(render(file.read_text())[0])]
    assert [picture for picture, name in places if not name.strip()] == []


@EVERY_LANGUAGE
@EVERY_PICTURE
def test_a_picture_is_one_image_with_a_name_and_its_words_stay_words(app: Flask, picture: str, language: str) -> None:
    figure = drawn(app, picture, language)

    (svg,) = figure.select("svg")
    assert (svg["role"], svg["aria-label"]) == ("img", "Its name")
    assert svg.select("text")
    assert figure.figcaption is not None
    assert figure.figcaption.text == "Its name"


@EVERY_LANGUAGE
@EVERY_PICTURE
def test_whoever_cannot_see_a_picture_reads_all_of_it(app: Flask, picture: str, language: str) -> None:
    figure = drawn(app, picture, language)

    (twin,) = figure.select("details")
    assert twin.summary is not None
    assert twin.summary.text == {"en": "The picture in words", "es": "El dibujo en palabras"}[language]
    told = words_of(twin)
    untold = [words_of(text) for text in figure.select("svg text:not(.on-solid)")]
    assert [words for words in untold if words not in told] == []


@EVERY_PICTURE
def test_no_word_of_a_picture_stays_english_in_spanish(app: Flask, picture: str) -> None:
    english, spanish = (
        {words_of(text) for text in drawn(app, picture, language).select("svg text")} for language in ("en", "es")
    )
    assert {words for words in english & spanish if not words[0].isdigit()} == set()


@EVERY_PICTURE
def test_a_picture_brings_no_style_no_script_and_nothing_from_elsewhere(app: Flask, picture: str) -> None:
    figure = drawn(app, picture, "en")

    assert {part.name for part in figure.find_all(True)} <= {
        "figure", "figcaption", "svg", "path", "rect", "circle", "text", "tspan",
        "details", "summary", "p", "ul", "ol", "li", "b",
    }  # fmt: skip
    attributes = {name for part in figure.find_all(True) for name in part.attrs}
    assert not attributes & {"style", "src", "href", "xlink:href"}
    assert not {name for name in attributes if name.startswith("on")}
    assert "url(" not in str(figure)


@EVERY_LANGUAGE
def test_the_page_of_a_guide_holds_its_pictures_and_stays_small(library: Flask, language: str) -> None:
    client = library.test_client()
    for file in FILES:
        if file.parent.name == language and shown_by(file):
            page = client.get(f"/guides/{file.stem}?lang={language}")
            assert page.text.count('<figure class="picture">') == len(shown_by(file)), file.stem
            assert not PLACE.search(page.text), file.stem
            assert len(page.data) < 100_000, file.stem


def test_a_picture_speaks_the_language_of_its_guide(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "one", "![A wave](picture:craving-wave)")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)

    guide = page_of(app, "/guides/one?lang=es").article
    assert guide is not None
    assert guide["lang"] == "en"
    (figure,) = guide.select("figure")
    assert "It rises" in figure.text
    assert "The picture in words" in figure.text


def test_a_guide_cannot_ask_for_a_picture_that_is_not_there(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "one", "![A sunrise](picture:sunrise)")
    with (
        at_the_clinic(app),
        pytest.raises(guide_files.BadGuide, match=r"en/one\.md: there is no picture named sunrise"),
    ):
        guide_loading.load(tmp_path)


def test_the_name_of_a_picture_brings_no_code(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "one", '![</figure><script>alert(1)</script> & "so"](picture:craving-wave)')
    with at_the_clinic(app):
        guide_loading.load(tmp_path)

    page = page_of(app, "/guides/one")
    assert page.figure is not None
    assert page.figure.select_one("svg")["aria-label"] == '</figure><script>alert(1)</script> & "so"'  # type: ignore[index]
    assert [script for script in page.select("script") if "alert" in script.text] == []


def test_a_picture_from_elsewhere_leaves_only_its_words() -> None:
    html, _ = render("![A cat](https://cats.example/cat.png)")
    assert html == "<p>A cat</p>\n"
