"""How far a reader is in a guide: what they say themselves, for nobody else, and safe from whoever edits the guide."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask, g

from portal.cast import ALEX, DANA, Person
from portal.errors import Refused
from portal.services import guide_progress, guides
from portal.services.guide_progress import Place
from portal.services.guides import GuideRow
from tests.conftest import Clock, at_the_clinic
from tests.services.reading import account, bring, write_guide

pytestmark = pytest.mark.both_databases

THE_KETTLE, THE_CUPS = "part-1", "part-2"


@pytest.fixture
def shelf(app: Flask, tmp_path: Path) -> Path:
    write_guide(tmp_path, "tea")
    write_guide(tmp_path, "bread", order=2)
    bring(app, tmp_path)
    return tmp_path


def keep_place(app: Flask, person: Person, anchor: str) -> None:
    reader = account(app, person)
    with at_the_clinic(app):
        guide_progress.keep_place(reader, guides.get("tea", "en"), anchor)


def finish(app: Flask, person: Person, slug: str = "tea") -> None:
    reader = account(app, person)
    with at_the_clinic(app):
        guide_progress.finish(reader, guides.get(slug, "en"))


def place(app: Flask, person: Person) -> Place | None:
    reader = account(app, person)
    with app.app_context():
        g.reading = True
        return guide_progress.place_in(guides.get("tea", "en"), guide_progress.of_guide(reader, "tea"))


def row(app: Flask, person: Person) -> GuideRow:
    reader = account(app, person)
    with app.app_context():
        g.reading = True
        return next(row for row in guides.listed("en", account_id=reader) if row.slug == "tea")


def test_a_reader_carries_on_where_they_stopped(app: Flask, shelf: Path) -> None:
    keep_place(app, DANA, THE_CUPS)

    assert place(app, DANA) == Place(THE_CUPS, "The cups")
    assert row(app, DANA).is_begun


def test_nobody_else_is_where_she_is(app: Flask, shelf: Path) -> None:
    keep_place(app, DANA, THE_CUPS)

    assert place(app, ALEX) is None
    assert not row(app, ALEX).is_begun


def test_a_place_is_found_again_in_a_guide_that_was_edited(app: Flask, shelf: Path) -> None:
    keep_place(app, DANA, THE_CUPS)
    write_guide(shelf, "tea", "## Before all\n\nSit.\n\n## The kettle\n\nOn.\n\n## The cups\n\nThree.\n")
    bring(app, shelf)

    assert place(app, DANA) == Place("part-3", "The cups")


def test_a_place_that_an_edit_took_away_is_said_and_not_lost(app: Flask, shelf: Path) -> None:
    keep_place(app, DANA, THE_CUPS)
    write_guide(shelf, "tea", "## Only the kettle\n\nOn.\n\n## And out\n\nOff.\n")
    bring(app, shelf)

    assert place(app, DANA) == Place("", "The cups")
    assert row(app, DANA).is_begun


def test_a_place_that_is_no_heading_is_refused(app: Flask, shelf: Path) -> None:
    for nothing in ("", "part-9", "The cups"):
        with pytest.raises(Refused):
            keep_place(app, DANA, nothing)
    assert place(app, DANA) is None


def test_a_guide_that_was_read_stays_read_when_it_is_edited_and_says_that_it_changed(app: Flask, shelf: Path) -> None:
    finish(app, DANA)
    assert (row(app, DANA).is_read, row(app, DANA).is_changed) == (True, False)

    write_guide(shelf, "tea", "## Milk first\n\nOr not.\n")
    bring(app, shelf)
    assert (row(app, DANA).is_read, row(app, DANA).is_changed) == (True, True)

    finish(app, DANA)
    assert (row(app, DANA).is_read, row(app, DANA).is_changed) == (True, False)


def test_who_is_through_is_not_in_the_middle_any_more(app: Flask, shelf: Path) -> None:
    keep_place(app, DANA, THE_KETTLE)
    finish(app, DANA)

    assert (row(app, DANA).is_read, row(app, DANA).is_begun) == (True, False)
    assert place(app, DANA) is None


def test_not_read_yet_forgets_it(app: Flask, shelf: Path) -> None:
    finish(app, DANA)
    reader = account(app, DANA)
    with at_the_clinic(app):
        guide_progress.begin_again(reader, guides.get("tea", "en"))

    assert not row(app, DANA).is_read


def test_the_last_of_several_places_is_the_one_to_go_on_with(app: Flask, shelf: Path, clock: Clock) -> None:
    reader = account(app, DANA)
    keep_place(app, DANA, THE_KETTLE)
    clock.forward(minutes=5)
    with at_the_clinic(app):
        guide_progress.keep_place(reader, guides.get("bread", "en"), THE_KETTLE)
    with app.app_context():
        g.reading = True
        last = guide_progress.last_kept(guide_progress.of(reader).values())
        assert last is not None
        assert last.slug == "bread"


def test_the_button_pressed_five_times_at_once_reads_it_once(app: Flask, shelf: Path) -> None:
    with ThreadPoolExecutor(5) as together:
        for done in [together.submit(finish, app, DANA) for _ in range(5)]:
            done.result()

    assert row(app, DANA).is_read
