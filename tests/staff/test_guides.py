"""The guide editor: what the care team writes, sees beside it, publishes, and takes back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.cast import BEN, DANA, PRIYA
from portal.services import guide_loading
from tests.browser_form import send, soup, submit
from tests.conftest import Clock, SignIn, at_the_clinic

GUIDES = Path(guide_loading.__file__).parents[1] / "guides"
HERE = "/staff/guides/listening-well/en"
EDIT = f"{HERE}/edit"
PUBLISH, SAVE, PREVIEW = (
    'main button.btn[value="publish"]',
    'main button.btn[value="save"]',
    'main button[value="preview"]',
)


@pytest.fixture(autouse=True)
def shelf(app: Flask, tmp_path: Path) -> Path:
    for language in ("en", "es"):
        for name in ("listening-well", "setting-limits"):
            (tmp_path / language).mkdir(exist_ok=True)
            shutil.copy(GUIDES / language / f"{name}.md", tmp_path / language)
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
    return tmp_path


@pytest.fixture
def priya(sign_in: SignIn) -> FlaskClient:
    return sign_in(PRIYA)


def text_of(page: TestResponse) -> str:
    return " ".join(soup(page).select_one("main").get_text(" ").split())  # type: ignore[union-attr]


def body(client: FlaskClient, address: str = EDIT) -> str:
    return str(soup(client.get(address)).select_one("textarea[name=markdown]").get_text()).lstrip("\r\n")  # type: ignore[union-attr]


def preview(page: TestResponse) -> BeautifulSoup:
    frame = soup(page).select_one("iframe[data-guide-frame]")
    assert frame is not None
    return BeautifulSoup(str(frame["srcdoc"]), "html.parser")


def upgrade(app: Flask, shelf: Path, old: str, new: str) -> None:
    file = shelf / "en" / "listening-well.md"
    file.write_text(file.read_text().replace(old, new))
    with at_the_clinic(app):
        guide_loading.load(shelf)


def test_priya_changes_a_sentence_and_families_read_it(app: Flask, priya: FlaskClient) -> None:
    answer = submit(priya, EDIT, PUBLISH, markdown=f"{body(priya)}\n\nWatch the lighthouse together.")

    assert answer.status_code == 303
    assert "Published. Families read it now." in text_of(priya.get(answer.location))
    assert "Watch the lighthouse together." in app.test_client().get("/guides/listening-well").text
    assert "listening-well" in app.test_client().get("/guides?q=lighthouse").text


def test_nothing_gets_lost_or_changed_on_the_way_through_the_form(app: Flask, priya: FlaskClient, shelf: Path) -> None:
    for address in (EDIT, EDIT.replace("/en/", "/es/")):
        assert submit(priya, address, PUBLISH).status_code == 303

    with at_the_clinic(app):
        assert guide_loading.load(shelf) == {"created": 0, "updated": 0, "unchanged": 4, "kept": 0}


def test_a_draft_is_kept_and_no_family_sees_it(app: Flask, priya: FlaskClient) -> None:
    answer = submit(priya, EDIT, SAVE, title="Listening, our way")

    assert "Draft, saved by Priya" in text_of(priya.get(answer.location))
    assert "our way" not in app.test_client().get("/guides/listening-well").text
    assert submit(priya, EDIT, "form[action$=throw-away]").status_code == 303
    assert "our way" not in priya.get(EDIT).text


def test_the_preview_is_what_families_see_in_the_language_they_read(app: Flask, priya: FlaskClient) -> None:
    page = submit(priya, EDIT.replace("/en/", "/es/"), PREVIEW, markdown="## Uno\n\n![Ola](picture:craving-wave)")
    seen = preview(page)

    assert page.status_code == 200
    assert seen.html is not None
    assert seen.html["lang"] == "es"
    assert "En pocas palabras" in seen.text or "En breve" in seen.text or "En resumen" in seen.text
    assert seen.select_one("figure svg") is not None
    assert "script" not in {tag.name for tag in seen.find_all()}
    assert "Listening well" in str(soup(page).select_one("iframe:not([data-guide-frame])")["srcdoc"])  # type: ignore[index]


def test_the_part_that_is_fetched_while_typing_says_the_same(priya: FlaskClient) -> None:
    page = submit(priya, EDIT, PREVIEW, markdown="Hello there.")
    fragment = submit(priya, EDIT, PREVIEW, markdown="Hello there.", language="en")
    address = soup(page).select_one("form[data-guide-preview]")["data-guide-preview"]  # type: ignore[index]
    fields = {"title": "T", "markdown": "Hello <b>there</b>, addict.", "language": "en", "slug": "listening-well"}
    token = soup(fragment).select_one("input[name=csrf_token]")["value"]  # type: ignore[index]
    answer = priya.post(str(address), data=fields | {"csrf_token": token})

    assert answer.status_code == 200
    assert "person with an addiction" in answer.text
    assert "&lt;b&gt;" in str(soup(answer).iframe["srcdoc"])  # type: ignore[index]
    assert priya.post(str(address), data=fields | {"csrf_token": token, "language": "xx"}).status_code == 404


def test_a_word_is_swapped_in_one_press_and_nothing_is_published_by_it(app: Flask, priya: FlaskClient) -> None:
    page = submit(priya, EDIT, PREVIEW, markdown="Your son is not an addict.")
    page = send(priya, page, 'button[value="swap-addict"]')

    assert "Your son is not a person with an addiction." in str(soup(page).select_one("textarea[name=markdown]"))
    assert "Your son" not in app.test_client().get("/guides/listening-well").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": " "}, "Enter a title"),
        ({"short_title": ""}, "Enter a short title"),
        ({"review_by": ""}, "Enter the day by which"),
        ({"review_by": "soon"}, "Enter a day, like"),
        ({"markdown": ""}, "Write the text"),
        ({"markdown": "<script>alert(1)</script>"}, "HTML does not work here"),
        ({"in_short": "A <b>bold</b> point"}, "HTML does not work here"),
        ({"markdown": "![](picture:craving-wave)"}, "Say in words what the picture"),
        ({"markdown": "![A sun](picture:sunrise)"}, "no picture named “sunrise”"),
        ({"markdown": "![A](https://example.org/a.png)"}, "own pictures"),
        ({"markdown": "[a](/guides/no-such-guide)"}, "leads to a guide that is not there"),
        ({"markdown": "[a](http://example.org)"}, "is broken"),
        ({"markdown": "[a](//example.org)"}, "is broken"),
        ({"markdown": "[a](/staff)"}, "is broken"),
        ({"markdown": "[a](mailto:a@example.org)"}, "is broken"),
        ({"sources": "NAMI | Guide | http://nami.org/a"}, "must begin with https://"),
        ({"sources": "NAMI"}, "Give each source a publisher and a title"),
        ({"check_yourself": "Why?"}, "Give each question an answer"),
        ({"order": "first"}, "Enter a number"),
        ({"order": "99999999999"}, "Enter a number from 1 to 9999"),
        ({"markdown": "long " * 15_000}, "too long for one guide"),
    ],
)
def test_what_is_empty_or_broken_is_not_published_and_what_was_typed_stays(
    app: Flask, priya: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    before = app.test_client().get("/guides/listening-well").text
    page = submit(priya, EDIT, PUBLISH, **{"written_by": "Our team", **fields})

    assert page.status_code == 200
    assert sentence in soup(page).select_one(".error-summary").text  # type: ignore[union-attr]
    assert soup(page).select_one("input[name=written_by]")["value"] == "Our team"  # type: ignore[index]
    assert app.test_client().get("/guides/listening-well").text == before


@pytest.mark.parametrize(
    "markdown", ["[a](https://www.nami.org/x) [b](tel:988) [c](/help/now) [d](/guides/setting-limits)", "1 < 2 & 3 > 2"]
)
def test_good_links_and_plain_signs_are_published(priya: FlaskClient, markdown: str) -> None:
    assert submit(priya, EDIT, PUBLISH, markdown=markdown).status_code == 303


def test_long_words_and_long_sentences_are_hinted_at_and_published_all_the_same(priya: FlaskClient) -> None:
    hard = (
        "Nevertheless, interdisciplinary rehabilitation methodologies necessitate organizational " * 4 + "commitment."
    )
    page = submit(priya, EDIT, PREVIEW, markdown=hard, in_short="1\n2\n3\n4", sources="")

    said = text_of(page)
    for hint in ("Aim for grade 6", "It is short", "One sentence has 20 words", "More than three points", "No source"):
        assert hint in said
    assert submit(priya, EDIT, PUBLISH, markdown=hard).status_code == 303


def test_what_an_address_and_a_tab_give_away_is_hinted_at(priya: FlaskClient) -> None:
    page = submit(priya, "/staff/guides/new", PREVIEW, title="A", short_title="After rehab", slug="drug-talk")

    assert "The address and the tab give away: drug, rehab." in text_of(page)


def test_a_new_guide_takes_its_address_from_its_title_and_is_published_when_it_is_whole(
    app: Flask, priya: FlaskClient
) -> None:
    answer = submit(priya, "/staff/guides/new", SAVE, title="Más café", short_title="Más café", markdown="Hello.")
    assert answer.location == "/staff/guides/mas-cafe/en/edit"
    assert app.test_client().get("/guides/mas-cafe").status_code == 303

    assert (
        submit(priya, answer.location, PUBLISH, slug="cafe", is_reviewed="y").location == "/staff/guides/cafe/en/edit"
    )
    assert f"Reviewed by: {PRIYA.name}, Monday, November 23." in app.test_client().get("/guides/cafe").text
    assert "Another guide has this address" in text_of(
        submit(priya, "/staff/guides/new", SAVE, title="B", short_title="B", slug="cafe")
    )


def test_the_second_of_two_is_told_sees_what_differs_and_can_keep_their_words(
    priya: FlaskClient, sign_in: SignIn
) -> None:
    ben = sign_in(BEN)
    opened_by_ben = ben.get(EDIT)
    submit(priya, EDIT, SAVE, title="Listening, said Priya")

    page = send(ben, opened_by_ben, SAVE, title="Listening, said Ben")
    assert f"{PRIYA.name} saved this guide after you opened it" in text_of(page)
    assert "Gone: Priya" in soup(page).select_one("del").text  # type: ignore[union-attr]
    assert soup(page).select_one("input[name=title]")["value"] == "Listening, said Ben"  # type: ignore[index]

    assert send(ben, page, SAVE).status_code == 303
    assert "said Ben" in priya.get(EDIT).text


def test_words_typed_into_a_draft_that_somebody_threw_away_are_saved_as_a_new_guide(
    priya: FlaskClient, sign_in: SignIn
) -> None:
    ben = sign_in(BEN)
    address = submit(priya, "/staff/guides/new", SAVE, title="Tea", short_title="Tea", markdown="Warm.").location
    opened_by_ben = ben.get(address)
    submit(priya, address, "form[action$=throw-away]")

    page = send(ben, opened_by_ben, SAVE, markdown="Ben writes on.")
    assert "This was thrown away or taken down after you opened it." in text_of(page)

    assert body(ben, send(ben, page, SAVE).location) == "Ben writes on."


def test_a_newer_text_of_the_portal_waits_until_somebody_decides(app: Flask, priya: FlaskClient, shelf: Path) -> None:
    submit(priya, EDIT, PUBLISH, title="Our title")
    upgrade(app, shelf, "Notice the good", "See the good")

    assert "Newer text came: 1" in text_of(priya.get("/staff/guides"))
    assert "A newer text came with the portal" in text_of(priya.get(EDIT))
    history = priya.get(HERE)
    assert "See the" in soup(history).select_one("#offer").text  # type: ignore[union-attr]
    assert "Our title" in app.test_client().get("/guides/listening-well").text
    send(priya, history, "form[action$=take-over]")

    assert "See the good" in app.test_client().get("/guides/listening-well").text
    assert send(priya, history, "form[action$=leave]").status_code == 404
    assert "Newer text came" not in text_of(priya.get("/staff/guides"))


def test_history_shows_what_changed_and_brings_an_old_text_back_as_a_draft(priya: FlaskClient) -> None:
    submit(priya, EDIT, PUBLISH, title="Listening well, and talking with a smile")
    history = priya.get(HERE)

    assert [tag.text.removeprefix("Gone: ").strip() for tag in soup(history).select("del")] == ["without", "fight"]
    assert [tag.text.removeprefix("Added: ").strip() for tag in soup(history).select("ins")] == ["with", "smile"]
    assert "The words are the same." in text_of(priya.get(f"{HERE}?older=2&newer=2"))
    assert priya.get(f"{HERE}?older=9&newer=2").status_code == 404
    back = send(priya, history, "form[action$=bring-back]")
    assert "without a fight" in soup(priya.get(back.location)).select_one("input[name=title]")["value"]  # type: ignore[index]


def test_a_guide_that_is_taken_down_is_gone_and_can_be_put_back(app: Flask, priya: FlaskClient) -> None:
    submit(priya, HERE, "form[action$=take-down]")
    assert "listening-well?" not in app.test_client().get("/guides").text
    assert app.test_client().get("/guides?q=fight").text.count("/guides/listening-well") == 0
    assert "Taken down: 1" in text_of(priya.get("/staff/guides"))

    submit(priya, HERE, "form[action$=put-back]")
    assert app.test_client().get("/guides/listening-well").status_code == 200


def test_the_list_nags_when_a_review_is_due_until_somebody_looked(priya: FlaskClient, clock: Clock) -> None:
    assert "Review is due" not in text_of(priya.get("/staff/guides"))
    clock.forward(days=365)
    assert "Review is due: 4" in text_of(priya.get("/staff/guides"))

    submit(priya, HERE, "form[action$=reviewed]")

    assert "Review is due: 3" in text_of(priya.get("/staff/guides"))
    assert len(soup(priya.get("/staff/guides?show=due")).select("main li b")) == 2
    assert f"Reviewed by {PRIYA.name}" in text_of(priya.get(HERE))


def test_a_guide_begins_in_spanish_with_the_english_text_and_says_when_that_is_newer(
    app: Flask, priya: FlaskClient, clock: Clock
) -> None:
    submit(priya, "/staff/guides/new", SAVE, title="Tea", short_title="Tea", slug="tea", markdown="Warm water.")
    submit(priya, "/staff/guides/tea/en/edit", PUBLISH)
    answer = submit(priya, "/staff/guides/tea/en/edit", "form[action$=start]")
    assert answer.location == "/staff/guides/tea/es/edit"
    assert body(priya, answer.location) == "Warm water."
    assert submit(priya, answer.location, PUBLISH, title="Té", review_by="2027-11-23").status_code == 303

    clock.forward(days=1)
    submit(priya, "/staff/guides/tea/en/edit", PUBLISH, markdown="Hot water.")

    assert "The English text is newer" in text_of(priya.get("/staff/guides/tea/es/edit"))
    assert "English is newer: 1" in text_of(priya.get("/staff/guides"))


@pytest.mark.parametrize("address", ["/staff/guides/nowhere/en/edit", "/staff/guides/listening-well/xx/edit"])
def test_what_is_not_there_cannot_be_edited(priya: FlaskClient, address: str) -> None:
    assert priya.get(address).status_code == 404
    assert priya.get(address.removesuffix("/edit")).status_code == 404


def test_no_relative_gets_in(sign_in: SignIn) -> None:
    assert sign_in(DANA).get(EDIT).status_code == 404
    assert not re.search("/staff", sign_in(DANA).get("/guides/listening-well").text)
