"""A course is guides in an order; how far somebody is follows from what they read, and the team hears of it if told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select, update

from portal.cast import DANA, JO, Person
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Course, CourseFinish, Guide
from portal.services import course_loading, courses, guide_progress, guides
from portal.services.courses import Way
from portal.services.guide_files import BadGuide
from tests.conftest import at_the_clinic
from tests.services.reading import account, bring, write_course, write_guide
from tests.services.test_consents import rows
from tests.test_guides import COURSE

pytestmark = pytest.mark.both_databases

SHIPPED = Path(courses.__file__).parents[1] / "guides"


@pytest.fixture
def shelf(app: Flask, tmp_path: Path) -> Path:
    for order, slug in enumerate(("kettle", "cups", "biscuits"), 1):
        write_guide(tmp_path, slug, order=order)
    write_guide(tmp_path, "cups", language="es", order=2)
    write_course(tmp_path, ["kettle", "cups"], ["biscuits"])
    bring(app, tmp_path)
    return tmp_path


def way(app: Flask, person: Person | None, language: str = "en") -> Way:
    reader = account(app, person) if person else None
    with app.app_context():
        g.reading = True
        return courses.way("tea", language, reader)


def read(app: Flask, person: Person, number: int) -> None:
    reader = account(app, person)
    with at_the_clinic(app):
        courses.finish_part(reader, courses.way("tea", "en", reader), number, "en")


def test_the_course_that_comes_with_the_portal_holds_every_guide_once_in_the_order_of_the_library() -> None:
    shipped = tomllib.loads((SHIPPED / course_loading.FILE).read_text(encoding="utf-8"))["the-family-course"]

    assert tuple(slug for stage in shipped["stages"] for slug in stage["guides"]) == COURSE
    for words in (shipped["title"], shipped["text"], *(stage["title"] for stage in shipped["stages"])):
        assert set(words) == {"en", "es"}


def test_nobody_has_to_sign_in_to_see_the_way(app: Flask, shelf: Path) -> None:
    found = way(app, None)

    assert [(stage.title, [part.guide.slug for part in stage.parts]) for stage in found.stages] == [
        ("Before", ["kettle", "cups"]),
        ("After", ["biscuits"]),
    ]
    assert (found.done, found.total, found.percent) == (0, 3, 0)


def test_in_spanish_the_way_has_spanish_names_and_says_which_parts_are_there_in_english_only(
    app: Flask, shelf: Path
) -> None:
    found = way(app, None, "es")

    assert (found.title, found.stages[0].title) == ("Té en familia", "Antes")
    assert [part.guide.language for part in found.parts] == ["en", "es", "en"]


def test_how_far_follows_from_what_was_read_and_a_hundred_is_the_whole(app: Flask, shelf: Path) -> None:
    said = []
    for number in (1, 2, 3):
        read(app, DANA, number)
        said.append(way(app, DANA).percent)

    assert said == [33, 66, 100]
    assert way(app, DANA).is_finished
    assert way(app, JO).percent == 0


def test_a_guide_that_was_read_in_the_library_counts_in_the_course(app: Flask, shelf: Path) -> None:
    reader = account(app, DANA)
    with at_the_clinic(app):
        guide_progress.finish(reader, guides.get("biscuits", "en"))

    found = way(app, DANA)
    assert found.done == 1
    assert found.to_go_on() == found.parts[0]


def test_carry_on_leads_to_the_next_part_that_is_not_done_and_then_to_those_left_behind(
    app: Flask, shelf: Path
) -> None:
    read(app, DANA, 2)

    assert [getattr(way(app, DANA).to_go_on(after), "number", None) for after in (0, 1, 2, 3)] == [1, 3, 3, 1]
    read(app, DANA, 1)
    read(app, DANA, 3)
    assert way(app, DANA).to_go_on() is None


def test_a_guide_that_is_taken_down_is_no_part_and_what_was_read_stays_read(app: Flask, shelf: Path) -> None:
    read(app, DANA, 1)
    read(app, DANA, 3)
    with at_the_clinic(app):
        for guide in session().scalars(select(Guide).where(Guide.slug == "kettle")):
            session().execute(update(Guide).where(Guide.id == guide.id).values(slug="kettle-away"))

    found = way(app, DANA)
    assert [(part.number, part.guide.slug, part.is_done) for part in found.parts] == [
        (1, "cups", False),
        (2, "biscuits", True),
    ]


def test_a_part_or_a_course_that_is_not_there_is_the_one_no(app: Flask, shelf: Path) -> None:
    for number in (0, 4, -1):
        with pytest.raises(NotShared):
            way(app, None).part(number)
    with app.app_context(), pytest.raises(NotShared):
        courses.way("no-such-course", "en", None)


def test_the_team_hears_of_it_only_when_told_and_only_of_the_whole(app: Flask, shelf: Path) -> None:
    reader = account(app, DANA)
    read(app, DANA, 1)
    with at_the_clinic(app), pytest.raises(Refused):
        courses.tell(reader, courses.way("tea", "en", reader))
    for number in (2, 3):
        read(app, DANA, number)
    assert rows(app, select(CourseFinish)) == []

    for _ in range(2):
        with at_the_clinic(app):
            courses.tell(reader, courses.way("tea", "en", reader))
    assert [one.account_id for one in rows(app, select(CourseFinish))] == [reader]


def test_a_newer_course_arrives_but_not_over_the_order_that_the_clinic_made(app: Flask, shelf: Path) -> None:
    assert bring(app, shelf)["courses"] == {"created": 0, "updated": 0, "unchanged": 1, "kept": 0}
    write_course(shelf, ["cups"], ["kettle", "biscuits"])
    assert bring(app, shelf)["courses"]["updated"] == 1

    with at_the_clinic(app):
        session().execute(update(Course).values(edited=True))
    write_course(shelf, ["biscuits"], ["kettle"])
    assert bring(app, shelf)["courses"]["kept"] == 1
    assert way(app, None).parts[0].guide.slug == "cups"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("[tea", "cannot be read"),
        ('[tea]\nposition = 1\n[[tea.stages]]\ntitle = { en = "A" }\nguides = ["kettle"]', "title in English"),
        ('[tea.title]\nen = "Tea"\n', "needs stages"),
        ('[tea.title]\nen = "Tea"\n[[tea.stages]]\ntitle = { es = "A" }\nguides = ["kettle"]', "needs stages"),
    ],
)
def test_a_course_that_lacks_something_is_named_and_nothing_is_stored(
    app: Flask, shelf: Path, words: str, why: str
) -> None:
    (shelf / course_loading.FILE).write_text(words, encoding="utf-8")
    with at_the_clinic(app), pytest.raises(BadGuide, match=why):
        course_loading.load(shelf)

    assert way(app, None).total == 3
