"""The care team writes guides: drafts, publishing, versions, reviews, and nobody writes over anybody."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from portal.cast import BEN, PRIYA, Person
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Account, Guide, GuideDraft, GuideVersion, StaffMember
from portal.services import guide_differences, guide_editing, guide_files, guide_loading, guide_shelf, guide_versions
from portal.services.guide_differences import ADDED, GONE
from portal.services.guide_editing import NotReady, SavedByOthers
from portal.services.guide_files import GuideFile
from portal.services.guide_search import search
from portal.services.guide_shelf import Shelved
from tests.conftest import Clock, at_the_clinic
from tests.services.test_consents import rows

GUIDES = Path(guide_loading.__file__).parents[1] / "guides"
LISTENING = "listening-well"
HERE = (LISTENING, "en")

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def shelf(app: Flask, tmp_path: Path) -> Path:
    """Two guides as they come with the portal, loaded."""
    for name in (LISTENING, "setting-limits"):
        (tmp_path / "en").mkdir(exist_ok=True)
        shutil.copy(GUIDES / "en" / f"{name}.md", tmp_path / "en")
    with at_the_clinic(app):
        guide_loading.load(tmp_path)
    return tmp_path


def member(person: Person) -> StaffMember:
    return session().scalars(select(StaffMember).join(Account).where(Account.email == person.email)).one()


def other(file: GuideFile, old: str = "Choose the moment", new: str = "Our own words", **facts: Any) -> GuideFile:
    assert old in file.markdown
    return replace(file, markdown=file.markdown.replace(old, new), front=file.front | facts)


def publish(app: Flask, person: Person = PRIYA, *, is_reviewed: bool = False, **facts: Any) -> None:
    with at_the_clinic(app):
        now = guide_editing.opened(*HERE)
        guide_editing.publish(
            other(now.file, **facts), slug=LISTENING, state=now.state, staff=member(person), is_reviewed=is_reviewed
        )


def new(slug: str = "a-calm-evening", **facts: Any) -> GuideFile:
    front = {
        "title": "A calm evening", "short_title": "Evenings", "slug": slug, "lang": "en", "topic": "talking",
        "order": 500, "minutes": 1, "in_short": ["Put the phone down."], "review_by": "2027-11-23",
    }  # fmt: skip
    return GuideFile(slug, "en", front | facts, "Light a lantern. Sit on the steps.")


def read(app: Flask) -> str:
    (guide,) = rows(app, select(Guide).where(Guide.slug == LISTENING, Guide.language == "en"))
    return str(guide.markdown)


def shelved(app: Flask, slug: str = LISTENING, language: str = "en") -> Shelved:
    with app.app_context():
        g.reading = True
        (found,) = [one for row in guide_shelf.shelf() for one in row if (one.slug, one.language) == (slug, language)]
        return found


def test_families_read_a_draft_only_when_it_is_published_and_then_find_its_words(app: Flask) -> None:
    with at_the_clinic(app):
        now = guide_editing.opened(*HERE)
        guide_editing.save(
            other(now.file, new="Our lighthouse"), slug=LISTENING, state=now.state, staff_id=member(PRIYA).id
        )
    assert "Our lighthouse" not in read(app)
    with at_the_clinic(app):
        assert search("lighthouse", "en") == []
        now = guide_editing.opened(*HERE)
        assert "Our lighthouse" in now.file.markdown
        guide_editing.publish(now.file, slug=LISTENING, state=now.state, staff=member(PRIYA))

    assert "Our lighthouse" in read(app)
    assert rows(app, select(GuideDraft)) == []
    with at_the_clinic(app):
        assert [hit.slug for hit in search("lighthouse", "en")] == [LISTENING]
        first, second = reversed(guide_versions.listed(*HERE))
        assert (first.number, first.staff, first.came_with_portal) == (1, None, True)
        assert (second.number, second.staff and second.staff.name) == (2, PRIYA.name)


def test_a_new_guide_begins_as_a_draft_that_no_family_sees(app: Flask) -> None:
    with at_the_clinic(app):
        guide_editing.begin(new(), staff_id=member(PRIYA).id)
    assert rows(app, select(Guide.slug).where(Guide.slug == "a-calm-evening")) == []

    with at_the_clinic(app):
        now = guide_editing.opened("a-calm-evening", "en")
        moved = replace(now.file, slug="a-calm-night")
        guide_editing.publish(moved, slug="a-calm-evening", state=now.state, staff=member(PRIYA))

    assert rows(app, select(Guide.slug).where(Guide.position == 500)) == ["a-calm-night"]
    assert shelved(app, "a-calm-night").guide.edited  # type: ignore[union-attr]


def test_an_address_that_families_may_have_kept_stays(app: Flask) -> None:
    with at_the_clinic(app):
        now, priya = guide_editing.opened(*HERE), member(PRIYA)
        with pytest.raises(Refused, match="families may have kept it"):
            guide_editing.save(replace(now.file, slug="x"), slug=LISTENING, state=now.state, staff_id=priya.id)


@pytest.mark.parametrize(("slug", "why"), [(LISTENING, "Another guide"), ("Two Words", "small letters"), ("", "small")])
def test_a_new_guide_needs_an_address_of_its_own(app: Flask, slug: str, why: str) -> None:
    with at_the_clinic(app), pytest.raises(Refused, match=why):
        guide_editing.begin(new(slug), staff_id=member(PRIYA).id)


def test_the_second_of_two_who_write_at_once_is_told_and_can_keep_their_words(app: Flask) -> None:
    with at_the_clinic(app):
        opened_by_both = guide_editing.opened(*HERE)
        file, state = opened_by_both.file, opened_by_both.state
        guide_editing.save(other(file, new="From Priya"), slug=LISTENING, state=state, staff_id=member(PRIYA).id)

    def save_as_ben(state: str) -> None:
        with at_the_clinic(app):
            text = other(file, new="From Ben")
            guide_editing.save(text, slug=LISTENING, state=state, staff_id=member(BEN).id)

    with pytest.raises(SavedByOthers, match=f"^{PRIYA.name} saved this guide after you opened it: Monday, Nov.*8:30"):
        save_as_ben(state)
    with app.app_context():
        g.reading = True
        state = guide_editing.opened(*HERE).state
    save_as_ben(state)

    (draft,) = rows(app, select(GuideDraft))
    assert "From Ben" in draft.markdown


def at_the_same_time(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What became of acts that begin together: "done", or who refused."""
    together = Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        try:
            with at_the_clinic(app):
                together.wait()
                act()
        except Refused as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as crowd:
        return sorted(crowd.map(one, acts))


