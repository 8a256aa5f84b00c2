"""The library: public, in two languages, and nobody's business who reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import select

from portal.cast import ALEX, DANA
from portal.db import session
from portal.models import Guide, GuideProgress, RecordEntry
from portal.services import guide_files, guide_loading, guides
from tests.browser_form import submit
from tests.conftest import SignIn, at_the_clinic
from tests.front_door.conftest import GUIDES
from tests.front_door.fields import fields_of

SCARED = "/guides/staying-safe-tonight"


def page_of(app: Flask, address: str) -> BeautifulSoup:
    answer = app.test_client().get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def test_somebody_without_an_account_reads_and_gets_no_cookie(library: Flask) -> None:
    client = library.test_client()
    for address in ("/guides", SCARED, f"{SCARED}?lang=es", "/guides?q=listen", "/help", "/help/now", "/privacy",
                    "/accessibility", "/robots.txt", "/signed-out"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "Set-Cookie" not in answer.headers, address


@pytest.mark.both_databases
def test_every_guide_stands_under_its_topic(library: Flask) -> None:
    page = page_of(library, "/guides")

    topics = page.select("main section[aria-labelledby^='topic-']")
    assert [topic.h2.text for topic in topics][:2] == ["Start here", "Right now"]  # type: ignore[union-attr]
    links = {link["href"] for topic in topics for link in topic.select("li a:not(.tag)")}
    assert links == {f"/guides/{file.stem}" for file in GUIDES.glob("en/*.md")}


def test_in_spanish_a_guide_is_spanish_where_it_can_be_and_the_others_say_what_they_are(
    library: Flask, tmp_path: Path
) -> None:
    write(tmp_path, "tea", "Put the kettle on.")
    with at_the_clinic(library):
        guide_loading.load(tmp_path)

    page = page_of(library, "/guides?lang=es")

    assert page.html is not None
    assert page.html["lang"] == "es"
    link = page.select_one(f"main a[href='{SCARED}?lang=es']")
    assert link is not None
    assert not link.has_attr("lang")
    assert "suicidio" in link.text.lower()
    other = page.select_one("main a[href='/guides/tea?lang=es']")
    assert other is not None
    assert other["lang"] == "en"


def test_a_guide_says_it_in_short_with_what_to_try_and_where_it_comes_from(library: Flask) -> None:
    page = page_of(library, SCARED)
    words = page.select_one("main").get_text(" ", strip=True)  # type: ignore[union-attr]

    for part in ("In short", "Try this", "Try not to", "Call 911 now if", "Sources", "Reviewed by:", "4 minutes"):
        assert part in words
    assert page.select_one("main a[href='tel:988']")
    assert page.select_one("main a[href='tel:911']")
    assert [heading.name for heading in page.select("main h1")] == ["h1"]


def test_the_tab_does_not_tell_what_the_page_is_about(library: Flask) -> None:
    page = page_of(library, SCARED)

    assert page.title is not None
    assert " ".join(page.title.text.split()) == "Staying safe – Riverbend Portal"
    assert "Suicide" in page.h1.text  # type: ignore[union-attr]
    assert {link["href"] for link in page.select("main nav a")} <= {f"#part-{n}" for n in range(1, 20)}


def test_a_guide_that_is_only_there_in_english_says_so(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "tea", "Put the kettle on.")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)

    page = page_of(app, "/guides/tea?lang=es")
    assert page.article is not None
    assert page.article["lang"] == "en"
    assert "Por ahora, esta guía está solo en inglés." in page.article.get_text()


def test_a_search_shows_the_guides_that_answer_it_best_first_with_the_words_it_found(library: Flask) -> None:
    answer = library.test_client().get("/guides?q=988+sucide")
    page = BeautifulSoup(answer.text, "html.parser")
    found = page.select("main ol > li a:not(.tag)")

    assert "Set-Cookie" not in answer.headers
    assert found[0]["href"] == SCARED
    assert len(found) <= 10
    assert {"suicide", "988"} <= {mark.text.lower() for mark in page.select("main mark")}
    assert "No guide has all of those words." in page_of(library, "/guides?q=qzxvjkq%25").text


def test_what_was_searched_and_what_was_found_are_text_and_never_code(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "tea", "Type `<b onclick=x>` for tea & talk.")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
    page = page_of(app, "/guides?q=<i>tea</i>")

    assert page.select("main li b, main li i, main form i") == []
    assert "Type <b onclick=x> for tea & talk." in page.select_one("main ol > li p").text  # type: ignore[union-attr]
    assert page.select_one("main mark").text.lower() == "tea"  # type: ignore[union-attr]


def test_reading_is_private_to_the_reader(library: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    answer = submit(dana, SCARED)
    assert (answer.status_code, answer.location) == (303, SCARED)
    submit(dana, "/guides/listening-well")

    assert "You marked this as read" in dana.get(SCARED).text
    assert len(BeautifulSoup(dana.get("/guides").text, "html.parser").select("main .tag.pine")) == 2
    assert "You marked this as read" not in sign_in(ALEX).get(SCARED).text
    with library.app_context():
        g.reading = True
        assert len(session().scalars(select(GuideProgress)).all()) == 2
        assert session().scalars(select(RecordEntry).where(RecordEntry.door == "front")).all() == []


def test_nobody_signed_out_marks_a_guide(library: Flask) -> None:
    client = library.test_client()
    client.get("/sign-in")

    form = fields_of(client.get("/sign-in"))
    answer = client.post(f"{SCARED}/read", data={"csrf_token": form["csrf_token"]})

    assert (answer.status_code, answer.location) == (303, "/sign-in")


def write(folder: Path, name: str, text: str, language: str = "en") -> None:
    file = folder / language / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"---\ntitle: {name.title()}\nshort_title: {name}\ntopic: talking\norder: 1\nminutes: 2\n"
        f"review_by: 2027-11-23\n---\n{text}",
        encoding="utf-8",
    )


@pytest.mark.both_databases
def test_loading_twice_changes_nothing_and_a_changed_file_changes_one(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "guides"
    write(folder, "one", "## First")
    write(folder, "two", "## Second")
    with at_the_clinic(app):
        assert guide_loading.load(folder) == {"created": 2, "updated": 0, "unchanged": 0, "kept": 0}
    with at_the_clinic(app):
        assert guide_loading.load(folder) == {"created": 0, "updated": 0, "unchanged": 2, "kept": 0}
    write(folder, "two", "## Second, better")
    with at_the_clinic(app):
        assert guide_loading.load(folder) == {"created": 0, "updated": 1, "unchanged": 1, "kept": 0}

    with app.app_context():
        g.reading = True
        two = guides.get("two", "es")
        assert (two.html, two.front["review_by"]) == ('<h2 id="part-1">Second, better</h2>\n', "2027-11-23")


def test_a_guide_cannot_bring_code_of_its_own(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "bad", "# Hi\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n[a](javascript:alert(1))")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
        html = session().scalars(select(Guide.html).where(Guide.slug == "bad")).one()

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert html.startswith('<h2 id="part-1">')


def test_a_file_that_is_no_guide_is_named_and_nothing_is_stored(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "good", "## Fine")
    (tmp_path / "en" / "zzz.md").write_text("---\ntitle: Half\n---\n", encoding="utf-8")
    with app.app_context(), pytest.raises(guide_files.BadGuide, match=r"en/zzz\.md: lacks short_title, topic"):
        guide_loading.load(tmp_path)

    with app.app_context():
        g.reading = True
        assert session().scalars(select(Guide)).all() == []


def test_a_link_from_guide_to_guide_keeps_the_language_of_the_address(app: Flask, tmp_path: Path) -> None:
    write(tmp_path, "tea", "Read [the other one](/guides/bread) too.")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)

    assert page_of(app, "/guides/tea?lang=es").select("main article a[href='/guides/bread?lang=es']")
    assert page_of(app, "/guides/tea").select("main article a[href='/guides/bread']")
