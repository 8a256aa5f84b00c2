"""The care team puts a course in order; who changes what somebody else changed meanwhile is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import DANA, SAM
from portal.errors import NotShared, Refused
from portal.models import Course
from portal.services import course_editing, courses
from portal.services.course_editing import Stages, moved, with_guide, with_stage, with_titles, without
from tests.conftest import at_the_clinic
from tests.services.reading import account, bring, write_course, write_guide
from tests.services.test_consents import rows

STAGES: Stages = [
    {"title": {"en": "Before"}, "guides": ["kettle", "cups"]},
    {"title": {"en": "After"}, "guides": ["rest"]},
]


def parts(stages: Stages) -> list[list[str]]:
    return [stage["guides"] for stage in stages]


def test_a_part_moves_within_its_stage_and_over_its_border() -> None:
    assert parts(moved(STAGES, "kettle", 1)) == [["cups", "kettle"], ["rest"]]
    assert parts(moved(STAGES, "cups", 1)) == [["kettle"], ["cups", "rest"]]
    assert parts(moved(moved(STAGES, "cups", 1), "cups", -1)) == parts(STAGES)


def test_a_stage_whose_last_part_moves_away_is_gone() -> None:
    assert parts(moved(STAGES, "rest", -1)) == [["kettle", "cups", "rest"]]


@pytest.mark.parametrize(("slug", "step"), [("kettle", -1), ("rest", 1)])
def test_there_is_no_place_before_the_first_nor_after_the_last(slug: str, step: int) -> None:
    with pytest.raises(Refused):
        moved(STAGES, slug, step)


def test_a_part_is_taken_out_but_not_the_last_one() -> None:
    assert parts(without(STAGES, "kettle")) == [["cups"], ["rest"]]
    with pytest.raises(Refused):
        without([{"title": {"en": "All"}, "guides": ["kettle"]}], "kettle")


def test_a_guide_is_added_once_to_a_stage_or_with_a_new_one() -> None:
    assert parts(with_guide(STAGES, "cake", 0)) == [["kettle", "cups", "cake"], ["rest"]]
    assert parts(with_stage(STAGES, {"en": "Late"}, "cake")) == [["kettle", "cups"], ["rest"], ["cake"]]
    for refused in (
        lambda: with_guide(STAGES, "rest", 0),
        lambda: with_guide(STAGES, "cake", 2),
        lambda: with_guide(STAGES, "cake", -1),
        lambda: with_stage(STAGES, {"es": "Tarde"}, "cake"),
        lambda: with_stage(STAGES, {"en": "Late"}, "rest"),
        lambda: with_stage(STAGES, {"en": "x" * 81}, "cake"),
    ):
        with pytest.raises(Refused):
            refused()


def test_stages_are_renamed_and_what_is_no_part_is_not_there() -> None:
    assert with_titles(STAGES, [{"en": "First"}, {"en": "Last", "es": "Fin"}])[1]["title"] == {
        "en": "Last",
        "es": "Fin",
    }
    for nothing in (lambda: moved(STAGES, "nothing", 1), lambda: without(STAGES, "nothing")):
        with pytest.raises(NotShared):
            nothing()


@pytest.fixture
def shelf(app: Flask, tmp_path: Path) -> Path:
    for order, slug in enumerate(("kettle", "cups", "rest", "cake"), 1):
        write_guide(tmp_path, slug, order=order)
    write_course(tmp_path, ["kettle", "cups"], ["rest"])
    bring(app, tmp_path)
    return tmp_path


@pytest.mark.both_databases
def test_the_second_of_two_who_changed_it_at_once_is_told_and_the_first_change_stays(app: Flask, shelf: Path) -> None:
    with at_the_clinic(app):
        course_editing.change("tea", 1, lambda stages: moved(stages, "kettle", 1))
    with at_the_clinic(app), pytest.raises(Refused, match="after you opened it"):
        course_editing.change("tea", 1, lambda stages: without(stages, "kettle"))

    (course,) = rows(app, select(Course))
    assert (parts(course.stages), course.edited, course.version) == ([["cups", "kettle"], ["rest"]], True, 2)


@pytest.mark.both_databases
def test_who_told_stands_on_the_teams_page_and_who_did_not_tell_does_not(app: Flask, shelf: Path) -> None:
    for person in (DANA, SAM):
        reader = account(app, person)
        with at_the_clinic(app):
            way = courses.way("tea", "en", reader)
            for part in way.parts:
                courses.finish_part(reader, way, part.number, "en")
    dana = account(app, DANA)
    with at_the_clinic(app):
        courses.tell(dana, courses.way("tea", "en", dana))

    with app.app_context():
        g.reading = True
        assert [name for name, _ in course_editing.who_told()] == ["Dana Rivera"]


@pytest.mark.both_databases
def test_a_new_course_begins_with_one_guide_at_an_address_of_its_own(app: Flask, shelf: Path) -> None:
    with at_the_clinic(app):
        course_editing.begin("cake-first", {"en": "Cake first"}, "cake")
    with app.app_context():
        g.reading = True
        assert [part.guide.slug for part in courses.way("cake-first", "en", None).parts] == ["cake"]
    for slug in ("tea", "Cake First", "", "a" * 81, "é"):
        with at_the_clinic(app), pytest.raises(Refused):
            course_editing.begin(slug, {"en": "Other"}, "cake")
