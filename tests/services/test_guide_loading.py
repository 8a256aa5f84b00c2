"""The guides come as files, go as files, and an upgrade never writes over what a clinic wrote itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cast import PRIYA
from portal.db import session
from portal.models import Account, Guide, GuideVersion, StaffMember
from portal.services import guide_files, guide_loading, guide_publishing
from portal.services.guide_files import GuideFile
from portal.services.guide_search import search
from tests.conftest import Clock, at_the_clinic
from tests.services.test_consents import rows

GUIDES = Path(guide_loading.__file__).parents[1] / "guides"
LISTENING = "listening-well"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shelf(app: Flask, tmp_path: Path) -> Path:
    """Two guides as they come with the portal, loaded."""
    for name in (LISTENING, "setting-limits"):
        (tmp_path / "en").mkdir(exist_ok=True)
        shutil.copy(GUIDES / "en" / f"{name}.md", tmp_path / "en")
    load(app, tmp_path)
    return tmp_path


def load(app: Flask, folder: Path) -> dict[str, int]:
    with at_the_clinic(app):
        return {name: many for name, many in guide_loading.load(folder).items() if many}


def upgrade(app: Flask, shelf: Path, old: str, new: str) -> dict[str, int]:
    """A later portal says something else in the guide about listening."""
    file = shelf / "en" / f"{LISTENING}.md"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    return load(app, shelf)


def at_the_clinic_they_write(app: Flask, old: str, new: str) -> None:
    with at_the_clinic(app):
        mine = guide_files.of(session().scalars(select(Guide).where(Guide.slug == LISTENING)).one())
        priya = session().scalars(select(StaffMember.id).join(Account).where(Account.email == PRIYA.email)).one()
        text = mine.markdown.replace(old, new)
        guide_publishing.publish(GuideFile(LISTENING, "en", mine.front, text, edited=True), staff_id=priya)


def now_says(app: Flask) -> tuple[str, int]:
    (guide,) = rows(app, select(Guide).where(Guide.slug == LISTENING))
    return guide.markdown, guide.version


def versions(app: Flask) -> list[tuple[int | None, bool]]:
    facts = select(GuideVersion).where(GuideVersion.slug == LISTENING).order_by(GuideVersion.id)
    return [(version.number, version.declined) for version in rows(app, facts)]


def test_an_upgrade_replaces_what_came_before_and_keeps_it_as_a_version(app: Flask, shelf: Path) -> None:
    assert upgrade(app, shelf, "Choose the moment", "Wait for the moment") == {"updated": 1, "unchanged": 1}

    text, number = now_says(app)
    assert "Wait for the moment" in text
    assert number == 2
    assert versions(app) == [(1, False), (2, False)]


def test_an_upgrade_leaves_what_the_clinic_wrote_and_offers_the_newer_text_once(app: Flask, shelf: Path) -> None:
    at_the_clinic_they_write(app, "Choose the moment", "Our words")

    for _ in range(2):
        assert upgrade(app, shelf, "Notice the good", "See the good")["kept"] == 1
        assert load(app, shelf)["kept"] == 1
        upgrade(app, shelf, "See the good", "Notice the good")

    text, number = now_says(app)
    assert "Our words" in text
    assert "See the good" not in text
    assert number == 2
    assert versions(app) == [(1, False), (2, False), (None, False)]


def test_of_two_newer_texts_only_the_last_waits(app: Flask, shelf: Path) -> None:
    at_the_clinic_they_write(app, "Choose the moment", "Our words")
    upgrade(app, shelf, "Notice the good", "See the good")
    upgrade(app, shelf, "See the good", "Look for the good")

    assert versions(app)[2:] == [(None, True), (None, False)]


def test_what_the_clinic_took_down_stays_down(app: Flask, shelf: Path) -> None:
    with at_the_clinic(app):
        guide_publishing.take_down(LISTENING, "en")

    assert load(app, shelf) == {"unchanged": 1, "kept": 1}
    assert upgrade(app, shelf, "Notice the good", "See the good")["kept"] == 1
    assert rows(app, select(Guide).where(Guide.slug == LISTENING)) == []
    assert versions(app) == [(1, False), (None, False)]


def test_nobody_finds_a_guide_that_was_taken_down_until_it_is_put_back(app: Flask, shelf: Path) -> None:
    def found() -> bool:
        with at_the_clinic(app):
            return LISTENING in [hit.slug for hit in search("listening without a fight", "en")]

    assert found()
    with at_the_clinic(app):
        guide_publishing.take_down(LISTENING, "en")
    assert not found()
    with at_the_clinic(app):
        guide_publishing.put_back(LISTENING, "en")

    assert found()
    assert now_says(app)[1] == 1
    assert load(app, shelf) == {"unchanged": 2}


def test_a_review_outlives_an_upgrade_with_the_same_words_but_not_one_with_others(app: Flask, shelf: Path) -> None:
    def reviewer() -> str:
        (guide,) = rows(app, select(Guide).where(Guide.slug == LISTENING))
        return str(guide.front["reviewed_by"])

    with at_the_clinic(app):
        guide = guide_publishing.published(LISTENING, "en")
        assert guide is not None
        guide_publishing.review(guide, {"reviewed_by": "Ben Osei", "reviewed_on": "2026-11-23"})

    assert upgrade(app, shelf, "2027-11-23", "2027-12-23") == {"unchanged": 2}
    assert reviewer() == "Ben Osei"
    assert upgrade(app, shelf, "Notice the good", "See the good") == {"updated": 1, "unchanged": 1}
    assert reviewer() == "Needs your clinician's review"


def test_what_is_written_out_and_read_in_again_is_unchanged_to_the_byte(
    app: Flask, shelf: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> None:
    at_the_clinic_they_write(app, "Choose the moment", "Our words: “ñ” # {braces}\n\n---\n\n- one")
    once, twice = (tmp_path_factory.mktemp(name) for name in ("once", "twice"))
    with at_the_clinic(app):
        assert guide_files.export(once) == 2
    before = rows(app, select(Guide.file_hash).order_by(Guide.slug))

    assert load(app, once) == {"unchanged": 2}
    with at_the_clinic(app):
        guide_files.export(twice)

    assert {file.name: file.read_bytes() for file in once.glob("*/*.md")} == {
        file.name: file.read_bytes() for file in twice.glob("*/*.md")
    }
    assert rows(app, select(Guide.file_hash).order_by(Guide.slug)) == before
    assert guide_files.read(once / "en" / f"{LISTENING}.md").edited
    assert not guide_files.read(once / "en" / "setting-limits.md").edited


ANY_WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), min_size=1)
FACTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"title": ANY_WORDS, "short_title": ANY_WORDS, "in_short": st.lists(ANY_WORDS), "review_by": st.just("2027-01-31")}
)


@given(front=FACTS, markdown=ANY_WORDS)
def test_whatever_is_written_comes_back_from_the_file(front: dict[str, Any], markdown: str) -> None:
    page = guide_files.frontmatter.loads(
        guide_files.text(GuideFile("one", "en", front, markdown)).encode().decode("utf-8")
    )

    assert guide_files._for_json(page.metadata) == front
    assert page.content.strip() == markdown.strip()