def test_of_two_who_press_save_in_one_moment_one_is_told(app: Flask) -> None:
    with at_the_clinic(app):
        now, ids = guide_editing.opened(*HERE), [member(PRIYA).id, member(BEN).id]
        file, state = now.file, now.state

    def save(staff_id: int) -> object:
        return guide_editing.save(file, slug=LISTENING, state=state, staff_id=staff_id)

    assert at_the_same_time(app, *(partial(save, one) for one in ids)) == ["SavedByOthers", "done"]


def test_two_guides_published_in_one_moment_are_both_found(app: Flask) -> None:
    def publish_with(slug: str, word: str) -> object:
        now = guide_editing.opened(slug, "en")
        alone = {"related": None}  # the next guide of the course is not on this shelf
        text = replace(now.file, markdown=f"A {word}.", front=now.file.front | alone)
        return guide_editing.publish(text, slug=slug, state=now.state, staff=member(PRIYA))

    words = {LISTENING: "lighthouse", "setting-limits": "windmill"}
    done = at_the_same_time(app, *(partial(publish_with, slug, word) for slug, word in words.items()))

    assert done == ["done", "done"]
    with at_the_clinic(app):
        assert {slug: search(word, "en")[0].slug for slug, word in words.items()} == dict(
            zip(words, words, strict=True)
        )


def test_who_opened_a_guide_before_another_version_came_is_told(app: Flask) -> None:
    with at_the_clinic(app):
        before = guide_editing.opened(*HERE)
        file, state = before.file, before.state
    publish(app, BEN)

    with at_the_clinic(app), pytest.raises(SavedByOthers, match="Another version"):
        guide_editing.save(file, slug=LISTENING, state=state, staff_id=member(PRIYA).id)


def test_a_guide_with_something_wrong_stays_unpublished_and_says_all_of_it(app: Flask) -> None:
    broken = replace(new(title="", review_by=""), markdown="<b>Hi</b> ![](picture:craving-wave) [x](/guides/nowhere)")
    with at_the_clinic(app):
        priya = member(PRIYA)
        guide_editing.begin(broken, staff_id=priya.id)
        state = guide_editing.opened(broken.slug, "en").state
        with pytest.raises(NotReady) as no:
            guide_editing.publish(broken, slug=broken.slug, state=state, staff=priya)

    assert [problem.field for problem in no.value.problems] == [
        "title",
        "review_by",
        "markdown",
        "markdown",
        "markdown",
    ]


def test_an_old_version_comes_back_as_a_draft_and_only_when_nobody_writes(app: Flask) -> None:
    publish(app)
    with at_the_clinic(app):
        guide_versions.bring_back(*HERE, 1, staff_id=member(BEN).id)
    assert "Our own words" in read(app)

    with at_the_clinic(app), pytest.raises(Refused, match="There is a draft"):
        guide_versions.bring_back(*HERE, 1, staff_id=member(PRIYA).id)
    with at_the_clinic(app):
        now = guide_editing.opened(*HERE)
        guide_editing.publish(now.file, slug=LISTENING, state=now.state, staff=member(BEN))

    assert "Our own words" not in read(app)
    assert not shelved(app).guide.edited  # type: ignore[union-attr]  the portal's own words again


def test_a_newer_text_of_the_portal_is_taken_over_or_left(app: Flask, shelf: Path) -> None:
    def upgrade(old: str, new: str) -> None:
        file = shelf / "en" / f"{LISTENING}.md"
        file.write_text(file.read_text().replace(old, new))
        with at_the_clinic(app):
            guide_loading.load(shelf)

    def offer_id() -> int:
        (offer,) = rows(app, select(GuideVersion).where(GuideVersion.number.is_(None), ~GuideVersion.declined))
        return int(offer.id)

    publish(app)
    upgrade("Notice the good", "See the good")
    assert shelved(app).has_offer
    with at_the_clinic(app):
        guide_versions.leave(*HERE, offer_id=offer_id())
    assert not shelved(app).has_offer
    assert "Our own words" in read(app)

    upgrade("See the good", "Look for the good")
    with at_the_clinic(app), pytest.raises(NotShared):
        guide_versions.take_over(*HERE, offer_id=offer_id() + 1, staff_id=member(PRIYA).id)
    with at_the_clinic(app):
        guide_versions.take_over(*HERE, offer_id=offer_id(), staff_id=member(PRIYA).id)

    assert "Look for the good" in read(app)
    assert "Our own words" not in read(app)
    assert rows(app, select(func.max(GuideVersion.number))) == [3]
    assert not shelved(app).guide.edited  # type: ignore[union-attr]


def test_a_spanish_text_begins_as_a_copy_of_the_english_one_and_says_when_that_is_newer(
    app: Flask, clock: Clock
) -> None:
    with at_the_clinic(app):
        guide_editing.start(LISTENING, "es", staff_id=member(PRIYA).id)
        now = guide_editing.opened(LISTENING, "es")
        assert "Choose the moment" in now.file.markdown
        assert "reviewed_by" not in now.file.front
        with pytest.raises(Refused, match="There is a draft"):
            guide_editing.start(LISTENING, "es", staff_id=member(BEN).id)
        text = replace(now.file, front=now.file.front | {"review_by": "2027-11-23"})
        guide_editing.publish(text, slug=LISTENING, state=now.state, staff=member(PRIYA))
    assert not shelved(app, language="es").is_older

    clock.forward(days=1)
    publish(app)

    assert shelved(app, language="es").is_older
    assert not shelved(app).is_older


def test_a_guide_is_due_when_its_day_or_a_year_has_come_and_a_review_lasts_a_year(app: Flask, clock: Clock) -> None:
    assert not shelved(app).is_due
    clock.forward(days=365)
    assert shelved(app).is_due

    with at_the_clinic(app):
        guide_shelf.review(*HERE, version=1, staff=member(BEN))

    one = shelved(app)
    assert not one.is_due
    assert one.guide is not None
    assert one.guide.front["reviewed_by"] == BEN.name
    assert (one.reviewed_on, one.guide.review_by) == (dt.date(2027, 11, 23), dt.date(2028, 11, 23))
    assert one.guide.version == 1
    with at_the_clinic(app), pytest.raises(NotShared):
        guide_shelf.review(*HERE, version=2, staff=member(BEN))


def test_a_day_far_away_does_not_keep_a_guide_from_being_looked_at_each_year(app: Flask, clock: Clock) -> None:
    publish(app, review_by="2099-01-01")
    assert not shelved(app).is_due
    clock.forward(days=365)

    assert shelved(app).is_due


def test_who_publishes_can_say_that_they_reviewed_it(app: Flask) -> None:
    publish(app, BEN, is_reviewed=True)

    (guide,) = rows(app, select(Guide).where(Guide.slug == LISTENING))
    assert (guide.front["reviewed_by"], guide.front["reviewed_on"]) == (BEN.name, "2026-11-23")


def test_what_changed_is_told_word_by_word(app: Flask) -> None:
    with at_the_clinic(app):
        before = guide_editing.opened(*HERE).file
        after = other(
            before,
            "Put the phone face down.",
            "Put the radio face down.",
            title="Listening well, and talking without shouting",
        )
        title, text = guide_differences.differences(before, after)

    assert (title.part, text.part) == ("Title", "Text")
    assert [piece.words.strip() for piece in text.pieces if piece.how in (ADDED, GONE)] == ["phone", "radio"]
    assert "".join(piece.words for piece in text.pieces if piece.how != GONE) in after.markdown
    assert guide_differences.differences(before, before) == []
    assert guide_files.of(before) == before
